"""Requests and answers in files, for a shell that can neither open a socket nor read a FIFO with a
deadline nor write more than 512 bytes in one piece (fish).

Such a shell looks for a file until it is there: that never blocks, whatever has become of the
daemon. A line of an answer is a file of its own, renamed into place when it is whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import stat

from kai_shell.daemon import protocol, runtime
from kai_shell.daemon.talk import Send

KEPT_SECONDS = 5.0
"""How long an answer lies there; no shell looks for it that long."""

_NAME = re.compile(re.escape(runtime.FILE) + r"(?P<pid>[1-9][0-9]{0,9})\.[0-9]{1,9}")


class Files:
    """The requests and answers in files of one runtime folder; answers are kept `kept` seconds."""

    def __init__(self, folder: str, *, kept: float = KEPT_SECONDS) -> None:
        self._folder, self._kept = folder, kept
        self._removals: dict[str, asyncio.TimerHandle] = {}

    def open(self) -> None:
        """Remove what another daemon left behind. Raises OSError."""
        for name in os.listdir(self._folder):  # noqa: PTH208
            if name.startswith(runtime.FILE):
                self._remove(os.path.join(self._folder, name))  # noqa: PTH118

    def close(self) -> None:
        """Remove the answers that lie there."""
        for path, removal in list(self._removals.items()):
            removal.cancel()
            self._remove(path)

    def request(self, path: bytes) -> bytes:
        """The request in a file of a shell's, without its line end, and the file is gone; empty
        where there is none."""
        if self.writer(path) is None:
            return b""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                state = os.fstat(handle)
                if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
                    return b""
                os.unlink(path)  # noqa: PTH108
                return os.read(handle, protocol.MAX_FRAME + 1).removesuffix(protocol.END)
            finally:
                os.close(handle)
        except OSError:
            return b""

    def writer(self, path: bytes) -> Send | None:
        """What writes the lines of an answer; None where the path is not one of a shell's in our
        folder. What it gives raises OSError where the shell has gone."""
        folder, _, name = os.fsdecode(path).rpartition("/")
        match = _NAME.fullmatch(name)
        if folder != self._folder or match is None:
            return None
        shell, count = int(match["pid"]), 0

        async def send(line: bytes) -> None:
            nonlocal count
            os.kill(shell, 0)
            self._write(f"{folder}/{name}.{count}", line)
            count += 1

        return send

    def _write(self, path: str, line: bytes) -> None:
        begun = f"{path}~"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(begun, flags, 0o600)
        try:
            try:
                if os.write(handle, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(handle)
            os.rename(begun, path)  # noqa: PTH104
        except OSError:
            self._remove(begun)
            raise
        loop = asyncio.get_running_loop()
        self._removals[path] = loop.call_later(self._kept, self._remove, path)

    def _remove(self, path: str) -> None:
        self._removals.pop(path, None)
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
