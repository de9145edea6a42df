"""zsh while the daemon asks its user: it waits, and puts everything right where the daemon breaks off."""

from __future__ import annotations

import os
import signal
import socket
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.screen import screen
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, PYTHON, UNDO, Place, zsh
from tests.fake_daemon import Behaviour, FakeDaemon, answering, hanging, put
from tests.shell_pty import ShellPty

WORDS = "remove pod web-1 in shop"
DELETE = "kubectl delete pod web-1 --namespace=shop"
FOOT = "Esc leaves"
BEFORE = "kubectl() { print -r RAN:$* }"
FINAL = b"put\x1f" + PODS.encode() + b"\x1f\x1f\x1f\n"


def drawing(daemon: FakeDaemon, then: Behaviour) -> Behaviour:
    """Say `wait`, set the terminal to raw, draw below the line, and go on with `then`."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"wait\n")
        terminal = os.open(daemon.asked[-1][3], os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(terminal, termios.TCSANOW)
            os.write(
                terminal, b"\x1bD\x1bD\x1b[2A\x1b7\x1b[?25l\x1bD\r\x1b[31mA PANEL\x1b[?7l\x1b8"
            )
            then(connection, over)
        finally:
            os.close(terminal)

    return behave


def slowly(*pieces: bytes, seconds: float) -> Behaviour:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)
            over.wait(seconds)

    return behave


# --- waiting -------------------------------------------------------------------------------------


def test_the_daemon_is_told_what_terminal_it_may_draw_on(place: Place, daemon: FakeDaemon) -> None:
    env = {"NO_COLOR": "", "COLORTERM": "truecolor", "KAI_PLAIN": "a\x01b", "LANG": "de_DE.UTF-8"}
    with zsh(place, before="typeset +x COLORTERM", **env) as shell:  # type: ignore[arg-type]
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
    assert sorted(daemon.asked[0][7].split("\n")) == [
        *("KAI_LLM_ENABLED=false", "LANG=de_DE.UTF-8", "LC_ALL=C.UTF-8", "LINES=24"),
        *("NO_COLOR=", "PANEL=1"),
        "TERM=xterm-256color",
    ]


@pytest.mark.parametrize("term", ["dumb", ""])
def test_where_nothing_can_be_drawn_no_panel_is_asked_for(
    place: Place, daemon: FakeDaemon, term: str
) -> None:
    with zsh(place, TERM=term) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        assert "\x1b7" not in shell.seen()
    assert "PANEL=1" not in daemon.asked[0][7]


def test_after_waiting_the_line_is_what_the_user_took(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = answering(b"wait\n", b"wait\n", FINAL)
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line() == (PODS, len(PODS))
        shell.keys(UNDO)
        assert shell.line()[0] == "pods in web"


@pytest.mark.parametrize(("message", "said"), [(b"", ""), (b"why not", "kai: why not")])
def test_who_leaves_a_panel_has_the_line_as_it_was(
    place: Place, daemon: FakeDaemon, message: bytes, said: str
) -> None:
    daemon.behave = answering(b"wait\nleft\x1f" + message + b"\n")
    with zsh(place) as shell:
        shell.paste("pods 'in'  web\t")
        shell.keys(KEY)
        assert shell.line() == ("pods 'in'  web\t", 15)
        assert ("kai:" in shell.seen()) is bool(said)
        assert said in shell.seen()


def test_as_long_as_the_daemon_says_so_it_waits(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = slowly(*[b"wait\n"] * 8, FINAL, seconds=0.5)
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS


def test_keys_typed_meanwhile_are_not_lost(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = slowly(b"wait\n", FINAL, seconds=0.5)
    with zsh(place, before=BEFORE) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        shell.keys(" | cat\r")
        shell.until("RAN:get pods --namespace=web")


def test_another_size_while_it_waits_changes_nothing(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = slowly(b"wait\n", b"wait\n", b"left\x1fnothing\n", seconds=0.4)
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.resize(10, 40)
        shell.until("kai: nothing")
        assert shell.line() == ("pods in web", 11)


# --- a daemon that breaks off --------------------------------------------------------------------

BREAKS: dict[str, Behaviour] = {
    "ends": answering(),
    "ends in a line": answering(b"put\x1fkubectl"),
    "falls silent": hanging(),
    "falls silent in a line": hanging(b"wait\nput\x1fkubectl"),
    "garbage": answering(b"\xff\x00\n"),
    "another line after the last": answering(FINAL + b"wait\n"),
    "an escape in the command": put("kubectl \x1b[31m"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_a_panel_that_breaks_off_leaves_line_terminal_and_picture(
    place: Place, daemon: FakeDaemon, fault: str
) -> None:
    daemon.behave = drawing(daemon, BREAKS[fault])
    with zsh(place) as shell:
        shell.paste("pods 'in'  web\t")
        shell.line()
        before = shell.modes()
        shell.keys(KEY)
        assert "A PANEL" in shell.until("kai: ")
        assert shell.line() == ("pods 'in'  web\t", 15)
        assert shell.modes() == before
        assert shell.seen().count("kai: ") == 0, "one message"
        usable(shell)


def usable(shell: ShellPty) -> None:
    """Keys, arrows, echo and Ctrl-C do what they do."""
    shell.keys(KILL_WHOLE + b"abc\x1b[D")
    assert shell.line() == ("abc", 2)
    shell.keys(b"\x03")
    shell.until("READY> ")
    assert shell.line()[0] == ""
    assert "echo" in shell.run("stty -a | tr ' ' '\\n' | grep -x -e echo -e isig").split()
    shell.keys("sleep 60\r")
    time.sleep(0.1)
    shell.keys(b"\x03")
    shell.until("READY> ")


def test_ctrl_c_that_reaches_the_shell_ends_the_waiting(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = hanging(b"wait\n")
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        shell.until("kai: stopped")
        assert shell.line() == ("pods in web", 11)


# --- kai's own panel -----------------------------------------------------------------------------


@contextmanager
def asked(place: Place) -> Iterator[ShellPty]:
    """A shell with kai's panel open below its line."""
    with zsh(place, python=PYTHON, before=BEFORE) as shell:
        shell.keys(WORDS.encode() + KEY)
        shell.until(FOOT)
        yield shell


@pytest.mark.usefixtures("warm")
def test_enter_takes_what_the_panel_shows_and_a_second_one_runs_it(place: Place) -> None:
    with asked(place) as shell:
        shell.keys("\r")
        assert shell.line() == (DELETE, len(DELETE))
        shell.keys(UNDO)
        assert shell.line()[0] == WORDS
        assert "RAN" not in shell.seen()
    with asked(place) as shell:
        shell.keys("\r\r")
        shell.until("RAN:delete pod web-1 --namespace=shop")


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("key", ["\x1b", "\x03"], ids=["Esc", "Ctrl-C"])
def test_leaving_the_panel_leaves_everything(place: Place, key: str) -> None:
    with asked(place) as shell:
        before = shell.modes()
        shell.keys(key)
        time.sleep(0.3)
        assert shell.line() == (WORDS, len(WORDS))
        assert shell.modes() != before, "the terminal is the shell's again"
        usable(shell)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_daemon_dies_or_stops_while_its_panel_is_open(
    place: Place, warm: int, number: int
) -> None:
    try:
        with asked(place) as shell:
            os.kill(warm, number)
            shell.until("kai: kai went away")
            assert shell.line() == (WORDS, len(WORDS))
            usable(shell)
    finally:
        os.kill(warm, signal.SIGKILL)


PROMPTS: dict[str, Callable[[str], str]] = {
    "one line": lambda line: f"READY> {line}",
    "two lines": lambda line: f"above\nREADY> {line}",
    "at the right": lambda line: f"READY> {line:<66} right",
}


@pytest.mark.parametrize("bottom", [False, True], ids=["top", "bottom"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_picture_is_whole_after_every_end_of_a_panel(
    place: Place, warm: int, prompt: str, bottom: bool
) -> None:
    line = PROMPTS[prompt]
    set_up = {"two lines": "PS1=$'above\\n'$PS1", "at the right": "RPS1=right"}.get(prompt, "")
    with screen(place, rows=20, before=f"{BEFORE}; {set_up}", python=PYTHON) as shown:
        if bottom:
            shown.type(*"\n" * 22)
        else:
            shown.type("C-l")

        def bare(text: str) -> bool:
            return FOOT not in text and text.endswith(line(WORDS))

        shown.type(WORDS, "C-k")
        panel = shown.until(lambda text: FOOT in text)
        assert f"{line(WORDS)}\n ┃ DESTRUCTIVE" in panel
        shown.type("Escape")
        shown.until(bare)
        shown.type("C-k")
        shown.until(lambda text: FOOT in text)
        os.kill(warm, signal.SIGKILL)
        shown.until(lambda text: FOOT not in text and f"{line(WORDS)}\nkai: kai went" in text)
        shown.type("BSpace", "p")
        assert shown.until(bare).count("READY> remove") == 1


@pytest.mark.usefixtures("warm")
def test_after_another_size_the_picture_is_whole(place: Place) -> None:
    with screen(place, rows=20, before=BEFORE, python=PYTHON) as shown:
        shown.type("C-l", WORDS, "C-k")
        shown.until(lambda text: FOOT in text)
        shown.resize(20, 60)
        time.sleep(1)
        shown.type("Escape")
        assert shown.until(lambda text: "DESTRUCTIVE" not in text) == f"READY> {WORDS}"
        shown.type("x")
        assert shown.until(lambda text: text.endswith("x")) == f"READY> {WORDS}x"
