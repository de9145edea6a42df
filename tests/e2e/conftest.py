"""What the tests of the shells share: folders of a shell's own, and a daemon that says what it should."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai_shell.daemon import client, lifecycle
from tests.e2e.models.fixtures import (
    llama_cpp,
    model_files,
    newest_ollama,
    ollama,
    ollamas,
    start_llama_cpp,
    start_ollama,
)
from tests.e2e.shells import PODS, Place
from tests.fake_daemon import FakeDaemon, put

__all__ = [  # fixtures of real model servers: see tests/e2e/models
    "llama_cpp",
    "model_files",
    "newest_ollama",
    "ollama",
    "ollamas",
    "start_llama_cpp",
    "start_ollama",
]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Home, runtime folder, probe and script of one shell."""
    return Place.under(tmp_path)


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeDaemon]:
    """A daemon that rewrites every line to `PODS`, until a test wants something else of it."""
    with FakeDaemon(place.runtime, put(PODS)) as running:
        yield running


@pytest.fixture
def real(place: Place) -> Iterator[dict[str, str]]:
    """The environment of kai's own daemon, which is stopped in the end; nothing starts it yet."""
    env = place.environment()
    yield env
    lifecycle.stop(env)


@pytest.fixture
def warm(place: Place, real: dict[str, str]) -> int:
    """The process of kai's own daemon, which has loaded everything."""
    lifecycle.start(real)
    end = time.monotonic() + 60
    while "state=warm" not in (said := client.ask(str(place.runtime), ["status"])):
        assert time.monotonic() < end, said
        time.sleep(0.05)
    return int(client.ask(str(place.runtime), ["hello"])[2])
