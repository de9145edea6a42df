"""Where a shell is: context and namespace of its kubeconfig, and the kubectl on the daemon's PATH."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from kai import wiring
from kai.cluster.kubeconfig import KubeConfig
from kai.config import Loaded
from kai.model import Context

BELIEVED_SECONDS = 5.0
"""How long the version of a kubectl is believed: looking for it along PATH takes as long as a verdict
(60 us), and the keys and Enter wait for it."""

_KEPT = 16
"""How many values of PATH are remembered."""

_versions: dict[tuple[str, str, str], tuple[float, str | None]] = {}


def whereabouts(loaded: Loaded, env: Mapping[str, str], facts: KubeConfig) -> Context:
    """The current context, without starting a process."""
    return replace(facts.context(), kubectl_version=_version(loaded, env))


def _version(loaded: Loaded, env: Mapping[str, str]) -> str | None:
    key = (env.get("PATH", ""), loaded.settings.kubectl.path, str(loaded.paths.cache))
    until, version = _versions.get(key, (0.0, None))
    now = time.monotonic()
    if now >= until:
        version = wiring.build_context(loaded, env, strict=False).kubectl_version
        if len(_versions) > _KEPT:
            _versions.clear()
        # One that nobody has asked for yet may be learnt at any moment.
        if version is not None:
            _versions[key] = (now + BELIEVED_SECONDS, version)
    return version
