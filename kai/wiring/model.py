"""The model that the settings name, and what its prompts are made of."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING

from kai.model import Ask, Draft, Finding, Status, Text
from kai.wiring.parts import (
    build_journal,
    build_judge,
    catalogue,
    check,
    names_of,
    understand,
)

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.llm.asking import Model
    from kai.llm.cards import Cards
    from kai.llm.endpoint import Grammar
    from kai.llm.examples import Example
    from kai.llm.servers import Servers
    from kai.provider import Rejected


def build_model(
    loaded: Loaded,
    env: Mapping[str, str] | None = None,
    *,
    servers: Servers | None = None,
) -> Configured | None:
    """The model that the settings name; None where they want none. No server is looked at before it
    is asked. `servers` are shared by the engines of one process."""
    if not loaded.settings.llm.enabled:
        return None
    return Configured(loaded, os.environ if env is None else env, servers)


class Configured:
    """The model of the settings as a `Provider`: what asks it is loaded when it is asked, and its
    name and weights, which a kept answer is found by, come from a small file."""

    def __init__(self, loaded: Loaded, env: Mapping[str, str], servers: Servers | None) -> None:
        self._loaded, self._env, self._servers = loaded, env, servers
        self._model: Model | None = None

    @property
    def digest(self) -> str:
        """See `Provider`: what is asked where, and what the server last had; it is not asked."""
        from kai.llm.weights import digest

        return digest(self._loaded.settings.llm, self._loaded.paths.cache)

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Status | Draft]:
        """See `Provider`."""
        async with aclosing(self._asked().ask(ask, rejected)) as stream:
            async for said in stream:
                yield said

    async def close(self) -> None:
        """Let go of connections, if there are any of its own."""
        if self._model is not None:
            await self._model.close()

    def _asked(self) -> Model:
        if self._model is None:
            from kai.llm.asking import Knowledge, Model
            from kai.llm.servers import Servers

            loaded, env = self._loaded, self._env
            knowledge = Knowledge(
                names=names_of(loaded, env),
                opinion=lambda ask, command: _opinion(loaded, env, ask, command),
                cards=lambda: _cards(loaded),
                examples=lambda ask: _examples(loaded, env, ask),
                grammar=lambda ask, prefill: _grammar(loaded, env, ask, prefill),
            )
            self._model = Model(loaded, env, self._servers or Servers(), knowledge)
        return self._model


def _opinion(
    loaded: Loaded, env: Mapping[str, str], ask: Ask, command: str
) -> tuple[bool | None, tuple[Finding, ...]]:
    """Whether the built-in understanding comes to the same command, and what is wrong with it."""
    from kai.kubectl.canonical import same
    from kai.kubectl.invocation import parse
    from kai.kubectl.spec import load

    spec = load(ask.context.kubectl_version)
    reading = understand(
        ask.request,
        context=ask.context,
        surroundings=ask.surroundings,
        names=names_of(loaded, env)(ask.context),
        spec=spec,
    )
    agrees = None if reading.draft is None else same(reading.draft.command, command)
    return agrees, check(parse(command, spec), spec, catalogue(ask.context, env))


def _cards(loaded: Loaded) -> Cards:
    from kai.llm.cards import at

    return at(loaded.paths.cache)


def _examples(loaded: Loaded, env: Mapping[str, str], ask: Ask) -> tuple[Example, ...]:
    """What the user took for similar requests; nothing where nothing is recorded."""
    if not loaded.settings.journal.enabled:
        return ()
    from kai.kubectl.invocation import parse
    from kai.kubectl.spec import load
    from kai.llm.examples import similar

    judge, spec = build_judge(loaded, env), load(ask.context.kubectl_version)
    journal = build_journal(loaded)
    try:
        return similar(ask, journal, lambda text: judge(parse(text, spec), ask.context).tier)
    finally:
        journal.close()


def _grammar(loaded: Loaded, env: Mapping[str, str], ask: Ask, prefill: str) -> Grammar | None:
    """What an answer to this very request may be: of the kinds and namespaces that there are."""
    from kai.kubectl.spec import load
    from kai.llm.grammar import grammar

    kinds = catalogue(ask.context, env)
    names = names_of(loaded, env)(ask.context)
    spec = load(ask.context.kubectl_version)
    return grammar(spec, kinds, prefill=prefill, request=ask.request, names=names)
