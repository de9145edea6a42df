"""Answers kept: which key, for how long, how many, and what a broken disk costs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kai.cache import Answer, Cache, MemoryCache, SqliteCache, cache_key, normalise
from kai.model import Ask, Context, Draft, Source, Surroundings, Target

DAY = 86400.0


@dataclass
class Clock:
    """A clock that stands where it is put."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def answer(command: str = "kubectl get pods") -> Answer:
    return Answer(
        Draft(command, Source.MODEL, 0.8, ("namespace assumed",)),
        (Draft("kubectl get pods -A", Source.BUILTIN, 0.5),),
    )


def key(request: str) -> str:
    return cache_key(Ask(request))


Make = Callable[..., Cache]


@pytest.fixture(name="make", params=["sqlite", "memory"])
def _make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    made: list[Cache] = []

    def make(*, ttl: float = 30 * DAY, max_entries: int = 5000, clock: Clock) -> Cache:
        cache: Cache = MemoryCache(ttl=ttl, max_entries=max_entries, clock=clock)
        if request.param == "sqlite":
            path = tmp_path / "kai" / "cache.db"
            cache = SqliteCache(path, ttl=ttl, max_entries=max_entries, clock=clock)
        made.append(cache)
        return cache

    yield make
    for cache in made:
        assert not cache.warnings
        cache.close()


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "kai" / "cache.db"


class TestKey:
    @pytest.mark.parametrize(
        "request_", ["pods in prod", "  pods   in prod ", "pods in prod?", "pods\tin prod!?."]
    )
    def test_blanks_and_final_marks_do_not_matter(self, request_: str) -> None:
        assert key(request_) == key("pods in prod")

    @pytest.mark.parametrize("request_", ["pods in Prod", "pods in prod-1", "podsin prod", ""])
    def test_anything_else_in_the_request_does(self, request_: str) -> None:
        assert key(request_) != key("pods in prod")

    @pytest.mark.parametrize(
        ("request_", "normal"),
        [
            ("apply everything in .", "apply everything in ."),
            ("apply ./k8s/.", "apply ./k8s/."),
            ("what runs (here)?", "what runs (here)"),
            ("delete 'a b'.", "delete 'a b'"),
            ("...", "..."),
            ("?", "?"),
        ],
    )
    def test_a_mark_that_is_a_word_of_its_own_stays(self, request_: str, normal: str) -> None:
        assert normalise(request_) == normal

    def test_every_part_of_the_question_is_in_the_key(self) -> None:
        base = Ask("pods")
        where, around = base.context, base.surroundings
        asks = [
            base,
            replace(base, target=Target.SCRIPT),
            *(
                replace(base, context=replace(where, **{name: "x"}))
                for name in ("context", "namespace", "server", "kubectl_version")
            ),
            *(
                replace(base, surroundings=other)
                for other in (
                    replace(around, kind="x"),
                    replace(around, name="x"),
                    replace(around, namespace="x"),
                    replace(around, selection="x"),
                )
            ),
            replace(base, surroundings=Surroundings(variables={"NS": "a"})),
            replace(base, surroundings=Surroundings(variables={"NS": "b"})),
            replace(base, surroundings=Surroundings(neighbours=("a", "b"))),
            replace(base, surroundings=Surroundings(neighbours=("a b",))),
        ]
        keys = [cache_key(ask) for ask in asks]
        keys += [cache_key(base, versions=("1",)), cache_key(base, versions=("1", "2"))]
        keys += [cache_key(base, model="sha256:1")]
        assert len(set(keys)) == len(keys)

    def test_who_asks_and_whether_again_is_not(self) -> None:
        assert cache_key(Ask("pods", id="7", again=True)) == key("pods")
        order = Surroundings(variables={"a": "1", "b": "2"})
        other = Surroundings(variables={"b": "2", "a": "1"})
        assert cache_key(Ask("x", surroundings=order)) == cache_key(Ask("x", surroundings=other))

    @settings(max_examples=100, deadline=None)
    @given(st.text(), st.text())
    def test_any_text_has_a_key_and_normalising_twice_changes_nothing(self, a: str, b: str) -> None:
        ask = Ask(a + "\ud800", context=Context(context=b))
        assert len(cache_key(ask)) == 64
        assert normalise(normalise(a)) == normalise(a)


class TestKeeping:
    """What every cache does, on disk and in memory."""

    def test_an_answer_comes_back_whole_with_its_uses_and_age(self, make: Make) -> None:
        clock = Clock()
        cache = make(clock=clock)
        assert cache.get(key("pods")) is None
        cache.put(key("pods"), "pods", answer())
        clock.now += 60
        first, second = cache.get(key("pods")), cache.get(key("pods"))
        assert first == replace(answer(), uses=1, age=60.0)
        assert second == replace(answer(), uses=2, age=60.0)

    def test_a_second_answer_replaces_the_first(self, make: Make) -> None:
        cache = make(clock=Clock())
        cache.put(key("pods"), "pods", answer("kubectl get pods"))
        cache.put(key("pods"), "pods", answer("kubectl get po"))
        kept = cache.get(key("pods"))
        assert kept
        assert kept.draft.command == "kubectl get po"
        assert cache.stats().entries == 1

    def test_a_destructive_answer_is_not_kept_and_drops_what_was(self, make: Make) -> None:
        cache = make(clock=Clock())
        cache.put(key("x"), "x", answer("kubectl delete pod a"), keep=False)
        assert cache.get(key("x")) is None
        cache.put(key("x"), "x", answer())
        cache.put(key("x"), "x", answer("kubectl delete pod a"), keep=False)
        assert cache.get(key("x")) is None

    def test_a_command_with_a_secret_is_not_kept(self, make: Make) -> None:
        cache = make(clock=Clock())
        command = "kubectl create secret generic a --from-literal=user=bob"
        cache.put(key("x"), "x", answer(command))
        cache.correct(key("x"), "x", command)
        assert cache.get(key("x")) is None

    def test_a_correction_replaces_the_answer_and_outlives_new_ones(self, make: Make) -> None:
        cache = make(clock=Clock())
        cache.put(key("x"), "x", answer("kubectl get pods"))
        cache.correct(key("x"), "x", "kubectl get pods --namespace=a")
        cache.put(key("x"), "x", answer("kubectl get pods"))
        cache.put(key("x"), "x", answer("kubectl delete pods"), keep=False)
        kept = cache.get(key("x"))
        assert kept
        assert (kept.draft.command, kept.corrected) == ("kubectl get pods --namespace=a", True)
        assert kept.alternatives == ()
        assert cache.stats().corrected == 1

    def test_a_correction_can_be_corrected_and_a_destructive_one_is_dropped(
        self, make: Make
    ) -> None:
        cache = make(clock=Clock())
        cache.correct(key("x"), "x", "kubectl get a")
        cache.correct(key("x"), "x", "kubectl get b")
        kept = cache.get(key("x"))
        assert kept
        assert kept.draft.command == "kubectl get b"
        cache.correct(key("x"), "x", "kubectl delete b c", keep=False)
        assert cache.get(key("x")) is None

    def test_a_correction_that_is_too_old_makes_room(self, make: Make) -> None:
        clock = Clock()
        cache = make(ttl=10.0, clock=clock)
        cache.correct(key("x"), "x", "kubectl get a")
        clock.now += 11
        cache.put(key("x"), "x", answer())
        assert cache.get(key("x")) == replace(answer(), uses=1)

    def test_forgetting_drops_the_request_in_every_context(self, make: Make) -> None:
        cache = make(clock=Clock())
        for context in ("a", "b"):
            ask = Ask("pods?", Context(context=context))
            cache.put(cache_key(ask), ask.request, answer())
        cache.put(key("nodes"), "nodes", answer("kubectl get nodes"))
        assert cache.forget(" pods ") == 2
        assert cache.forget("pods") == 0
        assert cache.get(key("nodes"))

    def test_the_least_recently_used_goes_first(self, make: Make) -> None:
        cache = make(max_entries=3, clock=Clock())
        for name in "abc":
            cache.put(key(name), name, answer())
        assert cache.get(key("a"))
        cache.put(key("d"), "d", answer())
        assert cache.stats().entries == 3
        assert [name for name in "abcd" if cache.get(key(name))] == ["a", "c", "d"]

    def test_an_answer_lives_one_ttl(self, make: Make) -> None:
        clock = Clock()
        cache = make(ttl=10.0, clock=clock)
        cache.put(key("x"), "x", answer())
        clock.now += 10
        assert cache.get(key("x"))
        clock.now += 0.1
        assert cache.get(key("x")) is None
        cache.put(key("x"), "x", answer())
        assert cache.get(key("x"))

    def test_a_clock_that_jumped_ahead_and_back_loses_nothing(self, make: Make) -> None:
        clock = Clock()
        cache = make(ttl=30 * DAY, clock=clock)
        cache.put(key("x"), "x", answer())
        clock.now += 365 * DAY
        assert cache.get(key("x")) is None
        clock.now -= 365 * DAY
        assert cache.get(key("x"))

    def test_an_answer_from_the_future_lives_one_ttl_from_now(self, make: Make) -> None:
        clock = Clock()
        cache = make(ttl=30 * DAY, clock=clock)
        clock.now += 365 * DAY
        cache.put(key("x"), "x", answer())
        clock.now -= 365 * DAY
        kept = cache.get(key("x"))
        assert kept
        assert kept.age == 0.0
        clock.now += 31 * DAY
        assert cache.get(key("x")) is None

    def test_clearing_drops_everything(self, make: Make) -> None:
        cache = make(clock=Clock())
        for name in "ab":
            cache.put(key(name), name, answer())
        assert cache.get(key("a"))
        assert cache.stats()[:3] == (2, 1, 0)
        assert cache.clear() == 2
        assert cache.clear() == 0
        assert cache.stats().entries == 0
        cache.put(key("a"), "a", answer())
        assert cache.get(key("a"))


class TestDisk:
    def test_looking_up_makes_no_file_and_keeping_makes_a_private_one(self, path: Path) -> None:
        cache = SqliteCache(path)
        assert cache.get(key("x")) is None
        assert cache.forget("x") == cache.clear() == 0
        assert not path.parent.exists()
        cache.put(key("x"), "x", answer())
        assert path.parent.stat().st_mode & 0o777 == 0o700
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o777 == 0o600
        cache.close()
        assert [file.name for file in path.parent.iterdir()] == ["cache.db"]

    def test_what_was_kept_is_there_for_the_next_process(self, path: Path) -> None:
        SqliteCache(path).put(key("x"), "x", answer())
        kept = SqliteCache(path).get(key("x"))
        assert kept
        assert kept.draft == answer().draft

    def test_no_word_of_the_request_is_on_disk(self, path: Path) -> None:
        cache = SqliteCache(path)
        cache.put(key("zebrafish pods"), "zebrafish pods", answer())
        cache.close()
        assert b"zebrafish" not in path.read_bytes()

    def test_clearing_takes_the_commands_off_the_disk(self, path: Path) -> None:
        cache = SqliteCache(path)
        cache.put(key("x"), "x", answer("kubectl get zebrafish"))
        cache.clear()
        cache.close()
        assert b"zebrafish" not in path.read_bytes()

    def test_lowering_the_bound_is_caught_up_with_bit_by_bit(self, path: Path) -> None:
        cache = SqliteCache(path)
        for number in range(200):
            cache.put(key(str(number)), str(number), answer())
        small = SqliteCache(path, max_entries=10)
        for number in range(200, 204):
            small.put(key(str(number)), str(number), answer())
        assert small.stats().entries == 10
        assert small.get(key("203"))
        small.close()
        cache.close()

    def test_a_row_that_was_changed_is_no_answer(self, path: Path) -> None:
        cache = SqliteCache(path)
        cache.put(key("x"), "x", answer())
        cache.close()
        connection = sqlite3.connect(path)
        connection.execute("UPDATE answers SET value = replace(value, 'get', 'delete')")
        connection.commit()
        connection.close()
        assert cache.get(key("x")) is None
        assert cache.stats().entries == 0
        cache.close()

    def test_a_row_moved_to_another_key_is_no_answer(self, path: Path) -> None:
        cache = SqliteCache(path)
        cache.put(key("x"), "x", answer())
        cache.close()
        connection = sqlite3.connect(path)
        connection.execute("UPDATE answers SET key = ?", (bytes.fromhex(key("y")),))
        connection.commit()
        connection.close()
        assert cache.get(key("y")) is None
        cache.close()


WRITER = """
import sys
from pathlib import Path
from kai.cache import Answer, SqliteCache, cache_key
from kai.model import Ask, Draft, Source
cache = SqliteCache(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    request = f"{sys.argv[2]} {number}"
    key = cache_key(Ask(request))
    cache.put(key, request, Answer(Draft(f"kubectl get {number}", Source.BUILTIN)))
    assert cache.get(key) is not None, (request, cache.warnings)
    print(number, flush=True)
print(list(cache.warnings), file=sys.stderr)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


class TestManyProcesses:
    def test_sixteen_processes_at_once_never_meet_a_locked_store(self, path: Path) -> None:
        processes = [writer(path, f"p{number}", 10) for number in range(16)]
        for process in processes:
            _, remarks = process.communicate(timeout=120)
            assert (process.returncode, remarks.strip()) == (0, "[]")
        cache = SqliteCache(path)
        assert cache.stats().entries == 160
        cache.close()

    def test_kill_9_at_any_moment_leaves_a_readable_store_with_right_answers(
        self, path: Path
    ) -> None:
        for round_ in range(8):
            process = writer(path, "k", 100_000)
            assert process.stdout
            for _ in range(1 + 7 * round_):
                process.stdout.readline()
            process.kill()
            process.communicate(timeout=30)
            cache = SqliteCache(path)
            for number in range(8 * round_):
                kept = cache.get(key(f"k {number}"))
                assert kept is None or kept.draft.command == f"kubectl get {number}"
            assert cache.get(key("k 0"))
            assert not cache.warnings
            cache.close()
