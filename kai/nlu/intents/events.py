"""Events: what happened, to what, of which type, in which order."""

from __future__ import annotations

from kai.kubectl.resources import builtin
from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.explicit import take_explicit_place
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import one
from kai.nlu.intents.looking import Thing, connect, prepare, take_object, take_place
from kai.nlu.patterns import pattern
from kai.nlu.where import known_namespace

_AVOID = ("x-eventword", "x-reason")
_NODE_NAME = pattern(r"(?:node|worker|master|gke|aks|ip)-[\w.-]*\d")
"""How nodes are called where no kind is said."""


def events(f: Frame) -> Command | None:
    """`warnings in prod`, `events for pod api-0`, `what happened lately in ns qa`."""
    if not f.has("kind", "events") and not _asked(f):
        return None
    prepare(f)
    said = bool(f.find("kind", "events"))
    take_explicit_place(f)
    _take_said(f)
    happened = bool(f.take_all("x-eventword", "happened"))
    watch = _watched(f)
    types = _types(f)
    if not said and not happened and types != ["warning"]:
        return None
    quoted = _quoted_order(f)
    creation = bool(f.take_all("x-eventword", "creation")) or "creation" in quoted
    order = (
        "last" in quoted
        or bool(f.take_all("x-eventword", "time"))
        or bool(f.take_all("sort", "newlast"))
    )
    count = _count(f)
    recent = bool(f.take_all("x-eventword", "recent", "lately"))
    f.take_all("x-eventword", "plain")
    native = _native(f)
    reason, grep = _reason(f)
    output = f.take("out", "yaml", "json", "wide") or ""
    about = _about(f)
    place = f.namespace
    take_place(f, avoid=_AVOID)
    f.namespace = f.namespace or place
    _known_place(f)
    thing = _object(f)
    if thing is not None and thing.at >= 0 and f.low(thing.at + 1) in ("one", "ones"):
        return None
    if thing is not None and (thing.several or thing.kind == "namespaces"):
        return None
    if thing is None and happened and not said and f.has("kind"):
        return None
    sort = ".metadata.creationTimestamp" if creation else ""
    if order or (recent and not watch and not native) or count is not None:
        sort = sort or ".lastTimestamp"
    if thing is not None or len(types) == 2 or (native and not (order or sort or grep or reason)):
        ref = f"{one(thing.kind)}/{thing.name}" if thing is not None else ""
        command = _of_object(ref, types, watch, output)
        if reason:
            return None
        if about:
            return None
    else:
        about = about or _about(f)
        command = _listed(types, reason, "" if watch else sort, watch, output, about)
    if grep:
        command.pipe.append(["grep", "-i", grep])
    if count is not None:
        command.pipe.append(["tail", f"-{count}"])
    if thing is not None and said:
        f.take_all("x-eventword", "story")
    f.take_all("x-eventword", "filler", "for")
    f.take_all("ask")
    f.take_all("all")
    connect(f)
    return command


def _object(f: Frame) -> Thing | None:
    """The object that the events are about; a bare name may be a node's."""
    thing = take_object(f, kinds=(), avoid=_AVOID, default="pods")
    bare = all(match.value != "pods" for match in f.matches.get("kind", ()))
    if thing is not None and thing.kind == "pods" and bare and _NODE_NAME.match(thing.name):
        thing.kind = "nodes"
    return thing


def _watched(f: Frame) -> bool:
    """Whether to wait for more, the words consumed; "in streaming" is a place."""
    found = False
    for category, values in (("mode", ("watch", "watchonly")), ("x-eventword", ("wait",))):
        for match in list(f.find_all(category, *values)):
            if match.end == match.start + 1 and f.low(match.start - 1) in ("in", "ns"):
                continue
            f.use(match.start, match.end)
            found = True
    return found


def _take_said(f: Frame) -> None:
    """Consume the words for events, but not those that name something: "in ns events"."""
    matches = list(f.find_all("kind", "events"))
    names = [
        match
        for match in matches
        if f.ending("called", match.start)
        or f.low(match.start - 1) in ("ns", "namespace")
        or f.low(match.end) in ("ns", "namespace")
    ]
    for match in matches:
        if match not in names or len(names) == len(matches):
            f.use(match.start, match.end)


def _known_place(f: Frame) -> None:
    """A usual namespace is no object: `events!! kube-system!!`, consumed."""
    if f.target_context:
        f.take_all("x-eventword", "elsewhere")
    if f.namespace is not None or f.all_namespaces:
        return
    for index in f.words():
        if known_namespace(f, index) and not f.tokens[index].quoted:
            before = f.ending("kind", index)
            if before is None or before.value == "events":
                f.namespace = f.tokens[index].low
                f.use(index)
                return


def _types(f: Frame) -> list[str]:
    """The types asked for, consumed: "warning", "normal"."""
    spared = [value for value in ("normal", "warning") if f.take_all("x-eventword", f"no{value}")]
    types = [value for value in ("warning", "normal") if f.take_all("x-eventword", value)]
    for index in f.words():
        if f.tokens[index].quoted and f.tokens[index].low in ("warning", "normal"):
            f.use(index)
            types = list(dict.fromkeys([*types, f.tokens[index].low]))
    if len(spared) == 1 and types != spared:
        return ["warning" if spared == ["normal"] else "normal"]
    for index in f.words() if len(types) == 2 else ():
        if f.low(index) in ("or", "only") and f.used[index - 1]:
            f.use(index)
    return types


def _native(f: Frame) -> bool:
    """`recent events`: what `kubectl events` lists by itself, oldest first."""
    return any(
        f.low(match.start) == "recent"
        and match.end == match.start + 1
        and f.low(match.start - 1) != "most"
        for match in f.matches.get("x-eventword", ())
    )


def _asked(f: Frame) -> bool:
    low = " ".join(f.low(index) for index in range(len(f.tokens)))
    return any(
        word in low for word in ("happen", "warning", "going on", "event", "logged", "report")
    )


def _of_object(ref: str, types: list[str], watch: bool, output: str) -> Command:
    command = Command(("events",))
    if ref:
        command.flag("for", ref)
    if types:
        command.flag("types", ",".join(value.capitalize() for value in types))
    if watch:
        command.flag("watch")
    if output:
        command.flag("output", output)
    return command


_ABOUT = frozenset(
    ["concerning", "about", "for", "of", "on", "regarding", "involving", "all", "only", "to", "the"]
)


def _about(f: Frame) -> str:
    """`events concerning pods only`: the kind whose objects they are about, consumed."""
    for phrase in list(f.find_all("x-eventabout")):
        kind = f.at("kind", phrase.end)
        found = builtin().find(kind.value) if kind is not None else None
        if kind is not None and found is not None and f.name_at(kind.end) is None:
            f.use(phrase.start, kind.end)
            return found.kind
    for match in list(f.find_all("kind")):
        said = any(
            other.start == match.end for other in f.matches["kind"] if other.value == "events"
        )
        named = any(
            f.is_open(index) and f.low(index - 1) in ("for", "of", "on", "about", "from")
            for index in f.words(1)
        )
        found = builtin().find(match.value) if said and not named else None
        if found is not None and f.used[match.end] and found.kind != "Namespace":
            f.use(match.start, match.end)  # "node events"
            return found.kind
    if f.has("called"):
        return ""
    matches = [match for match in f.find_all("kind") if match.value not in ("events", "all")]
    if len(matches) != 1 or not f.low(matches[0].end - 1).endswith("s"):
        return ""
    if f.low(matches[0].start - 1) not in _ABOUT:
        return ""
    found = builtin().find(matches[0].value)
    if found is None or found.kind == "Namespace":
        return ""
    f.use(matches[0].start, matches[0].end)
    return found.kind


def _listed(  # one per flag
    types: list[str], reason: str, sort: str, watch: bool, output: str, about: str
) -> Command:
    command = Command(("get", "events"))
    fields = [f"type={value.capitalize()}" for value in types]
    if about:
        fields.append(f"involvedObject.kind={about}")
    if reason:
        fields.append(f"reason={reason}")
    if fields:
        command.flag("field-selector", ",".join(fields))
    if sort:
        command.flag("sort-by", sort)
    if watch:
        command.flag("watch")
    if output:
        command.flag("output", output)
    return command


def _quoted_order(f: Frame) -> str:
    """A field to sort by that was written in quotes, consumed with "order by" before it."""
    for index in f.words():
        if f.tokens[index].quoted and f.tokens[index].low.endswith("timestamp"):
            f.use(index)
            for at in (index - 1, 0):
                if f.low(at) in ("by", "order", "sort") and f.free(at):
                    f.use(at)
            return f.tokens[index].low
    return ""


def _count(f: Frame) -> int | None:
    """`last 20 events`: how many from the end."""
    for match in list(f.find_all("x-eventword", "recent")):
        count = number_at(f, match.end)
        if count is not None and not f.at("unit", match.end + 1):
            f.use(match.start, match.end + 1)
            return count
    return None


def _reason(f: Frame) -> tuple[str, str]:
    """(reason of a field selector, or a word to grep for)."""
    for index in f.words():
        text = f.tokens[index].text.lower()
        if f.tokens[index].quoted and " " in text and not f.low(index - 1).startswith("grep"):
            f.use(index)
            known = next((reason for part, reason in _MESSAGES if part in text), "")
            return known, "" if known else f.tokens[index].text
    for index in f.words():
        text = f.tokens[index].text
        camel = text[:1].isupper() and text[1:] != text[1:].lower() and text.isalnum()
        if camel and not text.isupper():
            f.use(index)
            return text, ""
    if f.take("x-reason", "OOMKilling") is not None:
        return "OOMKilling", ""
    for index in f.words():
        if f.tokens[index].low in ("oom", "ooms", "oomkill", "oomkilled"):
            f.use(index)
            return "", "oom"
        if f.tokens[index].low in ("error", "errors"):
            f.use(index)
            if f.low(index - 1) == "for":
                f.use(index - 1)
            return "", "error"
    match = f.find("x-reason")
    if match is not None:
        f.use(match.start, match.end)
        return match.value, ""
    return "", ""


_MESSAGES = (
    ("probe failed", "Unhealthy"),
    ("back-off", "BackOff"),
    ("nodes are available", "FailedScheduling"),
    ("unable to attach or mount", "FailedMount"),
    ("mountvolume.setup failed", "FailedMount"),
    ("error syncing pod", "FailedSync"),
)
"""Parts of event messages and the reason that the kubelet or scheduler gives with them."""

INTENTS = (Intent("events", (), events, rank=61, reads=True),)
