"""Remarks that change nothing, told by every word of them being known, and counts that agree."""

from __future__ import annotations

from kai.nlu.amounts import number_at
from kai.nlu.frame import Frame


def listed(f: Frame, name: str) -> frozenset[str]:
    """The words of a plain word list of the lexicon (`[list-NAME]`)."""
    return f.scan.lexicon.lists.get(f"list-{name}", frozenset())


def take_run(f: Frame, telling: str, glue: str, starts: frozenset[str] = frozenset()) -> bool:
    """Consume runs of words that are all in the word lists `telling` or `glue`, one of `telling`.

    With `starts` a run begins at one of those words; every run ends with its sentence part.
    """
    told, joined = listed(f, telling), listed(f, glue)
    found = False
    at = 0
    while at < len(f.tokens):
        if not f.free(at) or (starts and f.low(at) not in starts):
            at += 1
            continue
        end = at
        while f.free(end) and not f.tokens[end].quoted and f.low(end) in told | joined:
            end += 1
            if f.tokens[end - 1].comma:
                break
        said = any(f.low(index) in told for index in range(at, end))
        closed = not starts or end >= len(f.tokens) or (end > at and f.tokens[end - 1].comma)
        if said and closed:
            f.use(at, end)
            found = True
        at = max(end, at + 1)
    return found


def take_count(f: Frame, count: int) -> None:
    """Consume a number that says how many names were listed ("these three pods: a, b and c").

    A number that does not agree stays, and so stops the reading.
    """
    for index in list(f.words()):
        low = f.low(index)
        agrees = (low == "both" and count == 2) or (
            not f.tokens[index].quoted and number_at(f, index) == count
        )
        if not agrees or count < 2:
            continue
        start = index
        while start > 0 and f.free(start - 1) and f.low(start - 1) in ("all", "the", "these", "of"):
            start -= 1
        end = index + 1
        while f.low(end) in ("of", "them", "out", "away", "gone") and f.free(end):
            end += 1
        f.use(start, end)
        return
