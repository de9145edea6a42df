"""The first time that a model would have helped and there is none: a person is asked once.

Only on a terminal and only after the answer; nothing is looked up for it but what the last question
to the server has left on disk.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from kai import config
from kai.errors import KaiError
from kai_shell.streams import Streams

_JUST_NOW = 120.0
"""Seconds in which the server must have said that there is no model: then this request met it."""

_AGAIN = 7 * 86_400.0
"""Seconds for which a no counts."""


def fetched(streams: Streams) -> bool:
    """Whether a model was missing, the user wanted it, and it is there now."""
    if not all(stream.isatty() for stream in (streams.stdin, streams.stdout, streams.stderr)):
        return False
    try:
        loaded = config.load(streams.env)
        model = missing(loaded)
        if not model or _was_declined(loaded):
            return False
        from kai_shell.pulling import offer

        if offer(model, loaded, streams):
            return True
        _decline(loaded)
    except KaiError as error:
        streams.remark(str(error))
    return False


def missing(loaded: config.Loaded, now: float | None = None) -> str:
    """The model to fetch, where the server has just said that it has none to ask; else ""."""
    from kai.llm.inventory import file, find, remembered
    from kai.llm.known import FAST, is_embedding

    llm = loaded.settings.llm
    if not llm.enabled or llm.provider != "ollama":
        return ""
    server = remembered(file(loaded.paths.cache), llm.url)
    now = time.time() if now is None else now
    if not 0 <= now - server.at < _JUST_NOW:
        return ""
    if llm.model:
        return "" if find(server.models, llm.model) else llm.model
    return "" if any(not is_embedding(model) for model in server.models) else FAST


def _mark(loaded: config.Loaded) -> Path:
    return loaded.paths.state / "no-model"


def _was_declined(loaded: config.Loaded) -> bool:
    try:
        return 0 <= time.time() - _mark(loaded).stat().st_mtime < _AGAIN
    except OSError:
        return False


def _decline(loaded: config.Loaded) -> None:
    mark = _mark(loaded)
    with contextlib.suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.touch(mode=0o600)
