"""The model servers that a process talks to: one of each, however many engines share it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Lock

    from kai.config import Loaded, Settings
    from kai.llm.endpoint import (
        Capabilities,
        Endpoint,
        Generation,
        Grammar,
        Prompt,
        Reach,
        Sampling,
    )
    from kai.llm.inventory import Inventory
    from kai.llm.presets import Preset
    from kai.llm.routing import Choice
    from kai.llm.warm import Warm
    from kai.model import Ask

_KEPT = 8
"""How many servers are kept; a shell's own variables may name others."""


@dataclass(frozen=True, slots=True)
class Told:
    """A model as it is asked: its preset, what its server can do, what the settings say."""

    model: str
    preset: Preset
    can: Capabilities
    keep_alive: float
    num_ctx: int

    def generation(
        self,
        prompt: Prompt,
        sampling: Sampling | None = None,
        *,
        grammar: Grammar | None = None,
        several: bool = False,
    ) -> Generation:
        """The request with this prompt. `several`: the answer may have more than one line."""
        from kai.llm.endpoint import Generation
        from kai.llm.templates import render

        preset = self.preset
        raw = render(prompt, preset.template) if self.can.raw and preset.template else ""
        stop = tuple(stop for stop in preset.stop if not (several and not stop.strip("\n")))
        return Generation(
            self.model,
            prompt,
            raw=raw,
            sampling=sampling or preset.sampling,
            num_predict=preset.num_predict,
            num_ctx=self.num_ctx,
            stop=stop,
            keep_alive=self.keep_alive,
            grammar=grammar,
            # A model that nobody wrote down may think as well: its server says so.
            thinking=False if self.can.thinking else preset.thinking,
        )


class Server:
    """An endpoint, what it has installed, and how its models are."""

    def __init__(
        self,
        endpoint: Endpoint,
        inventory: Inventory,
        settings: Settings,
        log: Callable[[str], None],
    ) -> None:
        self.endpoint, self.inventory = endpoint, inventory
        self._settings, self._log = settings, log
        self._told: dict[str, Told] = {}
        self._warm: Warm | None = None

    @property
    def warm(self) -> Warm:
        """What loads its models and knows how they are."""
        if self._warm is None:
            from kai.llm.warm import Warm

            self._warm = Warm(
                self.endpoint, self.beginning, inventory=self.inventory, log=self._log
            )
        return self._warm

    async def choose(self, ask: Ask, env: Mapping[str, str]) -> Choice:
        """The model for a request, and who comes after it. Raises `ProviderError`."""
        from kai.llm.routing import pick

        there = self._warm.there() if self._warm is not None else ()
        return await pick(ask, self.endpoint, self.inventory, self._settings, env=env, there=there)

    async def told(self, model: str) -> Told:
        """How a model is asked; its server is asked once what it can do. Raises `ProviderError`."""
        told = self._told.get(model)
        if told is None:
            can = await self.endpoint.capabilities(model)
            told = self._told[model] = self._as_told(model, can)
        return told

    def reach_of(self, told: Told) -> Reach:
        """How far a request to this model travels: its server may hand it on."""
        from kai.llm.endpoint import Reach

        return Reach.CLOUD if told.can.elsewhere else self.endpoint.reach

    def beginning(self, model: str) -> Generation:
        """The request that has nothing in it but what every request to the model begins with."""
        from kai.llm.endpoint import Capabilities
        from kai.llm.prompt import fixed_prompt

        # Where nobody asked yet what the server can do: what Ollama can, which alone is warmed.
        told = self._told.get(model) or self._as_told(model, Capabilities(raw=True))
        return told.generation(fixed_prompt(told.preset))

    def _as_told(self, model: str, can: Capabilities) -> Told:
        from kai.llm.inventory import find
        from kai.llm.presets import preset

        llm = self._settings.llm
        about = find(self.inventory.known().models, model)
        found = preset(model, parameters=about.parameters if about else "", variant=llm.variant)
        note = self.inventory.known().note(about) if about else None
        if note is not None and note.prompt_tokens_per_second is not None:
            found = found.paced(note.prompt_tokens_per_second)
        context = min(llm.num_ctx, can.context or llm.num_ctx)
        found = replace(found, num_ctx=min(found.num_ctx, context))  # what the prompt must fit into
        return Told(model, found, can, llm.keep_alive, context)

    async def close(self) -> None:
        """End what is loading, let go of connections."""
        if self._warm is not None:
            await self._warm.close()
        await self.endpoint.close()


class Servers:
    """Opens a server when it is first asked. `log` is told what happens behind the answers."""

    def __init__(
        self,
        *,
        log: Callable[[str], None] = lambda text: None,
        endpoint: Callable[[Loaded, Mapping[str, str]], Endpoint] | None = None,
    ) -> None:
        self._log, self._endpoint = log, endpoint or _opened
        self._servers: dict[str, Server] = {}
        self._turn: Lock | None = None

    def known(self, loaded: Loaded, env: Mapping[str, str]) -> Server | None:
        """The server that the settings name, if it was asked before."""
        return self._servers.get(_key(loaded, env))

    async def at(self, loaded: Loaded, env: Mapping[str, str]) -> Server:
        """The server that the settings name. Raises `ProviderError`."""
        import asyncio  # a dozen milliseconds that an answer without a model does not take

        from kai.llm.inventory import Inventory, file

        key = _key(loaded, env)
        if self._turn is None:
            self._turn = asyncio.Lock()
        async with self._turn:
            server = self._servers.get(key)
            if server is None:
                # The client library takes a third of a second to load: others are answered then.
                endpoint = await asyncio.to_thread(self._endpoint, loaded, env)
                inventory = Inventory(endpoint, file(loaded.paths.cache))
                server = Server(endpoint, inventory, loaded.settings, self._log)
                while len(self._servers) >= _KEPT:
                    await self._servers.pop(next(iter(self._servers))).close()
                self._servers[key] = server
        return server

    async def close(self) -> None:
        """Close them all, and end what is read on for a load's sake."""
        if self._servers:
            from kai.llm.endpoints.outliving import settle

            await settle()
        for server in self._servers.values():
            await server.close()
        self._servers.clear()


def _key(loaded: Loaded, env: Mapping[str, str]) -> str:
    """What makes another server: the settings about models and privacy, and where keys come from."""
    from dataclasses import asdict

    keys = {name: value for name, value in env.items() if name.endswith("_API_KEY")}
    settings = loaded.settings
    told = [asdict(settings.llm), asdict(settings.privacy), keys, env.get("HOME")]
    return json.dumps(told, sort_keys=True)


def _opened(loaded: Loaded, env: Mapping[str, str]) -> Endpoint:
    from kai.llm.endpoints import open_endpoint

    return open_endpoint(loaded.settings, env)
