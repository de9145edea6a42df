"""Which known word a misspelt one stands for, if that is sure."""

from __future__ import annotations

from collections.abc import Iterable


def distance(left: str, right: str, limit: int) -> int:
    """Edits (insert, delete, replace, swap of neighbours) between two words; above `limit` stops.

    The result is `limit + 1` for anything farther apart.
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    older: list[int] = []
    previous = list(range(len(right) + 1))
    for row, char in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (char != other),
            )
            swapped = (
                row > 1 and column > 1 and char == right[column - 2] and left[row - 2] == other
            )
            if swapped:
                cost = min(cost, older[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        older, previous = previous, current
    return min(previous[-1], limit + 1)


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The only candidate within one edit (two for words of six letters or more), or None.

    One edit beats two; two candidates equally near are not sure, nor is a word of under three
    letters.
    """
    if len(word) < 3:
        return None
    limit = 2 if len(word) >= 6 else 1
    best, found = limit + 1, []
    for candidate in candidates:
        edits = distance(word, candidate, min(limit, best))
        if edits < best:
            best, found = edits, [candidate]
        elif edits == best and edits <= limit and candidate not in found:
            found.append(candidate)
    return found[0] if len(found) == 1 else None
