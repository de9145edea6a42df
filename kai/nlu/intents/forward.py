"""kubectl port-forward: ports of this machine to ports of a pod, a service or a workload."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.containers import running_timeout
from kai.nlu.intents.looking import (
    OWNERS,
    connect,
    kind_of_ref,
    podlike,
    prepare,
    take_object,
    take_place,
)
from kai.nlu.patterns import pattern
from kai.nlu.tokens import Token

_AVOID = ("x-portword", "x-forward")
_PAIR = pattern(
    r"(?:localhost:|127\.0\.0\.1:)?(\d{1,5}|0)?(?::|-+>|=+>|\u2192)(\d{1,5}|[a-z][a-z0-9-]{0,14})"
)
_LOCAL = pattern(r"(?:https?://)?(?:localhost|127\.0\.0\.1):(\d{1,5})/?")
_ON_HERE = pattern(
    r"^[\w./-]+ (?:on|at|to|via|as) (?:https?://)?(?:localhost|127\.0\.0\.1):\d+\W*$"
)
"""`grafana on localhost:3000`: no verb at all."""
_ADDRESS = pattern(r"\d{1,3}(?:\.\d{1,3}){3}|localhost")
_NAMED = ("http", "https", "metrics", "web", "grpc", "admin", "http-metrics")


_FOR = pattern(
    r"(?:an? |the |new |another )*(?:svc|service|lb|load ?balancer|node ?port)(?: svc| service)? for "
    r"|(?:please |pls )?expose\b(?!.*\b(?:local\w*|laptop|machine|here|my)\b)",
    re.IGNORECASE,
)
"""How a request for a new service begins."""


def forward(f: Frame) -> Command | None:
    """`port forward svc grafana 3000`, `tunnel localhost 9090 to service prometheus port 80`."""
    prepare(f)
    if not f.has("act", "forward") and (_FOR.match(f.scan.text) or not _reaching(f)):
        return None
    for index in list(f.words()):
        if f.tokens[index].text in ("->", "=>") or (
            f.low(index) in ("listen", "listening") and f.low(index + 1) == "on"
        ):
            f.use(index)
    _title(f)
    timeout = running_timeout(f)
    addresses = _addresses(f)
    random = bool(f.take_all("x-portword", "random"))
    joined = _name_and_port(f)
    ports = _ports(f, random, joined)
    if not ports:
        return None
    if joined is not None:
        f.used[joined[0]] = False
    f.take_all("x-portword", "local", "same")
    take_place(f, avoid=_AVOID)
    said = f.has("kind") or any("/" in f.tokens[index].text for index in f.words())
    thing = take_object(f, kinds=("pods", *OWNERS), avoid=_AVOID)
    if thing is None or thing.several:
        return None
    if thing.kind == "pods" and not said and f.names is None and not _like_pod(thing.name):
        thing.kind = "services"
        f.assumptions[-1:] = [f"{thing.name} is taken to be a service"]
    command = Command(("port-forward",), [thing.ref, *ports])
    if addresses:
        command.flag("address", ",".join(addresses))
    if timeout:
        command.flag("pod-running-timeout", timeout)
    for index in list(f.words()):
        if f.is_open(index) and f.low(index + 1) in _PAGES:
            f.use(index)  # "jaeger ui: svc/jaeger-query"
    f.take_all("act", "forward")
    f.take_all("x-portword")
    f.take_all("x-forward")
    f.take_all("ask")
    f.take_all("noun", "container")
    connect(f)
    return command


_PAGES = ("ui", "dashboard", "console", "page", "gui", "frontend", "web")


def _like_pod(name: str) -> bool:
    return podlike(name) or "pod" in name.split("-")


def _name_and_port(f: Frame) -> tuple[int, str] | None:
    """`postgres-0:5432`: split into the name, at the index returned, and its port."""
    for index in f.words():
        match = re.fullmatch(r"([a-z][a-z0-9-]*):(\d{2,5})", f.tokens[index].text)
        if match and match[1] != "localhost" and not f.tokens[index].quoted:
            token = f.tokens[index]
            at = token.start + len(match[1])
            f.tokens = [
                *f.tokens[:index],
                Token(match[1], match[1], token.start, at),
                *f.tokens[index + 1 :],
            ]
            f.use(index)
            return index, match[2]
    return None


_ONTO = pattern(
    r"\b\d{2,5} ?(?:on|at|as|to|->|=>|onto) ?(?:my |local(?:host)? |port |local port )*\d{2,5}\b",
    re.IGNORECASE,
)
"""`9200 on 9200`: a port there on a port here."""
_HARMLESS = frozenset(
    [
        *("forward", "port-forward", "portforward", "open", "use", "want", "need", "give", "get"),
        *("bind", "do", "bring", "make", "expose", "up", "connect", "start", "run", "map", "fwd"),
        *("back", "jump", "tunnel", "proxy", "go", "go", "down", "mount", "put", "hold", "keep"),
    ]
)
_MADE_OF = frozenset(["image", "create", "new", "targetport", "nodeport", "type", "selector"])


_ENDS_IN_PORT = pattern(r"\d{2,5}/?$")


def _reaching(f: Frame) -> bool:
    """`i want grafana's ui on localhost:8080`, `svc/web 8080->80`: ports of something, no verb."""
    if f.has("x-portword", "random") and any(token.text == "->" for token in f.tokens):
        return True
    if not any(_ENDS_IN_PORT.search(t.text) for t in f.tokens):
        return False
    here = f.has("x-portword", "local", "same") or any(_LOCAL.fullmatch(t.text) for t in f.tokens)
    asked = f.has("x-forward") or f.has("ask") or _ON_HERE.search(f.scan.text) is not None
    verbs = f.scan.lexicon.lists.get("list-changeverbs", frozenset()) - _HARMLESS
    words = {f.low(index) for index in range(len(f.tokens)) if "kind" not in f.cover[index]}
    if words & (verbs | _MADE_OF):
        return here and asked
    paired = any(_PAIR.fullmatch(t.text) and t.text[0].isdigit() for t in f.tokens)
    told = re.search(r"\b(?:service|svc|pod) port\b", f.scan.text, re.IGNORECASE) is not None
    told = (
        told
        or f.has("kind", "pods", *OWNERS)
        or any(kind_of_ref(f, index) or podlike(f.tokens[index].low) for index in f.words())
    )
    if paired and f.has("x-forward"):
        return True
    return (here and asked) or (told and (here or paired or _ONTO.search(f.scan.text) is not None))


def _title(f: Frame) -> None:
    """`rabbitmq mgmt ui: svc rabbitmq ...`: what it is for, consumed."""
    for index in range(1, min(5, len(f.tokens))):
        if f.tokens[index].comma and f.low(index) in _PAGES:
            if not any(f.cover[at] & {"kind", "act", "neg", "prep"} for at in range(index + 1)):
                f.use(0, index + 1)
            return


def _addresses(f: Frame) -> list[str]:
    if f.take_all("x-portword", "all"):
        for index in f.words():
            if f.tokens[index].text == "0.0.0.0":  # noqa: S104  kubectl's own flag value
                f.use(index)
        return ["0.0.0.0"]  # noqa: S104
    found: list[str] = []
    for index in f.words():
        text = f.tokens[index].text
        if text.startswith("--address="):
            f.use(index)
            return text[10:].split(",")
        if _ADDRESS.fullmatch(text) and text not in ("localhost", "127.0.0.1"):
            f.use(index)
            found.append(text)
            if f.low(index + 1) in ("and", ",") and f.low(index + 2) in ("localhost", "127.0.0.1"):
                found.append(f.low(index + 2))
                f.use(index + 1, index + 3)
            elif f.tokens[index].comma and f.low(index + 1) == "localhost":
                found.append("localhost")
                f.use(index + 1)
            if f.low(index - 2) == "localhost" and f.low(index - 1) in ("and", ","):
                f.use(index - 2, index)
                found.insert(0, "localhost")
    return found


def _ports(f: Frame, random: bool, joined: tuple[int, str] | None) -> list[str]:
    """Port arguments, consumed: `8080:80`, `3000`, `:5000`."""
    pairs: list[str] = []
    plain: list[tuple[int, str, str]] = []
    for index in list(f.words()):
        token = f.tokens[index]
        here = _LOCAL.fullmatch(token.text)
        pair = None if here else _PAIR.fullmatch(token.text)
        if here:
            f.use(index)
            plain.append((index, here[1], "local"))
        elif pair:
            f.use(index)
            pairs.append(f"{pair[1] or ''}:{pair[2]}")
        elif token.text.isdigit() and 0 < int(token.text) <= 65535 and len(token.text) <= 5:
            if f.at("kind", index + 1, "pods") or f.at("unit", index + 1):
                continue
            role = _role(f, index)
            f.use(index)
            plain.append((index, token.text, role))
        elif _named_port(f, index):
            _role(f, index)
            f.use(index)
            plain.append((index, token.text, "remote"))
    if joined is not None:
        plain = sorted([*plain, (joined[0], joined[1], "remote")])
    if pairs:
        return pairs if not plain else []
    return _join(f, plain, random)


def _named_port(f: Frame, index: int) -> bool:
    if f.tokens[index].low not in _NAMED and f.low(index - 1) not in ("named", "called"):
        return False
    before = " ".join(f.low(at) for at in range(max(0, index - 3), index))
    return re.search(r"\bports?( named| called)?$|\bport$|to$", before) is not None and (
        f.free(index)
    )


_ONTO_HERE = ("on", "at", "to", "as", "via", "my", "onto")


def _role(f: Frame, index: int) -> str:
    """Whether the number is said to be on this side or the other: "local", "remote" or ""."""
    at = index
    match = f.ending("x-portword", at, "remote")
    if match is not None and match.end - match.start > 1:
        f.use(match.start, match.end)
        return "remote"  # "service port 80"
    if (match := f.ending("x-portword", at, "port")) is not None:
        f.use(match.start, match.end)
        at = match.start
        while f.low(at - 1) in ("the", "a") and at:
            at -= 1
    if (match := f.ending("x-portword", at, "local", "remote")) is not None:
        f.use(match.start, match.end)
        return match.value
    match = f.at("x-portword", index + 1, "local")
    turned = match is not None and f.low(match.end) in ("as", "at", "via")
    if match is not None and turned and f.low(match.end + 1).isdigit():
        f.use(match.start, match.end)
        return "remote"  # "6379 on my laptop as 16379"
    if match is not None and f.low(match.end).isdigit() and f.low(index + 1) in _ONTO_HERE:
        f.use(match.start, match.end)
        return "remote"  # "443 on my 8443"
    if match is not None and f.low(index + 1) not in ("from", "my", "to"):
        f.use(match.start, match.end)
        return "local"
    match = f.at("x-portword", index + 1, "remote")
    return "remote" if match is not None else ""


def _join(f: Frame, plain: list[tuple[int, str, str]], random: bool) -> list[str]:
    if random and len(plain) == 1:
        return [f":{plain[0][1]}"]
    if len(plain) == 4 and [p for _, p, _ in plain[:2]] == [p for _, p, _ in plain[2:]]:
        return [port for _, port, _ in plain[:2]]
    if len(plain) != 2:
        joined = all(
            f.low(index + 1) in ("and", "")
            or f.tokens[index].comma
            or index == plain[-1][0]
            or f.low(index + 1).isdigit()
            for index, _, _ in plain
        )
        return [port for _, port, _ in plain] if plain and joined else []
    return _pair(f, plain)


def _pair(f: Frame, plain: list[tuple[int, str, str]]) -> list[str]:
    """Two numbers: which is here and which is there, or both on either side."""
    (first, a, role_a), (second, b, role_b) = plain
    between = [f.low(at) for at in range(first + 1, second)]
    if between in (["and"], [], ["&"]) and ((not role_a and not role_b) or between == ["and"]):
        if between or not f.tokens[first].comma:
            return [a, b] if between else ([f"{a}:{b}"] if not f.tokens[first].comma else [a, b])
        return [a, b]
    if not role_a and not role_b and between[-1:] in (["at"], ["as"], ["on"]):
        if between[-1] != "on" or _named_before(f, first):
            role_a = "remote"
        elif a != b:
            return []
    if role_a == "remote" or role_b == "local":
        return [f"{b}:{a}"] if role_a != "local" and role_b != "remote" else []
    return [f"{a}:{b}"]


def _named_before(f: Frame, index: int) -> bool:
    """Whether the object stands before the ports: "sts elastic, 9200 on 9201"."""
    return any(
        f.at("kind", at, "pods", *OWNERS) or kind_of_ref(f, at) or podlike(f.tokens[at].low)
        for at in range(index)
    )


INTENTS = (Intent("port-forward", (), forward, rank=63, enters=True),)
