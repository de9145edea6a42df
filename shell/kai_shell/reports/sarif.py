"""What `kai check` found, as one run in SARIF 2.1.0 (OASIS; section numbers are the standard's)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from kai import __version__, rules
from kai.examine import Examined
from kai.model import Finding, Level
from kai_shell.reports import STDIN, Checked, Wanted, message, relative, unexplained

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, Any]


def write(results: Iterable[Checked], stream: TextIO, wanted: Wanted) -> None:
    """The findings as results; what was not analysed or not read as notifications."""
    run = _Run(wanted)
    for result in results:
        run.add(result)
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run.shown]}
    json.dump(log, stream, indent=2)
    stream.write("\n")


class _Run:
    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._codes: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._results: list[Json] = []
        self._notifications: list[Json] = []
        self._successful = True

    def add(self, result: Checked) -> None:
        if result.problem:
            self._successful = False
            where = {"physicalLocation": {"artifactLocation": _artifact(result)}}
            self._notify("error", result.problem, where)
        for item in result.examined:
            if unexplained(item):
                where = {"physicalLocation": _physical(result, item.start, item.end)}
                self._notify("note", f"not analysed: {item.why}", where)
            for finding in self._wanted.findings(item):
                self._results.append(self._result(result, item, finding))

    def _notify(self, level: str, text: str, where: Json) -> None:
        notification = {"level": level, "message": {"text": text}, "locations": [where]}
        self._notifications.append(notification)

    @property
    def shown(self) -> Json:
        invocation: Json = {"executionSuccessful": self._successful}
        if self._notifications:
            invocation["toolExecutionNotifications"] = self._notifications
        driver = {
            "name": "kai",
            "semanticVersion": __version__,
            "rules": [_rule(code) for code in self._codes],
        }
        return {
            "tool": {"driver": driver},
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "results": self._results,
        }

    def _result(self, result: Checked, item: Examined, finding: Finding) -> Json:
        physical = _physical(result, finding.start, finding.end)
        shown: Json = {
            "ruleId": finding.code,
            "ruleIndex": self._codes.setdefault(finding.code, len(self._codes)),
            "level": _LEVELS[finding.level],
            "message": {"text": message(finding, item)},
            "locations": [{"physicalLocation": physical}],
            "partialFingerprints": {"kaiCommand/v1": self._fingerprint(result, item, finding)},
            "properties": {"tier": item.tier},
        }
        if finding.replacement is not None:
            shown["fixes"] = [_fix(finding, physical)]
        return shown

    def _fingerprint(self, result: Checked, item: Examined, finding: Finding) -> str:
        """The same for the same finding when lines above it come and go (3.27.17).

        What is equal in everything is told apart by its number in the file.
        """
        command = " ".join(item.command.replace("\\\n", " ").split())
        within = finding.start - item.start
        basis = "\0".join((_artifact(result)["uri"], finding.code, command, str(within)))
        number = self._seen[basis] = self._seen.get(basis, -1) + 1
        text = f"{basis}\0{number}".encode("utf-8", "surrogatepass")
        return sha256(text).hexdigest()


def _rule(code: str) -> Json:
    """A descriptor (3.49) of the row in docs/rules.md; a published address of it there is none."""
    rule = rules.load()[code]
    example = f"\n\nExample: `{rule.example}`" if rule.example else ""
    title = "Tier" if code.startswith("K4") else "What to do"
    advice = f"\n\n{title}: {rule.advice}" if rule.advice else ""
    markdown = f"{rule.meaning}{example}{advice}"
    return {
        "id": code,
        "shortDescription": {"text": rule.meaning},
        "help": {"text": markdown.replace("`", ""), "markdown": markdown},
    }


def _physical(result: Checked, start: int, end: int) -> Json:
    line, column = result.place(start)
    last, until = result.place(end)
    region = {"startLine": line, "startColumn": column, "endLine": last, "endColumn": until}
    return {"artifactLocation": _artifact(result), "region": region}


def _artifact(result: Checked) -> Json:
    """Relative to the checkout wherever the file is below the current folder (3.4.4)."""
    if result.name is None or result.name == STDIN:
        return {"uri": "stdin" if result.name else "command-line"}
    name = relative(result.name)
    if Path(name).is_absolute():
        return {"uri": Path(name).as_uri()}
    return {"uri": quote(name.encode("utf-8", "surrogateescape")), "uriBaseId": "%SRCROOT%"}


def _fix(finding: Finding, physical: Json) -> Json:
    change = {"deletedRegion": physical["region"], "insertedContent": {"text": finding.replacement}}
    artifact = {"artifactLocation": physical["artifactLocation"], "replacements": [change]}
    return {"description": {"text": f"write {finding.replacement}"}, "artifactChanges": [artifact]}
