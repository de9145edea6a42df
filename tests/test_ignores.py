"""Comments that silence findings silence exactly what they name, where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from kai import config
from kai.examine import unsilenced
from kai.ignores import ignores
from kai.model import Context
from kai.wiring import build_examiner
from tests.run_kai import kai

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


CHECKED = [
    (["kubectl gte pods # kai: ignore=K130"], 0),
    (["kubectl gte pods # kai: ignore=K999"], 1),
    (["kubectl gte pods"], 1),
    (["# kai: ignore", "kubectl gte pods"], 0),
    (["# kai: ignore-file=K130", "", "kubectl gte pods", "kubectl gte pods"], 0),
    (["kubectl delete namespace legacy"], 1),
    (["kubectl delete namespace legacy # kai: ignore"], 0),
    (["kubectl delete namespace legacy # kai: ignore=K402"], 0),
    (["kubectl delete namespace legacy # kai: ignore=K402", "kubectl delete ns other"], 1),
    (["kubectl delete namespace legacy # kai: ignore=K130"], 1),
]


@pytest.mark.parametrize(("lines", "status"), CHECKED)
def test_kai_check_honours_what_the_comments_of_a_script_silence(
    lines: list[str], status: int, tmp_path: Path
) -> None:
    script = tmp_path / "deploy.sh"
    script.write_text("".join(f"{line}\n" for line in lines))
    assert kai("check", "--file", str(script)).status == status


def test_a_silenced_danger_leaves_the_tier_of_what_is_left() -> None:
    examiner = build_examiner(config.load({}), Context())
    text = "kubectl delete namespace legacy -n web # kai: ignore=K402\n"
    [before] = examiner.script(text)
    [after] = unsilenced(text, [before])
    assert before.tier != after.tier == "read"
    assert "K402" not in [one.code for one in after.findings]
    assert [one.code for one in after.findings] == [
        one.code for one in before.findings if one.code != "K402"
    ]
    assert after.risk is not None
    assert after.risk.reasons == ()


def test_what_a_policy_says_cannot_be_silenced_by_the_text_it_is_about() -> None:
    text = "# kai: ignore-file\n# kai: ignore-file=K474\nkubectl delete ns x\n"
    assert ignores(text).silences("K402", 50, 60)
    assert not ignores(text).silences("K474", 50, 60)
