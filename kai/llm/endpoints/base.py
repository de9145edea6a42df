"""What the endpoints of kai have in common: one server, a client per event loop, questions in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from kai.errors import ModelTimeout
from kai.llm.endpoint import Capabilities, Chunk, Deadlines, Done, Generation, Loading, Reach
from kai.llm.endpoints.http import Server, proxy_of
from kai.llm.endpoints.timed import timed
from kai.llm.endpoints.waiting import knock
from kai.llm.keys import Keys

T = TypeVar("T")

QUESTION_SECONDS = 10.0
"""Deadline of a question that no model has to be run for: lists, versions."""

_FRESH_SECONDS = 5.0
"""Who answered so recently is not knocked at again: a connection to it is still open."""


class HttpEndpoint:
    """The part of an endpoint that is the same for all APIs.

    `client` is what `make` gives, one for each event loop: connections cannot change theirs.
    """

    kind = ""
    start = ""
    """How such a server is started on this machine."""
    fetch = ""
    """How it is told to fetch a model."""

    def __init__(
        self, url: str, reach: Reach, keys: Keys, deadlines: Deadlines, env: Mapping[str, str]
    ) -> None:
        self._server = Server(url, reach, keys, self._header, deadlines, env, self.fetch)
        self._client: tuple[asyncio.AbstractEventLoop, Any] | None = None
        self._answered = float("-inf")
        self._capabilities: dict[str, Capabilities] = {}

    @property
    def url(self) -> str:
        """See `Endpoint`."""
        return self._server.shown

    @property
    def reach(self) -> Reach:
        """See `Endpoint`."""
        return self._server.reach

    def stream(self, generation: Generation, /) -> AsyncGenerator[Loading | Chunk | Done]:
        """See `Endpoint`."""
        return timed(lambda: self._answer(generation), self._server.deadlines, self._server.shown)

    async def close(self) -> None:
        """See `Endpoint`."""
        known, self._client = self._client, None
        if known and known[0] is asyncio.get_running_loop():
            await self._close_client(known[1])

    async def _client_here(self) -> Any:
        """The client of this event loop; before a library is loaded, somebody must listen."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._answered > _FRESH_SECONDS:
            way = proxy_of(self._server) or self._server.url
            await knock(way, self._server.deadlines.connect, self.reach, start=self.start)
        if self._client is None or self._client[0] is not loop:
            self._client = loop, self._make_client()
        return self._client[1]

    async def _ask(
        self, question: Callable[[Any], Awaitable[T]], seconds: float = QUESTION_SECONDS
    ) -> T:
        """The answer to a short question. Raises `ModelTimeout` and what the transport raises."""
        try:
            async with asyncio.timeout(seconds):
                answer = await question(await self._client_here())
        except TimeoutError:
            raise ModelTimeout(
                f"{self.url} did not answer in {seconds:g} s; is it overloaded?"
            ) from None
        self._heard()
        return answer

    def _heard(self) -> None:
        self._answered = asyncio.get_running_loop().time()

    def _answer(self, generation: Generation) -> AsyncGenerator[Loading | Chunk | Done]:
        raise NotImplementedError

    def _make_client(self) -> Any:
        from kai.llm.endpoints.http import client

        return client(self._server)

    async def _close_client(self, client: Any) -> None:
        await client.aclose()

    @staticmethod
    def _header(key: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer {key}"}
