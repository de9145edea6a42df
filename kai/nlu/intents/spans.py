"""Parts of a request found by their text: consumed only where nobody explained them yet."""

from __future__ import annotations

import re

from kai.nlu.frame import Frame


def take(f: Frame, wanted: re.Pattern[str]) -> re.Match[str] | None:
    """The first place of the request that fits and that nobody explained, consumed."""
    for match in wanted.finditer(f.scan.text):
        inside = within(f, match.start(), match.end())
        if inside and all(f.free(index) for index in inside):
            for index in inside:
                f.use(index)
            return match
    return None


def within(f: Frame, start: int, end: int) -> list[int]:
    """Indexes of the tokens between two offsets of the request."""
    return [
        index for index, token in enumerate(f.tokens) if start <= token.start and token.end <= end
    ]


def use_span(f: Frame, start: int, end: int) -> None:
    """Mark the tokens between two offsets of the request as explained."""
    for index in within(f, start, end):
        f.use(index)
