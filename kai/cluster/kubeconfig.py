"""Where kubectl would go: contexts, clusters and namespaces of the user's kubeconfig files.

Files are found and merged as client-go does (tools/clientcmd, compared with real kubectls in the
tests): KUBECONFIG is a list, missing files are skipped, the first file that names an entry wins,
and so does the first `current-context` that is not empty. Two things differ on purpose: a broken
file costs a warning where kubectl gives up altogether, and nothing is ever run from the files.

Reading YAML costs a cold start about 20 ms, so the few facts kai needs are kept in a file of our
own, by the time, size and inode of the kubeconfig. Names, servers and namespaces are kept there,
never a token, key, certificate, password or argument of a plugin.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kai.errors import KubeconfigError
from kai.kubectl.private_file import read_json, write_json
from kai.model import Context

MAX_BYTES = 10 * 1024 * 1024
"""A kubeconfig larger than this is not read; one with 1,000 clusters has about 3 MB."""

DEFAULT_NAMESPACE = "default"

_FORMAT = 1
_SETTLED_SECONDS = 2.0
# The C reader builds nested values by recursion and crashes the process on deep ones; aliases of
# aliases grow without bound. A kubeconfig has neither.
_MAX_DEPTH = 60
_MAX_ALIASES = 20
_LISTS = {"contexts": "context", "clusters": "cluster", "users": "user"}


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A context; `namespace` is "" where it names none."""

    name: str
    cluster: str = ""
    user: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class ClusterEntry:
    """A cluster; `server` is its URL without user, password and query."""

    name: str
    server: str = ""


@dataclass(frozen=True, slots=True)
class UserEntry:
    """A user; `plugin`: kubectl runs a program to get its credentials. kai never does."""

    name: str
    plugin: bool = False


@dataclass(frozen=True, slots=True)
class KubeConfig:
    """The merged facts of all files. `files` were read; `warnings` say what could not be."""

    current_context: str | None = None
    contexts: Mapping[str, ContextEntry] = field(default_factory=dict)
    clusters: Mapping[str, ClusterEntry] = field(default_factory=dict)
    users: Mapping[str, UserEntry] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()

    def context(self, name: str | None = None) -> Context:
        """Where a command goes in the context `name`, or in the current one.

        A context without a namespace means "default". With no current context, or one that no file
        has, what is not known is None. Raises `KubeconfigError` for a `name` that no file has.
        """
        wanted = name or self.current_context
        if wanted is None:
            return Context()
        entry = self.contexts.get(wanted)
        if entry is None:
            if name:
                known = ", ".join(sorted(self.contexts)[:10]) or "none"
                raise KubeconfigError(f"there is no context {name!r}; known contexts: {known}")
            return Context(context=wanted)
        cluster = self.clusters.get(entry.cluster)
        return Context(
            context=wanted,
            namespace=entry.namespace or DEFAULT_NAMESPACE,
            server=cluster.server or None if cluster else None,
        )

    def uses_plugin(self, name: str | None = None) -> bool:
        """Whether kubectl runs a credential plugin in this context (the current one: None)."""
        entry = self.contexts.get(name or self.current_context or "")
        user = self.users.get(entry.user) if entry else None
        return user is not None and user.plugin


def paths(env: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The files kubectl would look at, in order: KUBECONFIG's, else `~/.kube/config`.

    `/dev/null`, with which people say "none", is none.
    """
    listed = env.get("KUBECONFIG", "")
    if not listed:
        return (home / ".kube" / "config",)
    names = dict.fromkeys(listed.split(os.pathsep))
    return tuple(Path(name) for name in names if name and name != os.devnull)


def load(env: Mapping[str, str], home: Path, *, cache_file: Path | None = None) -> KubeConfig:
    """The merged kubeconfig; what is broken becomes a warning, nothing is raised.

    `cache_file` is where the facts are kept between runs; None: read the files every time. With it,
    the same value comes back while the files' times and sizes stay the same.
    """
    if cache_file is None:
        return _load(env, home, None)
    stamps = [(path, tuple(_stamp(path))) for path in paths(env, home)]
    key = (cache_file, *stamps)
    known = _known.get(key)
    if known is None:
        known = _load(env, home, cache_file)
        if all(not stamp or _settled(stamp[0]) for _, stamp in stamps):
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[key] = known
    return known


_known: dict[tuple[object, ...], KubeConfig] = {}
_MOST_KNOWN = 16


def _settled(changed: int) -> bool:
    """A file that was changed just now can change again without a trace in a coarse clock."""
    return time.time() - changed / 1e9 > _SETTLED_SECONDS


def _load(env: Mapping[str, str], home: Path, cache_file: Path | None) -> KubeConfig:
    kept = _Kept(cache_file)
    current: str | None = None
    contexts: dict[str, ContextEntry] = {}
    clusters: dict[str, ClusterEntry] = {}
    users: dict[str, UserEntry] = {}
    files: list[Path] = []
    warnings: list[str] = []
    for path in paths(env, home):
        try:
            facts = kept.facts(path)
        except FileNotFoundError:
            continue
        except KubeconfigError as error:
            warnings.append(str(error))
            continue
        files.append(path)
        current = current or facts.current_context
        contexts = {**facts.contexts, **contexts}
        clusters = {**facts.clusters, **clusters}
        users = {**facts.users, **users}
    kept.store()
    if current and current not in contexts:
        warnings.append(f"the current context {current!r} is in no kubeconfig file; choose one "
                        "with: kubectl config use-context NAME")  # fmt: skip
    return KubeConfig(current, contexts, clusters, users, tuple(files), tuple(warnings))


def read_file(path: Path) -> KubeConfig:
    """The facts of one file.

    Raises FileNotFoundError where there is none, `KubeconfigError` where it cannot be used.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise KubeconfigError(
                f"{path} is not a regular file and was not read; kai leaves pipes and devices to "
                "kubectl"
            )
        if about.st_size > MAX_BYTES:
            raise KubeconfigError(f"{path} is larger than {MAX_BYTES >> 20} MiB and was not read")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise KubeconfigError(f"{path} cannot be read ({_reason(error)}); check the file") from None
    try:
        return _facts(path, _parse(text))
    except (ValueError, RecursionError) as error:
        raise KubeconfigError(
            f"{path} is not a valid kubeconfig ({_reason(error)}); "
            f"see: kubectl config view --kubeconfig={path}"
        ) from None


def _reason(error: Exception) -> str:
    """What went wrong in one line, without a piece of the file: it may hold a secret."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error) if type(error) is ValueError else "nested too deeply"


def _parse(text: str) -> Mapping[str, Any]:
    value: object
    try:
        # JSON is YAML too, and its parser is here already.
        value = json.loads(text, object_pairs_hook=_no_duplicates) if text[:1] == "{" else ...
    except json.JSONDecodeError:
        value = ...
    if value is ...:
        value = _parse_yaml(text)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("not a mapping")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _parse_yaml(text: str) -> object:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Strict(loader):  # type: ignore[misc, valid-type]
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(names)) != len(names):
                raise ValueError(f"line {node.start_mark.line + 1}: a key stands there twice")
            return super().construct_mapping(node, deep)

    try:
        depth = aliases = 0
        for event in yaml.parse(text, loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > _MAX_DEPTH or aliases > _MAX_ALIASES:
                raise ValueError("nested too deeply")
        value: object = yaml.load(text, Strict)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}not YAML") from None
    except (yaml.YAMLError, TypeError, AttributeError) as error:
        raise ValueError("not YAML") from error
    return value


def _facts(path: Path, document: Mapping[str, Any]) -> KubeConfig:
    entries = {list_name: dict(_entries(document, list_name)) for list_name in _LISTS}
    return KubeConfig(
        current_context=_text(document, "current-context") or None,
        contexts={
            name: ContextEntry(
                name, _text(body, "cluster"), _text(body, "user"), _text(body, "namespace")
            )
            for name, body in entries["contexts"].items()
        },
        clusters={
            name: ClusterEntry(name, _bare(_text(body, "server")))
            for name, body in entries["clusters"].items()
        },
        users={
            name: UserEntry(name, bool(body.get("exec") or body.get("auth-provider")))
            for name, body in entries["users"].items()
        },
        files=(path,),
    )


def _entries(
    document: Mapping[str, Any], list_name: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = document.get(list_name)
    if rows is None:
        return
    if not isinstance(rows, list):
        raise ValueError(f"{list_name} is not a list")
    seen = set()
    for row in rows:
        body = row.get(_LISTS[list_name]) if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(body, dict | None):
            raise ValueError(f"an entry of {list_name} is not a mapping")
        name = _text(row, "name")
        if name in seen:
            # client-go refuses such a file too.
            raise ValueError(f"{list_name} has one name twice")
        seen.add(name)
        yield name, body or {}


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} is not text; put it in quotes")
    return value


def _bare(server: str) -> str:
    """The URL without what could be secret in it: `USER:PASSWORD@`, query, fragment."""
    scheme, separator, rest = server.partition("://")
    if not separator:
        scheme, rest = "", server
    rest = rest.partition("?")[0].partition("#")[0]
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


class _Kept:
    """The facts of kubeconfig files that were read before, in a file of our own."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        loaded = read_json(file) if file else None
        valid = isinstance(loaded, dict) and loaded.get("format") == _FORMAT
        rows = loaded.get("files") if valid and isinstance(loaded, dict) else None
        self._rows: dict[str, Any] = rows if isinstance(rows, dict) else {}
        self._changed = False

    def facts(self, path: Path) -> KubeConfig:
        """The facts of `path`, kept or read. Raises as `read_file` does."""
        if self._file is None:
            return read_file(path)
        key = str(path.absolute())
        stamp = _stamp(path)
        found = _unpacked(path, self._rows.get(key), stamp)
        if found is not None:
            return found
        facts = read_file(path)
        if stamp and _settled(stamp[0]) and stamp == _stamp(path):
            self._rows[key] = _packed(facts, stamp)
            self._changed = True
        return facts

    def store(self) -> None:
        """Write what was learned, if anything."""
        if self._file is not None and self._changed:
            rows = dict(list(self._rows.items())[-50:])
            write_json(self._file, {"format": _FORMAT, "files": rows})


def _stamp(path: Path) -> list[int]:
    try:
        about = path.stat()
    except (OSError, ValueError):
        return []
    return [about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino, about.st_dev]


def _packed(facts: KubeConfig, stamp: list[int]) -> dict[str, Any]:
    contexts = facts.contexts.values()
    return {
        "stamp": stamp,
        "current": facts.current_context,
        "contexts": [[c.name, c.cluster, c.user, c.namespace] for c in contexts],
        "clusters": [[cluster.name, cluster.server] for cluster in facts.clusters.values()],
        "users": [[user.name, user.plugin] for user in facts.users.values()],
    }


def _unpacked(path: Path, row: object, stamp: list[int]) -> KubeConfig | None:
    if not isinstance(row, dict) or not stamp or row.get("stamp") != stamp:
        return None
    try:
        contexts = [ContextEntry(*entry) for entry in row["contexts"]]
        clusters = [ClusterEntry(*entry) for entry in row["clusters"]]
        users = [UserEntry(*entry) for entry in row["users"]]
        current = row["current"]
    except (KeyError, TypeError):
        return None
    return KubeConfig(
        current_context=current if isinstance(current, str) else None,
        contexts={entry.name: entry for entry in contexts},
        clusters={entry.name: entry for entry in clusters},
        users={entry.name: entry for entry in users},
        files=(path,),
    )
