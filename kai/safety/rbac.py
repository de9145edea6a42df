"""Rights: nothing kai offers breaks who may do what."""

from __future__ import annotations

from collections.abc import Iterator

from kai.model import Tier
from kai.safety.call import Call, Ruling

_KINDS = frozenset(("clusterroles", "clusterrolebindings", "roles", "rolebindings"))
_BUILT_IN = {
    "clusterroles": frozenset(("cluster-admin", "admin", "edit", "view")),
    "clusterrolebindings": frozenset(("cluster-admin",)),
}
"""What comes with every cluster besides `system:*` (source: the API server's bootstrap policy)."""
_ESCALATES = frozenset(("*", "escalate", "bind", "impersonate"))
_CHANGES = frozenset(("delete", "patch", "edit", "replace", "set"))


def is_built_in(name: str, kind: str) -> bool:
    """Whether a role or binding comes with the cluster; `kind` is its plural."""
    return name in _BUILT_IN.get(kind, ()) or name.startswith("system:")


def rights(call: Call) -> Iterator[Ruling]:
    """Grants of everything, wildcard rules, impersonation, and the system's own roles."""
    if call.verb == "create" and call.path[1:2] and "role" in call.path[1]:
        yield from _granted(call) if call.path[1].endswith("binding") else _rules(call)
    elif call.verb in _CHANGES and call.resources & _KINDS:
        yield from _changed(call)


def _parts(call: Call, flag: str) -> list[str]:
    return [part for value in call.invocation.values(flag) for part in value.split(",")]


def _subjects(call: Call) -> Iterator[Ruling]:
    for flag in ("user", "group"):
        for subject in _parts(call, flag):
            if subject.startswith("system:") and not subject.startswith("system:serviceaccount"):
                message = f"{subject} stands for the system itself or for everybody"
                yield call.ruling("K453", Tier.FORBIDDEN, message, flag)
            elif subject == "system:serviceaccounts":
                message = "stands for every service account of the cluster"
                yield call.ruling("K453", Tier.FORBIDDEN, message, flag)


def _granted(call: Call) -> Iterator[Ruling]:
    for role in call.invocation.values("clusterrole") + call.invocation.values("role"):
        if role == "cluster-admin":
            message = "grants every right there is"
            yield call.ruling("K453", Tier.FORBIDDEN, message, "clusterrole")
        elif role.startswith("system:"):
            message = f"grants {role}, a role of the system itself"
            yield call.ruling("K453", Tier.DESTRUCTIVE, message, "clusterrole")
    if any(is_built_in(word.value, f"{call.path[1]}s") for word in call.invocation.args):
        yield call.ruling("K453", Tier.FORBIDDEN, "takes the name of a binding of the system")
    yield from _subjects(call)


def _rules(call: Call) -> Iterator[Ruling]:
    verbs, resources = _parts(call, "verb"), _parts(call, "resource")
    urls = _parts(call, "non-resource-url")
    if any(is_built_in(word.value, f"{call.path[1]}s") for word in call.invocation.args):
        yield call.ruling("K453", Tier.FORBIDDEN, "takes the name of a role of the system")
    if _ESCALATES.intersection(verb.strip().lower() for verb in verbs):
        message = "a role with this verb can give itself every other right"
        yield call.ruling("K453", Tier.FORBIDDEN, message, "verb")
    if any("*" in resource for resource in resources):
        yield call.ruling("K453", Tier.FORBIDDEN, "a rule about everything there is", "resource")
    if any(url.strip() in ("*", "/*") for url in urls):
        yield call.ruling(
            "K453", Tier.FORBIDDEN, "a rule about everything there is", "non-resource-url"
        )


def _changed(call: Call) -> Iterator[Ruling]:
    hit = [name for kind in _KINDS for name in call.named(kind) if is_built_in(name, kind)]
    if hit:
        message = f"{hit[0]} belongs to the cluster: without it nobody can mend the rest"
        yield call.ruling("K453", Tier.FORBIDDEN, message)
    if call.verb == "delete" and call.on("all"):
        yield call.ruling("K453", Tier.FORBIDDEN, "all roles or bindings at once", "all")
    if call.path == ("set", "subject"):
        yield from _subjects(call)
