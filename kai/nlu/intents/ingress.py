"""Making ingresses: rules of host, path and service; class, TLS, default backend."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.naming import new_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import (
    making,
    prepare,
    skip_links,
    take_place,
    value_after,
    values_after,
)

_PORT = r"\d{1,5}"
_HOST = r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_HOST_PATH = lazily(r"(?:https?://)?((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+)?(/[\w./*-]*)?")
_SERVICE_PORT = lazily(r"([a-z0-9][a-z0-9-]*):([a-z0-9-]+)")


def ingress(f: Frame) -> Command | None:
    """`create ingress web for host shop.example.com to svc web port 80`."""
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "ingresses")
    if kind is None:
        return None
    making(f)
    name = new_name(f, kind)
    if name is None:
        return None
    command = Command(("create", "ingress"), [name])
    class_ = _class(f)
    whole = _whole_host(f)
    default = None if whole else _backend_after(f, "defaultbackend")
    annotations = values_after(f, "annotation", pattern=r"[\w./-]+=\S+")
    default_tls = f.take("defaulttls") is not None
    secret = value_after(f, "tlssecret", pattern=r"[a-z0-9][a-z0-9.-]*")
    if secret in f.everyday:
        return None
    mixed = f.has("prefixpath") and f.has("exactpath")
    rules = [whole] if whole else _rules(f)
    if mixed and len(rules) > 1 and (secret or default_tls):
        return None
    prefix = f.take("prefixpath") is not None
    exact = f.take("exactpath") is not None and not prefix
    take_place(f)
    if not rules and (default is None or secret):
        return None
    if class_:
        command.flag("class", class_)
    if default:
        command.flag("default-backend", default)
    for host, path, backend, starred in rules:
        star = "*" if (starred or prefix or (path == "" and not exact)) else ""
        if path.endswith("*"):
            star = ""
        tls = f",tls={secret}" if secret else (",tls" if default_tls else "")
        command.flag("rule", f"{host}{path or '/'}{star}={backend}{tls}")
    for item in annotations:
        command.flag("annotation", item)
    f.take_all("ingressword")
    return finish(f, command)


def _whole_host(f: Frame) -> tuple[str, str, str, bool] | None:
    """`docs.acme.dev, everything to docs:3000`: all of one host to one service."""
    hosts = [at for at in f.words() if re.fullmatch(_HOST, f.tokens[at].text)]
    for match in list(f.find_all("slot", "defaultbackend")) if len(hosts) == 1 else ():
        words = {f.low(at) for at in range(match.start, match.end)}
        found = _backend_at(f, skip_links(f, match.end))
        if found is None or not words & {"everything", "all", "any"}:
            continue
        before = f.ending("slot", hosts[0], "host")
        f.use(before.start if before else hosts[0], hosts[0] + 1)
        f.use(match.start, found[1])
        return f.tokens[hosts[0]].text, "/", found[0], True
    return None


def _class(f: Frame) -> str | None:
    for index in f.words():
        low = f.tokens[index].low
        if low.endswith("-class") and len(low) > 6:
            f.use(index)
            return low.removesuffix("-class")
    return value_after(f, "class", pattern=r"[a-z0-9][a-z0-9.-]*")


def _backend_after(f: Frame, slot: str) -> str | None:
    for match in list(f.find_all("slot", slot)):
        found = _backend_at(f, skip_links(f, match.end))
        if found is not None:
            f.use(match.start, found[1])
            return found[0]
    return None


def _backend_at(f: Frame, index: int) -> tuple[str, int] | None:
    """(service:port, end) at `index`: `web:80`, `svc web port 80`, `web on 80`."""
    at = index
    service_word = f.at("kind", at, "services")
    at = service_word.end if service_word else at
    if not f.free(at):
        return None
    text = f.tokens[at].text
    if _SERVICE_PORT.fullmatch(text):
        return text, at + 1
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        return None
    after = at + 1
    if f.at("kind", after, "services"):
        after += 1
    while f.free(after) and f.low(after) in ("on", "at", "port", "its", "the", "with"):
        after += 1
    if after > at + 1 and f.free(after) and re.fullmatch(_PORT, f.tokens[after].text):
        return f"{text}:{f.tokens[after].text}", after + 1
    return None


def _path(f: Frame, at: int, path: str) -> tuple[str, int, bool]:
    """(path, index behind it, whole prefix): `path /v1 prefix`, `prefix /v1`, `under /v1`."""
    word = f.at("prefixpath", at) or f.at("exactpath", at)
    starred = word is not None and word.category == "prefixpath"
    at = word.end if word is not None else at
    worded = not path and f.low(at) in ("path", "paths")
    while not path and f.low(at) in ("path", "paths", "and", "with", "for", "under", "at"):
        if f.tokens[at].text.startswith("/") or not f.free(at) or not f.free(at + 1):
            break
        at += 1
    if not path and f.free(at) and f.tokens[at].text.startswith("/"):
        path = f.tokens[at].text
        word = f.at("prefixpath", at + 1) or f.at("exactpath", at + 1)
        starred = starred or (word is not None and word.category == "prefixpath")
        at = word.end if word is not None else at + 1
    return path, at, starred or (path == "/" and worded)


def _rules(f: Frame) -> list[tuple[str, str, str, bool]]:
    """(host, path, service:port, whole prefix) of each rule, consumed."""
    rules: list[tuple[str, str, str, bool]] = []
    host = ""
    for index in list(f.words()):
        if not f.free(index):
            continue
        text = f.tokens[index].text
        pair, mark, backend = text.partition("=")
        if mark and _SERVICE_PORT.fullmatch(backend) and _split(pair) is not None:
            parts = _split(pair)
            f.use(index)
            if parts is not None:
                rules.append((*parts, backend, False))
            continue
        parts = _split(text)
        if parts is None:
            continue
        here, path = parts
        path, at, starred = _path(f, index + 1, path)
        step = f.at("slot", at, "backend")
        found = _backend_at(f, skip_links(f, step.end)) if step else _backend_at(f, at)
        if found is None:
            if here and not path:
                host = here
                f.use(index)
            continue
        host = here or host
        before = f.ending("slot", index, "host")
        f.use(before.start if before else index, found[1])
        rules.append((here or host, path, found[0], starred))
    if not rules and host:
        backend_only = _backend_after(f, "backend")
        if backend_only:
            rules.append((host, "", backend_only, False))
    if rules and len(rules) == 1 and not rules[0][0] and host:
        rules = [(host, *rules[0][1:])]
    return rules


def _split(text: str) -> tuple[str, str] | None:
    match = _HOST_PATH.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    return match[1] or "", match[2] or ""


INTENTS = (Intent("create ingress", ("kind:ingresses",), ingress, rank=62),)
