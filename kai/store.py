"""One SQLite file that never gets in the way: what the cache and the journal have in common.

A store is a convenience. Whatever is wrong with it (damaged, read-only, full, somebody else's,
written by a newer kai) costs one warning, and from then on the store behaves as if it were empty;
no exception leaves this module.

* Created complete: built under another name and linked into place, so that of many processes that
  start at once exactly one creates it and none sees it half made.
* WAL, synchronous=NORMAL: readers never wait for a writer, a writer waits for another at most 5 s,
  a crash or kill -9 loses at most the last writes and never the file.
* Damage: opening reads the header (application id and schema version). A full quick_check would
  read every page (seconds for a large cache), so it is left to `check()` (`kai doctor`). Damage
  that a statement meets makes SQLite report an error; the file is then moved aside
  (`NAME.damaged`) and a new one begins. Damage that no statement notices, a changed byte
  inside a value, is met by a digest in every row, which is the business of the store's owner.
* The folder is 0700, the file 0600, both ours, looked at before SQLite opens them.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from _thread import allocate_lock
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")
Row = tuple[Any, ...]

BUSY_SECONDS = 5.0
"""How long a writer waits for another one."""

_CORRUPT, _NOTADB, _ERROR, _BUSY, _LOCKED = 11, 26, 1, 5, 6
_READONLY_DBMOVED = 1032
_NOT_OURS = ("no such", "malformed", "has no column", "unsupported file format", "Could not decode")
_REASONS = {3: "may not be opened", 8: "is read-only", 13: "is on a full disk"}
_REASONS |= {10: "cannot be read or written (I/O error)", 14: "cannot be opened"}


class _Unusable(Exception):
    """The store stays off for the rest of this process; the text says why."""


class _Damaged(Exception):
    """The file is not what it should be: move it aside and begin a new one."""


class Store:
    """A SQLite file of one `application_id` and schema `version`, made by the script `schema`.

    Nothing is opened before the first call. `warnings` collects what went wrong, each thing once.
    Calls may come from several threads; they take turns.
    """

    def __init__(self, path: Path, *, application_id: int, version: int, schema: str) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._application_id = application_id
        self._version = version
        self._schema = schema
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._off = False
        self._lock = allocate_lock()

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a query; none where there is no store, and none is created for it."""

        def query(connection: sqlite3.Connection) -> list[Row]:
            return connection.execute(sql, parameters).fetchall()

        return self._guarded(query, create=False) or []

    def write(self, action: Callable[[sqlite3.Connection], T]) -> T | None:
        """`action` inside one transaction (BEGIN IMMEDIATE); None where it could not be done."""

        def transaction(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = action(connection)
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(Exception):
                    connection.execute("ROLLBACK")
                raise
            return result

        return self._guarded(transaction, create=True)

    def touch(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """A write that may be lost: a person is waiting, so it waits for no other writer and not
        for the disk (the first write into an empty WAL would otherwise be an fsync)."""

        def update(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA busy_timeout=0")
            connection.execute("PRAGMA synchronous=OFF")
            try:
                connection.execute(sql, parameters)
            except _operational_error() as error:
                if _primary(error) not in (_BUSY, _LOCKED):
                    raise
            finally:
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")

        self._guarded(update, create=False)

    def maintain(self, *statements: str) -> None:
        """Statements outside a transaction (VACUUM, checkpoints)."""

        def run(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement).fetchall()

        self._guarded(run, create=False)

    def exists(self) -> bool:
        """Whether there is a file at all."""
        return os.path.exists(self.path)  # noqa: PTH110 - Path.exists raises PermissionError

    def size(self) -> int:
        """Bytes on disk, with what waits in the WAL."""
        total = 0
        for suffix in ("", "-wal"):
            with contextlib.suppress(OSError):
                total += self.path.with_name(self.path.name + suffix).stat().st_size
        return total

    def check(self) -> str:
        """The first finding of SQLite's quick_check, "ok", or "" where there is no store."""
        rows = self.read("PRAGMA quick_check(1)")
        return str(rows[0][0]) if rows else ""

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _guarded(self, use: Callable[[sqlite3.Connection], T], *, create: bool) -> T | None:
        """`use` the connection; on damage begin a new file and try once more."""
        with self._lock:
            for last in (False, True):
                if self._off:
                    return None
                try:
                    connection = self._open(create=create)
                    return None if connection is None else use(connection)
                except _Unusable as error:
                    self._switch_off(str(error))
                except _Damaged:
                    self._recover(last)
                except _database_errors() as error:
                    if not self._handled(error, last):
                        return None
                except (OSError, ValueError, OverflowError) as error:
                    self._switch_off(f"cannot be used ({error})")
            return None

    def _handled(self, error: Exception, last: bool) -> bool:
        """Deal with an error of SQLite; True means trying again makes sense."""
        code, primary = getattr(error, "sqlite_errorcode", None) or 0, _primary(error)
        if code == _READONLY_DBMOVED and not last:
            self._disconnect()
            return True
        if primary in (_BUSY, _LOCKED):
            self._warn(f"{self.path} was busy for {BUSY_SECONDS:.0f} s; one entry was not kept")
            return False
        if primary in (_CORRUPT, _NOTADB) or _tables_differ(error):
            self._recover(last)
            return not last
        self._switch_off(_REASONS.get(primary, f"cannot be used ({error})"))
        return False

    def _switch_off(self, reason: str) -> None:
        self._disconnect()
        self._off = True
        self._warn(f"{self.path} {reason}; kai goes on without it")

    def _recover(self, last: bool) -> None:
        """Move the damaged file aside, unless another process has already done it."""
        self._disconnect()
        if last:
            self._switch_off("is damaged again")
            return
        try:
            lock = self.path.with_name(self.path.name + ".lock")
            with _exclusive(lock), contextlib.suppress(FileNotFoundError):
                state = self.path.lstat()
                if self._identity in (None, (state.st_dev, state.st_ino)):
                    _move_aside(self.path)
        except OSError as error:
            self._switch_off(f"is damaged and cannot be moved aside ({error.strerror})")
            return
        aside = self.path.name + ".damaged"
        self._warn(f"{self.path} was damaged; it was moved to {aside} and a new one begun")

    def _open(self, *, create: bool) -> sqlite3.Connection | None:
        if self._connection is not None:
            return self._connection
        if not self._ready(create=create):
            return None
        connection = _connect(self.path)
        self._connection = connection
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != self._application_id or 0 <= found < self._version:
            raise _Damaged
        if found > self._version:
            raise _Unusable(f"was written by a newer kai (schema {found})")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _ready(self, *, create: bool) -> bool:
        """Whether there is a file that is ours, made now if `create`. Raises _Unusable, OSError."""
        for _ in range(2):
            try:
                state = self.path.lstat()
            except FileNotFoundError:
                if not create:
                    return False
                self._create()
                continue
            except NotADirectoryError:
                raise _Unusable("is not in a folder") from None
            self._examine(state)
            return True
        raise _Unusable("cannot be created")

    def _examine(self, state: os.stat_result) -> None:
        """Raises _Unusable for a file or folder that is not ours, _Damaged for a wrong kind."""
        folder = self.path.parent.stat()
        if folder.st_uid != os.geteuid() or state.st_uid != os.geteuid():
            raise _Unusable("belongs to somebody else")
        if folder.st_mode & 0o022:
            raise _Unusable("is in a folder that others can write")
        if not stat.S_ISREG(state.st_mode):
            raise _Unusable("is not a regular file")
        if state.st_mode & 0o077:
            self.path.chmod(0o600)
        self._identity = (state.st_dev, state.st_ino)

    def _create(self) -> None:
        """Build the file under another name and link it into place; whoever links first wins."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.{id(self):x}")
            temporary.unlink(missing_ok=True)  # of a process of this number that was killed
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise _Unusable(f"cannot be created ({error.strerror})") from None
        try:
            connection = _connect(temporary)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(self._schema)
                connection.execute(f"PRAGMA application_id={self._application_id}")
                connection.execute(f"PRAGMA user_version={self._version}")
            finally:
                connection.close()
            _link(temporary, self.path)
        finally:
            self._sweep(temporary)

    def _sweep(self, temporary: Path) -> None:
        """Remove what was built with, and what processes left that were killed while building."""
        long_ago = time.time() - 60
        for file in self.path.parent.glob(f".{self.path.name}.*"):
            with contextlib.suppress(OSError):
                if file.name.startswith(temporary.name) or file.stat().st_mtime < long_ago:
                    file.unlink()


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3

    return sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _database_errors() -> type[Exception]:
    import sqlite3

    return sqlite3.Error


def _operational_error() -> type[Exception]:
    import sqlite3

    return sqlite3.OperationalError


def _primary(error: Exception) -> int:
    """SQLite's primary result code, 0 where the sqlite3 module itself raised the error."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _tables_differ(error: Exception) -> bool:
    """Our statements are constant: where one does not fit, the tables are not (or no longer) ours.
    The sqlite3 module itself says "Could not decode to UTF-8" about damaged text."""
    text = str(error)
    return _primary(error) in (_ERROR, 0) and any(part in text for part in _NOT_OURS)


def _link(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links: the rename may replace what another process has made
        # in the same instant, and lose its first entries.
        if not path.exists():
            temporary.replace(path)


def _move_aside(path: Path) -> None:
    """Rename the file to NAME.damaged; its WAL must never be replayed into the next one."""
    path.replace(path.with_name(path.name + ".damaged"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def _exclusive(path: Path) -> Any:
    """Hold a lock file for at most as long as a rename takes; waits 1 s at most for another."""
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        for attempt in range(50):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt == 49:
                    raise
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)
