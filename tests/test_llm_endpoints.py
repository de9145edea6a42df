"""What endpoints ask of real sockets and make of the answers: the server's words, kai's values."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, cast

import pytest

from kai.config.settings import Value, build
from kai.errors import ModelForbidden, ModelMissing, ModelTimeout, ProviderError
from kai.llm.endpoint import (
    Capabilities,
    Chunk,
    Deadlines,
    Done,
    Endpoint,
    Generation,
    Grammar,
    Keeper,
    Loading,
    Progress,
    Prompt,
    Reach,
    Role,
    Sampling,
    Turn,
)
from kai.llm.endpoints import open_endpoint
from kai.llm.endpoints.outliving import outliving, settle, still_loading
from kai.llm.endpoints.scripted import ScriptedEndpoint, Wait
from kai.llm.scripted_server import Received, ScriptedServer

PROMPT = Prompt("You write kubectl.", (Turn(Role.USER, "show pods"),))
RAW = Generation("tiny", PROMPT, raw="show pods\nkubectl", stop=("\n",), num_predict=20)
CHAT = Generation("tiny", PROMPT, num_predict=20)
QUICK = Deadlines(connect=3.0, first=10.0, between=10.0)
PROVIDERS = ("ollama", "openai", "anthropic")


_opened: list[Endpoint] = []


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    """Every endpoint of a test is closed at its end, and the server's own with it."""
    yield
    while _opened:
        await _opened.pop().close()


def endpoint(url: str, provider: str = "ollama", *, cloud: bool = False) -> Endpoint:
    values: dict[str, Value] = {"llm.url": url, "llm.provider": provider, "privacy.cloud": cloud}
    _opened.append(open_endpoint(build(values), {}, deadlines=QUICK))
    return _opened[-1]


async def received(server: ScriptedServer) -> Received:
    """The first request to a model, when it has come; the server runs in this very loop."""
    while not server.asked():  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    return server.asked()[0]


async def told(
    one: Endpoint, generation: Generation = RAW
) -> tuple[str, Done, list[Loading | Chunk | Done]]:
    """What a model said, how it ended, and all events."""
    async with aclosing(one.stream(generation)) as stream:
        events = [event async for event in stream]
    done = events[-1]
    assert isinstance(done, Done)
    assert sum(isinstance(event, Done) for event in events) == 1
    text = "".join(e.text for e in events if isinstance(e, Chunk) and not e.thinking)
    return text, done, events


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("generation", [RAW, CHAT], ids=["raw", "chat"])
async def test_an_answer_comes_in_pieces_and_ends_once(
    provider: str, generation: Generation
) -> None:
    async with ScriptedServer({"answers": ["get pods -n dev"]}) as server:
        one = endpoint(server.url, provider)
        text, done, events = await told(one, generation)
    assert text == "get pods -n dev"
    assert done.reason == "stop"
    assert done.tokens == 4
    assert sum(isinstance(event, Chunk) and bool(event.text) for event in events) == 4


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_text_in_any_script_and_with_any_separator_arrives_as_it_was_said(
    provider: str,
) -> None:
    said = 'get pods "é €" \u0085\u2028\u2029 日本 \U0001f680 \\ {}'
    async with ScriptedServer({"answers": [{"tokens": [said, said]}]}) as server:
        text, _, _ = await told(endpoint(server.url, provider), CHAT)
    assert text == said * 2


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_the_length_that_was_asked_for_is_told_as_the_reason(provider: str) -> None:
    async with ScriptedServer({"answers": ["a b c d e"]}) as server:
        generation = Generation("tiny", PROMPT, num_predict=2)
        text, done, _ = await told(endpoint(server.url, provider), generation)
    assert (text, done.reason) == ("a b", "length")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_thoughts_are_marked_as_thoughts(provider: str) -> None:
    async with ScriptedServer({"answers": [{"text": "get pods", "thinking": "hm"}]}) as server:
        text, _, events = await told(endpoint(server.url, provider), CHAT)
    assert text == "get pods"
    assert Chunk("hm", thinking=True) in events


@pytest.mark.parametrize("provider", ["ollama", "openai"])
@pytest.mark.parametrize("generation", [RAW, CHAT], ids=["raw", "chat"])
async def test_token_probabilities_come_where_the_server_has_them(
    provider: str, generation: Generation
) -> None:
    script = {"answers": [{"text": "get pods", "probability": 0.5}, "get pods"]}
    async with ScriptedServer(script) as server:
        one = endpoint(server.url, provider)
        _, done, _ = await told(one, generation)
        assert done.logprobs == pytest.approx((-0.6931, -0.6931), abs=1e-3)
        assert (await one.capabilities("tiny")).logprobs
        _, done, _ = await told(one, generation)
        assert done.logprobs is None


ODD = [
    ('"response":null,"thinking":"hm","done":false', "", None),
    ('"response":"\\ud83d","done":false', "\ufffd", None),
    ('"response":"\\ud83d\\ude80","done":false', "\U0001f680", None),
    ('"response":"x","done":false,"logprobs":[{"token":"x","logprob":-1e999}]', "x", None),
    ('"response":"x","done":false,"logprobs":[{"token":"x","logprob":3}]', "x", (0.0,)),
    ('"response":"x","done":false,"logprobs":[]', "x", None),
]


@pytest.mark.parametrize(("frame", "text", "logprobs"), ODD)
async def test_odd_frames_become_text_that_can_be_shown_and_figures_that_can_be_used(
    frame: str, text: str, logprobs: tuple[float, ...] | None
) -> None:
    huge = "9" * 400
    end = f'"response":"","done":true,"eval_count":-1,"eval_duration":{huge},"load_duration":5'
    steps = [{"send": f"{{{frame}}}\n{{{end}}}\n"}]
    async with ScriptedServer({"answers": [{"play": steps}]}) as server:
        said, done, _ = await told(endpoint(server.url))
    assert said == text
    assert said.encode().decode() == text
    assert done.logprobs == logprobs
    assert (done.tokens, done.seconds, done.load_seconds) == (None, None, 5e-9)


async def test_odd_figures_of_an_openai_server_count_as_not_told() -> None:
    last = '"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"completion_tokens":"many"}'
    last += ',"timings":{"prompt_ms":-5,"predicted_ms":1e999}'
    steps = [{"send": f"data: {{{last}}}\n\ndata: [DONE]\n\n"}]
    async with ScriptedServer({"answers": [{"play": steps}]}) as server:
        _, done, _ = await told(endpoint(server.url, "openai"))
    assert done == Done()


class TestOllama:
    async def test_a_request_says_all_that_the_server_has_to_know(self) -> None:
        generation = Generation(
            "tiny",
            PROMPT,
            raw="prompt",
            sampling=Sampling(0.0, top_p=0.9, top_k=1, repeat_penalty=1.0, seed=7),
            num_predict=33,
            num_ctx=2048,
            stop=("\n", "END"),
            keep_alive=60.0,
        )
        async with ScriptedServer() as server:
            await told(endpoint(server.url), generation)
            (asked,) = server.asked("/api/generate")
        assert asked.body == {
            "model": "tiny",
            "prompt": "prompt",
            "raw": True,
            "stream": True,
            "logprobs": True,
            "keep_alive": 60.0,
            "options": {
                "temperature": 0.0,
                "top_p": 0.9,
                "top_k": 1,
                "repeat_penalty": 1.0,
                "seed": 7,
                "num_predict": 33,
                "num_ctx": 2048,
                "stop": ["\n", "END"],
            },
        }

    async def test_messages_go_where_the_template_is_the_servers_business(self) -> None:
        generation = Generation(
            "tiny", PROMPT, thinking=False, grammar=Grammar(schema='{"type": "object"}')
        )
        async with ScriptedServer() as server:
            await told(endpoint(server.url), generation)
            (asked,) = server.asked("/api/chat")
        assert asked.body["messages"] == [
            {"role": "system", "content": "You write kubectl."},
            {"role": "user", "content": "show pods"},
        ]
        assert asked.body["think"] is False
        assert asked.body["format"] == {"type": "object"}

    async def test_times_and_counts_are_told_in_seconds_and_tokens(self) -> None:
        answer = {"text": "get pods", "load_seconds": 1.5, "prompt_seconds": 0.25, "seconds": 0.5}
        async with ScriptedServer({"answers": [answer]}) as server:
            _, done, _ = await told(endpoint(server.url))
        assert (done.load_seconds, done.prompt_seconds, done.seconds) == (1.5, 0.25, 0.5)
        assert (done.prompt_tokens, done.tokens) == (3, 2)

    async def test_loading_is_told_before_the_first_token_of_a_cold_model_only(self) -> None:
        async with ScriptedServer({"answers": [{"text": "get", "loading": 0.1}]}) as server:
            one = endpoint(server.url)
            _, _, first = await told(one)
            _, _, second = await told(one)
            assert isinstance(first[0], Loading)
            assert not any(isinstance(event, Loading) for event in second)
        async with ScriptedServer({"loaded": ["tiny:latest"], "answers": ["get"]}) as server:
            _, _, events = await told(endpoint(server.url))
            assert not any(isinstance(event, Loading) for event in events)

    async def test_what_is_installed_and_loaded_is_listed(self) -> None:
        model = {"name": "tiny:latest", "size": 7, "digest": "abc", "family": "qwen2"}
        model |= {"parameters": "7.6B", "quantisation": "Q4_K_M", "context": 32768}
        async with ScriptedServer({"models": [model], "loaded": ["tiny:latest"]}) as server:
            one = endpoint(server.url)
            (installed,) = await one.installed()
            loaded = await one.loaded()
            version = await one.version()
        assert (installed.name, installed.size, installed.digest) == ("tiny:latest", 7, "abc")
        assert (installed.family, installed.parameters) == ("qwen2", "7.6B")
        assert installed.quantisation == "Q4_K_M"
        assert loaded is not None
        assert (loaded[0].name, loaded[0].size_vram, loaded[0].context) == ("tiny:latest", 0, 32768)
        assert abs((loaded[0].expires_at or 0) - time.time() - 300) < 60
        assert version == "0.13.5"

    async def test_capabilities_are_asked_once_and_taken_from_what_the_server_shows(self) -> None:
        model = {"name": "tiny", "context": 131072, "capabilities": ["completion", "thinking"]}
        async with ScriptedServer({"models": [model]}) as server:
            one = endpoint(server.url)
            for _ in range(3):
                assert await one.capabilities("tiny") == Capabilities(
                    raw=True, schema=True, keep_alive=True, thinking=True, context=131072
                )
            assert len(server.asked("/api/show")) == 1

    async def test_models_are_pulled_made_and_removed(self) -> None:
        async with ScriptedServer() as server:
            one = cast("Keeper", endpoint(server.url))
            steps = [step async for step in one.pull("new")]
            assert steps[1] == Progress("pulling", 50, 100)
            assert steps[-1].status == "success"
            assert [m.name for m in await one.installed()] == ["tiny", "new"]
            made = [step async for step in one.create("mine", "tiny", {"temperature": 0.0})]
            assert made[-1].status == "success"
            assert server.asked("/api/create")[0].body["from"] == "tiny"
            assert server.asked("/api/create")[0].body["parameters"] == {"temperature": 0.0}
            await one.remove("new")
            assert [m.name for m in await one.installed()] == ["tiny", "mine"]
            assert await one.embed("tiny", ("ab", "c")) == ((2.0, 1.0), (1.0, 1.0))

    async def test_a_pull_that_fails_says_why(self) -> None:
        failed = {
            "play": [{"send": '{"status":"pulling manifest"}\n{"error":"pull model manifest'}]
        }
        failed["play"].append({"send": ': file does not exist"}\n'})
        async with ScriptedServer({"routes": {"POST /api/pull": failed}}) as server:
            one = cast("Keeper", endpoint(server.url))
            with pytest.raises(ProviderError, match="file does not exist"):
                async for _ in one.pull("nope"):
                    pass

    @pytest.mark.parametrize(
        "model",
        [
            {"name": "big:120b-cloud"},
            {"name": "big:cloud"},
            {"name": "mine", "remote_host": "https://ollama.com:443"},
        ],
    )
    async def test_a_model_that_ollama_sends_elsewhere_is_not_asked_unless_the_cloud_is_allowed(
        self, model: dict[str, str]
    ) -> None:
        async with ScriptedServer({"models": [model]}) as server:
            generation = Generation(model["name"], PROMPT)
            with pytest.raises(ModelForbidden, match=r"sends what it is asked to .*ollama\.com"):
                await told(endpoint(server.url), generation)
            assert not server.asked()
            await told(endpoint(server.url, cloud=True), generation)
            assert len(server.asked()) == 1


class TestOpenAI:
    async def test_a_request_says_all_that_the_server_has_to_know(self) -> None:
        sampling = Sampling(0.0, top_p=0.9, top_k=1, repeat_penalty=1.1, seed=7)
        generation = Generation(
            "tiny", PROMPT, raw="prompt", sampling=sampling, num_predict=9, stop=("\n",)
        )
        async with ScriptedServer() as server:
            await told(endpoint(server.url, "openai"), generation)
            (asked,) = server.asked()
        assert asked.path == "/v1/completions"
        wanted = {
            "model": "tiny",
            "prompt": "prompt",
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": 9,
            "temperature": 0.0,
            "top_p": 0.9,
            "top_k": 1,
            "seed": 7,
            "stop": ["\n"],
            "logprobs": 1,
        }
        assert wanted.items() <= asked.body.items()

    @pytest.mark.parametrize(
        ("routes", "field", "value"),
        [
            ({}, "grammar", "root ::= x"),
            (
                {
                    "GET /openapi.json": {
                        "status": 200,
                        "body": '{"guided_grammar":1,"/completions"',
                    }
                },
                "guided_grammar",
                "root ::= x",
            ),
            (
                {"GET /openapi.json": {"status": 200, "body": '{"grammar":1,"/v1/completions":'}},
                "grammar",
                "root ::= x",
            ),
            (
                {"GET /openapi.json": {"status": 200, "body": '"structured_outputs" /completions'}},
                "structured_outputs",
                {"grammar": "root ::= x"},
            ),
        ],
    )
    async def test_a_grammar_goes_in_the_field_that_the_server_tells_of(
        self, routes: Mapping[str, Any], field: str, value: object
    ) -> None:
        grammar = Grammar(gbnf="root ::= x", schema='{"type": "string"}')
        async with ScriptedServer({"health": not routes, "routes": routes}) as server:
            one = endpoint(server.url, "openai")
            assert (await one.capabilities("tiny")).grammar
            await told(one, Generation("tiny", PROMPT, raw="p", grammar=grammar))
            (asked,) = server.asked()
        assert asked.body[field] == value

    async def test_a_server_that_tells_nothing_gets_the_apis_own_schema(self) -> None:
        grammar = Grammar(gbnf="root ::= x", schema='{"type": "string"}')
        async with ScriptedServer({"health": False}) as server:
            one = endpoint(server.url, "openai")
            await told(one, Generation("tiny", PROMPT, grammar=grammar))
            assert not (await one.capabilities("tiny")).grammar
            (asked,) = server.asked()
        assert asked.body["response_format"]["json_schema"]["schema"] == {"type": "string"}

    async def test_the_context_window_is_what_the_server_says(self) -> None:
        async with ScriptedServer(
            {"health": False, "models": [{"name": "m", "context": 999}]}
        ) as s:
            assert (await endpoint(s.url, "openai").capabilities("m")).context == 999

    async def test_a_field_that_the_server_refuses_by_name_is_left_out_from_then_on(self) -> None:
        refused = {"status": 400, "json": {"error": {"message": "unknown field: top_k, seed"}}}
        async with ScriptedServer({"answers": [refused, "get pods"]}) as server:
            one = endpoint(server.url, "openai")
            generation = Generation("tiny", PROMPT, sampling=Sampling(top_k=1, seed=1))
            assert (await told(one, generation))[0] == "get pods"
            await told(one, generation)
            bodies = [request.body for request in server.asked()]
        assert [("top_k" in body, "seed" in body) for body in bodies] == [
            (True, True),
            (False, False),
            (False, False),
        ]

    async def test_a_request_that_is_refused_twice_is_given_up(self) -> None:
        refused = {"status": 400, "json": {"error": {"message": "bad seed, bad temperature"}}}
        async with ScriptedServer({"answers": [refused]}) as server:
            with pytest.raises(ProviderError, match="status 400"):
                await told(endpoint(server.url, "openai"))
            assert len(server.asked()) == 2

    async def test_a_server_without_plain_completions_is_asked_by_messages(self) -> None:
        routes = {"POST /v1/completions": {"status": 404, "json": {"error": "no such page"}}}
        async with ScriptedServer({"routes": routes, "answers": ["get pods"]}) as server:
            one = endpoint(server.url, "openai")
            assert (await told(one))[0] == "get pods"
            assert not (await one.capabilities("tiny")).raw

    async def test_a_server_that_loads_its_model_is_waited_for(self) -> None:
        async with ScriptedServer({"answers": [{"text": "get pods", "loading": 0.4}]}) as server:
            text, _, events = await told(endpoint(server.url, "openai"))
        assert text == "get pods"
        assert isinstance(events[0], Loading)
        assert sum(isinstance(event, Loading) for event in events) == 1


class TestAnthropic:
    async def test_a_request_says_all_that_the_server_has_to_know(self) -> None:
        generation = Generation("tiny", PROMPT, num_predict=9, stop=("\n", "END"))
        async with ScriptedServer() as server:
            await told(endpoint(server.url, "anthropic"), generation)
            (asked,) = server.asked()
        assert asked.path == "/v1/messages"
        assert asked.headers["anthropic-version"] == "2023-06-01"
        assert asked.body == {
            "model": "tiny",
            "max_tokens": 9,
            "stream": True,
            "system": "You write kubectl.",
            "messages": [{"role": "user", "content": "show pods"}],
            "temperature": 0.0,
            "stop_sequences": ["END"],
        }

    async def test_a_model_that_takes_no_temperature_is_asked_without(self) -> None:
        refused = {"status": 400, "json": {"error": {"message": "temperature is not supported"}}}
        async with ScriptedServer({"answers": [refused, "get pods"]}) as server:
            one = endpoint(server.url, "anthropic")
            assert (await told(one))[0] == "get pods"
            await told(one)
            assert ["temperature" in r.body for r in server.asked()] == [True, False, False]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_many_ask_one_endpoint_at_once(provider: str) -> None:
    script = {"answers": [{"text": f"get {n}", "when": f"<{n}>"} for n in range(16)]}
    async with ScriptedServer(script) as server:
        one = endpoint(server.url, provider)
        prompts = [Prompt("", (Turn(Role.USER, f"<{n}>"),)) for n in range(16)]
        answers = await asyncio.gather(*(told(one, Generation("tiny", p)) for p in prompts))
    assert [text for text, _, _ in answers] == [f"get {n}" for n in range(16)]


class TestLeaving:
    @pytest.mark.parametrize("provider", PROVIDERS)
    @pytest.mark.parametrize("when", ["before", "during"])
    async def test_closing_the_stream_closes_the_request(self, provider: str, when: str) -> None:
        hang: dict[str, Any] = {"play": [{"hang": True}]}
        endless = {"text": "a " * 300, "ignores_limit": True, "pace": 0.01}
        answer = hang if when == "before" else endless
        async with ScriptedServer({"answers": [answer]}) as server:
            one = endpoint(server.url, provider)
            asking = asyncio.ensure_future(told(one))
            await received(server)
            if when == "during":
                await asyncio.sleep(0.05)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            (asked,) = server.asked()
            await asyncio.wait_for(asked.ended.wait(), 5)
            assert asked.left

    async def test_leaving_after_the_first_token_closes_the_request(self) -> None:
        async with ScriptedServer({"answers": [{"text": "a " * 200, "pace": 0.01}]}) as server:
            async with aclosing(endpoint(server.url).stream(CHAT)) as stream:
                async for event in stream:
                    if isinstance(event, Chunk):
                        break
            (asked,) = server.asked()
            await asyncio.wait_for(asked.ended.wait(), 5)
            assert asked.left

    async def test_a_load_outlives_who_asked_for_it_and_ends_at_its_first_token(self) -> None:
        slow = {"text": "a " * 300, "loading": 0.3, "pace": 0.01, "ignores_limit": True}
        async with ScriptedServer({"answers": [slow, "get pods"]}) as server:
            one = endpoint(server.url)
            async with aclosing(outliving(one.stream(CHAT))) as stream:
                assert isinstance(await anext(stream), Loading)
            assert still_loading() == 1
            asked = await received(server)
            await asyncio.wait_for(asked.ended.wait(), 5)
            assert server.aborted_loads == 0
            assert "tiny" in server.loaded
            assert asked.left
            assert (await told(one, CHAT))[0] == "get pods"

    async def test_without_that_the_same_client_would_have_aborted_the_load(self) -> None:
        async with ScriptedServer({"answers": [{"text": "a", "loading": 0.3}]}) as server:
            async with aclosing(endpoint(server.url).stream(CHAT)) as stream:
                assert isinstance(await anext(stream), Loading)
                asking = asyncio.ensure_future(anext(stream))
                await received(server)
                asking.cancel()
                await asyncio.wait({asking})
            (asked,) = server.asked()
            await asyncio.wait_for(asked.ended.wait(), 5)
            assert server.aborted_loads == 1

    async def test_a_stream_that_may_outlive_its_reader_tells_the_same(self) -> None:
        async with ScriptedServer({"answers": ["get pods"]}) as server:
            stream = outliving(endpoint(server.url).stream(CHAT))
            texts = [event.text async for event in stream if isinstance(event, Chunk)]
            assert "".join(texts) == "get pods"
            with pytest.raises(ModelMissing):
                async for _ in outliving(endpoint(server.url).stream(Generation("no", PROMPT))):
                    pass
        assert still_loading() == 0

    async def test_who_leaves_after_the_first_token_closes_the_request_here_too(self) -> None:
        async with ScriptedServer({"answers": [{"text": "a " * 300, "pace": 0.01}]}) as server:
            async with aclosing(outliving(endpoint(server.url).stream(CHAT))) as stream:
                async for event in stream:
                    if isinstance(event, Chunk):
                        break
            (asked,) = server.asked()
            await asyncio.wait_for(asked.ended.wait(), 5)
            assert asked.left
            assert still_loading() == 0

    async def test_who_waits_for_a_load_is_told_when_the_process_ends(self) -> None:
        endless = ScriptedEndpoint([[Loading(), Wait()]])
        stream = outliving(endless.stream(CHAT))
        assert isinstance(await anext(stream), Loading)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        await settle()
        with pytest.raises(ProviderError, match="kai ends"):
            await asyncio.wait_for(waiting, 5)

    async def test_the_end_of_a_process_ends_the_loads_that_go_on(self) -> None:
        endless = ScriptedEndpoint([[Loading(), Wait()]])
        async with aclosing(outliving(endless.stream(CHAT))) as stream:
            assert isinstance(await anext(stream), Loading)
        assert still_loading() == 1
        await settle()
        assert still_loading() == 0
        assert endless.closed == [CHAT]


class TestScripted:
    async def test_it_says_its_script_word_by_word_and_the_last_entry_stays(self) -> None:
        one: Keeper = ScriptedEndpoint(["get pods", ModelMissing("gone", "tiny"), "get nodes"])
        assert (await told(one))[0] == "get pods"
        with pytest.raises(ModelMissing, match="gone"):
            await told(one)
        assert [(await told(one))[0] for _ in range(2)] == ["get nodes"] * 2
        assert [m.name for m in await one.loaded() or ()] == ["tiny"]

    async def test_it_is_held_to_the_deadlines_like_any_other(self) -> None:
        quick = Deadlines(first=0.05, between=0.02)
        with pytest.raises(ModelTimeout, match=r"said nothing in 0\.05 s"):
            await told(ScriptedEndpoint([[Wait()]], deadlines=quick))
        with pytest.raises(ModelTimeout, match="stopped in the middle"):
            await told(ScriptedEndpoint([[Chunk("get"), Wait()]], deadlines=quick))

    async def test_its_models_are_managed_like_those_of_a_server(self) -> None:
        one: Keeper = ScriptedEndpoint(pullable=("new",), reach=Reach.OWN)
        assert [step.status async for step in one.pull("new")][-1] == "success"
        assert [step.status async for step in one.create("mine", "new", {})][-1] == "success"
        await one.remove("new")
        assert [m.name for m in await one.installed()] == ["tiny", "mine"]
        with pytest.raises(ModelMissing):
            await told(one, Generation("new", PROMPT))
