"""What `kai check` found, as text for people, JSON, SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TextIO

from kai import __version__
from kai.examine import Examined
from kai.model import Finding, Level
from kai_shell.answer import found, risked
from kai_shell.streams import one_line

_SARIF_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
_GITHUB = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}
_COLOURS = {"read": "32", "write": "33", "destructive": "31", "forbidden": "1;31"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Checked:
    """One text and the commands in it; `name` is a file's, or None for a line given as words."""

    name: str | None
    text: str
    examined: Sequence[Examined]

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for index, char in enumerate(self.text):
            if char == "\n":
                starts.append(index + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a code point."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def text(results: Sequence[Checked], stream: TextIO, *, colour: bool) -> None:
    """One line for each command with its tier, its findings below."""
    for result in results:
        for item in result.examined:
            stream.write(_headline(result, item, colour=colour))
            for finding in item.findings:
                line, column = result.place(finding.start)
                where = f"{line}:{column}: " if result.name is not None else ""
                repair = f" (better: {finding.replacement})" if finding.replacement else ""
                stream.write(
                    f"  {where}{finding.level}: {one_line(finding.message)} [{finding.code}]{repair}\n"
                )
            if item.risk and item.risk.radius:
                stream.write(f"  hits {one_line(item.risk.radius.text)}\n")


def _headline(result: Checked, item: Examined, *, colour: bool) -> str:
    tier = item.tier or "not analysed"
    shown = f"\x1b[{_COLOURS.get(tier, '2')}m{tier}\x1b[0m" if colour else tier
    line, _ = result.place(item.start)
    where = f"{result.name}:{line}: " if result.name is not None else ""
    why = f" ({one_line(item.why)})" if item.why else ""
    command = one_line(item.command.replace("\\\n", " "))
    return f"{where}{shown}{why}: {' '.join(command.split())}\n"


def as_json(results: Sequence[Checked], stream: TextIO) -> None:
    """One object a command and line; `line` and `column` count from 1."""
    for result in results:
        for item in result.examined:
            line, column = result.place(item.start)
            head: dict[str, Any] = {}
            if result.name is not None:
                head = {"file": result.name, "line": line, "column": column}
            stream.write(json.dumps({**head, **examined(item)}) + "\n")


def examined(item: Examined) -> dict[str, Any]:
    """One command; offsets of its findings are code points of the command itself."""
    return {
        "command": item.command,
        "tier": item.tier,
        "why": item.why or None,
        "reasons": list(item.risk.reasons) if item.risk else [],
        "radius": risked(item.risk)["radius"] if item.risk else None,
        "findings": [_shifted(finding, item.start) for finding in item.findings],
    }


def _shifted(finding: Finding, by: int) -> dict[str, Any]:
    shown = found(finding)
    return {**shown, "start": finding.start - by, "end": finding.end - by}


def github(results: Sequence[Checked], stream: TextIO) -> None:
    """Annotations for a workflow run (docs.github.com, workflow commands)."""
    for result, finding in _all(results):
        line, column = result.place(finding.start)
        last, until = result.place(max(finding.end - 1, finding.start))
        places = f"line={line},endLine={last},col={column},endColumn={until + 1}"
        if result.name is not None:
            places = f"file={_escaped(result.name, properties=True)},{places}"
        message = _escaped(finding.message)
        stream.write(f"::{_GITHUB[finding.level]} {places},title={finding.code}::{message}\n")


def _escaped(text: str, *, properties: bool = False) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if properties else escaped


def _all(results: Sequence[Checked]) -> Iterator[tuple[Checked, Finding]]:
    for result in results:
        for item in result.examined:
            for finding in item.findings:
                yield result, finding


def sarif(results: Sequence[Checked], stream: TextIO) -> None:
    """One run in SARIF 2.1.0; columns count code points."""
    codes = sorted({finding.code for _, finding in _all(results)})
    run = {
        "tool": {
            "driver": {
                "name": "kai",
                "semanticVersion": __version__,
                "rules": [{"id": code} for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, finding, codes) for result, finding in _all(results)],
    }
    json.dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, stream, indent=2)
    stream.write("\n")


def _result(result: Checked, finding: Finding, codes: list[str]) -> dict[str, Any]:
    line, column = result.place(finding.start)
    last, until = result.place(finding.end)
    region = {"startLine": line, "startColumn": column, "endLine": last, "endColumn": until}
    location: dict[str, Any] = {"region": region}
    name = result.name if result.name not in (None, "-") else "stdin"
    location["artifactLocation"] = {"uri": _uri(str(name))}
    shown: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _SARIF_LEVELS[finding.level],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": location}],
    }
    if finding.replacement is not None:
        shown["fixes"] = [_fix(finding, region, location["artifactLocation"])]
    return shown


def _fix(finding: Finding, region: dict[str, int], artifact: dict[str, str]) -> dict[str, Any]:
    replacement = {
        "deletedRegion": region,
        "insertedContent": {"text": finding.replacement},
    }
    change = {"artifactLocation": artifact, "replacements": [replacement]}
    description = {"text": f"write {finding.replacement}"}
    return {"description": description, "artifactChanges": [change]}


def _uri(name: str) -> str:
    from pathlib import Path
    from urllib.parse import quote

    return Path(name).as_uri() if name.startswith("/") else quote(name)
