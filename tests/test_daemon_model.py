"""The model in the daemon: begun by `kai warmup` and by whoever works, told of, never in the way."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kai import config, wiring
from kai.llm.models import AGAIN, Models
from kai.llm.scripted_server import ScriptedServer
from kai.model import Ask, Draft
from kai.provider import Readiness
from kai_shell.daemon import lifecycle, model, protocol
from kai_shell.daemon.warmup import begin, line
from tests.fake_daemon import FakeDaemon, answering

FAST = {"name": "llama3.2:3b", "size": 2_000_000_000, "parameters": "3.2B"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def enabled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., config.Loaded]:
    """The settings of a shell that asks this server."""

    def settings(url: str, **more: str) -> config.Loaded:
        monkeypatch.setenv("KAI_LLM_ENABLED", "true")
        monkeypatch.setenv("OLLAMA_HOST", url)
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        return config.load()

    return settings


@contextlib.asynccontextmanager
async def models_of(clock: Clock | None = None) -> AsyncIterator[Models]:
    models = Models(monotonic=clock or Clock())
    try:
        yield models
    finally:
        await models.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0.005)


def is_at(models: Models, loaded: config.Loaded, readiness: Readiness) -> Callable[[], bool]:
    return lambda: models.now(loaded).readiness is readiness


async def test_a_request_has_the_model_loaded_behind_it(
    enabled: Callable[..., config.Loaded],
) -> None:
    async with ScriptedServer({"models": [FAST], "answers": ["kubectl"]}) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            assert models.now(loaded).readiness is Readiness.COLD
            models.asked(loaded, {})
            assert server.requests == []
            await until(is_at(models, loaded, Readiness.WARM))
            (request,) = server.asked()
            assert request.body["options"]["num_predict"] == 1
            assert request.body["keep_alive"] == 1800
            assert models.now(loaded).detail.startswith("llama3.2:3b: in memory for ")
            models.asked(loaded, {})
            await asyncio.sleep(0)
            assert len(server.asked()) == 1


async def test_a_model_that_a_request_loads_by_itself_is_the_one_that_is_kept(
    enabled: Callable[..., config.Loaded],
) -> None:
    """Else the first hard request of a day would have two models loaded."""
    good = {"name": "qwen2.5-coder:7b", "size": 4_700_000_000, "parameters": "7.6B"}
    async with ScriptedServer({"models": [FAST, good], "answers": ["k"]}) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            warm = (await models.servers.at(loaded, {})).warm
            with warm.asking("qwen2.5-coder:7b"):
                models.begin(loaded, {})
                await asyncio.sleep(0.05)
                assert server.asked() == []
                warm.answered("qwen2.5-coder:7b", 1800.0)
            await until(lambda: bool(server.asked()))
            assert server.asked()[0].body["model"] == "qwen2.5-coder:7b"


async def test_a_model_with_a_small_window_is_loaded_with_the_one_that_requests_ask_for(
    enabled: Callable[..., config.Loaded],
) -> None:
    """Another window is another load: the first request would wait for it once more."""
    small = {"name": "tinyllama:1.1b", "size": 600_000_000, "parameters": "1.1B", "context": 2048}
    async with ScriptedServer({"models": [small], "answers": ["kubectl get pods"]}) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            models.begin(loaded, {})
            await until(is_at(models, loaded, Readiness.WARM))
            provider = wiring.build_model(loaded, {}, servers=models.servers)
            assert provider is not None
            async with contextlib.aclosing(provider.ask(Ask("gizmos that hum"))) as stream:
                said = [each async for each in stream]
            assert isinstance(said[-1], Draft)
            windows = [asked.body["options"]["num_ctx"] for asked in server.asked()]
            assert len(windows) >= 2
            assert set(windows) == {2048}


async def test_a_model_that_its_server_hands_on_is_told_nothing_before_somebody_asks(
    enabled: Callable[..., config.Loaded],
) -> None:
    away = {**FAST, "name": "large-cloud", "remote_host": "https://ollama.com:443"}
    async with ScriptedServer({"models": [away], "answers": ["k"]}) as server:
        path = enabled(server.url).paths.config / "config.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("privacy:\n  cloud: true\n", encoding="utf-8")
        path.chmod(0o600)
        loaded = config.load()
        async with models_of() as models:
            models.begin(loaded, {})
            await until(is_at(models, loaded, Readiness.WARM))
            assert server.asked() == []


async def test_the_cards_lie_ready_when_the_model_is_loaded(
    enabled: Callable[..., config.Loaded],
) -> None:
    async with ScriptedServer({"models": [FAST], "answers": ["kubectl"]}) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            models.begin(loaded, {})
            await until(lambda: any(loaded.paths.cache.glob("cards-*.db")))


async def test_while_it_loads_the_state_is_loading_and_nothing_waits(
    enabled: Callable[..., config.Loaded],
) -> None:
    script = {"models": [FAST], "answers": [{"text": "k", "loading": 30}]}
    async with ScriptedServer(script) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            models.asked(loaded, {})
            await until(lambda: bool(server.asked()))
            assert models.now(loaded).readiness is Readiness.LOADING
            told = await models.told(loaded)
            assert (told.status.readiness, told.left) == (Readiness.LOADING, None)


@pytest.mark.parametrize(
    ("script", "readiness", "says"),
    [
        ({"refuse": True}, Readiness.NONE, "ollama serve"),
        ({"models": []}, Readiness.NONE, "kai pull llama3.2:3b"),
        ({"routes": {"GET /api/tags": {"status": 500, "json": {"error": "x"}}}},
         Readiness.COLD, "status 500"),
    ],
    ids=["no server", "no model", "failing"],
)  # fmt: skip
async def test_what_is_in_the_way_is_in_the_state(
    enabled: Callable[..., config.Loaded],
    script: dict[str, Any],
    readiness: Readiness,
    says: str,
) -> None:
    async with ScriptedServer(script) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            models.begin(loaded, {})
            await until(lambda: models.now(loaded).readiness not in (Readiness.LOADING,))
            status = models.now(loaded)
            assert (status.readiness, says in status.detail) == (readiness, True), status


async def test_what_could_not_be_loaded_is_tried_again_after_a_while(
    enabled: Callable[..., config.Loaded],
) -> None:
    clock = Clock()
    async with ScriptedServer({"models": []}) as server:
        loaded = enabled(server.url)
        async with models_of(clock) as models:
            models.asked(loaded, {})
            await until(is_at(models, loaded, Readiness.NONE))
            looks = len(server.requests)
            models.asked(loaded, {})
            await asyncio.sleep(0.02)
            assert len(server.requests) == looks
            server.models.append(dict(FAST))
            clock.now += AGAIN + 1
            (await models.servers.at(loaded, {})).inventory.forget()
            models.asked(loaded, {})
            await until(is_at(models, loaded, Readiness.WARM))


async def test_with_warm_off_nothing_is_loaded_before_it_is_needed(
    enabled: Callable[..., config.Loaded],
) -> None:
    async with ScriptedServer({"models": [FAST]}) as server:
        loaded = enabled(server.url, KAI_LLM_WARM="off")
        async with models_of() as models:
            models.asked(loaded, {})
            await asyncio.sleep(0.02)
            assert server.requests == []


async def test_without_a_model_in_the_settings_nothing_is_looked_at() -> None:
    async with models_of() as models:
        loaded = config.load()
        models.asked(loaded, {})
        assert models.now(loaded).readiness is Readiness.OFF


async def test_a_model_that_somebody_unloaded_is_not_told_to_be_warm(
    enabled: Callable[..., config.Loaded],
) -> None:
    async with ScriptedServer({"models": [FAST], "answers": ["k"]}) as server:
        loaded = enabled(server.url)
        async with models_of() as models:
            models.begin(loaded, {})
            await until(lambda: "2.0 GB" in models.now(loaded).detail)
            told = await models.told(loaded)
            assert told.left is not None
            assert told.left > 1700
            server.loaded.clear()
            assert (await models.told(loaded)).status.readiness is Readiness.COLD


# --- the message --------------------------------------------------------------------------------


async def asked(models: Models, action: str, variables: str = "") -> list[str]:
    return protocol.decode(await model.note(SimpleNamespace(models=models), [action, variables]))


async def test_the_message_begins_it_and_tells_of_it(
    enabled: Callable[..., config.Loaded],
) -> None:
    async with ScriptedServer({"models": [FAST], "answers": ["k"]}) as server:
        loaded = enabled(server.url)
        variables = f"KAI_LLM_ENABLED=true\nOLLAMA_HOST={server.url}"
        async with models_of() as models:
            assert (await asked(models, "status", variables))[1] == "cold"
            kind, state, *_ = await asked(models, "warm", variables)
            assert (kind, state) == ("model", "loading")
            await until(is_at(models, loaded, Readiness.WARM))
            _, state, name, detail, left = await asked(models, "status", variables)
            assert (state, name) == ("warm", "llama3.2:3b")
            assert detail.startswith("llama3.2:3b: in memory for ")
            assert 1700 < int(left) <= 1800


async def test_the_message_says_what_the_settings_forbid(
    enabled: Callable[..., config.Loaded],
) -> None:
    enabled("127.0.0.1:1", KAI_LLM_WARM="off")
    async with models_of() as models:
        assert (await asked(models, "warm"))[1] == "off"
        assert (await asked(models, "warm", "KAI_LLM_ENABLED=false"))[1:3] == ["off", ""]
        with pytest.raises(protocol.Malformed):
            await asked(models, "burn")


def test_a_callers_settings_take_the_place_of_the_daemons() -> None:
    ours = {"KAI_LLM_MODEL": "ours", "OLLAMA_HOST": "a", "HOME": "/h"}
    assert model.environment("", ours) == ours
    assert model.environment("KAI_LLM_URL=u", ours) == {"HOME": "/h", "KAI_LLM_URL": "u"}


@pytest.fixture
def run_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder: pytest's own are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        yield Path(name).resolve() / "kai"


# --- kai warmup ---------------------------------------------------------------------------------


def test_warmup_says_how_the_model_is_where_a_daemon_runs(run_folder: Path) -> None:
    from kai import __version__

    said = b"model\x1fwarm\x1fllama3.2:3b\x1fllama3.2:3b: in memory for 28 min\x1f1700\n"
    with FakeDaemon(run_folder, answering(f"hello\x1f{__version__}\x1f7\n".encode())) as daemon:
        out, err = io.StringIO(), io.StringIO()
        answers = iter([f"hello\x1f{__version__}\x1f7\n".encode(), said])
        daemon.behave = lambda connection, over: connection.sendall(next(answers))
        assert begin(out, err) == 0
        assert out.getvalue() == "model warm: llama3.2:3b: in memory for 28 min\n"
        assert err.getvalue() == ""
        assert [asked[1] for asked in daemon.asked] == ["hello", "model"]
        assert daemon.asked[1][2] == "warm"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            b"model\x1fcold\x1fm\x1fm is not in memory\x1f\n",
            ("cold", "m", "m is not in memory", ""),
        ),
        (b"nonsense\n", None),
        (b"model\x1fcold\n", None),
    ],
)
def test_an_answer_about_the_model_is_read_or_passed_over(
    run_folder: Path, answer: bytes, expected: object
) -> None:
    assert lifecycle.model(os.environ, "status") is None
    with FakeDaemon(run_folder, answering(answer)):
        assert lifecycle.model(os.environ, "status") == expected


def test_the_line_names_the_model_once() -> None:
    assert line(("warm", "m", "m: in memory", "5")) == "model warm: m: in memory\n"
    assert line(("loading", "m", "looking for it", "")) == "model loading: m: looking for it\n"
    assert line(("none", "", "no server", "")) == "model none: no server\n"


def test_warmup_status_as_json_tells_of_both(run_folder: Path) -> None:
    from tests.run_kai import kai

    answers = iter([
        b"status\x1fversion=1\x1fpid=7\x1fstate=warm\x1fuptime=1\x1frequests=1\x1fmemory=50\n",
        b"model\x1fwarm\x1fm\x1fm: in memory\x1f60\n",
    ])  # fmt: skip
    with FakeDaemon(run_folder, lambda connection, over: connection.sendall(next(answers))):
        said = kai("warmup", "--status", "--json")
    assert json.loads(said.out) == {
        "state": "warm",
        "model": {"state": "warm", "name": "m", "detail": "m: in memory", "seconds_left": 60.0},
    }
