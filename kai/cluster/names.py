"""What exists in a cluster, by name: a snapshot that is read on the way of a request and refreshed
outside it.

A snapshot is a file per context and server, readable by the user alone. It holds names and
nothing else, and no names of secrets.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kai.hashing import sha256
from kai.kubectl.private_file import read_json, write_json
from kai.kubectl.process import Completed, Kubectl
from kai.model import Context, Names, ObjectName

NAMESPACED = {
    "deployments": "deployments.apps",
    "statefulsets": "statefulsets.apps",
    "daemonsets": "daemonsets.apps",
    "cronjobs": "cronjobs.batch",
    "jobs": "jobs.batch",
    "pods": "pods",
    "services": "services",
    "ingresses": "ingresses.networking.k8s.io",
    "configmaps": "configmaps",
    "persistentvolumeclaims": "persistentvolumeclaims",
}
"""The kinds whose names are kept, and the word that means each to kubectl whatever else the
cluster serves. The names of secrets can tell something; they are left out."""

CALL_SECONDS = 1.5
"""Deadline of each call of kubectl."""

AT_ONCE = 4
"""Calls that run at the same time: each costs about 40 ms of a core."""

MAX_OBJECTS = 20_000
"""More names than this are cut off: reading the snapshot must stay a matter of milliseconds."""

MAX_BYTES = 16 * 1024 * 1024

_FORMAT = 2
_COLUMNS = "-o=custom-columns=:metadata.namespace,:metadata.name"
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.:@-]{0,251}[A-Za-z0-9])?", re.ASCII)


class NameSource(Protocol):
    """Who knows the names of a context."""

    def get(self, context: Context) -> Names | None:
        """The snapshot of the context; None where there is none."""
        ...


class NameStore:
    """Snapshots in `folder`, a file for each context and server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, context: Context) -> Path:
        """Where the snapshot of this context is kept: contexts of one name may be other clusters."""
        key = json.dumps([context.context, context.server])
        return self._folder / f"{sha256(key.encode()).hex()[:32]}.json"

    def get(self, context: Context) -> Names | None:
        """See `NameSource`; a damaged or foreign file is as if it were absent."""
        if context.context is None:
            return None
        return _unpacked(read_json(self.path(context), MAX_BYTES), context)

    def written_at(self, context: Context) -> float:
        """When the snapshot was written, in Unix time, without reading it; 0 where there is none."""
        try:
            return self.path(context).stat().st_mtime
        except OSError:
            return 0.0

    def put(self, context: Context, names: Names) -> bool:
        """Keep the snapshot; False where it could not be written."""
        return write_json(self.path(context), _packed(names, context))

    def forget(self, context: Context) -> None:
        """Remove the snapshot of this context."""
        self.path(context).unlink(missing_ok=True)


def age(names: Names, now: float | None = None) -> float:
    """Seconds since the snapshot was taken; never negative, also after the clock was set back."""
    return max(0.0, (time.time() if now is None else now) - names.taken_at)


def match(names: Names, word: str, resource: str | None = None) -> tuple[ObjectName, ...]:
    """The objects a word can mean, best first: with exactly this name, else beginning with it.

    `web` means the deployment `web` where there is one, else the pods `web-7d9c-x`; `resource`
    ("deployments") keeps only that kind. A word in the middle of a name means nothing.
    """
    wanted = word.lower()
    if not wanted:
        return ()
    exact, begins = [], []
    for thing in names.objects:
        if resource is not None and thing.resource != resource:
            continue
        if thing.name == wanted:
            exact.append(thing)
        elif thing.name.startswith(wanted) and thing.name[len(wanted)] in "-.":
            begins.append(thing)
    return tuple(exact or begins)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought. `missing` are the kinds that could not be read, and why."""

    names: Names
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def complete(self) -> bool:
        """Everything could be read."""
        return not self.missing


async def refresh(
    kubectl: Kubectl,
    context: Context,
    *,
    contexts: tuple[str, ...] = (),
    previous: Names | None = None,
    seconds: float = CALL_SECONDS,
    clock: Callable[[], float] = time.time,
) -> Refreshed:
    """Ask the cluster for its names; every call names the context, so that a switch cannot mix two.

    What may not be listed everywhere is listed in the context's namespace. Kinds that may not be
    listed at all, or did not come in `seconds`, keep what `previous` knew. Where the first call
    tells that the server cannot be reached, no other follows. Raises `KubectlMissing`.
    """
    import asyncio

    if context.context is None:
        return Refreshed(Names("", clock()), (("*", "no context"),))
    taken_at = clock()
    turn = asyncio.Semaphore(AT_ONCE)

    async def ask(resource: str) -> Completed:
        word = NAMESPACED.get(resource, resource)
        words = ("get", word, f"--context={context.context}", "--no-headers", _COLUMNS)
        everywhere = ("--all-namespaces",) if resource in NAMESPACED else ()
        async with turn:
            done = await kubectl.run((*words, *everywhere), timeout=seconds)
            if everywhere and _forbidden(done) and context.namespace:
                here = await kubectl.run(
                    (*words, f"--namespace={context.namespace}"), timeout=seconds
                )
                if here.ok:
                    partial.append(resource)
                    return here
            return done

    found: dict[str, tuple[ObjectName, ...]] = {}
    missing: list[tuple[str, str]] = []
    partial: list[str] = []

    def take(resource: str, done: Completed) -> None:
        if done.ok:
            found[resource] = _read(resource, done.stdout)
        else:
            missing.append((resource, _why(done)))
            partial.append(resource)
            found[resource] = _before(previous, resource)

    first = await ask("namespaces")
    take("namespaces", first)
    others = ("nodes", *NAMESPACED)
    if first.ok or _forbidden(first):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(resource)) for resource in others]
        for resource, task in zip(others, tasks, strict=True):
            take(resource, task.result())
    else:
        for resource in others:
            take(resource, first)
    objects = [thing for resource in NAMESPACED for thing in found[resource]]
    names = Names(
        context=context.context,
        taken_at=taken_at,
        objects=tuple(objects[:MAX_OBJECTS]),
        namespaces=tuple(thing.name for thing in found["namespaces"]),
        nodes=tuple(thing.name for thing in found["nodes"]),
        contexts=contexts,
        partial=tuple(sorted(partial if len(objects) < MAX_OBJECTS else {*partial, *NAMESPACED})),
    )
    return Refreshed(names, tuple(missing))


def _read(resource: str, output: bytes) -> tuple[ObjectName, ...]:
    """The rows "NAMESPACE NAME"; whatever does not look like a name is no name."""
    found = []
    for line in output.decode("utf-8", "replace").split("\n")[:MAX_OBJECTS]:
        words = line.split()
        if len(words) == 2 and _NAME.fullmatch(words[1]):
            namespace = None if words[0] == "<none>" else words[0]
            if namespace is None or _NAME.fullmatch(namespace):
                found.append(ObjectName(resource, words[1], namespace))
    return tuple(found)


def _forbidden(done: Completed) -> bool:
    return not done.ok and b"(Forbidden)" in done.stderr


def _why(done: Completed) -> str:
    if done.timed_out:
        return "no answer in time"
    if done.truncated:
        return "too many"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else f"status {done.code}"


def _before(previous: Names | None, resource: str) -> tuple[ObjectName, ...]:
    if previous is None:
        return ()
    cluster_scoped = {"namespaces": previous.namespaces, "nodes": previous.nodes}
    if resource in cluster_scoped:
        return tuple(ObjectName(resource, name) for name in cluster_scoped[resource])
    return tuple(thing for thing in previous.objects if thing.resource == resource)


def _packed(names: Names, context: Context) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "context": context.context,
        "server": sha256((context.server or "").encode()).hex(),
        "taken_at": names.taken_at,
        "objects": [[thing.resource, thing.name, thing.namespace] for thing in names.objects],
        "namespaces": names.namespaces,
        "nodes": names.nodes,
        "contexts": names.contexts,
        "partial": names.partial,
    }


def _unpacked(value: object, context: Context) -> Names | None:
    if not isinstance(value, dict) or value.get("format") != _FORMAT:
        return None
    server = sha256((context.server or "").encode()).hex()
    if value.get("context") != context.context or value.get("server") != server:
        return None
    try:
        return Names(
            context=value["context"],
            taken_at=float(value["taken_at"]),
            objects=tuple(_object(*row) for row in value["objects"]),
            namespaces=tuple(map(_name, value["namespaces"])),
            nodes=tuple(map(_name, value["nodes"])),
            contexts=tuple(map(_name, value["contexts"])),
            partial=tuple(map(_name, value["partial"])),
        )
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def _object(resource: object, name: object, namespace: object) -> ObjectName:
    return ObjectName(_name(resource), _name(name), None if namespace is None else _name(namespace))


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is text")
    return value
