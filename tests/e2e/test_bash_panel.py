"""What a person sees in a real bash: the daemon's panel below the line, and a panel that breaks off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kai_shell.daemon import lifecycle
from tests.e2e.screen import Screen, terminal
from tests.e2e.shells import KEY, PODS, PYTHON, UNDO, Place
from tests.e2e.shells_bash import bash, prepared
from tests.fake_daemon import answering, hanging, offer, put
from tests.fake_fifo_daemon import FakeFifoDaemon

WORDS, COMMAND = "delete pod web-1", "kubectl delete pod web-1"
TWO_LINES = "PS1='\\[\\e[31m\\]two lines\\[\\e[0m\\]\\n\\[\\e[1m\\]READY>\\[\\e[0m\\] '"


@pytest.fixture
def served(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place where a daemon of the place's own runs."""
    for name, value in place.environment().items():
        monkeypatch.setenv(name, value)
    try:
        lifecycle.start(os.environ)
        yield place
    finally:
        lifecycle.stop(os.environ)


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


@contextmanager
def screen(
    place: Place, before: str = "", *, rows: int = 16, guard: bool = False
) -> Iterator[Screen]:
    command = prepared(place, before, python=PYTHON, guard=guard)
    with terminal(place, "exec " + " ".join(command), rows=rows) as shown:
        yield shown


def is_open(seen: str) -> bool:
    """Whether the panel is there, whole."""
    return seen.endswith("leaves")


def is_closed(seen: str) -> bool:
    return "┃" not in seen and "│" not in seen


@pytest.mark.parametrize("prompt", ["", TWO_LINES], ids=["one line", "two lines"])
@pytest.mark.parametrize("full", [False, True], ids=["first row", "last row"])
def test_the_panel_stands_below_the_line_and_esc_leaves_everything_as_it_was(
    served: Place, prompt: str, full: bool
) -> None:
    with screen(served, prompt) as shown:
        if full:
            shown.type(*"\n" * 20)
        shown.type("-l", WORDS)
        before = shown.until(lambda seen: seen.endswith(WORDS)).splitlines()
        shown.type("C-k")
        seen = shown.until(is_open).splitlines()
        at = next(number for number, line in enumerate(seen) if line == f"READY> {WORDS}")
        assert "DESTRUCTIVE" in seen[at + 1]
        assert any(COMMAND in line for line in seen[at + 1 :])
        shown.type("Escape")
        after = shown.until(lambda seen: is_closed(seen) and seen.endswith(WORDS)).splitlines()
        assert after == before[-len(after) :]
        shown.type("x")
        last = shown.until(lambda seen: seen.endswith(f"{WORDS}x")).splitlines()
        assert last[:-1] == after[:-1]


def test_enter_puts_the_command_on_the_line_and_runs_nothing(served: Place) -> None:
    with screen(served) as shown:
        shown.type("-l", WORDS)
        shown.type("C-k")
        shown.until(is_open)
        shown.type("\n")
        seen = shown.until(lambda text: is_closed(text) and text.endswith(f"READY> {COMMAND}"))
        assert "not found" not in seen
        shown.type("C-_")
        shown.until(lambda text: text.endswith(f"READY> {WORDS}"))


def test_keys_typed_after_the_one_that_decides_are_kept(served: Place) -> None:
    with screen(served) as shown:
        shown.type("-l", WORDS)
        shown.type("C-k")
        shown.until(is_open)
        shown.type("\n", "-", "-", "n", "o", "w")
        seen = shown.until(lambda text: text.endswith("--now"))
        assert seen.splitlines()[-1] == f"READY> {COMMAND}--now"


def test_the_guard_asks_in_a_panel(served: Place) -> None:
    ran = "kubectl() { echo RAN; }"
    with screen(served, ran, guard=True) as shown:
        shown.type("-l", COMMAND)
        shown.type("\n")
        seen = shown.until(lambda text: "┃" in text and "DESTRUCTIVE" in text)
        assert f"READY> {COMMAND}" in seen.splitlines()
        shown.type("Escape")
        seen = shown.until(lambda text: is_closed(text) and text.endswith(f"READY> {COMMAND}"))
        assert "RAN" not in seen


def test_a_long_line_is_shown_in_one_row_while_the_panel_is_open(served: Place) -> None:
    words = (
        "scale deployment a-deployment-with-a-name-that-is-very-long-indeed to 3 replicas in prod"
    )
    with screen(served) as shown:
        shown.type("-l", words)
        before = shown.until(lambda text: text.replace("\n", "").endswith(words))
        shown.type("C-k")
        shown.until(is_open)
        shown.type("Escape")
        shown.until(lambda text: text == before)


# --- a panel that breaks off, and what is asked for one -------------------------------------------


def test_a_panel_is_asked_for_only_where_a_yes_is_needed(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        daemon.behave = offer(COMMAND)
        shell.keys(b"x" + KEY)
        shell.until("Enter takes it")
        shell.keys(b"\x07")
        shell.line()
    panels = ["PANEL=1" in asked[7] for asked in daemon.asked]
    assert panels == [False, False, True]


def test_on_a_terminal_that_can_draw_nothing_the_shell_asks_by_itself(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = offer(COMMAND)
    with bash(place, TERM="dumb") as shell:
        shell.keys(b"remove it" + KEY)
        shell.until("Enter takes it")
        shell.keys(b"\r")
        assert shell.line()[0] == COMMAND
    assert len(daemon.asked) == 1


@pytest.mark.parametrize("pid", [None, 0x3FFFFF], ids=["hangs", "is dead"])
def test_when_the_daemon_goes_away_with_an_open_panel_the_terminal_is_put_right(
    place: Place, daemon: FakeFifoDaemon, pid: int | None
) -> None:
    daemon.behave = offer(COMMAND)
    with bash(place) as shell:
        modes = shell.run("stty -g")
        shell.keys(b"remove it" + KEY)
        shell.until("Enter takes it")
        shell.keys(b"\x07")
        shell.line()
        daemon.behave = hanging(b"wait\n")
        if pid is not None:
            (place.runtime / "kai.lock").write_text(str(pid))
        shell.keys(KEY)
        shell.until("kai went away" if pid is None else "could not be started")
        assert shell.line() == ("remove it", 9)
        shell.keys(b"\x15")
        assert shell.run("stty -g") == modes


def test_an_answer_after_a_panel_is_taken_like_every_other(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = answering(b"wait\nwait\n", f"put\x1f{PODS}\x1fa remark\x1f\x1f\n".encode())
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(UNDO)
        assert shell.line()[0] == "pods"
        daemon.behave = answering(b"wait\n", b"left\x1f\n")
        shell.keys(KEY)
        assert shell.line()[0] == "pods"
        daemon.behave = answering(b"wait\n", b"left\x1fas you wish\n")
        shell.keys(KEY)
        shell.until("as you wish")
        assert shell.line()[0] == "pods"


# --- what became of an offer ---------------------------------------------------------------------

HOOKS = {
    "none": "",
    "a string": "PROMPT_COMMAND='seen=$?'",
    "an array": "PROMPT_COMMAND=('seen=$?' ':')",
    "bash-preexec": (
        "bash_preexec_imported=defined; precmd_functions=(); preexec_functions=();"
        '_pc() { local s=$? f; for f in "${precmd_functions[@]}"; do (exit $s); $f; done; seen=$s; };'
        "PROMPT_COMMAND=_pc"
    ),
}


@pytest.mark.parametrize("hooks", HOOKS)
def test_what_was_run_after_an_offer_is_told_once(
    place: Place, daemon: FakeFifoDaemon, hooks: str
) -> None:
    daemon.behave = answering(f"put\x1f{PODS}\x1f\x1f\x1f17\n".encode())
    with bash(place, before=f"kubectl() {{ return 4; }}; {HOOKS[hooks]}") as shell:
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(b" -o wide\r")
        shell.keys(b" echo status-$?-${seen-4}\r")
        shell.until("status-4-4")
        shell.run("true another")
    told = [asked for asked in daemon.asked if asked[1] == "ran"]
    assert told == [["1", "ran", "bash", "17", "4", f"{PODS} -o wide"]]


def test_a_line_that_is_not_kept_in_the_history_is_not_told(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = answering(f"put\x1f{PODS}\x1f\x1f\x1f17\n".encode())
    with bash(place, before="HISTCONTROL=ignorespace; kubectl() { :; }") as shell:
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(b"\x01 \r")
        shell.line()
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.seen()  # a probe that is still under way would swallow what comes now
        shell.forget()
        shell.keys(b"\x03")
        shell.until("READY> ")
        shell.run("true")
    assert [asked[1] for asked in daemon.asked] == ["ask", "ask"]
