"""Ollama by its own API, through its own client: the only one that can load, keep and pull models.

Server versions are never asked for a decision: distributions build servers that call themselves
0.0.0. What one cannot do it leaves out (`logprobs`), and what it says of itself counts.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from kai.errors import ModelBroken, ModelForbidden, ModelTimeout, ProviderError
from kai.llm.endpoint import (
    Capabilities,
    Chunk,
    Done,
    Generation,
    Installed,
    Loaded,
    Loading,
    Progress,
)
from kai.llm.endpoints.base import HttpEndpoint
from kai.llm.endpoints.figures import count, logprobs, seconds
from kai.llm.endpoints.refusal import not_its_format, refusal
from kai.llm.known import is_elsewhere

_NANO = 1e9
_ASK_SECONDS = 1.0
"""Deadline of asking whether a model is loaded: only to tell the user, so never waited for long."""

_REPEATS = 30
"""So often in a row Ollama takes the same token, then it ends the stream without a word (llm/server.go;
later versions say "token repeat limit reached")."""


@dataclass(frozen=True, slots=True)
class _Clients:
    """Ollama's own client, and a plain one for what it leaves out; they share their connections."""

    ollama: Any
    http: Any


class Ollama(HttpEndpoint):
    """See `Keeper`. `cloud`: models that Ollama itself runs elsewhere may be asked, too."""

    kind = "ollama"
    start = "ollama serve"
    fetch = "kai pull"

    def __init__(self, *args: Any, cloud: bool = False) -> None:
        super().__init__(*args)
        self._cloud = cloud
        self._logprobs: bool | None = None
        self._known: dict[str, dict[str, Any]] = {}
        self._warm: dict[str, float] = {}

    async def _answer(self, generation: Generation) -> AsyncGenerator[Loading | Chunk | Done]:
        clients = await self._client_here()
        await self._not_elsewhere(clients, generation.model)
        if not self._surely_warm(generation.model) and not await self._in_memory(generation.model):
            yield Loading()
        probabilities: list[float] = []
        latest: deque[str] = deque(maxlen=_REPEATS)
        frames = await self._request(clients.ollama, generation)
        async with aclosing(self._checked(frames, generation.model)) as parts:
            async for part in parts:
                self._heard()
                probabilities += logprobs(one.logprob for one in part.logprobs or ())
                for chunk in _chunks(part):
                    latest.append(chunk.text.strip())
                    yield chunk
                if part.done:
                    self._warm[generation.model] = (
                        asyncio.get_running_loop().time() + generation.keep_alive
                    )
                    self._logprobs = bool(probabilities) if part.eval_count else self._logprobs
                    await self._nothing_follows(parts)
                    yield _done(part, probabilities)
                    return
        if len(latest) == _REPEATS and len(set(latest)) == 1:
            raise refusal(self._server, 500, "token repeat limit reached", generation.model)

    async def _request(self, client: Any, generation: Generation) -> AsyncIterator[Any]:
        schema = generation.grammar.schema if generation.grammar else ""
        common: dict[str, Any] = {
            "model": generation.model,
            "stream": True,
            "logprobs": True,
            "format": _json(schema) if schema else None,
            "options": _options(generation),
            "keep_alive": generation.keep_alive,
        }
        if generation.raw:
            return await client.generate(prompt=generation.raw, raw=True, **common)  # type: ignore[no-any-return]
        messages = [{"role": "system", "content": generation.prompt.system}]
        messages += [{"role": t.role.value, "content": t.text} for t in generation.prompt.turns]
        think = generation.thinking
        return await client.chat(  # type: ignore[no-any-return]
            messages=messages[0 if generation.prompt.system else 1 :], think=think, **common
        )

    async def _checked(self, frames: AsyncIterator[Any], model: str) -> AsyncGenerator[Any]:
        """The frames; what the client makes of those that are none, in kai's words."""
        from ollama import ResponseError

        try:
            async for frame in frames:
                if not _holds_something(frame):
                    raise ValueError
                yield frame
        except ResponseError as error:
            raise refusal(self._server, 500, _short(str(error.error)), model) from None
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise not_its_format(self._server, "a line that is not Ollama's format") from None
        finally:
            with suppress(AttributeError):
                await frames.aclose()  # type: ignore[attr-defined]

    async def _nothing_follows(self, frames: AsyncIterator[Any]) -> None:
        """Read to the end, so that the connection can be used again; a second end is no answer."""
        with suppress(TimeoutError, StopAsyncIteration):
            async with asyncio.timeout(0.1):
                await anext(frames)
            raise not_its_format(self._server, "more after the end of its answer")

    async def _not_elsewhere(self, clients: _Clients, model: str) -> None:
        """Raise `ModelForbidden` for a model that Ollama hands on to somebody else's server.

        Its tag says so, or, under another name, what the server shows of it.
        """
        if self._cloud:
            return
        where = "ollama.com" if is_elsewhere(model) else ""
        if not where:
            with suppress(ProviderError):  # what is wrong shows in the request itself
                where = str((await self._shown(clients, model)).get("remote_host") or "")
        if where:
            raise ModelForbidden(
                f"{model} does not run on {self.url}: Ollama sends what it is asked to"
                f" {_short(where)}; to allow that: kai config set privacy.cloud true"
            )

    async def _shown(self, clients: _Clients, model: str) -> dict[str, Any]:
        """What the server shows of a model, asked once: its own client leaves out half of it."""
        if model not in self._known:
            answer = await clients.http.post("/api/show", json={"model": model})
            try:
                found = answer.json()
                if not isinstance(found.get("model_info") or {}, dict):
                    raise TypeError
            except (ValueError, TypeError, AttributeError, RecursionError):
                raise not_its_format(
                    self._server, "something that is not Ollama's format"
                ) from None
            self._known[model] = found
        return self._known[model]

    def _surely_warm(self, model: str) -> bool:
        return self._warm.get(model, 0.0) > asyncio.get_running_loop().time()

    async def _in_memory(self, model: str) -> bool:
        """Whether the model is loaded, as far as can be found out at once; True where it cannot."""
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                loaded = await self.loaded()
        except (TimeoutError, ProviderError):
            return True
        return loaded is None or any(_same(one.name, model) for one in loaded)

    async def capabilities(self, model: str, /) -> Capabilities:
        """See `Endpoint`. Token probabilities are known after the first answer."""
        shown = await self._ask(lambda clients: self._shown(clients, model))
        context = next(
            (
                v
                for k, v in (shown.get("model_info") or {}).items()
                if k.endswith(".context_length")
            ),
            None,
        )
        return Capabilities(
            raw=True,
            schema=True,
            logprobs=bool(self._logprobs),
            keep_alive=True,
            thinking="thinking" in (shown.get("capabilities") or ()),
            elsewhere=is_elsewhere(model) or bool(shown.get("remote_host")),
            context=context if isinstance(context, int) else None,
        )

    async def installed(self) -> tuple[Installed, ...]:
        """See `Endpoint`."""
        listed = await self._ask(lambda clients: self._read(clients.ollama.list()))
        return tuple(
            Installed(
                name=one.model,
                size=None if one.size is None else int(one.size),
                digest=one.digest or "",
                family=(one.details and one.details.family) or "",
                parameters=(one.details and one.details.parameter_size) or "",
                quantisation=(one.details and one.details.quantization_level) or "",
            )
            for one in listed.models
            if one.model
        )

    async def loaded(self) -> tuple[Loaded, ...] | None:
        """See `Endpoint`."""
        listed = await self._ask(lambda clients: self._read(clients.ollama.ps()))
        return tuple(
            Loaded(
                name=one.model or one.name or "",
                size=None if one.size is None else int(one.size),
                size_vram=None if one.size_vram is None else int(one.size_vram),
                expires_at=one.expires_at.timestamp() if one.expires_at else None,
                context=one.context_length,
            )
            for one in listed.models
        )

    async def version(self) -> str:
        """See `Endpoint`."""

        async def ask(clients: _Clients) -> str:
            return _short(str((await clients.http.get("/api/version")).json()["version"]))

        said: str = await self._ask(lambda clients: self._read(ask(clients)))
        return said

    async def _read(self, answer: Any) -> Any:
        """The client's answer; what it makes of one that is none, in kai's words."""
        try:
            return await answer
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise not_its_format(self._server, "something that is not Ollama's format") from None

    async def pull(self, model: str, /) -> AsyncGenerator[Progress]:
        """See `Keeper`."""
        async for progress in self._progress(model, lambda c: c.pull(model, stream=True)):
            yield progress

    async def create(
        self, model: str, base: str, parameters: dict[str, object], /
    ) -> AsyncGenerator[Progress]:
        """See `Keeper`."""
        made = self._progress(
            base, lambda c: c.create(model, from_=base, parameters=parameters, stream=True)
        )
        async for progress in made:
            yield progress

    async def _progress(self, model: str, start: Callable[[Any], Any]) -> AsyncGenerator[Progress]:
        """Steps of a long work. A server that says nothing for `first` seconds is given up."""
        clients = await self._client_here()
        self._known.clear()
        ended = False
        async with aclosing(self._checked(await start(clients.ollama), model)) as parts:
            while True:
                try:
                    async with asyncio.timeout(self._server.deadlines.first):
                        part = await anext(parts)
                except StopAsyncIteration:
                    break
                except TimeoutError:
                    raise ModelTimeout(
                        f"{self.url} has said nothing for {self._server.deadlines.first:g} s;"
                        " start again: it goes on where it stood"
                    ) from None
                ended = part.status == "success"
                yield Progress(_short(part.status or ""), part.completed, part.total)
        if not ended:
            raise ModelBroken(f"{self.url} broke off; start again: it goes on where it stood")

    async def remove(self, model: str, /) -> None:
        """See `Keeper`."""
        await self._ask(lambda clients: self._read(clients.ollama.delete(model)))

    async def embed(self, model: str, texts: tuple[str, ...], /) -> tuple[tuple[float, ...], ...]:
        """See `Keeper`."""
        await self._not_elsewhere(await self._client_here(), model)
        answer = await self._ask(
            lambda clients: self._read(clients.ollama.embed(model, list(texts))),
            self._server.deadlines.first,
        )
        return tuple(tuple(vector) for vector in answer.embeddings)

    def _make_client(self) -> _Clients:
        from httpx import AsyncClient as Plain
        from ollama import AsyncClient

        from kai.llm.endpoints.http import client_options, transport

        options = client_options(self._server) | {"transport": transport(self._server)}
        url = self._server.url
        return _Clients(AsyncClient(url, **options), Plain(base_url=url, **options))

    async def _close_client(self, client: _Clients) -> None:
        await client.http.aclose()
        await client.ollama.close()


def _options(generation: Generation) -> dict[str, Any]:
    sampling = generation.sampling
    options = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "repeat_penalty": sampling.repeat_penalty,
        "seed": sampling.seed,
        "num_predict": generation.num_predict,
        "num_ctx": generation.num_ctx,
        "stop": list(generation.stop) or None,
    }
    return {name: value for name, value in options.items() if value is not None}


def _chunks(part: Any) -> list[Chunk]:
    message = getattr(part, "message", None)
    text = part.response if message is None else message.content
    thinking = part.thinking if message is None else message.thinking
    found = [Chunk(thinking, thinking=True)] if thinking else []
    return found + ([Chunk(text or "")] if text or not part.done else [])


def _holds_something(part: Any) -> bool:
    """Whether a frame has what frames of its call have; the client takes an empty object for one."""
    if hasattr(part, "status"):
        return part.status is not None
    if getattr(part, "message", None) is not None:
        return True
    return bool(part.done) or part.response is not None or part.thinking is not None


def _done(part: Any, probabilities: list[float]) -> Done:
    return Done(
        reason=_short(part.done_reason or "stop"),
        prompt_tokens=count(part.prompt_eval_count),
        prompt_seconds=seconds(part.prompt_eval_duration, _NANO),
        tokens=count(part.eval_count),
        seconds=seconds(part.eval_duration, _NANO),
        load_seconds=seconds(part.load_duration, _NANO),
        logprobs=tuple(probabilities) or None,
    )


def _same(one: str, other: str) -> bool:
    """Names without a tag mean `:latest`."""
    return one in (other, f"{other}:latest") or f"{one}:latest" == other


def _short(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:200]


def _json(text: str) -> Any:
    import json

    return json.loads(text)
