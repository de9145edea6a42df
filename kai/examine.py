"""What kai has to say about commands that somebody wrote: findings, tier, reasons, what is hit.

The same rules as for kai's own drafts, without a model and without the network: `Examiner.line` reads
one line as the strict grammar does, `Examiner.script` lifts every kubectl command out of a shell
script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kai.kubectl.invocation import Pipeline, parse
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Context, Finding, Risk
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
        from kai.safety.found import find, judge_found  # late: only files need it

        examined = []
        for found in find(text, self.spec, aliases):
            verdict = judge_found(found, self.context, self.catalogue, limits=self.limits)
            checked = found.checks(lambda way: self.check(way, self.spec, self.catalogue))
            findings = _merged(checked, verdict.risk)
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
        return tuple(examined)


def _merged(checked: tuple[Finding, ...], risk: Risk | None) -> tuple[Finding, ...]:
    """The findings of both in order of place; what the judge could not read the checks say better."""
    told = {(item.start, item.end) for item in checked}
    judged = [
        item
        for item in (risk.findings if risk else ())
        if item.code != "K409" or (item.start, item.end) not in told
    ]
    return tuple(sorted((*checked, *judged), key=lambda item: (item.start, item.end, item.code)))
