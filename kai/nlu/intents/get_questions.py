"""Questions that name no kind: is it installed, on which node is it, who may do everything, which
pods run an image."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_namespace
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.looking import podlike
from kai.nlu.patterns import pattern

_OPENERS = frozenset(["is", "do", "does", "did", "have", "check", "if", "whether", "see"])


def installed(f: Frame) -> Command | None:
    """`is metrics-server installed in kube-system`: its deployment."""
    if f.low(0) not in _OPENERS or f.has("kind"):
        return None
    said = next((at for at in f.words(1) if f.low(at) in ("installed", "deployed")), None)
    if said is None:
        return None
    name = said - 1 if f.is_open(said - 1) else said + 1
    if not f.is_open(name) or f.name_at(name) is None:
        return None
    for index in range(min(said, name)):
        if f.low(index) in _OPENERS or f.low(index) in ("we", "i", "got", "the"):
            f.use(index)
    f.use(min(said, name), max(said, name) + 1)
    take_namespace(f)
    f.assumptions.append(f"{f.tokens[name].low} is taken to be a deployment")
    return Command(("get",), ["deployment", f.tokens[name].low])


def placed(f: Frame) -> Command | None:
    """`which node is web-0 on`, `on which node does web run`."""
    if f.low(0) in ("on", "where") and f.low(1) not in ("which", "what"):
        return None
    lead = next((at for at in range(min(5, len(f.tokens))) if f.low(at) in ("which", "what")), 0)
    if any(not f.cover[at] & {"ask", "filler", "prep"} for at in range(lead)):
        return None
    start = lead or int(f.low(0) == "on")
    nouns = ("node", "machine", "host", "worker", "server", "box", "nodes")
    if f.low(start) not in ("which", "what") or f.low(start + 1) not in nouns:
        return None
    at = start + 2
    while f.low(at) in ("is", "does", "has", "hosts", "runs", "did", "are", "the", "was", "pod"):
        at += 1
    bare = at == start + 2 and f.low(at + 1) not in _BEING
    if bare or f.name_at(at) is None or f.at("kind", at + 1):
        return None
    f.use(0, at + 1)
    for index in f.words():
        if f.low(index) in _BEING:
            f.use(index)
    f.take_all("out", "name")
    take_namespace(f)
    name = f.tokens[at].low
    if podlike(name) or f.low(at - 1) == "pod":
        command = Command(("get",), ["pod", name])
        return command.flag("output", "jsonpath={.spec.nodeName}")
    f.assumptions.append(f"the pods of {name} are taken to have the label app={name}")
    command = Command(("get",), ["pods"])
    return command.flag("selector", f"app={name}").flag("output", "wide")


_BEING = frozenset(
    [
        *("on", "run", "running", "sitting", "living", "scheduled", "landed", "live", "lives"),
        *(
            "reside",
            "resides",
            "sit",
            "sits",
            "placed",
            "hosted",
            "deployed",
            "land",
            "lands",
            "end",
        ),
        *("up", "ended", "get", "got", "actually", "currently", "now", "assigned", "to", "at"),
    ]
)


def holders(f: Frame) -> Command | None:
    """`who has cluster-admin`: the cluster-wide bindings of a role."""
    if f.low(0) != "who" or f.has("kind", "roles", "clusterroles"):
        return None
    at = next((i for i in f.words(1) if f.tokens[i].low == "cluster-admin"), None)
    if at is None:
        return None
    f.use(0, at + 1)
    for index in f.words():
        if f.low(index) in ("rights", "permissions", "access", "privileges", "role"):
            f.use(index)
    f.take_all("scope", "all")
    command = Command(("get",), ["clusterrolebindings"]).flag("output", "wide")
    command.pipe.append(["grep", f.tokens[at].low])
    return command


_IMAGE_VERBS = pattern(
    r"\b(?:pull|pulls|pulling|use|uses|using|run|runs|running|with|from|on|based on|have|has)\b"
)
_IMAGE = pattern(
    r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:/[\w./-]+)*(?::[\w.-]+)?|[a-z0-9._-]+(?:/[\w.-]+)+"
    r"(?::[\w.-]+)?|[a-z0-9._-]+:[\w.-]+|[a-z][a-z0-9-]*"
)


def image_users(f: Frame) -> Command | None:
    """`which pods use image nginx`, `pods that still pull from docker.io/old`."""
    if not f.has("kind", "pods") or f.has("act", "logs", "exec", "describe"):
        return None
    said = f.find("attr", "image")
    at = None
    if said is not None:
        at = said.end
        while f.low(at) in _TO_IMAGE:
            at += 1
    else:
        pulled = next((i for i in f.words(1) if f.low(i) in ("pull", "pulls", "pulling")), None)
        at = pulled + 2 if pulled is not None and f.low(pulled + 1) == "from" else _used_image(f)
    if at is None or not f.free(at) or not _IMAGE.fullmatch(f.tokens[at].low):
        return None
    text = f.tokens[at].text
    told = said is not None and any(f.low(i) in _MATCHING for i in range(said.end, at))
    plain = re.fullmatch(r"[a-z][a-z0-9-]*", text) is not None
    if (
        plain and (not f.is_open(at) or not (told or _used_before(f, said.start if said else 0)))
    ) or (f.tokens[at].possessive or f.at("kind", at + 1) is not None):
        return None
    start = said.start if said is not None else at - 2
    while start > 0 and (f.low(start - 1) in _JOINS or _IMAGE_VERBS.fullmatch(f.low(start - 1))):
        start -= 1
    negation = f.ending("neg", said.end if said is not None else at - 2)
    negation = negation or next((m for m in f.find_all("neg") if m.start > start), None)
    f.use(start, at + 1)
    pods = f.find("kind", "pods")
    if pods is not None:
        f.use(pods.start, pods.end)
    f.take_all("all")
    take_namespace(f)
    columns = ["NAME:.metadata.name", "IMAGE:.spec.containers[*].image"]
    if f.all_namespaces:
        columns.insert(0, "NAMESPACE:.metadata.namespace")
    command = Command(("get",), ["pods"])
    command.flag("output", "custom-columns=" + ",".join(columns))
    if negation is not None and start <= negation.start < at:
        command.flag("no-headers").pipe.append(["grep", "-v", text])
    else:
        command.pipe.append(["grep", text])
    return command


def _used_image(f: Frame) -> int | None:
    """Where an image stands that nobody called one: "who still uses registry.corp.io/base:8"."""
    for index in f.words(1):
        text = f.tokens[index].low
        if "/" in text and (":" in text or "." in text) and f.low(index - 1) in _USES:
            return index
    return None


_USES = frozenset(["use", "uses", "using", "run", "runs", "running", "pull", "pulls", "with", "on"])
_MATCHING = frozenset(
    [
        *("contains", "contain", "containing", "includes", "matches", "like", "has"),
        *("is", "are", "comes", "come", "not"),
    ]
)
_TO_IMAGE = _MATCHING | {"isnt", "arent", "from", "of", "called", "named", "registry", "with"}
_TO_IMAGE |= {"tag", "the"}
_JOINS = frozenset(["that", "which", "still", "the", "an", "a", "are", "is", "based", "whose"])


def _used_before(f: Frame, index: int) -> bool:
    while f.low(index - 1) in ("the", "an", "a"):
        index -= 1
    return f.low(index - 1) in ("use", "uses", "using", "run", "runs", "running", "with")


INTENTS = tuple(
    Intent(f"get-{compose.__name__}", (), compose, rank=21, reads=True)
    for compose in (installed, placed, holders, image_users)
)
