"""What the endpoints of kai have in common: one server, a client per event loop, questions in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from kai.errors import ModelTimeout
from kai.llm.endpoint import Chunk, Deadlines, Done, Generation, Loading, Reach
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

    There is one client for each event loop: connections cannot change theirs.
    """

    kind = ""
    start = ""
    """How such a server is started on this machine."""
    fetch = ""
    """How it is told to fetch a model."""

    def __init__(
        self, url: str, reach: Reach, keys: Keys, deadlines: Deadlines, env: Mapping[str, str]
    ) -> None:
        self._server = Server(
            url, reach, keys, self._header, deadlines, env, self.fetch, self.start
        )
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()
        self._answered = float("-inf")

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
        known = self._clients.pop(asyncio.get_running_loop(), None)
        if known is not None:
            await self._close_client(known)

    async def _client_here(self) -> Any:
        """The client of this event loop; before a library is loaded, somebody must listen.

        Later, a client of this machine finds out as fast by itself; names are looked up in our way
        (`waiting`), since a look-up of the client's could hold up the end of the process.
        """
        loop = asyncio.get_running_loop()
        known = self._clients.get(loop)
        fresh = loop.time() - self._answered < _FRESH_SECONDS
        if known is None or not (fresh or self.reach is Reach.MACHINE):
            way = proxy_of(self._server) or self._server.url
            await knock(way, self._server.deadlines.connect, self.reach, start=self.start)
            known = self._clients.get(loop)  # somebody else may have made one meanwhile
        if known is None:
            known = self._clients[loop] = self._make_client()
        return known

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
