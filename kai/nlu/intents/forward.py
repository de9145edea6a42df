"""kubectl port-forward: ports of this machine to ports of a pod, a service or a workload."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.looking import (
    OWNERS,
    connect,
    podlike,
    prepare,
    take_object,
    take_place,
)
from kai.nlu.patterns import pattern
from kai.nlu.tokens import Token

_AVOID = ("x-portword", "x-forward")
_PAIR = pattern(r"(?:localhost:|127\.0\.0\.1:)?(\d{1,5}|0)?:(\d{1,5}|[a-z][a-z0-9-]{0,14})")
_LOCAL = pattern(r"(?:https?://)?(?:localhost|127\.0\.0\.1):(\d{1,5})/?")
_ON_HERE = pattern(
    r"^[\w./-]+ (?:on|at|to|via|as) (?:https?://)?(?:localhost|127\.0\.0\.1):\d+\W*$"
)
"""`grafana on localhost:3000`: no verb at all."""
_ADDRESS = pattern(r"\d{1,3}(?:\.\d{1,3}){3}|localhost")
_NAMED = ("http", "https", "metrics", "web", "grpc", "admin", "http-metrics")


def forward(f: Frame) -> Command | None:
    """`port forward svc grafana 3000`, `tunnel localhost 9090 to service prometheus port 80`."""
    prepare(f)
    if not f.has("act", "forward") and not _reaching(f):
        return None
    for index in list(f.words()):
        if f.tokens[index].text in ("->", "=>"):
            f.use(index)
    addresses = _addresses(f)
    random = bool(f.take_all("x-portword", "random"))
    joined = _name_and_port(f)
    ports = _ports(f, random)
    if not ports:
        return None
    if joined is not None:
        f.used[joined] = False
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


def _name_and_port(f: Frame) -> int | None:
    """`postgres-0:5432`: split into the name, at the index returned, and the port behind it."""
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
            return index
    return None


def _reaching(f: Frame) -> bool:
    """`i want grafana's ui on localhost:8080`: no verb of forwarding, but a place here."""
    if f.has("x-portword", "random") and any(token.text == "->" for token in f.tokens):
        return True
    here = f.has("x-portword", "local") or any(_LOCAL.fullmatch(t.text) for t in f.tokens)
    asked = f.has("x-forward") or f.has("ask") or _ON_HERE.search(f.scan.text) is not None
    return here and asked and any(re.search(r"\d{2,5}$", t.text) for t in f.tokens)


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
            if f.low(index - 2) == "localhost" and f.low(index - 1) in ("and", ","):
                f.use(index - 2, index)
                found.insert(0, "localhost")
    return found


def _ports(f: Frame, random: bool) -> list[str]:
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


def _role(f: Frame, index: int) -> str:
    """Whether the number is said to be on this side or the other: "local", "remote" or ""."""
    at = index
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
    if match is not None and f.low(index + 1) not in ("from", "my", "to"):
        f.use(match.start, match.end)
        return "local"
    match = f.at("x-portword", index + 1, "remote")
    return "remote" if match is not None else ""


def _join(f: Frame, plain: list[tuple[int, str, str]], random: bool) -> list[str]:
    if random and len(plain) == 1:
        return [f":{plain[0][1]}"]
    if len(plain) == 1:
        return [plain[0][1]]
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
    (first, a, role_a), (second, b, role_b) = plain
    between = [f.low(at) for at in range(first + 1, second)]
    if between in (["and"], [], ["&"]) and ((not role_a and not role_b) or between == ["and"]):
        if between or not f.tokens[first].comma:
            return [a, b] if between else ([f"{a}:{b}"] if not f.tokens[first].comma else [a, b])
        return [a, b]
    if role_a == "remote" or role_b == "local":
        return [f"{b}:{a}"] if role_a != "local" and role_b != "remote" else []
    return [f"{a}:{b}"]


INTENTS = (Intent("port-forward", (), forward, rank=63, enters=True),)
