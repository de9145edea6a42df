"""`kubectl patch`: given patches, and the fields people change by it, by their own words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    WORKLOADS,
    guarded,
    take_dry,
    take_objects,
    tidy,
    where,
)
from kai.nlu.intents.files import take_files
from kai.nlu.intents.patch_values import (
    boolean,
    cron,
    free_words,
    integer,
    merged,
    one_of,
    quantity,
    word,
)
from kai.nlu.tokens import ASSIGNMENT

_TEMPLATE = ("spec", "template", "spec")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the kinds that have it, where it is, and what can stand in it.

    `value`: "int", "bool", "word", "quantity", "cron", "intstr", a comma list of allowed words, or
    "=" and the JSON value it always gets.
    """

    kinds: tuple[str, ...]
    path: tuple[str, ...]
    value: str


_W = WORKLOADS[:3]
FIELDS: dict[str, Field] = {
    "suspend": Field(("cronjobs",), ("spec", "suspend"), "=true"),
    "unsuspend": Field(("cronjobs",), ("spec", "suspend"), "=false"),
    "schedule": Field(("cronjobs",), ("spec", "schedule"), "cron"),
    "svctype": Field(("services",), ("spec", "type"), "NodePort,LoadBalancer,ClusterIP"),
    "reclaim": Field(
        ("persistentvolumes",),
        ("spec", "persistentVolumeReclaimPolicy"),
        "Retain,Delete,Recycle",
    ),
    "size": Field(
        ("persistentvolumeclaims",), ("spec", "resources", "requests", "storage"), "quantity"
    ),
    "maxreplicas": Field(("horizontalpodautoscalers",), ("spec", "maxReplicas"), "int"),
    "minreplicas": Field(("horizontalpodautoscalers",), ("spec", "minReplicas"), "int"),
    "extpolicy": Field(("services",), ("spec", "externalTrafficPolicy"), "Local,Cluster"),
    "intpolicy": Field(("services",), ("spec", "internalTrafficPolicy"), "Local,Cluster"),
    "affinity": Field(("services",), ("spec", "sessionAffinity"), "ClientIP,None"),
    "automount": Field(("serviceaccounts",), ("automountServiceAccountToken",), "bool"),
    "graceseconds": Field(_W, (*_TEMPLATE, "terminationGracePeriodSeconds"), "int"),
    "revisionlimit": Field(_W, ("spec", "revisionHistoryLimit"), "int"),
    "progress": Field(("deployments",), ("spec", "progressDeadlineSeconds"), "int"),
    "minready": Field(_W, ("spec", "minReadySeconds"), "int"),
    "backoff": Field(("jobs",), ("spec", "backoffLimit"), "int"),
    "parallelism": Field(("jobs",), ("spec", "parallelism"), "int"),
    "completions": Field(("jobs",), ("spec", "completions"), "int"),
    "deadline": Field(("jobs",), ("spec", "activeDeadlineSeconds"), "int"),
    "ttl": Field(("jobs",), ("spec", "ttlSecondsAfterFinished"), "int"),
    "successhistory": Field(("cronjobs",), ("spec", "successfulJobsHistoryLimit"), "int"),
    "failedhistory": Field(("cronjobs",), ("spec", "failedJobsHistoryLimit"), "int"),
    "concurrency": Field(("cronjobs",), ("spec", "concurrencyPolicy"), "Allow,Forbid,Replace"),
    "priority": Field(_W, (*_TEMPLATE, "priorityClassName"), "word"),
    "scheduler": Field(_W, (*_TEMPLATE, "schedulerName"), "word"),
    "dnspolicy": Field(
        _W, (*_TEMPLATE, "dnsPolicy"), "ClusterFirst,Default,None,ClusterFirstWithHostNet"
    ),
    "hostnetwork": Field(_W, (*_TEMPLATE, "hostNetwork"), "bool"),
    "unschedulable": Field(("nodes",), ("spec", "unschedulable"), "bool"),
    "immutable": Field(("configmaps", "secrets"), ("immutable",), "=true"),
    "expansion": Field(("storageclasses",), ("allowVolumeExpansion",), "bool"),
    "partition": Field(
        ("statefulsets",), ("spec", "updateStrategy", "rollingUpdate", "partition"), "int"
    ),
    "maxsurge": Field(
        ("deployments",), ("spec", "strategy", "rollingUpdate", "maxSurge"), "intstr"
    ),
    "maxunavailable": Field(
        ("deployments",), ("spec", "strategy", "rollingUpdate", "maxUnavailable"), "intstr"
    ),
    "maxdown": Field(("poddisruptionbudgets",), ("spec", "maxUnavailable"), "intstr"),
    "minavailable": Field(("poddisruptionbudgets",), ("spec", "minAvailable"), "intstr"),
    "ingressclass": Field(("ingresses",), ("spec", "ingressClassName"), "word"),
    "replicas": Field(WORKLOADS, ("spec", "replicas"), "int"),
}


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _nested(path: tuple[str, ...], value: object) -> str:
    for key in reversed(path):
        value = {key: value}
    return _dump(value)


_READERS: dict[str, Callable[[Frame], object]] = {
    "int": integer,
    "bool": boolean,
    "quantity": quantity,
    "cron": cron,
    "word": word,
}


def _value(f: Frame, field: Field) -> object:
    kind = field.value
    if kind[0] == "=":
        return json.loads(kind[1:])
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(f)
    if kind == "intstr":
        for index in free_words(f):
            if re.fullmatch(r"\d+%", f.tokens[index].text):
                f.use(index)
                return f.tokens[index].text
        return integer(f)
    return one_of(f, kind.split(","))


def _finish(f: Frame, command: Command, kinds: tuple[str, ...], acts: tuple[str, ...] = ()) -> bool:
    """Where and what; everything said about how is consumed."""
    take_dry(f, command)
    files, _ = take_files(f)
    for file in files:
        command.flags.insert(0, ("filename", file))
    f.take_all("cv")
    f.take_all("act", "patch", *acts)
    where(f, kind_ok=True)
    if not files:
        objects = take_objects(f, default=kinds[0] if len(kinds) == 1 else "", kinds=kinds)
        if objects is None or len(objects.pairs) != 1 or (kinds and objects.kind not in kinds):
            return False
        command.args = objects.spaced()
    f.take_all("o-patch")
    f.take_all("chn", "defined", "replicas")
    f.take_all("act", "patch", "scale", "edit", *acts)
    tidy(f)
    return True


_VERBS = frozenset(
    [
        "grow",
        "expand",
        "enlarge",
        "extend",
        "increase",
        "resize",
        "should",
        "raise",
        "bump",
        "convert",
        "lower",
        "reduce",
        "turn",
        "switch",
        "enable",
        "disable",
        "make",
    ]
)


def field(f: Frame) -> Command | None:
    """`make svc web a LoadBalancer`, `suspend cronjob backup`, `grow pvc data to 50Gi`."""
    kinds = {match.value for match in f.find_all("kind")}
    for match in f.find_all("kind"):
        if match.value == "persistentvolumes" and "persistentvolumeclaims" in kinds:
            kinds.discard("persistentvolumes")
    kinds |= {kind for kind in FIELDS_BY_REF if _refers(f, kind)}
    said = list(f.find_all("pfield"))
    names = {match.value for match in f.matches.get("pfield", ())}
    chosen = [name for name, row in FIELDS.items() if name in names and set(row.kinds) & kinds]
    if "replicas" in chosen and not f.has("o-edit", "subresource=scale"):
        chosen.remove("replicas")
    if "unschedulable" in chosen and not f.has("act", "patch"):
        chosen.remove("unschedulable")
    if len(chosen) > 1 and "svctype" in chosen:
        chosen.remove("svctype")
    words = {token.low for token in f.tokens}
    verbs = f.has("cv", "set", "change", "add") or f.has("act", "patch") or words & _VERBS
    if not chosen or not said or not (verbs or chosen[0] in ("suspend", "unsuspend")):
        return None
    if f.scan.fixes and chosen[0] in ("suspend", "unsuspend") and "suspended" in words:
        return None
    command = Command(("patch",))
    several = merged(f, [(name, FIELDS[name].path, FIELDS[name].value) for name in chosen])
    if several:
        kinds_of = FIELDS[chosen[0]].kinds
        f.take_all("pfield")
        return command.flag("patch", several) if _finish(f, command, kinds_of) else None
    bodies: list[tuple[Field, object]] = []
    for name in chosen:
        row = FIELDS[name]
        value = _policy_default(f, name) or _value(f, row)
        if value is None:
            continue
        bodies.append((row, value))
    if len(bodies) != 1:
        return None
    row, value = bodies[0]
    if f.take("o-edit", "subresource=scale"):
        command.flag("subresource", "scale").flag("type", "merge")
    f.take_all("pfield")
    if not _finish(f, command, row.kinds, ("rpause", "rresume", "zero", "scale")):
        return None
    return command.flag("patch", _nested(row.path, value))


FIELDS_BY_REF = tuple(sorted({kind for row in FIELDS.values() for kind in row.kinds}))


def _refers(f: Frame, kind: str) -> bool:
    from kai.nlu.entities import kind_of

    return any(
        "/" in token.text and kind_of(f, token.low.partition("/")[0]) == kind for token in f.tokens
    )


def _policy_default(f: Frame, name: str) -> object:
    """`keep client ips` says the value by itself; `sticky sessions` too."""
    words = " ".join(token.low for token in f.tokens)
    if name == "extpolicy" and re.search(r"(client|source) ip", words):
        for index in f.words():
            if f.low(index) == "local":
                f.use(index)
        return "Local"
    if name == "affinity" and "stick" in words and "off" not in words and "disable" not in words:
        return "ClientIP"
    return None


def special(f: Frame) -> Command | None:
    """Finalizers, strategy, node selector, pull secrets: fields whose patch has a shape."""
    names = {match.value for match in f.find_all("pfield")}
    command = Command(("patch",))
    if "finalizers" in names and f.has("cv", "remove"):
        f.take_all("pfield")
        f.take_all("all")
        if not _finish(f, command, (), ("delete",)):
            return None
        return command.flag("type", "merge").flag("patch", '{"metadata":{"finalizers":null}}')
    if "strategy" in names:
        value = one_of(f, ["Recreate"])
        f.take_all("pfield")
        if value is None or not _finish(f, command, ("deployments",), ("replace",)):
            return None
        return command.flag(
            "patch", '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'
        )
    if "nodeselector" in names:
        return _node_selector(f, command)
    if "pullsecrets" in names:
        return _pull_secret(f, command)
    return None


def _node_selector(f: Frame, command: Command) -> Command | None:
    pairs = [i for i in f.words() if ASSIGNMENT.fullmatch(f.tokens[i].text)]
    if len(pairs) != 1 or f.has("cv", "remove"):
        return None
    key, _, value = f.tokens[pairs[0]].text.partition("=")
    f.use(pairs[0])
    f.take_all("pfield")
    for index in f.words():  # "onto ssd nodes": the selector's value once more
        if f.low(index) == value.lower():
            f.use(index)
    for match in list(f.find_all("kind", "nodes")):
        f.use(match.start, match.end)
    if not _finish(f, command, _W):
        return None
    return command.flag("patch", _nested((*_TEMPLATE, "nodeSelector"), {key: value}))


def _pull_secret(f: Frame, command: Command) -> Command | None:
    for match in list(f.find_all("pfield", "pullsecrets")):
        for index in (match.end, match.start - 1):
            if f.is_open(index) and f.name_at(index):
                name = f.tokens[index].text
                f.use(min(index, match.start), max(index + 1, match.end))
                for kind in list(f.find_all("kind", "serviceaccounts")):
                    if f.low(kind.start - 1) == "default":
                        f.use(kind.start - 1, kind.end)
                        f.use(kind.start - 2) if f.low(kind.start - 2) == "the" else None
                        f.take_all("cv")
                        where(f)
                        f.take_all("o-patch")
                        tidy(f)
                        command.args = ["serviceaccount", "default"]
                        return command.flag("patch", _dump({"imagePullSecrets": [{"name": name}]}))
                if not _finish(f, command, ("serviceaccounts",)):
                    return None
                return command.flag("patch", _dump({"imagePullSecrets": [{"name": name}]}))
    return None


def given(f: Frame) -> Command | None:
    """`merge patch deployment api with {...}`, `patch node worker-1 with patch.yaml`."""
    command = Command(("patch",))
    words = " ".join(token.low for token in f.tokens)
    kind = "merge" if re.search(r"\bmerge[- ]patch", words) and "strategic" not in words else ""
    body = ""
    for index in list(f.words()):
        text = f.tokens[index].text
        if f.tokens[index].quoted and text[:1] in "{[" and text[:1]:
            try:
                body = _dump(json.loads(text))
            except ValueError:
                return None
            f.use(index)
            kind = "json" if text[0] == "[" else kind
    if not body:
        body = _operation(f)
        kind = "json" if body else kind
    if body:
        if "json" in words and not kind:
            kind = "merge" if body[0] == "{" else "json"
        if not _finish(f, command, ()):
            return None
        if kind:
            command.flag("type", kind)
        return command.flag("patch", body)
    files = [i for i in f.words() if f.tokens[i].low.endswith((".yaml", ".yml", ".json"))]
    if len(files) != 1:
        return None
    name = f.tokens[files[0]].text
    f.use(files[0])
    f.take_all("chn", "defined")
    if not _finish(f, command, ()):
        return None
    if kind:
        command.flag("type", kind)
    return command.flag("patch-file", name)


def _operation(f: Frame) -> str:
    """`remove /spec/...`, `replace /spec/replicas with 3`: one JSON patch operation."""
    paths = [i for i in f.words() if re.fullmatch(r"(/[\w.~*-]+)+", f.tokens[i].text)]
    if len(paths) != 1:
        return ""
    at = paths[0]
    verb = f.low(at - 1)
    path = f.tokens[at].text
    if verb in ("remove", "delete", "drop"):
        f.use(at - 1, at + 1)
        return _dump([{"op": "remove", "path": path}])
    if verb in ("replace", "set", "add", "test") and f.low(at + 1) in ("with", "to", "=", "as"):
        if not f.free(at + 2):
            return ""
        text = f.tokens[at + 2].text
        value: object = text
        if not f.tokens[at + 2].quoted and re.fullmatch(r"-?\d+|true|false|null", text):
            value = json.loads(text)
        f.use(at - 1, at + 3)
        op = "add" if verb == "add" else "replace"
        return _dump([{"op": op, "path": path, "value": value}])
    return ""


INTENTS = guarded(
    Intent("patch given", ("patch",), given, rank=70),
    Intent(
        "patch shape",
        ("pfield:finalizers", "pfield:strategy", "pfield:nodeselector", "pfield:pullsecrets"),
        special,
        rank=69,
    ),
    Intent("patch field", tuple(f"pfield:{name}" for name in FIELDS), field, rank=68),
)
