"""Where the user is and how the model is, for the line of an editor that shows it.

Everything comes from files whose contents are kept while they stay as they are: it is cheap enough to
look every other second, and nothing else tells of a switched context or of a model that went cold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypedDict

from kai.errors import KaiError
from kai.model import Context
from kai.provider import ModelState, ModelStatus, Readiness

INTERVAL = 2.0
"""Seconds between two looks, once an editor has asked for the status."""


class Model(TypedDict):
    """The model; `state` is one of `kai.provider.Readiness`."""

    name: str
    state: str
    detail: str


class Status(TypedDict):
    """What `kai/status` answers and `kai/statusChanged` tells (docs/editors.md)."""

    context: str | None
    namespace: str | None
    protected: bool
    model: Model
    problem: str | None


def status(
    where: Callable[[], tuple[Context, bool]], model: ModelState | None, *, trusted: bool
) -> Status:
    """The status now. `where` tells the context and whether it is protected, or raises `KaiError`."""
    problem = None
    context, protected = Context(), False
    try:
        context, protected = where()
    except KaiError as error:
        problem = str(error)
    known = model.now() if model is not None else ModelStatus()
    if known.readiness is not Readiness.NONE and not trusted:
        known = ModelStatus(Readiness.OFF, known.name, "the workspace is not trusted")
    return {
        "context": context.context,
        "namespace": context.namespace,
        "protected": protected,
        "model": {"name": known.name, "state": str(known.readiness), "detail": known.detail},
        "problem": problem,
    }


class Watched:
    """A status that somebody is shown: `tell` gets each one that differs from the one before.

    Nothing is looked at before the first `asked`.
    """

    def __init__(self, now: Callable[[], Status], tell: Callable[[Status], None]) -> None:
        self._now = now
        self._tell = tell
        self._shown: Status | None = None

    @property
    def shown(self) -> bool:
        """Whether anybody wants to know."""
        return self._shown is not None

    def asked(self) -> Status:
        """The status now, for somebody who asks."""
        self._shown = self._now()
        return self._shown

    def look(self) -> None:
        """Tell if something has changed."""
        if self._shown is None:
            return
        now = self._now()
        if now != self._shown:
            self._shown = now
            self._tell(now)

    async def watch(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look again and again."""
        while True:
            await sleep(INTERVAL)
            self.look()
