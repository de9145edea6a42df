"""Requests through a FIFO, for shells that cannot open a socket without starting a process.

`protocol.py` says what is written. The daemon keeps the request FIFO open for reading and writing,
so that it never sees an end; it answers into a FIFO of the shell's own, which it opens without
waiting: a shell that has gone costs nothing. Or into files (`files.py`), where the shell says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Awaitable, Callable

from kai.errors import DaemonError
from kai_shell.daemon import protocol, runtime
from kai_shell.daemon.files import Files
from kai_shell.daemon.talk import Send, Talk

PARTIAL_SECONDS = 1.0
"""How long a line may be begun and not ended; then it is dropped, so that it spoils no other."""

MAX_WAITING = 64
"""Requests that wait for an answer; more are not read from the FIFO meanwhile, but dropped."""

_WRITE_SECONDS = 0.5

Answer = Callable[[bytes, Talk], Awaitable[bytes]]
"""A request line to the last line of its answer; the others go through the talk."""


class Fifo:
    """The request FIFO of a runtime folder and its reader."""

    def __init__(self, folder: str, answer: Answer) -> None:
        self._folder = folder
        self._path = os.path.join(folder, runtime.FIFO)  # noqa: PTH118
        self._answer = answer
        self._files = Files(folder)
        self._handle: int | None = None
        self._buffer = bytearray()
        self._late: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Make the FIFO and read it from now on. Raises `DaemonError`."""
        try:
            self._files.open()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)  # noqa: PTH108 - an old one, with old bytes in it
            os.mkfifo(self._path, 0o600)
            flags = os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
            self._handle = os.open(self._path, flags)
        except OSError as error:
            raise DaemonError(f"{self._path} cannot be made: {error.strerror}") from None
        asyncio.get_running_loop().add_reader(self._handle, self._readable)

    async def close(self) -> None:
        """Read no more, remove the FIFO, and end what is under way."""
        handle, self._handle = self._handle, None
        if handle is not None:
            asyncio.get_running_loop().remove_reader(handle)
            os.close(handle)
            with contextlib.suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108
        if self._late is not None:
            self._late.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._files.close()

    def _readable(self) -> None:
        assert self._handle is not None  # noqa: S101 - the reader is removed before it is closed
        try:
            self._buffer += os.read(self._handle, protocol.MAX_FRAME)
        except (BlockingIOError, InterruptedError):
            return
        *lines, rest = self._buffer.split(protocol.END)
        self._buffer = rest if len(rest) <= protocol.MAX_FRAME else bytearray()
        for line in lines:
            self._begin(bytes(line))
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._buffer:
            loop = asyncio.get_running_loop()
            self._late = loop.call_later(PARTIAL_SECONDS, self._buffer.clear)

    def _begin(self, line: bytes) -> None:
        place, separator, request = line.partition(protocol.FIELD.encode())
        if not separator:
            request = self._files.request(place)
        if not request or len(self._tasks) >= MAX_WAITING:
            return
        send = self._files.writer(place) or self._writer(place)
        if send is None:
            return
        task = asyncio.get_running_loop().create_task(self._serve(send, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_reply(self, path: bytes) -> bool:
        """Whether the path names a reply FIFO of ours, directly in our folder."""
        folder, _, name = os.fsdecode(path).rpartition("/")
        if folder != self._folder or not name.startswith(runtime.REPLY) or "\0" in name:
            return False
        try:
            state = os.lstat(path)
        except OSError:
            return False
        return stat.S_ISFIFO(state.st_mode) and state.st_uid == os.geteuid()

    def _writer(self, place: bytes) -> Send | None:
        """What writes into a reply FIFO; None where the place names none."""
        path, _, mark = place.partition(b"*")
        if not self._is_reply(path):
            return None
        head = mark[:64] + protocol.FIELD.encode() if mark else b""

        async def send(line: bytes) -> None:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                await _written(handle, head + line)
            finally:
                os.close(handle)

        return send

    async def _serve(self, send: Send, request: bytes) -> None:
        answer = await self._answer(request + protocol.END, Talk(send, _never))
        with contextlib.suppress(OSError):
            await send(answer)


async def _never() -> None:
    """A FIFO does not say that its reader has gone; the next line that is sent does."""
    await asyncio.get_running_loop().create_future()


async def _written(handle: int, data: bytes) -> None:
    """Write all of it, or give up where nobody reads. Raises OSError (a shell that has gone)."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _WRITE_SECONDS
    while data:
        try:
            data = data[os.write(handle, data) :]
        except BlockingIOError:
            if loop.time() > until:
                return
            await asyncio.sleep(0.005)
