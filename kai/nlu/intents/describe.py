"""kubectl describe: one object in full, and why it is as it is."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import Target, take_namespace, take_selector, take_target
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import one
from kai.nlu.intents.looking import connect, hidden, podlike, prepare, repaired
from kai.nlu.patterns import Gate, pattern
from kai.nlu.tokens import is_file
from kai.nlu.where import singular_kind

_GATE = Gate(
    r"desc|detail|\binfo|wrong|matter|problem|issue|\bwhy\b|reason|cause|caus|happen|going on"
    r"|about|diagnos|investig|look into|check on|drill|dive|dig|troubleshoot|what(?:s| is|'s) up"
    r"|allocat|\b(?:may|can)\b|bound in|bound by|permission|quota|conditions|how come|stop|block"
    r"|closel|closer|\boff\b|everything|story|\bworks on|\ball\b|trouble|weird|breakdown|idea|clue"
    r"|lowdown|skinny|scoop|reason|select|\bsays?\b|bind|\bused\b|oom|evict|killed|\bwho\b|pointing|points? (?:at|to)"
    r"|deal\b|forever|prevent|makes?\b|made\b|keeps|keeping|broken with|rundown|how full"
)
_CHECKS = ("livez", "readyz", "healthz")
_NEVER = frozenset(["prep", "filler", "kind", "neg", "called", "labelled", "scope", "all", "num"])
_ASKED = {
    "allocated": ("nodes",),
    "conditions": ("nodes",),
    "rules": ("roles", "clusterroles"),
    "bound": ("rolebindings", "clusterrolebindings"),
    "quota": ("resourcequotas",),
    "points": ("services", "ingresses", "endpoints"),
    "selects": ("services", "networkpolicies", "poddisruptionbudgets"),
    "signer": ("certificatesigningrequests",),
}
"""What only a description tells, and of which kinds."""


def describe(f: Frame) -> Command | None:
    """`desc po mysql-0 in data`, `why is checkout-7d9f pending`, `whats wrong with pod cart-0`."""
    if not _GATE.search(repaired(f)) and not f.has("act", "describe"):
        return None
    prepare(f)
    said = f.has("act", "describe")
    why = f.has("x-whatwrong", "why")
    wrong = _fate(f) or f.has("x-whatwrong", "wrong")
    asked = f.has("x-describe", "ask")
    kinds = {match.value for match in f.find_all("kind")}
    special = next((v for v in _ASKED if f.has("x-describe", v) and kinds & {*_ASKED[v]}), "")
    if not (said or why or wrong or asked or special):
        return None
    searched = _searched(f) if said else ""
    _pasted(f)
    noevents = bool(f.take_all("x-describeword", "noevents"))
    files = _files(f)
    where_said = _place_after_question(f)
    _use_words(f, said, why or wrong, special)
    plain = None if files or where_said else _word_after_kind(f)
    take_namespace(f, kind_ok=not where_said)
    selector = take_selector(f)
    every = f.has("all")
    target = Target() if files else plain
    if target is None:
        target = take_target(f, default=_default(f, why or wrong))
    if not files and not _fits(f, target, (said, why or wrong, special), bool(selector)):
        return None
    if every and not target.names:
        f.take_all("all")
    command = Command(("describe",), [] if files else _args(target))
    for name in files:
        command.flag("filename", name)
    if selector:
        command.flag("selector", ",".join(selector))
    if noevents:
        command.flag("show-events", "false")
    if searched:
        command.pipe = [["grep", searched]]
    _absorb(f)
    if said and target.names:
        _title(f)
    return command


_FATE = pattern(
    r"^(?:was|has|did|were|is|does|do|why was|how come)\b.*\b(?:oom ?-?killed|oomed|evicted|preempted|"
    r"get killed|been killed|was killed|got killed|have (?:a |any )?\w+ (?:problems?|issues?|trouble)|"
    r"have (?:a |any )?(?:problems?|issues?|trouble)|having (?:a |any )?(?:\w+ )?(?:problems?|issues?|trouble))\b"
    r"|^\S+ forever\b|^\S+ (?:for|since) (?:ages|hours|minutes|ever)\b",
    re.IGNORECASE,
)
"""A question after what became of one thing."""


def _fate(f: Frame) -> bool:
    """`was web-0 oomkilled?`, `does pod x have a scheduling problem?`; its words consumed."""
    match = _FATE.search(f.scan.text)
    if match is None:
        return False
    named = [i for i in f.words() if f.is_open(i) and podlike(f.tokens[i].low)]
    if len(named) != 1 or f.has("act", "describe"):
        return False
    f.take_all("x-trouble")
    f.take_all("x-fate")
    f.take_all("state")
    return True


_SECTIONS = {
    "taints": "Taints",
    "taint": "Taints",
    "endpoints": "Endpoints",
    "endpoint": "Endpoints",
    "conditions": "Conditions",
    "tolerations": "Tolerations",
    "annotations": "Annotations",
    "labels": "Labels",
    "image": "Image",
    "images": "Image",
    "limits": "Limits",
    "requests": "Requests",
    "selector": "Selector",
    "finalizers": "Finalizers",
}


def _searched(f: Frame) -> str:
    """`taints on every node, from describe`: the part of the description meant, consumed."""
    source = f.find("x-describeword", "source")
    parts = [i for i in f.words() if f.low(i) in _SECTIONS and not f.tokens[i].quoted]
    if source is None or len(parts) != 1:
        return ""
    f.use(source.start, source.end)
    f.use(parts[0])
    if f.low(parts[0] + 1) in ("of", "on", "behind", "for", "in", "from") and f.free(parts[0] + 1):
        f.use(parts[0] + 1)
    for index in list(f.words()):
        if f.low(index) == "grep" or (f.low(index) == "and" and f.low(index + 1) == "grep"):
            f.use(index)
    return _SECTIONS[f.low(parts[0])]


def _pasted(f: Frame) -> None:
    """A message pasted in quotes beside the object: `node w-21 "NodeNotReady" details`."""
    for index in list(f.words()):
        token = f.tokens[index]
        if token.quoted and (" " in token.text or token.text != token.low):
            f.use(index)
            f.assumptions.append(f'"{token.text}" is taken as the reason only')


_NARROWS = frozenset(["except", "but", "not", "no", "without", "only", "unless", "if", "older"])


def _title(f: Frame) -> None:
    """`rs of the stuck rollout: describe rs web-1`: what stands before the colon, consumed."""
    acts = [m for m in f.matches.get("act", ()) if m.value == "describe"]
    start = acts[0].start if acts else 0
    if not start or not f.tokens[start - 1].comma:
        return
    left = [index for index in f.words() if index < start]
    if any(f.low(i) in _NARROWS or f.is_open(i) or f.tokens[i].quoted for i in left):
        return
    if left:
        said = " ".join(f.tokens[i].text for i in left)
        f.assumptions.append(f'"{said}" is taken as the reason only')
    for index in left:
        f.use(index)


def _place_after_question(f: Frame) -> bool:
    """`why is web-0 pending? ns shop`: the namespace, at the end, is not what is asked about."""
    kinds = list(f.find_all("kind"))
    if len(kinds) != 1 or kinds[0].value != "namespaces":
        return False
    others = [i for i in range(kinds[0].start) if f.is_open(i) and f.name_at(i)]
    return bool(others) and kinds[0].end == len(f.tokens) - 1


def _word_after_kind(f: Frame) -> Target | None:
    """`cj cleanup`, `clusterrole view`: a known word that can only be the name, consumed."""
    matches = list(f.find_all("kind"))
    if len(matches) != 1:
        return None
    match = matches[0]
    at = match.end
    before = match.start - 1
    while f.low(before) in ("the", "a") and before > 0:
        before -= 1
    if match.value == "namespaces" and before >= 0 and "prep" in f.cover[before]:
        return None
    if not f.free(at) or f.cover[at] & _NEVER:
        return None
    if f.is_open(at) and match.value != "namespaces":
        return None
    if not singular_kind(f, match):
        return None
    ends = at + 1 >= len(f.tokens) or f.tokens[at].comma or f.used[at + 1]
    ends = ends or bool(f.cover[at + 1] & {"prep"}) or f.low(at + 1) in ("-n", "but")
    name = f.name_at(at, any_word=True)
    if name is None or not ends or f.low(at) in ("status", "state", "details", "info"):
        return None
    f.use(match.start, at + 1)
    return Target([match.value], [name])


def _use_words(f: Frame, said: bool, trouble: bool, special: str) -> None:
    """Consume the question before names are looked for; its words are no names."""
    f.take_all("act", "describe")
    if said:
        f.take_all("act", "explain")
        _adjectives(f)
    if trouble:
        why = f.has("x-whatwrong", "why")
        f.take_all("x-whatwrong")
        for match in list(f.find_all("x-trouble")) if why else ():
            if f.low(match.start - 1) not in (
                "and",
                "also",
                "when",
                "if",
                "then",
                "or",
                "to",
                "that",
            ):
                f.use(match.start, match.end)
    if special:
        f.take_all("x-describe", special)
        if special == "rules":
            for index in f.words():
                if f.low(index) == "do":
                    f.use(index)
    f.take_all("x-describe", "ask")
    if said or trouble:
        for match in list(f.find_all("x-describeword", "filler")):
            if match.end - match.start > 1 or f.cover[match.start]:
                f.use(match.start, match.end)


def _adjectives(f: Frame) -> None:
    """`crashlooping consumer-0`: a state said right before a pod's own name, consumed."""
    for match in list(f.find_all("x-trouble")):
        behind = f.is_open(match.end) and podlike(f.tokens[match.end].low)
        if behind and f.low(match.start - 1) not in ("not", "non", "no", "or"):
            f.use(match.start, match.end)


_NUMBERED = pattern(r"(?:worker|node|master|control-?plane|host|vm|edge)-?0\d+|ip-\d+(?:-\d+){3}.*")
"""A machine's name: a pod's number has no leading zero."""


def _default(f: Frame, trouble: bool) -> str:
    """The kind of a name without one: a pod in trouble (its name may be a prefix)."""
    names = [f.tokens[i].low for i in f.words() if f.is_open(i) and f.name_at(i)]
    if any(_NUMBERED.fullmatch(name) for name in names):
        return "nodes"
    if trouble or (names and all(podlike(name) for name in names)):
        return "pods"
    return "deployments"


def _fits(f: Frame, target: Target, why: tuple[bool, bool, str], selector: bool) -> bool:
    said, trouble, special = why
    both = any(f.low(index) == "both" for index in range(len(f.tokens)))
    both = both and len(target.names) != 2 and len(target.kinds) != 2  # "both svc a and svc b"
    if not target.kinds or both or "all" in target.kinds or target.name in _CHECKS:
        return False
    if special and not said:
        if not set(target.kinds) <= set(_ASKED[special]):
            return False
        return bool(target.names) or special == "quota"
    if len(target.kinds) > 1 and len(target.pairs) < len(target.names or ["-"]):
        return False
    if len(target.kinds) > 1 and {kind for kind, _ in target.pairs} != set(target.kinds):
        return False
    if trouble and not said:
        return len(target.names) == 1 and not hidden(f, 0, ("x-nothing",))
    if not said:
        return bool(target.names) and not selector
    return True


def _args(target: Target) -> list[str]:
    if len(target.kinds) > 1:
        return [f"{one(kind)}/{name}" for kind, name in target.pairs]
    if target.names:
        return [one(target.kind), *target.names]
    return [target.kind]


def _files(f: Frame) -> list[str]:
    """Manifest files whose objects are meant, consumed."""
    found: list[str] = []
    for index in f.words():
        text = f.tokens[index].text
        if text.startswith(("--filename=", "-f=")):
            found.append(text.partition("=")[2])
            f.use(index)
        elif is_file(text) and re.search(r"\.(?:ya?ml|json)$", text):
            f.use(index)
            if f.low(index - 1) in ("-f", "--filename", "file"):
                f.use(index - 1)
            found.append(text)
    if found:
        for match in list(f.find_all("x-describeword", "filler")):
            f.use(match.start, match.end)
        for match in list(f.find_all("kind")):
            f.use(match.start, match.end)
    return found


def _absorb(f: Frame) -> None:
    f.take_all("x-describeword", "filler", "allocated")
    f.take_all("ask")
    connect(f)


INTENTS = (Intent("describe", (), describe, rank=59, reads=True),)
