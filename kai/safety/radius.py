"""The static part of the blast radius: what a command hits, as far as its text tells."""

from __future__ import annotations

from kai.model import Radius, Tier
from kai.safety.call import Call
from kai.safety.selectors import matches_nearly_all

_LOSES = frozenset(
    (
        *("persistentvolumeclaims", "persistentvolumes", "namespaces", "statefulsets"),
        *("customresourcedefinitions", "volumesnapshots", "volumesnapshotcontents", "all"),
    )
)
"""Kinds whose deletion can take data along (source: safety rules on data loss)."""

_COMES_BACK = frozenset(("pods", "events", "endpoints", "endpointslices", "leases"))
_FROM_FILE = frozenset(("apply", "create", "replace", "delete", "diff"))


def radius(call: Call, tier: Tier) -> Radius | None:
    """What the call hits; None for what only reads."""
    if tier is Tier.READ:
        return None
    kinds = tuple(sorted(call.resources))
    if call.verb == "run":
        kinds = ("pods",)
    reach, count = _reach(call)
    loses = call.verb == "delete" and bool(call.resources & _LOSES or call.files)
    loses = loses or call.on("prune") or (call.verb == "drain" and call.on("delete-emptydir-data"))
    back = not loses and (call.verb != "delete" or call.resources <= _COMES_BACK)
    if call.verb in ("replace", "apply") and call.on("force"):
        back = False
    scope = None if call.cluster_scoped or call.everywhere else call.scope
    text = _text(call, kinds, reach, count, scope)
    tail = "; data may be lost" if loses else "" if back else "; cannot be undone by kubectl"
    return Radius(kinds, reach, count, scope, back, loses, text + tail)


def _reach(call: Call) -> tuple[str, int | None]:  # one return for each reach
    if call.invocation.via:
        return "unknown", None
    if call.files:
        return "file", None
    names = call.names
    if call.verb in ("create", "run", "expose"):
        return "one", 1
    if call.verb == "delete" and "namespaces" in call.resources:
        return "everywhere" if not names else "all", None
    if names:
        return ("one", 1) if len(names) == 1 else ("several", len(names))
    if call.selector is not None and not matches_nearly_all(call.selector):
        return "selector", None
    if call.everywhere or call.cluster_scoped:
        return "everywhere", None
    return ("all", None) if call.targets else ("unknown", None)


def _text(
    call: Call, kinds: tuple[str, ...], reach: str, count: int | None, scope: str | None
) -> str:
    what = " and ".join(kinds) or "objects"
    where = f" in {scope}" if scope and (call.targets or call.files) else ""
    if reach == "one":
        return f"the {_singular(call)}{where}{_beside(call)}"
    if reach == "several":
        return f"{count} {what}{where}{_beside(call)}"
    if reach == "selector":
        return f"all {what} that match {call.selector}{where or _widest(call)}"
    if reach == "all" and call.verb == "delete" and "namespaces" in call.resources:
        return f"everything in {' and '.join(call.names)}"
    if reach == "all":
        return f"all {what}{where}"
    if reach == "everywhere":
        return f"all {what} of the cluster"
    if reach == "file":
        return f"whatever the files hold{where}"
    return f"{what}{where}: how many is not known"


def _singular(call: Call) -> str:
    """One object by its kind and name ("pod web"); what is made is called by its command."""
    for target in call.targets:
        kind = target.resource.singular if target.resource else target.type_word
        return f"{kind} {target.name}" if target.name else kind
    kind = "pod" if call.verb == "run" else call.path[-1] if call.verb == "create" else "object"
    name = call.invocation.args[0].value if call.invocation.args else ""
    return f"new {kind} {name}".rstrip()


def _beside(call: Call) -> str:
    return " and every pod on it" if call.verb == "drain" else ""


def _widest(call: Call) -> str:
    return " of the cluster" if call.cluster_scoped else " in all namespaces"
