"""Server-sent events as OpenAI's and Anthropic's APIs use them, read strictly."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from kai.llm.endpoints.refusal import not_its_format

if TYPE_CHECKING:
    import httpx

    from kai.llm.endpoints.http import Server

END = "[DONE]"
"""What OpenAI's API sends after the last event."""


async def events(response: httpx.Response, server: Server) -> AsyncGenerator[dict[str, Any]]:
    """The JSON objects of a stream; `{}` for its end mark. Raises `ModelBroken` for anything else.

    Comments keep a connection open and mean nothing. Names and numbers of events are in the data,
    too. One object that stands there without `data:` is how some servers say an error.
    """
    async for line in _text_lines(response):
        name, _, value = line.partition(":")
        if line and not name:  # a comment
            continue
        if not line or name in ("event", "id", "retry"):
            continue
        if name != "data" and not line.startswith("{"):
            raise not_its_format(server, "a line that is no event")
        text = value.strip() if name == "data" else line
        if text == END:
            yield {}
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise not_its_format(server, "an event that is not JSON") from None
        if not isinstance(found, dict) or not found:
            raise not_its_format(server, "an event that is not its API's")
        yield found


async def _text_lines(response: httpx.Response) -> AsyncGenerator[str]:
    """Lines as the transport gives them, whole; `\\r\\n` and `\\n` end one."""
    async for piece in response.aiter_bytes():
        for line in piece.split(b"\n")[: -1 if piece.endswith(b"\n") else None]:
            yield line.decode().rstrip("\r")
