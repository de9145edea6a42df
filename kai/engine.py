"""The whole route of a request: kept answer, built-in understanding, model, checks, suggestion.

`Engine.suggest` reads from top to bottom. It is async once, for every front; nothing on the way of
a kept or built-in answer waits, so a front without an event loop can step it by hand.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kai.errors import KaiError
from kai.kubectl.invocation import parse
from kai.kubectl.learnt import LearntFlags
from kai.model import (
    Abstained,
    Answered,
    Ask,
    Checked,
    Context,
    Draft,
    Event,
    Failed,
    Finding,
    Offered,
    Outcome,
    Phase,
    Refused,
    Source,
    SourceFilter,
    Status,
    Suggestion,
    Text,
)
from kai.parts import Check, Explain, Judge, Live, Parts, Understand
from kai.provider import Rejected
from kai.timings import Timings
from kai.verdicts import destroys, errors, forbidden, misread, own_word, refused, unreadable

if TYPE_CHECKING:
    from kai.kubectl.invocation import Pipeline
    from kai.kubectl.spec import Spec
    from kai.nlu import Reading

__all__ = [
    "SURE",
    "Check",
    "Engine",
    "Explain",
    "Judge",
    "Live",
    "Parts",
    "Understand",
    "outcome_name",
]

SURE = 0.9
"""From this confidence on, an answer without errors and assumptions counts as sure."""

_MODEL_ROUNDS = 2  # once more with the findings where the first draft has errors


@dataclass(frozen=True, slots=True)
class _Drafts:
    """What one source has to say: its drafts, best first, or why there are none."""

    drafts: tuple[Draft, ...] = ()
    cached: bool = False
    reason: str = ""
    hint: str = ""


class Engine:
    """Requests in, events out. One engine serves many requests, one after the other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._flags = LearntFlags(parts.flag)
        self._stores = [store for store in (parts.cache, parts.journal) if store]
        self.recorded = 0
        """The journal's number of the last request, once its events have ended; 0: none."""

    @property
    def waits(self) -> bool:
        """Whether `suggest` may really wait for something, and so needs an event loop."""
        return self._parts.provider is not None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong with the stores, each thing once."""
        return tuple(warning for store in self._stores for warning in store.warnings)

    def close(self) -> None:
        """Close the stores; the next request opens them again."""
        for store in self._stores:
            store.close()

    async def suggest(self, ask: Ask) -> AsyncIterator[Event]:
        """Everything that happens to a request, and at the end exactly one outcome.

        A kept answer comes first, then the built-in understanding, then the model; each draft is
        parsed, checked, judged and explained alike, and the first that passes is the answer. The
        answer is kept and recorded after the front has taken the outcome.
        """
        timings = Timings()
        outcome: Outcome = _NOBODY
        try:
            for source in (self._kept, self._understood):
                found = await source(ask, timings)
                outcome = await self._outcome(ask, found, timings) or outcome
                if isinstance(outcome, Answered | Refused):
                    break
            else:
                async for said in self._asked_model(ask, timings):
                    if isinstance(said, _Drafts):
                        outcome = await self._outcome(ask, said, timings) or outcome
                    else:
                        yield said
        except KaiError as error:
            outcome = Failed(str(error))
        outcome = replace(outcome, timings=timings.total())
        if isinstance(outcome, Answered):
            yield Offered(outcome.suggestion)
        try:
            yield outcome
        finally:
            self._remember(ask, outcome)

    async def examine(self, command: str, context: Context = Context()) -> Suggestion:
        """What kai has to say about a command that somebody wrote: findings, risk, explanation."""
        draft = Draft(command, Source.BUILTIN)
        return await self._suggestion(draft, Ask("", context=context), _Drafts(), Timings())

    def checks(self, suggestion: Suggestion, ask: Ask) -> AsyncGenerator[Checked]:
        """What slow checks find out about a suggestion, each as it comes, while the user reads.

        A `Checked` without findings says that its check has passed. It all ends within 2 s. Who
        stops before closes the generator (`contextlib.aclosing`) or is cancelled: what still runs
        is then killed.
        """
        pipeline = parse(suggestion.command, self._spec(ask))
        catalogue = self._parts.catalogue(ask.context)
        return self._parts.live(pipeline, suggestion.risk, ask.context, catalogue)

    # --- where drafts come from ------------------------------------------------------------

    async def _kept(self, ask: Ask, timings: Timings) -> _Drafts:
        cache = self._parts.cache
        if cache is None or ask.again or ask.source is not SourceFilter.ANY:
            return _Drafts()
        timings.start()
        answer = cache.get(self._key(ask))
        timings.stop("cache")
        if answer is None:
            return _Drafts()
        # Names learnt since may say what was only assumed; understanding again costs little.
        again = answer.draft.source is Source.BUILTIN and not answer.corrected
        if again and time.time() - answer.age < self._parts.names_since(ask.context):
            return _Drafts()
        return _Drafts((answer.draft, *answer.alternatives), cached=True)

    async def _understood(self, ask: Ask, timings: Timings) -> _Drafts:
        if ask.source is SourceFilter.MODEL:
            return _Drafts()
        reading = self._read(ask.request, ask, timings)
        if reading.draft is None and await self._learnt_typed(ask, timings):
            reading = self._read(ask.request, ask, timings)
        if reading.draft is None:
            return _Drafts(reason=reading.reason, hint=reading.hint)
        return _Drafts((reading.draft, *reading.alternatives))

    def _read(self, request: str, ask: Ask, timings: Timings) -> Reading:
        timings.start()
        reading = self._parts.understand(
            request,
            context=ask.context,
            surroundings=ask.surroundings,
            names=self._parts.names(ask.context),
            spec=self._spec(ask),
        )
        timings.stop("nlu")
        return reading

    async def _learnt_typed(self, ask: Ask, timings: Timings) -> bool:
        """Whether kubectl has flags that stand in the request and are in no table. Which command
        they belong to is what the request means without them."""
        flags = _TYPED_FLAG.findall(ask.request)
        if not flags:
            return False
        command = ask.request
        if not command.startswith("kubectl "):
            draft = self._read(_TYPED_FLAG.sub(" ", ask.request), ask, timings).draft
            if draft is None:
                return False
            command = " ".join((draft.command, *flags))
        return await self._learnt(parse(command, self._spec(ask)), timings)

    async def _asked_model(self, ask: Ask, timings: Timings) -> AsyncIterator[Event | _Drafts]:
        provider = self._parts.provider
        if ask.source is SourceFilter.BUILTIN:
            return
        if provider is None:
            if ask.source is SourceFilter.MODEL:
                yield _Drafts(reason=_NO_MODEL, hint="leave --source out for the built-in answer")
            return
        drafts: list[Draft] = []
        rejected: Rejected | None = None
        for _ in range(_MODEL_ROUNDS):
            yield Status(Phase.ASKING)
            timings.start()
            async for said in provider.ask(ask, rejected):
                if isinstance(said, Text):
                    yield said
                else:
                    drafts.insert(0, said)
            timings.stop("model")
            if not drafts or (rejected is not None and drafts[0] is rejected.draft):
                break
            _, findings = await self._check(drafts[0].command, ask, timings)
            faults = errors(findings)
            if not faults:
                break
            rejected = Rejected(drafts[0], faults)
        yield _Drafts(tuple(drafts[:1]), reason="the model has no command for it")

    # --- what becomes of a draft -----------------------------------------------------------

    async def _outcome(self, ask: Ask, found: _Drafts, timings: Timings) -> Outcome | None:
        """What the drafts of one source come to; None where the source has nothing to say."""
        if not found.drafts:
            return Abstained(found.reason, found.hint) if found.reason else None
        first, *others = [
            await self._suggestion(draft, ask, found, timings) for draft in found.drafts
        ]
        faults = errors(first.findings)
        if forbidden(first) and not misread(first.findings, first.risk):
            return refused(first)
        if faults and (first.source is not Source.MODEL or unreadable(faults)):
            reason = f"no answer that passes the checks: {faults[0].message}"
            return Abstained(reason, "say it in other words")
        if forbidden(first):
            return refused(first)
        good = (item for item in others if not errors(item.findings) and not forbidden(item))
        return Answered(replace(first, alternatives=tuple(good)))

    async def _suggestion(
        self, draft: Draft, ask: Ask, found: _Drafts, timings: Timings
    ) -> Suggestion:
        pipeline, findings = await self._check(draft.command, ask, timings)
        timings.start()
        risk = self._parts.judge(pipeline, ask.context) if self._parts.judge else None
        timings.stop("judge")
        timings.start()
        explanation = self._parts.explain(pipeline, self._parts.catalogue(ask.context))
        timings.stop("explain")
        return Suggestion(
            command=draft.command,
            source=Source.CACHE if found.cached else draft.source,
            cached=found.cached,
            confidence=draft.confidence,
            sure=not errors(findings) and draft.confidence >= SURE and not draft.assumptions,
            findings=findings,
            risk=risk,
            explanation=explanation,
            assumptions=draft.assumptions,
        )

    async def _check(
        self, command: str, ask: Ask, timings: Timings
    ) -> tuple[Pipeline, tuple[Finding, ...]]:
        timings.start()
        pipeline = parse(command, self._spec(ask))
        timings.stop("check")
        if await self._learnt(pipeline, timings):
            pipeline = parse(command, self._spec(ask))
        timings.start()
        catalogue = self._parts.catalogue(ask.context)
        findings = self._parts.check(pipeline, self._spec(ask), catalogue)
        timings.stop("check")
        return pipeline, tuple(item for item in findings if not own_word(item, command, ask))

    def _spec(self, ask: Ask) -> Spec:
        return self._flags.spec(ask.context.kubectl_version)

    async def _learnt(self, pipeline: Pipeline, timings: Timings) -> bool:
        if not pipeline.findings:
            return False
        timings.start()
        more = await self._flags.learn(pipeline)
        timings.stop("kubectl")
        return more

    def _key(self, ask: Ask) -> str:
        from kai.cache import cache_key

        provider = self._parts.provider
        model = provider.digest if provider else ""
        return cache_key(ask, versions=self._parts.versions, model=model)

    def _remember(self, ask: Ask, outcome: Outcome) -> None:
        """Keep what may be kept, record what happened. The stores never raise."""
        answer = outcome.suggestion if isinstance(outcome, Answered) else None
        cache, journal = self._parts.cache, self._parts.journal
        if cache is not None and answer and not answer.cached and ask.source is SourceFilter.ANY:
            from kai.cache import Answer

            drafts = tuple(_draft(item) for item in (answer, *answer.alternatives))
            keep = not errors(answer.findings) and not destroys(
                parse(answer.command, self._spec(ask)), answer.risk
            )
            cache.put(self._key(ask), ask.request, Answer(drafts[0], drafts[1:]), keep=keep)
        if journal is not None:
            from kai.journal import Record

            self.recorded = journal.add(
                Record(
                    request=ask.request,
                    command=answer.command if answer else None,
                    outcome=outcome_name(outcome),
                    source=str(answer.source) if answer else None,
                    context=ask.context.context,
                    namespace=ask.context.namespace,
                )
            )


_NOBODY = Abstained("nobody knows a command for it")
_NO_MODEL = "this version of kai asks no model"


def outcome_name(outcome: Outcome) -> str:
    """answered, abstained, refused or failed."""
    return type(outcome).__name__.lower()


_TYPED_FLAG = re.compile(r"(?<!\S)--[A-Za-z0-9][\w-]*(?:=\S*)?(?!\S)")
"""A long flag in a request, with its value where one is attached."""


def _draft(suggestion: Suggestion) -> Draft:
    return Draft(
        suggestion.command, suggestion.source, suggestion.confidence, suggestion.assumptions
    )
