"""What the engine concludes from findings and risk: small questions about a checked command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kai.model import Abstained, Ask, Failed, Finding, Level, Refused, Risk, Suggestion, Tier

if TYPE_CHECKING:
    from kai.kubectl.invocation import Pipeline


def errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that kubectl would refuse, or that change what is meant."""
    return tuple(finding for finding in findings if finding.level is Level.ERROR)


def own_word(finding: Finding, command: str, ask: Ask) -> bool:
    """Whether a name that looks like a place to fill in (`my-pod`) is what the user asked for."""
    word = command[finding.start : finding.end].strip("'\"").casefold()
    return finding.code == "K302" and bool(word) and word in ask.request.casefold()


_LINE_CODES = frozenset({"K10", "K11", "K12"})
"""How the codes about the line itself begin: its grammar, and what it calls besides kubectl."""


def unreadable(found: Sequence[Finding]) -> bool:
    """Whether the line is not what kai can read: then nobody knows what it does."""
    return any(error.code[:3] in _LINE_CODES for error in found)


def forbidden(suggestion: Suggestion) -> bool:
    """Whether the judge says that this is never offered."""
    return suggestion.risk is not None and suggestion.risk.tier == "forbidden"


def misread(found: Sequence[Finding], risk: Risk | None) -> bool:
    """Whether the judge refuses only because kubectl has no such command or flag: a slip of the
    draft's author, not a danger."""
    refusing = {item.code for item in (risk.findings if risk else ()) if item.level is Level.ERROR}
    return refusing == {"K409"} and bool(errors(found)) and not unreadable(errors(found))


def refused(suggestion: Suggestion) -> Refused:
    """The refusal of a forbidden draft: what it would have done, and which rules stopped it."""
    risk = suggestion.risk
    stopped = [item for item in (risk.findings if risk else ()) if item.level is Level.ERROR]
    rules = "; ".join(f"{item.message} [{item.code}]" for item in stopped)
    rules = rules or "; ".join(risk.reasons if risk else ()) or "kai never offers this"
    would = suggestion.explanation.removesuffix(".")
    would = f"{would[:1].lower()}{would[1:]}" if would else "cannot be read"
    return Refused(f"kai does not offer this. It {would}. Stopped: {rules}", tuple(stopped))


_DESTROYING_FLAGS = frozenset({"force", "prune"})


def destroys(pipeline: Pipeline, risk: Risk | None) -> bool:
    """Whether an answer must not be kept: by its tier, or while there is no judge by what the
    command says of itself, in doubt yes."""
    if risk is not None:
        return risk.tier not in ("read", "write")
    for call in pipeline.invocations:
        flags = {flag.name for flag in call.flags}
        to_none = call.value("replicas") in ("0", "00")
        if call.via or to_none or call.path[:1] in (("delete",), ("drain",)):
            return True
        if flags & _DESTROYING_FLAGS or call.path == ("taint",):
            return True
    return False


def said(outcome: Abstained | Refused | Failed) -> str:
    """Why there is no command, and where it is known, what to try."""
    hint = outcome.hint if isinstance(outcome, Abstained) else ""
    return f"{outcome.reason}; {hint}" if hint else outcome.reason


def of_step(finding: Finding, step: str) -> Finding:
    """A finding about a further step, as one of the whole: its place is in no text that is shown
    first, so it has none."""
    return replace(
        finding, message=f"in `{step}`: {finding.message}", start=0, end=0, replacement=None
    )


def graver(risk: Risk | None, other: Risk | None) -> Risk | None:
    """The verdict on two commands that are run one after the other: the stricter tier, and the
    reasons for it; what nobody judged is not milder."""
    if risk is None or other is None:
        return None
    first, second = (Tier(item.tier).rank for item in (risk, other))
    if first != second:
        return risk if first > second else other
    radius = risk.radius or other.radius
    if risk.radius and other.radius:
        radius = replace(risk.radius, text=f"{risk.radius.text}; then {other.radius.text}")
    reasons = tuple(dict.fromkeys((*risk.reasons, *other.reasons)))
    return replace(risk, reasons=reasons, findings=risk.findings + other.findings, radius=radius)
