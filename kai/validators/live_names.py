"""Whether what a command names exists, by the snapshot of names: no process, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kai.kubectl.distance import nearest
from kai.kubectl.invocation import Invocation
from kai.kubectl.targets import ResourceArg
from kai.model import Finding, Level, Names, Tier
from kai.validators.faults import finding, is_known, is_mark, reads_cleanly
from kai.validators.live_case import ELSEWHERE, NAME, Answer, Case, is_own

FRESH = 600.0
"""Seconds for which a snapshot can tell that something is not there."""

_NO_NAMES_NEEDED = frozenset((("explain",), ("auth", "can-i")))
"""Commands whose targets need not exist."""

_MOST = 1_000
"""Names among which the nearest is looked for, at most: some 10 ms."""

_CLUSTER = {"namespaces": "namespaces", "nodes": "nodes"}


async def existence(case: Case) -> Answer | None:
    """A namespace or an object that was not there a moment ago, with the name that comes nearest.

    Of commands that go to another context its own snapshot is asked; None where nothing is known.
    """
    found: list[Finding] = []
    asked = 0
    for call in case.pipeline.invocations:
        names = _snapshot(case, call)
        if names is None or call.via or not (is_known(call) and reads_cleanly(call)):
            continue
        for answer in _of_call(case, call, names):
            asked += 1
            found += answer
    return Answer(tuple(dict.fromkeys(found))) if asked else None


def _snapshot(case: Case, call: Invocation) -> Names | None:
    """The names of the context that the call goes to, where they are fresh."""
    own = call.command.flags
    if any(flag.name in ELSEWHERE and flag.name not in own for flag in call.flags):
        return None
    context = call.value("context") if "context" not in own else None
    names = case.names(context or case.where.context or "")
    if names is None or not 0 <= case.now - names.taken_at <= FRESH:
        return None
    return names


def _of_call(case: Case, call: Invocation, names: Names) -> Iterator[list[Finding]]:
    """What there is to say about each name that can be looked up; an empty list: it is there."""
    if call.path in _NO_NAMES_NEEDED or call.boolean("ignore-not-found"):
        return
    namespace = _namespace(case, call, names)
    if namespace is not None:
        yield namespace
    if namespace or (call.path == ("wait",) and call.value("for") in ("create", "delete")):
        return
    for target in call.resources(case.catalogue):
        if is_own(target) and not is_mark(call, target.name or ""):
            answer = _object(case, call, target, names)
            if answer is not None:
                yield answer


def _namespace(case: Case, call: Invocation, names: Names) -> list[Finding] | None:
    flag = call.flag("namespace")
    if flag is None or not flag.value or not names.namespaces or "namespaces" in names.partial:
        return None
    if not NAME.fullmatch(flag.value) or is_mark(call, flag.value):
        return None
    if flag.value in names.namespaces:
        return []
    near = nearest(flag.value, names.namespaces)
    message = f"there was no namespace {flag.value} {_ago(case, names)}{_meant(near)}"
    repair = _repair(case, near) if flag.value_end > flag.value_start else None
    return [_warning("K502", message, flag.value_start, flag.value_end, repair)]


def _object(
    case: Case, call: Invocation, target: ResourceArg, names: Names
) -> list[Finding] | None:
    resource = target.resource
    if resource is None or target.name is None:
        return None
    plural = resource.plural
    if resource.group and not _kept_group(plural, resource.group):
        return None
    there = _there(case, call, plural, names)
    if there is None:
        return None
    if target.name in there:
        return []
    place = "" if plural in _CLUSTER else f" in {case.namespace(call)}"
    near = nearest(target.name, _alike(target.name, there)) or _beginning(target.name, there)
    kind = resource.singular or resource.kind.lower()
    message = f"there was no {kind} {target.name}{place} {_ago(case, names)}{_meant(near)}"
    return [_warning("K501", message, target.name_start, target.name_end, _repair(case, near))]


def _kept_group(plural: str, group: str) -> bool:
    """Whether a kind with a group is the one whose names are kept, and not another of its name."""
    kept = {
        "apps": ("deployments", "statefulsets", "daemonsets"),
        "batch": ("jobs", "cronjobs"),
        "networking.k8s.io": ("ingresses",),
    }
    return plural in kept.get(group, ())


def _there(case: Case, call: Invocation, plural: str, names: Names) -> Sequence[str] | None:
    """All names of the kind where the call looks for it; None where they are not all known."""
    if plural in names.partial:
        return None
    if plural in _CLUSTER:
        every = names.namespaces if plural == "namespaces" else names.nodes
        return every or None
    kind = [thing for thing in names.objects if thing.resource == plural]
    if not kind or call.boolean("all-namespaces"):
        return None
    namespace = case.namespace(call)
    return [thing.name for thing in kind if thing.namespace == namespace]


def _alike(word: str, there: Sequence[str]) -> list[str]:
    """The names of about this length that begin or end alike: comparing all of them takes long."""
    first, last, size = word[:2], word[-2:], len(word)
    return [
        name
        for name in there
        if abs(len(name) - size) <= 2 and (name[:2] == first or name[-2:] == last)
    ][:_MOST]


def _beginning(word: str, there: Sequence[str]) -> str | None:
    """The only name that goes on where the word ends: the pod `web-7d9c-x` for `web`."""
    longer = [name for name in there if name.startswith((f"{word}-", f"{word}."))]
    return longer[0] if len(longer) == 1 else None


def _ago(case: Case, names: Names) -> str:
    seconds = int(case.now - names.taken_at)
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"


def _meant(near: str | None) -> str:
    return f"; did you mean {near}?" if near else ""


def _repair(case: Case, near: str | None) -> str | None:
    """The nearest name is a guess, and a guess is no repair of what destroys."""
    return near if case.tier in (Tier.READ, Tier.WRITE) else None


def _warning(code: str, message: str, start: int, end: int, new: str | None) -> Finding:
    return finding(code, message, start, end, new, Level.WARNING)
