"""Cards: a task in operators' words, the pattern of its command, and an example.

They stand in a full-text index (SQLite FTS5) in the cache folder, made on first use and named by
what it holds: another set of cards makes another file. Where the disk does not let us, the index is
in memory; where SQLite has no FTS5, words are compared one card after the other.
"""

from __future__ import annotations

import contextlib
import json
import re
from _thread import allocate_lock
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kai.errors import ProviderError, TableError
from kai.hashing import sha256
from kai.llm.tokens import estimate
from kai.llm.words import SYNONYMS, alikeness, content, stems
from kai.store import Store

if TYPE_CHECKING:
    import sqlite3

DATA = Path(__file__).parent / "data" / "cards.jsonl"
FORMAT = 1
"""Of the index; part of its file's name."""

MOST = 4
TOKENS = 1200
_CANDIDATES = 24
"""How many cards the full-text search leaves for vectors to put in order."""
_NEAR = 0.4
"""A card this far below the best one (share of its score) is noise to a model."""
_WORDS_MAX = 16
_MANY = 2000
"""Among more cards than that, frequent words of a request are left out: each card that has a word is
scored, and what most cards have tells none of them from the others."""
_SCORED = 0.2
"""The share of the cards that the words looked up may have, taken together; two words always are."""
_MAY = re.compile(r"^(?:can|may) (?!you\b|u\b)|\bam i \w|\bcan i do\b|\ballowed\b|\bforbidden\b")
"""A question about permissions, in lower case."""
_SHARES = 10_000
"""How many words' shares are remembered."""
_ASSIGNMENT = re.compile(r"\b[A-Z][A-Z0-9_]+=")
"""What an environment variable looks like; a label's name has small letters."""
_VALUE = re.compile(r"=\S+|'[^']*'|\bcustom-columns\b|\b[A-Z]+\b")
_APPLICATION = 0x6B616943  # "kaiC"

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
        self._index: _Index | None = None
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

    def _opened(self) -> _Index:
        with self._lock:
            if self._index is None:
                self._index = _open(self._folder, self._cards(), self._module)
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


class _Index:
    """Where cards are looked up; this one compares word by word and keeps nothing."""

    def __init__(self, cards: Sequence[Card], warnings: Sequence[str] = ()) -> None:
        self._stems = [stems(f"{card.task} {card.pattern}") for card in cards]
        self._telling = vocabulary()
        self.warnings = tuple(warnings)

    def search(self, words: Sequence[str], most: int) -> list[tuple[int, float]]:
        """(number, score) of the nearest cards, the highest score first."""
        asked = stems(" ".join(words))
        scored = (
            (alikeness(asked, one, self._telling), -number)
            for number, one in enumerate(self._stems)
        )
        best = sorted((pair for pair in scored if pair[0] > 0), reverse=True)[:most]
        return [(-number, score) for score, number in best]

    def vectors(self, model: str, numbers: Sequence[int]) -> dict[int, tuple[float, ...]]:
        """The vectors that are kept."""
        return {}

    def keep(self, model: str, vectors: dict[int, tuple[float, ...]]) -> None:
        """Keep vectors for the next time."""

    def close(self) -> None:
        """Let go of what is open."""


_SEARCH = """
SELECT rowid - 1, -bm25(cards, 6.0, 2.0) FROM cards WHERE cards MATCH ?
ORDER BY bm25(cards, 6.0, 2.0), rowid LIMIT ?
"""
_COUNT = "SELECT count(*) FROM cards WHERE cards MATCH ?"
_INSERT = "INSERT INTO cards (rowid, task, command) VALUES"
_KEEP = "INSERT OR REPLACE INTO vectors (model, card, vector) VALUES (?, ?, ?)"


class _Searched(_Index):
    """An index in SQLite: `read` and `write` are its file's, or the memory's."""

    def __init__(
        self,
        read: Callable[[str, Sequence[object]], list[tuple[Any, ...]]],
        write: Callable[[Callable[[sqlite3.Connection], None]], object],
        close: Callable[[], None],
        warnings: Sequence[str] = (),
        *,
        size: int,
    ) -> None:
        super().__init__((), warnings)
        self._read, self._write, self._close = read, write, close
        self._size = size
        self._shares: dict[str, float] = {}

    def search(self, words: Sequence[str], most: int) -> list[tuple[int, float]]:
        """See `_Index`."""
        asked = list(
            dict.fromkeys(other for word in words for other in (word, *SYNONYMS.get(word, ())))
        )
        if self._size > _MANY:
            asked = self._rare(asked)
        match = " OR ".join(f'"{word}"' for word in asked)
        return [(int(number), float(score)) for number, score in self._read(_SEARCH, (match, most))]

    def _rare(self, words: Sequence[str]) -> list[str]:
        """The rarest of `words`, as many as are scored quickly; those that no card has are none."""
        known = sorted((share, word) for word in words if (share := self._share(word)))
        kept: list[str] = []
        scored = 0.0
        for share, word in known:
            scored += share
            if len(kept) < 2 or scored <= _SCORED:
                kept.append(word)
        return kept or list(words[:1])

    def _share(self, word: str) -> float:
        """The share of the cards that have a word."""
        share = self._shares.get(word)
        if share is None:
            rows = self._read(_COUNT, (f'"{word}"',))
            share = rows[0][0] / self._size if rows else 0.0
            if len(self._shares) < _SHARES:
                self._shares[word] = share
        return share

    def vectors(self, model: str, numbers: Sequence[int]) -> dict[int, tuple[float, ...]]:
        """See `_Index`."""
        marks = ", ".join("?" * len(numbers))
        sql = f"SELECT card, vector FROM vectors WHERE model = ? AND card IN ({marks})"  # noqa: S608 - marks
        found = {}
        for number, blob in self._read(sql, (model, *numbers)):
            vector = array("f")
            with contextlib.suppress(ValueError, TypeError):
                vector.frombytes(blob)
                found[int(number)] = tuple(vector)
        return found

    def keep(self, model: str, vectors: dict[int, tuple[float, ...]]) -> None:
        """See `_Index`."""
        rows = [(model, number, array("f", one).tobytes()) for number, one in vectors.items()]

        def insert(connection: sqlite3.Connection) -> None:
            connection.executemany(_KEEP, rows)

        if rows:
            self._write(insert)

    def close(self) -> None:
        """See `_Index`."""
        self._close()


def _open(folder: Path, cards: Sequence[Card], module: str) -> _Index:
    import sqlite3

    script = _script(cards, module)
    name = f"cards-{sha256(script.encode()).hex()[:16]}.db"
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        memory.execute(f"CREATE VIRTUAL TABLE probe USING {module}(word)")
    except sqlite3.OperationalError as error:
        memory.close()
        return _Index(cards, (f"SQLite cannot search cards ({error}); kai compares words itself",))
    store = Store(folder / name, application_id=_APPLICATION, version=FORMAT, schema=script)
    if not store.exists():
        store.write(lambda connection: None)
        _sweep(folder, name)
    if store.read("SELECT count(*) FROM cards_content") == [(len(cards),)]:
        memory.close()
        return _Searched(store.read, store.write, store.close, store.warnings, size=len(cards))
    store.close()
    memory.executescript(script)
    return _in_memory(memory, store.warnings, len(cards))


def _in_memory(memory: sqlite3.Connection, warnings: Sequence[str], size: int) -> _Index:
    lock = allocate_lock()

    def read(sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with lock:
            return memory.execute(sql, parameters).fetchall()

    def write(action: Callable[[sqlite3.Connection], None]) -> None:
        with lock:
            action(memory)

    return _Searched(read, write, memory.close, warnings, size=size)


def _script(cards: Sequence[Card], module: str) -> str:
    """SQL that makes the whole index in one transaction."""
    lines = [
        "BEGIN;",
        f"CREATE VIRTUAL TABLE cards USING {module}(task, command, tokenize = 'porter unicode61');",
        "CREATE TABLE vectors (model TEXT NOT NULL, card INTEGER NOT NULL, vector BLOB NOT NULL,"
        " PRIMARY KEY (model, card)) WITHOUT ROWID;",
    ]
    for number, card in enumerate(cards, 1):
        values = [str(number), _quoted(card.task), _quoted(_command(card.pattern))]
        lines.append(f"{_INSERT} ({', '.join(values)});")
    return "\n".join([*lines, "INSERT INTO cards (cards) VALUES ('optimize');", "COMMIT;"])


def _command(pattern: str) -> str:
    """The command's own words and flags. What is put in says nothing, and long paths would make the
    card count as one in which a word is rare."""
    return _VALUE.sub(" ", pattern.removeprefix("kubectl "))


def _quoted(text: str) -> str:
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def _sweep(folder: Path, name: str) -> None:
    """Remove the indexes of other sets of cards; their vectors are of no use any more."""
    for path in folder.glob("cards-*.db*"):
        if not path.name.startswith(name):
            with contextlib.suppress(OSError):
                path.unlink()
