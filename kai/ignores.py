"""Comments that silence findings: `# kai: ignore=K141` and its kin, in every kind of comment.

    kubectl delete ns old   # kai: ignore=K402      findings of that code on this line
    # kai: ignore                                   all findings of the next line
    # kai: ignore-begin=K402 ... # kai: ignore-end  between the two lines
    # kai: ignore-file=K302,K402                    in the whole file

A finding counts as on every line that its command is on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

_COMMENT = re.compile(
    r"(?:\#|//|--|<!--|\{\{-?[ \t]*/\*)[ \t]*kai:[ \t]*ignore(?P<kind>-file|-begin|-end|)"
    r"(?:[ \t]*=[ \t]*(?P<codes>[Kk]\d+(?:[ \t]*,[ \t]*[Kk]\d+)*))?(?![\w=-])"
)
_BREAK = re.compile(r"\r\n|\r|\n")

POLICY = "K47"
"""How the codes of policies begin (docs/rules.md)."""

ALL = frozenset(["*"])
"""Stands for every code."""


@dataclass(frozen=True, slots=True)
class Ignores:
    """What the comments of one text silence; lines are counted from 0, as in the protocol of
    language servers (only carriage return and line feed end one)."""

    file: frozenset[str] = frozenset()
    spans: tuple[tuple[int, int, frozenset[str]], ...] = ()
    _starts: tuple[int, ...] = field(default=(0,))

    def silences(self, code: str, start: int, end: int) -> bool:
        """Whether a finding of that code on a command between these places is not to be told.

        What a policy says is told all the same: a text cannot excuse itself.
        """
        if code.startswith(POLICY):
            return False
        if _holds(self.file, code):
            return True
        if not self.spans:
            return False
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, max(start, end - 1)) - 1
        return any(
            begin <= last and first <= stop and _holds(codes, code)
            for begin, stop, codes in self.spans
        )


NONE = Ignores()
"""Nothing is silenced."""


def ignores(text: str) -> Ignores:
    """Read the comments of a text; it never raises, what is no such comment silences nothing."""
    if "ignore" not in text or "kai:" not in text:
        return NONE
    starts = (0, *(match.end() for match in _BREAK.finditer(text)))
    file: frozenset[str] = frozenset()
    spans: list[tuple[int, int, frozenset[str]]] = []
    opened: list[tuple[int, frozenset[str]]] = []
    for match in _COMMENT.finditer(text):
        line = bisect_right(starts, match.start()) - 1
        codes = _codes(match["codes"])
        match match["kind"]:
            case "-file":
                file |= codes
            case "-begin":
                opened.append((line, codes))
            case "-end":
                if opened:
                    begun, silenced = opened.pop()
                    spans.append((begun, line, silenced))
            case _:
                alone = not text[starts[line] : match.start()].strip()
                spans.append((line, line + alone, codes))
    spans += [(line, len(starts), codes) for line, codes in opened]
    return Ignores(file, tuple(spans), starts)


def _codes(named: str | None) -> frozenset[str]:
    if named is None:
        return ALL
    return frozenset(code.strip().upper() for code in named.split(","))


def _holds(codes: frozenset[str], code: str) -> bool:
    return codes is ALL or "*" in codes or code in codes
