"""Changes of fields told without a verb: `svc web: type NodePort`, `hpa web max to 20`.

Each shape is a whole clause: the object by kind and name, the field, its value, and nothing else
but the place. It becomes a patch with its JSON spelt out, which the engine reads as any other
request; a clause with one more word is no such shape and stays as it is.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from kai.nlu.intents.change import one
from kai.nlu.intents.patch import FIELDS
from kai.nlu.intents.patch_values import EVERY, WORD_CRON, even
from kai.nlu.patterns import pattern as lazily

_KINDS = {
    "deployments": r"deploy(?:ment)?s?|dep",
    "statefulsets": r"sts|stateful ?sets?",
    "daemonsets": r"ds|daemon ?sets?",
    "replicasets": r"rs|replica ?sets?",
    "replicationcontrollers": r"rc|replication ?controllers?",
    "services": r"svcs?|services?",
    "cronjobs": r"cron ?jobs?|cj",
    "jobs": r"jobs?",
    "persistentvolumes": r"pvs?|persistent ?volumes?|volumes?",
    "persistentvolumeclaims": r"pvcs?|persistent ?volume ?claims?|(?:volume )?claims?",
    "horizontalpodautoscalers": r"hpas?|(?:horizontal ?pod ?)?auto ?scalers?",
    "serviceaccounts": r"sas?|service ?accounts?",
    "configmaps": r"cms?|config ?maps?",
    "secrets": r"secrets?",
    "storageclasses": r"sc|storage ?class(?:es)?",
    "poddisruptionbudgets": r"pdbs?|pod ?disruption ?budgets?",
    "ingresses": r"ing|ingress(?:es)?",
    "nodes": r"nodes?|no",
}
_SAID = {
    "svctype": r"(?:service |svc )?type",
    "reclaim": r"(?:persistent ?volume )?(?:(?:reclaim|retention)[ -]?)?policy|persistentVolumeReclaimPolicy",
    "size": r"(?:storage |disk |volume )?(?:size|capacity)|storage(?: request)?",
    "maxreplicas": r"max(?:imum)?(?: number of)?[ -]?(?:replicas|pods)?|ceiling|upper (?:limit|bound)",
    "minreplicas": r"min(?:imum)?(?: number of)?[ -]?(?:replicas|pods)?|floor|lower (?:limit|bound)",
    "schedule": r"(?:cron )?(?:schedule|expression|timing)",
    "affinity": r"session ?affinity",
    "graceseconds": r"termination ?grace ?period(?: ?seconds)?|(?:shutdown )?grace ?period",
    "progress": r"progress ?deadline(?: ?seconds)?",
    "ttl": r"ttl(?: ?seconds)?(?: ?after ?finished)?",
    "deadline": r"active ?deadline(?: ?seconds)?",
    "minready": r"min ?ready ?seconds",
    "successhistory": r"successful ?jobs? ?history(?: ?limit)?",
    "failedhistory": r"failed ?jobs? ?history(?: ?limit)?",
    "revisionlimit": r"(?:revision ?)?history ?limit|revision ?history",
    "automount": r"(?:token )?automount(?:ing)?|automount ?service ?account ?token",
    "priority": r"priority ?class(?: ?name)?",
    "ingressclass": r"(?:ingress ?)?class(?: ?name)?",
    "hostnetwork": r"host ?network(?:ing)?",
    "expansion": r"(?:allow ?)?(?:volume ?)?expansion",
}
"""How a field is said; any other by the words of its own name."""
_UNTOLD = frozenset(["suspend", "unsuspend", "immutable", "replicas", "unschedulable"])
"""Fields that are told in shapes of their own, or by other commands."""

NAME = r"(?P<name>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
PLACE = (
    r"(?:,? ?\(?(?:in|from|of|inside)(?: the)? (?:ns |namespace )?[a-z0-9-]+(?: namespace| ns)?\)?|"
    r",? ?\(?(?:ns|namespace):? ?[a-z0-9-]+\)?)"
)
_TO = (
    r"(?:\s*[:=]\s*|,? (?:back )?(?:to|at|of|is|as|into|on|should be|must be|has to be|needs to be|ought to be|shall be|"
    r"set to|to be|should become|should read|should go to|goes to|goes up to|goes down to|up to|down to|needs) |,? )"
)
_NEED = (
    r"(?:\s*[:,\u2013\u2014]\s*|\s+-+\s+| (?:needs?|wants?|should have|must have|has to have|should get|gets|should use|must use|"
    r"should run with|with|has to use)(?: an?| the)? | )"
)
VERB = (
    r"(?:(?:please|pls|plz|set|change|patch|switch|put|make|update|adjust|move|turn|convert|give|use|have|let|"
    r"configure|modify|raise|lower|bump|increase|reduce|i want|we want|i need|we need) )*"
)
END = r"(?:,? (?:please|pls|plz|thanks|thx|now|by patch|via patch|with a patch|by patching|patch it))*[.! ]*"
_SPOKEN = {
    "LoadBalancer": r"load ?balancer|lb",
    "NodePort": r"node ?port",
    "ClusterIP": r"cluster ?ip",
    "ClientIP": r"client ?ip",
    "Retain": r"retain(?:ed)?",
    "Recycle": r"recycled?",
    "None": r"none|off|disabled",
    "Delete": r"deleted?",
}
_CLOCK = lazily(
    r"(?:every (?:day|night)|daily|nightly) at (?P<h>\d{1,2})(?::(?P<m>\d\d))? ?(?P<half>am|pm)?$",
    re.I,
)


def _cron(text: str) -> str | None:
    """A schedule as cron writes it."""
    quoted = re.fullmatch(r"[\"'](\S+ \S+ \S+ \S+ \S+)[\"']", text)
    if quoted:
        return quoted[1]
    low = text.lower()
    every = re.fullmatch(r"every (\d+) ?(m|min|mins|minutes?|h|hours?|hrs?)", low)
    if every:
        unit = every[2][0]
        return EVERY[unit].format(every[1]) if even(int(every[1]), unit) else None
    clock = _CLOCK.match(low)
    if clock:
        hour = (
            int(clock["h"]) % 12 + 12 * (clock["half"] == "pm")
            if clock["half"]
            else int(clock["h"])
        )
        return f"{int(clock['m'] or 0)} {hour} * * *" if hour < 24 else None
    return WORD_CRON.get(low)


def size(text: str) -> str | None:
    """`50 gigs` as 50Gi; None where the text is no size."""
    match = re.fullmatch(r"(\d+) ?([gtm])(?:i|b|ib|ig|igs)?", text.lower())
    return match[1] + {"g": "Gi", "t": "Ti", "m": "Mi"}[match[2]] if match else None


def field_value(text: str, kind: str) -> Any:  # noqa: PLR0911  # one way out for each kind
    """The value a field of that kind gets; None where the text is no such value."""
    low = text.lower()
    if kind in ("int", "intstr"):
        if kind == "intstr" and re.fullmatch(r"\d+%", low):
            return low
        number = re.fullmatch(r"(\d+)(?: ?(s|sec|secs|seconds|m|min|mins|minutes?))?", low)
        if number is None:
            return None
        return int(number[1]) * (60 if (number[2] or "").startswith("m") else 1)
    if kind == "bool":
        yes = low in ("true", "on", "enabled", "yes")
        return yes if yes or low in ("false", "off", "disabled", "no") else None
    if kind == "quantity":
        return size(text)
    if kind == "cron":
        return _cron(text)
    if kind == "word":
        return low if re.fullmatch(r"[a-z][\w.-]*", low) else None
    for allowed in kind.split(","):
        if re.fullmatch(_SPOKEN.get(allowed, allowed), text, re.IGNORECASE):
            return allowed
    return None


TEXT = r"(?P<value>\"[^\"]+\"|'[^']+'|every \d+ ?[a-z]+|(?:every|each) \w+(?: at \S+)?|(?:daily|nightly) at \S+(?: [ap]m)?|(?:load|node|cluster|client) (?:balancer|port|ip)|\d+ (?:s|sec|seconds|m|min|minutes|gi|gb|g|gigs?)|[\w.%-]+)"


def nested(parts: list[tuple[tuple[str, ...], Any]]) -> str:
    """The JSON of a patch that gives each path its value."""
    body: dict[str, Any] = {}
    for path, value in parts:
        node = body
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = value
    return json.dumps(body, separators=(",", ":"))


def _words_of(name: str) -> str:
    """The pattern of a field's own name: `revisionHistoryLimit` in one word or several."""
    words = re.findall(r"[A-Z]?[a-z]+", name)
    return "[ -]?".join(word.lower() for word in words)


def _said(name: str) -> str:
    return "|".join(filter(None, (_SAID.get(name, ""), _words_of(FIELDS[name].path[-1]))))


@lru_cache(maxsize=len(FIELDS))
def _shapes(name: str) -> tuple[re.Pattern[str], ...]:
    """The clauses in which the field is told."""
    kinds = "|".join(_KINDS[kind] for kind in FIELDS[name].kinds if kind in _KINDS)
    named = rf"(?:the )?(?:(?P<kind>{kinds})(?:/| (?:called |named )?){NAME}|{NAME.replace('name', 'front')} (?P<after>{kinds}))"
    field = rf"(?:the |its |an? )?(?:{_said(name)})"
    place, end = rf"(?P<place>{PLACE})?", rf"(?P<end>{PLACE})?"
    shapes = (
        rf"{VERB}{named}{place}(?:'s)?{_NEED}{field}{_TO}{TEXT}",
        rf"{VERB}{field}{_TO}{TEXT} (?:on|for|of|in) {named}{place}",
        rf"{VERB}{field} (?:on|for|of|in) {named}{place}{_TO}{TEXT}",
    )
    return tuple(re.compile(rf"^{shape}{end}{END}$", re.IGNORECASE) for shape in shapes)


def _object(match: re.Match[str], kinds: tuple[str, ...]) -> str:
    """`service web in edge`, from what a shape found."""
    said = match["kind"] or match["after"]
    kind = next(kind for kind in kinds if re.fullmatch(_KINDS[kind], said, re.IGNORECASE))
    name = match["name"] or match["front"]
    place = " ".join(filter(None, (match["place"], match["end"]))).strip(" ,()")
    return f"{one(kind)}/{name} {place}".strip() if name.lower() not in NO_NAMES else ""


def reference(match: re.Match[str]) -> str:
    """`deployment/web`, from the kind and the name that a clause has."""
    said = match["kind"]
    known = (kind for kind, words in _KINDS.items() if re.fullmatch(words, said, re.IGNORECASE))
    return f"{one(next(known, said))}/{match['name']}"


NO_NAMES = frozenset(
    [
        "the",
        "a",
        "an",
        "to",
        "of",
        "in",
        "on",
        "for",
        "all",
        "every",
        "each",
        "any",
        "no",
        "that",
        "which",
        "with",
        "by",
        "is",
        "are",
        "type",
        "max",
        "min",
        "from",
        "my",
        "our",
        "schedule",
        "and",
        "or",
        "not",
        "new",
        "size",
        "whose",
        "policy",
    ]
)


_WISHED = lazily(
    r"(?:please |pls )?(?:make|have|let|give me|i want|we want|i need|we need|use)\b", re.I
)


def one_field(text: str) -> str:
    """A clause that tells one field of the table, as a patch; "" for any other."""
    wished = _WISHED.match(text) is not None  # "make a pdb ...": it may be yet to be made
    for name, field in FIELDS.items():
        if (wished and name != "svctype") or name in _UNTOLD or not _hint(name).search(text):
            continue
        for shape in _shapes(name):
            match = shape.match(text)
            value = field_value(match["value"], field.value) if match else None
            if match and value is not None and (said := _object(match, field.kinds)):
                return f"patch {said} '{nested([(field.path, value)])}'"
    return ""


@lru_cache(maxsize=len(FIELDS))
def _hint(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_said(name)})(?![a-z])", re.IGNORECASE)
