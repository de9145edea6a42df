"""A server of models that does what a test says, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from kai.errors import ProviderError
from kai.llm.endpoint import (
    Capabilities,
    Chunk,
    Done,
    Generation,
    Installed,
    Loaded,
    Loading,
    Progress,
    Prompt,
    Reach,
)

GB = 1_000_000_000


def model(
    name: str, size: float = 2.0, parameters: str = "", quantisation: str = "Q4_K_M"
) -> Installed:
    """An installed model of so many GB; its digest is its own."""
    return Installed(
        name, int(size * GB), f"sha256:{name}", parameters=parameters, quantisation=quantisation
    )


def prompt(name: str) -> Generation:
    """What a request to a model begins with."""
    return Generation(name, Prompt("You write kubectl.", ()), num_predict=160, keep_alive=1800.0)


class FakeModels:
    """`models` are installed, `there` in memory; `requests` holds what was asked of them.

    A request waits for `gate` where there is one, and raises `error` where that is set. A model that
    was asked is in `there` until `keep_alive` is over by `clock`.
    """

    def __init__(
        self,
        *models: Installed,
        reach: Reach = Reach.MACHINE,
        clock: Callable[[], float] = lambda: 0.0,
        vram: int | None = 0,
    ) -> None:
        self.models = models
        self.there: tuple[Loaded, ...] | None = ()
        self.requests: list[Generation] = []
        self.looks = 0
        self.finished = self.broken_off = 0
        self.gate: asyncio.Event | None = None
        self.error: ProviderError | None = None
        self._reach, self._clock, self._vram = reach, clock, vram

    @property
    def kind(self) -> str:
        return "ollama"

    @property
    def url(self) -> str:
        return "http://127.0.0.1:11434"

    @property
    def reach(self) -> Reach:
        return self._reach

    async def stream(self, generation: Generation, /) -> AsyncGenerator[Loading | Chunk | Done]:
        self.requests.append(generation)
        done = False
        try:
            yield Loading()
            if self.gate is not None:
                await self.gate.wait()
            if self.error is not None:
                raise self.error
            done = True
        finally:
            self.finished += done
            self.broken_off += not done
        if self.there is not None and generation.keep_alive > 0:
            others = tuple(each for each in self.there if each.name != generation.model)
            until = self._clock() + generation.keep_alive
            loaded = Loaded(generation.model, 3 * GB, self._vram, until, generation.num_ctx)
            self.there = (*others, loaded)
        yield Chunk("k")
        yield Done("length", 300, 0.5, 1, 0.1, 2.0)

    async def capabilities(self, model: str, /) -> Capabilities:
        return Capabilities(raw=True, keep_alive=True)

    async def installed(self) -> tuple[Installed, ...]:
        self.looks += 1
        if self.error is not None:
            raise self.error
        return self.models

    async def loaded(self) -> tuple[Loaded, ...] | None:
        if self.error is not None:
            raise self.error
        return self.there

    async def version(self) -> str:
        return "0.13.5"

    async def close(self) -> None:
        self.there = ()

    async def pull(self, model: str, /) -> AsyncGenerator[Progress]:
        yield Progress("success")

    async def create(
        self, model: str, base: str, parameters: dict[str, object], /
    ) -> AsyncGenerator[Progress]:
        yield Progress("success")

    async def remove(self, model: str, /) -> None:
        self.models = tuple(each for each in self.models if each.name != model)

    async def embed(self, model: str, texts: tuple[str, ...], /) -> tuple[tuple[float, ...], ...]:
        return tuple((0.0,) for _ in texts)
