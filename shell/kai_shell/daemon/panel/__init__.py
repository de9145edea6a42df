"""The panel below the prompt, drawn by the daemon on the shell's terminal.

tty.py      the terminal: opened, checked, raw mode and back
screen.py   a prompt_toolkit application below the shell's line
view.py     what it looks like: state to lines of styled text
state.py    what is shown
chooser.py  the panel of an answer; its keys
asker.py    the question of the guard
edit.py     the keys that edit a line

Nothing here imports prompt_toolkit until `load` or a panel is needed; where it cannot be imported
the shell asks by itself (`offer`, `confirm` of protocol.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kai.model import Event
from kai_shell.daemon.panel import tty

if TYPE_CHECKING:
    from kai_shell.daemon.panel.chooser import Decision, Session
    from kai_shell.daemon.panel.state import State
    from kai_shell.daemon.work import Line

_open: set[str] = set()
"""The terminals on which a panel is open."""

_loaded: asyncio.Task[bool] | None = None


def is_open(path: str) -> bool:
    """Whether a panel is open on this terminal."""
    return path in _open


async def load() -> bool:
    """Import prompt_toolkit, in a thread, and prepare the first panel; whether that worked."""
    global _loaded  # noqa: PLW0603 - one import for the process
    if _loaded is None or _loaded.get_loop() is not asyncio.get_running_loop():
        _loaded = asyncio.ensure_future(asyncio.to_thread(_import))
    return await asyncio.shield(_loaded)


def _import() -> bool:
    try:
        from kai_shell.daemon.panel import asker, chooser, screen  # noqa: F401
    except ImportError:
        return False
    screen.prepare()
    return True


async def choose(
    line: Line, state: State, session: Session, events: AsyncIterator[Event] | None = None
) -> Decision | None:
    """Ask the user of the line which command is to be taken; None: no panel can be drawn here, the
    shell has to ask. Raises `Gone`; the terminal is as it was then too."""
    if not await _can(line) or line.talk is None:
        return None
    from kai_shell.daemon.panel.chooser import Chooser

    with _terminal(line) as terminal:
        if terminal is None:
            return None
        chooser = Chooser(terminal, state, session, events=events, **_looks(line.environment))
        return await line.talk.during(chooser.decision())


async def confirm(line: Line, *, tier: str, word: str, details: Sequence[str]) -> bool | None:
    """Ask the user of the line whether it is to be run: True yes, False no, None: no panel can be
    drawn here, the shell has to ask (`confirm` of the protocol).

    The user types `word` and Enter, or where it is "" presses y. `details` are the lines of what
    is said: reasons, and what is hit. Raises `Gone` where the shell hung up; the terminal is as it
    was then too.
    """
    if not await _can(line) or line.talk is None:
        return None
    from kai_shell.daemon.panel.asker import Asker

    with _terminal(line) as terminal:
        if terminal is None:
            return None
        asker = Asker(terminal, tier, word, details, **_looks(line.environment))
        return await line.talk.during(asker.answer())


async def suits(line: Line) -> bool:
    """Whether a panel can be tried on the line's terminal."""
    return line.talk is not None and await _can(line)


async def _can(line: Line) -> bool:
    return tty.suits(line.environment, line.tty) and not is_open(line.tty) and await load()


@contextmanager
def _terminal(line: Line) -> Iterator[tty.Terminal | None]:
    """The terminal of the line, if it can be drawn on and nobody has typed ahead."""
    try:
        terminal = tty.Terminal(line.tty)
    except tty.NoTerminal:
        yield None
        return
    _open.add(line.tty)
    try:
        rows, columns = terminal.size()
        yield terminal if rows >= tty.MIN_ROWS and columns >= tty.MIN_COLUMNS else None
    finally:
        _open.discard(line.tty)
        terminal.close()
        asyncio.get_running_loop().call_soon(_prepare)


def _prepare() -> None:
    from kai_shell.daemon.panel import screen

    screen.prepare()


def _looks(env: Mapping[str, str]) -> dict[str, bool]:
    """Whether the terminal has colours, and more than ASCII."""
    locale = env.get("LC_ALL") or env.get("LANG") or ""
    unicode = "utf" in locale.lower() and env.get("TERM") != "linux"
    return {"colour": not env.get("NO_COLOR"), "unicode": unicode}
