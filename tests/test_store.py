"""Whatever is wrong with a store costs one warning and never an exception."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kai.cache import Answer, SqliteCache, cache_key
from kai.journal import Journal, Record
from kai.model import Ask, Draft, Source
from kai.store import Store

SCHEMA = "CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT);"


def store(path: Path, version: int = 1) -> Store:
    return Store(path, application_id=7, version=version, schema=SCHEMA)


def add(one: Store, text: str = "x") -> int | None:
    sql = "INSERT INTO t (s) VALUES (?)"
    return one.write(lambda connection: connection.execute(sql, (text,)).rowcount)


def filled(path: Path, rows: int = 300) -> Path:
    """A closed cache of some pages."""
    cache = SqliteCache(path)
    for number in range(rows):
        draft = Draft(f"kubectl get {number}", Source.BUILTIN)
        cache.put(cache_key(Ask(str(number))), str(number), Answer(draft))
    cache.close()
    return path


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "kai" / "cache.db"


@pytest.fixture(name="good", scope="module")
def _good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("good") / "kai" / "cache.db")


def use(path: Path) -> tuple[str, ...]:
    """Look up, keep, look up again, count, forget: the warnings of it all. Answers are right."""
    cache = SqliteCache(path)
    for number in range(0, 300, 7):
        kept = cache.get(cache_key(Ask(str(number))))
        assert kept is None or kept.draft.command == f"kubectl get {number}"
    cache.put(cache_key(Ask("new")), "new", Answer(Draft("kubectl get new", Source.BUILTIN)))
    kept = cache.get(cache_key(Ask("new")))
    assert kept is None or kept.draft.command == "kubectl get new"
    cache.stats()
    cache.forget("3")
    cache.close()
    return tuple(cache.warnings)


def test_a_store_costs_no_heavy_import_before_it_is_used() -> None:
    code = "import sys, kai.cache, kai.journal; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"sqlite3", "hashlib", "subprocess", "asyncio", "pydantic", "yaml", "fcntl"}
    assert not heavy & set(done.stdout.split())


class TestDamage:
    @pytest.mark.parametrize(
        "content", [b"", b"x", b"not a database at all" * 100, b"SQLite format 3\0", b"\0" * 8192]
    )
    def test_a_file_that_is_no_database_is_moved_aside(self, path: Path, content: bytes) -> None:
        path.parent.mkdir()
        path.write_bytes(content)
        (warning,) = use(path)
        assert "was damaged" in warning
        assert path.with_name("cache.db.damaged").read_bytes() == content
        assert use(path) == ()

    @pytest.mark.parametrize("start", [0, 16, 40, 60, 100])
    def test_a_damaged_header_is_survived(self, path: Path, good: Path, start: int) -> None:
        path.parent.mkdir()
        content = bytearray(good.read_bytes())
        content[start : start + 16] = b"\xff" * 16
        path.write_bytes(content)
        assert len(use(path)) == 1
        assert use(path) == ()

    @pytest.mark.parametrize("seed", range(25))
    def test_flipped_bytes_give_no_wrong_answer_and_no_exception(
        self, path: Path, good: Path, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311 - a reproducible choice, no secret
        content = bytearray(good.read_bytes())
        for _ in range(20):
            content[chance.randrange(100, len(content))] ^= 1 << chance.randrange(8)
        path.parent.mkdir()
        path.write_bytes(content)
        assert len(use(path)) <= 1
        assert len(use(path)) <= 1

    @pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
    def test_a_truncated_file_is_survived(self, path: Path, good: Path, part: float) -> None:
        path.parent.mkdir()
        content = good.read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        # The loss of the last page may be met by a later use only.
        assert len(use(path)) == 1 or part == 0.99
        assert len(use(path)) <= 1

    def test_a_wal_that_is_missing_or_garbage_is_survived(self, path: Path, good: Path) -> None:
        path.parent.mkdir()
        shutil.copy(good, path)
        path.with_name("cache.db-wal").write_bytes(b"garbage" * 1000)
        assert use(path) == ()
        cache = SqliteCache(path)
        cache.put(cache_key(Ask("w")), "w", Answer(Draft("kubectl get w", Source.BUILTIN)))
        copy = path.with_name("copy.db")  # as if the WAL had been lost in a crash
        shutil.copy(path, copy)
        cache.close()
        assert use(copy) == ()

    def test_tables_that_are_not_ours_are_moved_aside(self, path: Path) -> None:
        path.parent.mkdir()
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE somebody (n)")
        connection.close()
        assert "was damaged" in use(path)[0]
        one = store(path.with_name("t.db"))
        add(one)
        one.write(lambda connection: connection.execute("DROP TABLE t"))
        assert add(one) == 1
        assert len(one.warnings) == 1
        one.close()

    def test_a_mistake_of_ours_switches_the_store_off_and_loses_nothing(self, path: Path) -> None:
        one = store(path)
        add(one)
        assert one.read("SELECT ?", (object(),)) == []
        assert len(one.warnings) == 1
        assert not path.with_name("cache.db.damaged").exists()
        two = store(path)
        assert two.read("SELECT s FROM t") == [("x",)]
        two.close()

    def test_quick_check_is_there_for_the_doctor(self, good: Path, path: Path) -> None:
        assert store(path).check() == ""
        one = store(path)
        add(one)
        assert one.check() == "ok"
        one.close()

    def test_the_wal_of_a_damaged_file_is_never_replayed_into_the_next(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b"no database")
        path.with_name("cache.db-wal").write_bytes(b"old")
        use(path)
        assert not path.with_name("cache.db-wal").exists()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from kai.cache import Answer, SqliteCache, cache_key
from kai.model import Ask, Draft, Source
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
cache = SqliteCache(Path(sys.argv[1]))
print(cache.get(cache_key(Ask("1"))).draft.command)
for number in range(50):
    draft = Draft("kubectl get " + "x" * 500, Source.MODEL)
    cache.put(cache_key(Ask(f"n{number}")), "n", Answer(draft))
print(len(cache.warnings))
"""


READ_ONLY = """
import os, sqlite3, sys
from hashlib import sha256
from pathlib import Path
from kai.cache import Answer, SqliteCache, cache_key
from kai.model import Ask, Draft, Source
import kai.redact
os.geteuid() == int(sys.argv[1]) or os.setuid(int(sys.argv[1]))
cache = SqliteCache(Path("cache.db"))
kept = cache.get(cache_key(Ask("1")))
cache.put(cache_key(Ask("n")), "n", Answer(Draft("kubectl get n", Source.MODEL)))
cache.get(cache_key(Ask("n")))
print(kept is not None, len(cache.warnings))
"""


class TestUnusable:
    def test_a_store_of_a_newer_kai_is_left_alone(self, path: Path) -> None:
        new = store(path, version=2)
        add(new)
        new.close()
        before = path.read_bytes()
        old = store(path, version=1)
        assert add(old) is None
        assert old.read("SELECT * FROM t") == []
        assert len(old.warnings) == 1
        assert "newer kai" in old.warnings[0]
        assert path.read_bytes() == before

    def test_an_older_schema_begins_anew(self, path: Path) -> None:
        old = store(path, version=1)
        add(old)
        old.close()
        new = store(path, version=2)
        assert add(new) == 1
        assert len(new.read("SELECT * FROM t")) == 1
        new.close()

    def test_somebody_elses_file_is_not_touched(self, path: Path, good: Path) -> None:
        if os.geteuid() == 0:
            path.parent.mkdir()
            shutil.copy(good, path)
            os.chown(path, 12345, -1)
        else:
            path = Path("/etc/passwd")
        before = path.read_bytes()
        (warning,) = use(path)
        assert "somebody else" in warning
        assert path.read_bytes() == before

    def test_a_folder_that_others_can_write_is_not_used(self, path: Path, good: Path) -> None:
        path.parent.mkdir()
        shutil.copy(good, path)
        path.parent.chmod(0o777)
        (warning,) = use(path)
        assert "others can write" in warning

    def test_a_link_or_a_folder_in_its_place_is_not_followed(self, path: Path, good: Path) -> None:
        path.parent.mkdir()
        path.symlink_to(good)
        assert "regular file" in use(path)[0]
        path.unlink()
        path.mkdir()
        assert "regular file" in use(path)[0]

    def test_a_file_that_others_can_read_is_made_private(self, path: Path, good: Path) -> None:
        path.parent.mkdir()
        shutil.copy(good, path)
        path.chmod(0o644)
        assert use(path) == ()
        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_place_where_nothing_can_be_made_costs_one_warning(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        (warning,) = use(tmp_path / "file" / "kai" / "cache.db")
        assert "kai goes on without it" in warning

    def test_a_read_only_folder_costs_one_warning(self, path: Path, good: Path) -> None:
        """Root may write anywhere, so a root's test becomes somebody else first."""
        path.parent.mkdir()
        shutil.copy(good, path)
        uid = 65534 if os.geteuid() == 0 else os.geteuid()
        for each, mode in ((path, 0o400), (path.parent, 0o500)):
            each.chmod(mode)
            os.chown(each, uid, -1)
        try:
            done = subprocess.run(
                [sys.executable, "-c", READ_ONLY, str(uid)],
                cwd=path.parent,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            path.parent.chmod(0o700)
        assert done.stderr == ""
        answered, warnings = done.stdout.split()
        assert answered in ("True", "False")
        assert warnings == "1"

    def test_a_full_disk_costs_one_warning_and_reading_goes_on_before_it(self, path: Path) -> None:
        """A limit on file size, set by the process itself, makes every longer write fail."""
        filled(path)
        limit = 40_960  # room for the WAL's index (32 KiB), not for many pages
        command = [sys.executable, "-c", FULL_DISK, str(path), str(limit)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.stdout.splitlines(), done.stderr) == (["kubectl get 1", "1"], "")
        assert use(path) == ()

    def test_what_a_killed_process_left_while_making_the_file_is_swept_away(
        self, path: Path
    ) -> None:
        path.parent.mkdir()
        for name, age in ((".cache.db.1.a", 0), (".cache.db.2.b-journal", 120)):
            path.with_name(name).write_bytes(b"left")
            moment = path.with_name(name).stat().st_mtime - age
            os.utime(path.with_name(name), (moment, moment))
        one = store(path)
        add(one)
        one.close()
        assert sorted(file.name for file in path.parent.iterdir()) == [".cache.db.1.a", "cache.db"]

    def test_a_closed_store_opens_again(self, path: Path) -> None:
        one = store(path)
        add(one)
        one.close()
        one.close()
        assert len(one.read("SELECT * FROM t")) == 1
        one.close()

    def test_a_file_deleted_under_an_open_store_is_begun_anew_by_the_next(self, path: Path) -> None:
        one = store(path)
        add(one)
        shutil.rmtree(path.parent)
        add(one)
        assert len(one.warnings) <= 1
        two = store(path)
        assert add(two) == 1
        two.close()
        one.close()

    def test_the_journal_has_the_same_manners(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b"no database" * 500)
        journal = Journal(path)
        assert journal.recent() == []
        assert journal.add(Record("pods")) == 1
        assert len(journal.warnings) == 1
        assert [record.request for record in journal.recent()] == ["pods"]
        journal.close()
