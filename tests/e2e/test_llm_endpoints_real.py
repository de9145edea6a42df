"""kai's endpoints against real servers: two versions of Ollama, and llama.cpp's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import cast

import pytest

from kai.config.settings import build
from kai.errors import ModelMissing, ProviderError
from kai.llm.endpoint import (
    Chunk,
    Deadlines,
    Done,
    Endpoint,
    Generation,
    Grammar,
    Keeper,
    Loading,
    Prompt,
    Role,
    Turn,
)
from kai.llm.endpoints import open_endpoint
from kai.llm.endpoints.outliving import outliving, still_loading
from tests.e2e.models.fixtures import StartOllama
from tests.e2e.models.servers import VERSIONS, Ollama, Server

SLOW = Deadlines(connect=2.0, first=120.0, between=30.0)
PROMPT = Prompt("", (Turn(Role.USER, "show pods"),))
ASKED = Generation("pods", PROMPT, raw="show pods: ", num_predict=16, num_ctx=2048)
SCHEMA = '{"type":"object","properties":{"v":{"enum":["get"]}},"required":["v"]}'

Opener = Callable[..., Keeper]


@pytest.fixture(name="opened")
async def _opened() -> AsyncIterator[Opener]:
    made: list[Endpoint] = []

    def opened(server: Server, provider: str = "ollama") -> Keeper:
        values = {"llm.url": server.url, "llm.provider": provider}
        made.append(open_endpoint(build({**values}), {}, deadlines=SLOW))
        return cast("Keeper", made[-1])

    yield opened
    for one in made:
        await one.close()


async def told(
    one: Endpoint, generation: Generation
) -> tuple[str, Done, list[Loading | Chunk | Done]]:
    async with aclosing(one.stream(generation)) as stream:
        events = [event async for event in stream]
    done = events[-1]
    assert isinstance(done, Done)
    return "".join(e.text for e in events if isinstance(e, Chunk)), done, events


class TestOllama:
    async def test_a_raw_answer_comes_with_its_figures(
        self, ollama: Ollama, opened: Opener
    ) -> None:
        text, done, _ = await told(opened(ollama), replace(ASKED, model=ollama.model("pods")))
        assert text == "kubectl get pods"
        assert done.reason == "stop"
        assert done.prompt_tokens == len(ASKED.raw) + 1
        assert done.tokens is not None
        assert (done.prompt_seconds or 0) > 0
        assert (done.load_seconds or 0) > 0
        if ollama.version == "0.13.5":
            assert done.logprobs is not None
            assert all(one <= 0 for one in done.logprobs)

    async def test_bytes_of_every_kind_are_read_as_text(
        self, ollama: Ollama, opened: Opener
    ) -> None:
        """Random weights write control bytes, broken UTF-8, and every separator of lines there is."""
        one = opened(ollama)
        name = ollama.model("tiny")
        for number in range(5):
            generation = replace(ASKED, model=name, raw=f"{number}", num_predict=200)
            text, done, _ = await told(one, generation)
            assert done.reason == "length"
            assert text

    async def test_loading_is_told_for_a_cold_model_only(
        self, ollama: Ollama, opened: Opener
    ) -> None:
        one, generation = opened(ollama), replace(ASKED, model=ollama.model("pods"))
        ollama.unload("pods")
        assert isinstance((await told(one, generation))[2][0], Loading)
        assert not any(isinstance(e, Loading) for e in (await told(one, generation))[2])
        loaded = await one.loaded()
        assert loaded is not None
        assert "pods:latest" in {model.name for model in loaded}

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_leaving_frees_the_server_for_the_next_request(
        self, start_ollama: StartOllama, opened: Opener, version: str
    ) -> None:
        """On a server of its own, and tried again: one time in some dozens Ollama 0.13.5 itself hangs
        for everybody after a client has left (seen with a bare socket, too)."""
        for attempt in range(3):
            ollama = start_ollama(version)
            one, model = opened(ollama), ollama.model("middle")
            async with aclosing(one.stream(replace(ASKED, model=model, num_predict=100_000))) as s:
                async for event in s:
                    if isinstance(event, Chunk) and event.text:
                        break
            try:
                text, _, _ = await asyncio.wait_for(
                    told(one, replace(ASKED, model=model, num_predict=2)), 20
                )
            except TimeoutError:
                if attempt == 2:
                    raise
                continue
            assert text
            return

    async def test_a_load_that_nobody_waits_for_any_more_is_brought_to_its_end(
        self, ollama: Ollama, opened: Opener
    ) -> None:
        one, name = opened(ollama), ollama.model("middle")
        ollama.unload(name)
        async with aclosing(outliving(one.stream(replace(ASKED, model=name)))) as stream:
            assert isinstance(await anext(stream), Loading)
        async with asyncio.timeout(60):
            while still_loading():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
        _, _, events = await told(one, replace(ASKED, model=name, num_predict=1))
        assert not any(isinstance(event, Loading) for event in events)
        ollama.unload(name)

    async def test_a_template_of_the_server_is_the_servers_business(
        self, ollama: Ollama, opened: Opener
    ) -> None:
        generation = replace(ASKED, model=ollama.model("pods"), raw="", thinking=False)
        text, _, _ = await told(opened(ollama), generation)
        assert text == "kubectl get pods"

    async def test_a_schema_holds_even_random_weights(self, ollama: Ollama, opened: Opener) -> None:
        generation = replace(
            ASKED, model=ollama.model("ascii"), grammar=Grammar(schema=SCHEMA), num_predict=60
        )
        text, _, _ = await told(opened(ollama), generation)
        assert text.replace(" ", "").startswith('{"v":"get"')

    async def test_what_there_is_and_what_it_can_do(self, ollama: Ollama, opened: Opener) -> None:
        one, name = opened(ollama), ollama.model("pods")
        installed = {model.name: model for model in await one.installed()}
        assert (installed["pods:latest"].size or 0) > 1000
        assert len(installed["pods:latest"].digest) == 64
        can = await one.capabilities(name)
        assert (can.raw, can.schema, can.thinking, can.context) == (True, True, False, 8192)
        assert await one.version()

    async def test_what_cannot_be_done_is_told(self, ollama: Ollama, opened: Opener) -> None:
        one = opened(ollama)
        with pytest.raises(ModelMissing, match="get it with: kai pull nope"):
            await told(one, replace(ASKED, model="nope"))
        with pytest.raises(ModelMissing):
            await one.capabilities("nope")
        with pytest.raises(ModelMissing):
            await one.remove("nope")
        with pytest.raises(ProviderError):
            async for _ in one.pull("127.0.0.1:1/nobody/nope"):
                pass

    async def test_a_model_is_made_of_another_and_removed(
        self, ollama: Ollama, opened: Opener
    ) -> None:
        one, base = opened(ollama), ollama.model("pods")
        steps = [s async for s in one.create("made-by-kai", base, {"temperature": 0.0})]
        assert steps[-1].status == "success"
        assert "made-by-kai:latest" in {model.name for model in await one.installed()}
        await one.remove("made-by-kai")
        assert "made-by-kai:latest" not in {model.name for model in await one.installed()}

    async def test_a_keep_alive_of_nothing_unloads(self, ollama: Ollama, opened: Opener) -> None:
        one = opened(ollama)
        await told(one, replace(ASKED, model=ollama.model("pods"), keep_alive=0.0))
        async with asyncio.timeout(20):
            while "pods:latest" in {m.name for m in await one.loaded() or ()}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.mark.xdist_group("ollama-0.13.5")
class TestOllamaByOpenAIsApi:
    async def test_the_same_server_answers_in_the_other_api(
        self, newest_ollama: Ollama, opened: Opener
    ) -> None:
        name = newest_ollama.model("pods")
        text, done, _ = await told(
            opened(newest_ollama, "openai"), replace(ASKED, model=name, raw="")
        )
        assert text == "kubectl get pods"
        assert done.reason == "stop"


@pytest.mark.xdist_group("llama-cpp")
class TestLlamaCpp:
    async def test_a_grammar_holds_random_weights_to_kubectl(
        self, llama_cpp: Server, opened: Opener
    ) -> None:
        one = opened(llama_cpp, "openai")
        (model,) = await one.installed()
        can = await one.capabilities(model.name)
        assert can.grammar
        assert can.raw
        gbnf = 'root ::= "kubectl get " ("pods" | "nodes")'
        generation = replace(ASKED, model=model.name, grammar=Grammar(gbnf=gbnf), num_predict=40)
        text, done, _ = await told(one, generation)
        assert text in ("kubectl get pods", "kubectl get nodes")
        assert done.reason == "stop"

    async def test_leaving_frees_the_server_for_the_next_request(
        self, llama_cpp: Server, opened: Opener
    ) -> None:
        one = opened(llama_cpp, "openai")
        (model,) = await one.installed()
        generation = replace(ASKED, model=model.name, num_predict=1500)
        async with aclosing(one.stream(generation)) as stream:
            async for event in stream:
                if isinstance(event, Chunk) and event.text:
                    break
        text, _, _ = await asyncio.wait_for(told(one, replace(generation, num_predict=2)), 20)
        assert text
