"""Plain HTTP to a model server, so that what is observed is the server's doing and not a client's."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

Json: TypeAlias = dict[str, Any]

TIMEOUT = 120.0
"""Seconds in which a server has to say something; a busy machine loads slowly."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    text: str
    seconds: float

    @property
    def json(self) -> Json:
        """The answer's object; where it is a stream of them, this raises ValueError."""
        loaded: Json = json.loads(self.text)
        return loaded

    @property
    def lines(self) -> list[Json]:
        """The objects of an answer that has one on each line."""
        return [json.loads(line) for line in self.text.splitlines() if line]


class Stream:
    """An answer that is read piece by piece; leaving it closes the connection at once."""

    def __init__(self, url: str, path: str, body: Json) -> None:
        self._connection = _connect(url)
        self._connection.request("POST", path, json.dumps(body), _headers())
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.type = self._response.headers.get_content_type()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Go away, as a client does whose user has changed their mind."""
        self._response.close()
        self._connection.close()

    def lines(self) -> Iterator[bytes]:
        """Every line as it comes, without its end; empty ones are left out."""
        while line := self._response.readline():
            if line.strip():
                yield line.rstrip(b"\r\n")

    def __iter__(self) -> Iterator[Json]:
        """Every object as it comes: one a line, or as server-sent events (`data: ...`)."""
        for line in self.lines():
            text = line.removeprefix(b"data: ")
            if text.startswith(b"{"):
                yield json.loads(text)


def call(
    url: str, method: str, path: str, body: Json | bytes | None = None, timeout: float = TIMEOUT
) -> Reply:
    """Ask and wait for the whole answer; raises OSError where nobody answers."""
    began = time.monotonic()
    connection = _connect(url, timeout)
    try:
        raw = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, raw, _headers())
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
    finally:
        connection.close()
    return Reply(response.status, text, time.monotonic() - began)


def leave(url: str, path: str, body: Json, when: Callable[[], bool]) -> None:
    """Ask, and go away as soon as `when()` holds, whether or not a word was answered by then."""
    connection = _connect(url)
    connection.request("POST", path, json.dumps(body), _headers())
    try:
        end = time.monotonic() + TIMEOUT
        while not when():
            assert time.monotonic() < end, f"{path}: what was waited for did not happen"
            time.sleep(0.01)
    finally:
        connection.close()


def _headers() -> dict[str, str]:
    return {"Content-Type": "application/json"}


def _connect(url: str, timeout: float = TIMEOUT) -> http.client.HTTPConnection:
    split = urlsplit(url)
    assert split.hostname is not None
    return http.client.HTTPConnection(split.hostname, split.port, timeout=timeout)
