"""What is wrong or dangerous in the commands of a document: one function, for push and for pull.

Never a model, never a process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from kai import rules
from kai.model import Finding, Level, Tier
from kai_lsp import types
from kai_lsp.client import Client
from kai_lsp.documents import Open
from kai_lsp.edits import span
from kai_lsp.regions import Command, Language
from kai_lsp.settings import EditorSettings
from kai_lsp.structure import encoded

SOURCE = "kai"
MOST = 500
"""Diagnostics of one document that are told."""

_SEVERITY = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}
_DEPRECATED = "K250"
_OPEN = frozenset(("K301", "K302"))
"""Places left open: in what is written for people to read they are there on purpose."""
_TIER_OF_LEVEL = {Level.ERROR: Tier.FORBIDDEN, Level.WARNING: Tier.DESTRUCTIVE}
"""What level a finding of the judge has for what tier (docs/rules.md, K4xx)."""


def diagnostics(
    document: Open, commands: Sequence[Command], settings: EditorSettings, client: Client
) -> list[types.Diagnostic]:
    """Everything there is to say about a document with these commands, in order of place."""
    if not settings.diagnostics:
        return []
    told: list[types.Diagnostic] = []
    for command in commands:
        told += _of_command(document, command, settings, client)
        if len(told) >= MOST:
            break
    return told[:MOST]


def report(items: list[types.Diagnostic], previous: str | None) -> types.DocumentDiagnosticReport:
    """The answer of a pull by an editor that has the report of that name."""
    text = json.dumps(items, default=encoded).encode()
    name = hashlib.blake2b(text, digest_size=12).hexdigest()
    if name == previous:
        return types.DocumentDiagnosticReport(kind="unchanged", result_id=name)
    return types.DocumentDiagnosticReport(kind="full", result_id=name, items=items)


def _of_command(
    document: Open, command: Command, settings: EditorSettings, client: Client
) -> Iterator[types.Diagnostic]:
    start, end = command.start, command.end
    read_only = document.content.language is Language.MARKDOWN
    for finding in told(document, command):
        severity = _SEVERITY.get(settings.severity.get(loudness(finding, command), "off"))
        if severity is not None and read_only and finding.code in _OPEN:
            severity = _SEVERITY["hint"]
        if severity is not None:
            yield types.Diagnostic(
                range=span(document, finding.start, max(finding.end, finding.start), client),
                message=finding.message,
                severity=severity,
                code=finding.code,
                source=SOURCE,
                tags=[types.DiagnosticTag.Deprecated] if finding.code == _DEPRECATED else None,
                related_information=_related(document, command, finding, client)
                if client.related_information
                else None,
                data={"start": start, "end": end},
            )


def told(document: Open, command: Command) -> Iterator[Finding]:
    """The findings of a command that no comment silences."""
    start, end = command.start, command.end
    for finding in command.findings:
        if not document.ignores.silences(finding.code, start, end):
            yield finding


def loudness(finding: Finding, command: Command) -> str:
    """The name of the setting that says how loudly a finding is told."""
    if not finding.code.startswith("K4"):
        return str(finding.level)
    tier = _TIER_OF_LEVEL.get(finding.level, Tier.WRITE)
    own = command.examined.tier
    # A rule may be stricter than the command as a whole turned out to be.
    if own is not None and tier.rank > Tier(own).rank:
        tier = Tier(own)
    return str(tier) if tier is not Tier.READ else "write"


def _related(
    document: Open, command: Command, finding: Finding, client: Client
) -> list[types.DiagnosticRelatedInformation] | None:
    """What a destructive command would hit, and what the rule says to do."""
    lines = []
    radius = command.examined.risk.radius if command.examined.risk else None
    if finding.code.startswith("K4") and radius is not None and radius.text:
        lines.append(f"hits {radius.text}")
    rule = rules.load().get(finding.code)
    if rule is not None and rule.advice and not finding.code.startswith("K4"):
        lines.append(f"{rule.meaning}: {rule.advice}")
    if not lines:
        return None
    place = types.Location(
        uri=document.uri, range=span(document, command.start, command.end, client)
    )
    return [types.DiagnosticRelatedInformation(location=place, message=line) for line in lines]
