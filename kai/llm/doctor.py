"""What `kai doctor` says of the model: reached, installed, in memory; and with `--model` how fast.

Nothing here raises: what is wrong is a line that says what to do. Built-in answers need no model,
so that without one nothing has failed.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

from kai.config import Loaded as Configured
from kai.errors import KaiError, ModelMissing
from kai.llm import disk, known, memory
from kai.llm.endpoint import Chunk, Done, Generation, Loaded, Reach, Role, Turn
from kai.llm.inventory import JUST_LOADED, Remembered, find
from kai.llm.memory import text
from kai.llm.routing import Choice, choose
from kai.llm.servers import Server, Servers
from kai.llm.warm import lasting
from kai.model import Ask

KEPT = 0.15
"""The share of the first time at which the same beginning counts as kept (it takes 1 to 5 % of it)."""

SLOW, SLOW_START = 5.0, 0.2
"""Tokens a second below which a command takes longer than typing it; seconds that a server may take
before it reads a prompt of a model in memory."""

_WRITTEN = 24
"""Tokens that are written to measure how fast."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line: `warn` is something to know or do."""

    state: Literal["ok", "warn"]
    detail: str


async def look(loaded: Configured, env: Mapping[str, str], *, measure: bool = False) -> list[Seen]:
    """What can be seen of the model without asking it; with `measure` it is asked, too."""
    if not loaded.settings.llm.enabled:
        return [Seen("ok", "switched off (llm.enabled); built-in answers go on")]
    servers = Servers()
    seen: list[Seen] = []
    try:
        async with aclosing(_seen(servers, loaded, env, measure=measure)) as lines:
            async for line in lines:
                seen.append(line)
    except ModelMissing as error:
        seen.append(Seen("warn", str(error)))
    except KaiError as error:
        seen.append(Seen("warn", f"{error}; built-in answers go on without it"))
    finally:
        await servers.close()
    return seen


async def _seen(
    servers: Servers, loaded: Configured, env: Mapping[str, str], *, measure: bool
) -> AsyncGenerator[Seen]:
    server = await servers.at(loaded, env)
    endpoint = server.endpoint
    version = await endpoint.version()  # loads the client, which is no business of the server's
    began = time.perf_counter()
    await endpoint.version()
    took = (time.perf_counter() - began) * 1000
    called = f"{endpoint.kind} {version}".strip()
    yield Seen("ok", f"{called} at {endpoint.url} ({endpoint.reach}), answers in {took:.0f} ms")
    models = await server.inventory.models(again=True)
    there = await endpoint.loaded()
    if there:
        server.inventory.loaded(there)
    machine = memory.now(
        reach=endpoint.reach, loaded=there or (), seen=server.inventory.known().vram
    )
    choices: list[Choice] = []
    for hard in (False, True):
        choices.append(
            choose(
                Ask(""),
                models,
                there,
                machine,
                loaded.settings,
                hard=hard,
                server=server.inventory.known(),
                free_disk=disk.free(env) if endpoint.reach is Reach.MACHINE else None,
            )
        )
    simple, hard_ = choices[0].model, choices[1].model
    one = f"{simple} for everything" if simple == hard_ else f"{simple}, for hard requests {hard_}"
    yield Seen("ok", f"{len(models)} installed; asked is {one}")
    for name in dict.fromkeys((simple, hard_)):
        model = find(models, name)
        if model is not None and known.is_coarse(model.quantisation):
            yield Seen("warn", _coarse(name, model.quantisation))
    for line in _in_memory(simple, there, loaded):
        yield line
    if measure:
        async with aclosing(_measured(server, simple)) as lines:
            async for line in lines:
                yield line
    else:
        rate = _rate(server.inventory.known(), simple)
        yield Seen("ok", f"{rate}kai doctor --model measures it")


def _coarse(name: str, quantisation: str) -> str:
    return (
        f"{name} keeps its weights in {quantisation}; a smaller model at Q4_K_M or Q5_K_M does"
        " better (kai models)"
    )


def _in_memory(name: str, there: tuple[Loaded, ...] | None, loaded: Configured) -> list[Seen]:
    """Whether the model is loaded, where, for how long, and with the context that kai asks for."""
    if there is None:
        return []
    model = next((each for each in there if known.same(each.name, name)), None)
    if model is None:
        return [Seen("ok", f"{name} is not in memory; kai warmup loads it before it is needed")]
    parts = [f"{name} is in memory ({text(model.size or 0)}, {_where(model)})"]
    if model.expires_at is not None:
        parts.append(f"for {lasting(model.expires_at - time.time())}")
    seen = [Seen("ok", " ".join(parts))]
    wanted = loaded.settings.llm.num_ctx
    if model.context is not None and model.context < wanted:
        seen.append(
            Seen(
                "warn",
                f"{name} is loaded with {model.context} tokens of context and kai asks for {wanted}"
                " (llm.num_ctx): the next request loads it again",
            )
        )
    return seen


def _where(model: Loaded) -> str:
    if not model.size or model.size_vram is None:
        return "where is not known"
    share = model.size_vram / model.size
    if share <= 0:
        return "on the CPU"
    return "on the GPU" if share > 0.99 else f"{share:.0%} of it on the GPU, the rest on the CPU"


def _rate(server: Remembered, name: str) -> str:
    model = find(server.models, name)
    rate = server.note(model).tokens_per_second if model else None
    return "" if rate is None else f"{rate:.1f} tokens/s when it was last asked; "


# --- measuring ------------------------------------------------------------------------------------


async def _measured(server: Server, model: str) -> AsyncGenerator[Seen]:
    """Two requests with a beginning that no request had before, and the usual one put back."""
    if server.endpoint.reach is Reach.CLOUD:
        yield Seen("ok", f"{model} is not measured: {server.endpoint.url} charges for every word")
        return
    await server.told(model)
    salt = f"{time.time_ns()}"
    first, first_token = await _asked(server, _salted(server.beginning(model), salt, "a"))
    again, _ = await _asked(server, _salted(server.beginning(model), salt, "b"))
    server.inventory.measured(model, first)
    await server.warm.begin(model)
    for line in (
        _load(model, first, again, first_token),
        _prompt(first, again),
        _speed(model, first, again),
    ):
        if line is not None:
            yield line
    there = await server.endpoint.loaded()
    loaded = next((each for each in there or () if known.same(each.name, model)), None)
    if loaded is not None and loaded.size_vram is not None:
        yield Seen("ok", f"{model} runs {_where(loaded)}, {text(loaded.size or 0)} of memory")


async def _asked(server: Server, generation: Generation) -> tuple[Done, float | None]:
    """The end of an answer, and the seconds until its first token."""
    began, first, done = time.perf_counter(), None, Done()
    async with aclosing(server.endpoint.stream(generation)) as events:
        async for event in events:
            if isinstance(event, Chunk) and first is None:
                first = time.perf_counter() - began
            if isinstance(event, Done):
                done = event
    return done, first


def _salted(generation: Generation, salt: str, end: str) -> Generation:
    """The same request with other first words, so that nothing of it was read before."""
    prompt = generation.prompt
    told = replace(
        prompt,
        system=f"{salt} {prompt.system}",
        turns=(*prompt.turns, Turn(Role.USER, f"pods {end}")),
    )
    raw = f"{salt} {generation.raw} pods {end}" if generation.raw else ""
    return replace(generation, prompt=told, raw=raw, num_predict=_WRITTEN, stop=(), grammar=None)


def _load(model: str, first: Done, again: Done, first_token: float | None) -> Seen | None:
    if first.load_seconds is None:
        said = "" if first_token is None else f"first token after {first_token * 1000:.0f} ms"
        return Seen("ok", f"{model}: {said}") if said else None
    if first.load_seconds > JUST_LOADED:
        loaded = f"{model} was loaded in {first.load_seconds:.1f} s"
    else:
        loaded = f"{model} was in memory"
    start = again.load_seconds or 0.0
    if start > SLOW_START:
        return Seen(
            "warn",
            f"{loaded}; the server takes {start * 1000:.0f} ms before each answer: a newer Ollama"
            " takes less, or something else has it load another model",
        )
    return Seen("ok", f"{loaded}; the server takes {start * 1000:.0f} ms before each answer")


def _prompt(first: Done, again: Done) -> Seen | None:
    """How long the prompt takes to read, and whether its beginning is kept for the next one."""
    if not first.prompt_seconds or again.prompt_seconds is None or not first.prompt_tokens:
        return None
    rate = first.prompt_tokens / first.prompt_seconds
    share = again.prompt_seconds / first.prompt_seconds
    said = (
        f"a prompt of {first.prompt_tokens} tokens is read in {first.prompt_seconds * 1000:.0f} ms"
        f" ({rate:.0f} tokens/s), the next one in {again.prompt_seconds * 1000:.0f} ms"
    )
    if share <= KEPT or first.prompt_seconds < 0.02:
        return Seen("ok", f"{said}: its beginning is kept")
    return Seen(
        "warn",
        f"{said}: its beginning is not kept. Other programs may use this model, or it is one that"
        " cannot keep part of a prompt; another model answers sooner (kai models)",
    )


def _speed(model: str, *answers: Done) -> Seen | None:
    rates = [done.tokens / done.seconds for done in answers if done.tokens and done.seconds]
    if not rates:
        return None
    rate = max(rates)
    if rate < SLOW:
        return Seen(
            "warn", f"{model} writes {rate:.1f} tokens/s; a smaller one is faster (kai models)"
        )
    return Seen("ok", f"{model} writes {rate:.1f} tokens/s: a command takes {20 / rate:.1f} s")
