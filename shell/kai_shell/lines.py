"""How wide a terminal is, and text broken to fit it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TextIO

WIDTH, NARROWEST = 80, 24
"""Columns where the terminal does not say, and the fewest that are reckoned with."""


def columns(stream: TextIO, env: Mapping[str, str]) -> int:
    """The width of the terminal: COLUMNS, else what the terminal says."""
    said = env.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return max(int(said), NARROWEST)
    try:
        return max(os.get_terminal_size(stream.fileno()).columns or WIDTH, NARROWEST)
    except (OSError, ValueError):
        return WIDTH


def wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` characters, broken at blanks where there are any."""
    for line in whole_words(text, width):
        rest = line
        while len(rest) > width:
            yield rest[:width]
            rest = rest[width:]
        yield rest


def whole_words(text: str, width: int, first: int | None = None) -> Iterator[str]:
    """Lines broken at blanks alone: a word that is longer than `width` has a line of its own.

    `first` is the room on the first line, where that is less; it stays empty if nothing fits.
    """
    room = width if first is None else first
    line: str | None = None if room < width else ""
    for word in text.split(" "):
        if len(line or "") + bool(line) + len(word) > room and line != "":
            yield line or ""
            line, room = word, width
        else:
            line = f"{line} {word}" if line else word
    yield line or ""


def hung(
    head: str, text: str, stream: TextIO, indent: int, env: Mapping[str, str] | None = None
) -> str:
    """`head` and `text` as lines. On a terminal later lines stand `indent` columns in, or two where
    it is narrow, and words stay whole; elsewhere it is one line of any length."""
    if not stream.isatty():
        return f"{head}{text}\n"
    width = (
        columns(stream, os.environ if env is None else env) - 1
    )  # a full last column makes some terminals wrap again
    inside = indent if indent <= width // 3 else 2
    first, *rest = whole_words(text, width - inside, width - len(head))
    return "".join(f"{line}\n" for line in (head + first, *(" " * inside + more for more in rest)))
