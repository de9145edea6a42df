"""What a panel shows, without how: the commands there are to choose from, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from kai.model import Checked, Context, Finding, Level, Risk, Suggestion, Tier
from kai.verdicts import errors, forbidden, unreadable


class Mode(Enum):
    """What the keys mean."""

    CHOOSE = "choose"
    EDIT = "edit"
    EXPLAIN = "explain"


@dataclass(slots=True)
class Choice:
    """One command, and what the slow checks have said of it so far; `checking`: more may come;
    `asked`: all have."""

    suggestion: Suggestion
    found: list[Finding] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    risk: Risk | None = None
    checking: bool = False
    asked: bool = False

    @property
    def command(self) -> str:
        """Its text."""
        return self.suggestion.command

    @property
    def tier(self) -> str:
        """The judge's tier; what nobody judged counts as a change."""
        risk = self.risk or self.suggestion.risk
        return risk.tier if risk else Tier.WRITE

    @property
    def verdict(self) -> Risk | None:
        """The judge's last word."""
        return self.risk or self.suggestion.risk

    def add(self, checked: Checked) -> None:
        """What a check has found; a stricter tier takes the place of the one before."""
        told = {(item.code, item.message) for item in (*self.suggestion.findings, *self.found)}
        self.found += [item for item in checked.findings if (item.code, item.message) not in told]
        if checked.check and not checked.findings and checked.check not in self.passed:
            self.passed.append(checked.check)
        if checked.risk is not None and rank(checked.risk.tier) >= rank(self.tier):
            self.risk = checked.risk


def rank(tier: str) -> int:
    """How grave a tier is; one that nobody knows is the gravest."""
    return Tier(tier).rank if tier in tuple(Tier) else Tier.FORBIDDEN.rank


def hindrance(choice: Choice) -> str:
    """Why this command can never be taken; "" where it can."""
    suggestion = choice.suggestion
    if not suggestion.command.strip():
        return "there is no command"
    if not suggestion.command.isprintable():
        return "it holds characters that do not belong on a line"
    unread = [item for item in errors(suggestion.findings) if unreadable([item])]
    if unread:
        return unread[0].message
    if forbidden(suggestion) or choice.tier == Tier.FORBIDDEN:
        risk = choice.verdict
        return "; ".join(risk.reasons) if risk and risk.reasons else "kai never offers this"
    return ""


class LineEdit:
    """One line of text and a cursor in it, counted in code points."""

    def __init__(self, text: str) -> None:
        self.text, self.at = "", 0
        self.insert(text)

    def insert(self, text: str) -> None:
        """Put text at the cursor; what is not printable becomes a blank."""
        text = "".join(char if char.isprintable() else " " for char in text)
        self.text = self.text[: self.at] + text + self.text[self.at :]
        self.at += len(text)

    def move(self, to: int) -> None:
        """Put the cursor there, or as near as there is text."""
        self.at = min(max(to, 0), len(self.text))

    def cut(self, start: int, end: int) -> None:
        """Take away what stands between two places, wherever the cursor is."""
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        self.text = self.text[:start] + self.text[end:]
        if self.at > start:
            self.at = max(start, self.at - (end - start))

    def word_left(self) -> int:
        """Where the word before the cursor begins."""
        kept = self.text[: self.at].rstrip()
        return len(kept) - len(kept.rpartition(" ")[2])

    def word_right(self) -> int:
        """Where the word at or after the cursor ends."""
        rest = self.text[self.at :]
        inner = rest.lstrip()
        return self.at + len(rest) - len(inner) + len(inner.partition(" ")[0])


@dataclass(slots=True)
class State:
    """Everything a panel shows. `typed` is the line as it was, where that is a command with a slip;
    `stands`: it is what is shown, and there is nothing to put."""

    where: Context = Context()
    choices: list[Choice] = field(default_factory=list)
    index: int = 0
    mode: Mode = Mode.CHOOSE
    status: str = ""
    streamed: str = ""
    edit: LineEdit | None = None
    edited: Choice | None = None
    explained: Sequence[tuple[str, str]] = ()
    typed: Suggestion | None = None
    stands: bool = False
    note: str = ""

    @property
    def choice(self) -> Choice | None:
        """The command that Enter would take."""
        if self.mode is Mode.EDIT:
            return self.edited
        return self.choices[self.index] if self.choices else None

    def step(self, by: int) -> None:
        """To the next command, or the one before, around the end."""
        if self.choices:
            self.index = (self.index + by) % len(self.choices)

    def offer(self, suggestion: Suggestion) -> None:
        """Take the place of what was offered before: a command and its alternatives."""
        self.choices = [Choice(item) for item in (suggestion, *suggestion.alternatives)]
        self.index, self.status, self.streamed = 0, "", ""


def wrong(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, errors first."""
    order = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}
    return sorted(findings, key=lambda item: order[item.level])
