"""Answers kept: keyed by everything that could change them, aged, bounded.

A kept answer is a draft like any other: the engine validates and judges it again on every hit, so
nothing here is trusted and no verdict is stored. What is stored is the command, who made it, how
sure they were, what they assumed, further steps, and the alternatives; the request itself only as a digest.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kai.hashing import sha256
from kai.model import Ask, Author, Draft, Source
from kai.store import Store

if TYPE_CHECKING:
    import sqlite3

DEFAULT_TTL = 720 * 3600.0
DEFAULT_MAX_ENTRIES = 5000

_FUTURE_SECONDS = 300.0
"""A row made this far in the future was made under a wrong clock; less is ordinary clock drift."""
_EVICT_AT_ONCE = 64
"""Rows one `put` removes at most, so that lowering `max_entries` never makes a person wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cache holds for one key. `uses` and `age` (seconds) are set by `get`."""

    draft: Draft
    alternatives: tuple[Draft, ...] = ()
    corrected: bool = False
    uses: int = 0
    age: float = 0.0


class CacheStats(NamedTuple):
    """What `kai cache stats` shows: `uses` is the sum over all entries, `size` is in bytes."""

    entries: int = 0
    uses: int = 0
    corrected: int = 0
    size: int = 0


class Cache(Protocol):
    """Where answers are kept. No method raises; what went wrong stands in `warnings`."""

    @property
    def warnings(self) -> Sequence[str]:
        """Each thing that went wrong, once."""

    def get(self, key: str, /) -> Answer | None:
        """The answer kept under `key`, if it is not too old; counts the use."""

    def put(self, key: str, request: str, answer: Answer, /, *, keep: bool = True) -> None:
        """Keep `answer`, unless the user corrected the one that is there (and it is not too old).

        `keep=False` (a destructive answer, a refused one) keeps nothing and drops what was kept.
        A command that holds a secret is not kept either.
        """

    def correct(self, key: str, request: str, command: str, /, *, keep: bool = True) -> None:
        """The user edited the answer into `command`: it replaces whatever is kept."""

    def forget(self, request: str, /) -> int:
        """Drop every answer to this request, in every context; how many there were."""

    def stats(self) -> CacheStats:
        """Figures over all entries."""

    def clear(self) -> int:
        """Drop everything; how many entries there were."""

    def close(self) -> None:
        """Let go of files."""


def normalise(request: str) -> str:
    """The request with what never changes its meaning taken away: outer and repeated blanks, and
    `?`, `.`, `!` at the end of a word at the very end (`apply everything in .` keeps its dot).

    Case stays: names in Kubernetes, in paths and in label values are case-sensitive.
    """
    text = " ".join(request.split())
    bare = text.rstrip("?.!")
    return bare if bare[-1:].isalnum() or bare[-1:] in ("'", '"', ")", "]") else text


def cache_key(ask: Ask, *, versions: Sequence[str] = (), model: str = "") -> str:
    """SHA-256 (hex) over everything that may change the answer.

    That is the normalised request; context, server, namespace and kubectl version; the target;
    the surroundings; `versions` (of lexicon, prompt, policy, in a fixed order) and `model` (the
    digest of its weights). JSON keeps the parts apart, so that no two lists of parts look alike.
    """
    around, where = ask.surroundings, ask.context
    parts = [
        normalise(ask.request),
        [where.context, where.server, where.namespace, where.kubectl_version],
        str(ask.target),
        [around.kind, around.name, around.namespace, around.selection],
        sorted(around.variables.items()),
        list(around.neighbours),
        list(versions),
        model,
    ]
    return _digest(json.dumps(parts, separators=(",", ":"))).hex()


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass"))


def _request_number(request: str) -> int:
    """The request as a signed 64-bit number, for the index that `forget` uses."""
    return int.from_bytes(_digest(normalise(request))[:8], "big", signed=True)


def _draft_json(draft: Draft) -> list[object]:
    kept = [draft.command, str(draft.source), draft.confidence, list(draft.assumptions)]
    if not draft.steps and draft.author is None:
        return kept
    by = draft.author
    return [*kept, list(draft.steps), [by.model, by.reach, by.why] if by else []]


def _draft(value: list[object]) -> Draft:
    command, source, confidence, assumptions, *more = value
    steps, by = more or ([], [])
    if not isinstance(command, str) or not all(
        isinstance(item, list) for item in (assumptions, steps, by)
    ):
        raise ValueError("not a draft")
    return Draft(
        command,
        Source(str(source)),
        float(str(confidence)),
        tuple(map(str, assumptions)),  # type: ignore[call-overload] # looked at above
        tuple(map(str, steps)),  # type: ignore[call-overload]
        Author(*map(str, by)) if by else None,  # type: ignore[call-overload]
    )


def _to_json(answer: Answer) -> str:
    alternatives = [_draft_json(draft) for draft in answer.alternatives]
    return json.dumps([_draft_json(answer.draft), alternatives], separators=(",", ":"))


def _worth_keeping(answer: Answer) -> bool:
    from kai.redact import holds_secret  # a look-up does not need it

    drafts = (answer.draft, *answer.alternatives)
    return not any(
        holds_secret(command) for draft in drafts for command in (draft.command, *draft.steps)
    )


_SCHEMA = """
CREATE TABLE answers (
    id        INTEGER PRIMARY KEY,
    key       BLOB NOT NULL UNIQUE,
    request   INTEGER NOT NULL,
    value     TEXT NOT NULL,
    digest    BLOB NOT NULL,
    corrected INTEGER NOT NULL,
    made      REAL NOT NULL,
    last_use  REAL NOT NULL,
    uses      INTEGER NOT NULL,
    turn      INTEGER NOT NULL
);
CREATE INDEX answers_request ON answers (request);
CREATE INDEX answers_turn ON answers (turn);
CREATE TABLE total (entries INTEGER NOT NULL);
INSERT INTO total VALUES (0);
CREATE TRIGGER answers_added AFTER INSERT ON answers
    BEGIN UPDATE total SET entries = entries + 1; END;
CREATE TRIGGER answers_dropped AFTER DELETE ON answers
    BEGIN UPDATE total SET entries = entries - 1; END;
"""
# `turn` orders entries by last use: a counter, because a clock can jump. `total` counts entries,
# because counting a million rows takes longer than answering.

_PUT = """
INSERT INTO answers (key, request, value, digest, corrected, made, last_use, uses, turn)
VALUES (?, ?, ?, ?, ?, ?, ?, 0, (SELECT ifnull(max(turn), 0) + 1 FROM answers))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, digest = excluded.digest,
    corrected = excluded.corrected, made = excluded.made, last_use = excluded.last_use,
    turn = excluded.turn
WHERE excluded.corrected OR NOT answers.corrected OR answers.made < ?
"""
_EVICT = "DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY turn LIMIT ?)"
_USED = """
UPDATE answers SET uses = uses + 1, last_use = ?, made = min(made, ?),
    turn = (SELECT max(turn) + 1 FROM answers) WHERE key = ?
"""


class SqliteCache:
    """The cache on disk; see `kai.store` for what happens when the disk is unkind.

    `ttl` is in seconds; `clock` gives Unix time. An entry from the future (the clock was wrong
    when it was made, or is wrong now) counts as made now, so it lives one `ttl` at most.
    """

    def __init__(
        self,
        path: Path,
        *,
        ttl: float = DEFAULT_TTL,
        max_entries: int = DEFAULT_MAX_ENTRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = Store(path, application_id=0x6B616943, version=1, schema=_SCHEMA)  # "kaiC"
        self._ttl = ttl
        self._max_entries = max_entries
        self._clock = clock

    @property
    def path(self) -> Path:
        """The file."""
        return self._store.path

    @property
    def warnings(self) -> Sequence[str]:
        """Each thing that went wrong, once."""
        return tuple(self._store.warnings)

    def get(self, key: str, /) -> Answer | None:
        """The answer kept under `key`; see `Cache`. A row that was tampered with is no answer."""
        blob, now = bytes.fromhex(key), self._clock()
        rows = self._store.read(
            "SELECT value, digest, corrected, made, uses FROM answers WHERE key = ?", (blob,)
        )
        if not rows:
            return None
        value, digest, corrected, made, uses = rows[0]
        age = max(0.0, now - made)
        if age > self._ttl:
            return None
        try:
            if digest != _digest(key + value)[:8]:
                raise ValueError("the row was changed")
            draft, alternatives = json.loads(value)
            answer = Answer(
                _draft(draft), tuple(map(_draft, alternatives)), bool(corrected), uses + 1, age
            )
        except (ValueError, TypeError, RecursionError):
            self._drop("key = ?", blob)
            return None
        self._store.touch(_USED, (now, now if made > now + _FUTURE_SECONDS else made, blob))
        return answer

    def put(self, key: str, request: str, answer: Answer, /, *, keep: bool = True) -> None:
        """Keep `answer`; see `Cache`."""
        blob = bytes.fromhex(key)
        if not keep or not _worth_keeping(answer):
            self._drop("key = ? AND NOT corrected", blob)
            return
        value, now = _to_json(answer), self._clock()
        digest, number = _digest(key + value)[:8], _request_number(request)
        row = (blob, number, value, digest, int(answer.corrected), now, now, now - self._ttl)

        def insert(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, row)
            (entries,) = connection.execute("SELECT entries FROM total").fetchone()
            if entries > self._max_entries:
                excess = min(entries - self._max_entries, _EVICT_AT_ONCE)
                connection.execute(_EVICT, (excess,))

        self._store.write(insert)

    def correct(self, key: str, request: str, command: str, /, *, keep: bool = True) -> None:
        """Replace what is kept under `key` by the user's own command; see `Cache`."""
        answer = Answer(Draft(command, Source.CACHE), corrected=True)
        if keep and _worth_keeping(answer):
            self.put(key, request, answer)
        else:
            self._drop("key = ?", bytes.fromhex(key))

    def forget(self, request: str, /) -> int:
        """Drop every answer to this request; see `Cache`."""
        return self._drop("request = ?", _request_number(request))

    def stats(self) -> CacheStats:
        """Figures over all entries: reads the whole table."""
        rows = self._store.read("SELECT count(*), total(uses), total(corrected) FROM answers")
        if not rows:
            return CacheStats()
        entries, uses, corrected = map(int, rows[0])
        return CacheStats(entries, uses, corrected, self._store.size())

    def clear(self) -> int:
        """Drop everything, from the disk too."""
        entries = self._drop("1 = ?", 1)
        self._store.maintain("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
        return entries

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._store.close()

    def _drop(self, where: str, value: object) -> int:
        """Delete the rows that match one of our own constant conditions; how many."""
        if not self._store.exists():
            return 0
        sql = f"DELETE FROM answers WHERE {where}"  # noqa: S608 - `where` is one of our constants
        return self._store.write(lambda connection: connection.execute(sql, (value,)).rowcount) or 0


class MemoryCache:
    """The cache without a disk: for tests, demos and `cache.enabled: false` within one process."""

    def __init__(
        self,
        *,
        ttl: float = DEFAULT_TTL,
        max_entries: int = DEFAULT_MAX_ENTRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.warnings: Sequence[str] = ()
        self._ttl = ttl
        self._max_entries = max_entries
        self._clock = clock
        self._entries: dict[str, _Entry] = {}  # least recently used first

    def get(self, key: str, /) -> Answer | None:
        """See `Cache`."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        now = self._clock()
        age = max(0.0, now - entry.made)
        if age > self._ttl:
            return None
        made = now if entry.made > now + _FUTURE_SECONDS else entry.made
        del self._entries[key]
        self._entries[key] = _Entry(entry.request, entry.answer, made, entry.uses + 1)
        kept = entry.answer
        return Answer(kept.draft, kept.alternatives, kept.corrected, entry.uses + 1, age)

    def put(self, key: str, request: str, answer: Answer, /, *, keep: bool = True) -> None:
        """See `Cache`."""
        old = self._entries.get(key)
        fresh = old is not None and self._clock() - old.made <= self._ttl
        if old and fresh and old.answer.corrected and not answer.corrected:
            return
        self._entries.pop(key, None)
        if keep and _worth_keeping(answer):
            uses = old.uses if old else 0
            self._entries[key] = _Entry(normalise(request), answer, self._clock(), uses)
        while len(self._entries) > self._max_entries:
            del self._entries[next(iter(self._entries))]

    def correct(self, key: str, request: str, command: str, /, *, keep: bool = True) -> None:
        """See `Cache`."""
        answer = Answer(Draft(command, Source.CACHE), corrected=True)
        self.put(key, request, answer, keep=keep)

    def forget(self, request: str, /) -> int:
        """See `Cache`."""
        wanted = normalise(request)
        keys = [key for key, entry in self._entries.items() if entry.request == wanted]
        for key in keys:
            del self._entries[key]
        return len(keys)

    def stats(self) -> CacheStats:
        """See `Cache`."""
        kept = self._entries.values()
        corrected = sum(entry.answer.corrected for entry in kept)
        return CacheStats(len(kept), sum(entry.uses for entry in kept), corrected)

    def clear(self) -> int:
        """See `Cache`."""
        entries = len(self._entries)
        self._entries.clear()
        return entries

    def close(self) -> None:
        """Nothing to let go of."""


class _Entry(NamedTuple):
    """One entry of the memory cache."""

    request: str
    answer: Answer
    made: float
    uses: int
