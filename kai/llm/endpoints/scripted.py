"""An endpoint that says what it was told to, without any server: for tests, demos, trying a front."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from kai.errors import ModelMissing, ProviderError
from kai.llm.endpoint import (
    Capabilities,
    Chunk,
    Deadlines,
    Done,
    Generation,
    Installed,
    Loaded,
    Loading,
    Progress,
    Reach,
)
from kai.llm.endpoints.timed import timed

Event = Loading | Chunk | Done


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for `seconds`; None: for ever."""

    seconds: float | None = None


Answer = str | ProviderError | Sequence[Event | Wait | ProviderError]
"""Text (it comes word by word), an error, or the very events."""


@dataclass(slots=True)
class ScriptedEndpoint:
    """See `Keeper`. Each stream takes the next answer of `script`; the last one stays.

    `asked` holds the requests, `closed` those whose stream was closed before its end. Models can be
    pulled (`pullable`), made and removed; a model that is asked is loaded.
    """

    script: Sequence[Answer] = ("",)
    models: tuple[Installed, ...] = (Installed("tiny", 1000, "d1"),)
    deadlines: Deadlines = field(default_factory=Deadlines)
    what: Capabilities = field(
        default_factory=lambda: Capabilities(raw=True, keep_alive=True, logprobs=True)
    )
    pullable: tuple[str, ...] = ()
    kind: str = "scripted"
    url: str = "scripted:"
    reach: Reach = Reach.MACHINE
    asked: list[Generation] = field(default_factory=list)
    closed: list[Generation] = field(default_factory=list)
    memory: dict[str, Loaded] = field(default_factory=dict)
    vectors: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def stream(self, generation: Generation, /) -> AsyncGenerator[Event]:
        """See `Endpoint`."""
        return timed(lambda: self._play(generation), self.deadlines, self.url)

    async def _play(self, generation: Generation) -> AsyncGenerator[Event]:
        self.asked.append(generation)
        answer = self.script[min(len(self.asked), len(self.script)) - 1]
        whole = False
        try:
            self._has(generation.model)
            for event in _events(answer):
                if isinstance(event, ProviderError):
                    raise event
                if isinstance(event, Wait):
                    await _rest(event)
                    continue
                self.memory[generation.model] = Loaded(generation.model)
                whole = isinstance(event, Done)
                yield event
        finally:
            if not whole:
                self.closed.append(generation)

    def _has(self, model: str) -> Installed:
        for one in self.models:
            if one.name in (model, f"{model}:latest"):
                return one
        raise ModelMissing(f"{self.url} has no model {model}; get it with: kai pull {model}", model)

    async def capabilities(self, model: str, /) -> Capabilities:
        """See `Endpoint`."""
        self._has(model)
        return self.what

    async def installed(self) -> tuple[Installed, ...]:
        """See `Endpoint`."""
        return self.models

    async def loaded(self) -> tuple[Loaded, ...] | None:
        """See `Endpoint`."""
        return tuple(self.memory.values())

    async def version(self) -> str:
        """See `Endpoint`."""
        return "0.0.0"

    async def close(self) -> None:
        """See `Endpoint`."""

    async def pull(self, model: str, /) -> AsyncGenerator[Progress]:
        """See `Keeper`."""
        if model not in self.pullable:
            raise ModelMissing(f"there is no model {model} to pull", model)
        yield Progress("pulling manifest")
        for done in (0, 500, 1000):
            yield Progress("pulling", done, 1000)
        self.models += (Installed(model, 1000, f"d{len(self.models) + 1}"),)
        yield Progress("success")

    async def create(
        self, model: str, base: str, parameters: dict[str, object], /
    ) -> AsyncGenerator[Progress]:
        """See `Keeper`."""
        self._has(base)
        yield Progress("creating")
        self.models += (Installed(model, 1000, f"d{len(self.models) + 1}"),)
        yield Progress("success")

    async def remove(self, model: str, /) -> None:
        """See `Keeper`."""
        gone = self._has(model)
        self.models = tuple(one for one in self.models if one is not gone)
        self.memory.pop(model, None)

    async def embed(self, model: str, texts: tuple[str, ...], /) -> tuple[tuple[float, ...], ...]:
        """See `Keeper`."""
        self._has(model)
        return tuple(self.vectors.get(text, (0.0,)) for text in texts)


def _events(answer: Answer) -> list[Event | Wait | ProviderError]:
    if isinstance(answer, ProviderError):
        return [answer]
    if not isinstance(answer, str):
        return list(answer)
    words = re.findall(r"\s*\S+|\s+", answer)
    return [*(Chunk(word) for word in words), Done(tokens=len(words))]


async def _rest(wait: Wait) -> None:
    if wait.seconds is None:
        await asyncio.Event().wait()
    else:
        await asyncio.sleep(wait.seconds)
