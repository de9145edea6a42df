"""kubectl top: what pods and nodes use now."""

from __future__ import annotations

import re

from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.looking import (
    OWNERS,
    Thing,
    connect,
    podlike,
    prepare,
    repaired,
    take_object,
    take_place,
)
from kai.nlu.patterns import Gate, pattern
from kai.nlu.where import singular_kind

_AVOID = ("x-meter", "x-eater", "x-topword", "x-top")
_GATE = Gate(
    r"\btop\b|\bcpu|\bmem|\bram\b|usage|utili[sz]|consum|\bbus(?:y|iest)|load|hog|hungr|resourc"
    r"|eating|metrics|maxed|overload|saturat|swamped|overcommit|struggl|pegged|running hot|idle"
)
_SETTINGS = pattern(
    r"\b(?:api[ -]resources?|requests?|limits?|quotas?|allocat\w*|capacity)\b", re.I
)
_NOT_APPS = frozenset(["api-resources", "resources", "resource", "kubelet", "system", "yesterday"])
_NODES = frozenset(["busy", "busiest", "loaded", "load"])


def top(f: Frame) -> Command | None:
    """`whats eating memory in staging`, `top 5 pods by cpu`, `usage of node worker-4`."""
    if not (_GATE.search(repaired(f)) or f.has("act", "top")):
        return None
    prepare(f)
    if _SETTINGS.search(_without_capacity(f)):
        return None
    meters = {match.value for match in f.find_all("x-meter", "cpu", "memory", "both")}
    act = f.has("act", "top") or (
        "metrics" in f.scan.text.lower() and f.has("kind", "pods", "nodes")
    )
    measured = bool(meters) and (f.has("x-top") or f.has("x-eater"))
    strained = _strained(f)
    act = act or strained or ("both" in meters and f.has("kind", "pods", "nodes"))
    if not (act or measured or _busy(f)):
        return None
    containers = _containers(f)
    count = _count(f)
    eater = f.has("x-eater") or count is not None
    count = _lowest(f, count)
    first = f.low(0) == "top" and not f.has("x-eater", "most") and count is None
    node = _on_node(f)
    _pods_place(f)
    take_place(f, avoid=_AVOID)
    selector = take_selector(f)
    kind, name = _kind(f, containers, meters)
    if name and any(part.endswith(f"={name}") for part in selector):
        name = ""  # "gpu nodes (pool=gpu)"
    if name and (selector or node or (f.has("x-topword", "strain") and kind != "nodes")):
        return None
    if strained and not name:
        return None
    if kind in OWNERS:
        f.assumptions.append(f"the pods of {name} are taken to have the label app={name}")
        selector.append(f"app={name}")
        kind, name = "pods", ""
    if not kind or (node and kind == "nodes"):
        return None
    meter = meters & {"cpu", "memory"}
    if "both" in meters or len(meter) > 1:
        meter = set()
    if not meter and not act and not _busy(f) and "both" not in meters:
        return None
    if eater and not first and not meter:
        meter = {"cpu"} if _busy(f) else set()
    for match in list(f.find_all("num")):
        if f.low(match.start) in ("any",):
            f.use(match.start, match.end)
    sort = meter.pop() if meter and eater and not (first and _plain_top(f)) else ""
    command = Command(("top", "pods" if kind == "pods" else "nodes"))
    if name:
        command = Command(("top", kind[:-1]), [name])
        sort = sort if containers else ""
    return _write(f, command, selector, (sort, node, count, containers))


def _strained(f: Frame) -> bool:
    """Whether nodes under load are asked for; the least loaded are not."""
    least = f.has("x-eater", "least")
    return f.has("x-topword", "strain") and f.has("kind", "nodes") and not least


def _lowest(f: Frame, count: int | None) -> int | None:
    """The count, negative where the least are asked for: one where the kind is singular; 0: unsaid."""
    if not f.take_all("x-eater", "least"):
        return count
    if count is None:
        said = list(f.find_all("kind", "pods", "nodes"))
        count = 1 if said and all(singular_kind(f, match) for match in said) else 0
    return -count


def _without_capacity(f: Frame) -> str:
    """The request without the words that ask to measure nodes against their capacity."""
    text = f.scan.text
    for match in f.find_all("x-topword", "capacity"):
        said = text[f.tokens[match.start].start : f.tokens[match.end - 1].end]
        text = text.replace(said, " " * len(said))
    return text


def _plain_top(f: Frame) -> bool:
    """`top pods`: the verb alone orders nothing."""
    return not any(match.value == "most" and match.start > 0 for match in f.find_all("x-eater"))


def _write(
    f: Frame, command: Command, selector: list[str], parts: tuple[str, str, int | None, bool]
) -> Command | None:
    sort, node, count, containers = parts
    words = set(f.take_all("x-topword", "sum", "noheaders", "capacity"))
    if node:
        f.all_namespaces = f.all_namespaces or f.namespace is None
        command.flag("field-selector", f"spec.nodeName={node}")
    if selector:
        command.flag("selector", ",".join(selector))
    if containers:
        command.flag("containers")
    if sort:
        command.flag("sort-by", sort)
    if "sum" in words:
        command.flag("sum")
    if "capacity" in words and command.path[1].startswith("node"):
        command.flag("show-capacity")
    if "noheaders" in words or count is not None:
        command.flag("no-headers")
    if count is not None:
        if not sort or not count:
            return None
        command.pipe.append(["head" if count > 0 else "tail", f"-{abs(count)}"])
    for category in ("x-eater", "x-meter", "x-topword", "x-top"):
        f.take_all(category)
    f.take_all("act", "top")
    f.take_all("ask")
    f.take_all("all")
    f.take_all("x-looking")
    f.take_all("per")
    connect(f)
    return command


def _busy(f: Frame) -> bool:
    return any(f.low(index) in _NODES for index in range(len(f.tokens)))


def _containers(f: Frame) -> bool:
    """Whether single containers are asked for."""
    said = bool(f.take_all("x-topword", "containers"))
    for match in list(f.find_all("noun", "container")):
        f.use(match.start, match.end)
        said = True
    return said


def _count(f: Frame) -> int | None:
    """`top 5`, `3 hungriest`, `the 10 biggest`: how many to list."""
    for index in f.words():
        count = number_at(f, index)
        if count is None or (
            not f.tokens[index].text.isdigit() and f.low(index) in ("none", "single")
        ):
            continue
        before = f.low(index - 1) in (
            "top",
            "first",
            "the",
            "biggest",
            "highest",
            "worst",
            "show",
            "heaviest",
            "busiest",
            "which",
            "what",
            "my",
            "our",
            "list",
        )
        after = f.at("x-eater", index + 1) or f.at("kind", index + 1) or f.at("x-meter", index + 1)
        if ((before or index == 0) and (after or index + 1 == len(f.tokens))) or (
            f.low(index - 1) == "top"
        ):
            width = f.at("num", index)
            f.use(index, width.end if width else index + 1)
            if f.low(index - 1) == "first":
                f.use(index - 1)
            return count
    return None


def _on_node(f: Frame) -> str:
    """`on node-3`, `on node worker-1`: whose pods are asked for."""
    for match in list(f.find_all("prep")):
        if f.low(match.end - 1) not in ("on", "the"):
            continue
        kind = f.at("kind", match.end, "nodes")
        at = kind.end if kind else match.end
        name = f.name_at(at)
        if name is None or not f.is_open(at):
            continue
        known = f.names is not None and name in f.names.nodes
        if kind or known or re.match(r"(?:node|worker|ip|gke|aks|master|control|k8s|vm)-", name):
            f.use(match.start, at + 1)
            return name
    return ""


def _pods_place(f: Frame) -> None:
    """`top pods in tenant-9`: several pods are in a namespace, though its name could be a pod's."""
    if not any(f.low(match.end - 1) == "pods" for match in f.matches.get("kind", ())):
        return
    for match in list(f.find_all("prep", "in")):
        name = f.name_at(match.end)
        if f.low(match.start) == "in" and name and podlike(name) and f.is_open(match.end):
            f.namespace = name
            f.use(match.start, match.end + 1)
            return


def _belongs(f: Frame, thing: Thing, matches: list[Match]) -> bool:
    """Whether the name stands beside its kind, or behind "of" where no kind is said."""
    if thing.at < 0 or podlike(thing.name) or f.tokens[thing.at].quoted:
        return True
    if matches:
        called = f.low(thing.at - 1) in ("called", "named")
        return called or any(thing.at in (m.end, m.start - 1) for m in matches)
    return f.low(thing.at - 1) in ("of", "for", "is", "does", "top", "the")


def _kind(f: Frame, containers: bool, meters: set[str]) -> tuple[str, str]:
    """(pods or nodes, name or "")."""
    kinds = {match.value for match in f.find_all("kind")}
    if "all" in kinds:
        for match in list(f.find_all("kind", "all")):
            f.use(match.start, match.end)
        kinds.discard("all")
    strange = bool(kinds - {"pods", "nodes", "namespaces", *OWNERS}) or {"pods", "nodes"} <= kinds
    kind = "nodes" if "nodes" in kinds else "pods"
    owned = bool(kinds & set(OWNERS))
    matches = list(f.find_all("kind", "pods", "nodes", *OWNERS))
    thing = take_object(f, default="pods", kinds=("pods", "nodes", *OWNERS), avoid=_AVOID)
    strange = strange or (thing is not None and not _belongs(f, thing, matches))
    if strange or (owned and (thing is None or thing.kind not in OWNERS)):
        return "", ""
    if thing is None:
        for match in list(f.find_all("kind", kind)):
            f.use(match.start, match.end)
        busy = not kinds and _busy(f) and not meters and not f.namespace
        return "nodes" if busy else kind, ""
    if thing.several:
        return "deployments", thing.name
    return _kind_of_name(f, thing) if not kinds else (thing.kind, thing.name)


def _kind_of_name(f: Frame, thing: Thing) -> tuple[str, str]:
    """(kind, name) of a name that stands alone; kind "" where it is no name at all."""
    known = f.names is not None and thing.name in f.names.nodes
    if known or re.fullmatch(r"(?:node|worker|ip)-\d.*", thing.name):
        return "nodes", thing.name
    if thing.kind != "pods" or podlike(thing.name):
        return thing.kind, thing.name
    wordy = thing.name[0].isdigit() or thing.name in _NOT_APPS
    return ("", "") if wordy else ("deployments", thing.name)


INTENTS = (Intent("top", (), top, rank=61, reads=True),)
