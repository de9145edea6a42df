"""Shell words: the value type, and how to spell a value as one word that every shell reads alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: Longest line that is read, in characters, and longest run of blanks inside one. More than that is
#: how a command is pushed out of the visible part of a prompt.
MAX_LENGTH = 2000
MAX_BLANKS = 8

SAFE = r"A-Za-z0-9_./:,@+\-"
# A whole word without quotes. "=" may not start a word nor follow "=" or ":" (zsh would look for a
# program or a home directory), "%" may not start one (fish), "!" stands only in "!=". Possessive
# quantifiers: the match never goes back.
BARE_WORD = re.compile(rf"[{SAFE}](?:[{SAFE}%]++|(?<![=:])=|!(?==))*+")


@dataclass(frozen=True, slots=True)
class Word:
    """One shell word: `raw` as it stands in the line, `value` as the program gets it."""

    raw: str
    value: str
    start: int
    end: int
    quoted: bool = False

    @property
    def places(self) -> Sequence[int] | None:
        """The place in `raw` of each character of `value`; None where `value` is not what is
        written, as in a script's variable."""
        places = char_places(self.raw) if self.quoted else range(len(self.raw))
        return places if len(places) == len(self.value) else None

    def span(self, first: int, last: int | None = None) -> tuple[int, int]:
        """Where `value[first:last]` stands in the line; quotes around exactly that part included.

        Where the value is not what is written, as in a script's variable, it is the whole word.
        """
        if last is None:
            last = len(self.value)
        raw, places = self.raw, self.places
        if places is None:
            return self.start, self.end
        if not self.quoted:
            return self.start + first, self.start + last
        if first == last:
            begin = end = places[first - 1] + 1 if first else 0
            if raw[begin : begin + 2] in ("''", '""'):
                end += 2
        else:
            begin, end = places[first], places[last - 1] + 1
            for opened, closed in _quoted_parts(raw):
                if opened == begin - 1 and closed <= end:
                    begin = opened
                if closed == end and opened >= begin:
                    end = closed + 1
        return self.start + begin, self.start + end


def _quoted_parts(raw: str) -> list[tuple[int, int]]:
    """Where each quoted part of the word opens and closes."""
    parts: list[tuple[int, int]] = []
    opened = -1
    for place, char in enumerate(raw):
        if opened >= 0 and char == raw[opened]:
            parts.append((opened, place))
            opened = -1
        elif opened < 0 and char in "'\"":
            opened = place
    return parts


def char_places(raw: str) -> list[int]:
    """Give the place in `raw` of each character of the word's value."""
    places: list[int] = []
    mark = ""
    for place, char in enumerate(raw):
        if char == mark:
            mark = ""
        elif not mark and char in "'\"":
            mark = char
        else:
            places.append(place)
    return places


def quote(value: str) -> str:
    """Spell `value` as one word that `read` accepts: bare, in single or else in double quotes.

    Raises:
        ValueError: no spelling is the same in every shell (a character outside printable ASCII, too
            many blanks in a row, both kinds of quotes, a backslash before a backslash or the end).
    """
    match = BARE_WORD.match(value)
    if match and match.end() == len(value) <= MAX_LENGTH:
        return value
    if not (value.isascii() and value.isprintable()) or " " * (MAX_BLANKS + 1) in value:
        raise ValueError(f"not printable ASCII, or too many blanks: {value!r}")
    if len(value) > MAX_LENGTH - 2:
        raise ValueError(f"longer than {MAX_LENGTH} characters")
    if "'" not in value and not unsafe_backslash(value):
        return f"'{value}'"
    if not any(char in value for char in '"$`\\!'):
        return f'"{value}"'
    raise ValueError(f"no quoting means the same in every shell: {value!r}")


def unsafe_backslash(body: str) -> bool:
    """Tell whether fish would read a backslash of a single-quoted `body` as an escape."""
    return "\\\\" in body or body.endswith("\\")
