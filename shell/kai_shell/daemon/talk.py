"""The way back to a shell whose request takes a person's time: it is told to wait, once a second.

A request whose answer a person has to give (a panel is open) is under no deadline of ours; the
shell goes on waiting as long as `wait` comes. A shell that goes away ends what is asked of its user.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from kai_shell.daemon import protocol

BEAT_SECONDS = 1.0
"""From one `wait` to the next; a shell gives up after three times as long."""

WAIT = protocol.answer("wait")

Send = Callable[[bytes], Awaitable[None]]
"""Hands a line to the shell. Raises OSError where it has gone."""

_T = TypeVar("_T")


class Gone(Exception):
    """The shell has gone: nobody waits for the answer."""


class Talk:
    """The connection to one shell, for one request. `gone` returns when the shell hangs up."""

    def __init__(
        self, send: Send, gone: Callable[[], Awaitable[None]], *, beat: float = BEAT_SECONDS
    ) -> None:
        self._send, self._gone, self._beat = send, gone, beat
        self.deadline: asyncio.Timeout | None = None
        self.seconds = 0.0
        self.waiting = False
        """Whether the shell was told to wait and has not had its answer yet."""

    async def during(self, asking: Coroutine[Any, Any, _T]) -> _T:
        """What `asking` gives, the shell waiting meanwhile. Raises `Gone`; `asking` has ended then,
        as it has when this is cancelled."""
        task = asyncio.ensure_future(asking)
        everything: list[asyncio.Future[Any]] = [task]
        try:
            self._hold(None)
            self.waiting = True
            with contextlib.suppress(OSError):
                await self._send(WAIT)
                everything += [asyncio.ensure_future(self._beats())]
                everything += [asyncio.ensure_future(self._hung_up())]
                await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Gone
            return task.result()
        finally:
            for each in everything:
                each.cancel()
            await asyncio.gather(*everything, return_exceptions=True)
            self._hold(self.seconds)

    def _hold(self, seconds: float | None) -> None:
        """Set the deadline of the request anew, or off."""
        if self.deadline is not None:
            loop = asyncio.get_running_loop()
            self.deadline.reschedule(None if seconds is None else loop.time() + seconds)

    async def _beats(self) -> None:
        """Ends when the shell has gone."""
        with contextlib.suppress(OSError, TimeoutError):
            while True:
                await asyncio.sleep(self._beat)
                await self._send(WAIT)

    async def _hung_up(self) -> None:
        with contextlib.suppress(OSError):
            await self._gone()
