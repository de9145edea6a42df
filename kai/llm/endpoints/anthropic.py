"""Anthropic's messages API, which is in the cloud: asked only where the settings allow that."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from kai.errors import ModelBroken, ModelBusy
from kai.llm.endpoint import Capabilities, Chunk, Done, Generation, Installed, Loaded, Loading
from kai.llm.endpoints.base import HttpEndpoint
from kai.llm.endpoints.figures import count
from kai.llm.endpoints.refusal import not_its_format, refusal, said_in
from kai.llm.endpoints.sse import events

API_VERSION = "2023-06-01"
"""The value of the header `anthropic-version`, as its documentation of versioning gives it."""

_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length"}


class Anthropic(HttpEndpoint):
    """See `Endpoint`. `url` is the base below which `v1/messages` is found."""

    kind = "anthropic"

    def __init__(self, url: str, *args: Any) -> None:
        super().__init__(url.rstrip("/").removesuffix("/v1"), *args)
        self._plain: set[str] = set()

    @staticmethod
    def _header(key: str) -> Mapping[str, str]:
        return {"x-api-key": key}

    async def _answer(self, generation: Generation) -> AsyncGenerator[Loading | Chunk | Done]:
        client = await self._client_here()
        for last in (False, True):
            try:
                async with aclosing(self._once(client, generation)) as parts:
                    async for part in parts:
                        yield part
                return
            except ModelBroken as error:
                # Some models take no temperature: they are asked once more without one.
                named = "status 400" in str(error) and "temperature" in str(error)
                if last or not named or generation.model in self._plain:
                    raise
                self._plain.add(generation.model)

    async def _once(self, client: Any, generation: Generation) -> AsyncGenerator[Chunk | Done]:
        body = self._body(generation)
        reason, read, written, ended = "", None, None, False
        headers = {"anthropic-version": API_VERSION}
        async with (
            client.stream("POST", "/v1/messages", json=body, headers=headers) as response,
            aclosing(events(response, self._server)) as frames,
        ):
            async for frame in frames:
                self._heard()
                try:
                    kind = frame["type"]
                    if kind == "error":
                        raise self._failed(frame, generation.model)
                    if kind == "message_start":
                        read = frame["message"]["usage"]["input_tokens"]
                    elif kind == "content_block_delta":
                        yield _chunk(frame["delta"])
                    elif kind == "message_delta":
                        reason = frame["delta"].get("stop_reason") or reason
                        written = frame["usage"]["output_tokens"]
                    elif kind == "message_stop":
                        ended = True
                        break
                except (KeyError, TypeError, AttributeError):
                    raise not_its_format(
                        self._server, "an event that is not Anthropic's format"
                    ) from None
        if not ended:
            raise ModelBroken(f"{self.url} broke off before its answer was complete; ask again")
        yield Done(
            reason=_REASONS.get(reason, str(reason)[:40] or "stop"),
            prompt_tokens=count(read),
            tokens=count(written),
        )

    def _failed(self, frame: dict[str, Any], model: str) -> Exception:
        said = said_in(json.dumps(frame).encode())
        if frame["error"].get("type") in ("overloaded_error", "rate_limit_error"):
            return ModelBusy(f"{self.url} has too much to do ({said}); try again later")
        return refusal(self._server, 500, said, model)

    def _body(self, generation: Generation) -> dict[str, Any]:
        turns = [{"role": t.role.value, "content": t.text} for t in generation.prompt.turns]
        stops = [stop for stop in generation.stop if stop.strip()]  # blanks alone are refused
        body: dict[str, Any] = {
            "model": generation.model,
            "max_tokens": generation.num_predict,
            "stream": True,
            "messages": turns,
        }
        if generation.prompt.system:
            body["system"] = generation.prompt.system
        if generation.model not in self._plain:
            body["temperature"] = min(generation.sampling.temperature, 1.0)
        if stops:
            body["stop_sequences"] = stops
        return body

    async def capabilities(self, model: str, /) -> Capabilities:
        """See `Endpoint`: messages only."""
        return Capabilities()

    async def installed(self) -> tuple[Installed, ...]:
        """See `Endpoint`: the models that this key may use."""

        async def ask(client: Any) -> tuple[Installed, ...]:
            headers = {"anthropic-version": API_VERSION}
            try:
                rows = (await client.get("/v1/models?limit=1000", headers=headers)).json()["data"]
                return tuple(Installed(str(row["id"])) for row in rows)
            except (ValueError, KeyError, TypeError, RecursionError):
                raise not_its_format(self._server, "no list of models") from None

        return await self._ask(ask)

    async def loaded(self) -> tuple[Loaded, ...] | None:
        """See `Endpoint`: this API does not tell."""
        return None

    async def version(self) -> str:
        """See `Endpoint`: it says none."""
        return ""


def _chunk(delta: dict[str, Any]) -> Chunk:
    """The text of a delta; other kinds (signatures, tools) hold none."""
    thought = delta.get("thinking")
    text = thought if isinstance(thought, str) else delta.get("text", "")
    if not isinstance(text, str):
        raise TypeError
    return Chunk(text, thinking=isinstance(thought, str))
