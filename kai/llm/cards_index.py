"""Where cards are looked up: a full-text index (SQLite FTS5) in the cache folder.

It is made on first use and named by what it holds: another set of cards makes another file. Where
the disk does not let us, it is in memory; where SQLite has no FTS5, words are compared one card after
the other.
"""

from __future__ import annotations

import contextlib
import re
from _thread import allocate_lock
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kai.hashing import sha256
from kai.llm.words import SYNONYMS, alikeness, stems
from kai.store import Store

if TYPE_CHECKING:
    import sqlite3

FORMAT = 1
"""Of the index; part of its file's name."""
_MANY = 2000
"""Among more cards than that, frequent words of a request are left out: each card that has a word is
scored, and what most cards have tells none of them from the others."""
_SCORED = 0.2
"""The share of the cards that the words looked up may have, taken together; two words always are."""
_SHARES = 10_000
"""How many words' shares are remembered."""
_VALUE = re.compile(r"=\S+|'[^']*'|\bcustom-columns\b|\b[A-Z]+\b")
_APPLICATION = 0x6B616943  # "kaiC"

Text = tuple[str, str]
"""Task and pattern of a card."""


class Index:
    """Where cards are looked up; this one compares word by word and keeps nothing."""

    def __init__(
        self, texts: Sequence[Text], telling: frozenset[str], warnings: Sequence[str] = ()
    ) -> None:
        self._stems = [stems(f"{task} {pattern}") for task, pattern in texts]
        self._telling = telling
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


class _Searched(Index):
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
        super().__init__((), frozenset(), warnings)
        self._read, self._write, self._close = read, write, close
        self._size = size
        self._shares: dict[str, float] = {}

    def search(self, words: Sequence[str], most: int) -> list[tuple[int, float]]:
        """See `Index`."""
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
        """See `Index`."""
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
        """See `Index`."""
        rows = [(model, number, array("f", one).tobytes()) for number, one in vectors.items()]

        def insert(connection: sqlite3.Connection) -> None:
            connection.executemany(_KEEP, rows)

        if rows:
            self._write(insert)

    def close(self) -> None:
        """See `Index`."""
        self._close()


def open_index(
    folder: Path, texts: Sequence[Text], telling: frozenset[str], module: str = "fts5"
) -> Index:
    """The index of `texts` in `folder`; `telling` are the stems of words that say what to do."""
    import sqlite3

    script = _script(texts, module)
    name = f"cards-{sha256(script.encode()).hex()[:16]}.db"
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        memory.execute(f"CREATE VIRTUAL TABLE probe USING {module}(word)")
    except sqlite3.OperationalError as error:
        memory.close()
        warning = f"SQLite cannot search cards ({error}); kai compares words itself"
        return Index(texts, telling, (warning,))
    store = Store(folder / name, application_id=_APPLICATION, version=FORMAT, schema=script)
    if not store.exists():
        store.write(lambda connection: None)
        _sweep(folder, name)
    if store.read("SELECT count(*) FROM cards_content") == [(len(texts),)]:
        memory.close()
        return _Searched(store.read, store.write, store.close, store.warnings, size=len(texts))
    store.close()
    memory.executescript(script)
    return _in_memory(memory, store.warnings, len(texts))


def _in_memory(memory: sqlite3.Connection, warnings: Sequence[str], size: int) -> Index:
    lock = allocate_lock()

    def read(sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with lock:
            return memory.execute(sql, parameters).fetchall()

    def write(action: Callable[[sqlite3.Connection], None]) -> None:
        with lock:
            action(memory)

    return _Searched(read, write, memory.close, warnings, size=size)


def _script(texts: Sequence[Text], module: str) -> str:
    """SQL that makes the whole index in one transaction."""
    lines = [
        "BEGIN;",
        f"CREATE VIRTUAL TABLE cards USING {module}(task, command, tokenize = 'porter unicode61');",
        "CREATE TABLE vectors (model TEXT NOT NULL, card INTEGER NOT NULL, vector BLOB NOT NULL,"
        " PRIMARY KEY (model, card)) WITHOUT ROWID;",
    ]
    for number, (task, pattern) in enumerate(texts, 1):
        values = [str(number), _quoted(task), _quoted(_command(pattern))]
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
