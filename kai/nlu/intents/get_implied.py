"""What a request to see leaves unsaid: the kind that a property implies, restarts counted in
words, who uses an object."""

from __future__ import annotations

import re

from kai.nlu import fields
from kai.nlu.amounts import number_at
from kai.nlu.entities import looks_like_pod
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.get_query import Query
from kai.nlu.intents.get_view import View
from kai.nlu.patterns import pattern

_KIND_OF = {
    "deployments": ("replicas", "readyreplicas", "availablereplicas", "strategy", "revisionlimit"),
    "services": ("clusterip", "externalip", "targetport", "sessionaffinity", "lbhost", "nodeport"),
    "ingresses": ("hosts", "tlssecret", "paths", "backends"),
    "persistentvolumeclaims": ("accessmodes", "storageclass", "volume"),
    "persistentvolumes": ("reclaim", "claim"),
    "storageclasses": ("provisioner", "expansion", "bindingmode"),
    "cronjobs": ("schedule", "lastrun", "suspend", "concurrency"),
    "horizontalpodautoscalers": (
        "minmax",
        "minreplicas",
        "maxreplicas",
        "minmaxcurrent",
        "scaletarget",
    ),
    "poddisruptionbudgets": ("disruptions",),
    "nodes": (
        *("diskpressure", "mempressure", "pidpressure", "heartbeat", "taintkeys", "tainteffects"),
        *("cpucapalloc", "memcapalloc"),
        *(
            "os",
            "arch",
            "gpu",
            "taints",
            "kubelet",
            "kernel",
            "runtime",
            "cidr",
            "providerid",
            "zone",
            "region",
        ),
        *("instancetype", "podcapacity", "cpucapacity", "memcapacity", "alloc", "alloccpu"),
        *("allocmem", "nodecapacity", "capacity", "nodeinfo"),
    ),
    "pods": (
        *("restarts", "qos", "hostip", "exitcode", "lastreason", "phase", "initstatus", "node"),
        *("podip", "starttime", "imageid", "containersready", "waitreason", "priorityclass"),
        *("claimnames", "secretmounts", "configmounts", "finishedat", "serviceaccount"),
    ),
}
_IMPLIED = {attribute: kind for kind, found in _KIND_OF.items() for attribute in found}


def imply_kind(f: Frame, kinds: list[str]) -> int | None:
    """Add the one kind that has the property asked for: replicas of web, kubelet versions.

    Returns where a pod's name stands behind "in", which is no namespace then.
    """
    if f.has("act", "top", "logs", "describe", "explain"):
        return None
    said = list(f.find_all("attr"))
    counted = f.has("count") and {match.value for match in said} == {"containers"}
    if kinds == ["namespaces"] and (counted or _place_only(f, said)):
        kinds.clear()
    if kinds:
        return None
    if f.has("unique") and any(match.value == "image" for match in said):
        kinds.append("pods")
        return None
    found = {_IMPLIED.get(match.value, "") for match in said}
    if any(f.low(match.start) in _VAGUE and match.end == match.start + 1 for match in said):
        return None
    inside = _pod_inside(f) if found else None
    if inside is not None:
        found = {"pods"}
    elif found:
        named, inside = _bare_object(f, said)
        found = {named} if named else found
    if counted:
        found = {"pods"}
    if len(found) == 1 and "" not in found:
        kinds.append(found.pop())
        f.assumptions.append(f"this is taken to be asked about {kinds[0]}")
        _balancer(f, kinds[0])
    return inside


def _balancer(f: Frame, kind: str) -> None:
    """Consume the "lb" of "address of the gateway lb"."""
    for index in f.words(1) if kind == "services" else ():
        if f.low(index) in ("lb", "loadbalancer", "elb", "nlb") and f.is_open(index - 1):
            f.use(index)


def _place_only(f: Frame, said: list[Match]) -> bool:
    """`lb hostname of gw, ns edge`: the namespace is only where the thing asked about is."""
    place = f.find("kind", "namespaces")
    if place is None or not said or f.name_at(place.end, any_word=True) is None:
        return False
    return all(
        match.value in _IMPLIED and fields.path(match.value, "namespaces") is None for match in said
    )


_STATE_KINDS = {
    "workernodes": "nodes",
    "controlplane": "nodes",
    "cordoned": "nodes",
    "loadbalancer": "services",
    "headless": "services",
    "externalname": "services",
    "clusterip": "services",
    "nodeport": "services",
}
_VOLUME_STATES = ("available", "released", "unbound", "bound", "lost")


def imply_by_state(f: Frame, kinds: list[str]) -> None:
    """Add the kind that a state alone tells: cordoned ones, load balancers, unclaimed volumes."""
    if kinds or f.has("attr", *_IMPLIED):
        return
    disks = ("volume", "volumes", "disks", "disk")
    at = next((at for at in f.words() if f.low(at) in disks and f.free(at)), None)
    if at is not None and f.has("state", *_VOLUME_STATES):
        f.use(at)
        kinds.append("persistentvolumes")
        return
    found = {_STATE_KINDS[match.value] for match in f.find_all("state", *_STATE_KINDS)}
    if len(found) == 1:
        kinds.append(found.pop())
        f.assumptions.append(f"this is taken to be asked about {kinds[0]}")


def _take_start(f: Frame, kinds: list[str], view: View) -> None:
    """`when did pod web-0 start`: its start time."""
    if f.low(0) != "when" or not set(kinds) & {"pods", "jobs"}:
        return
    at = next((at for at in f.words() if f.low(at) in ("start", "started", "launched")), None)
    if at is not None:
        f.use(at)
        view.attributes.append("starttime")


def _pod_inside(f: Frame) -> int | None:
    """`exit code of the containers in web-0`: where a name that is one pod's stands."""
    inner = f.has("noun", "container")
    for index in f.words(1):
        name = f.tokens[index].low
        ordinal = inner and name.rpartition("-")[2].isdigit() and "-" in name
        if f.is_open(index) and (ordinal or looks_like_pod(name)):
            return index
    return None


_NODE = pattern(
    r"(?:node|worker|master|control-?plane|cp|gke|aks|ip|vm|k8s|agentpool)-[a-z0-9.-]*\d[a-z0-9.-]*|"
    r"[a-z0-9.-]+\.(?:internal|local|lan|corp)"
)
"""How nodes are called, by people and by the large providers."""
_OF_WORKLOADS = frozenset(
    [
        *("image", "env", "command", "args", "commandargs", "liveness", "readiness", "startup"),
        *("requests", "limits", "resources", "cpulimit", "memlimit", "cpurequest", "memrequest"),
        *("serviceaccount", "envnames", "reqlim", "pullpolicy", "strategy", "replicas"),
    ]
)


def _podlike(name: str) -> bool:
    """Whether a name is one pod's, be it of a stateful set: web-0."""
    return looks_like_pod(name) or name.rpartition("-")[2].isdigit()


def _bare_object(f: Frame, said: list[Match]) -> tuple[str, int | None]:
    """(kind, where) of the one name beside a property: `kernel version on worker-7`.

    Where: only for names that stand where a namespace could.
    """
    named = [index for index in f.words() if f.is_open(index) and f.name_at(index)]
    asked = {match.value for match in said}
    if not named:
        return "", None
    for kind, fits in (("nodes", _NODE.fullmatch), ("pods", _podlike)):
        found = [index for index in named if fits(f.tokens[index].low)]
        if len(found) == 1 and all(fields.path(name, kind) for name in asked):
            return kind, found[0]
    first = f.tokens[named[0]]
    led = f.low(named[0] - 1) in ("of", "is", "does", "for", "did", "on", "the", "has")
    alone = len(named) == 1 or f.low(named[1] - 1) in ("in", "ns", "namespace", "from")
    if led and alone and not first.possessive and asked <= _OF_WORKLOADS:
        return "deployments", None
    return "", None


_TIMES = frozenset(["times", "time", "x"])


def take_restarts(f: Frame, kinds: list[str], view: View) -> int | None:
    """`restarted more than 5 times`, `how many times has each pod restarted`, consumed.

    The number that the restarts must exceed; a mere question asks for the column (`View`).
    """
    _take_start(f, kinds, view)
    first = next((at for at in f.words() if f.low(at) in _RESTARTED and f.free(at)), None)
    if first is None:
        return None
    if "pods" in kinds and _ever(f, first):
        return 0
    behind = f.low(first + 1) in ("more", "over", "at", "greater", ">")
    match = f.at("more", first + 1) if behind else None
    count = number_at(f, match.end) if match is not None else None
    if match is not None and count is not None:
        end = match.end + 1
        relative = f.low(first - 1) in ("that", "which") and f.free(first - 1)
        f.use(first - relative, end + (f.low(end) in _TIMES and f.free(end)))
        return count - (match.value == "least")
    for index in range(len(f.tokens)):
        often = f.low(index) == "how" and f.low(index + 1) == "often"
        times = (f.low(index), f.low(index + 1), f.low(index + 2)) == ("how", "many", "times")
        end = index + (2 if often else 3)
        if (often or times) and all(f.free(at) for at in (*range(index, end), first)):
            f.use(index, end)
            f.use(first)
            view.attributes.append("restarts")
            if not kinds and any(f.is_open(at) and _podlike(f.low(at)) for at in f.words()):
                kinds.append("pods")
            break
    return None


def _ever(f: Frame, index: int) -> bool:
    """`ever restarted`, `restarted at least once`: more than no restart, consumed."""
    if f.low(index - 1) in ("ever", "already") and f.free(index - 1):
        f.use(index - 1, index + 1)
        return True
    ends = (("at", "all"), ("at", "least", "once"), ("once", "or", "more"), ("even", "once"))
    for words in ends:
        said = tuple(f.low(index + 1 + step) for step in range(len(words)))
        if said == words:
            f.use(index, index + 1 + len(words))
            return True
    return False


_VAGUE = frozenset(
    ["version", "versions", "path", "paths", "volume", "claim", "host", "hosts", "max", "min"]
)
"""Words that much else has too: "version of bob"."""
_RESTARTED = frozenset(["restart", "restarts", "restarted", "restarting", "crashed", "crash"])


_USED = {
    "persistentvolumeclaims": ".persistentVolumeClaim.claimName",
    "configmaps": ".configMap.name",
    "secrets": ".secret.secretName",
}
_USING = frozenset(["mount", "mounts", "mounting", "use", "uses", "using", "claim", "claims"])
_USING |= {"mounted", "reference", "references", "referencing", "attach", "bind", "consume"}


def take_users(f: Frame, query: Query, kinds: list[str]) -> bool:
    """`pods that mount the pvc data`: a question about the pods' volumes, consumed."""
    for index in f.words() if kinds == ["pods"] else ():
        if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", f.tokens[index].low):
            f.use(index)
            f.take("attr", "ip", "hostip")
            query.fields.append(f"status.podIP={f.tokens[index].low}")
            f.all_namespaces = True
            return True
    for index in f.words() if kinds in (["services"], ["endpoints"], ["nodes"]) else ():
        if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", f.tokens[index].low):
            f.use(index)
            f.take("attr", "ip", "clusterip", "externalip", "hostip")
            f.all_namespaces = kinds != ["nodes"]
            query.output = "wide" if kinds == ["nodes"] else ""
            query.pipe.append(["grep", f.tokens[index].low])
            return True
    used = [kind for kind in kinds if kind not in ("pods", "namespaces")]
    if "pods" not in kinds or len(used) != 1 or used[0] not in (*_USED, "serviceaccounts"):
        return False
    for match in list(f.find_all("kind", used[0])):
        before = match.start - 1
        while before > 0 and f.low(before) in ("the", "a", "our", "my"):
            before -= 1
        at = match.end + (f.low(match.end) in ("called", "named"))
        name = f.name_at(at)
        verb = f.low(before)
        if verb not in _USING or name is None:
            continue
        own = used[0] == "persistentvolumeclaims" or verb.startswith("mount")
        if used[0] != "serviceaccounts" and not own:
            continue  # "use the secret": through volumes or the environment
        f.use(before, at + 1)
        kinds.remove(used[0])
        if _USED.get(match.value) is None:
            query.fields.append(f"spec.serviceAccountName={name}")
            return True
        shown = '"\\(.metadata.namespace)/\\(.metadata.name)"'
        query.output = "json"
        test = f'.items[] | select(any(.spec.volumes[]?; {_USED[match.value]} == "{name}"))'
        whole = f.has("scope", "all")
        query.pipe.append(["jq", "-r", f"{test} | {shown if whole else '.metadata.name'}"])
        return True
    return False
