"""An engine with all that the settings ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kai import __version__
from kai.engine import Engine, Judge, Parts
from kai.parts import no_checks
from kai.wiring.parts import (
    build_cache,
    build_flag_lookup,
    build_journal,
    build_judge,
    build_live,
    build_policies,
    catalogue,
    check,
    explain,
    names_of,
    names_since,
    understand,
)

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.provider import Provider

LEXICON = "1"
"""The version of the built-in understanding (`kai.nlu.VERSION`; a test compares): reading it from
there would load the lexicon before a kept answer."""


def build_engine(
    loaded: Loaded,
    env: Mapping[str, str] | None = None,
    *,
    journal: bool = True,
    provider: Provider | None = None,
    judge: Judge | None = None,
    folder: Path | None = None,
    processes: bool = True,
) -> Engine:
    """The engine that the settings ask for. `journal=False`: nothing is recorded. `folder` is where
    the user works (None: the current folder); its workspace may have policies. Not `processes`:
    kubectl is never started. `provider` is the model, None: none is asked."""
    env = os.environ if env is None else env
    policies = build_policies(loaded, env, folder)
    return Engine(
        Parts(
            understand=understand,
            check=check,
            explain=explain,
            catalogue=lambda context: catalogue(context, env),
            names=names_of(loaded, env),
            names_since=lambda context: names_since(loaded, context),
            cache=build_cache(loaded) if loaded.settings.cache.enabled else None,
            journal=build_journal(loaded) if journal and loaded.settings.journal.enabled else None,
            provider=provider,
            judge=judge or build_judge(loaded, env, policies=policies),
            flag=build_flag_lookup(loaded, env) if processes else None,
            live=build_live(loaded, env, folder) if processes else no_checks,
            versions=(__version__, LEXICON, policies.digest),
        )
    )
