"""The folders kai uses, computed as platformdirs does.

platformdirs itself would cost a cold start 8 ms (it imports tempfile, shutil and random), more
than opening the cache; a test compares the two on Linux and macOS rules.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MACOS = {
    "CONFIG": "Library/Application Support",
    "CACHE": "Library/Caches",
    "STATE": "Library/Application Support",
}
_XDG = {"CONFIG": ".config", "CACHE": ".cache", "STATE": ".local/state"}


@dataclass(frozen=True, slots=True)
class Paths:
    """Where kai keeps its things: `config` is written by people, `cache` can be deleted any time,
    `state` (the journal) cannot. `file` is the config file; `named` says it was named by
    `KAI_CONFIG`, and must therefore exist."""

    config: Path
    cache: Path
    state: Path
    file: Path
    named: bool = False

    @classmethod
    def under(cls, folder: Path) -> Paths:
        """All folders below one: for tests, demos and portable installations."""
        config = folder / "config"
        return cls(config, folder / "cache", folder / "state", config / "config.yaml")

    @classmethod
    def from_environment(cls, env: Mapping[str, str], platform: str = sys.platform) -> Paths:
        """`KAI_CONFIG_DIR`, `KAI_CACHE_DIR`, `KAI_STATE_DIR`, else the platform's folders.

        `KAI_CONFIG` names the config file itself and wins over `KAI_CONFIG_DIR`.
        """
        config = _folder(env, "CONFIG", platform)
        named = env.get("KAI_CONFIG", "")
        return cls(
            config=config,
            cache=_folder(env, "CACHE", platform),
            state=_folder(env, "STATE", platform),
            file=_expand(env, named) if named else config / "config.yaml",
            named=bool(named),
        )


def _folder(env: Mapping[str, str], which: str, platform: str) -> Path:
    """One folder: our own variable, then XDG's (absolute paths only, as its text demands)."""
    if own := env.get(f"KAI_{which}_DIR", ""):
        return _expand(env, own)
    xdg = env.get(f"XDG_{which}_HOME", "")
    if xdg.startswith("/"):
        return Path(xdg) / "kai"
    table = _MACOS if platform == "darwin" else _XDG
    return Path(_home(env)) / table[which] / "kai"


def _home(env: Mapping[str, str]) -> str:
    home = env.get("HOME", "")
    return home if home.startswith("/") else os.path.expanduser("~")  # noqa: PTH111 - reads passwd


def _expand(env: Mapping[str, str], text: str) -> Path:
    """A path from a variable: `~` is the home folder, relative ones count from here."""
    if text == "~" or text.startswith("~/"):
        text = _home(env) + text[1:]
    return Path(os.path.abspath(text))  # noqa: PTH100 - links stay links
