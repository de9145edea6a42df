"""What was asked, offered and, where kai knows, taken, edited and run.

A record is for its user alone: the file is 0600, secrets are redacted before anything is written,
rows are bounded in number and age, and `journal.enabled: false` writes nothing at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kai.redact import redact
from kai.store import Store

if TYPE_CHECKING:
    import sqlite3

MAX_ROWS = 10_000
MAX_AGE = 400 * 86400.0
"""Seconds: a year and a little more, so that last year's incident can still be found."""

_AGED_AT_ONCE = 8
"""Old rows one `add` removes at most: a clock that jumps ahead for a while costs a few rows, not
the whole record."""
_TEXT_MAX = 4000


@dataclass(frozen=True, slots=True)
class Record:
    """One request and what became of it. `at` is Unix time in seconds, `command` what was offered.

    None means "not known": not taken (or no front told), not edited, not run by kai.
    """

    request: str
    command: str | None = None
    outcome: str = "answered"
    source: str | None = None
    context: str | None = None
    namespace: str | None = None
    at: float = 0.0
    taken: bool | None = None
    edited: str | None = None
    run_at: float | None = None
    exit_status: int | None = None
    id: int = 0


_SCHEMA = """
CREATE TABLE records (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          REAL NOT NULL,
    request     TEXT NOT NULL,
    command     TEXT,
    outcome     TEXT NOT NULL,
    source      TEXT,
    context     TEXT,
    namespace   TEXT,
    taken       INTEGER,
    edited      TEXT,
    run_at      REAL,
    exit_status INTEGER
);
CREATE INDEX records_at ON records (at);
"""
_ADD = """
INSERT INTO records (at, request, command, outcome, source, context, namespace, taken, edited,
    run_at, exit_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
UPDATE records SET taken = ifnull(?, taken), edited = ifnull(?, edited),
    run_at = ifnull(?, run_at), exit_status = ifnull(?, exit_status) WHERE id = ?
"""
_RAN = """
UPDATE records SET taken = 1, edited = CASE WHEN command = ?1 THEN NULL ELSE ?1 END, run_at = ?2,
    exit_status = ?3 WHERE id = ?4 AND run_at IS NULL
"""
_AGED = "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE at < ? ORDER BY at LIMIT ?)"
_COLUMNS = (
    "request, command, outcome, source, context, namespace, at, taken, edited, run_at,"
    " exit_status, id"
)
_RECENT = f"SELECT {_COLUMNS} FROM records ORDER BY id DESC LIMIT ?"  # noqa: S608 - constants
_TAKEN = f"""
SELECT * FROM (SELECT {_COLUMNS} FROM records ORDER BY id DESC LIMIT ?)
WHERE (taken OR run_at IS NOT NULL) AND coalesce(exit_status, 0) = 0
"""  # noqa: S608 - constants
_SEARCH = f"""
SELECT {_COLUMNS} FROM records
WHERE request LIKE ?1 ESCAPE '\\' OR command LIKE ?1 ESCAPE '\\' OR edited LIKE ?1 ESCAPE '\\'
ORDER BY id DESC LIMIT ?2
"""  # noqa: S608 - constants


class Journal:
    """The record on disk; see `kai.store` for what happens when the disk is unkind.

    Nothing raises; what went wrong stands in `warnings`.
    """

    def __init__(
        self,
        path: Path,
        *,
        enabled: bool = True,
        max_rows: int = MAX_ROWS,
        max_age: float = MAX_AGE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = Store(path, application_id=0x6B61694A, version=1, schema=_SCHEMA)  # "kaiJ"
        self._enabled = enabled
        self._max_rows = max_rows
        self._max_age = max_age
        self._clock = clock

    @property
    def path(self) -> Path:
        """The file."""
        return self._store.path

    @property
    def warnings(self) -> Sequence[str]:
        """Each thing that went wrong, once."""
        return tuple(self._store.warnings)

    def add(self, record: Record) -> int:
        """Write `record` (its `at` is now) and give its number; 0 where nothing was written."""
        if not self._enabled:
            return 0
        now = self._clock()
        row = (
            now,
            _clean(record.request),
            _clean(record.command),
            _clean(record.outcome),
            _clean(record.source),
            _clean(record.context),
            _clean(record.namespace),
            record.taken,
            _clean(record.edited),
            record.run_at,
            record.exit_status,
        )

        def insert(connection: sqlite3.Connection) -> int:
            number = int(connection.execute(_ADD, row).lastrowid or 0)
            connection.execute("DELETE FROM records WHERE id <= ?", (number - self._max_rows,))
            connection.execute(_AGED, (now - self._max_age, _AGED_AT_ONCE))
            return number

        return self._store.write(insert) or 0

    def update(
        self,
        number: int,
        *,
        taken: bool | None = None,
        edited: str | None = None,
        run_at: float | None = None,
        exit_status: int | None = None,
    ) -> None:
        """Say what became of record `number`; None leaves a field as it is."""
        if not self._enabled or number <= 0:
            return
        row = (taken, _clean(edited), run_at, exit_status, number)
        self._store.write(lambda connection: connection.execute(_UPDATE, row).rowcount)

    def ran(self, number: int, line: str, exit_status: int | None = None) -> None:
        """Say that `line` was run now after the offer of record `number`: as it was offered, or
        edited. Only the first line counts."""
        if not self._enabled or number <= 0:
            return
        row = (_clean(line), self._clock(), exit_status, number)
        self._store.write(lambda connection: connection.execute(_RAN, row).rowcount)

    def recent(self, n: int = 20) -> list[Record]:
        """The last `n` records, newest first."""
        return [_record(row) for row in self._store.read(_RECENT, (n,))]

    def taken(self, n: int) -> list[Record]:
        """Those of the last `n` records that were taken or run and did not end badly, newest first."""
        return [_record(row) for row in self._store.read(_TAKEN, (n,))]

    def search(self, text: str, n: int = 20) -> list[Record]:
        """The last `n` records whose request or command contains `text` (ASCII case ignored)."""
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return [_record(row) for row in self._store.read(_SEARCH, (f"%{escaped}%", n))]

    def clear(self) -> int:
        """Drop everything, from the disk too; how many records there were."""
        if not self._store.exists():
            return 0
        sql = "DELETE FROM records"
        dropped = self._store.write(lambda connection: connection.execute(sql).rowcount) or 0
        self._store.maintain("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
        return dropped

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._store.close()


def _clean(text: str | None) -> str | None:
    """Redacted, at most 4,000 characters, and something SQLite can hold (no lone surrogates)."""
    if text is None:
        return None
    if len(text) > 4 * _TEXT_MAX:
        text = text[: 4 * _TEXT_MAX]
    return redact(text)[:_TEXT_MAX].encode("utf-8", "replace").decode()


def _record(row: Sequence[object]) -> Record:
    taken = row[7]
    values = (*row[:7], None if taken is None else bool(taken), *row[8:])
    return Record(*values)  # type: ignore[arg-type]  # the columns stand in the fields' order
