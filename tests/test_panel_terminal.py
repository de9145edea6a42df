"""The terminal under the panel: which one is drawn on, what it survives, and what is loaded for it."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time

import pytest

from kai.model import Answered, Offered, Suggestion
from kai_shell.daemon.panel import tty
from kai_shell.daemon.panel.chooser import Left
from kai_shell.daemon.panel.screen import HUNG_SECONDS
from kai_shell.daemon.panel.state import Choice, State
from tests.panels import FakeSession, Opened, Tty, suggestion

READ = suggestion("kubectl get pods")
DELETE = suggestion("kubectl delete pod web-1", "destructive")

# --- the terminal --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/dev/null", "/etc/passwd", "/nonexistent", "/dev", "/dev/tty"])
def test_what_is_no_terminal_of_ours_is_refused(path: str) -> None:
    with pytest.raises(tty.NoTerminal):
        tty.Terminal(path)


@pytest.mark.parametrize(
    ("env", "suits"),
    [
        ({"PANEL": "1", "TERM": "xterm-256color"}, True),
        ({"PANEL": "bash", "TERM": "tmux"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"PANEL": "1", "TERM": "dumb"}, False),
        ({"PANEL": "1", "TERM": "unknown"}, False),
        ({"PANEL": "1"}, False),
        ({"PANEL": "1", "TERM": "xterm", "KAI_PLAIN": "1"}, False),
        ({"PANEL": "1", "TERM": "xterm", "KAI_PLAIN": "0"}, True),
    ],
)
def test_a_panel_is_drawn_where_terminal_and_user_want_it(env: dict[str, str], suits: bool) -> None:
    assert tty.suits(env, "/dev/pts/1") is suits
    for path in ("", "/dev/watchdog", "/dev/pts/../watchdog", "/dev/null", "pts/1", "/dev/pts/1\n"):
        assert not tty.suits(env, path)


async def test_a_terminal_that_takes_no_output_holds_up_nobody() -> None:
    with Tty() as place:
        terminal = tty.Terminal(place.path)
        for _ in range(200):
            terminal.write(b"x" * 4096)
        assert terminal.failed
        terminal.close()


async def test_output_that_waited_arrives_in_order() -> None:
    with Tty() as place:
        terminal = tty.Terminal(place.path)
        said = "".join(f"{number:06}" for number in range(20_000))
        terminal.write(said.encode())
        while len(place.painted) < len(said):
            await asyncio.sleep(0.001)
            place.screen()
        assert place.painted == said
        terminal.close()


# --- any keys ------------------------------------------------------------------------------------

_KEYS = [
    *(bytes([number]) for number in range(256)),
    *(b"\r", b"\t", b"e", b"?", b"r", b"\x1b", b"\x7f") * 12,
    *(b"\x1b[A", b"\x1b[Z", b"\x1bb", b"\x1b[3~", b"\x1b[200~a\nb\x1b[201~", "é日🚢".encode()) * 6,
]


@pytest.mark.parametrize("seed", range(24))
async def test_whatever_is_typed_the_terminal_is_put_right_and_nothing_strange_is_taken(
    seed: int,
) -> None:
    source = random.Random(seed)  # noqa: S311
    bad = suggestion("kubectl get pods bad", "forbidden")
    session = FakeSession({bad.command: bad}, again=[Offered(DELETE), Answered(DELETE)])
    with Tty(source.choice((5, 24)), source.choice((20, 80))) as place:
        place.raw()
        before = place.modes()
        async with Opened(
            place, State(choices=[Choice(item) for item in (READ, DELETE, bad)]), session
        ) as panel:
            await place.until("Enter")
            assert panel.task is not None
            for _ in range(60):
                place.type(source.choice(_KEYS))
                await asyncio.sleep(source.choice((0, 0.001, 0.04)))
                place.screen()
                if panel.task.done():
                    break
            else:
                place.type(b"\x1b[201~\x03")
            decision = await panel.decision()
            assert place.modes() == before
            assert place.screen() == ""
            assert place.picture.visible
    if isinstance(decision, Suggestion):
        assert decision != bad
        assert decision.command.isprintable()
        assert decision.command.strip()
    else:
        assert decision == Left()


@pytest.mark.parametrize("key", [b"", b"\r"], ids=["no key", "a key"])
async def test_a_terminal_that_was_given_up_meanwhile_is_left_alone(key: bytes) -> None:
    with Tty() as place:
        place.raw()
        async with Opened(place, State(choices=[Choice(DELETE)])) as panel:
            await place.until("Enter takes it")
            await asyncio.sleep(0.3)
            # The daemon is stopped; the shell has the terminal back, and something else runs there.
            place.cooked()
            other = place.modes()
            place.screen()
            painted = len(place.painted)
            place.type(key)
            time.sleep(HUNG_SECONDS + 0.3)  # noqa: ASYNC251 - nothing else may run
            assert await panel.decision() == Left()
            place.screen()
            assert place.modes() == other
            # What the terminal itself echoes is all that was written.
            assert place.painted[painted:] in ("", "\r\n")


async def test_panels_on_many_terminals_at_once_do_not_meet() -> None:
    async def one(number: int) -> tuple[str, object]:
        own = suggestion(f"kubectl get pods own-{number}")
        with Tty() as place:
            before = place.modes()
            async with Opened(place, State(choices=[Choice(READ), Choice(own)])) as panel:
                await place.until("Enter takes it")
                await panel.press(b"\t", "next (2/2)")
                assert f"own-{number}" in place.screen()
                await panel.press(b"e", f"> kubectl get pods own-{number}")
                await panel.press(b"x", f"own-{number}x")
                await panel.press(b"\r" if number % 2 else b"\x07")
                decision = await panel.decision()
            assert place.modes() == before
            return own.command, decision

    for command, decision in await asyncio.gather(*(one(number) for number in range(12))):
        if isinstance(decision, Suggestion):
            assert decision.command == f"{command}x"
        else:
            assert int(command.rpartition("-")[2]) % 2 == 0


# --- prompt_toolkit ------------------------------------------------------------------------------

_UNLOADED = """
import sys
from kai_shell.daemon import server, work, panel, guard, fifo
assert not [name for name in sys.modules if name.startswith("prompt_toolkit")]
"""

_MISSING = """
import asyncio, sys
sys.modules["prompt_toolkit"] = None
from kai_shell.daemon import panel
from kai_shell.daemon.panel.state import State
from kai_shell.daemon.talk import Talk
from kai_shell.daemon.work import Line

async def main():
    async def nothing(*line): raise AssertionError
    env = "TERM=xterm\\nPANEL=1\\nKAI_LLM_ENABLED=false"
    line = Line("zsh", "/dev/pts/0", "80", "/", "", env, "x", "", Talk(nothing, nothing))
    assert await panel.load() is False
    assert await panel.choose(line, State(), None) is None
    assert await panel.confirm(line, tier="destructive", word="", details=()) is None

asyncio.run(main())
"""


@pytest.mark.parametrize("program", [_UNLOADED, _MISSING], ids=["not loaded", "missing"])
def test_the_daemon_listens_without_prompt_toolkit_and_does_without_it(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
