"""What a daemon loads behind its listening, before anybody asks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from kai import config, wiring
from kai.model import Ask, SourceFilter

_SAMPLES = (
    *("pods in kube-system", "delete pod web", "scale deployment web to 3", "nodes by memory"),
    *("logs of api since 10 minutes", "restart web in prod", "why is api crashing", "xyzzy frob"),
    *("create namespace demo", "events of pod web sorted by time", "depoyments with label app=web"),
    *("roll back web", "copy file from pod web", "switch to context prod", "drain node n1"),
)
"""Requests that between them load what most requests need."""


async def load(env: Mapping[str, str] | None = None) -> None:
    """Load what answers need: lexicon, tables, judge, stores; keeps and records nothing."""
    from kai.journal import Journal  # noqa: F401 - loaded for later
    from kai_shell.daemon import guard

    env = dict(os.environ if env is None else env)
    loaded = config.load(env)
    cache = wiring.build_cache(loaded)
    cache.get("")  # loads SQLite
    cache.close()
    engine = wiring.build_engine(loaded, env, journal=False, folder=Path("/"))
    guard.judged("kubectl get pods", {}, guard.located(loaded, env, "/"))
    for request in _SAMPLES:
        events = engine.suggest(Ask(request, source=SourceFilter.BUILTIN))
        async for _ in events:
            pass
        await asyncio.sleep(0)  # who asks meanwhile gets a turn


async def learn(env: Mapping[str, str] | None = None) -> None:
    """Ask kubectl for its version where it is not known, so that answers fit it."""
    env = dict(os.environ if env is None else env)
    loaded = config.load(env)
    if wiring.build_context(loaded, env, strict=False).kubectl_version is None:
        await wiring.learn_version(loaded, env)
