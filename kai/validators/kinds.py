"""Which kinds a command names: whether there are such, and where they live.

A word that is no kind is refused by kubectl, unless the cluster has a custom resource of that name.
So that a typo is caught and nobody with custom resources is bothered: close to a known kind, or
absent from a discovery cache that knows custom resources, it is an error; `NAME.GROUP` may well be
a custom resource, whose groups have a dot, and is only remarked on.
"""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.distance import distance
from kai.kubectl.invocation import Invocation, ResourceArg
from kai.kubectl.resources import Catalogue, Resource, builtin
from kai.kubectl.spec import Spec
from kai.model import Finding, Level
from kai.validators.faults import Fault, finding, in_flag, is_mark

#: Short names under this length are too close to each other to tell which one was meant.
_SHORTEST_GUESS = 5
#: What rights can be about without being a kind (source: cmd/auth/cani.go, cmd/create/create_role.go).
_RIGHTS_ONLY = frozenset(("*", "users", "groups", "userextras", "uids"))
_RBAC = frozenset((("create", "role"), ("create", "clusterrole")))
#: Commands that take `-n` and `-A` and whose kinds decide whether these mean anything.
_NAMESPACE_FREE = frozenset((("explain",), ("auth", "can-i"), ("config", "set-context")))


def check_kinds(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K201 to K203: kinds that do not exist."""
    if call.path in _RBAC:
        yield from _rbac_kinds(call, catalogue)
        return
    seen: set[tuple[int, int]] = set()
    for target in call.resources(catalogue):
        place = (target.start, target.end)
        if target.resource is not None or not target.type_word or place in seen:
            continue
        seen.add(place)
        if _is_category(call, target, catalogue) or is_mark(call, target.type_word):
            continue
        warn = call.path == ("auth", "can-i")
        yield unknown_kind(target.type_word, *place, catalogue, only_warned=warn)


def _is_category(call: Invocation, target: ResourceArg, catalogue: Catalogue) -> bool:
    if call.path == ("auth", "can-i") and target.type_word in _RIGHTS_ONLY:
        return True
    # `auth can-i get pods/log` reads the part behind the slash as a name; kinds come before it.
    return target.type_word in catalogue.categories and call.path != ("explain",)


def unknown_kind(
    word: str, start: int, end: int, catalogue: Catalogue, *, only_warned: bool = False
) -> Finding:
    """The finding for a kind that the catalogue does not know."""
    guess = nearest_kind(word, catalogue)
    level = Level.WARNING if only_warned else Level.ERROR
    if guess is not None:
        message = f"there is no kind '{word}'; did you mean {guess}?"
        return finding("K201", message, start, end, guess, level)
    if "." in word.partition(".")[2]:
        message = f"'{word}' is not built in; the cluster needs a custom resource of that name"
        return finding("K203", message, start, end, level=Level.INFO)
    if not _has_custom(catalogue):
        message = f"'{word}' is no built-in kind; it works only if the cluster adds it"
        return finding("K202", message, start, end, level=Level.WARNING)
    message = f"the cluster has no kind '{word}'; see kubectl api-resources"
    return finding("K201", message, start, end, level=level)


def _has_custom(catalogue: Catalogue) -> bool:
    if catalogue is builtin():
        return False
    known = {resource.qualified for resource in builtin().all}
    return any(resource.qualified not in known for resource in catalogue.all)


def nearest_kind(word: str, catalogue: Catalogue) -> str | None:
    """The one kind that a misspelt word surely stands for, spelled the way it was meant."""
    name, dot, group = word.lower().partition(".")
    if len(name) < 3:
        return None
    limit = 2 if len(name) >= 6 else 1
    best = limit + 1
    found: dict[str, str] = {}
    for resource in catalogue.all:
        if dot and not resource.group.startswith(group):
            continue
        for candidate in _names(resource):
            edits = distance(name, candidate, min(limit, best))
            if edits > limit or edits > best:
                continue
            if edits < best:
                best = edits
                found.clear()
            found.setdefault(resource.plural, candidate)
    if len(found) != 1:
        return None
    guess = next(iter(found.values()))
    return f"{guess}.{group}" if dot else guess


def _names(resource: Resource) -> tuple[str, ...]:
    shorts = tuple(name for name in resource.short_names if len(name) >= _SHORTEST_GUESS)
    return (resource.plural, resource.singular, *shorts)


def _rbac_kinds(call: Invocation, catalogue: Catalogue) -> Iterator[Finding]:
    """`create role --resource=pods,deployments.apps/scale`."""
    for flag in call.flags:
        if flag.name != "resource" or not flag.value:
            continue
        offset = 0
        for part in flag.value.split(","):
            kind = part.partition("/")[0]
            known = not kind or kind in _RIGHTS_ONLY or is_mark(call, kind) or catalogue.find(kind)
            if not known:
                found = unknown_kind(kind, 0, 0, catalogue)
                fault = Fault(
                    found.message, offset, offset + len(kind), found.replacement, found.level
                )
                yield in_flag(found.code, fault, flag, call)
            offset += len(part) + 1


def check_scope(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K204 to K206: namespaces where there are none, or two ways to say which."""
    namespace, everywhere = call.flag("namespace"), call.flag("all-namespaces")
    if (namespace is None and everywhere is None) or call.path in _NAMESPACE_FREE:
        return
    every = everywhere is not None and call.boolean("all-namespaces")
    if every and everywhere is not None and namespace is not None:
        message = "--all-namespaces wins over --namespace here; delete one of them"
        yield finding("K206", message, namespace.start, namespace.end, level=Level.WARNING)
    targets = call.resources(catalogue)
    if not targets:
        return
    # `events --for` selects events, which may lie in any namespace.
    if every and everywhere is not None and call.path != ("events",):
        for target in targets:
            in_namespace = target.resource is None or target.resource.namespaced
            if target.name is not None and in_namespace:
                message = (
                    f"kubectl finds no '{target.name}' by name in all namespaces; give one with -n"
                )
                yield finding("K205", message, everywhere.start, everywhere.end)
                break
    kinds = {target.resource for target in targets}
    if all(kind is not None and not kind.namespaced for kind in kinds):
        flag = namespace or everywhere
        assert flag is not None  # noqa: S101 - one of the two was seen above
        kind = next(iter(kinds))
        assert kind is not None  # noqa: S101
        message = f"{kind.plural} are in no namespace, so {flag.spelled} changes nothing"
        yield finding("K204", message, flag.start, flag.end, level=Level.INFO)
