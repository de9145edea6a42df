"""`kubectl set`: serviceaccount, selector, subject; and what all of them share."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    TEMPLATED,
    Objects,
    guarded,
    take_dry,
    take_objects,
    take_output,
    tidy,
    where,
)
from kai.nlu.intents.files import manifests, take_files
from kai.nlu.tokens import ASSIGNMENT

_NO_CONTAINER = frozenset(["prep", "filler", "kind", "cv", "chn", "num", "all", "called"])


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
    if not manifests(f, files):
        return None
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
    if not f.has("kind", *kinds) or f.low(0) in ("create", "delete", "make", "new"):
        return None
    if not (f.has("cv", "add", "change", "set") or _into_binding(f, kinds)):
        return None
    flags = _subjects(f)
    if not flags:
        return None
    command = Command(("set", "subject"))
    f.take_all("cv")
    if f.low(0) in ("bind", "binds", "put", "let"):
        f.use(0)
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
        indexes = _listed(f, match.end)
        for index in indexes:
            flags.append((match.value, f.tokens[index].text))
            f.use(match.start, index + 1)
            if f.low(match.start - 1) in ("and", "plus", "the") and f.free(match.start - 1):
                f.use(match.start - 1)
    return flags


def _listed(f: Frame, index: int) -> list[int]:
    """Indexes of the subjects from `index` on: `users ann and bob`, `groups sre, dev`."""
    found: list[int] = []
    many = f.low(index - 1).endswith("s")
    while f.free(index) and not f.at("kind", index) and not f.at("chn", index):
        found.append(index)
        joined = f.tokens[index].comma
        index += 1
        if f.low(index) in ("and", "plus") and f.is_open(index + 1):
            index, joined = index + 1, True
        if not (joined and many and f.is_open(index)):
            break
    return found


def _into_binding(f: Frame, kinds: tuple[str, ...]) -> bool:
    """`group sre onto clusterrolebinding viewers`: a preposition leads into the binding."""
    for match in f.find_all("kind", *kinds):
        before = match.start - 1
        before -= f.low(before) in ("the", "our")
        if f.low(before) in ("onto", "into", "to") and before > 0:
            return True
    return False


INTENTS = guarded(
    Intent("set subject", ("kind:rolebindings", "kind:clusterrolebindings"), subject, rank=64),
    Intent("set selector", ("chn:selector", "cv:set", "cv:change"), selector, rank=65),
    Intent("set serviceaccount", ("chn:sa",), serviceaccount, rank=64),
)
