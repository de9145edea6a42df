"""A request that goes on when nobody listens any more, for as long as a model is being loaded.

A server that loses its client in the middle of a load throws the load away (seen in Ollama's log):
who asks, gives up and asks again never gets an answer. So a stream that is left before its first
token is read on by a task of its own and closed at that token: then the model is in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from kai.errors import ProviderError
from kai.llm.endpoint import Chunk, Done, Loading

_kept: set[asyncio.Task[None]] = set()
"""Tasks that nobody else holds: asyncio itself keeps weak references only."""


async def outliving(
    stream: AsyncGenerator[Loading | Chunk | Done],
) -> AsyncGenerator[Loading | Chunk | Done]:
    """The same events. Who leaves before the first token leaves the load alone; later, the request
    is closed at once, as always.

    The stream's own deadlines go on counting, so that nothing is read for ever.
    """
    box: asyncio.Queue[Loading | Chunk | Done | BaseException | None] = asyncio.Queue(maxsize=1)
    left = asyncio.Event()
    task = asyncio.ensure_future(_read(stream, box, left))
    _kept.add(task)
    task.add_done_callback(_kept.discard)
    began = False
    try:
        while (event := await box.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            began = began or not isinstance(event, Loading)
            yield event
    finally:
        left.set()
        if began:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wait({task}))
        elif not box.empty():  # the reader may wait for room that nobody makes any more
            box.get_nowait()


async def _read(
    stream: AsyncGenerator[Loading | Chunk | Done],
    box: asyncio.Queue[Loading | Chunk | Done | BaseException | None],
    left: asyncio.Event,
) -> None:
    async with contextlib.aclosing(stream):
        last: BaseException | None = None
        try:
            async for event in stream:
                if left.is_set():
                    if not isinstance(event, Loading):
                        return
                    continue
                await box.put(event)
        except ProviderError as error:
            last = error
        if not left.is_set():
            if last is not None:
                await box.put(last)
            else:
                await box.put(None)


def still_loading() -> int:
    """How many requests are read on for their load's sake."""
    return len(_kept)


async def settle() -> None:
    """End them all, loads included: for the end of a process."""
    tasks = list(_kept)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
