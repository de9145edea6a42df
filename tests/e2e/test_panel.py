"""The panel in a real zsh with a real daemon, as a person sees it in tmux."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kai_shell.daemon import client, lifecycle, protocol, runtime
from tests.e2e.screen import Screen, screen
from tests.e2e.shells import PYTHON, Place, zsh
from tests.panels import Tty
from tests.shell_pty import ShellPty

WORDS, COMMAND = "delete pod web-1", "kubectl delete pod web-1"
GRAVE = "DESTRUCTIVE: deletes objects"


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


def matching(pattern: str) -> Callable[[str], bool]:
    return lambda seen: re.fullmatch(pattern, seen) is not None


@contextmanager
def asked(place: Place, words: str = WORDS, **how: object) -> Iterator[Screen]:
    """A screen with words on the line."""
    with screen(place, python=PYTHON, **how) as shown:  # type: ignore[arg-type]
        shown.type("-l", words)
        shown.until(lambda seen: seen.replace("\n", "").endswith(words))
        yield shown


# --- where it stands -----------------------------------------------------------------------------


def test_it_stands_below_the_line_and_esc_leaves_everything_as_it_was(served: Place) -> None:
    with screen(served, python=PYTHON, rows=24) as shown:
        shown.type("-l", "echo above")
        shown.type("\n")
        shown.until(lambda text: text.endswith("above\nREADY>"))
        shown.type("-l", WORDS)
        before = shown.until(lambda text: text.endswith(WORDS))
        shown.type("C-k")
        seen = shown.until(lambda text: text.endswith("leaves") and "checking" not in text)
        assert seen.startswith(before)
        assert [line.strip(" ┃") for line in seen[len(before) :].splitlines()[1:]] == [
            GRAVE,
            "hits the pod web-1 in default",
            COMMAND,
            "Deletes the pod web-1.",
            "Enter takes it · e edit · ? explain · r again · Esc leaves",
        ]
        shown.type("Escape")
        assert shown.until(lambda text: "┃" not in text) == before
        shown.type("x")
        assert shown.until(lambda text: text.endswith("x")) == before + "x"


def test_enter_puts_the_command_on_the_line_and_runs_nothing(served: Place) -> None:
    with asked(served, rows=24) as shown:
        shown.type("C-k")
        shown.until(lambda text: text.endswith("leaves"))
        shown.type("\n")
        seen = shown.until(lambda text: "┃" not in text and COMMAND in text)
        assert seen.splitlines()[0] == f"READY> {COMMAND}"
        assert "not found" not in seen


PROMPTS = {
    "one line": "",
    "two lines": "PROMPT='%F{red}two lines%f'$'\\n''READY> '",
    "a right prompt": "RPROMPT='at the right'",
    "both": "PROMPT=$'two lines\\nREADY> '; RPROMPT='at the right'",
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_on_the_last_row_the_prompt_stands_once_and_esc_leaves_the_line(
    served: Place, prompt: str
) -> None:
    with screen(served, python=PYTHON, rows=16) as shown:
        shown.type("-l", PROMPTS[prompt])
        shown.type(*"\n" * 20)
        shown.type("-l", WORDS)
        before = shown.until(lambda text: f"READY> {WORDS}" in text).splitlines()
        assert len(before) == 16
        shown.type("C-k")
        seen = shown.until(lambda text: text.endswith("leaves")).splitlines()
        at = next(number for number, line in enumerate(seen) if WORDS in line)
        assert GRAVE in seen[at + 1]
        shown.type("Escape")
        after = shown.until(lambda text: "┃" not in text).splitlines()
        assert after == before[-len(after) :]
        shown.type("x")
        last = shown.until(lambda text: f"{WORDS}x" in text).splitlines()
        assert last[:-1] == after[:-1]


def test_a_line_that_is_wrapped_stays_whole(served: Place) -> None:
    words = "scale deployment my-very-long-name-of-a-deployment-in-here to 3 replicas in prod"
    with asked(served, words, rows=24, columns=50) as shown:
        before = shown.until(lambda text: text.endswith("in prod"))
        assert len(before.splitlines()) == 2
        shown.type("C-k")
        seen = shown.until(lambda text: "│ Enter" in text)
        assert seen.startswith(before)
        assert "changes something" in seen.splitlines()[2]
        shown.type("Escape")
        assert shown.until(lambda text: "│" not in text) == before


def test_a_resize_while_it_is_open_leaves_one_prompt_and_the_line(served: Place) -> None:
    # On the first row tmux itself would push the prompt out when it breaks the panel's lines.
    with screen(served, python=PYTHON, rows=24, columns=90) as shown:
        shown.type("-l", "seq 12")
        shown.type("\n")
        shown.until(lambda text: text.endswith("12\nREADY>"))
        shown.type("-l", WORDS)
        shown.type("C-k")
        shown.until(lambda text: text.endswith("leaves"))
        for rows, columns, last in ((20, 40, "Esc"), (12, 60, "Esc"), (24, 100, "Esc leaves")):
            shown.resize(rows, columns)
            whole = rf"[0-9\n]*\n12\nREADY> {WORDS}\n ┃ {GRAVE}\n( ┃ .*\n)+ ┃ Enter.*{last}"
            shown.until(matching(whole))
        shown.type("Escape")
        shown.until(lambda text: text.endswith(f"\n12\nREADY> {WORDS}"))


@pytest.mark.parametrize(("rows", "columns"), [(5, 20), (6, 30), (40, 200)])
def test_every_size_has_a_panel_that_fits(served: Place, rows: int, columns: int) -> None:
    with asked(served, rows=rows, columns=columns) as shown:
        shown.type("C-k")
        shown.until(lambda text: "DESTRUCTIVE" in text and "Esc" in text)
        shown.type("\n")
        shown.until(lambda text: COMMAND in text.replace("\n", "") and "DESTRUCTIVE" not in text)


# --- what its keys do ----------------------------------------------------------------------------


def test_alternatives_explanation_and_edit(served: Place) -> None:
    with asked(served, "logs of api in prod", rows=24) as shown:
        shown.type("C-k")
        shown.until(lambda text: "assumed: api is taken to be a pod" in text)
        shown.type("?")
        shown.until(lambda text: "--namespace=prod  in the namespace prod" in text)
        shown.type("?", "e")
        shown.until(lambda text: "> kubectl logs" in text)
        shown.type("-l", " | sh")
        shown.until(lambda text: "cannot be taken: kai does not pipe into 'sh'" in text)
        shown.type("\n", "C-w", "C-w")
        shown.until(lambda text: "cannot be taken" not in text)
        shown.type("-l", "--", "--tail=5")
        shown.until(lambda text: "--tail=5" in text)
        shown.type("\n")
        shown.until(
            lambda text: text.startswith("READY> kubectl logs api --namespace=prod --tail=5")
        )


def test_a_slip_in_a_command_is_repaired(served: Place) -> None:
    with asked(served, "kubectl get pds", rows=24) as shown:
        shown.type("C-k")
        seen = shown.until(lambda text: text.endswith("leaves"))
        assert "your line: error: there is no kind 'pds'" in seen
        shown.type("\n")
        shown.until(lambda text: text.startswith("READY> kubectl get pods"))


# --- what it leaves to the shell -----------------------------------------------------------------


def opened(shell: ShellPty) -> None:
    shell.keys(WORDS.encode() + b"\x0b")
    shell.until("leaves")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (b"\x1b", WORDS),
        (b"\x03", WORDS),
        (b"\x07", WORDS),
        (b"\r", COMMAND),
        (b"\x1b[Z\r -o yaml", f"{COMMAND} -o yaml"),
        (b"\x03 and more", f"{WORDS} and more"),
        (b"e\x15ls\x07", WORDS),
    ],
)
def test_keys_after_the_one_that_decides_are_typed_into_the_line(
    served: Place, keys: bytes, line: str
) -> None:
    with zsh(served, python=PYTHON) as shell:
        opened(shell)
        shell.keys(keys)
        if keys.endswith(b"\x1b"):
            shell.seen()  # an Esc with a key right behind it would be another key
        shell.keys(b"\x05")
        end = shell.line()
        assert end == (line, len(line))


def test_two_enters_at_once_put_the_command_and_run_it(served: Place) -> None:
    with zsh(served, python=PYTHON, after="kubectl() { print ran: $* }") as shell:
        opened(shell)
        shell.keys(b"\r\r")
        shell.until("ran: delete pod web-1")


def test_a_daemon_that_is_killed_leaves_the_line_and_a_usable_prompt(served: Place) -> None:
    with zsh(served, python=PYTHON) as shell:
        opened(shell)
        pid = lifecycle.hello(str(served.runtime))[1]
        os.kill(pid, 9)
        shell.until("kai went away")
        assert shell.line()[0] == WORDS
        shell.keys(b"\x15")
        assert shell.run("stty -a | grep -cw -e -echo") == "0"
        assert shell.run("echo fine") == "fine"


def test_a_daemon_that_was_stopped_and_goes_on_leaves_the_terminal_alone(served: Place) -> None:
    with zsh(served, python=PYTHON) as shell:
        opened(shell)
        pid = lifecycle.hello(str(served.runtime))[1]
        os.kill(pid, signal.SIGSTOP)
        shell.until("kai went away")
        shell.keys(b"\x15")
        assert shell.line()[0] == ""
        shell.keys(b" cat >/dev/null\r")
        shell.seen()
        shell.forget()
        os.kill(pid, signal.SIGCONT)
        shell.keys(b"typed for cat\r")
        assert shell.seen(0.5).strip() == "typed for cat"
        shell.keys(b"\x03")
        shell.until("READY>")


def test_a_shell_that_is_killed_closes_its_panel(served: Place) -> None:
    with Tty() as place:
        env = "TERM=xterm\nPANEL=1\nLANG=C.UTF-8"
        request = ["ask", "zsh", place.path, "80", "/", "", env, WORDS]
        before = place.modes()
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as shell:
                shell.connect(runtime.socket_path(str(served.runtime)))
                shell.sendall(protocol.encode([protocol.VERSION, *request]))
                until(lambda: GRAVE in place.screen())
                assert place.modes() != before
                second = client.ask(str(served.runtime), request)
                assert second == ["none", "there is a panel on this terminal already"]
            until(lambda: place.screen() == "")
            until(lambda: place.modes() == before)


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_daemon_stays_small_with_it(served: Place) -> None:
    with zsh(served, python=PYTHON) as shell:
        opened(shell)
        shell.keys(b"\x07")
        assert shell.line()[0] == WORDS
    said = lifecycle.status(os.environ)
    assert said is not None
    assert int(said["memory"]) <= 70


def test_a_plain_terminal_is_asked_by_the_shell(served: Place) -> None:
    for env in ({"TERM": "dumb"}, {"KAI_PLAIN": "1"}):
        with zsh(served, python=PYTHON, **env) as shell:  # type: ignore[arg-type]
            shell.keys(WORDS.encode() + b"\x0b")
            shell.until("Enter takes it, any other key leaves the line")
            shell.keys(b"\r")
            assert shell.line()[0] == COMMAND


def test_without_colour_the_words_are_enough(served: Place) -> None:
    with zsh(served, python=PYTHON, NO_COLOR="1") as shell:
        opened(shell)
        shell.keys(b"\x07")
        assert shell.line()[0] == WORDS
