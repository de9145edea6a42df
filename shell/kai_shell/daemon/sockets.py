"""Requests through the unix socket: one connection, one request, its answer.

The sockets are used as they are, not through asyncio's streams: what arrives is mostly there when
the connection is, and an answer fits into the kernel's buffer, so that a request costs one turn of
the event loop and not five (from one process to another and back: 0.2 ms, with streams 0.5 ms).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from kai_shell.daemon import protocol, runtime
from kai_shell.daemon.log import Log
from kai_shell.daemon.talk import Talk


class Limits(NamedTuple):
    """What one client can cost: seconds for a request to arrive, for its answer to be found, for
    the answer to be read, and the connections there are at once."""

    read: float = 2.0
    answer: float = 10.0
    write: float = 2.0
    clients: int = 64


_SWALLOW_SECONDS, _AGAIN_SECONDS = 0.5, 1.0

Answer = Callable[[bytes, Talk], Awaitable[bytes]]
"""A request line to the last line of its answer; the others go through the talk."""


class _Refused(Exception):
    """A request that is not even read to its end; the text says why."""


class Sockets:
    """Accepts on `listener`, which is then ours, and serves what comes."""

    def __init__(
        self, listener: socket.socket, answer: Answer, log: Log, *, limits: Limits
    ) -> None:
        self._listener, self._answer, self._log, self._limits = listener, answer, log, limits
        self._clients: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Accept from now on."""
        self._listener.setblocking(False)
        self._accept_on()

    def close(self) -> None:
        """Accept no more; who was accepted is still served."""
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()

    async def finish(self, seconds: float) -> None:
        """Let the answers that are being written go out, for so long."""
        if self._clients:
            await asyncio.wait(self._clients, timeout=seconds)
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def _accept_on(self) -> None:
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:  # no descriptors: it would be reported again and again
            self._log.write(f"a client could not be accepted: {error}")
            loop.remove_reader(self._listener)
            loop.call_later(_AGAIN_SECONDS, self._accept_on)
            return
        connection.setblocking(False)
        task = loop.create_task(self._serve(connection))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                peer = runtime.peer_uid(connection)
                if peer == os.geteuid():
                    await self._client(connection)
                else:
                    self._log.write(f"refused a client of user {peer}")
            except (OSError, TimeoutError, asyncio.CancelledError):
                pass  # the client has gone, or we go
            except Exception as error:  # noqa: BLE001 - one client must not end the others
                self._log.fault("a client", error)

    async def _client(self, connection: socket.socket) -> None:
        async def send(line: bytes) -> None:
            await self._send(connection, line)

        async def gone() -> None:
            while await asyncio.get_running_loop().sock_recv(connection, protocol.MAX_FRAME):
                pass

        try:
            line = await self._line(connection)
        except _Refused as why:
            await send(protocol.answer("fail", str(why)))
            await _swallow(connection)
            return
        if line:
            await send(await self._answer(line, Talk(send, gone)))

    async def _line(self, connection: socket.socket) -> bytes:
        """The request; b"" from a client that only looked whether we are here."""
        if len(self._clients) > self._limits.clients:
            raise _Refused("too many requests at once; press the key again")
        data = b""
        with contextlib.suppress(BlockingIOError, InterruptedError):
            data = connection.recv(protocol.MAX_FRAME)
            if not data:
                return b""
        if protocol.END not in data:
            data = await self._rest(connection, data)
        line, end, _ = data.partition(protocol.END)
        if data and not end:
            raise _Refused("the request was cut off")
        return line + end

    async def _rest(self, connection: socket.socket, data: bytes) -> bytes:
        """What has come, and what comes until the line or the connection ends."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.read):
                while protocol.END not in data:
                    if len(data) >= protocol.MAX_FRAME:
                        kib = protocol.MAX_FRAME // 1024
                        raise _Refused(f"the request is longer than {kib} KiB")
                    more = await loop.sock_recv(connection, protocol.MAX_FRAME - len(data))
                    if not more:
                        break
                    data += more
        except TimeoutError:
            raise _Refused("the request did not come in time") from None
        return data

    async def _send(self, connection: socket.socket, line: bytes) -> None:
        """Hand a line to the client. Raises OSError where it has gone, TimeoutError where it does
        not read."""
        sent = 0
        with contextlib.suppress(BlockingIOError, InterruptedError):
            sent = connection.send(line)
        if sent < len(line):
            async with asyncio.timeout(self._limits.write):
                await asyncio.get_running_loop().sock_sendall(connection, line[sent:])


async def _swallow(connection: socket.socket) -> None:
    """Read on for a moment: closing on bytes that nobody read would take our answer with it."""
    connection.shutdown(socket.SHUT_WR)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SWALLOW_SECONDS):
            for _ in range(16):
                loop = asyncio.get_running_loop()
                if not await loop.sock_recv(connection, protocol.MAX_FRAME):
                    return
