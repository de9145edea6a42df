"""A request of a shell becomes an answer: `Engine.suggest`, and what its outcome means for the line.

An engine is kept for each kubeconfig, folder and state of the settings, and used only while the
files behind it say the same; looking costs 0.1 ms, so that a changed context, policy or setting
counts from the next key on, as it does for `kai WORDS`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections import OrderedDict
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kai import config, wiring
from kai.config import Settings, ShellSettings
from kai.config.layers import VARIABLES
from kai.engine import Engine
from kai.errors import KaiError
from kai.model import (
    Answered,
    Ask,
    Context,
    Event,
    Failed,
    Outcome,
    SourceFilter,
    Suggestion,
    Text,
    Tier,
)
from kai.verdicts import said
from kai_shell.daemon import coming, panel, protocol, ran
from kai_shell.daemon.model import Models
from kai_shell.daemon.names import Names
from kai_shell.daemon.panel.state import Choice, State
from kai_shell.daemon.session import Session
from kai_shell.daemon.talk import Talk
from kai_shell.daemon.whereabouts import whereabouts
from kai_shell.lines import NARROWEST, whole_words
from kai_shell.panel import remarks, verdict

if TYPE_CHECKING:
    from kai.examine import Examiner
    from kai_shell.daemon.panel.chooser import Decision

OFFERS = 256
"""How many offers are known to `ran`; the oldest are forgotten."""

_T = TypeVar("_T")

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
    shell: ShellSettings

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
    """An engine, and what it was built from."""

    state: tuple[Any, ...]
    engine: Engine

    @property
    def settings(self) -> Settings:
        """The settings it was built from."""
        loaded: config.Loaded = self.state[0]
        return loaded.settings


class Worker:
    """Answers lines. `env` is the daemon's environment; a line's KUBECONFIG takes its place. `log`
    is told what happens behind the answers; `models` are those it may ask."""

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        log: Callable[[str], None] = lambda text: None,
        models: Models | None = None,
    ) -> None:
        self._env = dict(os.environ if env is None else env)
        self.models = models or Models(log=log)
        """The models that may be asked."""
        self._names = Names(log=log)
        self._engines: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._keeping: set[asyncio.Task[Any]] = set()
        self._offers: OrderedDict[str, Offer] = OrderedDict()
        # Digits alone; an ID of the daemon before this one names nothing here.
        self._numbers = map(str, itertools.count(time.time_ns() // 1000))

    async def answer(self, line: Line) -> bytes:
        """The answer to one line. Raises what nobody thought of; `KaiError` becomes `fail`."""
        text = line.text.strip()
        if not text:
            return protocol.answer("none", "the line is empty")
        try:
            kept, where = self._engine(line)
        except KaiError as error:
            return protocol.answer("fail", str(error))
        shell = kept.settings.shell
        line = as_set(line, shell)
        if panel.is_open(line.tty):
            return protocol.answer("none", "there is a panel on this terminal already")
        ask = Ask(text, context=where)
        session = Session(kept.engine, ask, lambda: self._examiner(line, where))
        repaired = await session.repaired() if text.startswith("kubectl ") else None
        if repaired is not None:
            session.ask = replace(ask, source=SourceFilter.BUILTIN)  # no model knows better
        event, events, doing = await coming.first(session.suggest())
        decision = None
        if not isinstance(event, Outcome):
            streamed = event.chunk if isinstance(event, Text) else ""
            state = State(where, status=doing, streamed=streamed)
            try:
                decision = await panel.choose(line, state, session, events)
                if decision is None:
                    event = await self._waited(line, coming.first_outcome(events))
            except BaseException:  # the shell has gone, or we go: nobody wants it any more
                await events.aclose()
                raise
        told = replace(line, talk=None)
        asked = Asked(told, where, self._recorded(session, events), shell)
        if decision is not None:
            return self._decided(decision, asked)
        assert isinstance(event, Outcome)  # noqa: S101 - without a panel it was waited for
        if repaired is not None:
            typed, suggestion = repaired
            state = State(where, [Choice(suggestion)], typed=typed)
            return await self._ask(line, session, state, asked)
        return await self._said(line, session, event, asked)

    async def _waited(self, line: Line, outcome: Coroutine[Any, Any, Outcome]) -> Outcome:
        """An outcome that takes a while; a shell that can wait is told to."""
        if line.talk is None or "PANEL" not in line.environment:
            return await outcome
        return await line.talk.during(outcome)

    def offer(self, number: str) -> Offer | None:
        """What was offered under this ID, if that is still known."""
        return self._offers.get(number)

    async def close(self) -> None:
        """Keep what is still to be kept, and close the stores."""
        await self._names.close()
        await self.models.close()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for kept in self._engines.values():
            kept.engine.close()

    def _recorded(self, session: Session, events: AsyncIterator[Event]) -> asyncio.Task[int]:
        """Keeping and recording what came of a request: behind its answer, as the next thing."""
        return self._behind(coming.recorded(session, events))

    def _behind(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Begin what nobody waits for; it ends before the daemon does."""
        task = asyncio.get_running_loop().create_task(work)
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return task

    def _examiner(self, line: Line, where: Context) -> Examiner:
        env = self.environment(line)
        return wiring.build_examiner(config.load(env), where, env, _folder(line))

    def _engine(self, line: Line) -> tuple[_Kept, Context]:
        """The engine for the line and where the line is. Raises `KaiError`."""
        env = self.environment(line)
        folder = _folder(line)
        loaded = config.load(env)
        facts = wiring.build_kubeconfig(loaded, env)
        where = whereabouts(loaded, env, facts)
        policies = wiring.build_policies(loaded, env, folder)
        limits = wiring.build_limits(loaded, env, version=where.kubectl_version, policies=policies)
        state = (loaded, facts, limits)
        own = tuple(sorted(item for item in env.items() if item[0].startswith("KAI_")))
        key = (env.get("KUBECONFIG", ""), str(folder), own)
        kept = self._engines.get(key)
        if kept is None or kept.state != state:
            if kept is not None:
                kept.engine.close()
            model = wiring.build_model(loaded, env, servers=self.models.servers)
            engine = wiring.build_engine(loaded, env, folder=folder, provider=model)
            kept = _Kept(state, engine)
            self._engines[key] = kept
        self._engines.move_to_end(key)
        while len(self._engines) > ENGINES:
            self._engines.popitem(last=False)[1].engine.close()
        self._names.asked(loaded, env, where)
        self.models.asked(loaded, env)
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

    async def _said(self, line: Line, session: Session, outcome: Outcome, asked: Asked) -> bytes:
        """The answer for an outcome; the user is asked first where it takes a yes."""
        if isinstance(outcome, Failed):
            return protocol.answer("fail", outcome.reason)
        if not isinstance(outcome, Answered):
            return protocol.answer("none", said(outcome))
        suggestion = outcome.suggestion
        if suggestion.command == asked.text:
            return await self._explained(line, session, suggestion, asked)
        if suggestion.sure and suggestion.risk is not None and suggestion.risk.tier == Tier.READ:
            return self._put(suggestion, asked)
        state = State(asked.context)
        state.offer(suggestion)
        return await self._ask(line, session, state, asked)

    async def _explained(
        self, line: Line, session: Session, suggestion: Suggestion, asked: Asked
    ) -> bytes:
        """What there is to say about a command that stands on the line already."""
        told = list(_details(suggestion))
        if told:
            state = State(asked.context, [Choice(suggestion)], stands=True)
            decision = await panel.choose(line, state, session)
            if isinstance(decision, Suggestion) and decision.command == asked.text:
                return protocol.answer("left", "")
            if decision is not None:
                return self._decided(decision, asked)
        return protocol.answer("none", "\n".join((suggestion.explanation, *told)))

    async def _ask(self, line: Line, session: Session, state: State, asked: Asked) -> bytes:
        """What the user says in a panel, or the offer for a shell that has to ask by itself."""
        decision = await panel.choose(line, state, session)
        if decision is None:
            return self._offer(state.choices[0].suggestion, asked)
        return self._decided(decision, asked)

    def _decided(self, decision: Decision, asked: Asked) -> bytes:
        if isinstance(decision, Suggestion):
            return self._put(decision, asked, told=True)
        if not asked.text.startswith("kubectl "):  # else it was looked at, not asked for
            self._behind(ran.declined(self, asked))
        return protocol.answer("left", decision.message)

    def _put(self, suggestion: Suggestion, asked: Asked, *, told: bool = False) -> bytes:
        remark = "" if told else _remark(suggestion, asked)  # a panel has said it all
        # But for what is still to be done once this has been run.
        remark = "\n".join((*remark.splitlines(), *(f"then: {step}" for step in suggestion.steps)))
        number = self._number(suggestion, asked)
        return protocol.command_answer("put", suggestion.command, remark, _words(asked), number)

    def _offer(self, suggestion: Suggestion, asked: Asked) -> bytes:
        tier = str(suggestion.risk.tier if suggestion.risk else Tier.WRITE)
        details = "\n".join(_details(suggestion))
        ends = _words(asked), self._number(suggestion, asked)
        remark = _remark(suggestion, asked)
        return protocol.command_answer("offer", suggestion.command, remark, tier, details, *ends)

    def _number(self, suggestion: Suggestion, asked: Asked) -> str:
        """The ID under which this is kept."""
        number = next(self._numbers)
        self._offers[number] = Offer(asked, suggestion)
        while len(self._offers) > OFFERS:
            self._offers.popitem(last=False)
        return number


def _folder(line: Line) -> Path:
    return Path(line.folder if line.folder.startswith("/") else "/")


def as_set(line: Line, shell: ShellSettings) -> Line:
    """The line, plain where the settings say so and the shell's `KAI_PLAIN` does not say more."""
    if shell.panel != "plain" or not line.env:
        return line
    return replace(line, env=f"KAI_PLAIN=1\n{line.env}")


def _words(asked: Asked) -> str:
    """What goes to the history of the shell, where the settings want it."""
    return protocol.keep(asked.text) if asked.shell.keep_words else ""


def _remark(suggestion: Suggestion, asked: Asked) -> str:
    """Whether it was kept, what it does, and where it would act, broken at blanks to fit behind the
    shell's `kai: `."""
    where = asked.context
    kept = "⚡ " if suggestion.cached else ""
    place = [f"context {where.context}"] if where.context else []
    if where.context and where.namespace:
        place.append(f"current namespace {where.namespace}")
    text = kept + (suggestion.explanation or suggestion.command)
    if place:
        text = f"{text} ({', '.join(place)})"
    wide = int(asked.line.columns) - 1 if asked.line.columns.isdecimal() else 0
    if wide < NARROWEST or len(text) + len(_BEFORE) <= wide:
        return text
    return "\n".join(whole_words(text, wide, wide - len(_BEFORE)))


_BEFORE = "kai: "


def _details(suggestion: Suggestion) -> Iterator[str]:
    """What stands around a command that needs a yes: the judge's word, assumptions, findings."""
    if suggestion.risk:
        yield from (line for _, line in verdict(suggestion.risk))
    yield from (line for _, line in remarks(suggestion))
