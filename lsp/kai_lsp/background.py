"""Work that goes on behind answered requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("kai_lsp")


class Background:
    """The work that goes on behind answered commands; ended with the server.

    `tell` is told what failed.
    """

    def __init__(self, tell: Callable[[BaseException], None] | None = None) -> None:
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let it go on; what fails is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s behind a command", type(error).__name__, exc_info=error)
            if self._tell is not None:
                self._tell(error)

    async def end(self) -> None:
        """Stop all of it."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
