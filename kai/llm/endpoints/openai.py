"""Servers that speak OpenAI's API: vLLM, llama.cpp, LM Studio, LocalAI, mlx_lm, TGI, OpenAI itself.

What one can do is asked of it, never guessed from its name or version: llama.cpp's server has
`/props`, and others describe their own fields. A field that a server refuses by name is left out
from then on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from kai.errors import ModelBroken, ModelBusy, ModelForbidden, ModelMissing, ProviderError
from kai.llm.endpoint import Capabilities, Chunk, Done, Generation, Installed, Loaded, Loading
from kai.llm.endpoints.base import HttpEndpoint
from kai.llm.endpoints.figures import count, seconds
from kai.llm.endpoints.figures import logprobs as numbers
from kai.llm.endpoints.refusal import not_its_format, refusal, said_in
from kai.llm.endpoints.sse import events
from kai.llm.reach import VENDORS

_POLL_SECONDS = 0.25
"""How often a server that loads its model is asked whether it is ready."""

_GRAMMARS = ("structured_outputs", "guided_grammar", "grammar")
"""How servers call a grammar: vLLM (newer, older), llama.cpp and its Python server."""

_DESCRIPTIONS = ("/openapi.json", "/swagger/doc.json")
"""Where servers describe their own fields: those of FastAPI, and LocalAI."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes beyond the API, as far as it told.

    `grammar` is the field for a GBNF grammar; `schema` the one for a JSON schema ("" for the API's
    own `response_format`); `dropped` the fields that it refused.
    """

    raw: bool = True
    grammar: str = ""
    schema: str = ""
    context: int | None = None
    extras: bool = True
    dropped: frozenset[str] = frozenset()
    renamed: bool = False
    """`max_tokens` is called `max_completion_tokens` here."""


@dataclass(slots=True)
class _Answer:
    """What is gathered while an answer comes."""

    reason: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, Any] = field(default_factory=dict)
    probabilities: list[float] = field(default_factory=list)


class OpenAI(HttpEndpoint):
    """See `Endpoint`. `url` is the base below which `chat/completions` is found; `/v1` is added
    where it has no path."""

    kind = "openai"

    def __init__(self, url: str, *args: Any) -> None:
        root = url.rstrip("/")
        super().__init__(root if urlsplit(root).path else root + "/v1", *args)
        self._vendor = self._server.url == VENDORS["openai"]
        self._dialects: dict[str, Dialect] = {}
        self._logprobs: bool | None = None

    async def _answer(self, generation: Generation) -> AsyncGenerator[Loading | Chunk | Done]:
        client = await self._client_here()
        await self._dialect(client, generation.model)
        waited = refused = False
        while True:
            try:
                async with aclosing(self._once(client, generation)) as parts:
                    async for part in parts:
                        yield part
                return
            except ModelBusy as error:
                if not _is_loading(error):
                    raise
                if not waited:
                    yield Loading()
                waited = True
                await self._until_ready(client)
            except (ModelBroken, ModelMissing) as error:
                if refused or not self._adapt(generation, error):
                    raise
                refused = True

    async def _once(self, client: Any, generation: Generation) -> AsyncGenerator[Chunk | Done]:
        dialect = self._dialects[generation.model]
        raw = bool(generation.raw) and dialect.raw
        body = _body(generation, dialect, raw)
        path = "completions" if raw else "chat/completions"
        answer = _Answer()
        async with (
            client.stream("POST", path, json=body) as response,
            aclosing(events(response, self._server)) as frames,
        ):
            async for frame in frames:
                self._heard()
                if not frame:
                    break
                if frame.get("error"):
                    said = said_in(json.dumps(frame).encode())
                    raise refusal(self._server, 500, said, generation.model)
                for chunk in self._chunks(frame, answer):
                    yield chunk
        if not answer.reason:
            raise ModelBroken(f"{self.url} broke off before its answer was complete; ask again")
        self._logprobs = bool(answer.probabilities)
        yield _done(answer)

    def _chunks(self, frame: dict[str, Any], answer: _Answer) -> list[Chunk]:
        try:
            answer.usage = frame.get("usage") or answer.usage
            answer.timings = frame.get("timings") or answer.timings
            found: list[Chunk] = []
            for choice in frame["choices"]:
                part = choice.get("delta") or {"content": choice.get("text")}
                thought = part.get("reasoning_content") or part.get("reasoning")
                found += [Chunk(thought, thinking=True)] if thought else []
                text = part.get("content") or ""
                if not isinstance(text, str) or not isinstance(thought or "", str):
                    raise TypeError
                found.append(Chunk(text))
                answer.probabilities += _probabilities(choice.get("logprobs"))
                answer.reason = choice.get("finish_reason") or answer.reason
        except (KeyError, TypeError, AttributeError):
            raise not_its_format(self._server, "an event that is not OpenAI's format") from None
        return found

    def _adapt(self, generation: Generation, error: ProviderError) -> bool:
        """Whether the request can be put differently: without what the server refused by name."""
        dialect, said = self._dialects[generation.model], str(error)
        raw = bool(generation.raw) and dialect.raw
        if raw and "status 404" in said and not isinstance(error, ModelMissing):
            self._dialects[generation.model] = replace(dialect, raw=False)
            return True
        if "status 400" not in said and "status 422" not in said:
            return False
        if "max_completion_tokens" in said:
            self._dialects[generation.model] = replace(dialect, renamed=True)
            return True
        optional = set(_body(generation, dialect, raw)) - {"model", "messages", "prompt", "stream"}
        named = {name for name in optional if name in said}
        if not named:
            return False
        self._dialects[generation.model] = replace(dialect, dropped=dialect.dropped | named)
        return True

    async def _until_ready(self, client: Any) -> None:
        """Wait while the server says that it loads; how long at most is the stream's matter."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await client.get(self._root("/health"))
                return
            except ModelBusy:
                continue
            except ProviderError:  # no such page: the request itself shows it
                return

    async def _dialect(self, client: Any, model: str) -> Dialect:
        """What the server takes, asked once for each model."""
        known = self._dialects.get(model)
        if known is not None:
            return known
        if self._vendor:
            found = Dialect(raw=False, extras=False)
        else:
            found = await self._told(client)
            found = replace(found, context=found.context or await self._context(client, model))
        self._dialects[model] = found
        return found

    async def _told(self, client: Any) -> Dialect:
        with suppress(ProviderError, ValueError, TimeoutError):
            async with asyncio.timeout(2.0):
                props = (await client.get(self._root("/props"))).json()
            if isinstance(props, dict) and "default_generation_settings" in props:
                context = (props["default_generation_settings"] or {}).get("n_ctx")
                return Dialect(
                    grammar="grammar",
                    schema="json_schema",
                    context=context if isinstance(context, int) else None,
                )
        for page in _DESCRIPTIONS:
            with suppress(ProviderError, ValueError, TimeoutError):
                async with asyncio.timeout(2.0):
                    described = (await client.get(self._root(page))).text
                return Dialect(
                    raw="/completions" in described.replace("/chat/completions", ""),
                    grammar=next((name for name in _GRAMMARS if f'"{name}"' in described), ""),
                    schema="guided_json" if '"guided_json"' in described else "",
                )
        return Dialect()

    def _root(self, path: str) -> str:
        """An address beside the API's own folder."""
        return self._server.url.removesuffix("/v1") + path

    async def _context(self, client: Any, model: str) -> int | None:
        with suppress(ProviderError, ValueError, TypeError, AttributeError, TimeoutError):
            async with asyncio.timeout(2.0):
                rows = (await client.get("models")).json()["data"]
            for row in rows:
                if row.get("id") == model:
                    inner = row.get("meta") or {}
                    names = ("max_model_len", "context_length", "max_context_length")
                    found = [row.get(name) for name in names] + [inner.get("n_ctx_train")]
                    return next((n for n in found if isinstance(n, int)), None)
        return None

    async def capabilities(self, model: str, /) -> Capabilities:
        """See `Endpoint`. Token probabilities are known after the first answer."""
        dialect = await self._ask(lambda client: self._dialect(client, model))
        return Capabilities(
            raw=dialect.raw,
            grammar=bool(dialect.grammar),
            schema="response_format" not in dialect.dropped,
            logprobs=bool(self._logprobs),
            context=dialect.context,
        )

    async def installed(self) -> tuple[Installed, ...]:
        """See `Endpoint`."""

        async def ask(client: Any) -> tuple[Installed, ...]:
            try:
                rows = (await client.get("models")).json()["data"]
                return tuple(_installed(row) for row in rows)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise not_its_format(self._server, "no list of models") from None

        return await self._ask(ask)

    async def loaded(self) -> tuple[Loaded, ...] | None:
        """See `Endpoint`: this API does not tell."""
        return None

    async def version(self) -> str:
        """See `Endpoint`; vLLM and some others tell."""

        async def ask(client: Any) -> str:
            try:
                said = (await client.get(self._root("/version"))).json()["version"]
            except (ProviderError, ValueError, KeyError, TypeError):
                return ""
            return said[:100] if isinstance(said, str) and said.isprintable() else ""

        try:
            return await self._ask(ask)
        except ModelForbidden:
            return ""


def _body(generation: Generation, dialect: Dialect, raw: bool) -> dict[str, Any]:
    """The request; what the server takes beyond the API is added only where it is not the vendor's."""
    sampling, grammar = generation.sampling, generation.grammar
    body: dict[str, Any] = {
        "model": generation.model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens" if dialect.renamed else "max_tokens": generation.num_predict,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stop": list(generation.stop)[:4] or None,  # the API's own limit is four
        "logprobs": 1 if raw else True,
    }
    if raw:
        body["prompt"] = generation.raw
    else:
        system = [{"role": "system", "content": generation.prompt.system}]
        turns = [{"role": t.role.value, "content": t.text} for t in generation.prompt.turns]
        body["messages"] = (system if generation.prompt.system else []) + turns
    if dialect.extras:
        body |= {"top_k": sampling.top_k, "repeat_penalty": sampling.repeat_penalty}
        body["repetition_penalty"] = sampling.repeat_penalty
        if not raw and generation.thinking is False:
            body["chat_template_kwargs"] = {"enable_thinking": False}
    if grammar and grammar.gbnf and dialect.grammar:
        structured = dialect.grammar == "structured_outputs"
        body[dialect.grammar] = {"grammar": grammar.gbnf} if structured else grammar.gbnf
    elif grammar and grammar.schema:
        schema = json.loads(grammar.schema)
        if dialect.schema:
            body[dialect.schema] = schema
        elif not raw:
            named = {"name": "answer", "schema": schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
    return {k: v for k, v in body.items() if v is not None and k not in dialect.dropped}


def _probabilities(logprobs: Any) -> list[float]:
    """Of both forms: the one of completions, and the one of chats."""
    if not isinstance(logprobs, dict):
        return []
    found = logprobs.get("token_logprobs")
    if found is None:
        found = [one.get("logprob") for one in logprobs.get("content") or ()]
    return numbers(found)


def _done(answer: _Answer) -> Done:
    usage = answer.usage if isinstance(answer.usage, dict) else {}
    timings = answer.timings if isinstance(answer.timings, dict) else {}
    return Done(
        reason="stop" if answer.reason == "eos" else str(answer.reason)[:40],
        prompt_tokens=count(usage.get("prompt_tokens")),
        tokens=count(usage.get("completion_tokens")),
        prompt_seconds=seconds(timings.get("prompt_ms"), 1000),
        seconds=seconds(timings.get("predicted_ms"), 1000),
        logprobs=tuple(answer.probabilities) or None,
    )


def _installed(row: dict[str, Any]) -> Installed:
    size = (row.get("meta") or {}).get("size")
    return Installed(name=str(row["id"]), size=size if isinstance(size, int) else None)


def _is_loading(error: ModelBusy) -> bool:
    """llama.cpp's server says `Loading model` with status 503 until it can answer."""
    return "loading model" in str(error).lower()
