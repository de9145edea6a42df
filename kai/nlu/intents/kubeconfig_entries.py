"""Entries of the kubeconfig: `config set-context`, `set-cluster`, `set-credentials`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.kubeconfig import NAME, done, nameable, named
from kai.nlu.slots import prepare, skip_links, value_after, values_after

_URL = r"[a-z]+://\S+|[\w.-]+:\d+"
_PATH = r"[\w~./@-]*[./][\w~./@-]*"
_OBJECT = {"context": "ctxword", "cluster": "clusterword", "user": "userword"}


def entry(f: Frame) -> Command | None:
    """`add a context lab using cluster c, user u and namespace n`, clusters, credentials."""
    prepare(f)
    kinds = [what for what, category in _OBJECT.items() if f.has(category)]
    if not kinds or f.has("dropverb") or f.has("renameverb"):
        return None
    verbs = [_plain_verb(f), f.find("act", "create"), f.find("switchverb")]
    spoken = min((verb for verb in verbs if verb), key=lambda m: (m.start, -m.end), default=None)
    if spoken is None and not _laid_out(f):
        return None
    if spoken is not None:
        f.use(spoken.start, spoken.end)
    first = min(kinds, key=lambda what: (_entry_rank(f, what), _first(f, what)))
    plain = f.find_all("ctxword", "context")
    if first == "context" and any(f.low(match.end) == "to" for match in plain):
        return None  # "switch ctx to prod and ns to web": two commands
    f.take_all("onlyword")
    build = {"context": _set_context, "cluster": _set_cluster, "user": _set_user}[first]
    command = build(f)
    return done(f, command) if command is not None else None


def _plain_verb(f: Frame) -> Match | None:
    """The first verb of setting that is no part of a field: not the "skip" of "skip tls"."""
    fields = list(f.find_all("field", "insecure", "embed"))
    for match in f.find_all("setverb"):
        begins = match.start == 0 and match.end == 1 and f.low(0) == "embed"
        if begins or not any(field.start <= match.start < field.end for field in fields):
            return match
    return None


def _laid_out(f: Frame) -> bool:
    """`cluster lab: server https://..., ca in ...`: an entry laid out without a verb."""
    fields = {match.value for match in f.find_all("field")}
    headed = any(
        f.low(index) and f.scan.text[f.tokens[index].end : f.tokens[index].end + 1] in (":", ",")
        for index in range(min(4, len(f.tokens)))
    )
    telling = fields & {"server", "authority", "insecure", "token", "client-certificate"}
    objects = sum(f.has(category) for category in ("clusterword", "userword", "nsword"))
    if f.has("ctxword"):
        return headed and objects > 1
    return bool(telling) and (headed or f.has("cfgword") or len(telling) > 1)


def _entry_rank(f: Frame, what: str) -> int:
    marked = any(match.value == "entry" for match in f.find_all(_OBJECT[what]))
    return 0 if marked else 1


def _first(f: Frame, what: str) -> int:
    match = f.find(_OBJECT[what])
    return match.start if match else 99


def _entry_name(f: Frame, category: str) -> str | None:
    marked = [match for match in f.find_all(category) if match.value == "entry"]
    for match in marked:
        for at in (match.end, match.start - 1):
            if nameable(f, at):
                f.use(min(at, match.start), max(at + 1, match.end))
                return f.tokens[at].text
    return named(f, category)


def _set_context(f: Frame) -> Command | None:
    name = _entry_name(f, "ctxword")
    if name is None:
        return None
    command = Command(("config", "set-context"), [name])
    f.take_all("ctxword")
    for flag, category in (
        ("cluster", "clusterword"),
        ("user", "userword"),
        ("namespace", "nsword"),
    ):
        if f.has("field", flag) and not f.has(category):
            value = value_after(f, flag, pattern=r"\S+", category="field")
        else:
            value = _field(f, flag, category)
        if value:
            command.flag(flag, value)
    return command if command.flags else None


def _field(f: Frame, flag: str, category: str) -> str | None:
    for match in list(f.find_all(category)):
        at = skip_links(f, match.end)
        while f.low(at) in ("field", "entry", "in") and f.free(at):
            at += 1
        if f.free(at) and NAME.fullmatch(f.tokens[at].text) and not f.at("slot", at, "to"):
            if f.cover[at] & {"prep", "filler"}:
                continue
            f.use(match.start, at + 1)
            return f.tokens[at].text
    for match in list(f.find_all(category)):
        field_word = f.low(match.end) == "field" or f.low(match.end - 1) == "field"
        for index in f.words(match.end):
            if field_word and f.low(index - 1) == "to":
                f.use(match.start, match.end + (f.low(match.end) == "field"))
                f.use(index - 1, index + 1)
                return f.tokens[index].text
    return None


def _set_cluster(f: Frame) -> Command | None:
    proxy = value_after(f, "proxyurl", pattern=r"\S*[/:.-]\S*", category="field")
    if proxy is None and f.has("field", "proxyurl"):
        proxy = _far(f, "proxyurl", r"\S*[/:.-]\S*")
    tls_name = value_after(f, "tlsname", pattern=r"[\w.-]+", category="field")
    insecure = f.take("field", "insecure") is not None
    embed = any(token.low.startswith("embed") for token in f.tokens)
    authority = value_after(f, "authority", pattern=_PATH, category="field")
    server = None
    if proxy is None:
        server = value_after(f, "server", pattern=_URL, category="field") or _far(f, "server", _URL)
    f.take("field", "embed")
    name = _entry_name(f, "clusterword")
    if name is None:
        return None
    command = Command(("config", "set-cluster"), [name])
    for flag, value in (
        ("server", server or (None if proxy else _far(f, "", _URL))),
        ("certificate-authority", authority),
        ("proxy-url", proxy),
        ("tls-server-name", tls_name),
    ):
        if value:
            command.flag(flag, value)
    if embed:
        command.flag("embed-certs")
    if insecure:
        command.flag("insecure-skip-tls-verify")
    f.take_all("field")
    said = f.has("cfgword") or any(m.value == "entry" for m in f.matches.get("clusterword", ()))
    return command if command.flags or said else None


def _far(f: Frame, slot: str, pattern: str) -> str | None:
    """`set the server field on the X cluster to https://...`: keyword and value stand apart."""
    match = f.find("field", slot) if slot else None
    if slot and match is None:
        return None
    for index in f.words():
        if re.fullmatch(pattern, f.tokens[index].text) and f.low(index - 1) in (
            "to",
            "at",
            "is",
            "with",
            "=",
        ):
            if match is not None:
                f.use(match.start, match.end)
            f.use(index - 1, index + 1)
            return f.tokens[index].text
    return None


_CREDENTIALS = (
    ("token", r"\S+"),
    ("username", r"\S+"),
    ("password", r"\S+"),
    ("client-certificate", _PATH),
    ("client-key", _PATH),
    ("auth-provider", r"[a-z]+"),
    ("exec-command", r"/?[\w./-]+"),
    ("exec-api-version", r"[\w./-]+"),
)


def _set_user(f: Frame) -> Command | None:
    found: list[tuple[str, str]] = []
    arguments = values_after(f, "exec-arg", pattern=r"\S+", category="field")
    variables = values_after(f, "exec-env", pattern=r"\S+=.*", category="field")
    for index in f.words():
        if re.fullmatch(r"client\.authentication\.k8s\.io/\w+", f.tokens[index].text):
            found.append(("exec-api-version", f.tokens[index].text))
            f.use(index)
    provider = _provider(f)
    embed = any(token.low.startswith("embed") for token in f.tokens)
    for flag, pattern in _CREDENTIALS:
        if provider and flag == "auth-provider":
            found.append((flag, provider))
            continue
        value = value_after(f, flag, pattern=pattern, category="field") or _far(f, flag, pattern)
        if value:
            found.append((flag, value))
    f.take("field", "embed")
    name = _entry_name(f, "userword")
    if name is None:
        return None
    command = Command(("config", "set-credentials"), [name])
    command.flags += found
    if provider:
        for index in f.words():
            if re.fullmatch(r"[\w-]+=\S+", f.tokens[index].text):
                f.use(index)
                command.flag("auth-provider-arg", f.tokens[index].text)
    for item in arguments:
        command.flag("exec-arg", item)
    for item in variables:
        command.flag("exec-env", item)
    if embed:
        command.flag("embed-certs")
    f.take_all("field", "basic")
    return command if command.flags else None


def _provider(f: Frame) -> str | None:
    for match in list(f.find_all("field", "auth-provider")):
        at = match.start - 1
        if f.free(at) and re.fullmatch(r"gcp|oidc|azure|openstack", f.tokens[at].low):
            f.use(at, match.end)
            return f.tokens[at].low
    return None


INTENTS = (
    Intent("config set", tuple(f"{category}:" for category in _OBJECT.values()), entry, rank=58),
)
