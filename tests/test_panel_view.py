"""What the panel looks like: what is said, what goes first where there is no room, and that it fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kai.model import Checked, Context, Finding, Level, Radius, Risk, Suggestion
from kai_shell.daemon.panel import view
from kai_shell.daemon.panel.state import (
    Choice,
    LineEdit,
    Mode,
    State,
    hindrance,
)
from tests.panels import suggestion, text

WIDE = view.Look(80, 16)


def full() -> State:
    """A state with something of everything."""
    error = Finding("K201", Level.ERROR, "there is no kind 'pds'", 0, 3, "pods")
    first = suggestion(
        "kubectl delete persistentvolumeclaim data-of-the-database --namespace=production",
        "destructive",
        explanation="Deletes the persistent volume claim data-of-the-database.",
        assumptions=("data is taken to be a persistent volume claim",),
        findings=(error,),
        alternatives=(suggestion("kubectl get pvc"), suggestion("kubectl describe pvc")),
    )
    state = State(Context("prod", "web"), note="a note")
    state.offer(first)
    state.choices[0].checking = True
    state.choices[0].passed = ["names"]
    return state


def test_everything_that_is_known_is_said() -> None:
    said = "\n".join(text(view.lines(full(), WIDE)))
    for part in (
        "DESTRUCTIVE: reason of destructive",
        "hits the pod web-1 in default",
        "kubectl delete persistentvolumeclaim data-of-the-database",
        "context prod, current namespace web",
        "Deletes the persistent volume claim",
        "assumed: data is taken",
        "error: there is no kind 'pds' [K201] (better: pods)",
        "checked: it is there",
        "checking ...",
        "or: kubectl get pvc",
        "or: kubectl describe pvc",
        "Enter takes it · Tab next (1/3) · e edit · ? explain · r again · Esc leaves",
    ):
        assert part in said, said


def test_what_destroys_begins_with_what_will_be_lost() -> None:
    lost = Radius(text="everything in x; data may be lost", reversible=False)
    risk = Risk("destructive", ("deletes objects",), (), lost)
    state = State(
        choices=[Choice(Suggestion("kubectl delete ns x", suggestion().source, risk=risk))]
    )
    first, second, third = text(view.lines(state, WIDE))[:3]
    assert first == " ┃ DESTRUCTIVE: deletes objects"
    assert second == " ┃ hits everything in x; data may be lost"
    assert third == " ┃ kubectl delete ns x"


@pytest.mark.parametrize("tier", ["read", "write", "destructive", "forbidden"])
def test_the_tier_is_said_in_words_as_well_as_in_colour(tier: str) -> None:
    state = State(choices=[Choice(suggestion(tier=tier))])
    line = view.lines(state, WIDE)[0]
    assert line[-1][0] == f"class:{tier}"
    assert "".join(piece for _, piece in line).strip(" │┃")


@pytest.mark.parametrize("columns", [20, 24, 30, 40, 80, 200])
@pytest.mark.parametrize("rows", [3, 4, 5, 10, 40])
@pytest.mark.parametrize("mode", list(Mode))
def test_it_fits_every_terminal_and_keeps_the_tier_and_the_command(
    columns: int, rows: int, mode: Mode
) -> None:
    state = full()
    state.mode = mode
    state.explained = [("", "a part  what it means " * 9)] * 30
    state.edit, state.edited = LineEdit(state.choices[0].command), state.choices[0]
    told = text(view.lines(state, view.Look(columns, rows)))
    assert 3 <= len(told) <= rows
    assert all(view.width(line) < columns for line in told)
    assert any("DESTRUCTIVE" in line for line in told)
    assert any("kubectl" in line or "production" in line for line in told)
    assert "Esc" in told[-1] or "Enter" in told[-1]


@given(st.text(max_size=300), st.integers(20, 120), st.integers(3, 20), st.booleans())
def test_no_text_does_more_than_stand_there(
    said: str, columns: int, rows: int, unicode: bool
) -> None:
    finding = Finding("K1", Level.WARNING, said, 0, 1)
    state = State(Context(said or None), note=said, explained=[("", said)])
    state.offer(
        suggestion(said, "write", explanation=said, assumptions=(said,), findings=(finding,))
    )
    for mode in Mode:
        state.mode, state.edit, state.edited = mode, LineEdit(said), state.choices[0]
        told = text(view.lines(state, view.Look(columns, rows, unicode)))
        assert len(told) <= rows
        assert all(line.isprintable() and view.width(line) < columns for line in told)
        assert unicode or all(line.isascii() for line in told)


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(2, 60))
def test_broken_text_loses_no_character(said: str, room: int) -> None:
    said = " ".join(said.split())
    rows = list(view.broken(said, room))
    assert "".join(rows).replace(" ", "") == said.replace(" ", "")
    assert all(view.width(row) <= room for row in rows)


def test_wide_characters_count_twice() -> None:
    assert view.width("日本") == 4
    assert list(view.broken("日本日本", 4)) == ["日本", "日本"]


def test_a_terminal_without_unicode_gets_none() -> None:
    told = text(view.lines(full(), view.Look(80, 16, unicode=False)))
    assert all(line.isascii() for line in told)
    assert told[0].startswith(" | ")


def test_a_repair_says_what_was_wrong_with_the_line() -> None:
    fault = Finding("K201", Level.ERROR, "there is no kind 'pds'", 12, 15, "pods")
    state = State(choices=[Choice(suggestion())], typed=suggestion(findings=(fault,)))
    told = text(view.lines(state, WIDE))
    assert "your line: error: there is no kind 'pds'" in told[0]
    assert "again" not in told[-1]


def test_a_command_that_cannot_be_taken_says_why() -> None:
    assert hindrance(Choice(suggestion())) == ""
    assert hindrance(Choice(suggestion(tier="forbidden"))) == "reason of forbidden"
    assert hindrance(Choice(suggestion(tier="nobody knows this one"))) == ""
    assert "no command" in hindrance(Choice(suggestion(" ")))
    assert "do not belong" in hindrance(Choice(suggestion("kubectl get\npods")))


def test_a_check_makes_a_tier_graver_and_never_milder() -> None:
    choice = Choice(suggestion(tier="write"))
    choice.add(Checked((), Risk("read")))
    assert choice.tier == "write"
    choice.add(Checked((), Risk("destructive", ("43 pods",))))
    assert choice.tier == "destructive"


def test_a_finding_that_was_told_is_not_told_again() -> None:
    finding = Finding("K501", Level.WARNING, "it was not there", 0, 1)
    choice = Choice(suggestion(findings=(finding,)))
    choice.add(Checked((finding,), check="names"))
    assert (choice.found, choice.passed) == ([], [])


# --- the edit line -------------------------------------------------------------------------------


def test_a_line_is_edited_around_its_cursor() -> None:
    line = LineEdit("kubectl get pods")
    line.move(line.word_left())
    assert line.at == 12
    line.insert("my")
    assert (line.text, line.at) == ("kubectl get mypods", 14)
    line.cut(line.at - 2, line.at)
    line.cut(0, 8)
    assert (line.text, line.at) == ("get pods", 4)
    line.move(-5)
    assert line.word_right() == 3
    line.move(99)
    assert (line.at, line.word_right()) == (8, 8)
    line.insert("\n\x1b")
    assert line.text == "get pods  "


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.sampled_from("imclr"), st.integers(-5, 70), st.text(max_size=5))),
)
def test_the_cursor_never_leaves_the_line(start: str, steps: list[tuple[str, int, str]]) -> None:
    line = LineEdit(start)
    for what, number, said in steps:
        match what:
            case "i":
                line.insert(said)
            case "m":
                line.move(number)
            case "c":
                line.cut(number, number + len(said))
            case "l":
                line.move(line.word_left())
            case _:
                line.move(line.word_right())
        assert 0 <= line.at <= len(line.text)
        row = view.edited(line, view.Look(30, 5))
        assert view.width("".join(piece for _, piece in row)) <= 30
