"""The events of a request as they come: which is first, when there is something to draw, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

from kai.model import Event, Failed, Outcome, Status, Text

if TYPE_CHECKING:
    from kai_shell.daemon.session import Session

_NOTHING = Failed("kai gave no answer")

_AT_ONCE = 0.05
"""Seconds in which a model that cannot be asked has said so (2 ms where nothing listens)."""


class First(NamedTuple):
    """The first thing to be shown or said of a request, and what comes after it."""

    event: Text | Status | Outcome
    events: AsyncGenerator[Event] | Coming
    doing: str = "asking the model ..."
    """What goes on meanwhile."""


async def first(events: AsyncGenerator[Event]) -> First:
    """The outcome, or before it the first sign that it takes a while.

    A model that cannot be asked says so at once: nothing is drawn for that.
    """
    doing = ""
    async for said in events:
        event = said
        while isinstance(event, Status):
            doing = event.detail or doing
            coming = asyncio.ensure_future(_next(events))
            try:
                await asyncio.wait({coming}, timeout=_AT_ONCE)
            except asyncio.CancelledError:
                coming.cancel()
                raise
            if not coming.done():
                return _known(First(event, Coming(coming, events)), doing)
            event = coming.result()
        if isinstance(event, Text | Outcome):
            return _known(First(event, events), doing)
    return First(_NOTHING, events)


async def _next(events: AsyncGenerator[Event]) -> Event:
    """The next event; a stream that ends without an outcome has this one."""
    return await anext(events, _NOTHING)


def _known(found: First, doing: str) -> First:
    return found._replace(doing=doing) if doing else found


class Coming:
    """An event that is on its way, and those after it. Closing it ends the request, also where
    nobody has begun to read."""

    def __init__(self, event: asyncio.Future[Event], events: AsyncGenerator[Event]) -> None:
        self._event: asyncio.Future[Event] | None = event
        self._events = events

    def __aiter__(self) -> Coming:
        return self

    async def __anext__(self) -> Event:
        event, self._event = self._event, None
        return await (anext(self._events) if event is None else event)

    async def aclose(self) -> None:
        """End the request."""
        if self._event is not None:
            self._event.cancel()
            await asyncio.wait({self._event})
        await self._events.aclose()


async def first_outcome(events: AsyncIterator[Event]) -> Outcome:
    """What the request comes to, however long that takes."""
    async for event in events:
        if isinstance(event, Outcome):
            return event
    return _NOTHING


async def recorded(session: Session, events: AsyncIterator[Event]) -> int:
    """The journal's number of the request, once everything about it is kept and written."""
    await rest(events)
    return session.recorded


async def rest(events: AsyncIterator[Event]) -> None:
    """Let the engine do what it does once the outcome is taken."""
    async for _ in events:
        pass
