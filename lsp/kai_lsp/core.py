"""kai's core for documents: an engine and an examiner for each folder, as fresh as their files."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kai import config, wiring
from kai.engine import Engine
from kai.examine import Examiner
from kai.model import Context

if TYPE_CHECKING:
    from kai.provider import Provider

FOLDERS = 16
"""For how many folders an engine is kept; each holds two open SQLite files."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was built for a folder, and from what."""

    state: tuple[Any, ...]
    engine: Engine
    examiner: Examiner
    context: Context


class Core:
    """Hands out what reads and answers for a folder. `provider` is the model, None without one.

    Settings, policies and kubeconfig are looked at each time (0.1 ms); while they say the same, the
    same engine and examiner come back, so that what they said of a text may be kept.
    """

    def __init__(
        self, env: Mapping[str, str] | None = None, *, provider: Provider | None = None
    ) -> None:
        self._env = dict(os.environ if env is None else env)
        self._provider = provider
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
                kept.engine.close()
            engine = wiring.build_engine(
                loaded,
                self._env,
                folder=folder,
                provider=self._provider if trusted else None,
                processes=trusted,
            )
            examiner = wiring.build_examiner(loaded, where, self._env, folder)
            kept = self._kept[key] = Kept(state, engine, examiner, where)
        self._kept.move_to_end(key)
        while len(self._kept) > FOLDERS:
            self._kept.popitem(last=False)[1].engine.close()
        return kept

    def close(self) -> None:
        """Close the stores."""
        for kept in self._kept.values():
            kept.engine.close()
        self._kept.clear()
