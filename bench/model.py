"""The model's route against raw HTTP to the same server: first token, prefix, warm-up, cancel, grammar.

    python -m bench model [--runs N] [--answers N]

Needs a real Ollama (`tools/install-ollama.sh`) and, for the grammar, llama.cpp's server
(`tools/install-llama-cpp.sh`); what is missing is said and passed over. The models are made on the
spot: one answers every prompt alike, the others write noise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from bench.harness import Samples, report
from kai import config, wiring
from kai.config.paths import Paths
from kai.engine import Engine
from kai.errors import ModelTimeout
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.llm.endpoint import Chunk, Done, Generation, Loading, Prompt, Role, Sampling, Turn
from kai.llm.grammar import grammar
from kai.llm.prompt import build
from kai.llm.servers import Server, Servers
from kai.model import Ask, SourceFilter, Text
from kai.validators import check
from tests.e2e.models.servers import (
    ModelFiles,
    Ollama,
    installed_llama_cpp,
    installed_ollama,
    llama_cpp,
    ollama,
)

VERSION = "0.13.5"
REQUESTS = ("tell me of odd gizmos", "what is the matter with the wombats", "quokkas, all of them")


def settings(folder: Path, url: str, model: str, **more: str) -> config.Loaded:
    """Settings as variables give them, with a home of their own."""
    env = {"HOME": str(folder), "KAI_LLM_URL": url, "KAI_LLM_MODEL": model, **more}
    return config.load(env, paths=Paths.from_environment(env))


# --- first token ---------------------------------------------------------------------------------


def raw_first_token(url: str, body: bytes) -> float:
    """Seconds from the request to the first token, by a socket and nothing else."""
    host = urlsplit(url)
    head = f"POST /api/chat HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Length: {len(body)}\r\n"
    start = time.perf_counter()
    with socket.create_connection((str(host.hostname), host.port)) as connection:
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
        data = b""
        while b'"message"' not in data:
            data += connection.recv(65536)
        first = time.perf_counter() - start
        while connection.recv(65536):
            pass
    return first


async def kai_first_token(engine: Engine, request: str) -> float:
    """Seconds from the request to the first text that a panel would show."""
    start = time.perf_counter()
    first = 0.0
    async for event in engine.suggest(Ask(request, source=SourceFilter.MODEL)):
        if isinstance(event, Text) and not first:
            first = time.perf_counter() - start
    return first


async def sent_by(engine: Engine, there: Server, request: str) -> Generation:
    """What kai asks of the model for a request: cards, examples, names and all."""
    seen: list[Generation] = []
    stream = there.endpoint.stream

    def recorded(generation: Generation) -> AsyncGenerator[Loading | Chunk | Done]:
        seen.append(generation)
        return stream(generation)

    setattr(there.endpoint, "stream", recorded)  # noqa: B010 - a method, for one request
    await kai_first_token(engine, request)
    setattr(there.endpoint, "stream", stream)  # noqa: B010
    assert not seen[0].raw, "the model has a template of kai's own"
    return seen[0]


def saying(generation: Generation, before: str, after: str) -> Generation:
    """The same with other words in its request."""
    *turns, last = generation.prompt.turns
    assert before in last.text
    last = replace(last, text=last.text.replace(before, after))
    return replace(generation, prompt=replace(generation.prompt, turns=(*turns, last)))


async def overhead(server: Ollama, folder: Path, runs: int) -> None:
    """The same prompt, in turn by a socket and by kai's whole route."""
    loaded = settings(folder, server.url, server.model("pods"))
    servers = Servers()
    engine = wiring.build_engine(
        loaded, {}, journal=False, provider=wiring.build_model(loaded, {}, servers=servers)
    )
    there = await servers.at(loaded, {})
    sent = await sent_by(engine, there, f"{REQUESTS[0]} 999 a")
    raw, ours = [], []
    for number in range(1000, 1000 + runs + 3):
        # Words that the server has not read yet, as many for the one as for the other.
        words = (f"{REQUESTS[0]} {number} a", f"{REQUESTS[0]} {number} b")
        for who in (0, 1) if number % 2 else (1, 0):
            if who:
                ours.append(await kai_first_token(engine, words[who]))
            else:
                body = _body(saying(sent, f"{REQUESTS[0]} 999 a", words[who]))
                raw.append(await asyncio.to_thread(raw_first_token, server.url, body))
    floor = Samples.of(raw[3:])
    report("raw HTTP, first token", floor)
    report("kai, first text", Samples.of(ours[3:]), floor=floor)
    more = Samples.of(ours[i] - raw[i] for i in range(3, len(raw)))
    print(f"  kai adds: {more.line()}   goal 5, p95 8")
    await servers.close()


def _body(generation: Generation) -> bytes:
    """The very request that kai sends for a model whose template the server has."""
    prompt = generation.prompt
    turns = [("system", prompt.system), *((str(turn.role), turn.text) for turn in prompt.turns)]
    options = {"num_predict": generation.num_predict, "num_ctx": generation.num_ctx}
    body = {
        "model": generation.model,
        "messages": [{"role": role, "content": text} for role, text in turns if text],
        "options": {"temperature": generation.sampling.temperature, **options},
        "keep_alive": generation.keep_alive,
        "logprobs": True,
        "stream": True,
    }
    return json.dumps(body).encode()


# --- prompt, prefix, warm-up, cancel -------------------------------------------------------------


async def prefix(server: Ollama, folder: Path) -> None:
    """What the server says of reading the same beginning twice, and of a model that was warmed."""
    name = server.model("middle")
    loaded = settings(folder, server.url, name, KAI_LLM_TIMEOUT="5m")
    servers = Servers()
    there = await servers.at(loaded, {})
    told = await there.told(name)
    asked = [told.generation(build(Ask(text), told.preset)) for text in REQUESTS]
    done = [await _done(there, replace(each, num_predict=1)) for each in asked]
    first, *rest = [(each.prompt_seconds or 0.0) * 1000 for each in done]
    print(
        f"  prompt tokens {[each.prompt_tokens for each in done]} (bytes: the model has no words)"
    )
    print(f"  prompt evaluation {first:.1f} ms, then {', '.join(f'{ms:.1f}' for ms in rest)} ms")
    print(f"  the second takes {rest[0] / first:.1%} of the first   goal 15 %")
    server.unload(name)
    cold = await _first(there, asked[0])
    server.unload(name)
    await there.warm.warm(name)
    warm = await _first(there, asked[1])
    print(f"  first token without `kai warmup` {cold * 1000:.0f} ms, after it {warm * 1000:.0f} ms")
    await servers.close()


async def cancelled(server: Ollama, folder: Path, runs: int) -> None:
    """How long after a request was closed the server has time for the next one.

    Ollama 0.13.5 itself hangs after some of them, and then answers nobody: that is counted.
    """
    noise = server.model("ascii")
    loaded = settings(folder, server.url, noise, KAI_LLM_TIMEOUT="3s")
    servers = Servers()
    there = await servers.at(loaded, {})
    endless = Generation(noise, _prompt("go on"), raw="go on", num_predict=4000, num_ctx=8192)
    next_one = replace(endless, raw="and", num_predict=1)
    await _done(there, next_one)
    idle, alone = [], []
    hung = 0
    for _ in range(runs):
        try:
            start = time.perf_counter()
            await _done(there, next_one)
            alone.append(time.perf_counter() - start)
            async with aclosing(there.endpoint.stream(endless)) as stream:
                async for said in stream:
                    if isinstance(said, Chunk):
                        break
            start = time.perf_counter()
            await _done(there, next_one)
            idle.append(time.perf_counter() - start)
        except ModelTimeout:
            hung += 1
            break  # a server that hangs stays so
    floor = Samples.of(alone)
    report("an answer of one token, server idle", floor)
    if idle:
        report("the same just after a cancelled one of 4,000", Samples.of(idle), floor=floor)
    if hung:
        print(f"  after {len(idle)} cancelled requests the server itself hung, for everybody")
    await servers.close()


async def _done(server: Server, generation: Generation) -> Done:
    done = Done()
    async with aclosing(server.endpoint.stream(generation)) as stream:
        async for said in stream:
            if isinstance(said, Done):
                done = said
    return done


async def _first(server: Server, generation: Generation) -> float:
    start = time.perf_counter()
    async with aclosing(server.endpoint.stream(generation)) as stream:
        async for said in stream:
            if isinstance(said, Chunk | Done):
                return time.perf_counter() - start
    raise RuntimeError("the model said nothing")


# --- decoding with a grammar ---------------------------------------------------------------------


async def held(url: str, folder: Path, model: str, answers: int) -> None:
    """How many answers of a model that knows nothing kubectl's parser takes, free and held."""
    loaded = settings(folder, f"{url}/v1", model, KAI_LLM_PROVIDER="openai", KAI_LLM_STALL="1m")
    servers = Servers()
    there = await servers.at(loaded, {})
    rules = grammar(load(None), builtin())
    for name, rule in (("free", None), ("held by the grammar", rules)):
        taken = parsed = tokens = 0
        spent = 0.0
        for seed in range(answers):
            generation = Generation(
                model, _prompt("pods"), raw="pods:", num_predict=400, num_ctx=2048,
                sampling=Sampling(temperature=1.0, seed=seed), stop=("\n",), grammar=rule,
            )  # fmt: skip
            start = time.perf_counter()
            text, count = await _text(there, generation)
            spent += time.perf_counter() - start
            tokens += count
            parsed += bool(text.strip())
            taken += _is_taken(text)
        rate = tokens / spent if spent else 0.0
        print(f"  {name:20} {taken}/{answers} accepted, {rate:.0f} tokens/s")
    await servers.close()


async def _text(server: Server, generation: Generation) -> tuple[str, int]:
    text, chunks, done = "", 0, Done()
    async with aclosing(server.endpoint.stream(generation)) as stream:
        async for said in stream:
            if isinstance(said, Chunk):
                text += said.text
                chunks += 1
            elif isinstance(said, Done):
                done = said
    return text, done.tokens or chunks


def _is_taken(text: str) -> bool:
    """Whether kubectl would take the line as a command, by its own tables."""
    line = text.strip()
    if not line.startswith("kubectl "):
        return False
    pipeline = parse(line, load(None))
    found = (*pipeline.findings, *check(pipeline, load(None), builtin()))
    return not any(each.level == "error" for each in found)


def _prompt(text: str) -> Prompt:
    return Prompt("", (Turn(Role.USER, text),))


def main() -> int:
    """Print every figure that can be taken here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--answers", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        files = ModelFiles(folder)
        if installed_ollama(VERSION) is None:
            print(f"  no Ollama {VERSION}: tools/install-ollama.sh; nothing measured with it")
        else:
            with ollama(folder / "ollama", files, VERSION) as server:
                asyncio.run(overhead(server, folder / "a", options.runs))
                asyncio.run(prefix(server, folder / "b"))
                asyncio.run(cancelled(server, folder / "c", max(options.runs // 5, 5)))
        if installed_llama_cpp() is None:
            print("  no llama.cpp: tools/install-llama-cpp.sh; the grammar is not measured")
        else:
            with llama_cpp(folder / "cpp", files["ascii"]) as there:
                asyncio.run(held(there.url, folder / "d", "ascii", options.answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
