"""A request of a shell becomes an answer: `Engine.suggest`, and what its outcome means for the line.

An engine is kept for each kubeconfig, folder and state of the settings, and used only while the
files behind it say the same; looking costs 0.1 ms, so that a changed context, policy or setting
counts from the next key on, as it does for `kai WORDS`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kai import config, wiring
from kai.config.layers import VARIABLES
from kai.engine import Engine
from kai.errors import KaiError
from kai.model import (
    Answered,
    Ask,
    Context,
    Event,
    Failed,
    Finding,
    Level,
    Outcome,
    SourceFilter,
    Suggestion,
    Tier,
)
from kai_shell.answer import said
from kai_shell.daemon import protocol
from kai_shell.daemon.talk import Talk
from kai_shell.panel import remarks, verdict

_SAMPLES = (
    *("pods in kube-system", "delete pod web", "scale deployment web to 3", "nodes by memory"),
    *("logs of api since 10 minutes", "restart web in prod", "why is api crashing", "xyzzy frob"),
    *("create namespace demo", "events of pod web sorted by time", "depoyments with label app=web"),
    *("roll back web", "copy file from pod web", "switch to context prod", "drain node n1"),
)
"""Requests that between them load what most requests need."""

OFFERS = 256
"""How many offers are known to `ran`; the oldest are forgotten."""

_KEEP_WORDS = False
"""Whether the words of a request go to the history of the shell."""

ENGINES = 8
"""How many engines are kept; each holds two open SQLite files."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a shell asks: the text of its line, and where it is."""

    shell: str
    tty: str
    columns: str
    folder: str
    kubeconfig: str
    env: str
    text: str
    aliases: str = ""
    talk: Talk | None = field(default=None, compare=False, repr=False)
    """The way to the shell while a person is asked; None where nobody can be."""

    @classmethod
    def of(cls, fields: Sequence[str], talk: Talk) -> Line:
        """From the fields of a request; ALIASES may be among them or not."""
        shell, tty, columns, folder, kubeconfig, env, *aliases, text = fields
        more = "".join(aliases)
        return cls(shell, tty, columns, folder, kubeconfig, env, text, more, talk)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the shell that matter to a terminal."""
        return protocol.pairs(self.env)


@dataclass(frozen=True, slots=True)
class Asked:
    """A line and where it was asked. `recorded` gives the journal's number of it once that is
    written, 0 for none."""

    line: Line
    context: Context
    recorded: asyncio.Task[int]

    @property
    def text(self) -> str:
        """The words, or the command, on the line."""
        return self.line.text.strip()


@dataclass(frozen=True, slots=True)
class Offer:
    """What was put or offered, kept for a `ran` that may name it."""

    asked: Asked
    suggestion: Suggestion


@dataclass(slots=True)
class _Kept:
    """An engine, what it was built from, and its turn: it serves one request after the other."""

    state: tuple[Any, ...]
    engine: Engine
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Worker:
    """Answers lines. `env` is the daemon's environment; a line's KUBECONFIG takes its place."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = dict(os.environ if env is None else env)
        self._engines: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._keeping: set[asyncio.Task[int]] = set()
        self._offers: OrderedDict[str, Offer] = OrderedDict()
        # An ID of the daemon before this one must name nothing here.
        self._numbers = (f"{os.getpid()}.{number}" for number in itertools.count(1))

    async def answer(self, line: Line) -> bytes:
        """The answer to one line. Raises what nobody thought of; `KaiError` becomes `fail`."""
        text = line.text.strip()
        if not text:
            return protocol.answer("none", "the line is empty")
        try:
            kept, where = self._engine(line)
        except KaiError as error:
            return protocol.answer("fail", str(error))
        async with kept.turn:
            outcome, recorded = await self._outcome(kept.engine, Ask(text, context=where))
            asked = Asked(replace(line, talk=None), where, recorded)
            if not isinstance(outcome, Answered) and text.startswith("kubectl "):
                repaired = await _repaired(kept.engine, text, where)
                if repaired is not None:
                    return self._offer(repaired, asked)
        return self._said(outcome, asked)

    def offer(self, number: str) -> Offer | None:
        """What was offered under this ID, if that is still known."""
        return self._offers.get(number)

    async def close(self) -> None:
        """Keep what is still to be kept, and close the stores."""
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for kept in self._engines.values():
            kept.engine.close()

    async def _outcome(self, engine: Engine, ask: Ask) -> tuple[Outcome, asyncio.Task[int]]:
        """The outcome; keeping and recording it comes behind the answer, as the next thing done."""
        events = engine.suggest(ask)
        outcome = await _first_outcome(events)
        task = asyncio.get_running_loop().create_task(_recorded(engine, events))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return outcome, task

    def _engine(self, line: Line) -> tuple[_Kept, Context]:
        """The engine for the line and where the line is. Raises `KaiError`."""
        env = self.environment(line)
        folder = Path(line.folder if line.folder.startswith("/") else "/")
        loaded = config.load(env)
        where = wiring.build_context(loaded, env)
        policies = wiring.build_policies(loaded, env, folder)
        limits = wiring.build_limits(loaded, env, version=where.kubectl_version, policies=policies)
        state = (loaded, wiring.build_kubeconfig(loaded, env), limits)
        own = tuple(sorted(item for item in env.items() if item[0].startswith("KAI_")))
        key = (env.get("KUBECONFIG", ""), str(folder), own)
        kept = self._engines.get(key)
        if kept is None or kept.state != state:
            if kept is not None:
                kept.engine.close()
            kept = _Kept(state, wiring.build_engine(loaded, env, folder=folder))
            self._engines[key] = kept
        self._engines.move_to_end(key)
        while len(self._engines) > ENGINES:
            self._engines.popitem(last=False)[1].engine.close()
        return kept, where

    def environment(self, line: Line) -> dict[str, str]:
        """The daemon's environment with the shell's own KUBECONFIG and KAI_* in it.

        Settings that the shell does not export are not set, whatever shell started the daemon; a
        line without ENV says nothing about them. As anywhere, variables only tighten `safety.*`.
        """
        env = dict(self._env)
        if line.env:
            env = {name: value for name, value in env.items() if name not in VARIABLES}
            theirs = line.environment.items()
            env |= {name: value for name, value in theirs if name.startswith("KAI_")}
        env.pop("KUBECONFIG", None)
        if line.kubeconfig:
            parts = line.kubeconfig.split(os.pathsep)
            # Names count from the shell's folder, not from the daemon's.
            env["KUBECONFIG"] = os.pathsep.join(
                os.path.join(line.folder, part) if part else ""  # noqa: PTH118
                for part in parts
            )
        return env

    def _said(self, outcome: Outcome, asked: Asked) -> bytes:
        """The answer for an outcome."""
        if isinstance(outcome, Failed):
            return protocol.answer("fail", outcome.reason)
        if not isinstance(outcome, Answered):
            return protocol.answer("none", said(outcome))
        suggestion = outcome.suggestion
        if suggestion.command == asked.text:
            lines = (suggestion.explanation, *_details(suggestion))
            return protocol.answer("none", "\n".join(lines))
        if suggestion.sure and suggestion.risk is not None and suggestion.risk.tier == Tier.READ:
            return self._put(suggestion, asked)
        return self._offer(suggestion, asked)

    def _put(self, suggestion: Suggestion, asked: Asked) -> bytes:
        remark = _remark(suggestion, asked.context)
        number = self._number(suggestion, asked)
        return protocol.command_answer("put", suggestion.command, remark, _kept(asked.text), number)

    def _offer(self, suggestion: Suggestion, asked: Asked) -> bytes:
        tier = str(suggestion.risk.tier if suggestion.risk else Tier.WRITE)
        details = "\n".join(_details(suggestion))
        ends = _kept(asked.text), self._number(suggestion, asked)
        remark = _remark(suggestion, asked.context)
        return protocol.command_answer("offer", suggestion.command, remark, tier, details, *ends)

    def _number(self, suggestion: Suggestion, asked: Asked) -> str:
        """The ID under which this is kept."""
        number = next(self._numbers)
        self._offers[number] = Offer(asked, suggestion)
        while len(self._offers) > OFFERS:
            self._offers.popitem(last=False)
        return number


async def load(env: Mapping[str, str] | None = None) -> None:
    """Load what answers need: lexicon, tables, judge, stores; keeps and records nothing."""
    from kai.journal import Journal  # noqa: F401 - loaded for later

    env = dict(os.environ if env is None else env)
    loaded = config.load(env)
    cache = wiring.build_cache(loaded)
    cache.get("")  # loads SQLite
    cache.close()
    engine = wiring.build_engine(loaded, env, journal=False, folder=Path("/"))
    for request in _SAMPLES:
        events = engine.suggest(Ask(request, source=SourceFilter.BUILTIN))
        await _first_outcome(events)
        await _rest(events)
        await asyncio.sleep(0)  # who asks meanwhile gets a turn


async def learn(env: Mapping[str, str] | None = None) -> None:
    """Ask kubectl for its version where it is not known, so that answers fit it."""
    env = dict(os.environ if env is None else env)
    loaded = config.load(env)
    if wiring.build_context(loaded, env, strict=False).kubectl_version is None:
        await wiring.learn_version(loaded, env)


async def _first_outcome(events: AsyncIterator[Event]) -> Outcome:
    async for event in events:
        if isinstance(event, Outcome):
            return event
    return Failed("kai gave no answer")


async def _recorded(engine: Engine, events: AsyncIterator[Event]) -> int:
    """The journal's number of the request, once everything about it is kept and written."""
    await _rest(events)
    return engine.recorded


async def _rest(events: AsyncIterator[Event]) -> None:
    """Let the engine do what it does once the outcome is taken."""
    async for _ in events:
        pass


async def _repaired(engine: Engine, text: str, where: Context) -> Suggestion | None:
    """A kubectl command with its sure repairs made, where those are all that was wrong."""
    if not text.isprintable():
        return None
    found = (await engine.examine(text, where)).findings
    wrong = [finding for finding in found if finding.level == Level.ERROR]
    if not wrong or any(finding.replacement is None for finding in wrong):
        return None
    suggestion = await engine.examine(_applied(text, wrong), where)
    risk = suggestion.risk
    bad = any(finding.level == Level.ERROR for finding in suggestion.findings)
    return None if bad or risk is None or risk.tier == Tier.FORBIDDEN else suggestion


def _applied(text: str, findings: list[Finding]) -> str:
    """The text with every replacement in place, from the end so that offsets stay true."""
    for finding in sorted(findings, key=lambda item: item.start, reverse=True):
        text = text[: finding.start] + (finding.replacement or "") + text[finding.end :]
    return text


def _kept(text: str) -> str:
    return protocol.keep(text) if _KEEP_WORDS else ""


def _remark(suggestion: Suggestion, where: Context) -> str:
    """One line: whether it was kept, what it does, and where it would act."""
    kept = "⚡ " if suggestion.cached else ""
    place = [f"context {where.context}"] if where.context else []
    if where.context and where.namespace:
        place.append(f"current namespace {where.namespace}")
    text = kept + (suggestion.explanation or suggestion.command)
    return f"{text} ({', '.join(place)})" if place else text


def _details(suggestion: Suggestion) -> Iterator[str]:
    """What stands around a command that needs a yes: the judge's word, assumptions, findings."""
    if suggestion.risk:
        yield from (line for _, line in verdict(suggestion.risk))
    yield from (line for _, line in remarks(suggestion))
