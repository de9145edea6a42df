"""An outcome as the JSON object of `--json` and of a batch, and as an exit status."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kai.model import (
    Abstained,
    Answered,
    Ask,
    Finding,
    Outcome,
    Refused,
    Risk,
    Suggestion,
)
from kai.verdicts import said

ANSWERED, FAILED, USAGE, NO_ANSWER, REFUSED = 0, 1, 2, 3, 4
INTERRUPTED = 130


def exit_status(outcome: Outcome) -> int:
    """0 answered, 1 failed, 3 no answer, 4 refused."""
    if isinstance(outcome, Answered):
        return ANSWERED
    if isinstance(outcome, Abstained):
        return NO_ANSWER
    return REFUSED if isinstance(outcome, Refused) else FAILED


def as_object(ask: Ask, outcome: Outcome) -> dict[str, Any]:
    """The answer to one request. `command` is null where there is none, and so is what belongs
    to a command; `id` is there only where the request had one."""
    head: dict[str, Any] = {} if ask.id is None else {"id": ask.id}
    head["request"] = ask.request
    head["outcome"] = type(outcome).__name__.lower()
    head["reason"] = None if isinstance(outcome, Answered) else said(outcome)
    suggestion = outcome.suggestion if isinstance(outcome, Answered) else None
    body = suggested(suggestion) if suggestion else dict(_NOTHING)
    if isinstance(outcome, Refused):
        body["findings"] = [found(finding) for finding in outcome.findings]
    where = ask.context
    return {
        **head,
        **body,
        "context": where.context,
        "namespace": where.namespace,
        "kubectl_version": where.kubectl_version,
        "timings_ms": dict(outcome.timings),
    }


def suggested(suggestion: Suggestion) -> dict[str, Any]:
    """What belongs to a command; an alternative has the same shape."""
    risk = suggestion.risk
    return {
        "command": suggestion.command,
        "steps": list(suggestion.steps),
        "alternatives": [suggested(item) for item in suggestion.alternatives],
        "source": str(suggestion.source),
        "cached": suggestion.cached,
        "confidence": suggestion.confidence,
        "author": asdict(suggestion.author) if suggestion.author else None,
        "tier": risk.tier if risk else None,
        "risk": risked(risk) if risk else None,
        "findings": [found(finding) for finding in suggestion.findings],
        "explanation": suggestion.explanation,
        "assumptions": list(suggestion.assumptions),
    }


def risked(risk: Risk) -> dict[str, Any]:
    """The judge's verdict; `radius` is null for what only reads."""
    return {
        "tier": risk.tier,
        "reasons": list(risk.reasons),
        "findings": [found(finding) for finding in risk.findings],
        "radius": asdict(risk.radius) if risk.radius else None,
    }


def found(finding: Finding) -> dict[str, Any]:
    """One finding; offsets are code points of the command."""
    return {
        "code": finding.code,
        "level": str(finding.level),
        "message": finding.message,
        "start": finding.start,
        "end": finding.end,
        "replacement": finding.replacement,
    }


_NOTHING: dict[str, Any] = {
    "command": None,
    "steps": [],
    "alternatives": [],
    "source": None,
    "cached": False,
    "confidence": None,
    "author": None,
    "tier": None,
    "risk": None,
    "findings": [],
    "explanation": None,
    "assumptions": [],
}
