"""Stepping the engine: by hand where nothing waits, under asyncio where a model may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kai.engine import Engine, Parts
from kai.kubectl.resources import builtin
from kai.model import Answered, Ask, Event, Offered, Outcome, Status, Text
from kai.nlu import Reading
from kai.provider import ScriptedProvider
from kai_shell.drive import events, loop, run, stepped


def engine(provider: ScriptedProvider | None = None) -> Engine:
    return Engine(
        Parts(
            understand=lambda request, **where: Reading(None, reason="not understood"),
            check=lambda pipeline, spec, catalogue: pipeline.findings,
            explain=lambda pipeline, catalogue: "",
            catalogue=lambda context: builtin(),
            provider=provider,
        )
    )


async def waiting() -> AsyncIterator[Event]:
    yield Text("first")
    await asyncio.sleep(0)
    yield Text("second")


def test_a_request_without_a_model_is_stepped_by_hand_to_its_end() -> None:
    with asyncio.Runner() as runner:
        (last,) = events(engine(), Ask("x"), runner)
    assert isinstance(last, Outcome)


def test_a_stream_that_waits_is_not_stepped_by_hand() -> None:
    stream = stepped(waiting())
    assert next(stream) == Text("first")
    with pytest.raises(RuntimeError, match="needs an event loop"):
        next(stream)


def test_a_request_to_a_model_goes_on_under_asyncio_and_streams() -> None:
    tested = engine(ScriptedProvider(["kubectl get pods"]))
    with asyncio.Runner() as runner:
        kinds = [type(event) for event in events(tested, Ask("x"), runner)]
    assert kinds == [Status, Text, Text, Text, Offered, Answered]


def test_work_gets_an_event_loop_from_the_moment_it_asks_for_one() -> None:
    seen: list[bool] = []

    async def work() -> int:
        seen.append(_has_loop())
        await loop()
        await asyncio.sleep(0)
        seen.append(_has_loop())
        await loop()  # there is one: this is nothing
        return 7

    assert run(work()) == 7
    assert seen == [False, True]


def test_work_that_waits_for_nothing_never_gets_an_event_loop() -> None:
    async def work() -> bool:
        return _has_loop()

    assert run(work()) is False


def test_an_error_after_the_change_to_an_event_loop_arrives_where_the_work_was_run() -> None:
    async def work() -> None:
        await loop()
        await asyncio.sleep(0)
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        run(work())


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
