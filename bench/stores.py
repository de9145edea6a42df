"""The cache and the journal: cold in a new process, warm, and with many rows.

    python -m bench stores [--rows N]

By default with 100,000 rows; 1,000,000 need about 0.6 GB of temporary disk and some minutes, and a
look-up among them must take at most 1 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from bench.harness import calls, environment, process_seconds, report, stages
from kai.cache import Answer, SqliteCache, cache_key
from kai.config import Paths, load
from kai.journal import Journal, Record
from kai.model import Ask, Context, Draft, Source
from kai.redact import redact

COMMAND = "kubectl get pods --namespace=payments --selector=app=web --sort-by=.metadata.name"
ASSUMED = ("namespace payments is the current one",)

COLD = """
import sys, time
from pathlib import Path
import json, typing, kai.model
start = time.perf_counter(), time.process_time()
import kai.cache
loaded = time.perf_counter(), time.process_time()
cache = kai.cache.SqliteCache(Path(sys.argv[1]))
where = kai.model.Context("prod", "payments", "https://10.0.0.1:6443", "1.32")
key = kai.cache.cache_key(kai.model.Ask("pods 0", where))
found = cache.get(key)
got = time.perf_counter(), time.process_time()
assert found is not None, cache.warnings
cache.close()
closed = time.perf_counter(), time.process_time()
for a, b in ((start, loaded), (loaded, got), (got, closed)):
    print(b[0] - a[0], b[1] - a[1])
"""
CONFIG = """
import sys, time, json, enum, typing
from pathlib import Path
import kai.model
start = time.perf_counter(), time.process_time()
from kai.config import Paths, load
load({}, {}, Paths.under(Path(sys.argv[1])))
end = time.perf_counter(), time.process_time()
print(end[0] - start[0], end[1] - start[1])
"""


def answer() -> Answer:
    return Answer(Draft(COMMAND, Source.BUILTIN, 0.97, ASSUMED), (Draft(COMMAND, Source.MODEL),))


WHERE = Context("prod", "payments", "https://10.0.0.1:6443", "1.32")


def key(request: str) -> str:
    return cache_key(Ask(request, WHERE))


def keep(cache: SqliteCache, request: str) -> None:
    cache.put(key(request), request, answer())


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Rows as the cache writes them; made here because `put` 1,000,000 times takes minutes."""
    keys = sorted(key(f"pods {number}") for number in range(count))
    drafts = [COMMAND, "builtin", 0.97, list(ASSUMED)]
    value = json.dumps([drafts, [[COMMAND, "model", 1.0, []]]], separators=(",", ":"))
    now, chance = time.time(), random.Random(1)  # noqa: S311 - reproducible, no secret
    turns = list(range(count))
    chance.shuffle(turns)
    for name, turn in zip(keys, turns, strict=True):
        digest = sha256((name + value).encode()).digest()[:8]
        request = chance.randrange(-(2**63), 2**63)
        yield bytes.fromhex(name), request, value, digest, 0, now, now, 1, turn


def many(folder: Path, count: int, env: dict[str, str]) -> None:
    path = folder / "kai" / "cache.db"
    cache = SqliteCache(path, max_entries=count)
    keep(cache, "first")
    cache.close()
    start = time.perf_counter()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    columns = "key, request, value, digest, corrected, made, last_use, uses, turn"
    sql = f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
    connection.executemany(sql, rows(count - 1))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = path.stat().st_size / 1e6
    print(f"{count} rows made in {time.perf_counter() - start:.0f} s, {size:.0f} MB")
    stages(
        ["  import kai.cache", "  open + get, new process", "  close"],
        COLD,
        str(path),
        runs=11,
        env=env,
    )
    chance = random.Random(2)  # noqa: S311 - as above
    wanted = [key(f"pods {chance.randrange(count - 1)}") for _ in range(5000)]
    assert cache.get(wanted[0]) is not None
    report("  get (hit), random keys", calls(cache.get, wanted, rounds=1, warm=0))
    missing = [key(f"none {number}") for number in range(5000)]
    report("  get (miss)", calls(cache.get, missing, rounds=1, warm=0))
    new = [f"new {number}" for number in range(2000)]
    report("  put + evict", calls(lambda r: keep(cache, r), new, rounds=1, warm=0))
    report("  forget", calls(cache.forget, new[:500], rounds=1, warm=0))
    assert not cache.warnings, cache.warnings
    cache.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "stores")
        folder.mkdir()
        env = environment(Path(scratch))
        floor = statistics.median(
            process_seconds([sys.executable, "-c", "pass"], env=env) for _ in range(21)
        )
        print(f"{'python -c pass':<34} median {floor * 1e3:7.2f} ms wall")
        stages(["settings, no file"], CONFIG, str(folder), env=env)
        paths = Paths.under(folder)
        paths.config.mkdir()
        paths.file.write_text("llm:\n  model: qwen2.5-coder:7b\ncache:\n  ttl: 48h\n")
        paths.file.chmod(0o600)
        load({}, {}, paths)
        stages(["settings, unchanged file"], CONFIG, str(folder), env=env)

        path = folder / "small" / "cache.db"
        cache = SqliteCache(path)
        start = time.perf_counter()
        keep(cache, "pods 0")
        print(
            f"{'first put (makes the file)':<34} once   {(time.perf_counter() - start) * 1e3:7.2f} ms"
        )
        requests = [f"pods {number}" for number in range(2000)]
        report("put", calls(lambda r: keep(cache, r), requests, rounds=1))
        keys = [key(request) for request in requests]
        report("get (hit, counts the use)", calls(cache.get, keys))
        report("cache_key", calls(key, requests), unit="us")
        cache.close()
        stages(["import kai.cache", "open + get, new process", "close"], COLD, str(path), env=env)

        journal = Journal(folder / "small" / "journal.db")
        record = Record("pods in payments sorted by name", COMMAND, source="builtin")
        report("journal add", calls(journal.add, [record] * 1000, rounds=1))
        journal.close()
        report("redact", calls(redact, [record.request, COMMAND] * 500), unit="us")
        many(folder, count, env)


if __name__ == "__main__":
    main()
