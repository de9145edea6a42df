"""Where a list of YAML ends: for the comments in it, which belong to the commands around them."""

from __future__ import annotations

import functools
import re

from kai_lsp.regions.yaml_scalars import directive


@functools.cache
def _outside(column: int) -> re.Pattern[str]:
    """A line break and a line that is no further item, nor further in."""
    if not column:
        return re.compile(r"\n(?=[^- \r\n#]|---)")
    return re.compile(rf"\n(?: {{0,{column - 1}}}(?=[^ \r\n#])| {{{column}}}(?=[^- \r\n#]|---))")


def list_end(text: str, column: int, at: int) -> tuple[int, int]:
    """Where the list of dashes in that column ends that `at` stands before, behind a line break; and
    how far was looked."""
    newline = text.find("\n", at)
    place = len(text) if newline < 0 else newline
    while match := _outside(column).search(text, place):
        if not directive(text, match.start() + 1):
            return _without_comments(text, column, match.start() + 1, at), match.end()
        place = match.end()
    return _without_comments(text, column, len(text), at), len(text)


def _without_comments(text: str, column: int, end: int, at: int) -> int:
    """The end without blank lines, and without comments that stand less far in than the items."""
    while end > at:
        line = text.rfind("\n", 0, end - 1) + 1
        bare = text[line:end].lstrip(" ")
        if bare.strip() and not (bare[0] == "#" and end - line - len(bare) < column):
            break
        end = line
    return max(end, at)
