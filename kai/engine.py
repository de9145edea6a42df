"""The whole route of a request: kept answer, built-in understanding, model, checks, suggestion.

`Engine.suggest` reads from top to bottom. It is async once, for every front; nothing on the way of
a kept or built-in answer waits, so a front without an event loop can step it by hand.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from kai.errors import KaiError
from kai.kubectl.invocation import parse
from kai.kubectl.spec import load
from kai.model import (
    Abstained,
    Answered,
    Ask,
    Context,
    Draft,
    Event,
    Failed,
    Finding,
    Level,
    Names,
    Offered,
    Outcome,
    Phase,
    Refused,
    Risk,
    Source,
    SourceFilter,
    Status,
    Suggestion,
    Surroundings,
    Text,
)
from kai.provider import Rejected

if TYPE_CHECKING:
    from kai.cache import Cache
    from kai.journal import Journal
    from kai.kubectl.invocation import Pipeline
    from kai.kubectl.resources import Catalogue
    from kai.kubectl.spec import Spec
    from kai.nlu import Reading
    from kai.provider import Provider

SURE = 0.9
"""From this confidence on, an answer without errors and assumptions counts as sure."""

_MODEL_ROUNDS = 2
"""A model is asked once, and once more with the findings where its draft has errors."""


class Understand(Protocol):
    """`kai.nlu.understand`, or a fake of it."""

    def __call__(
        self,
        request: str,
        *,
        context: Context,
        surroundings: Surroundings,
        names: Names | None,
        spec: Spec,
    ) -> Reading:
        """A draft for the request, or why there is none."""
        ...


class Check(Protocol):
    """`kai.validators.check`, or a fake of it."""

    def __call__(
        self, pipeline: Pipeline, spec: Spec, catalogue: Catalogue, /
    ) -> tuple[Finding, ...]:
        """What is wrong with a command."""
        ...


Explain = Callable[["Pipeline", "Catalogue"], str]
"""A command in words."""

Judge = Callable[["Pipeline", Context], Risk]
"""How dangerous a command is. The tier "forbidden" is never offered."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The engine's collaborators, put together by `kai.wiring` or by a test.

    None stands for what is not there: no cache or journal (switched off), no model, no judge yet.
    `versions` are those of lexicon, prompt and policy: a part of the cache key.
    """

    understand: Understand
    check: Check
    explain: Explain
    catalogue: Callable[[Context], Catalogue]
    names: Callable[[Context], Names | None] = lambda context: None
    cache: Cache | None = None
    journal: Journal | None = None
    provider: Provider | None = None
    judge: Judge | None = None
    versions: Sequence[str] = ()


@dataclass(slots=True)
class _Timings:
    """Milliseconds by stage, summed where a stage comes twice."""

    stages: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)
    _lap: float = 0.0

    def start(self) -> None:
        self._lap = time.perf_counter()

    def stop(self, stage: str) -> None:
        took = (time.perf_counter() - self._lap) * 1000
        self.stages[stage] = round(self.stages.get(stage, 0.0) + took, 3)

    def total(self) -> dict[str, float]:
        return {**self.stages, "total": round((time.perf_counter() - self.began) * 1000, 3)}


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

    @property
    def waits(self) -> bool:
        """Whether `suggest` may really wait for something, and so needs an event loop."""
        return self._parts.provider is not None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong with the stores, each thing once."""
        stores = (self._parts.cache, self._parts.journal)
        return tuple(warning for store in stores if store for warning in store.warnings)

    async def suggest(self, ask: Ask) -> AsyncIterator[Event]:
        """Everything that happens to a request, and at the end exactly one outcome.

        A kept answer comes first, then the built-in understanding, then the model; each draft is
        parsed, checked, judged and explained alike, and the first that passes is the answer. The
        answer is kept and recorded after the front has taken the outcome.
        """
        timings = _Timings()
        outcome: Outcome = _NOBODY
        try:
            for source in (self._kept, self._understood):
                outcome = self._outcome(ask, source(ask, timings), timings) or outcome
                if isinstance(outcome, Answered | Refused):
                    break
            else:
                async for said in self._asked_model(ask, timings):
                    if isinstance(said, _Drafts):
                        outcome = self._outcome(ask, said, timings) or outcome
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

    def examine(self, command: str, context: Context = Context()) -> Suggestion:
        """What kai has to say about a command that somebody wrote: findings, risk, explanation."""
        draft = Draft(command, Source.BUILTIN)
        return self._suggestion(draft, Ask("", context=context), _Drafts(), _Timings())

    # --- where drafts come from ------------------------------------------------------------

    def _kept(self, ask: Ask, timings: _Timings) -> _Drafts:
        cache = self._parts.cache
        if cache is None or ask.again or ask.source is not SourceFilter.ANY:
            return _Drafts()
        timings.start()
        answer = cache.get(self._key(ask))
        timings.stop("cache")
        if answer is None:
            return _Drafts()
        return _Drafts((answer.draft, *answer.alternatives), cached=True)

    def _understood(self, ask: Ask, timings: _Timings) -> _Drafts:
        if ask.source is SourceFilter.MODEL:
            return _Drafts()
        timings.start()
        reading = self._parts.understand(
            ask.request,
            context=ask.context,
            surroundings=ask.surroundings,
            names=self._parts.names(ask.context),
            spec=load(ask.context.kubectl_version),
        )
        timings.stop("nlu")
        if reading.draft is None:
            return _Drafts(reason=reading.reason, hint=reading.hint)
        return _Drafts((reading.draft, *reading.alternatives))

    async def _asked_model(self, ask: Ask, timings: _Timings) -> AsyncIterator[Event | _Drafts]:
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
            errors = _errors(self._check(drafts[0].command, ask, timings)[1])
            if not errors:
                break
            rejected = Rejected(drafts[0], errors)
        yield _Drafts(tuple(drafts[:1]), reason="the model has no command for it")

    # --- what becomes of a draft -----------------------------------------------------------

    def _outcome(self, ask: Ask, found: _Drafts, timings: _Timings) -> Outcome | None:
        """What the drafts of one source come to; None where the source has nothing to say."""
        if not found.drafts:
            return Abstained(found.reason, found.hint) if found.reason else None
        first, *others = (self._suggestion(draft, ask, found, timings) for draft in found.drafts)
        if _forbidden(first):
            reasons = "; ".join(first.risk.reasons if first.risk else ())
            return Refused(reasons or "kai never offers this", first.findings)
        errors = _errors(first.findings)
        if errors and (first.source is not Source.MODEL or _unreadable(errors)):
            reason = f"no answer that passes the checks: {errors[0].message}"
            return Abstained(reason, "say it in other words")
        good = (item for item in others if not _errors(item.findings) and not _forbidden(item))
        return Answered(replace(first, alternatives=tuple(good)))

    def _suggestion(self, draft: Draft, ask: Ask, found: _Drafts, timings: _Timings) -> Suggestion:
        pipeline, findings = self._check(draft.command, ask, timings)
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
            sure=not _errors(findings) and draft.confidence >= SURE and not draft.assumptions,
            findings=findings,
            risk=risk,
            explanation=explanation,
            assumptions=draft.assumptions,
        )

    def _check(
        self, command: str, ask: Ask, timings: _Timings
    ) -> tuple[Pipeline, tuple[Finding, ...]]:
        timings.start()
        spec = load(ask.context.kubectl_version)
        pipeline = parse(command, spec)
        findings = self._parts.check(pipeline, spec, self._parts.catalogue(ask.context))
        timings.stop("check")
        return pipeline, tuple(item for item in findings if not _own_word(item, command, ask))

    # --- afterwards ------------------------------------------------------------------------

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
            keep = not _errors(answer.findings) and not _destroys(answer)
            cache.put(self._key(ask), ask.request, Answer(drafts[0], drafts[1:]), keep=keep)
        if journal is not None:
            from kai.journal import Record

            journal.add(
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


def _errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.level is Level.ERROR)


def _own_word(finding: Finding, command: str, ask: Ask) -> bool:
    """Whether a name that looks like a place to fill in (`my-pod`) is what the user asked for."""
    word = command[finding.start : finding.end].strip("'\"").casefold()
    return finding.code == "K302" and bool(word) and word in ask.request.casefold()


_LINE_CODES = frozenset({"K10", "K11", "K12"})
"""How the codes about the line itself begin: its grammar, and what it calls besides kubectl."""


def _unreadable(errors: Sequence[Finding]) -> bool:
    """Whether the line is not what kai can read: then nobody knows what it does."""
    return any(error.code[:3] in _LINE_CODES for error in errors)


def _forbidden(suggestion: Suggestion) -> bool:
    return suggestion.risk is not None and suggestion.risk.tier == "forbidden"


_DESTROYING_FLAGS = frozenset({"force", "prune"})


def _destroys(suggestion: Suggestion) -> bool:
    """Whether an answer must not be kept: by its tier, or while there is no judge by what the
    command says of itself, in doubt yes."""
    if suggestion.risk is not None:
        return suggestion.risk.tier not in ("read", "write")
    for call in parse(suggestion.command).invocations:
        flags = {flag.name for flag in call.flags}
        to_none = call.value("replicas") in ("0", "00")
        if call.via or to_none or call.path[:1] in (("delete",), ("drain",)):
            return True
        if flags & _DESTROYING_FLAGS or call.path == ("taint",):
            return True
    return False


def _draft(suggestion: Suggestion) -> Draft:
    return Draft(
        suggestion.command, suggestion.source, suggestion.confidence, suggestion.assumptions
    )
