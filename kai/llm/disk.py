"""Where an Ollama on this machine keeps its models, and how much room is left there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_SERVICE = Path("/usr/share/ollama/.ollama/models")
"""The home of the user that Ollama's installer makes for its service on Linux."""

SPARE = 1_000_000_000
"""Bytes that a pull leaves free: a full disk breaks more than kai."""


def folder(env: Mapping[str, str] | None = None, service: Path = _SERVICE) -> Path:
    """The folder of the models: what `OLLAMA_MODELS` says, the service's own, else the user's.

    The server may have been started with other variables: this is a good guess, no more.
    """
    env = os.environ if env is None else env
    named = env.get("OLLAMA_MODELS", "")
    if named.startswith("/"):
        return Path(named)
    own = Path(env.get("HOME") or os.path.expanduser("~")) / ".ollama" / "models"  # noqa: PTH111
    return service if not own.exists() and service.exists() else own


def free(env: Mapping[str, str] | None = None) -> int | None:
    """Bytes free where models are kept; None where nobody can tell."""
    path = folder(env)
    for place in (path, *path.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return None
