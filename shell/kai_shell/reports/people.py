"""What `kai check` found, as text: a place to click, the tier, the command, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from kai.examine import Examined
from kai.model import Finding
from kai_shell.reports import Checked, Wanted, behind, unexplained
from kai_shell.streams import one_line

_COLOURS = {"read": "32", "write": "33", "destructive": "31", "forbidden": "1;31"}
_LONGEST = 160
"""Characters of a command that are shown: enough to know it again, and no screen of patches."""


def write(results: Iterable[Checked], stream: TextIO, wanted: Wanted, *, colour: bool) -> None:
    """A few lines for each command that is worth them; an empty line between files."""
    gap = ""
    for result in results:
        lines = [
            line
            for item in result.examined
            if wanted.command(item)
            for line in _entry(result, item, wanted, colour=colour)
        ]
        if lines:
            stream.write(gap + "\n".join(lines) + "\n")
            gap = "\n"


def _entry(result: Checked, item: Examined, wanted: Wanted, *, colour: bool) -> Iterator[str]:
    tier = item.tier or "not analysed"
    shown = f"\x1b[{_COLOURS.get(tier, '35')}m{tier}\x1b[0m" if colour else tier
    yield f"{_place(result, item.start)}{shown}: {_command(item)}"
    if unexplained(item):
        yield f"    {one_line(item.why)}"
    findings = wanted.findings(item)
    for reason in item.risk.reasons if item.risk and item.tier != "read" else ():
        if not any(reason.endswith(finding.message) for finding in findings):
            yield f"    {one_line(_with_code(reason, item))}"
    for finding in findings:
        yield f"    {_finding(result, item, finding)}"
    if item.risk and item.risk.radius:
        yield f"    hits {one_line(item.risk.radius.text)}"


def _place(result: Checked, offset: int) -> str:
    if result.name is None:
        return ""
    line, column = result.place(offset)
    return f"{one_line(result.label)}:{line}:{column}: "


def _command(item: Examined) -> str:
    text = " ".join(one_line(item.command.replace("\\\n", " ")).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _with_code(reason: str, item: Examined) -> str:
    codes = [finding.code for finding in item.findings if finding.message == reason]
    return f"{reason} [{codes[0]}]" if codes else reason


def _finding(result: Checked, item: Examined, finding: Finding) -> str:
    """The level is left out where the tier says it, the place where it is the command's."""
    place = _place(result, finding.start) if finding.start != item.start else ""
    level = "" if behind(finding, item) else f"{finding.level}: "
    repair = f" (better: {finding.replacement})" if finding.replacement else ""
    return f"{place}{level}{one_line(finding.message)} [{finding.code}]{one_line(repair)}"
