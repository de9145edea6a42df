"""kubectl's own preferences file (kuberc): what it makes of commands, and when kubectl reads it.

From kubectl 1.34 on it is read unless `KUBECTL_KUBERC=false` or `KUBERC=off`; 1.33 reads it with
`KUBECTL_KUBERC=true`. An alias in it is a command of its own, a default adds a flag to a command
that does not show it. Facts: tests/e2e/test_kuberc.py asks real kubectls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kai.config.kept import keep, kept, read_regular, stamp

_FIRST = 33
"""The minor version of kubectl 1 that can read the file, when asked to."""
_DEFAULT_ON = 34
"""The one from which on it does so by default."""
_BY_VARIABLE = 35
"""The one from which on KUBERC may name another file (1.34 reads the usual one all the same)."""


@dataclass(frozen=True, slots=True)
class Kuberc:
    """What the file says. `aliases` is name to the command line it stands for; `defaults` is a
    command ("set env") to its flags and their values; `fault` says why it could not be read."""

    file: str
    aliases: Mapping[str, str]
    defaults: Mapping[str, tuple[tuple[str, str], ...]]
    fault: str = ""


def load(
    env: Mapping[str, str], home: Path, version: str | None, cache: Path | None = None
) -> tuple[Kuberc, ...]:
    """The files that the user's kubectl would read, as it would see them; usually none.

    A version that is not known may read any of them. Never raises.
    """
    files = [path for path in _files(env, home, version) if path.exists()]
    return tuple(_load(path, cache) for path in files)


def _files(env: Mapping[str, str], home: Path, version: str | None) -> list[Path]:
    minor = _minor(version)
    asked, named = env.get("KUBECTL_KUBERC", "").lower(), env.get("KUBERC", "")
    on = asked not in ("false", "0", "f") and (minor >= _DEFAULT_ON or asked not in ("",))
    if minor < _FIRST or not on or named == "off":
        return []
    usual = home / ".kube" / "kuberc"
    if not named or (version is not None and minor < _BY_VARIABLE):
        return [usual]
    return [Path(named)] if version is not None else [Path(named), usual]


def _minor(version: str | None) -> int:
    """The minor version; one that is not known counts as new."""
    parts = (version or "").lstrip("v").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 999


def _load(path: Path, cache: Path | None) -> Kuberc:
    try:
        content, state, problem = read_regular(path)
    except OSError as error:
        return Kuberc(str(path), {}, {}, f"it cannot be read ({error.strerror})")
    if problem:
        return Kuberc(str(path), {}, {}, f"it {problem}")
    copy = cache / "kuberc.json" if cache is not None else None
    wanted = stamp(path, content, state)
    raw = kept(copy, wanted) if copy is not None else None
    found = _read(str(path), raw) if raw is not None else None
    if found is not None:
        return found
    raw = _parsed(content)
    found = _read(str(path), raw)
    if found is None:
        return Kuberc(str(path), {}, {}, "it is no preferences file that kai can read")
    if copy is not None:
        keep(copy, wanted, raw)
    return found


def _parsed(content: bytes) -> object:
    """The documents of the file as plain values, None where it is none; JSON needs no YAML reader."""
    try:
        text = content.decode("utf-8")
        if text.lstrip().startswith("{"):
            return [json.loads(text)]
    except (ValueError, RecursionError):
        return None
    import yaml

    try:
        documents = [item for item in yaml.safe_load_all(text) if item is not None]
        return json.loads(json.dumps(documents))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None


def _read(file: str, documents: Any) -> Kuberc | None:
    """The preferences in the documents; None where they are not of that shape."""
    try:
        return _preferences(file, documents)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _preferences(file: str, documents: Any) -> Kuberc:
    """The preferences in all documents of the file: kubectl takes one of them, any may be it.

    1.33 says `overrides` and `flags` where later versions say `defaults` and `options`.
    """
    aliases: dict[str, str] = {}
    defaults: dict[str, tuple[tuple[str, str], ...]] = {}
    for document in documents:
        for row in _rows(document, "aliases"):
            words = [str(row["command"]), *_words(row, "prependArgs"), *_words(row, "appendArgs")]
            flags = [f"--{name}={value}" for name, value in _flags(row)]
            aliases[str(row["name"])] = " ".join((*words, *flags))
        for row in _rows(document, "defaults", "overrides"):
            command = " ".join(str(row["command"]).split())
            defaults[command] = (*defaults.get(command, ()), *_flags(row))
    return Kuberc(file, aliases, defaults)


def _rows(document: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    return [row for name in names for row in document.get(name) or ()]


def _words(row: Mapping[str, Any], name: str) -> Sequence[str]:
    return [str(word) for word in row.get(name) or ()]


def _flags(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    flags = _rows(row, "options", "flags")
    return [(str(flag["name"]).lstrip("-"), str(flag.get("default", ""))) for flag in flags]
