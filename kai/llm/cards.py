"""Cards: a task in operators' words, the pattern of its command, and an example.

Where they are looked up is the business of `kai.llm.cards_index`.
"""

from __future__ import annotations

import json
import re
from _thread import allocate_lock
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path

from kai.errors import ProviderError, TableError
from kai.llm.cards_index import Index, open_index
from kai.llm.tokens import estimate
from kai.llm.words import SYNONYMS, content, stems

DATA = Path(__file__).parent / "data" / "cards.jsonl"
MOST = 4
TOKENS = 1200
_CANDIDATES = 24
"""How many cards the full-text search leaves for vectors to put in order."""
_NEAR = 0.4
"""A card this far below the best one (share of its score) is noise to a model."""
_WORDS_MAX = 16
_MAY = re.compile(r"^(?:can|may) (?!you\b|u\b)|\bam i \w|\bcan i do\b|\ballowed\b|\bforbidden\b")
"""A question about permissions, in lower case."""
_ASSIGNMENT = re.compile(r"\b[A-Z][A-Z0-9_]+=")
"""What an environment variable looks like; a label's name has small letters."""

Embed = Callable[[str, tuple[str, ...]], Awaitable[tuple[tuple[float, ...], ...]]]
"""A vector for each text, by a model: `kai.llm.endpoint.Keeper.embed`."""


@dataclass(frozen=True, slots=True)
class Card:
    """What to do, how the command is built (capitals stand for what is put in), one that works."""

    task: str
    pattern: str
    example: str

    @property
    def text(self) -> str:
        """One line for a prompt."""
        if self.pattern == self.example:
            return f"{self.task}: {self.example}"
        return f"{self.task}: {self.pattern} for example {self.example}"


@cache
def shipped() -> tuple[Card, ...]:
    """The cards that come with kai. Raises `TableError`."""
    try:
        rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
        return tuple(Card(row["task"], row["pattern"], row["example"]) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"the cards cannot be read ({error}); install kai again") from None


@cache
def vocabulary() -> frozenset[str]:
    """The stems of all words by which the cards that come with kai say what to do."""
    return frozenset().union(*(stems(f"{card.task} {card.pattern}") for card in shipped()))


class Cards:
    """The cards for a request. `cards` None means those that come with kai.

    Nothing is read or opened before the first call; calls may come from several threads. `module`
    is SQLite's full-text module.
    """

    def __init__(
        self, folder: Path, cards: Sequence[Card] | None = None, *, module: str = "fts5"
    ) -> None:
        self._folder = folder
        self._given = cards
        self._module = module
        self._index: Index | None = None
        self._lock = allocate_lock()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong with the file, each thing once."""
        return self._index.warnings if self._index else ()

    def find(self, request: str, *, most: int = MOST, tokens: int = TOKENS) -> tuple[Card, ...]:
        """The cards nearest to `request`, the nearest first: at most `most`, of `tokens` in all.

        Raises `TableError` where the cards that come with kai cannot be read.
        """
        cards = self._cards()
        near = self._candidates(request, max(most * 2, most + 2))
        return _within([cards[number] for number in near], most, tokens)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            index, self._index = self._index, None
        if index is not None:
            index.close()

    async def find_by_meaning(
        self,
        request: str,
        embed: Embed,
        model: str,
        *,
        most: int = MOST,
        tokens: int = TOKENS,
    ) -> tuple[Card, ...]:
        """The same, put in order by vectors of `model`, which are kept beside the cards.

        Where no vectors are to be had, the order is that of `find`.
        """
        cards = self._cards()
        near = self._candidates(request, _CANDIDATES, near=0.0)
        if not near:
            return ()
        index = self._opened()
        kept = index.vectors(model, near)
        missing = [number for number in near if number not in kept]
        try:
            made = await embed(model, (request, *(cards[number].task for number in missing)))
        except ProviderError:
            made = ()
        if len(made) != len(missing) + 1:
            return self.find(request, most=most, tokens=tokens)
        kept |= dict(zip(missing, made[1:], strict=True))
        index.keep(model, {number: kept[number] for number in missing})
        nearest = sorted(near, key=lambda number: -_cosine(made[0], kept[number]))
        return _within([cards[number] for number in nearest], most, tokens)

    def _cards(self) -> Sequence[Card]:
        return shipped() if self._given is None else self._given

    def _opened(self) -> Index:
        with self._lock:
            if self._index is None:
                texts = [(card.task, card.pattern) for card in self._cards()]
                self._index = open_index(self._folder, texts, vocabulary(), self._module)
            return self._index

    def _candidates(self, request: str, most: int, near: float = _NEAR) -> list[int]:
        """Numbers of the cards nearest to the words of `request`."""
        words = content(request)[:_WORDS_MAX]
        if _ASSIGNMENT.search(request):
            words += ("environment", "variable")
        if _MAY.search(request.lower()):
            words += ("permission", "check")
        if not words or most <= 0:
            return []
        cards = self._cards()
        scored = self._opened().search(words, 4 * _CANDIDATES)
        least = scored[0][1] * near if scored else 0.0
        best = [number for number, score in scored[:most] if score >= least]
        verb = _asked_verb(words)
        same = [number for number, _ in scored if _verb(cards[number]) == verb][:2]
        # Kinds have many cards, the verb is what counts: its own two stand among the first.
        return list(dict.fromkeys((*best[:2], *same, *best[2:])))[:most]


@cache
def _verbs() -> frozenset[str]:
    return frozenset(map(_verb, shipped()))


def _asked_verb(words: Sequence[str]) -> str:
    """The first of kubectl's verbs that is said, or said otherwise; "" for none."""
    said = (other for word in words for other in (word, *SYNONYMS.get(word, ())))
    return next((word for word in said if word in _verbs()), "")


def _verb(card: Card) -> str:
    return card.example.split(maxsplit=2)[1]


@cache
def at(folder: Path) -> Cards:
    """The cards that come with kai, their index in `folder`: opened once for the whole process."""
    return Cards(folder)


def _within(cards: Sequence[Card], most: int, tokens: int) -> tuple[Card, ...]:
    chosen: list[Card] = []
    for card in cards:
        size = estimate(card.text) + 2
        if len(chosen) < most and size <= tokens:
            chosen.append(card)
            tokens -= size
    return tuple(chosen)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) != len(other):
        return 0.0
    length = sqrt(sum(x * x for x in one) * sum(y * y for y in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / length if length else 0.0
