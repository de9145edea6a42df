"""What `kai check` found, in every form: text for people, JSON, SARIF, GitHub's annotations."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, TextIO

from kai.examine import Examined
from kai.model import Finding, Level, Tier
from kai_shell.answer import found, risked

STDIN = "-"


@dataclass(frozen=True)
class Checked:
    """One text and the commands in it; `name` is a file's, or None for a line given as words.

    `problem` says why the input could not be read; then there are no commands.
    """

    name: str | None
    text: str = ""
    examined: Sequence[Examined] = ()
    problem: str = ""

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

    @property
    def label(self) -> str:
        """The name for people; "" for a line given as words."""
        return "stdin" if self.name == STDIN else self.name or ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is told: `everything`, or what a person has to know who fails on `fail_on`."""

    everything: bool = False
    fail_on: Tier = Tier.DESTRUCTIVE

    def command(self, item: Examined) -> bool:
        """Whether the command is worth a line for people: it does more than read, or is wrong."""
        if self.everything or item.tier != Tier.READ:
            return True
        return self.fails(item) or any(finding.level != Level.INFO for finding in item.findings)

    def findings(self, item: Examined) -> list[Finding]:
        """The findings to tell, those behind the verdict first."""
        told = [finding for finding in item.findings if self._told(finding, item)]
        return sorted(told, key=lambda finding: (not behind(finding, item), finding.start))

    def _told(self, finding: Finding, item: Examined) -> bool:
        """Of the judge's findings those of a lower tier than the command's say nothing new."""
        if self.everything:
            return True
        if judged(finding) and not behind(finding, item):
            return False
        return finding.level != Level.INFO or rank(item) >= self.fail_on.rank

    def fails(self, item: Examined) -> bool:
        """Whether the command makes the exit status 1."""
        if rank(item) >= self.fail_on.rank:
            return True
        return any(finding.level is Level.ERROR for finding in item.findings)


def rank(item: Examined) -> int:
    """The rank of the tier; what could not be analysed does at least read."""
    return Tier(item.tier or Tier.READ).rank


def judged(finding: Finding) -> bool:
    """Whether the judge said it: not that a command is wrong, but how dangerous it is."""
    return finding.code.startswith("K4")


def behind(finding: Finding, item: Examined) -> bool:
    """Whether the finding is why the command has its tier."""
    return item.risk is not None and finding.message in item.risk.reasons


def unexplained(item: Examined) -> str:
    """Why the command is not analysed, where none of its findings says so already."""
    return "" if any(finding.message == item.why for finding in item.findings) else item.why


def message(finding: Finding, item: Examined) -> str:
    """What the finding says, and of a verdict what is hit: whoever reads it has the place alone."""
    radius = item.risk.radius if item.risk else None
    hit = radius is not None and radius.text and behind(finding, item)
    return f"{finding.message} (hits {radius.text})" if radius and hit else finding.message


@dataclass(slots=True)
class Tally:
    """How much of what was seen, for the last line and the exit status."""

    files: int = 0
    unread: int = 0
    errors: int = 0
    failing: bool = False
    tiers: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*Tier, _UNKNOWN), 0))

    def counted(self, results: Iterable[Checked], wanted: Wanted) -> Iterator[Checked]:
        """The same results, each counted as it passes."""
        for result in results:
            self.files += 1
            self.unread += bool(result.problem)
            for item in result.examined:
                self.tiers[item.tier or _UNKNOWN] += 1
                self.errors += any(
                    finding.level is Level.ERROR and not judged(finding)
                    for finding in item.findings
                )
                self.failing = self.failing or wanted.fails(item)
            yield result

    @property
    def text(self) -> str:
        """One line: "4 files, 31 commands: 28 read, 2 destructive, 1 not analysed"."""
        commands = sum(self.tiers.values())
        head = f"{_many(self.files, 'file')}, {_many(commands, 'command')}"
        counts = ", ".join(f"{count} {name}" for name, count in self.tiers.items() if count)
        tail = [f"{self.errors} with an error"] if self.errors else []
        tail += [f"{_many(self.unread, 'file')} not read"] if self.unread else []
        return "; ".join([f"{head}: {counts}" if counts else head, *tail])


_UNKNOWN = "not analysed"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def relative(name: str) -> str:
    """A file's path as a repository sees it: relative where it can be, with forward slashes."""
    path = PurePath(name)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def as_json(results: Iterable[Checked], stream: TextIO) -> None:
    """One object a command and line; `line` and `column` count from 1."""
    for result in results:
        head = {} if result.name is None else {"file": result.label}
        if result.problem:
            stream.write(json.dumps({**head, "error": result.problem}) + "\n")
        for item in result.examined:
            line, column = result.place(item.start)
            where = {**head, "line": line, "column": column} if head else {}
            stream.write(json.dumps({**where, **examined(item)}) + "\n")


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
