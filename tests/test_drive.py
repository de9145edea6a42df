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
from kai_shell.drive import events, stepped


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


def test_a_stream_that_never_waits_is_stepped_to_its_end() -> None:
    tested = engine()
    assert not tested.waits
    (last,) = events(tested, Ask("x"))
    assert isinstance(last, Outcome)


def test_a_stream_that_waits_is_not_stepped_by_hand() -> None:
    stream = stepped(waiting())
    assert next(stream) == Text("first")
    with pytest.raises(RuntimeError, match="needs an event loop"):
        next(stream)


def test_an_engine_with_a_model_runs_under_asyncio_and_streams() -> None:
    tested = engine(ScriptedProvider(["kubectl get pods"]))
    assert tested.waits
    kinds = [type(event) for event in events(tested, Ask("x"))]
    assert kinds == [Status, Text, Text, Text, Offered, Answered]
