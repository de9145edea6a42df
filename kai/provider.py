"""The seam between kai and a model: request in, text while it comes, a draft at the end.

What prompt is sent, and how a command is found in what a model says, is the provider's business;
what the draft is worth is the engine's. `ScriptedProvider` is the fake that ships with kai.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kai.errors import ProviderError
from kai.model import Ask, Draft, Finding, Source, Status, Text


@dataclass(frozen=True, slots=True)
class Rejected:
    """A draft that the checks refused, and why: what a model is told when it is asked once more.

    `times` is how many drafts for this request were refused so far.
    """

    draft: Draft
    findings: tuple[Finding, ...]
    times: int = 1


class Provider(Protocol):
    """A model that can be asked for a command."""

    @property
    def digest(self) -> str:
        """What tells this model from any other, weights included: a part of the cache key."""
        ...

    def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Status | Draft]:
        """What the model says, chunk by chunk, and then drafts, the best one first.

        No draft means that the model has no command for it. A `Status` says what it is doing
        while there is no text yet. Closing it ends the request. Raises `ProviderError`.
        """
        ...


class Readiness(StrEnum):
    """How far a model is from its first word.

    `NONE`: there is no model; `OFF`: there is one that may not be asked here; `COLD`: it has to be
    loaded into memory first; `LOADING`: that goes on; `WARM`: it is in memory.
    """

    NONE = "none"
    OFF = "off"
    COLD = "cold"
    LOADING = "loading"
    WARM = "warm"


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What is known of a model: its name ("": none), and one line for people about its state."""

    readiness: Readiness = Readiness.NONE
    name: str = ""
    detail: str = ""


class ModelState(Protocol):
    """Tells how the model is, for fronts that show it while nobody asks for anything."""

    def now(self) -> ModelStatus:
        """What was last learnt, from memory: no file, no process and no connection is opened.

        Called from the front's own thread, every few seconds. Raises nothing.
        """
        ...


class ScriptedProvider:
    """A model that says what it was told to, for tests, demos and trying a front without a model.

    Each call takes the next entry of `script`: a command (further lines of it are further steps),
    "" for "no command", or an error to raise. `calls` holds what it was asked. Past the end it has
    no more commands for who rejects the last one, and raises `ProviderError` for anybody else.
    """

    def __init__(self, script: Sequence[str | ProviderError], *, digest: str = "scripted") -> None:
        self._script = list(script)
        self._digest = digest
        self.calls: list[tuple[Ask, Rejected | None]] = []

    @property
    def digest(self) -> str:
        """See `Provider`."""
        return self._digest

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Status | Draft]:
        """See `Provider`; the text comes word by word."""
        self.calls.append((ask, rejected))
        if len(self.calls) > len(self._script):
            if rejected is not None:
                return
            raise ProviderError("the script of this model has ended; give it more entries")
        entry = self._script[len(self.calls) - 1]
        if isinstance(entry, ProviderError):
            raise entry
        for word in entry.split():
            yield Text(word + " ")
        if entry:
            command, *steps = entry.splitlines()
            yield Draft(command, Source.MODEL, 0.8, steps=tuple(steps))
