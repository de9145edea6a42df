"""`kubectl scale`: to a number, to zero, only from a number, many at once, by file."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import number_at, take_duration, take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    WORKLOADS,
    guarded,
    take_acts,
    take_dry,
    take_objects,
    tidy,
    where,
)
from kai.nlu.intents.files import manifests, take_files

_SCALABLE = WORKLOADS[:2] + WORKLOADS[3:]
_RELATIVE = frozenset(
    [
        "by",
        "more",
        "less",
        "fewer",
        "another",
        "extra",
        "additional",
        "times",
        "another",
        "percent",
        "x",
    ]
)


_NUMBERED = frozenset(
    [
        "rev",
        "revision",
        "revisions",
        "version",
        "release",
        "build",
        "port",
        "step",
        "line",
        "nr",
        "no",
    ]
)
"""What a number may count that is no replica: "go to rev 1"."""


def _number(f: Frame, index: int) -> tuple[int, int] | None:
    """(value, index behind it) of the number at `index`."""
    value = number_at(f, index)
    if value is None or (f.low(index).endswith("x") and f.low(index)[:-1].isdigit()):
        return None
    width = f.at("num", index)
    return value, width.end if width is not None else index + 1


def _current(f: Frame) -> int | None:
    """`if its currently at 2`, `from 3 to 6`: the number before, consumed."""
    for match in list(f.find_all("chn", "current")):
        found = _number(f, match.end)
        if found is not None:
            f.use(match.start, found[1])
            return found[0]
    for index in f.words():
        if f.low(index) == "from" and (first := _number(f, index + 1)) is not None:
            behind = first[1]
            noun = f.at("chn", behind, "replicas")
            behind = noun.end if noun is not None else behind
            if f.low(behind) == "to" and _number(f, behind + 1) is not None:
                f.use(index, behind)
                return first[0]
    return None


_SERVERS = frozenset(
    [
        "nodes",
        "brokers",
        "members",
        "servers",
        "shards",
        "workers",
        "peers",
        "node",
        "broker",
        "member",
        "shard",
        "worker",
    ]
)
"""What people call the replicas of a stateful set: "kafka sts to 5 brokers"."""


def _servers(f: Frame, index: int) -> bool:
    """Whether the word behind a number stands for replicas, another kind being said besides."""
    if f.low(index) not in _SERVERS or not f.free(index):
        return False
    return f.has("kind", "statefulsets", "deployments", "replicasets") or any(
        "/" in token.low for token in f.tokens
    )


def _before(f: Frame) -> bool:
    """Consume the number that is no longer to be: `2 -> 6`, `instead of 3`; whether one was said."""
    said = False
    for index in list(f.words()):
        first = _number(f, index)
        if first is None:
            continue
        arrow = f.tokens[first[1]].text if f.free(first[1]) else ""
        if arrow in ("->", "=>", "\u2192") and _number(f, first[1] + 1) is not None:
            f.use(index, first[1] + 1)
            said = True
            f.assumptions.append(f"{first[0]} is taken as the number of now")
        elif f.low(index - 1) == "of" and f.low(index - 2) in ("instead", "in place"):
            f.use(index - 2, first[1])
            said = True
            f.assumptions.append(f"{first[0]} is taken as the number of now")
    return said


def _times(f: Frame, index: int) -> tuple[int, int] | None:
    """`x8` behind a name: eight of it."""
    low = f.low(index)
    if not f.free(index) or low[:1] != "x" or not low[1:].isdigit() or index == 0:
        return None
    return int(low[1:]), index + 1


def _replicas(f: Frame) -> set[int] | None:
    """Every number left, consumed with the replica word beside it; None where one is relative."""
    found: set[int] = set()
    for index in list(f.words()):
        for flag in ("--replicas=", "replicas=", "--replicas"):
            low = f.low(index)
            if low == "--replicas" or (low.startswith(flag) and low[len(flag) :].isdigit()):
                f.use(index)
                if low != "--replicas":
                    found.add(int(low.rpartition("=")[2]))
        hit = _number(f, index) or _times(f, index)
        if hit is None:
            continue
        if f.low(index - 1) in _RELATIVE or f.low(hit[1]) in _RELATIVE:
            return None
        if f.low(index - 1) in _NUMBERED:
            return None
        noun = f.at("chn", hit[1], "replicas")
        f.use(index, noun.end if noun is not None else hit[1] + _servers(f, hit[1]))
        if f.low(index - 1) in ("=", "at") and f.free(index - 1):
            f.use(index - 1)
        found.add(hit[0])
    return found


def scale(f: Frame) -> Command | None:
    """`scale web to 5`, `statefulset db to 0`, `i need 10 replicas of image-resizer`."""
    stops = f.has("act", "zero")
    whole = any(
        f.low(at) in ("everything", "all")
        for match in f.find_all("act", "zero")
        for at in range(match.start, match.end)
        if f.low(match.end - 1) != "of"
    )
    command = Command(("scale",))
    take_dry(f, command)
    take_acts(f, "zero")
    stops = _turned_off(f) or stops
    f.take_all("o-scalekeep")
    timeout = take_duration(f, "scalewait")
    command.flags += [("timeout", timeout)] if timeout is not None else []
    current = _current(f)
    stepped = _before(f)
    replicas = _replicas(f)
    scales = [f.tokens[m.start].low for m in f.find_all("act", "scale")]
    nouns = _nouns(f)
    if replicas is None or len(replicas) > 1 or not (scales or nouns or stops or replicas):
        return None
    if not scales and not nouns and not stops and not stepped and not _worded_replicas(f):
        return None
    if not replicas and not stops:
        return None
    take_acts(f, "scale")
    f.take_all("cv", "set", "change")
    files, _ = take_files(f)
    if not manifests(f, files):
        return None
    where(f)
    selector = take_selector(f, loose=True)
    if not _objects(f, command, files, selector, whole):
        return None
    if current is not None:
        command.flag("current-replicas", str(current))
    command.flag("replicas", str(replicas.pop() if replicas else 0))
    f.take_all("chn", "replicasonly")
    f.take_all("o-scale")
    take_acts(f, "scale")
    tidy(f)
    return command


def _turned_off(f: Frame) -> bool:
    """`turn web off`, `switch the api deployment off`: verb and particle apart, consumed."""
    first = next((at for at in f.words() if f.at("filler", at) is None), 0)
    if f.low(first) not in ("turn", "switch", "shut", "power", "spin", "take"):
        return False
    for index in f.words(first + 2):
        ends = index + 1 >= len(f.tokens) or f.tokens[index].comma or "prep" in f.cover[index + 1]
        if f.low(index) in ("off", "down", "offline") and ends:
            f.use(first)
            f.use(index)
            return True
    return False


def _nouns(f: Frame) -> list[str]:
    """The words for replicas, consumed; not those inside a kind ("replica set")."""
    kinds = [match for match in f.matches.get("kind", ()) if match.value in _SCALABLE]
    found = []
    for match in list(f.find_all("chn", "replicasonly")):
        if not any(kind.start <= match.start < kind.end for kind in kinds):
            f.use(match.start, match.end)
            found.append(match.value)
    return found


def _worded_replicas(f: Frame) -> bool:
    """Whether "N replicas" or "X to N" was said, so that no verb is needed."""
    words = {token.low for token in f.tokens}
    if number_at(f, 0) is None and f.tokens[0].low.isdigit() and f.low(1) in ("pods", "pod"):
        return f.low(2) in ("of", "for")
    if words & {"replicas", "replica", "instances", "copies", "each", "apiece"}:
        return True
    if any("/" in token.low for token in f.tokens[:2]) and "to" in words:
        return True  # "deploy/web to 0"
    if any(word.startswith(("replicas=", "--replicas=")) for word in words):
        return True
    if f.low(0) in ("put", "set", "turn", "get", "move", "make") and "to" in words:
        return not f.has("chn", "env", "image", "label", "limits", "requests", "revision")
    if any(word[:1] == "x" and word[1:].isdigit() for word in words):
        return f.is_open(0) or f.at("kind", 0) is not None
    bare = f.is_open(0) and f.low(1) == "to" and f.name_at(0) is not None
    kinds = any(match.value in _SCALABLE for match in f.matches.get("kind", ()))
    return "to" in words and (kinds or bare)


def _objects(
    f: Frame, command: Command, files: list[str], selector: list[str], whole: bool
) -> bool:
    if files:
        for file in files:
            command.flag("filename", file)
        return not selector
    objects = take_objects(f, default="deployments", kinds=_SCALABLE, after=("of", "on", "for"))
    if objects is None:
        return False
    every = objects.every
    if not objects.kinds and selector and f.take("all") is not None:
        objects.kinds = ["deployments"]
        f.assumptions.append("only deployments are scaled by the label")
    if not objects.kinds and (whole or f.take("all") is not None) and not selector:
        objects.kinds, every = ["deployments", "statefulsets"], True
    if not objects.kinds or any(kind not in _SCALABLE for kind in objects.kinds):
        return False
    if objects.pairs:
        if every or selector or whole:
            return False
        command.args += objects.slashed()
        named = [m.value for m in f.find_all("kind", *_SCALABLE)]
        return not named
    if not every and not selector:
        return False
    command.args += objects.slashed()
    command.flag(*(("selector", ",".join(selector)) if selector else ("all", None)))
    return True


INTENTS = guarded(
    Intent(
        "scale",
        (
            "scale",
            "zero",
            "chn:replicas",
            "cv:set",
            "cv:change",
            "kind:deployments",
            "kind:statefulsets",
            "kind:replicasets",
            "prep:of",
        ),
        scale,
        rank=47,
    ),
)
