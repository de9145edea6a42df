"""Which kinds there are, and which of them a word on a kubectl line means.

The built-in kinds ship as a table. Custom resources come from the discovery cache that kubectl
itself keeps on disk (`kai.kubectl.discovery`), so nothing here touches the network.

How a word is resolved was read from kubectl's own mapping code (k8s.io/client-go `restmapper`,
k8s.io/apimachinery `meta`) and is compared with real kubectls in the tests:

* names and singulars in any case: `pods`, `Pod`, `PODS`; short names in lower case only: `po`;
* `NAME.GROUP`, where a group may be cut short (`deployments.app`), and `NAME.VERSION.GROUP`;
* `Kind.GROUP` and `Kind.VERSION.GROUP` where the kind is not the singular;
* a full name beats a short name; of several groups the one the server lists first wins, and the
  core group before all others.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kai.errors import TableError

TABLE = Path(__file__).parent / "data" / "resources.json"

STANDARD_VERBS = frozenset(
    ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind as a server serves it.

    `version` is the preferred one of `versions` (which begins with it); `group` is "" for the core
    group; `subresources` are bare names ("scale").
    """

    plural: str
    singular: str
    short_names: tuple[str, ...]
    kind: str
    group: str
    version: str
    versions: tuple[str, ...]
    namespaced: bool
    verbs: frozenset[str]
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def qualified(self) -> str:
        """The name that means this kind alone: "deployments.apps", "pods"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class _Index:
    """The look-up tables of one list of kinds; the list's order is the order of preference."""

    __slots__ = ("by_name", "kinds", "resources", "shorts")

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        core_first = sorted(resources, key=lambda resource: resource.group != "")
        self.resources = resources
        self.by_name: dict[str, list[Resource]] = {}
        self.shorts: dict[str, list[Resource]] = {}
        self.kinds: dict[tuple[str, str], Resource] = {}
        for resource in core_first:
            for name in {resource.plural, resource.singular}:
                self.by_name.setdefault(name, []).append(resource)
            for short in resource.short_names:
                self.shorts.setdefault(short, []).append(resource)
            for kind in (resource.kind, resource.kind.lower()):
                self.kinds.setdefault((kind, resource.group), resource)

    def find(self, word: str) -> Resource | None:
        parts = word.split(".", 2)
        name, _, group = word.partition(".")
        if len(parts) == 3:
            found = self._named(parts[0], parts[1], parts[2])
            if found is not None:
                return found
        return self._named(name, "", group) or self._of_kind(parts, name, group)

    def _named(self, name: str, version: str, group: str) -> Resource | None:
        short = self._short(name, version, group)
        if short is not None:
            return short
        for resource in self.by_name.get(name.lower(), ()):
            if version:
                if version in resource.versions and group in ("", resource.group):
                    return resource
            elif resource.group.startswith(group):
                return resource
        return None

    def _short(self, name: str, version: str, group: str) -> Resource | None:
        candidates = self.shorts.get(name, ())
        if not candidates:
            return None
        if any(group in ("", resource.group) for resource in self.by_name.get(name, ())):
            return None
        for resource in candidates:
            if group in ("", resource.group):
                # kubectl forgets the version here: hpa.v9.autoscaling is found too.
                return resource
        for resource in candidates:
            if resource.group.startswith(group) and (not version or version in resource.versions):
                return resource
        return None

    def _of_kind(self, parts: list[str], name: str, group: str) -> Resource | None:
        if len(parts) == 3:
            found = self.kinds.get((parts[0], parts[2]))
            if found is not None and parts[1] in found.versions:
                return found
        return self.kinds.get((name, group))


class Catalogue:
    """The kinds known, and what a word means among them.

    One that was `extended` calls `more` once, and only when a word cannot be answered from the kinds
    of the core group.
    """

    __slots__ = ("_base", "_full", "_more")

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._base = _Index(tuple(resources))
        self._full: _Index | None = self._base
        self._more: Callable[[], _Index] | None = None

    def extended(self, more: Callable[[], _Index]) -> Catalogue:
        """These kinds and, where a word needs more, what `more` says is the complete list."""
        extended = Catalogue(())
        extended._base, extended._full, extended._more = self._base, None, more
        return extended

    @property
    def index(self) -> _Index:
        """The look-up tables of all kinds."""
        if self._full is None:
            assert self._more is not None  # noqa: S101 - _full is set where there is no loader
            self._full = self._more()
        return self._full

    def find(self, word: str) -> Resource | None:
        """The kind that kubectl takes `word` for; None: it has no such resource type."""
        if not word:
            return None
        for resource in self._base.by_name.get(word.lower(), ()):
            if not resource.group:
                # No other group comes before the core group, whatever the server has besides.
                return resource
        return self.index.find(word)

    @property
    def all(self) -> tuple[Resource, ...]:
        """Every kind, in the order in which the server prefers their groups."""
        return self.index.resources

    @property
    def categories(self) -> frozenset[str]:
        """The words that stand for several kinds: "all"."""
        return frozenset(name for resource in self.all for name in resource.categories)

    def members(self, category: str) -> tuple[Resource, ...]:
        """The kinds a category stands for; kubectl wants its name in exactly this case."""
        return tuple(resource for resource in self.all if category in resource.categories)

    @property
    def words(self) -> frozenset[str]:
        """Every plural, singular and short name: what a misspelt kind is compared with."""
        index = self.index
        return frozenset(index.by_name) | frozenset(index.shorts)


@cache
def builtin() -> Catalogue:
    """The kinds that every server of 1.27 to 1.37 may serve by default.

    Raises `TableError` where the table of the package is missing or damaged.
    """
    return Catalogue(read_table(TABLE))


def read_table(path: Path) -> tuple[Resource, ...]:
    """The kinds of a table file. Raises `TableError` where it is missing or damaged."""
    try:
        table = json.loads(path.read_bytes())
        return tuple(_row(*row) for row in table["rows"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise TableError(f"{path} cannot be read ({error}); install kai again") from error


def _row(*row: Any) -> Resource:
    plural, singular, shorts, kind, group, versions, namespaced, verbs, categories, subs = row
    return Resource(
        plural=plural,
        singular=singular,
        short_names=tuple(shorts),
        kind=kind,
        group=group,
        version=versions[0],
        versions=tuple(versions),
        namespaced=namespaced,
        verbs=STANDARD_VERBS if verbs == "*" else frozenset(verbs),
        categories=tuple(categories),
        subresources=tuple(subs),
    )


def kubectl_cache(env: Mapping[str, str], home: Path) -> Path:
    """The cache folder of kubectl itself: KUBECACHEDIR's, else `~/.kube/cache`."""
    named = env.get("KUBECACHEDIR", "")
    return Path(named) if named else home / ".kube" / "cache"


def with_discovery(cache_dir: Path, server: str) -> Catalogue:
    """The built-in kinds and those of kubectl's discovery cache for the API server `server`.

    `cache_dir` is kubectl's cache folder (`kubectl_cache`), `server` the URL as the kubeconfig
    says it. The files are read when the first word needs them; unreadable ones count as absent,
    and where nothing is found this is `builtin()`.
    """
    return builtin().extended(lambda: _everything(cache_dir, server))


_KEPT, _KEPT_SECONDS = 4, 30.0
_kept: dict[tuple[Path, str], tuple[object, float, _Index]] = {}
"""What was read for a server, when, and what its list of groups was like then: a process that lives
on asks again and again, and reading takes some 10 ms with many custom resources. kubectl writes the
list of groups before the groups, so that it says nothing for long."""


def _everything(cache_dir: Path, server: str) -> _Index:
    from kai.kubectl.discovery import discovered, stamp

    now, listed = time.monotonic(), stamp(cache_dir, server)
    if listed is None:
        return builtin().index
    known = _kept.get((cache_dir, server))
    if known is not None and known[0] == listed and now - known[1] < _KEPT_SECONDS:
        return known[2]
    index = _Index(discovered(cache_dir, server, builtin().all))
    _kept.pop((cache_dir, server), None)
    _kept[cache_dir, server] = (listed, now, index)
    while len(_kept) > _KEPT:
        del _kept[next(iter(_kept))]
    return index
