"""`kubectl set`: env, serviceaccount, selector, subject; and what all of them share."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    TEMPLATED,
    Objects,
    asks,
    guarded,
    take_dry,
    take_objects,
    take_output,
    tidy,
    where,
)
from kai.nlu.intents.files import take_files
from kai.nlu.tokens import ASSIGNMENT

_NO_CONTAINER = frozenset(["prep", "filler", "kind", "cv", "chn", "num", "all", "called"])
_UNSET = re.compile(r"[A-Z][A-Z0-9_]*-")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def finish(
    f: Frame,
    command: Command,
    *,
    kinds: tuple[str, ...] = TEMPLATED,
    default: str = "deployments",
    spaced: bool = False,
    extra: int = 0,
) -> Objects | None:
    """Where and what, added to the command; the last `extra` arguments stay behind the objects."""
    take_output(f, command)
    for match in list(f.find_all("o-set")):
        if f.low(match.start) in ("per", "each"):
            f.use(match.start, match.end)  # "100m cpu per pod in ds node-exporter"
    files, _ = take_files(f)
    local = f.take_all("o-local") if files else []
    take_dry(f, command)
    where(f)
    selector = take_selector(f, loose=False)
    tail = command.args
    objects = Objects()
    if files:
        for file in files:
            command.flag("filename", file)
    else:
        found = take_objects(f, default=default, kinds=kinds, after=("on", "of", "for", "into"))
        if found is None or not found.kinds or any(kind not in kinds for kind in found.kinds):
            return None
        objects = found
        if sum((bool(objects.pairs), bool(selector), objects.every and not selector)) != 1:
            return None
        command.args = (objects.spaced() if spaced else objects.slashed()) + tail
        if selector:
            command.flag("selector", ",".join(selector))
        elif objects.every:
            command.flag("all")
    if local:
        command.flag("local")
        command.flags = [(n, v) for n, v in command.flags if n != "dry-run"]
    f.take_all("cv")
    f.take_all("o-set")
    tidy(f)
    return objects


_ROLES = frozenset(["sidecar", "side-car"])
"""What a container is for, and often its name."""


def containers_said(f: Frame) -> list[tuple[str, int]]:
    """(name, index) of each container said; "*" for all of them."""
    found: list[tuple[str, int]] = []
    match = f.find("chn", "containers")
    if match is not None:
        f.use(match.start, match.end)
        return [("*", match.start)]
    for match in list(f.find_all("chn", "container")):
        if f.used[match.start]:
            continue
        at = match.end + (f.low(match.end) in ("called", "named", "is", "=", "the"))
        for index in (at, match.start - 1):
            text = f.tokens[index].text if f.free(index) else ""
            known = f.cover[index] & _NO_CONTAINER if f.free(index) else set()
            if f.low(index) in ("both", "two", "three", "these", "those"):
                continue
            if f.low(index) in _ROLES and "chn" in known and f.low(match.start) not in _ROLES:
                known = set()  # "container sidecar": its name
            if text and re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) and not known:
                found.append((text, match.start))
                f.use(min(index, match.start), max(index + 1, match.end))
                image = f.at("chn", match.end, "image")
                if image is not None:
                    f.use(image.start, image.end)
                break
    return found


def env(f: Frame) -> Command | None:
    """`set env LOG_LEVEL=debug on deploy api`, `drop the DEBUG env var from web`, `--list`."""
    nouns = f.has("chn", "env")
    payload = [
        index
        for index in f.words()
        if (
            (m := ASSIGNMENT.fullmatch(f.tokens[index].text))
            and m[2] == "="
            and _ENV.fullmatch(m[1])
            and (m[1].isupper() or nouns)
            and not f.ending("labelled", index)
        )
        or ((m := ASSIGNMENT.fullmatch(f.tokens[index].text)) and m[1].isupper() and m[2] == "=")
    ]
    if payload:
        payload += [at for at in f.words() if _UNSET.fullmatch(f.tokens[at].text)]
    values = [f.tokens[index].text for index in payload]
    for index in payload:
        f.use(index)
        if f.low(index - 1) == "and" and f.free(index - 1):
            f.use(index - 1)
    if not values:
        values = _worded_env(f)
    command = Command(("set", "env"))
    source = _source(f)
    if source and not nouns and f.has("act", "delete"):
        return None  # "drop configmaps a, b from ns shop"
    if not values and not source:
        capital = any("_" in t.text and t.text.isupper() for t in f.tokens)
        unset = f.low(0) == "unset" and len(f.tokens) > 1
        capital = capital or (unset and f.tokens[1].text.isupper())
        values = _env_keys(f) if nouns or (capital and f.has("cv", "remove")) else []
    listing = nouns and not values and not source
    if not (values or source or listing) or (not listing and asks(f)):
        return None
    if listing and not (f.has("cv") or f.has("ask") or len(f.tokens) < 8):
        return None
    containers = [name for name, _ in containers_said(f) if name != "*"]
    prefix = _following(f, "prefix")
    keys = _following(f, "keys") if source else ""
    for match in list(f.find_all("chn", "env")):
        quantifier = f.ending("all", match.start)
        f.use(quantifier.start if quantifier else match.start, match.end)
    command.args = list(values)
    behind = _into(f)
    if behind and not f.has("kind", *TEMPLATED):
        where(f)
        command.args = [f"deployment/{behind}", *command.args]
        f.assumptions.append(f"{behind} is taken to be a deployment")
        f.take_all("cv")
        f.take_all("o-set")
        tidy(f)
    elif finish(f, command) is None:
        return None
    if source:
        command.flag("from", source)
    for flag, value in (("prefix", prefix), ("keys", keys), ("containers", ",".join(containers))):
        if value:
            command.flag(flag, value)
    if listing:
        if command.flags and any(name == "filename" for name, _ in command.flags):
            return None
        command.flag("list")
        f.take_all("ask")
        f.take_all("o-envlist")
    f.take_all("o-overwrite")
    f.take_all("chn", "env", "value", "keys")
    tidy(f)
    return command


def _worded_env(f: Frame) -> list[str]:
    """`variable TZ with Asia/Tokyo`, `env var LOG_LEVEL to debug`: the variable in capitals."""
    for match in list(f.find_all("chn", "env")):
        at = match.end + (f.low(match.end) in ("called", "named"))
        if not f.free(at) or not re.fullmatch(r"[A-Z][A-Z0-9_]*", f.tokens[at].text):
            continue
        step = at + 1
        while f.low(step) in ("with", "to", "as", "is", "the", "value", "set", "be", "of", "="):
            step += 1
        if step > at + 1 and f.free(step) and not f.at("kind", step) and not f.at("prep", step):
            f.use(match.start, step + 1)
            return [f"{f.tokens[at].text}={f.tokens[step].text}"]
    return []


def _source(f: Frame) -> str:
    """`from configmap app-conf`: where variables are imported from."""
    for match in list(f.find_all("kind", "configmaps", "secrets")):
        name = f.name_at(match.end) or (
            f.name_at(match.end + 1) if f.low(match.end) in ("called", "named") else None
        )
        at = match.end if f.name_at(match.end) else match.end + 1
        start, end = match.start, at + 1
        if name is None and f.is_open(match.start - 1):
            name, start, end = f.name_at(match.start - 1), match.start - 1, match.end
        if name is not None:
            f.use(start, end)
            return f"{'configmap' if match.value == 'configmaps' else 'secret'}/{name}"
    for index in f.words():
        kind, slash, name = f.tokens[index].text.partition("/")
        if slash and kind in ("configmap", "cm", "secret", "configmaps", "secrets"):
            f.use(index)
            return f"{'secret' if kind[0] == 's' else 'configmap'}/{name}"
    return ""


def _following(f: Frame, noun: str) -> str:
    for match in list(f.find_all("chn", noun)):
        if f.is_open(match.end):
            f.use(match.start, match.end + 1)
            return f.tokens[match.end].text
    return ""


def _env_keys(f: Frame) -> list[str]:
    """Variables to be removed: `the DEBUG env var`, `ENV-`."""
    found = []
    for index in list(f.words()):
        text = f.tokens[index].text
        upper = text.isupper() and _ENV.fullmatch(text) and len(text) > 1
        if _ENV.fullmatch(text[:-1]) and text.endswith("-"):
            found.append(text)
            f.use(index)
        elif f.has("cv", "remove") and (upper and not f.cover[index] & {"cv", "kind"} - {"cv"}):
            found.append(text + "-")
            f.use(index)
    return found


def _into(f: Frame) -> str:
    """`into web`, `from web`: a name without a kind."""
    known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
    for match in list(f.find_all("prep")):
        if f.low(match.end - 1) in ("from", "into", "off", "on", "for", "of", "to"):
            name = f.name_at(match.end)
            if name is not None and name not in known and "/" not in name and "." not in name:
                f.use(match.start, match.end + 1)
                return name
    return ""


def serviceaccount(f: Frame) -> Command | None:
    """`set serviceaccount of deploy web to web-sa`, `runner should use sa deployer`."""
    name = _account(f)
    if not name:
        return None
    command = Command(("set", "serviceaccount"))
    f.take_all("cv")
    if finish(f, command, spaced=True) is None:
        return None
    command.args.append(name)
    tidy(f)
    return command


def _account(f: Frame) -> str:
    for match in list(f.find_all("chn", "sa")):
        at = match.end + (f.low(match.end) in ("called", "named"))
        follows = f.at("kind", at + 1)
        alone = follows is None or follows.value == "namespaces" or f.tokens[at].comma
        if f.is_open(at) and f.name_at(at) and alone:
            f.use(match.start, at + 1)
            return f.tokens[at].text
    for match in list(f.find_all("chn", "sa")):
        for index in f.words():
            if f.low(index) in ("to", "as", "use") and index > match.start and f.is_open(index + 1):
                f.use(match.start, match.end)
                f.use(index, index + 2)
                return f.tokens[index + 1].text
    return ""


def selector(f: Frame) -> Command | None:
    """`set selector of svc web to app=web,version=v2`."""
    routed = f.low(0) in ("point", "route", "switch", "repoint", "send", "direct")
    if not (routed or f.has("chn", "selector")) or not f.has("kind", "services"):
        return None
    payload = [index for index in f.words() if ASSIGNMENT.fullmatch(f.tokens[index].text)]
    if not payload:
        return None
    values = [f.tokens[index].text for index in payload]
    for index in payload:
        f.use(index)
        if f.low(index - 1) == "and" and f.free(index - 1):
            f.use(index - 1)
    command = Command(("set", "selector"))
    f.take_all("o-selector")
    f.take_all("cv")
    f.take_all("chn", "selector")
    if finish(f, command, kinds=("services",), default="services", spaced=True) is None:
        return None
    command.args.append(",".join(values))
    f.take_all("labelled")
    tidy(f)
    return command


def subject(f: Frame) -> Command | None:
    """`add user alice and group devs to rolebinding admins`."""
    kinds = ("rolebindings", "clusterrolebindings")
    if not f.has("kind", *kinds) or f.low(0) in ("create", "delete"):
        return None
    flags = _subjects(f)
    if not flags:
        return None
    command = Command(("set", "subject"))
    f.take_all("cv")
    objects = finish(f, command, kinds=kinds, default="", spaced=True)
    if objects is None or len(objects.pairs) != 1:
        return None
    command.flags += flags
    f.take_all("chn", "subject", "user", "group", "sa")
    tidy(f)
    return command


def _subjects(f: Frame) -> list[tuple[str, str | None]]:
    flags: list[tuple[str, str | None]] = []
    for match in sorted(f.find_all("chn", "user", "group", "sa"), key=lambda m: m.start):
        if match.value == "sa":
            if f.free(match.end) and ":" in f.tokens[match.end].text:
                flags.append(("serviceaccount", f.tokens[match.end].text))
                f.use(match.start, match.end + 1)
            continue
        indexes = [match.end] if f.free(match.end) and not f.at("kind", match.end) else []
        for index in indexes:
            flags.append((match.value, f.tokens[index].text))
            f.use(match.start, index + 1)
            if f.low(match.start - 1) == "and" and f.free(match.start - 1):
                f.use(match.start - 1)
    return flags


INTENTS = guarded(
    Intent("set subject", ("cv:add", "cv:change", "cv:set"), subject, rank=64),
    Intent("set selector", ("chn:selector", "cv:set", "cv:change"), selector, rank=65),
    Intent(
        "set env",
        ("chn:env", "cv:set", "cv:add", "cv:remove", "cv:change", "prep:of"),
        env,
        rank=57,
        reads=True,
    ),
    Intent("set serviceaccount", ("chn:sa",), serviceaccount, rank=64),
)
