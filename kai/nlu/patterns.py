"""Regular expressions compiled at their first use.

The families hold some ninety patterns, and one request needs a few: compiling them all would take a
third of what loading the engine may take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

_METHODS = ("fullmatch", "match", "search", "sub", "finditer", "findall", "split")


class _Lazy:
    """Stands for a compiled pattern until one of its methods is wanted, then has them itself."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        made = re.compile(self._source, self._flags)
        self.__dict__.update({method: getattr(made, method) for method in _METHODS})
        return getattr(made, name)


class _Needing:
    """A pattern that is only searched for where the text has what it cannot do without."""

    def __init__(self, made: _Lazy, needs: tuple[str, ...]) -> None:
        self._made = made
        self._needs = needs

    def search(self, text: str) -> Any:
        low = text.lower()
        for piece in self._needs:
            if piece in low:
                return self._made.search(text)
        return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


def pattern(source: str, flags: int = 0, needs: tuple[str, ...] = ()) -> re.Pattern[str]:
    """`re.compile(source, flags)`, done when the pattern is first used.

    `needs`: text in lower case of which each match has one; `search` looks for that first.

    Raises at that first use:
        re.PatternError: the source is no regular expression (a test uses every pattern).
    """
    made = _Lazy(source, flags)
    return cast("re.Pattern[str]", _Needing(made, needs) if needs else made)


class Gate:
    """Alternatives of which most are plain text: what a request must hold to be looked at closer.

    Plain text is looked for as such, many times quicker than by a regular expression, which holds
    only the other alternatives. Case does not matter.
    """

    __slots__ = ("_plain", "_rest", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._plain: tuple[str, ...] = ()
        self._rest: re.Pattern[str] | None = None

    def search(self, text: str) -> bool:
        """Whether one of the alternatives is in the text."""
        if self._rest is None:
            parts = list(_alternatives(self._source))
            self._plain = tuple(part for part in parts if part.replace(" ", "a").isalpha())
            others = [part for part in parts if part not in self._plain]
            self._rest = re.compile("|".join(others) or r"(?!)", re.IGNORECASE)
        low = text.lower()
        for piece in self._plain:
            if piece in low:
                return True
        return self._rest.search(text) is not None


def _alternatives(source: str) -> Iterator[str]:
    """The parts of a regular expression between the bars that stand in no parentheses."""
    part, depth = "", 0
    for piece in re.findall(r"\\.|\[(?:\\.|[^\]])*\]|.", source, re.DOTALL):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            yield part
            part = ""
        else:
            part += piece
    yield part
