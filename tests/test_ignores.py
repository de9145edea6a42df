"""Comments that silence findings silence exactly what they name, where they stand."""

from __future__ import annotations

import pytest

from kai.ignores import ignores

ROWS = [
    ("kubectl x  # kai: ignore=K141\nkubectl x", "K141", [True, False]),
    ("kubectl x  # kai: ignore=K141\nkubectl x", "K142", [False, False]),
    ("# kai: ignore=K141\nkubectl x\nkubectl x", "K141", [True, False]),
    ("# kai: ignore\nkubectl x\nkubectl x", "K402", [True, False]),
    ("#kai:ignore = k141 , K402\nkubectl x\nkubectl x", "K402", [True, False]),
    ("kubectl x\n# kai: ignore-file=K402\nkubectl x", "K402", [True, True]),
    ("kubectl x\n# kai: ignore-begin=K402\nkubectl x\n# kai: ignore-end\nkubectl x", "K402",
     [False, True, False]),
    ("kubectl x\n# kai: ignore-begin\nkubectl x\nkubectl x", "K402", [False, True, True]),
    ("kubectl x\n# kai: ignore-end\nkubectl x", "K402", [False, False]),
    ("<!-- kai: ignore=K402 -->\nkubectl x\nkubectl x", "K402", [True, False]),
    ("// kai: ignore=K402\nkubectl x", "K402", [True]),
    ("# kai: ignored pods of prod\nkubectl x", "K402", [False]),
    ("# kai: ignore-everything\nkubectl x", "K402", [False]),
    ("# kai: ignore=nonsense\nkubectl x", "K402", [False]),
    ("# kai: ignore=K402\r\nkubectl x\r\nkubectl x", "K402", [True, False]),
    ("# kai: ignore=K402\fstill this line\nkubectl x", "K402", [True]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "silenced"), ROWS)
def test_a_comment_silences_what_it_names_where_it_stands(
    text: str, code: str, silenced: list[bool]
) -> None:
    found = ignores(text)
    at, said = -1, []
    while (at := text.find("kubectl x", at + 1)) >= 0:
        said.append(found.silences(code, at, at + len("kubectl x")))
    assert said == silenced


def test_a_command_over_several_lines_is_silenced_by_a_comment_above_it_or_on_its_last_line() -> (
    None
):
    above = "# kai: ignore=K402\nkubectl x \\\n  --all\n"
    start = above.index("kubectl")
    assert ignores(above).silences("K402", start, len(above) - 1)
    behind = "kubectl x \\\n  --all # kai: ignore=K402\n"
    assert ignores(behind).silences("K402", 0, behind.index(" #"))
