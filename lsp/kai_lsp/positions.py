"""Places in a text as the language server protocol counts them, and as Python does.

Inside kai a place is a code point counted from 0. A client says line and character, and counts the
character in the units that both sides agreed on: bytes of UTF-8, words of UTF-16 or code points.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum
from itertools import accumulate

_BREAK = re.compile(r"\r\n|\r|\n")
"""The only line breaks of the protocol: `str.splitlines` knows more and would be off by those."""


class Encoding(StrEnum):
    """What a client counts the characters of a line in; the names are those of the protocol."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"

    def units(self, text: str) -> int:
        """How long `text` is for a client that counts so."""
        if self is Encoding.UTF32 or text.isascii():
            return len(text)
        if self is Encoding.UTF8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def points(self, text: str, units: int) -> int:
        """How many code points the first `units` of `text` are.

        A place inside a character is that of its beginning, one behind the text is its end.
        """
        if self is Encoding.UTF32 or text.isascii():
            return min(max(units, 0), len(text))
        left = units
        for index, char in enumerate(text):
            left -= self.units(char)
            if left < 0:
                return index
        return len(text)


class Lines:
    """Where the lines of a text begin. Immutable: a change makes a new one."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str, starts: list[int] | None = None) -> None:
        self.text = text
        self.starts = [0, *_ends(text, 0, len(text))] if starts is None else starts

    def __len__(self) -> int:
        return len(self.starts)

    def line(self, offset: int) -> int:
        """The number of the line that holds the place, from 0."""
        return bisect_right(self.starts, offset) - 1

    def span(self, line: int) -> tuple[int, int]:
        """Where a line begins and ends, without its line break; an empty span at the end of the
        text for a line that is not there."""
        if not 0 <= line < len(self.starts):
            return len(self.text), len(self.text)
        start = self.starts[line]
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return start, end

    def position(self, offset: int, encoding: Encoding = Encoding.UTF16) -> tuple[int, int]:
        """Line and character of a place; one between the two halves of a line break is before it."""
        offset = min(max(offset, 0), len(self.text))
        line = self.line(offset)
        start, end = self.span(line)
        return line, encoding.units(self.text[start : min(offset, end)])

    def offset(self, line: int, character: int, encoding: Encoding = Encoding.UTF16) -> int:
        """The place of line and character; behind the end of its line it is that end."""
        start, end = self.span(line)
        return start + encoding.points(self.text[start:end], character)

    def changed(self, start: int, end: int, new: str) -> Lines:
        """The lines of the text with `new` between `start` and `end`."""
        text = self.text[:start] + new + self.text[end:]
        shift = len(text) - len(self.text)
        first = self.line(max(start - 1, 0))  # a carriage return before it may join a new line feed
        last = self.line(end) + 1
        stop = self.starts[last] + shift if last < len(self.starts) else len(text)
        between = _ends(text, self.starts[first], stop)
        if last < len(self.starts) and between and between[-1] == stop:
            between.pop()
        kept = [place + shift for place in self.starts[last:]]
        return Lines(text, [*self.starts[: first + 1], *between, *kept])


def _ends(text: str, start: int, stop: int) -> list[int]:
    """Where lines begin that begin behind `start` and not behind `stop`."""
    if text.find("\r", start, stop) < 0:
        lines = text[start:stop].split("\n")
        lines.pop()
        sizes = accumulate(map(len, lines), initial=start)
        next(sizes)
        return [end + number for number, end in enumerate(sizes, 1)]
    return [match.end() for match in _BREAK.finditer(text, start, stop)]
