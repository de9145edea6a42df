"""A whole line explained: what it does, each of its parts, how dangerous it is and why.

The one text for the panel, for hovers and for `kai explain`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kai.explain.calls import call_parts
from kai.explain.filters import filter_parts
from kai.explain.part import Part
from kai.explain.summary import explain
from kai.explain.table import table
from kai.model import Context, Finding, Level, Radius, Risk

if TYPE_CHECKING:
    from kai.kubectl.invocation import Filter, Invocation, Pipeline
    from kai.kubectl.resources import Catalogue

__all__ = ["Explanation", "Part", "explanation"]

_SILENT = frozenset(("K400", "K409"))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say about a line.

    `summary` is what will happen, "" where the line is not kubectl's or cannot be read: then the
    parts say where and why. `place` is what the current context and namespace add to the line, ""
    where the line says all itself or nothing is known. `tier` and `verdict` (the tier in words) are
    None and "" without a judge; `reasons` name the rule behind each in brackets where there is one;
    `hits` is the radius as one line, "" for what only reads.
    """

    command: str
    summary: str
    parts: tuple[Part, ...]
    place: str = ""
    tier: str | None = None
    verdict: str = ""
    reasons: tuple[str, ...] = ()
    hits: str = ""
    radius: Radius | None = None


def explanation(
    pipeline: Pipeline,
    catalogue: Catalogue,
    *,
    findings: Sequence[Finding] = (),
    risk: Risk | None = None,
    context: Context | None = None,
) -> Explanation:
    """Explain a line that was read; never raises for any line.

    `findings` are those of the checks, `risk` is the judge's verdict; both are said where given.
    """
    faults = _faults((*pipeline.findings, *findings))
    parts = [
        _trimmed(part) for stage in pipeline.stages for part in _stage(stage, catalogue, faults)
    ]
    if not pipeline.stages:
        parts = [
            Part(finding.start, finding.end, "error", finding.message)
            for finding in pipeline.findings
        ]
    radius = risk.radius if risk else None
    return Explanation(
        command=pipeline.text,
        summary=explain(pipeline, catalogue),
        parts=tuple(parts),
        place=_place(pipeline.invocations, catalogue, context) if context else "",
        tier=risk.tier if risk else None,
        verdict=table()["tiers"].get(risk.tier, "") if risk else "",
        reasons=_reasons(risk) if risk else (),
        hits=radius.text if radius else "",
        radius=radius,
    )


def _stage(stage: Invocation | Filter, catalogue: Catalogue, faults: dict[int, str]) -> list[Part]:
    from kai.kubectl.invocation import Invocation

    if isinstance(stage, Invocation):
        return call_parts(stage, catalogue, faults)
    return [
        Part(part.start, part.end, "unknown", faults[part.start]) if part.start in faults else part
        for part in filter_parts(stage.words)
    ]


def _trimmed(part: Part) -> Part:
    """Without the blank that an empty value leaves behind."""
    text = part.text.strip()
    return part if text == part.text else replace(part, text=text)


def _faults(findings: Sequence[Finding]) -> dict[int, str]:
    """What is wrong, by where it begins; of several the first. The judge's own are its reasons."""
    found: dict[int, str] = {}
    for finding in findings:
        if finding.level is Level.ERROR and finding.code[:2] != "K4":
            found.setdefault(finding.start, finding.message)
    return found


def _reasons(risk: Risk) -> tuple[str, ...]:
    codes = {finding.message: finding.code for finding in reversed(risk.findings)}
    return tuple(
        f"{reason} [{code}]" if (code := codes.get(reason)) and code not in _SILENT else reason
        for reason in risk.reasons
    )


def _place(calls: Sequence[Invocation], catalogue: Catalogue, context: Context) -> str:
    """The current context and namespace, as far as the line leaves them open."""
    said = []
    if context.context and any(_asks(call) and not call.value("context") for call in calls):
        said.append(f"context {context.context}")
    if any(_open_namespace(call, catalogue) for call in calls) and (
        context.context or context.namespace
    ):
        said.append(f"namespace {context.namespace or 'default'}")
    return f"in the current {' and the current '.join(said)}" if said else ""


_HERE = frozenset(("config", "completion", "kustomize", "help", "options", "plugin", "kuberc", ""))
"""First words of commands that ask no cluster."""


_NAMESPACED = frozenset(
    (*((verb,) for verb in ("run", "cp", "logs", "events")), ("create", "token"), ("top", "pod"))
)
"""Commands that are about one namespace, whatever they name."""


def _asks(call: Invocation) -> bool:
    here = (call.path[0] if call.path else "") in _HERE
    return not here and call.command.runnable and not call.boolean("help")


def _open_namespace(call: Invocation, catalogue: Catalogue) -> bool:
    if not _asks(call) or call.value("namespace") or call.boolean("all-namespaces"):
        return False
    if call.value("context"):
        return False  # another context has a namespace of its own
    if call.path in _NAMESPACED:
        return True
    if call.path == ("explain",):
        return False
    made = catalogue.find(call.path[1]) if call.path[:1] == ("create",) < call.path else None
    return bool(made and made.namespaced) or any(
        item.resource and item.resource.namespaced for item in call.resources(catalogue)
    )
