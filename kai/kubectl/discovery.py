"""The kinds of a server, read from the discovery cache that kubectl keeps on disk.

kubectl writes `CACHE/discovery/HOST/servergroups.json` (the groups, in the server's order of
preference) and `CACHE/discovery/HOST/GROUP/VERSION/serverresources.json`. It refreshes them after
six hours; kai reads them however old they are, because an old list is still the best offline
knowledge of a cluster's custom resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kai.kubectl.resources import Resource

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_FILES = 2000

_NOT_SAFE = re.compile(r"[^(\w/.)]", re.ASCII)


def folder_of(cache_dir: Path, server: str) -> Path:
    """Where kubectl keeps the discovery documents of `server` (k8s.io/cli-runtime 0.27 to 0.37).

    kubectl drops the first "https://" and the first "http://", and turns every character but
    `A-Za-z0-9_/.()` into "_". A path like that could leave the cache by "..": then it is refused
    (ValueError), which kubectl does not do.
    """
    host = server.replace("https://", "", 1).replace("http://", "", 1)
    name = _NOT_SAFE.sub("_", host)
    if not name.strip("/") or ".." in name.split("/"):
        raise ValueError(f"no cache folder can be named after the server {server!r}")
    return cache_dir / "discovery" / name.strip("/")


def stamp(cache_dir: Path, server: str) -> tuple[int, int, int] | None:
    """What changes when kubectl has asked the server again; None where it never has."""
    try:
        state = (folder_of(cache_dir, server) / "servergroups.json").stat()
    except (OSError, ValueError):
        return None
    return state.st_mtime_ns, state.st_ino, state.st_size


def discovered(cache_dir: Path, server: str, base: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The kinds the server listed, in its order, then those of `base` it did not list.

    What cannot be read is as if it were absent: nothing is raised.
    """
    try:
        folder = folder_of(cache_dir, server)
    except ValueError:
        return base
    found: dict[tuple[str, str], Resource] = {}
    budget = MAX_FILES
    for group, versions in _groups(folder):
        for version in versions:
            budget -= 1
            if budget < 0:
                break
            for resource in _resources(folder / group / version, group, version):
                key = (resource.group, resource.plural)
                known = found.get(key)
                found[key] = resource if known is None else _also(known, version)
    for resource in base:
        found.setdefault((resource.group, resource.plural), resource)
    return tuple(found.values())


def _also(resource: Resource, version: str) -> Resource:
    from dataclasses import replace

    if version in resource.versions:
        return resource
    return replace(resource, versions=(*resource.versions, version))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            return {}
        value = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _groups(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each group and its versions, the preferred one first, in the server's order."""
    for group in _dicts(_read(folder / "servergroups.json").get("groups")):
        name = _text(group.get("name"))
        versions = [_text(entry.get("version")) for entry in _dicts(group.get("versions"))]
        preferred = group.get("preferredVersion")
        if isinstance(preferred, dict):
            first = _text(preferred.get("version"))
            versions.sort(key=lambda version: version != first)
        safe = tuple(version for version in versions if version and _is_segment(version))
        if safe and (not name or _is_segment(name)):
            yield name, safe


def _resources(folder: Path, group: str, version: str) -> Iterator[Resource]:
    rows = _dicts(_read(folder / "serverresources.json").get("resources"))
    below: dict[str, list[str]] = {}
    for row in rows:
        plural, slash, sub = _text(row.get("name")).partition("/")
        if slash:
            below.setdefault(plural, []).append(sub)
    for row in rows:
        plural, kind = _text(row.get("name")), _text(row.get("kind"))
        if not plural or not kind or "/" in plural:
            continue
        yield Resource(
            plural=plural,
            # Old servers leave the singular out, and kubectl takes the kind for it.
            singular=_text(row.get("singularName")) or kind.lower(),
            short_names=_texts(row.get("shortNames")),
            kind=kind,
            group=group,
            version=version,
            versions=(version,),
            namespaced=row.get("namespaced") is True,
            verbs=frozenset(_texts(row.get("verbs"))),
            categories=_texts(row.get("categories")),
            subresources=tuple(below.get(plural, ())),
        )


def _is_segment(name: str) -> bool:
    return "/" not in name and "\0" not in name and name not in (".", "..")


def _dicts(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(entry for entry in value if isinstance(entry, str))
