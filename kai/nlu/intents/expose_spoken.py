"""A service for a workload, said in whatever order: `checkout needs a svc: 80 to 8080`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish
from kai.nlu.intents.network import service_type
from kai.nlu.intents.spans import take, within
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import listed, prepare, take_place

_SVC = r"(?:services?|svcs?|lb|load ?balancer|node ?port|cluster-?ip)"
_KIND = r"(?P<kind>deployments?|deploys?|pods?|po|replicasets?|rs|replicationcontrollers?|rc|statefulsets?|sts)"
_NAME = r"[\"']?(?P<name>[a-z0-9](?:[\w.-]*[a-z0-9])?)[\"']?"
_GATE = lazily(
    rf"\b(?:{_SVC}|headless|expos\w+|expsoe|reach(?:able)?|available|accessible|publish\w*|publicly)\b.*\d|^\D*\d.*\b{_SVC}\b",
    re.IGNORECASE | re.DOTALL,
)
_OWN_NAMES = tuple(
    lazily(text, re.IGNORECASE)
    for text in (
        rf"\b(?:called|named|name(?: it| is)?|call it|as (?:a |an |the )?(?:svc|service)(?: called| named)?|"
        rf"under the name(?: of)?|by the name(?: of)?|service ?name)[:= ]+{_NAME}(?![\w./=])",
        rf"\b{_SVC} {_NAME} (?=(?:pointing|out of|for|to|at|from|based|targeting|backed|in front|selecting|which|that|of|on)\b)",
    )
)
_SOURCE = lazily(
    rf"\b(?:out of|from|of|based on|off|copy of|like) (?:the )?(?:existing )?(?:svc|service) {_NAME}",
    re.IGNORECASE,
)
_WORKLOADS = tuple(
    lazily(text, re.IGNORECASE)
    for text in (
        rf"\b{_KIND}(?: (?:called|named))? {_NAME}(?![\w./=])",
        rf"(?<![\w.-]){_NAME} \(?{_KIND}\b\)?",
    )
)
_BARE = tuple(
    lazily(text, re.IGNORECASE)
    for text in (
        rf"\b(?:expos(?:e|ing)|for|in front of|before|publish|reach|front|of) (?:the |our |my )?{_NAME}(?![\w./=])",
        rf"^(?:make|put|give|let|get) (?:the |our |my )?{_NAME}(?![\w./=])",
        rf"^(?:please |pls )?(?:the |our |my )?{_NAME}(?= (?:needs|wants|should have|gets|requires|has to have|should get|must have|"
        rf"should be|has to be|must be|needs to be|service|svc|behind)\b)",
    )
)
_TARGET = (
    r"(?:->|=>|\u2192|:|to|onto|via|through|targeting|forward(?:s|ed|ing)? to|mapp?(?:ed|s|ing)? to|rout(?:es|ed|ing) to|"
    r"going to|goes to|,? ?(?:with )?(?:the )?target(?:s|ing)?(?: ?port)?(?: is)?|,? ?\(?(?:the )?(?:containers?|apps?|pods?|it|"
    r"process)(?: itself)? (?:listens?|listening|is|runs|serves)(?: on| at)?)"
)
_PORTS = lazily(
    rf"(?:\b(?:on |at )?(?:the )?(?:service )?ports? |\b(?:on|at) |:)?\b(?P<port>\d{{1,5}}) ?{_TARGET} ?(?:the )?"
    r"(?:(?:containers?|pods?|apps?|targets?|target-?|container-?)(?:'s|s')? ?)?(?:port )?(?P<target>\d{1,5})\b\)?",
    re.IGNORECASE,
)
_PORT = lazily(
    r"(?:\b(?:on |at )?(?:the )?(?:service )?ports? |\b(?:on|at) )?\b(?P<port>\d{1,5})\b",
    re.IGNORECASE,
)
_LABELS = lazily(
    r"\b(?:with )?(?:the )?labels? (?P<what>[\w./-]+=[\w.-]+(?:,[\w./-]+=[\w.-]+)*)", re.IGNORECASE
)
_SELECTOR = lazily(
    r"\b(?:with |and )?(?:the |its )?(?:selector|selecting|selects)(?: is|:)? (?P<what>[\w./-]+=[\w.-]+(?:,[\w./-]+=[\w.-]+)*)",
    re.IGNORECASE,
)
_PLURALS = {"deploy": "deployment", "deploys": "deployment", "po": "pod", "rs": "replicaset"} | {
    "rc": "replicationcontroller",
    "sts": "statefulset",
}


def compose(f: Frame) -> Command | None:
    """`kubectl expose` from its parts; None where workload or port do not stand out."""
    if not _GATE.search(f.scan.text) or asking(f):
        return None
    first = next((at for at in range(len(f.tokens)) if f.at("filler", at) is None), 0)
    if f.low(first) in listed("exposeothers"):
        return None
    prepare(f)
    if f.has("kind", "ingresses", "jobs", "cronjobs", "networkpolicies", "nodes"):
        return None
    take_place(f, worded=True)
    kind = service_type(f)
    if kind in ("?", "externalname"):
        return None
    labels, selector = take(f, _LABELS), take(f, _SELECTOR)
    name = _named(f, *_OWN_NAMES)
    target = _target(f)
    if f.namespace is None:
        take_place(f)
    target = target or _bare(f)
    ports = take(f, _PORTS)
    single = None if ports else take(f, _PORT)
    if not target or (ports is None and single is None):
        return None
    _glue(f)
    command = Command(("expose",), [target])
    command.flag("port", ports["port"] if ports else single["port"] if single else "")
    if ports is not None:
        command.flag("target-port", ports["target"])
    if name:
        command.flag("name", name)
    if kind in ("nodeport", "loadbalancer"):
        command.flag("type", {"nodeport": "NodePort"}.get(kind, "LoadBalancer"))
    if kind == "headless":
        command.flag("cluster-ip", "None")
    for flag, said in (("labels", labels), ("selector", selector)):
        if said is not None:
            command.flag(flag, said["what"])
    return finish(f, command)


def _named(f: Frame, *wanted: re.Pattern[str]) -> str:
    """The name that one of the patterns finds where a name can stand, consumed; "" for none."""
    for pattern in wanted:
        for match in pattern.finditer(f.scan.text):
            name = match["name"].lower()
            inside = within(f, match.start(), match.end())
            if (
                name in listed("exposeglue")
                or name.isdigit()
                or not inside
                or not all(map(f.free, inside))
            ):
                continue
            if re.fullmatch(rf"{_SVC}|headless|{_KIND}", name) or name in ("yaml", "json", "dry"):
                continue
            at = within(f, match.start("name"), match.end("name"))
            if at and f.cover[at[0]] & {"prep", "called", "svctype"}:
                continue
            for index in inside:
                f.use(index)
            return name
    return ""


def _target(f: Frame) -> str:
    source = _named(f, _SOURCE)
    if source:
        return f"service/{source}"
    for pattern in _WORKLOADS:
        for match in pattern.finditer(f.scan.text):
            kind = match["kind"].lower()
            single = _PLURALS.get(kind, kind if kind.endswith("ss") else kind.rstrip("s"))
            name = (
                _named(
                    f,
                    re.compile(
                        rf"(?<![\w.-]){re.escape(match.group())}".replace(
                            re.escape(match["name"]), rf"(?P<name>{re.escape(match['name'])})", 1
                        ),
                        re.IGNORECASE,
                    ),
                )
                if match["name"].lower() != kind
                else ""
            )
            if name:
                return f"{single}/{name}"
    return ""


def _bare(f: Frame) -> str:
    name = _named(f, *_BARE)
    if not name:
        return ""
    f.assumptions.append(f"{name} is taken to be a deployment")
    return f"deployment/{name}"


def _glue(f: Frame) -> None:
    for index in f.words():
        if f.low(index) in listed("exposeglue") and not f.tokens[index].quoted:
            f.use(index)


INTENTS = (Intent("expose spoken", (), compose, rank=44),)
