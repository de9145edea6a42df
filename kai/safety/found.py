"""Kubectl commands that stand in a shell script, lifted out of whatever shell surrounds them.

Every call is read and judged like any other. What a variable or a substitution stands for is taken
where the script itself says it; elsewhere the worst value for its place counts, and where not even
the place is clear the verdict is "not analysed". Nothing is `forbidden` because of something unknown,
and nothing is `read` that may hold flags nobody saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kai.kubectl.invocation import Invocation, Pipeline
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.words import Word
from kai.model import Context, Finding, Level, Radius, Risk, Tier
from kai.safety.call import DEFAULTS, Limits, Ruling
from kai.safety.judge import judge
from kai.safety.shell_calls import Script, Stage
from kai.safety.shell_risks import surroundings, with_words, worst
from kai.safety.shell_values import Values, tokens

_COUNTED = frozenset(("K210", "K211", "K212", "K213", "K214", "K215"))
"""Findings about how many arguments there are."""

_SHOWN = 60
"""Characters of what is unknown that a message shows."""

_LEVELS = {Tier.WRITE: Level.INFO, Tier.DESTRUCTIVE: Level.WARNING}


@dataclass(frozen=True, slots=True)
class Found:
    """One kubectl command, or a pipeline with some; offsets are code points of the whole text.

    In `pipeline` what only the running shell knows stands as it was written; `ways` are the same
    with each value that the script gives its variables, the unknown ones as tokens. `why` says why
    the command cannot be analysed at all ("": it can).
    """

    pipeline: Pipeline
    start: int
    end: int
    why: str = ""
    ways: tuple[Pipeline, ...] = ()
    flags: str = ""
    """What may hold flags, as written."""

    unknown: tuple[tuple[int, int], ...] = ()
    """The places of the words that only the running shell knows."""

    rulings: tuple[Ruling, ...] = ()
    """What stands around the calls and matters: the environment, a shell at the end of the pipe."""

    at_worst: tuple[Pipeline, ...] = ()
    """The ways with the worst value in each unknown place, where that makes a difference."""

    values: Values | None = None

    def checks(self, check: Callable[[Pipeline], tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """What checks find in it, whatever the unknown parts stand for."""
        if not self.ways:
            return ()
        if self.why or self.flags:  # words are missing: only what was read can be wrong
            every = [way.findings for way in self.ways]
        else:
            every = [check(way) for way in self.ways]
        common = set(every[0]).intersection(*every[1:])
        shown = (item for item in every[0] if item in common and not self._doubts(item))
        return tuple(_as_plugin(self.spoken(item)) for item in shown)

    def _doubts(self, finding: Finding) -> bool:
        """Whether the finding could be wrong for another value of what is unknown."""
        if not self.unknown:
            return False
        if finding.code in _COUNTED:  # an unknown word may be several, or none
            return any(
                word.start == start
                for call in self.pipeline.invocations
                for word in call.args
                for start, _ in self.unknown
            )
        return any(start < finding.end and finding.start < end for start, end in self.unknown)

    def hides(self, finding: Finding) -> bool:
        """Whether the finding is about a place that only the running shell knows."""
        if any(start <= finding.start and finding.end <= end for start, end in self.unknown):
            return True
        whole = any(
            (call.start, call.end) == (finding.start, finding.end)
            for call in self.pipeline.invocations
        )
        return not whole and any(
            start < finding.end and finding.start < end for start, end in self.unknown
        )

    def spoken(self, finding: Finding) -> Finding:
        """The finding without tokens."""
        if self.values is None:
            return finding
        new = finding.replacement
        if new is not None and "kai-unknown-" in new:
            new = None
        message = self.values.spoken(finding.message)
        if message == finding.message and new is finding.replacement:
            return finding
        return replace(finding, message=message, replacement=new)


def _as_plugin(finding: Finding) -> Finding:
    """A command kubectl does not have is a plugin in many scripts, unless it looks like a slip."""
    if finding.code == "K130" and finding.replacement is None:
        return replace(finding, level=Level.WARNING)
    return finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """`risk` None: not analysed, and `why`."""

    risk: Risk | None
    why: str = ""


def find(text: str, spec: Spec, aliases: Mapping[str, str] | None = None) -> tuple[Found, ...]:
    """Every kubectl command in a script, in order of place. Never raises for any text.

    `aliases` are the shell's own, name to text ("k": "kubectl -n web"); those that the script
    defines itself are added.
    """
    return tuple(sorted(each(text, spec, aliases), key=lambda item: (item.start, -item.end)))


def each(text: str, spec: Spec, aliases: Mapping[str, str] | None = None) -> Iterator[Found]:
    """The same one after the other, as they are found: a long script holds much about each."""
    # A carriage return before the end of a line belongs to the file, not to the command.
    plain = text.replace("\\\r\n", " \\\n").replace("\r\n", " \n") if "\r" in text else text
    script = Script(plain, spec)
    script.given(aliases or {})
    for ways in script.pipelines():
        yield _found(script, ways)
    for item in script.unread:
        pipeline = Pipeline(text[item.start : item.end], ())
        why = "the text that a shell runs here is put together when the script runs"
        yield Found(pipeline, item.start, item.end, why)


def _found(script: Script, ways: list[list[Stage]]) -> Found:
    values = script.values
    stages = ways[0]
    start, end = stages[0].start, max(stage.end for stage in stages)
    text = script.text[start:end]
    pipelines = tuple(_pipeline(text, way) for way in ways)
    unknown = {
        (item.start, item.end) for way in ways for s in way for item in s.fields if item.tokens
    }
    calls = [stage for way in ways for stage in way if isinstance(stage.call, Invocation)]
    return Found(
        _shown(pipelines[0], values, script.spec),
        start,
        end,
        next((stage.why for stage in calls if stage.why), ""),
        pipelines,
        next((stage.flags for stage in calls if stage.flags), ""),
        tuple(sorted(unknown)),
        tuple(surroundings(stages, values)),
        tuple(way for way in (worst(each, values, script.spec) for each in pipelines) if way),
        values,
    )


def _pipeline(text: str, stages: Iterable[Stage]) -> Pipeline:
    calls = tuple(stage.call for stage in stages)
    findings = [item for call in calls if isinstance(call, Invocation) for item in call.findings]
    return Pipeline(text, calls, tuple(findings))


def _shown(pipeline: Pipeline, values: Values, spec: Spec) -> Pipeline:
    """The pipeline with what was written in place of tokens."""

    def spoken(word: Word) -> Word:
        return replace(word, value=values.spoken(word.value)) if tokens(word.value) else word

    return with_words(pipeline, spoken, spec)


def judge_found(
    found: Found,
    context: Context,
    catalogue: Catalogue,
    *,
    limits: Limits = DEFAULTS,
) -> Verdict:
    """The verdict on a found command: the judge's, with what is unknown never forbidden or read."""
    if found.why:
        return Verdict(None, found.why)
    risks = []
    for way in found.ways:
        for finding in way.findings:
            if finding.level is Level.ERROR and finding.code != "K130":
                return Verdict(None, found.spoken(finding).message)
        risks.append(judge(way, context, catalogue, limits=limits, drafted=False))
    risk = max(risks, key=lambda one: Tier(one.tier).rank)
    if risk.tier == Tier.FORBIDDEN and not _surely(found, risks):
        risk = _at_most_destructive(found, risk)
    risk = _with_worst(found, risk, context, catalogue, limits)
    for ruling in (*found.rulings, *_perhaps_protected(found, risk, limits)):
        risk = _raised(risk, ruling)
    if found.flags and Tier(risk.tier).rank < Tier.DESTRUCTIVE.rank:
        return Verdict(None, f"{found.flags} may hold flags")
    return Verdict(_spoken(found, risk))


def _perhaps_protected(found: Found, risk: Risk, limits: Limits) -> Iterator[Ruling]:
    """A change in a context that only the running shell knows, where some are protected."""
    if risk.tier != Tier.WRITE or not limits.protected_contexts:
        return
    for way in found.ways:
        for call in way.invocations:
            flag = call.flag("context")
            if flag is not None and tokens(flag.value or ""):
                yield _not_known(found, flag.start, flag.end, Tier.DESTRUCTIVE)
                return


def _surely(found: Found, risks: list[Risk]) -> bool:
    """Whether it is forbidden whatever the unknown parts stand for."""
    if found.flags or any(risk.tier != Tier.FORBIDDEN for risk in risks):
        return False
    return all(
        any(item.level is Level.ERROR and not found.hides(item) for item in risk.findings)
        for risk in risks
    )


def _at_most_destructive(found: Found, risk: Risk) -> Risk:
    """What would be forbidden with the worst value, or with one of those that the script gives."""
    hidden = [item for item in risk.findings if item.level is Level.ERROR and found.hides(item)]
    findings = tuple(
        replace(item, level=Level.WARNING) if item.level is Level.ERROR else item
        for item in risk.findings
        if item not in hidden
    )
    lowered = replace(risk, tier=Tier.DESTRUCTIVE, findings=findings)
    if not hidden:
        return lowered
    ruling = _not_known(found, hidden[0].start, hidden[0].end, Tier.DESTRUCTIVE)
    return _raised(replace(lowered, reasons=()), ruling)


def _with_worst(
    found: Found, risk: Risk, context: Context, catalogue: Catalogue, limits: Limits
) -> Risk:
    """The tier of the worst value in each unknown place, where that is higher."""
    for way in found.at_worst:
        if Tier(risk.tier).rank >= Tier.DESTRUCTIVE.rank:
            break
        other = judge(way, context, catalogue, limits=limits, drafted=False)
        tier = min(Tier(other.tier), Tier.DESTRUCTIVE, key=lambda one: one.rank)
        if tier.rank > Tier(risk.tier).rank:
            risk = _raised(risk, _not_known(found, *_replaced(found, way), tier))
    return risk


def _replaced(found: Found, way: Pipeline) -> tuple[int, int]:
    """The first unknown place that holds a worst value in `way`."""
    for call in way.invocations:
        for word in call.words:
            if (word.start, word.end) in found.unknown and not tokens(word.value):
                return word.start, word.end
    return found.unknown[0]


def _not_known(found: Found, start: int, end: int, tier: Tier) -> Ruling:
    places = [place for place in found.unknown if place[0] < end and start < place[1]]
    first, last = places[0] if places else (start, end)
    raw = " ".join(found.pipeline.text[first - found.start : last - found.start].split())
    raw = raw if len(raw) <= _SHOWN else f"{raw[: _SHOWN - 3]}..."
    message = f"only the running shell knows what {raw} is: at worst it is {tier}"
    return Ruling("K408", tier, message, first, last)


def _raised(risk: Risk, ruling: Ruling) -> Risk:
    """The risk with one more ruling: it may raise the tier, never lower it."""
    finding = Finding(
        ruling.code,
        _LEVELS.get(ruling.tier, Level.WARNING),
        ruling.message,
        ruling.start,
        ruling.end,
    )
    findings = (*risk.findings, finding)
    before, after = Tier(risk.tier).rank, ruling.tier.rank
    if after < before:
        return replace(risk, findings=findings)
    reasons = (ruling.message,) if after > before else (*risk.reasons, ruling.message)
    return replace(
        risk, tier=ruling.tier if after > before else risk.tier, findings=findings, reasons=reasons
    )


def _spoken(found: Found, risk: Risk) -> Risk:
    """The risk as people read it: what was written in place of every token."""
    values = found.values
    if values is None or not values.unknown:
        return risk
    radius: Radius | None = risk.radius
    if radius is not None:
        radius = replace(
            radius,
            kinds=tuple(values.spoken(kind) for kind in radius.kinds),
            namespace=values.spoken(radius.namespace) if radius.namespace else radius.namespace,
            text=values.spoken(radius.text),
        )
    return replace(
        risk,
        reasons=tuple(values.spoken(reason) for reason in risk.reasons),
        findings=tuple(found.spoken(item) for item in risk.findings),
        radius=radius,
    )
