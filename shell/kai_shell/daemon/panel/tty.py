"""The terminal of a shell, opened by the daemon: checked, put into raw mode, and put back exactly.

The descriptor is ours alone (opened by its path), so that making it non-blocking harms nobody: a
terminal that takes no more output (Ctrl-S, a stalled connection) must not hold up the daemon.
Nothing here needs prompt_toolkit.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

MIN_COLUMNS, MIN_ROWS = 20, 5
"""Smaller terminals get the plain offer."""

_MAX_WAITING = 256 * 1024
"""Bytes that may wait for a terminal that takes none; more end the panel."""

_DRAIN_SECONDS = 0.5

_FLAGS = os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK

_KNOWN = (
    *("xterm", "screen", "tmux", "rxvt", "linux", "vt1", "vt2", "vt3", "vt4", "vt5", "ansi"),
    *("alacritty", "kitty", "foot", "wezterm", "ghostty", "konsole", "gnome", "vte", "st-"),
    *("iterm", "nsterm", "putty", "mintty", "contour", "dtterm", "rio", "mlterm", "terminator"),
)
"""How the TERM of a terminal begins that understands what we write (ECMA-48, IND, DECSC, DECRC)."""


_NAMES = re.compile(r"/dev/(pts/[0-9]+|tty[A-Za-z0-9.]*|console)", re.ASCII)
"""What terminals are called: opening some other device is enough to make it do something."""


class NoTerminal(Exception):
    """There is no terminal to draw on; the text says why."""


def suits(env: Mapping[str, str], tty: str) -> bool:
    """Whether a panel may be drawn at all, as far as the shell's variables say."""
    term = env.get("TERM", "")
    plain = env.get("KAI_PLAIN", "") not in ("", "0")
    able = term == "st" or term.startswith(_KNOWN)
    return bool(env.get("PANEL")) and able and not plain and _NAMES.fullmatch(tty) is not None


class Terminal:
    """An open terminal; close it. Raises `NoTerminal` where the path is no terminal of ours."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._waiting = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.failed = False
        """Whether it takes no more output, or is gone."""
        try:
            before = os.lstat(path)
            if not stat.S_ISCHR(before.st_mode) or before.st_uid != os.geteuid():
                raise NoTerminal(f"{path} is no terminal of yours")
            self.handle = os.open(path, _FLAGS | os.O_NOFOLLOW)
        except OSError as error:
            raise NoTerminal(f"{path}: {error.strerror}") from None
        now = os.fstat(self.handle)
        same = (now.st_rdev, now.st_uid) == (before.st_rdev, before.st_uid)
        if not same or not stat.S_ISCHR(now.st_mode) or not os.isatty(self.handle):
            os.close(self.handle)
            raise NoTerminal(f"{path} is no terminal")

    def close(self) -> None:
        """Let go of it; what was not written is lost."""
        self._unwatch()
        os.close(self.handle)

    def size(self) -> tuple[int, int]:
        """Rows and columns; (0, 0) where it does not say."""
        import fcntl
        import termios

        try:
            data = fcntl.ioctl(self.handle, termios.TIOCGWINSZ, b"\0" * 8)
        except OSError:
            return 0, 0
        rows, columns, _, _ = struct.unpack("4H", data)
        return rows, columns

    def typed(self) -> int:
        """Bytes that were typed and not read yet."""
        import fcntl
        import termios

        try:
            return int(struct.unpack("i", fcntl.ioctl(self.handle, termios.FIONREAD, b"\0" * 4))[0])
        except OSError:
            return 0

    def read(self) -> bytes:
        """One byte, so that what comes after a key stays where it is. b"": nothing is there.

        Raises OSError or EOFError where the terminal is gone.
        """
        try:
            data = os.read(self.handle, 1)
        except (BlockingIOError, InterruptedError):
            return b""
        if not data:
            raise EOFError
        return data

    @contextmanager
    def raw(self, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Keys come as they are typed; afterwards the modes are as they were, whatever happened,
        `unless` they are somebody else's by then."""
        import termios

        try:
            before = termios.tcgetattr(self.handle)
            termios.tcsetattr(self.handle, termios.TCSANOW, _raw(before))
        except termios.error as error:
            raise NoTerminal(f"{self.path}: {error.args[-1]}") from None
        try:
            yield
        finally:
            if not unless():
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self.handle, termios.TCSANOW, before)

    # --- output --------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write, or keep it until the terminal takes it; never waits, never raises."""
        if self.failed:
            return
        if self._waiting:
            self._waiting += data
        else:
            self._waiting += data[self._written(data) :]
            if self._waiting and self._loop is None:
                self._loop = asyncio.get_running_loop()
                self._loop.add_writer(self.handle, self._writable)
        if len(self._waiting) > _MAX_WAITING:
            self._fail()

    async def drained(self) -> None:
        """Returns when everything is written, or will not be."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _DRAIN_SECONDS
        while self._waiting and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    def _written(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self.handle, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self._fail()
            return len(data)

    def _writable(self) -> None:
        del self._waiting[: self._written(self._waiting)]
        if not self._waiting:
            self._unwatch()

    def _fail(self) -> None:
        self.failed = True
        self._waiting.clear()
        self._unwatch()

    def _unwatch(self) -> None:
        if self._loop is not None:
            self._loop.remove_writer(self.handle)
            self._loop = None


def _raw(modes: list[Any]) -> list[Any]:
    """Neither line editing, echo nor signals; output is processed as before."""
    import termios

    flags, _, _, local, *rest, characters = modes
    flags &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    flags &= ~termios.ISTRIP
    local &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    characters = list(characters)
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [flags, modes[1], modes[2], local, *rest, characters]
