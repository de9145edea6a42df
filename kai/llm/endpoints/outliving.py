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

Event = Loading | Chunk | Done

_kept: set[asyncio.Task[None]] = set()
"""Tasks that nobody else holds: asyncio itself keeps weak references only."""


async def outliving(
    stream: AsyncGenerator[Event],
) -> AsyncGenerator[Event]:
    """The same events. Who leaves between `Loading` and the first token leaves the load alone; where
    there is none, and later, the request is closed at once, as always.

    The stream's own deadlines go on counting, so that nothing is read for ever.
    """
    box: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()  # answers are capped
    left = asyncio.Event()
    task = asyncio.ensure_future(_read(stream, box, left))
    _kept.add(task)
    task.add_done_callback(_kept.discard)
    loads = False
    try:
        while (event := await box.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            loads = isinstance(event, Loading)
            yield event
    finally:
        left.set()
        if not loads:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wait({task}))


async def _read(
    stream: AsyncGenerator[Event],
    box: asyncio.Queue[Event | BaseException | None],
    left: asyncio.Event,
) -> None:
    """Hand the events on; whatever ends this, who waits for the next one is told."""
    last: BaseException | None = ProviderError("kai ends; ask again")
    try:
        async with contextlib.aclosing(stream):
            async for event in stream:
                if left.is_set() and not isinstance(event, Loading):
                    break
                box.put_nowait(event)
        last = None
    except Exception as error:  # noqa: BLE001 - raised again where the events are read
        last = error
    finally:
        box.put_nowait(last)


def still_loading() -> int:
    """How many requests are read on for their load's sake."""
    return len(_kept)


async def settle() -> None:
    """End those of this event loop, loads included: for the end of a process."""
    loop = asyncio.get_running_loop()
    tasks = [task for task in _kept if task.get_loop() is loop]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
