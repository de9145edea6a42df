"""What `kai check` found, as GitHub's workflow commands, which become annotations of lines.

Source of form and escapes: docs.github.com, "Workflow commands for GitHub Actions", and the
runner's own toolkit (@actions/core, command.ts): values of properties escape `: ,` as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from kai.model import Level
from kai_shell.reports import STDIN, Checked, Wanted, behind, message, relative, unexplained
from kai_shell.streams import one_line

_KINDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def write(results: Iterable[Checked], stream: TextIO, wanted: Wanted) -> None:
    """One annotation for each finding, command that is not analysed, and file that is not read."""
    for result in results:
        if result.problem:
            stream.write(_annotation("error", _file(result), "kai", result.problem))
        for item in result.examined:
            for finding in wanted.findings(item):
                title = f"kai: {item.tier}" if behind(finding, item) else "kai"
                stream.write(
                    _annotation(
                        _KINDS[finding.level],
                        {**_file(result), **_region(result, finding.start, finding.end)},
                        f"{title} ({finding.code})",
                        message(finding, item),
                    )
                )
            if unexplained(item):
                where = {**_file(result), **_region(result, item.start, item.end)}
                stream.write(_annotation("notice", where, "kai: not analysed", item.why))


def _file(result: Checked) -> dict[str, str]:
    named = result.name is not None and result.name != STDIN
    return {"file": relative(str(result.name))} if named else {}


def _region(result: Checked, start: int, end: int) -> dict[str, str]:
    """Columns only within one line: elsewhere they are not allowed."""
    line, column = result.place(start)
    last, until = result.place(max(end - 1, start))
    lines = {"line": str(line), "endLine": str(last)}
    return lines if last > line else {**lines, "col": str(column), "endColumn": str(until + 1)}


def _annotation(kind: str, places: dict[str, str], title: str, text: str) -> str:
    properties = ",".join(
        f"{name}={_property(value)}" for name, value in {**places, "title": title}.items()
    )
    return f"::{kind} {properties}::{_data(text)}\n"


def _data(text: str) -> str:
    return one_line(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
