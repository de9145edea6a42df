"""Which policies a call meets, and what they make of it.

Each part of a policy matches, does not, or perhaps: a selector may reach any name, a file may hold
any kind, a script's variable may be any namespace. Perhaps counts, but for a command that only reads
no more than as a warning, and for others as a matter of confirming.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from fnmatch import fnmatchcase

from kai.kubectl.resources import Resource
from kai.model import Level, Tier
from kai.safety.call import UNKNOWN, Call, Ruling
from kai.safety.policy import Action, Policy, Window

_NOWHERE = frozenset(
    (
        *("config", "kuberc", "alpha", "version", "options", "help", "completion", "plugin"),
        *("api-resources", "api-versions", "cluster-info", "explain", "kustomize", "auth"),
    )
)
"""Commands that act in no namespace."""

_ELSEWHERE = ("kubeconfig", "cluster", "server")
"""Flags that make the context's name say nothing about where a command goes."""

_MADE = {
    "run": "pods",
    "expose": "services",
    "autoscale": "horizontalpodautoscalers",
    "create token": "serviceaccounts",
    "cp": "pods",
}
"""What a command makes or is about besides what it names; the others that create say it."""


Kinds = tuple[tuple[tuple[str, ...], bool], ...]
"""The spellings of each kind that a call is about, and whether it is a known kind."""


class _Match(IntEnum):
    NO = 0
    PERHAPS = 1
    YES = 2


_NO, _PERHAPS, _YES = _Match

_DEFAULTS = {
    Action.AUDIT: "takes note of this",
    Action.WARN: "warns of this",
    Action.CONFIRM: "wants this confirmed",
    Action.DENY: "denies this",
}
"""What a policy without a message says."""


def policies(call: Call, tier: Tier) -> Iterator[Ruling]:
    """What the user's policies say about a call that all other rules put in `tier`."""
    in_force = call.limits.policies
    if call.invocation.boolean("help"):
        return
    for fault in in_force.faults:
        yield _broken(call, tier, fault)
    kinds = _spelled(call) if any(rule.kinds for rule in in_force.rules) else ()
    for rule in in_force.rules:
        matched = _matches(rule, call, tier, kinds)
        if matched:
            yield _said(rule, call, tier, matched)


def _broken(call: Call, tier: Tier, fault: str) -> Ruling:
    if tier is Tier.READ:
        message = f"a policy file is not in force: {fault}"
        return _ruling(call, "K470", Tier.READ, message, Level.WARNING)
    message = f"no writes until this policy file is repaired: {fault}"
    return _ruling(call, "K470", Tier.FORBIDDEN, message)


def _said(rule: Policy, call: Call, tier: Tier, matched: _Match) -> Ruling:
    sure = matched is _YES
    said = rule.message or _DEFAULTS[rule.action]
    message = f"policy {rule.name}: {said}" + ("" if sure else " (this may be meant)")
    if rule.action is Action.AUDIT:
        return _ruling(call, "K471", Tier.READ, message)
    if rule.action is Action.WARN or (not sure and tier is Tier.READ):
        return _ruling(call, "K472", Tier.READ, message, Level.WARNING)
    if rule.action is Action.CONFIRM or not sure:
        return _ruling(call, "K473", Tier.DESTRUCTIVE, message)
    return _ruling(call, "K474", Tier.FORBIDDEN, message)


def _ruling(call: Call, code: str, tier: Tier, message: str, level: Level | None = None) -> Ruling:
    """About the command itself, the first words of the call: they are certain in a script too."""
    words = call.invocation.path_words or call.invocation.words[:1]
    return Ruling(code, tier, message, call.start, words[-1].end if words else call.end, level)


def _matches(rule: Policy, call: Call, tier: Tier, kinds: Kinds) -> _Match:
    if rule.tier is not None and tier.rank < rule.tier.rank:
        return _NO
    if rule.tier is None and call.dry:
        return _NO
    if rule.selector is not None and rule.selector != _selects(call):
        return _NO
    matched = _kind(rule, call, kinds)
    for part in (_verb, _context, _namespace, _name):
        matched = min(matched, part(rule, call))
        if not matched:
            return _NO
    return _NO if rule.time and not holds(rule.time, call.limits.now) else matched


def _selects(call: Call) -> bool:
    return call.selector is not None or call.invocation.value("field-selector") is not None


def _any(patterns: Iterable[str], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _found(patterns: Iterable[str], value: str) -> _Match:
    """One value, which in a script may hold what only the running shell knows."""
    if UNKNOWN in value:
        return _PERHAPS
    return _YES if _any(patterns, value) else _NO


def _verb(rule: Policy, call: Call) -> _Match:
    if not rule.verbs:
        return _YES
    args = call.invocation.args
    spelled = call.path or tuple(word.value for word in args[:1])
    if not spelled:
        return _NO
    return max(_found(rule.verbs, spelled[0]), _found(rule.verbs, " ".join(spelled)))


def _context(rule: Policy, call: Call) -> _Match:
    if not rule.contexts:
        return _YES
    if any(call.invocation.value(flag) is not None for flag in _ELSEWHERE):
        return _PERHAPS
    return _found(rule.contexts, call.invocation.value("context") or call.context.context or "")


def _namespace(rule: Policy, call: Call) -> _Match:
    if not rule.namespaces:
        return _YES
    named = call.named("namespaces")
    if named:
        return max(_found(rule.namespaces, name) for name in named)
    if call.verb in _NOWHERE:
        return _NO
    if call.everywhere:
        return _YES
    if call.verb in ("drain", "cordon", "uncordon", "taint") or call.cluster_scoped:
        every = "namespaces" in call.resources or call.verb == "drain"
        return _PERHAPS if every else _NO
    homes = [space or call.home for space, _ in _copied(call)] or [call.home]
    here = max(_found(rule.namespaces, home) for home in homes)
    elsewhere = bool(call.files) and call.invocation.value("namespace") is None
    return max(here, _PERHAPS) if elsewhere or call.invocation.via else here


def _kind(rule: Policy, call: Call, kinds: Kinds) -> _Match:
    if not rule.kinds:
        return _YES
    patterns = tuple(pattern.lower() for pattern in rule.kinds)
    found = _NO
    for names, known in kinds:
        hit = any(_any(patterns, name) for name in names)
        # Of a kind nobody knows a short name says little.
        found = max(found, _YES if hit else _NO if known else _PERHAPS)
    unsaid = call.files or call.invocation.via or call.invocation.value("raw") is not None
    return max(found, _PERHAPS) if unsaid else found


def _spelled(call: Call) -> Kinds:
    """Every kind of a call in all its spellings, worked out once for all policies."""
    return tuple(
        (_spellings(kind), True) if isinstance(kind, Resource) else ((kind.lower(),), False)
        for kind in _kinds(call)
    )


def _spellings(kind: Resource) -> tuple[str, ...]:
    full = f"{kind.plural}.{kind.group}" if kind.group else kind.plural
    return kind.plural, kind.singular, kind.kind.lower(), full, *kind.short_names


def _kinds(call: Call) -> Iterator[Resource | str]:
    """The kinds that a call is about; a text where the kind is not known."""
    made = _MADE.get(" ".join(call.path), "")
    if call.verb == "create" and call.path[1:]:
        made = made or call.path[1]
    if made:
        yield call.catalogue.find(made) or made
    for target in call.targets:
        if target.resource is not None:
            yield target.resource
        elif target.type_word in call.catalogue.categories:
            in_it = (kind for kind in call.catalogue.all if target.type_word in kind.categories)
            yield from in_it
        elif target.type_word:
            yield target.type_word


def _name(rule: Policy, call: Call) -> _Match:
    if not rule.names:
        return _YES
    names = [*call.names, *(name for _, name in _copied(call))]
    if call.verb == "run" or (call.verb == "create" and call.path[1:]):
        names += [word.value for word in call.invocation.args[:1]]
    found = max((_found(rule.names, name) for name in names), default=_NO)
    unsaid = call.files or call.invocation.via or call.invocation.value("raw") is not None
    unsaid = unsaid or any(target.name is None for target in call.targets)
    return max(found, _PERHAPS) if unsaid else found


def _copied(call: Call) -> Iterator[tuple[str, str]]:
    """Namespace ("": the current one) and name of each pod of `cp`: `[NAMESPACE/]POD:PATH`."""
    if call.verb != "cp":
        return
    for word in call.invocation.args:
        pod, colon, _ = word.value.partition(":")
        if colon:
            space, _, name = pod.rpartition("/")
            yield space, name


def holds(window: Window, now: float | None) -> bool:
    """Whether the window is open at `now` (Unix time in seconds; None: at this moment)."""
    from datetime import datetime  # late: only policies with a time pay

    if window.zone:
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(window.zone)
        at = datetime.fromtimestamp(now, zone) if now is not None else datetime.now(zone)
    else:
        at = datetime.fromtimestamp(now) if now is not None else datetime.now()
    minute, day = at.hour * 60 + at.minute, at.weekday()
    if window.start < window.end:
        return window.start <= minute < window.end and _on(window, day)
    if minute >= window.start:
        return _on(window, day)
    return minute < window.end and _on(window, (day - 1) % 7)


def _on(window: Window, day: int) -> bool:
    return not window.days or day in window.days
