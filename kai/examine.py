"""What kai has to say about commands that somebody wrote: findings, tier, reasons, what is hit.

The same rules as for kai's own drafts, without a model and without the network: `Examiner.line` reads
one line as the strict grammar does, `Examiner.script` lifts every kubectl command out of a shell
script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kai.familiar import in_files
from kai.ignores import NONE, Ignores, ignores
from kai.kubectl.invocation import Pipeline, parse
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Context, Finding, Level, Risk, Tier
from kai.safety import DEFAULTS, Limits, judge

Check = Callable[[Pipeline, Spec, Catalogue], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Examined:
    """One command and what is known about it; offsets are code points of the whole text.

    `tier` is None where the command could not be analysed: then `why` says why. `findings` are those
    of the checks and of the judge, in order of place.
    """

    command: str
    start: int
    end: int
    tier: str | None
    why: str
    findings: tuple[Finding, ...]
    risk: Risk | None
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Examiner:
    """Everything needed to read commands: tables, kinds, the checks, the user's limits."""

    spec: Spec
    catalogue: Catalogue
    check: Check
    context: Context = Context()
    limits: Limits = DEFAULTS

    def line(self, text: str) -> Examined:
        """One line, read as strictly as kai's own drafts."""
        pipeline = parse(text, self.spec)
        risk = judge(pipeline, self.context, self.catalogue, limits=self.limits)
        findings = _merged(self.check(pipeline, self.spec, self.catalogue), risk)
        return Examined(text, 0, len(text), risk.tier, "", findings, risk, pipeline)

    def script(self, text: str, aliases: Mapping[str, str] | None = None) -> tuple[Examined, ...]:
        """Every kubectl command of a shell script; `aliases` are those of the shell that runs it."""
        from kai.safety.found import each, judge_found  # late: only files need it

        examined = []
        for found in each(text, self.spec, aliases):
            verdict = judge_found(found, self.context, self.catalogue, limits=self.limits)
            checked = found.checks(lambda way: self.check(way, self.spec, self.catalogue))
            findings = _merged(in_files(checked, text), verdict.risk)
            tier = verdict.risk.tier if verdict.risk else None
            command = text[found.start : found.end]
            examined.append(
                Examined(
                    command,
                    found.start,
                    found.end,
                    tier,
                    verdict.why,
                    findings,
                    verdict.risk,
                    found.pipeline,
                )
            )
        examined.sort(key=lambda item: (item.start, -item.end))
        return tuple(examined)


_TIERS = {Level.ERROR: Tier.FORBIDDEN, Level.WARNING: Tier.DESTRUCTIVE, Level.INFO: Tier.WRITE}
"""What tier a finding of the judge, K4xx, stands for."""


def unsilenced(text: str, examined: Iterable[Examined]) -> tuple[Examined, ...]:
    """The commands of a text without what its comments silence (`kai.ignores`).

    What is silenced counts for nothing: a command whose danger is silenced has the tier of what is
    left of it, at least "read".
    """
    comments = ignores(text)
    if comments == NONE:
        return tuple(examined)
    return tuple(_unsilenced(item, comments) for item in examined)


def _unsilenced(item: Examined, comments: Ignores) -> Examined:
    gone = {one.code for one in item.findings if comments.silences(one.code, item.start, item.end)}
    if not gone:
        return item
    left = tuple(one for one in item.findings if one.code not in gone)
    risk, tier = item.risk, item.tier
    if risk is not None and any(code.startswith("K4") for code in gone):
        ranks = [_TIERS[one.level] for one in left if one.code.startswith("K4")]
        tier = str(max(ranks, key=lambda one: one.rank, default=Tier.READ))
        kept = {one.message for one in left}
        reasons = tuple(reason for reason in risk.reasons if reason in kept)
        still = tuple(one for one in risk.findings if one.code not in gone)
        risk = replace(risk, tier=tier, reasons=reasons, findings=still)
    return replace(item, findings=left, risk=risk, tier=tier)


def _merged(checked: tuple[Finding, ...], risk: Risk | None) -> tuple[Finding, ...]:
    """The findings of both in order of place; what the judge could not read the checks say better."""
    told = {(item.start, item.end) for item in checked}
    judged = [
        item
        for item in (risk.findings if risk else ())
        if item.code != "K409" or (item.start, item.end) not in told
    ]
    return tuple(sorted((*checked, *judged), key=lambda item: (item.start, item.end, item.code)))
