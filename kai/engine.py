"""The whole route of a request: kept answer, built-in understanding, model, checks, suggestion.

`Engine.suggest` reads from top to bottom. It is async once, for every front; nothing on the way of
a kept or built-in answer waits, so a front without an event loop can step it by hand.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kai.errors import KaiError, ModelMissing, ModelUnreachable
from kai.keeping import keep, record
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
    Risk,
    Source,
    SourceFilter,
    Status,
    Suggestion,
)
from kai.parts import Check, Explain, Judge, Live, Parts, Understand
from kai.provider import Rejected
from kai.timings import Timings
from kai.verdicts import (
    errors,
    forbidden,
    graver,
    misread,
    of_step,
    own_word,
    refused,
)

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
]

SURE = 0.9
"""From this confidence on, an answer without errors and assumptions counts as sure."""

_MODEL_ROUNDS = 3
"""A first draft, one repair with what is wrong in it, and the next model, where there is one."""


@dataclass(frozen=True, slots=True)
class _Drafts:
    """What one source has to say: its drafts, best first, or why there are none.

    `trouble` is why a source could not be asked: what another one had to say still counts.
    """

    drafts: tuple[Draft, ...] = ()
    cached: bool = False
    reason: str = ""
    hint: str = ""
    trouble: str = ""


class Engine:
    """Requests in, events out. One engine serves many requests, also several at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._flags = LearntFlags(parts.flag)
        self._stores = [store for store in (parts.cache, parts.journal) if store]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong with the stores, each thing once."""
        return tuple(warning for store in self._stores for warning in store.warnings)

    def close(self) -> None:
        """Close the stores; the next request opens them again."""
        for store in self._stores:
            store.close()

    async def suggest(
        self, ask: Ask, *, recorded: Callable[[int], None] = lambda number: None
    ) -> AsyncGenerator[Event]:
        """Everything that happens to a request, and at the end exactly one outcome.

        A kept answer comes first, then the built-in understanding, then the model; each draft is
        parsed, checked, judged and explained alike, and the first that passes is the answer. Until
        the first `Status` nothing waits. The answer is kept and recorded after the front has taken
        the outcome; `recorded` is told the journal's number of the request.
        """
        timings = Timings()
        outcome: Outcome = _NOBODY
        try:
            async with aclosing(self._drafts(ask, timings)) as drafts:
                async for said in drafts:
                    if isinstance(said, _Drafts):
                        outcome = await self._outcome(ask, said, timings, outcome)
                        if isinstance(outcome, Answered | Refused):
                            break
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
            keep(self._parts.cache, lambda: self._key(ask), ask, outcome, self._spec(ask))
            recorded(record(self._parts.journal, ask, outcome))

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

    async def _drafts(self, ask: Ask, timings: Timings) -> AsyncGenerator[Event | _Drafts]:
        """What each source has to say, one after the other, until somebody is content.

        Who asks again has seen what kai itself knows: then the model is asked first.
        """
        first = ask.again and ask.source is SourceFilter.ANY
        if not first:
            yield await self._kept(ask, timings)
            yield await self._understood(ask, timings)
        async with aclosing(self._asked_model(ask, timings)) as model:
            async for said in model:
                yield said
        if first:
            yield await self._understood(ask, timings)

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

    async def _asked_model(self, ask: Ask, timings: Timings) -> AsyncGenerator[Event | _Drafts]:
        provider = self._parts.provider
        if ask.source is SourceFilter.BUILTIN:
            return
        if provider is None:
            if ask.source is SourceFilter.MODEL:
                yield _Drafts(reason=_NO_MODEL, hint=_MODEL_ON)
            return
        drafts: list[Draft] = []
        rejected: Rejected | None = None
        try:
            for times in range(1, _MODEL_ROUNDS + 1):
                yield Status(Phase.ASKING)
                timings.start()
                drafts = []
                async with aclosing(provider.ask(ask, rejected)) as stream:
                    async for said in stream:
                        if isinstance(said, Draft):
                            drafts.append(said)
                        else:
                            yield said
                timings.stop("model")
                faults = await self._faults(drafts[0], ask, timings) if drafts else ()
                if not faults:
                    break
                rejected = Rejected(drafts[0], faults, times)
        except (ModelUnreachable, ModelMissing) as error:
            if ask.source is SourceFilter.MODEL:
                raise
            yield _Drafts(trouble=str(error))
            return
        if not drafts and rejected is not None:
            drafts = [
                rejected.draft
            ]  # what was wrong with it is the reason that there is no answer
        yield _Drafts(tuple(drafts), reason="the model has no command for it")

    async def _faults(self, draft: Draft, ask: Ask, timings: Timings) -> tuple[Finding, ...]:
        """What a model has to mend in its draft."""
        _, findings = await self._check(draft.command, ask, timings)
        for step in draft.steps:
            findings += (await self._check(step, ask, timings))[1]
        return errors(findings)

    # --- what becomes of a draft -----------------------------------------------------------

    async def _outcome(
        self, ask: Ask, found: _Drafts, timings: Timings, before: Outcome
    ) -> Outcome:
        """What the drafts of one source come to; `before` where it has nothing to say."""
        if found.trouble and isinstance(before, Abstained):
            hint = "; ".join(text for text in (before.hint, found.trouble) if text)
            return replace(before, hint=hint)
        if not found.drafts:
            return Abstained(found.reason, found.hint) if found.reason else before
        first, *others = [
            await self._suggestion(draft, ask, found, timings) for draft in found.drafts
        ]
        faults = errors(first.findings)
        if forbidden(first) and not misread(first.findings, first.risk):
            return refused(first)
        if faults:
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
        risk = self._judged(pipeline, ask, timings)
        for step in draft.steps:
            then, more = await self._check(step, ask, timings)
            findings += tuple(of_step(finding, step) for finding in more)
            risk = graver(risk, self._judged(then, ask, timings))
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
            steps=draft.steps,
            author=draft.author,
        )

    def _judged(self, pipeline: Pipeline, ask: Ask, timings: Timings) -> Risk | None:
        timings.start()
        risk = self._parts.judge(pipeline, ask.context) if self._parts.judge else None
        timings.stop("judge")
        return risk

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


_NOBODY = Abstained("nobody knows a command for it")
_NO_MODEL = "no model is asked: the settings say llm.enabled: false"
_MODEL_ON = "`kai config set llm.enabled true` lets kai ask one"


_TYPED_FLAG = re.compile(r"(?<!\S)--[A-Za-z0-9][\w-]*(?:=\S*)?(?!\S)")
"""A long flag in a request, with its value where one is attached."""
