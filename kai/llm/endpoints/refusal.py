"""What a server's refusal means, in kai's words: the error, and what to do next."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from kai.errors import (
    ModelBroken,
    ModelBusy,
    ModelForbidden,
    ModelMissing,
    ModelTimeout,
    ProviderError,
)
from kai.llm.keys import hint

if TYPE_CHECKING:
    from kai.llm.endpoints.http import Server


def not_its_format(server: Server, what: str) -> ModelBroken:
    """The error for an answer that does not follow the server's own protocol."""
    return ModelBroken(
        f"{server.shown} answered with {what}; is llm.provider right for this server? Ask again,"
        " or look with: kai doctor"
    )


def model_of(content: bytes) -> str:
    """The model that a request was about; "" where it names none."""
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(content or b"{}")
        if isinstance(body, dict):
            return str(body.get("model") or body.get("name") or "")
    return ""


def said_in(body: bytes) -> str:
    """What a server says is wrong: one line for people, without secrets or control bytes."""
    from kai.redact import redact

    text = body[:4000].decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        found: object = json.loads(body)
        for _ in range(3):
            if isinstance(found, dict):
                found = found.get("error") or found.get("message") or found.get("detail") or ""
        text = found if isinstance(found, str) else ""
    if text.lstrip()[:1] == "<":  # a page of HTML says nothing in one line
        return ""
    line = " ".join(redact(text).split())
    return "".join(char for char in line if char.isprintable())[:200]


def refusal(  # noqa: PLR0911 - a table
    server: Server, status: int, said: str, model: str
) -> ProviderError:
    """The error for a refused request, told by its status and by what the server says of it."""
    said = server.keys.hidden(said)
    shown, lower = server.shown, said.lower()
    because = f": {said}" if said else ""
    if 300 <= status < 400:
        return ModelBroken(
            f"{shown} sends kai elsewhere ({said}); set llm.url to where it really is"
        )
    if status in (401, 403, 407):
        return ModelForbidden(f"{shown} does not take kai's key{because}; {hint(server.url)}")
    if "memory" in lower and ("require" in lower or "available" in lower or "alloc" in lower):
        return ModelBusy(
            f"{model or 'the model'} does not fit into memory{because}; take a smaller one"
        )
    if "token repeat limit" in lower:
        return ModelBroken(
            f"{model or 'the model'} wrote the same word over and over and was stopped; say it in"
            " other words, or take another model"
        )
    if status in (429, 503, 529):
        return ModelBusy(f"{shown} has too much to do (status {status}{because}); try again later")
    if "not found" in lower and (status == 404 or model) and (not model or model in said):
        get = f"; get it with: {server.pull} {model}" if server.pull else "; see: kai models"
        return ModelMissing(f"{shown} has no model {model or 'of that name'}{get}", model)
    if status == 404:
        if model and server.pull and not said:
            return ModelMissing(
                f"{shown} has no model {model}; get it with: {server.pull} {model}", model
            )
        return ModelBroken(
            f"{shown} does not know this request (status 404{because});"
            " check llm.url and llm.provider"
        )
    if status in (408, 504):
        return ModelTimeout(f"{shown} gave up waiting (status {status}{because}); try again")
    return ModelBroken(f"{shown} failed (status {status}{because}); its own log says why")
