"""One child process under a deadline of our own. Imported only where one is started.

The child leads a session of its own, so that one signal reaches everything it started: exec
plugins, editors, their children. Whatever ends the wait (the answer, the deadline, too much
output, cancellation), the whole group is killed before we return.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from typing import cast

from kai.kubectl.process import Completed

_DRAIN_SECONDS = 0.3
"""How long a finished child's pipes may stay open: whoever still holds them is not the child."""

_GONE_SECONDS = 0.5
"""How long we wait for a killed group to disappear; only processes stuck in the kernel take longer."""


class _Collector(asyncio.SubprocessProtocol):
    """Gathers both outputs up to a limit and tells when the child and its pipes are done."""

    def __init__(self, limit: int) -> None:
        loop = asyncio.get_running_loop()
        self.output = {1: bytearray(), 2: bytearray()}
        self.exited: asyncio.Future[None] = loop.create_future()
        self.drained: asyncio.Future[None] = loop.create_future()
        self.overflow = False
        self._limit = limit
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        room = self._limit - sum(map(len, self.output.values()))
        self.output[fd] += data[:room]
        if len(data) > room:
            self.overflow = True
            _settle(self.exited)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            _settle(self.drained)

    def process_exited(self) -> None:
        _settle(self.exited)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: bytes,
    timeout: float,  # noqa: ASYNC109 - the deadline is what this module is for
    limit: int,
) -> Completed:
    """Run `argv` to its end, `timeout` seconds or `limit` bytes of output, whichever is first.

    Raises OSError where the program cannot be started.
    """
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: _Collector(limit),
            *argv,
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            env=dict(env),
            start_new_session=True,
        )
    )
    try:
        # Cancelling the start itself would make asyncio wait for the child's children (until 3.12).
        await asyncio.wait({starting})
        transport, collector = starting.result()
        if stdin:
            pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
            pipe.write(stdin)
            pipe.write_eof()
        done, _ = await asyncio.wait({collector.exited}, timeout=timeout)
        if done and not collector.overflow:
            await asyncio.wait({collector.drained}, timeout=_DRAIN_SECONDS)
        code = transport.get_returncode()
    finally:
        await _end(starting)
    return Completed(
        code=-signal.SIGKILL if code is None else code,
        stdout=bytes(collector.output[1]),
        stderr=bytes(collector.output[2]),
        timed_out=not done,
        truncated=collector.overflow,
    )


async def _end(
    starting: asyncio.Future[tuple[asyncio.SubprocessTransport, _Collector]],
) -> None:
    """Leave nothing behind of a child that was started, or is just being started."""
    await asyncio.wait({starting})
    if starting.exception() is None:
        transport, collector = starting.result()
        try:
            await _end_group(transport, collector)
        finally:  # whoever is cancelled twice still leaves nothing open
            transport.close()


async def _end_group(transport: asyncio.SubprocessTransport, collector: _Collector) -> None:
    """Kill what is left of the child's group and wait until it is gone."""
    group = transport.get_pid()
    until = time.monotonic() + _GONE_SECONDS
    while _kill(group) and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells when it is empty
        await asyncio.sleep(0.002)
    if transport.get_returncode() is None:
        collector.exited = asyncio.get_running_loop().create_future()
        await asyncio.wait({collector.exited}, timeout=_GONE_SECONDS)


def _kill(group: int) -> bool:
    """Send SIGKILL to the group; False where it has no process any more."""
    with contextlib.suppress(PermissionError):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return True
