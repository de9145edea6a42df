"""The keys that stand beside a key of YAML: they may say that its text is for no shell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_KEY = re.compile(r"([\w.-]+)[ \t]*:(?:[ \t]+([^\r\n]*)|(?=\r?$))", re.MULTILINE)
_COLUMN = re.compile(r" *")
AROUND = 4000
"""Characters before and behind a key that are looked at."""

_LINES = 50
"""Lines in each direction."""


@dataclass(slots=True)
class Beside:
    """The keys of a mapping with what stands behind them on their line. `above`: column and place of
    the key that holds the mapping; `first` and `last`: the part of the text that was looked at."""

    keys: dict[str, str] = field(default_factory=dict)
    above: tuple[int, int] | None = None
    first: int = 0
    last: int = 0


def beside_key(text: str, column: int, at: int) -> Beside:
    """What stands beside the key in that column, on the line that holds the place."""
    found = Beside(first=max(at - AROUND, 0), last=min(at + AROUND, len(text)))
    line = text.rfind("\n", 0, at) + 1
    _add(text, line, column, found)
    first = _before(text, line, column, found)
    _above(text, first, column, found)
    behind = text.find("\n", at) + 1
    for _ in range(_LINES):
        if not 0 < behind < found.last:
            break
        inner = _column(text, behind)
        if 0 <= inner < column:
            break
        if inner == column:
            _add(text, behind, column, found)
        behind = text.find("\n", behind) + 1
    return found


def _before(text: str, line: int, column: int, found: Beside) -> int:
    """Collect the keys of the lines before; where the first line of the mapping begins."""
    for _ in range(_LINES):
        if line <= found.first or _dashed(text, line, column):
            break
        before = text.rfind("\n", 0, line - 1) + 1
        inner = _column(text, before)
        if 0 <= inner < column and not _dashed(text, before, column):
            break
        line = before
        if inner <= column:
            _add(text, line, column, found)
    return line


def _above(text: str, line: int, column: int, found: Beside) -> None:
    """Find the key that holds the mapping whose first line is `line`."""
    if _dashed(text, line, column):
        column = _column(text, line)
    for _ in range(_LINES):
        if line <= found.first:
            return
        line = text.rfind("\n", 0, line - 1) + 1
        inner = _column(text, line)
        if 0 <= inner < column:
            while text[line + inner : line + inner + 2] == "- ":
                inner += 2
            found.above = (inner, line + inner)
            return


def _add(text: str, line: int, column: int, found: Beside) -> None:
    match = _KEY.match(text, line + column)
    if match and (_column(text, line) == column or _dashed(text, line, column)):
        found.keys.setdefault(match[1], (match[2] or "").strip())


def _column(text: str, line: int) -> int:
    """The column of the first character of a line; -1 for a blank line or a comment."""
    match = _COLUMN.match(text, line)
    at = match.end() if match else line
    return -1 if text[at : at + 1] in ("", "\r", "\n", "#") else at - line


def _dashed(text: str, line: int, column: int) -> bool:
    """Whether what is in that column of a line stands behind dashes alone."""
    front = text[line : line + column]
    return "-" in front and not front.strip(" -") and text[line + column : line + column + 1] != " "
