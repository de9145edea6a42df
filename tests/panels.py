"""What the tests of the panel share: a terminal of their own, and an engine that says what they want."""

from __future__ import annotations

import asyncio
import codecs
import os
import pty
import termios
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from types import TracebackType
from typing import Any

from kai.model import Checked, Event, Radius, Risk, Source, Suggestion
from kai_shell.daemon.panel import tty, view
from kai_shell.daemon.panel.chooser import Chooser, Decision
from kai_shell.daemon.panel.state import State
from tests.picture import Picture


def suggestion(command: str = "kubectl get pods", tier: str = "read", **more: Any) -> Suggestion:
    """A suggestion with a risk of this tier."""
    radius = None if tier == "read" else Radius(text="the pod web-1 in default")
    risk = Risk(tier, (f"reason of {tier}",), (), radius)
    return Suggestion(command, Source.BUILTIN, risk=risk, **more)


def text(lines: Sequence[view.Line]) -> list[str]:
    """What a person reads."""
    return ["".join(piece for _, piece in line) for line in lines]


class FakeSession:
    """Says of each command what `said` has, else that it only reads; `release` lets checks go on."""

    def __init__(
        self,
        said: dict[str, Suggestion] | None = None,
        found: Sequence[Checked] = (),
        again: Sequence[Event] = (),
    ) -> None:
        self.said, self.found, self.events = said or {}, found, again
        self.release = asyncio.Event()
        self.release.set()
        self.examined: list[str] = []
        self.checked: list[str] = []
        self.closed = 0

    async def examine(self, command: str, /) -> Suggestion:
        self.examined.append(command)
        return self.said.get(command) or suggestion(command)

    async def again(self) -> AsyncIterator[Event]:
        for event in self.events:
            yield event

    async def checks(self, suggestion: Suggestion, /) -> AsyncGenerator[Checked]:
        self.checked.append(suggestion.command)
        try:
            await self.release.wait()
            for checked in self.found:
                yield checked
        finally:
            self.closed += 1

    def explain(self, command: str, /) -> Sequence[tuple[str, str]]:
        return [("", f"explained: {command}")]


class Tty:
    """A terminal, the far end of which is the test."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.end, self._shell = pty.openpty()
        os.set_blocking(self.end, False)
        self.path = os.ttyname(self._shell)
        self.resize(rows, columns)
        self.picture = Picture(rows, columns)
        self.painted = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def __enter__(self) -> Tty:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()
        os.close(self._shell)

    def hang_up(self) -> None:
        """The window is closed."""
        if self.end >= 0:
            os.close(self.end)
        self.end = -1

    def resize(self, rows: int, columns: int) -> None:
        termios.tcsetwinsize(self._shell, (rows, columns))

    def modes(self) -> list[Any]:
        """The modes, as the shell would find them."""
        return termios.tcgetattr(self._shell)

    def raw(self) -> None:
        """As a shell has it while it edits a line: no echo, keys as they come."""
        modes = self.modes()
        modes[0] &= ~termios.ICRNL
        modes[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(self._shell, termios.TCSANOW, modes)

    def cooked(self) -> None:
        """As a command has it that runs in the foreground."""
        modes = self.modes()
        modes[0] |= termios.ICRNL
        modes[3] |= termios.ECHO | termios.ICANON | termios.ISIG
        termios.tcsetattr(self._shell, termios.TCSANOW, modes)

    def type(self, data: bytes) -> None:
        os.write(self.end, data)

    def left(self) -> bytes:
        """What was typed and is still there for the shell."""
        os.set_blocking(self._shell, False)
        try:
            return os.read(self._shell, 4096)
        except BlockingIOError:
            return b""
        finally:
            os.set_blocking(self._shell, True)

    async def until(self, wanted: str, seconds: float = 20) -> str:
        """Wait until this can be read on the terminal; everything written to it so far."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while wanted not in self.screen():
            assert loop.time() < end, f"{wanted!r} never came; there is\n{self.screen()}"
            await asyncio.sleep(0.002)
        return self.painted

    def screen(self) -> str:
        """What stands on the terminal."""
        while self.end >= 0:
            try:
                data = os.read(self.end, 65536)
            except BlockingIOError:
                break
            said = self._decoder.decode(data)
            self.painted += said
            self.picture.write(said)
        return "\n".join(self.picture.text())


class Noting(tty.Terminal):
    """A terminal that notes what was read from it."""

    def __init__(self, path: str) -> None:
        self.got = b""
        super().__init__(path)

    def read(self) -> bytes:
        """See `Terminal.read`."""
        data = super().read()
        self.got += data
        return data


class Opened:
    """A panel that is open on a terminal."""

    def __init__(
        self, place: Tty, state: State, session: FakeSession | None = None, **more: Any
    ) -> None:
        self.place = place
        self.session = session or FakeSession()
        self.terminal = Noting(place.path)
        self.chooser = Chooser(self.terminal, state, self.session, **more)
        self.task: asyncio.Task[Decision] | None = None

    async def __aenter__(self) -> Opened:
        self.task = asyncio.create_task(self.chooser.decision())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.terminal.close()

    async def press(self, keys: bytes, then: str = "") -> str:
        """Type, and wait until something is painted."""
        self.place.type(keys)
        return await self.place.until(then) if then else ""

    async def decision(self) -> Decision:
        """What came of it."""
        assert self.task is not None
        return await asyncio.wait_for(asyncio.shield(self.task), 20)
