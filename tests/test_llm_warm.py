"""Loading models before they are asked: one at a time, whoever goes away, as long as somebody works."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kai.errors import ModelBusy, ModelUnreachable
from kai.llm.endpoint import Generation, Loaded, Reach
from kai.llm.inventory import Inventory, file
from kai.llm.memory import Memory
from kai.llm.warm import ACTIVE, Warm, lasting
from kai.provider import Readiness
from tests.fake_models import GB, FakeModels, model, prompt

PLENTY = Memory(64 * GB, 60 * GB)


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def warm_of(
    server: FakeModels,
    clock: Clock,
    folder: Path,
    *,
    machine: Memory = PLENTY,
    keep_alive: float = 1800.0,
    log: Callable[[str], None] = lambda text: None,
) -> Warm:
    inventory = Inventory(server, file(folder), clock=clock)

    def ask(name: str) -> Generation:
        return replace(prompt(name), keep_alive=keep_alive)

    look = lambda reach, loaded, seen: machine  # noqa: E731
    return Warm(server, ask, inventory=inventory, look=look, clock=clock, log=log)


async def until(true: Callable[[], bool]) -> None:
    """Let the other tasks go on until it is so."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0)


async def test_a_model_that_was_asked_for_goes_from_cold_over_loading_to_warm(
    tmp_path: Path,
) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    server.gate = asyncio.Event()
    warm = warm_of(server, clock, tmp_path)
    assert warm.status().readiness is Readiness.NONE
    warm.touch("a:1b")
    assert warm.status().readiness is Readiness.COLD
    task = warm.begin("a:1b")
    await until(lambda: bool(server.requests))
    assert warm.status().readiness is Readiness.LOADING
    server.gate.set()
    await task
    assert warm.status().readiness is Readiness.WARM
    assert warm.status().name == "a:1b"
    assert warm.left("a:1b") == 1800.0


async def test_loading_reads_the_beginning_of_every_prompt_and_writes_one_token(
    tmp_path: Path,
) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    await warm_of(server, clock, tmp_path).warm("a:1b")
    (request,) = server.requests
    assert request.num_predict == 1
    assert request.prompt == prompt("a:1b").prompt
    assert (request.num_ctx, request.keep_alive) == (4096, 1800.0)


async def test_a_client_that_goes_away_leaves_the_load_alone(tmp_path: Path) -> None:
    clock, server = Clock(), FakeModels(model("a:1b"))
    server.gate = asyncio.Event()
    warm = warm_of(server, clock, tmp_path)
    client = asyncio.create_task(warm.warm("a:1b"))
    await until(lambda: bool(server.requests))
    client.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await client
    assert warm.status().readiness is Readiness.LOADING
    server.gate.set()
    await warm.warm("a:1b")
    assert (len(server.requests), server.finished, server.broken_off) == (1, 1, 0)


async def test_two_models_are_loaded_one_after_the_other(tmp_path: Path) -> None:
    clock, server = Clock(), FakeModels(model("a:1b"), model("b:1b"))
    server.gate = asyncio.Event()
    warm = warm_of(server, clock, tmp_path)
    first, second = warm.begin("a:1b"), warm.begin("b:1b")
    await until(lambda: bool(server.requests))
    for _ in range(20):
        await asyncio.sleep(0)
    assert [request.model for request in server.requests] == ["a:1b"]
    server.gate.set()
    await asyncio.gather(first, second)
    assert [request.model for request in server.requests] == ["a:1b", "b:1b"]


async def test_a_model_that_is_warm_is_not_loaded_again(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    await warm.warm("a:1b")
    assert len(server.requests) == 1


async def test_a_stay_that_is_over_makes_a_model_cold(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    clock.now += 1801
    assert warm.status().readiness is Readiness.COLD


async def test_a_model_that_somebody_else_unloaded_is_cold_after_a_look(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    server.there = ()
    await warm.look()
    assert not warm.is_warm("a:1b")


async def test_with_the_server_its_memory_is_gone(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    server.error = ModelUnreachable("nothing listens")
    with pytest.raises(ModelUnreachable):
        await warm.look()
    assert not warm.is_warm("a:1b")


async def test_a_model_that_somebody_else_loaded_is_warm_after_a_look(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    server.there = (Loaded("a:1b", 2 * GB, 2 * GB, clock.now + 300),)
    warm = warm_of(server, clock, tmp_path)
    warm.touch("a:1b")
    await warm.look()
    assert warm.status().detail == "a:1b: in memory for 5 min, 2.0 GB, GPU"


async def test_a_server_that_tells_nothing_of_its_memory_lets_nothing_go(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"))
    server.there = None
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    assert warm.left("a:1b") is None
    assert warm.status().detail == "a:1b: always there"
    server.error = ModelUnreachable("nothing listens")
    with pytest.raises(ModelUnreachable):
        await warm.look()
    assert not warm.is_warm("a:1b")


async def test_another_machines_clock_shortens_no_stay(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), reach=Reach.OWN, clock=lambda: 5.0)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    assert warm.left("a:1b") == 1800.0


async def test_nothing_is_asked_of_a_server_in_the_cloud(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), reach=Reach.CLOUD)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    assert server.requests == []
    assert warm.status().readiness is Readiness.WARM


async def test_while_a_request_runs_what_may_be_needed_waits_and_the_state_is_loading(
    tmp_path: Path,
) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path)
    with warm.asking("a:1b"), warm.asking("a:1b"):
        assert warm.status().readiness is Readiness.LOADING
        waiting = asyncio.create_task(warm.quiet())
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting
    warm.answered("a:1b", 60.0)
    with warm.asking("a:1b"):
        assert warm.status().readiness is Readiness.WARM


async def test_what_does_not_fit_into_memory_is_said_and_not_loaded(tmp_path: Path) -> None:
    clock, server = Clock(), FakeModels(model("a:7b", 4.7))
    warm = warm_of(server, clock, tmp_path, machine=Memory(8 * GB, 4 * GB))
    with pytest.raises(ModelBusy, match=r"a:7b needs about .* 4.0 GB are free .*kai models"):
        await warm.warm("a:7b")
    assert server.requests == []
    assert warm.status().readiness is Readiness.COLD
    assert "needs about" in warm.status().detail


async def test_what_others_give_back_counts_as_room(tmp_path: Path) -> None:
    clock, server = Clock(), FakeModels(model("a:7b", 4.7), model("b:3b"))
    server.there = (Loaded("b:3b", 3 * GB, 0, clock.now + 300),)
    warm = warm_of(server, clock, tmp_path, machine=Memory(8 * GB, 4 * GB))
    await warm.warm("a:7b")
    assert [request.model for request in server.requests] == ["a:7b"]


async def test_a_load_that_failed_says_why_and_the_next_one_tries_again(tmp_path: Path) -> None:
    clock, server = Clock(), FakeModels(model("a:1b"), clock=Clock())
    warm = warm_of(server, clock, tmp_path)
    server.error = ModelUnreachable("nothing listens at http://x; ollama serve")
    with pytest.raises(ModelUnreachable):
        await warm.warm("a:1b")
    assert warm.status().detail == "nothing listens at http://x; ollama serve"
    server.error = None
    await warm.warm("a:1b")
    assert warm.status().readiness is Readiness.WARM


async def test_a_failed_load_that_nobody_waits_for_is_in_the_log_and_nowhere_else(
    tmp_path: Path,
) -> None:
    lines: list[str] = []
    clock, server = Clock(), FakeModels(model("a:1b"))
    server.error = ModelUnreachable("nothing listens")
    warm = warm_of(server, clock, tmp_path, log=lines.append)
    await asyncio.wait({warm.begin("a:1b")})
    assert lines == ["model: a:1b could not be loaded (ModelUnreachable)"]


@contextlib.asynccontextmanager
async def running(warm: Warm) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(warm.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await warm.close()


async def test_an_active_users_model_is_prolonged_before_its_stay_ends(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path)
    await warm.warm("a:1b")
    clock.now += 1800 - 30  # inside the margin
    warm.touch("a:1b")
    async with running(warm):
        await until(lambda: len(server.requests) == 2)
        await until(lambda: (warm.left("a:1b") or 0) > 1700)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(server.requests) == 2


async def test_an_idle_users_model_is_let_go(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path, keep_alive=ACTIVE + 100)
    await warm.warm("a:1b")
    clock.now += ACTIVE + 90
    async with running(warm):
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(server.requests) == 1


async def test_a_keep_alive_of_nothing_is_never_prolonged(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=clock)
    warm = warm_of(server, clock, tmp_path, keep_alive=0.0)
    async with running(warm):
        await warm.warm("a:1b")
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(server.requests) == 1
        assert warm.status().readiness is Readiness.COLD


async def test_a_server_whose_times_are_odd_is_not_asked_without_a_pause(tmp_path: Path) -> None:
    clock = Clock()
    server = FakeModels(model("a:1b"), clock=lambda: clock.now - 10_000)
    warm = warm_of(server, clock, tmp_path)
    async with running(warm):
        await warm.warm("a:1b")
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(1800, "30 min"), (59.6, "60 s"), (-3, "0 s"), (10_800, "3 h")]
)
def test_lengths_of_time_are_said_in_their_largest_whole_unit(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
