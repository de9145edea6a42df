"""Making reachable: services of each type, ingresses with rules, `expose`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import Target, take_refs, take_target
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.intents.rollout import object_args
from kai.nlu.naming import may_name, new_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import (
    making,
    prepare,
    skip_links,
    take_place,
    value_after,
)

_EXPOSED = (
    "deployments",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "services",
    "statefulsets",
)
_MANIFEST = r"[\w./-]+\.(ya?ml|json)"
_PORT = r"\d{1,5}"
_HOST_PATH = lazily(r"(?:https?://)?((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+)?(/[\w./*-]*)?")
_SERVICE_PORT = lazily(r"([a-z0-9][a-z0-9-]*):([a-z0-9-]+)")


_WORKLOAD = lazily(
    r"\b(?:service|svc|lb|load ?balancer|node ?port)(?: (?:for|before)|,? in front of)(?: the| our)? (?!port|tcp|udp)[a-z]"
    r"[\w-]*(?![\w.-]*\.)(?: |,|$).*\d",
    re.IGNORECASE,
)
"""A service for something that runs: `nodeport service for api port 8080`."""


def service_type(f: Frame) -> str:
    """The type of the service said, consumed: "" for none, "?" for more than one."""
    found = list(dict.fromkeys(match.value for match in f.find_all("svctype")))
    headless = "headless" in found
    plain = [value for value in found if value != "headless"]
    if len(plain) > 1:
        return "?"
    f.take_all("svctype")
    if "headless" in found and plain in ([], ["clusterip"]):
        return "headless"
    return plain[0] if plain else ("headless" if headless else "")


def _ports(f: Frame) -> list[tuple[str, str]]:
    """(port, target port) pairs: `80:8080`, `80 to 8080`, `port 80 target 8080`, `80`."""
    found: list[tuple[str, str]] = []
    for index in list(f.words()):
        text = f.tokens[index].text
        if re.fullmatch(r"(\d{1,5}):(\d{1,5})", text) or re.fullmatch(
            r"(\d{1,5})(?:->|=>)(\d{1,5})", text
        ):
            left, right = re.split(r":|->|=>", text)
            _use_port(f, index, index + 1)
            found.append((left, right))
    if found:
        return found
    for index in f.words():
        if not re.fullmatch(_PORT, f.tokens[index].text):
            continue
        joint = f.at("slot", index + 1, "targetport")
        at = skip_links(f, joint.end) if joint else index + 1
        while joint and f.low(at) == "port" and f.free(at):
            at += 1
        if joint and f.free(at) and re.fullmatch(r"\d{1,5}|[a-z][a-z0-9-]*", f.tokens[at].text):
            _use_port(f, index, at + 1)
            return [(f.tokens[index].text, f.tokens[at].text)]
    target = value_after(f, "targetport", pattern=r"\d{1,5}|https?|metrics|grpc")
    port = value_after(f, "port", pattern=_PORT) or value_after(f, "portish", pattern=_PORT)
    if port is None:
        for index in f.words():
            if re.fullmatch(_PORT, f.tokens[index].text):
                f.use(index)
                port = f.tokens[index].text
                break
    if port is None:
        return [] if target is None else [(target, "")]
    return [(port, target or "")]


def _use_port(f: Frame, start: int, end: int) -> None:
    f.use(start, end)
    before = f.ending("slot", start, "port")
    if before is not None:
        f.use(before.start, before.end)


def service(f: Frame) -> Command | None:  # noqa: PLR0911  # one way out for each use
    """`clusterip service web port 80 to 8080`, `externalname service db for db.example.com`."""
    prepare(f)
    if asking(f) or f.has("act", "expose") or _WORKLOAD.search(f.scan.text):
        return None
    kind_of_service = service_type(f)
    kind = subject(f, "services")
    if kind is None or kind_of_service == "?":
        return None
    others = {match.value for match in f.find_all("kind")} - {"services", "namespaces"}
    making(f)
    name = new_name(f, kind)
    if name is None or others & set(_EXPOSED):
        return None
    if kind_of_service == "externalname":
        host = value_after(f, "externalname", pattern=r"[a-z0-9-]+(\.[a-z0-9-]+)+\.?")
        take_place(f)
        command = Command(("create", "service", "externalname"), [name])
        return finish(f, command.flag("external-name", host)) if host else None
    node_port = value_after(f, "nodeport", pattern=_PORT)
    pairs = _ports(f)
    take_place(f)
    if not kind_of_service and not pairs:
        return None
    path = {"headless": "clusterip", "": "clusterip"}.get(kind_of_service, kind_of_service)
    if not kind_of_service:
        return None  # no type and no object: is it meant to expose something?
    if not pairs and kind_of_service != "headless":
        return None
    command = Command(("create", "service", path), [name])
    if kind_of_service == "headless":
        command.flag("clusterip", "None")
    for port, target in pairs:
        command.flag("tcp", f"{port}:{target}" if target else port)
    if node_port:
        if path != "nodeport":
            return None
        command.flag("node-port", node_port)
    return finish(f, command)


# ------------------------------------------------------------------ expose
def expose(f: Frame) -> Command | None:
    """`expose web on 80 to 8080`, `put a nodeport svc in front of grafana port 3000`."""
    prepare(f)
    if asking(f) or not (f.has("act", "expose") or f.has("topic", "expose")):
        return None
    if f.has("kind", "ingresses", "jobs", "cronjobs") or f.has("act", "run"):
        return None
    spoken = f.has("act", "expose")
    f.take_all("putword")
    kind_of_service = service_type(f)
    made = making(f)
    command = Command(("expose",))
    file = value_after(f, "file", pattern=_MANIFEST) or _manifest(f)
    target = Target() if file else _exposed(f)
    name = _service_name(f, target)
    protocol = value_after(f, "protocol", pattern=r"(?i)udp|tcp|sctp") or _protocol(f)
    f.take_all("traffic")
    cluster_ip = value_after(f, "clusterip", pattern=r"(?i)none|\d+\.\d+\.\d+\.\d+")
    external = value_after(f, "externalip", pattern=r"\d+\.\d+\.\d+\.\d+")
    f.take_all("topic", "expose")
    f.take_all("act", "expose")
    f.take_all("kind", "services")
    pairs = _ports(f)
    take_place(f)
    if not target.names and not file:
        target = take_target(f, default="deployments", kinds=_EXPOSED)
    if (not file and len(target.names) != 1) or len(pairs) > 1:
        return None
    if kind_of_service in ("?", "externalname") or not (spoken or made or pairs):
        return None
    if not pairs and not (kind_of_service or name or target.kind == "pods" or spoken):
        return None
    if file:
        command.flag("filename", file)
    else:
        command.args = object_args(target)
    _expose_flags(command, pairs, name, protocol, kind_of_service)
    if cluster_ip or kind_of_service == "headless":
        command.flag("cluster-ip", cluster_ip or "None")
    if external:
        command.flag("external-ip", external)
    return finish(f, command)


def _manifest(f: Frame) -> str | None:
    """`a service for web.yaml`: a file that stands where the object would."""
    for index in f.words():
        if re.fullmatch(_MANIFEST, f.tokens[index].text):
            f.use(index)
            return f.tokens[index].text
    return None


def _expose_flags(
    command: Command,
    pairs: list[tuple[str, str]],
    name: str | None,
    protocol: str | None,
    kind: str,
) -> None:
    for port, target in pairs:
        command.flag("port", port)
        if target:
            command.flag("target-port", target)
    if name:
        command.flag("name", name)
    names = {"nodeport": "NodePort", "loadbalancer": "LoadBalancer", "clusterip": "ClusterIP"}
    if kind in names and kind != "clusterip":
        command.flag("type", names[kind])
    if protocol and protocol.upper() != "TCP":
        command.flag("protocol", protocol.upper())


def _protocol(f: Frame) -> str | None:
    for index in f.words():
        if f.low(index) in ("udp", "tcp", "sctp"):
            f.use(index)
            if f.low(index + 1) in ("traffic", "protocol") and f.free(index + 1):
                f.use(index + 1)
            return f.low(index)
    return None


def _exposed(f: Frame) -> Target:
    """The workload: with its kind, or the open word behind "expose" or "in front of"."""
    target = Target()
    refs = list(take_refs(f))
    if refs:
        target.pairs, target.names = refs, [name for _, name in refs]
        target.kinds = list(dict.fromkeys(kind for kind, _ in refs))
        return target
    for match in list(f.find_all("kind", *_EXPOSED)):
        if match.value == "services" and f.low(match.start - 1) not in ("expose", "the"):
            continue
        called = f.at("called", match.end)
        at = called.end if called else match.end
        if match.value == "services" and called:
            continue
        if not may_name(f, at, introduced=called is not None):
            at = match.start - 1
            if not (f.is_open(at) and may_name(f, at)):
                continue
        f.use(min(at, match.start), max(at + 1, match.end))
        if called:
            f.use(called.start, called.end)
        target.kinds, target.names = [match.value], [f.tokens[at].text.lower()]
        target.pairs = [(match.value, target.names[0])]
        return target
    for match in [*f.find_all("act", "expose"), *f.find_all("topic", "expose")]:
        at = match.end
        while f.low(at) in ("the", "my", "our") and f.free(at):
            at += 1
        last = f.low(match.end - 1)
        if last in ("expose", "exposing", "of", "for", "exposes", "publish") and may_name(f, at):
            f.use(match.start, at + 1)
            name = f.tokens[at].text.lower()
            f.assumptions.append(f"{name} is taken to be a deployment")
            target.kinds, target.names, target.assumed = ["deployments"], [name], True
            target.pairs = [("deployments", name)]
            return target
    return target


def _service_name(f: Frame, target: Target) -> str | None:
    for match in [*f.find_all("slot", "servicename"), *f.find_all("nameit")]:
        at = match.end
        while f.low(at) in ("the", "called", "named", "name") and f.free(at):
            at += 1
        service_word = f.at("kind", at, "services")
        if service_word is not None:
            at = service_word.end
            called = f.at("called", at)
            at = called.end if called else at
        introduced = at > match.end or f.low(match.end - 1) != "as"
        if may_name(f, at, introduced=introduced) and not f.at("svctype", at):
            if re.fullmatch(_PORT, f.tokens[at].text):
                continue
            f.use(match.start, at + 1)
            return f.tokens[at].text.lower()
    for match in list(f.find_all("kind", "services")):
        if target.names and may_name(f, match.end):
            f.use(match.start, match.end + 1)
            return f.tokens[match.end].text.lower()
    return None


INTENTS = (
    Intent("create service", ("kind:services",), service, rank=62),
    Intent("expose", ("expose", "topic:expose"), expose, rank=48),
)
