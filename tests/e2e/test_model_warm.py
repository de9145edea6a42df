"""Models in a real Ollama: loaded before they are asked, kept, let go, listed, made and deleted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from kai import config
from kai.errors import ModelBusy
from kai.llm.endpoint import Done, Generation, Reach
from kai.llm.inventory import file, remembered
from kai.llm.memory import Memory
from kai.llm.prompt import build
from kai.llm.servers import Server, Servers
from kai.llm.warm import Warm
from kai.model import Ask
from kai.provider import Readiness
from kai_shell.daemon import lifecycle, runtime
from tests.e2e.models.servers import Ollama, until
from tests.run_kai import kai

KAI = str(Path(sys.executable).with_name("kai"))

Enabled = Callable[..., config.Loaded]


@pytest.fixture
def enabled(monkeypatch: pytest.MonkeyPatch) -> Enabled:
    """The settings of a user whose Ollama this is."""

    def settings(ollama: Ollama, **more: str) -> config.Loaded:
        monkeypatch.setenv("KAI_LLM_ENABLED", "true")
        monkeypatch.setenv("OLLAMA_HOST", ollama.host)
        monkeypatch.setenv("OLLAMA_MODELS", str(ollama.folder))
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        return config.load()

    return settings


@contextlib.asynccontextmanager
async def server_of(loaded: config.Loaded) -> AsyncIterator[Server]:
    servers = Servers()
    try:
        server = await servers.at(loaded, os.environ)
        await server.inventory.models(again=True)
        yield server
    finally:
        await servers.close()


async def ended(server: Server, generation: Generation) -> Done:
    events = [event async for event in server.endpoint.stream(generation)]
    assert isinstance(events[-1], Done)
    return events[-1]


async def request(server: Server, model: str, words: str) -> Generation:
    told = await server.told(model)
    return told.generation(build(Ask(words), told.preset))


async def test_after_the_warm_up_the_prompts_beginning_is_read_already(
    newest_ollama: Ollama, enabled: Enabled
) -> None:
    """What a request has beside the beginning is a tenth of it: the rest is not read again."""
    ollama, model = newest_ollama, newest_ollama.model("middle")
    async with server_of(enabled(ollama)) as server:
        ollama.unload(model)
        cold = await ended(server, await request(server, model, "pods of the shop"))
        ollama.unload(model)
        await server.warm.begin(model)
        warm = await ended(server, await request(server, model, "logs of the api"))
    assert cold.prompt_seconds is not None
    assert warm.prompt_seconds is not None
    assert warm.prompt_seconds < cold.prompt_seconds / 2
    assert cold.load_seconds is not None
    assert warm.load_seconds is not None
    assert warm.load_seconds < cold.load_seconds


async def test_the_state_is_what_the_server_itself_says(ollama: Ollama, enabled: Enabled) -> None:
    model = ollama.model("ascii")
    ollama.unload(model)
    loaded = enabled(ollama, KAI_LLM_KEEP_ALIVE="10m")
    async with server_of(loaded) as server:
        server.warm.touch(model)
        assert server.warm.status().readiness is Readiness.COLD
        await server.warm.warm(model)
        status = server.warm.status()
        assert status.readiness is Readiness.WARM
        assert status.detail.startswith("ascii: in memory for 10 min, ")
        assert status.detail.endswith("CPU")
        assert ollama.loaded()["ascii"]["context_length"] == loaded.settings.llm.num_ctx
        ollama.unload(model)
        await server.warm.look()
        assert server.warm.status().readiness is Readiness.COLD
    kept = remembered(file(loaded.paths.cache), ollama.url)
    (about,) = (each for each in kept.models if each.name == "ascii:latest")
    assert kept.note(about).memory is not None


async def test_a_client_that_goes_away_does_not_abort_the_load(
    ollama: Ollama, enabled: Enabled
) -> None:
    model = ollama.model("middle")
    ollama.unload(model)
    async with server_of(enabled(ollama)) as server:
        client = asyncio.create_task(server.warm.warm(model))
        async with asyncio.timeout(30):
            while server.warm.status(model).readiness is not Readiness.LOADING:  # noqa: ASYNC110
                await asyncio.sleep(0)
        client.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await client
        await server.warm.warm(model)
        assert server.warm.is_warm(model)
        assert "middle" in ollama.loaded()
        ollama.unload(model)


async def test_a_short_stay_is_prolonged_while_somebody_works(
    newest_ollama: Ollama, enabled: Enabled
) -> None:
    model = newest_ollama.model("ascii")
    loaded = enabled(newest_ollama, KAI_LLM_KEEP_ALIVE="12s")
    async with server_of(loaded) as server:
        await server.warm.warm(model)
        before = newest_ollama.loaded()["ascii"]["expires_at"]
        keeper = asyncio.create_task(server.warm.run())
        try:
            async with asyncio.timeout(30):
                while newest_ollama.loaded()["ascii"]["expires_at"] == before:
                    server.warm.touch(model)
                    await asyncio.sleep(0.2)
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper


async def test_what_does_not_fit_is_never_asked_of_the_server(
    newest_ollama: Ollama, enabled: Enabled
) -> None:
    model = newest_ollama.model("big")
    newest_ollama.unload(model)
    async with server_of(enabled(newest_ollama)) as server:
        small = Memory(400_000_000, 50_000_000)
        warm = Warm(
            server.endpoint,
            server.beginning,
            inventory=server.inventory,
            look=lambda reach, loaded, seen: small,
        )
        assert server.endpoint.reach is Reach.MACHINE
        with pytest.raises(ModelBusy, match="big needs about"):
            await warm.warm(model)
    assert "big" not in newest_ollama.loaded()


# --- the command line ---------------------------------------------------------------------------


def test_models_are_listed_made_used_and_deleted(ollama: Ollama, enabled: Enabled) -> None:
    ollama.model("claims-q2")
    enabled(ollama)
    assert kai("models", "create", "kai-made", "--from", "claims-q2").status == 0
    assert kai("models", "use", "kai-made").out == "llm.model is kai-made:latest\n"
    said = kai("models", "--json")
    rows = {row["name"]: row for row in json.loads(said.out)["models"]}
    assert "llm.model" in rows["kai-made:latest"]["marks"]
    assert "coarse (Q2_K)" in rows["claims-q2:latest"]["marks"]
    shown = ollama.post("/api/show", {"model": "kai-made"}).json
    assert "num_ctx" in shown["parameters"]
    assert not shown.get("system")
    deleted = kai("models", "rm", "kai-made", "--yes")
    assert (deleted.status, deleted.out[:8]) == (0, "deleted ")
    assert "llm.model still names it" in deleted.err
    assert kai("models", "use", "auto").status == 0
    rows = {row["name"]: row for row in json.loads(kai("models", "--json").out)["models"]}
    assert "kai-made:latest" not in rows


def test_a_pull_without_a_way_to_the_registry_says_so(ollama: Ollama, enabled: Enabled) -> None:
    """The registry of this name is a port on which nobody listens."""
    enabled(ollama)
    said = kai("pull", "localhost:1/somebody/model")
    assert (said.status, said.out) == (1, "")
    assert "cannot reach where models come from" in said.err


def test_the_doctor_measures_a_real_model(newest_ollama: Ollama, enabled: Enabled) -> None:
    newest_ollama.model("middle")
    enabled(newest_ollama, KAI_LLM_MODEL="middle")
    said = kai("doctor", "--json", "--model")
    checks = [json.loads(line) for line in said.out.splitlines()]
    told = [check["detail"] for check in checks if check["name"] == "model"]
    # On a busy machine the second time may be slow as well: that it is told is what counts here.
    assert any(line.startswith("a prompt of ") and "the next one in" in line for line in told), told
    assert any("tokens/s: a command takes" in line or "a smaller one" in line for line in told)
    assert any("runs on the CPU" in line for line in told)


@pytest.fixture
def daemon_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder; whatever daemon lives there at the end is ended."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        try:
            yield runtime.folder(os.environ)
        finally:
            lifecycle.stop(os.environ)


def process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([KAI, *words], capture_output=True, text=True, timeout=90, check=False)


def test_warmup_loads_the_model_in_the_daemon_and_says_for_how_long(
    start_ollama: Callable[..., Ollama], enabled: Enabled, daemon_home: str
) -> None:
    ollama = start_ollama()
    ollama.model("ascii")
    enabled(ollama, KAI_LLM_KEEP_ALIVE="10m")
    assert process("warmup").stdout == ""
    waited = process("warmup", "--wait")
    assert (waited.returncode, waited.stderr) == (0, "")
    first, second = waited.stdout.splitlines()
    assert first.startswith("warm: process ")
    assert second.startswith("model warm: ascii:latest: in memory for 10 min, ")
    assert "ascii" in ollama.loaded()
    # A daemon that is too busy to answer within 10 ms is asked behind this process's back.
    until(lambda: process("warmup").stdout.startswith("model warm: ascii:latest: in"), "no line")
    assert process("warmup", "--quiet").stdout == ""
    said = json.loads(process("warmup", "--status", "--json").stdout)
    assert said["model"]["state"] == "warm"
    assert 500 < said["model"]["seconds_left"] <= 600


def test_a_daemon_whose_server_is_gone_says_so_at_once(
    start_ollama: Callable[..., Ollama], enabled: Enabled, daemon_home: str
) -> None:
    ollama = start_ollama()
    ollama.model("ascii")
    enabled(ollama)
    assert "model warm" in process("warmup", "--wait").stdout
    ollama.kill()
    began = time.monotonic()
    said = process("warmup", "--status")
    assert time.monotonic() - began < 5
    assert "ollama serve" in said.stdout
    assert "model none: no model server listens" in process("warmup", "--wait").stdout
