"""Stepping the engine without an event loop.

On the way of a kept or built-in answer nothing waits, and asyncio costs a cold start more than the
answer does. The same `Engine.suggest` runs here and under asyncio; there is no second route.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from kai.engine import Engine
    from kai.model import Ask, Event


_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T], *, waits: bool) -> _T:
    """What `work` gives: under asyncio where it waits for something, else without an event loop.

    Raises RuntimeError where it waits although it should not.
    """
    if waits:
        import asyncio

        return asyncio.run(work)
    try:
        work.send(None)
    except StopIteration as done:
        value: _T = done.value
        return value
    work.close()
    raise RuntimeError("this waits for something and needs an event loop")


def events(engine: Engine, ask: Ask) -> Iterator[Event]:
    """The events of one request as they come."""
    if engine.waits:
        return _under_asyncio(engine.suggest(ask))
    return stepped(engine.suggest(ask))


def stepped(stream: AsyncIterator[Event]) -> Iterator[Event]:
    """The events of a stream that never waits. Raises RuntimeError where it does wait."""
    while True:
        step = stream.__anext__().__await__()
        try:
            next(step)
        except StopIteration as done:
            yield done.value
        except StopAsyncIteration:
            return
        else:
            raise RuntimeError("this stream waits for something and needs an event loop")


def _under_asyncio(stream: AsyncIterator[Event]) -> Iterator[Event]:
    """The events one by one, as they come, on one event loop."""
    import asyncio

    with asyncio.Runner() as runner:
        while True:
            try:
                yield runner.run(_next(stream))
            except StopAsyncIteration:
                return


async def _next(stream: AsyncIterator[Event]) -> Event:
    return await anext(stream)
