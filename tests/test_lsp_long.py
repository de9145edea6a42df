"""Long scripts: what was found in them is kept, and is the same as if it were looked for anew."""

from __future__ import annotations

import random

import pytest

from kai_lsp.regions import Document, surroundings

ROWS = [
    "NS=blue{n}",
    'export LOG="/tmp/{n}"',
    "for host in a{n} b; do echo $host; done",
    "kubectl config set-context --current --namespace=team{n}",
    "kubectl get pods -n ns{n}",
    "if true; then X={n}; fi",
    "echo 'NO = {n}'",
    "# ai: pods of app web{n}",
]


def _script(lines: int, seed: int) -> str:
    chosen = random.Random(seed)  # noqa: S311 - rows for a test
    return "".join(chosen.choice(ROWS).format(n=n) + "\n" for n in range(lines))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_set_above_a_request_follows_every_change(seed: int) -> None:
    chosen = random.Random(seed)  # noqa: S311 - rows for a test
    text = _script(900, seed)
    document = Document(text, "shellscript", "a.sh")
    for number in range(25):
        row = chosen.choice(ROWS).format(n=f"x{number}") + "\n"
        start = text.rfind("\n", 0, chosen.randrange(len(text))) + 1
        end = text.find("\n", start) + 1 if chosen.random() < 0.5 else start
        text = text[:start] + row + text[end:]
        document.changed(start, end, row)
        fresh = Document(text, "shellscript", "a.sh")
        for comment in chosen.sample(fresh.comments, 5):
            assert surroundings(document, comment.start) == surroundings(fresh, comment.start)


def test_the_last_assignment_above_counts_however_far_it_is() -> None:
    filling = "echo nothing\n" * 3000
    text = f"NS=first\n{filling}NS=second\nLATE=no\n{filling}# ai: pods\nNS=below\n"
    document = Document(text, "shellscript", "a.sh")
    offset = text.index("# ai")
    assert surroundings(document, offset).variables == {"NS": "second", "LATE": "no"}
    document.changed(0, 8, "X=1")
    assert surroundings(document, offset - 5).variables == {
        "X": "1",
        "NS": "second",
        "LATE": "no",
    }
