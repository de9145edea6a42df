"""`kai warmup` and its questions, in the daemon: see `kai.llm.models` for what keeps a model warm."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kai import config
from kai.config.layers import VARIABLES
from kai.llm.models import Models, Told
from kai.provider import ModelStatus, Readiness
from kai_shell.daemon import protocol

if TYPE_CHECKING:
    from kai_shell.daemon.work import Worker

__all__ = ["Models", "environment", "note"]


async def note(worker: Worker | Any, fields: list[str]) -> bytes:
    """The answer to `model ACTION ENV`: see `protocol`. Raises `KaiError`."""
    action, variables = fields
    models: Models = worker.models
    env = environment(variables)
    loaded = config.load(env)
    if action not in ("warm", "status"):
        raise protocol.Malformed("no such request")
    if action == "warm" and loaded.settings.llm.enabled:
        if loaded.settings.llm.warm == "off":
            status = ModelStatus(Readiness.OFF, "", "llm.warm is off: the first request loads it")
            return _answer(Told(status))
        models.begin(loaded, env)
        return _answer(Told(models.now(loaded)))
    return _answer(await models.told(loaded))


def environment(variables: str, ours: Mapping[str, str] | None = None) -> dict[str, str]:
    """The daemon's environment with the caller's settings in place of its own."""
    env = dict(os.environ if ours is None else ours)
    if not variables:
        return env
    env = {name: value for name, value in env.items() if name not in (*VARIABLES, "OLLAMA_HOST")}
    return env | protocol.pairs(variables)


def _answer(told: Told) -> bytes:
    status = told.status
    left = "" if told.left is None else f"{told.left:.0f}"
    return protocol.answer("model", str(status.readiness), status.name, status.detail, left)
