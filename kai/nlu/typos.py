"""Slips of the keyboard: a word that is in no lexicon, one or two edits from one that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def distance(left: str, right: str, limit: int) -> int:
    """Optimal string alignment distance (insert, delete, replace, swap neighbours).

    Returns `limit + 1` as soon as the distance is known to exceed `limit`.
    """
    if left == right:
        return 0
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    left, right = _differing(left, right)
    if not left or not right:
        return max(len(left), len(right))
    if limit == 1:
        replaced = len(left) == len(right) == 1
        return 1 if replaced or (len(left) == 2 and right == left[::-1]) else 2
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, row = row, current
    return min(row[-1], limit + 1)


def _differing(left: str, right: str) -> tuple[str, str]:
    """Two words without what they begin and end with alike, which costs no edit."""
    begin, shorter = 0, min(len(left), len(right))
    while begin < shorter and left[begin] == right[begin]:
        begin += 1
    end = 0
    while end < shorter - begin and left[-1 - end] == right[-1 - end]:
        end += 1
    return left[begin : len(left) - end], right[begin : len(right) - end]


def _mask(word: str) -> int:
    bits = 0
    for char in word:
        bits |= 1 << (ord(char) & 31)
    return bits


class Speller:
    """Finds the one lexicon word that a misspelt word most likely is.

    `alike` tells whether two lexicon words mean the same, so that a slip equally near to both is
    no ambiguity.
    """

    __slots__ = ("_alike", "_by_start", "_masks", "_words")

    def __init__(
        self, words: Iterable[str], alike: Callable[[str, str], bool] = lambda left, right: False
    ) -> None:
        self._words = words
        self._by_start: dict[tuple[int, str], list[str]] = {}
        """The words of a length and a first letter; filled by the first slip."""
        self._masks: dict[str, int] = {}
        self._alike = alike

    def _starts(self) -> dict[tuple[int, str], list[str]]:
        if not self._by_start:
            for word in sorted(self._words):
                if len(word) >= 3 and word.isascii() and word.isalpha():
                    self._by_start.setdefault((len(word), word[0]), []).append(word)
        return self._by_start

    def nearest(self, word: str, *, swaps_only: bool = False) -> str:
        """The nearest lexicon word, or "" where none or more than one is equally near.

        Two neighbouring letters swapped are forgiven in words of three letters already, one more
        or one less from four letters on, one replaced from five, two edits from eight. The first
        letter may only differ by a swap: people rarely miss it, and names differ from words
        mostly there.
        """
        size = len(word)
        if size < 3 or not (word.isascii() and word.isalpha()):
            return ""
        limit = 1 if size < 8 or swaps_only else 2
        best, found = limit + 1, ""
        for candidate in self._candidates(word, limit, swaps_only=swaps_only):
            edits = distance(word, candidate, min(best, limit))
            if edits < best:
                best, found = edits, candidate
            elif edits == best and found and not self._same(found, candidate):
                swap = sorted(candidate) == sorted(word)
                if swap != (sorted(found) == sorted(word)):
                    found = candidate if swap else found
                else:
                    found = ""
        return found if best <= limit else ""

    def _candidates(self, word: str, limit: int, *, swaps_only: bool) -> Iterator[str]:
        """Lexicon words that can be near enough; cheap tests before the distance is counted."""
        size, mask = len(word), _mask(word)
        first, swapped = word[0], word[1::-1]
        starts = (first,) if word[1] == first else sorted((first, swapped))
        if swaps_only or size == 3:
            lengths, anagrams = range(size, size + 1), True
        else:
            lengths, anagrams = range(max(size - limit, 4), size + limit + 1), False
        letters = sorted(word)
        by_start = self._starts()
        for length in lengths:
            same = anagrams or size == length == 4
            for start in starts:
                for candidate in by_start.get((length, start[0]), ()):
                    if not candidate.startswith(start):
                        continue
                    bits = self._masks.get(candidate)
                    if bits is None:
                        bits = self._masks[candidate] = _mask(candidate)
                    if (bits ^ mask).bit_count() > 2 * limit:
                        continue
                    if not same or sorted(candidate) == letters:
                        yield candidate  # of four letters, one replaced is another word: cart, card

    def _same(self, left: str, right: str) -> bool:
        """Singular and plural of one word, and words of one meaning, are no ambiguity."""
        return left.rstrip("s") == right.rstrip("s") or self._alike(left, right)
