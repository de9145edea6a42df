"""kai's core for documents: an engine and an examiner for each folder, as fresh as their files."""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kai import config, wiring
from kai.engine import Engine
from kai.errors import KaiError
from kai.examine import Examiner
from kai.llm.models import Models, State
from kai.model import Context, Names

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.journal import Journal
    from kai.provider import ModelState, Provider

FOLDERS = 16
"""For how many folders an engine is kept; each holds two open SQLite files."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was built for a folder, and from what.

    `engine` answers at once and starts no process; `asking` may ask kubectl and the model, and is for
    work that goes on behind the user's back. Neither records: an editor asks for actions wherever
    the cursor rests. `journal` is for what the user took; None where nothing is to be recorded.
    """

    state: tuple[Any, ...]
    engine: Engine
    asking: Engine
    examiner: Examiner
    context: Context
    names: Callable[[], Names | None]
    journal: Journal | None = None

    def close(self) -> None:
        """Close the stores."""
        self.engine.close()
        self.asking.close()
        if self.journal is not None:
            self.journal.close()


class Core:
    """Hands out what reads and answers for a folder. `provider` is the model; None: the one that the
    settings name. `log` is told what happens behind the answers.

    Settings, policies and kubeconfig are looked at each time (0.1 ms); while they say the same, the
    same engine and examiner come back, so that what they said of a text may be kept.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        provider: Provider | None = None,
        log: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._env = dict(os.environ if env is None else env)
        self._provider = provider
        self._models = Models(log=log)
        self._kept: OrderedDict[tuple[str, bool], Kept] = OrderedDict()

    def at(self, folder: Path | None, *, trusted: bool = True) -> Kept:
        """For documents in a folder (None: nowhere); not `trusted`: nothing is started for them.

        Raises `KaiError` for settings that cannot be read.
        """
        folder = folder or Path(self._env.get("HOME") or "/")
        loaded = config.load(self._env)
        where = wiring.build_context(loaded, self._env, strict=False)
        policies = wiring.build_policies(loaded, self._env, folder)
        limits = wiring.build_limits(
            loaded, self._env, version=where.kubectl_version, policies=policies
        )
        state = (loaded, wiring.build_kubeconfig(loaded, self._env), limits, where)
        key = (str(folder), trusted)
        kept = self._kept.get(key)
        if kept is None or kept.state != state:
            if kept is not None:
                kept.close()
            kept = self._kept[key] = self._built(state, loaded, folder, where, trusted)
        self._kept.move_to_end(key)
        while len(self._kept) > FOLDERS:
            self._kept.popitem(last=False)[1].close()
        return kept

    def where(self) -> tuple[Context, bool]:
        """Where the user is now, and whether that context is protected. Raises `KaiError`."""
        loaded = config.load(self._env)
        where = wiring.build_context(loaded, self._env, strict=False)
        name = where.context or ""
        patterns = loaded.settings.safety.protected_contexts
        return where, bool(name) and any(fnmatchcase(name, each) for each in patterns)

    def asked(self) -> None:
        """Somebody wants commands: the model is loaded behind everything else. Raises nothing."""
        if self._provider is None:
            with contextlib.suppress(KaiError):
                self._models.asked(config.load(self._env), self._env)

    @property
    def model(self) -> ModelState:
        """How the model is that the settings name."""
        return State(self._models, lambda: config.load(self._env))

    def _provided(self, loaded: Loaded) -> Provider | None:
        if self._provider is not None or not loaded.settings.llm.enabled:
            return self._provider
        return wiring.build_model(loaded, self._env, servers=self._models.servers)

    def _built(
        self, state: tuple[Any, ...], loaded: Loaded, folder: Path, where: Context, trusted: bool
    ) -> Kept:
        provider = self._provided(loaded) if trusted else None
        at_once, asking = (
            wiring.build_engine(
                loaded,
                self._env,
                journal=False,
                folder=folder,
                provider=provider,
                processes=processes,
            )
            for processes in (False, trusted)
        )
        recorded = trusted and loaded.settings.journal.enabled
        return Kept(
            state,
            at_once,
            asking,
            wiring.build_examiner(loaded, where, self._env, folder),
            where,
            partial(_names, loaded, self._env, where),
            wiring.build_journal(loaded) if recorded else None,
        )

    async def close(self) -> None:
        """Close the stores, and let go of the model."""
        for kept in self._kept.values():
            kept.close()
        self._kept.clear()
        await self._models.close()


def _names(loaded: Loaded, env: Mapping[str, str], where: Context) -> Names | None:
    """What is known to exist in the current context, and the contexts there are; from disk."""
    contexts = tuple(wiring.build_kubeconfig(loaded, env).contexts)
    names = wiring.build_names(loaded).get(where)
    if names is not None:
        return replace(names, contexts=contexts)
    return Names(where.context or "", 0.0, contexts=contexts) if contexts else None
