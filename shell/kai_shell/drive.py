"""Stepping the engine without an event loop, for as long as nothing waits.

On the way of a kept or built-in answer nothing does, and asyncio costs a cold start more than the
answer. The same `Engine.suggest` runs by hand until its first `Status`, which comes before anything
that waits, and goes on under asyncio from there; there is no second route.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kai.model import Status

if TYPE_CHECKING:
    from asyncio import Runner

    from kai.engine import Engine
    from kai.model import Ask, Event


_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """What `work` gives: stepped by hand, and from its first `await loop()` on under asyncio."""
    try:
        work.send(None)
    except StopIteration as done:
        value: _T = done.value
        return value
    import asyncio

    return asyncio.run(_rest(work))


class loop:
    """Awaited before something may wait: with it the rest of the work has an event loop."""

    def __await__(self) -> Generator[None]:
        asyncio = sys.modules.get("asyncio")
        if asyncio is None or not _is_running(asyncio):
            yield


def _is_running(asyncio: Any) -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _rest(work: Coroutine[Any, Any, _T]) -> _T:
    return await _Begun(work)


class _Begun(Generic[_T]):
    """Work that was stepped before: `await` itself takes only what has not begun."""

    def __init__(self, work: Coroutine[Any, Any, _T]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, None, _T]:
        return (yield from self._work.__await__())


def events(engine: Engine, ask: Ask, runner: Runner) -> Iterator[Event]:
    """The events of one request as they come; what may wait runs on the event loop of `runner`."""
    stream = engine.suggest(ask)
    for event in stepped(stream):
        yield event
        if isinstance(event, Status):
            break
    else:
        return
    while True:
        try:
            yield runner.run(_next(stream))
        except StopAsyncIteration:
            return


def stepped(stream: AsyncIterator[Event]) -> Iterator[Event]:
    """The events of a stream that does not wait. Raises RuntimeError where it does wait."""
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


async def _next(stream: AsyncIterator[Event]) -> Event:
    return await anext(stream)
