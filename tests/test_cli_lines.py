"""Text broken to fit a terminal: words stay whole, and nothing is broken in a pipe."""

from __future__ import annotations

import io

import pytest

from kai_shell.lines import columns, hung, whole_words, wrapped
from tests.run_kai import Terminal, kai

LONG = "https://kubernetes.io/docs/tasks/tools/install"


@pytest.mark.parametrize(
    ("text", "width", "first", "lines"),
    [
        ("", 10, None, [""]),
        ("one two three", 7, None, ["one two", "three"]),
        ("one two three", 8, 3, ["one", "two", "three"]),
        ("three one", 8, 3, ["", "three", "one"]),
        (f"see {LONG} now", 10, None, ["see", LONG, "now"]),
        ("a  b", 10, None, ["a  b"]),
    ],
)
def test_lines_are_broken_at_blanks_alone(
    text: str, width: int, first: int | None, lines: list[str]
) -> None:
    assert list(whole_words(text, width, first)) == lines


def test_where_nothing_else_helps_a_word_is_cut() -> None:
    assert list(wrapped("see abcdefgh now", 4)) == ["see", "abcd", "efgh", "now"]


def test_later_lines_hang_and_in_a_pipe_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    text = "one two three four five six seven"
    assert hung("head  ", text, Terminal(), 6) == "head  one two three four five\n      six seven\n"
    assert hung("head  ", text, Terminal(), 20) == "head  one two three four five\n  six seven\n"
    assert hung("head  ", text, io.StringIO(), 6) == f"head  {text}\n"


@pytest.mark.parametrize(
    ("said", "width"), [("", 80), ("0", 80), ("x", 80), ("40", 40), ("3", 24), ("-5", 80)]
)
def test_the_width_is_what_columns_says_where_it_says_something(said: str, width: int) -> None:
    assert columns(io.StringIO(), {"COLUMNS": said}) == width


@pytest.mark.parametrize("width", [24, 40, 100])
def test_on_a_terminal_no_remark_is_broken_in_a_word(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    piped = kai("flurbs of the glorp zanting")
    seen = kai("flurbs of the glorp zanting", terminal=True)
    assert seen.status == 3
    assert seen.err.split() == piped.err.split()
    lines = seen.err.splitlines()
    assert all(len(line) < width or " " not in line.strip() for line in lines)
    assert all(line.startswith("     ") for line in lines[1:])


def test_history_never_breaks_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    kai("pods that are not running in kube-system")
    seen = kai("history", terminal=True).out.splitlines()
    command = "kubectl get pods --namespace=kube-system --field-selector=status.phase!=Running"
    assert seen[-1] == f"  {command}"
    assert all(len(line) < 30 for line in seen[:-1])
