"""Settings: defaults < config.yaml < KAI_* variables < flags.

`load()` reads them. With no config file, or with one that has not changed since it was last
validated, neither pydantic nor YAML is imported: they cost more than the whole answer.

Where things are::

    settings.py  the values, each with its default and meaning
    checks.py    what is allowed for each key: one function a key, used by every layer
    paths.py     the folders: KAI_*_DIR, then XDG_*_HOME, then the platform's own
    layers.py    the order of the layers, and what variables and flags may not do
    file.py      reading config.yaml
    kept.py      reading files safely, and keeping their validated form
    border.py    YAML and pydantic (imported only when the file is new)
    places.py    YAML against a model, with line and column of what is wrong (imported as border.py)
    edit.py      `kai config get|set|show`
"""

from __future__ import annotations

from kai.config.layers import Loaded, load
from kai.config.paths import Paths
from kai.config.settings import (
    CacheSettings,
    ClusterSettings,
    JournalSettings,
    KubectlSettings,
    LlmSettings,
    PrivacySettings,
    SafetySettings,
    Settings,
    ShellSettings,
)

__all__ = [
    "CacheSettings",
    "ClusterSettings",
    "JournalSettings",
    "KubectlSettings",
    "LlmSettings",
    "Loaded",
    "Paths",
    "PrivacySettings",
    "SafetySettings",
    "Settings",
    "ShellSettings",
    "load",
]
