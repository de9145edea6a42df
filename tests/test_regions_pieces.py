"""Long scripts are read in pieces, and what is said about them is what the whole would say."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from kai.examine import Examined
from kai_lsp.regions.pieces import Piece, Script, cut, cut_again
from tests.region_cases import EXAMINER, FOLDER, every

CASES = Path(__file__).parent / "cases" / "safety" / "scripts"


def scripts() -> list[tuple[str, str]]:
    found = []
    for path in sorted(CASES.glob("*.sh")):
        for part in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            title, _, rest = part.partition("\n")
            found.append((f"{path.stem}: {title}", rest.rpartition("#=")[0]))
    for case in (*every(), *every(FOLDER / "realworld")):
        if case.path.endswith((".sh", ".bash", ".zshrc", ".bats", "ctl")):
            found.append((case.title, case.text))
    return found


SCRIPTS = scripts()
Row = tuple[object, ...]


def rows(said: Sequence[tuple[Examined, int]]) -> list[Row]:
    """What is said, in places of the script."""
    return sorted(
        (
            (one.start - ahead, one.end - ahead),
            one.tier or "",
            one.why,
            [
                (item.code, item.start - ahead, item.end - ahead, item.message)
                for item in one.findings
            ],
        )
        for one, ahead in said
    )


def whole(text: str) -> list[Row]:
    return rows([(one, 0) for one in EXAMINER.script(text)])


@pytest.mark.parametrize(("title", "text"), SCRIPTS, ids=[title for title, _ in SCRIPTS])
def test_pieces_say_what_the_whole_says(title: str, text: str) -> None:
    assert rows(Script(short=0, most=1e9).examine(text, EXAMINER.script, {})) == whole(text)
    assert rows(Script(short=0, most=0).examine(text, EXAMINER.script, {})) == whole(text)


def test_there_are_enough_scripts_in_enough_pieces() -> None:
    assert len(SCRIPTS) >= 150
    assert sum(len(list(cut(text))) for _, text in SCRIPTS) >= 500


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n", ["a\n", "b\n"]),
        ("a \\\n b\nc", ["a \\\n b\n", "c"]),
        ("a |\n b &&\n c\nd\n", ["a |\n b &&\n c\n", "d\n"]),
        ("if a; then\n b\nfi\nc\n", ["if a; then\n b\nfi\n", "c\n"]),
        ("for x in a\ndo\n b\ndone; c\nd\n", ["for x in a\ndo\n b\ndone; c\n", "d\n"]),
        ("f()\n{\n a\n}\nb\n", ["f()\n{\n a\n}\n", "b\n"]),
        ("case x in\n a) b ;;\nesac\nc\n", ["case x in\n a) b ;;\nesac\n", "c\n"]),
        ("a 'b\nc' \"d\ne\"\nf\n", ["a 'b\nc' \"d\ne\"\n", "f\n"]),
        ('a "$(b "c\nd")"\ne\n', ['a "$(b "c\nd")"\n', "e\n"]),
        ("a <<X\nfi\n'\nX\nb\n", ["a <<X\nfi\n'\nX\n", "b\n"]),
        ("echo if\necho 'done'\nb\n", ["echo if\n", "echo 'done'\n", "b\n"]),
        ("x=${#a} # it's\nb\n", ["x=${#a} # it's\n", "b\n"]),
        ("a\n(b\nc\n", ["a\n", "(b\nc\n"]),
        ("a\nif b; then\nc\nd\n", ["a\n", "if b; then\n", "c\n", "d\n"]),
        ("f() {\nif a; then\nb\nc\n", ["f() {\n", "if a; then\n", "b\n", "c\n"]),
        ("a\nb 'c\nd\n", ["a\n", "b 'c\nd\n"]),
        ("", []),
    ],
)
def test_a_script_is_cut_where_a_command_at_the_top_ends(text: str, expected: list[str]) -> None:
    assert [text[one.start : one.end] for one in cut(text)] == expected


LINES = ["NS=prod", "NS=dev", "echo x", "kubectl get pods -n $NS", "kubectl delete pod $X", "X=a"]
LINES += [
    "f() {",
    "}",
    "alias k=kubectl",
    "k get ns",
    "if a; then",
    "fi",
    "cat <<E",
    "E",
    "'",
    "# '",
]


def test_a_changed_script_is_cut_as_if_it_were_new() -> None:
    chance = random.Random(4)  # noqa: S311 - texts, no secrets
    text, pieces = "", list[Piece]()
    for _ in range(1500):
        lines = text.split("\n")
        at = chance.randint(0, len(lines))
        lines[at : at + chance.choice([0, 0, 1])] = chance.choices(
            LINES, k=chance.choice([0, 1, 1, 2])
        )
        new = "\n".join(lines[:60])
        pieces = cut_again(text, pieces, new)
        text = new
        assert pieces == list(cut(text)), text


def test_what_is_said_about_a_changed_script_is_what_is_said_about_a_new_one() -> None:
    chance = random.Random(6)  # noqa: S311 - texts, no secrets
    good = [
        line
        for line in LINES
        if line not in ("f() {", "}", "if a; then", "fi", "cat <<E", "E", "'")
    ]
    good += [
        "f() { kubectl get pods -n $1; }",
        "if a; then NS=other; fi",
        "for X in b c; do f $X; done",
    ]
    script = Script(short=0, most=1e9)
    lines = chance.choices(good, k=40)
    for _ in range(60):
        at = chance.randint(0, len(lines) - 1)
        lines[at : at + chance.choice([0, 1, 1])] = chance.choices(good, k=1)
        text = "\n".join(lines)
        assert rows(script.examine(text, EXAMINER.script, {})) == whole(text), text


def test_only_what_changed_is_read_again() -> None:
    asked: list[str] = []

    def read(text: str) -> tuple[Examined, ...]:
        asked.append(text)
        return EXAMINER.script(text)

    script = Script(short=0, most=1e9)
    text = "NS=a\nM=b\n" + "kubectl get pods -n $NS\n" * 2 + "kubectl get svc -n $M\n"
    script.examine(text, read, {})
    asked.clear()
    script.examine(text.replace("svc", "cm"), read, {})
    assert asked == ["M=b\nkubectl get cm -n $M\n"]
    asked.clear()
    script.examine(text.replace("svc", "cm").replace("M=b", "M=c"), read, {})
    assert asked == ["M=c\nkubectl get cm -n $M\n"]
