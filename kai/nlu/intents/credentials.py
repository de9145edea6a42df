"""Making credentials: secrets for image registries, tokens of service accounts."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import duration_at
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.naming import new_name
from kai.nlu.slots import making, prepare, skip_links, take_place, value_after


def _joined(f: Frame, index: int) -> None:
    before = f.ending("slot", index, "file")
    if before is not None:
        f.use(before.start, before.end)


def docker(f: Frame) -> Command | None:
    """`docker registry secret regcred for ghcr.io, user bob, password tok123`."""
    prepare(f)
    if asking(f) or not f.has("secrettype", "docker"):
        return None
    kind = subject(f, "secrets")
    f.take_all("secrettype", "docker")
    making(f)
    name = new_name(f, kind)
    command = Command(("create", "secret", "docker-registry"))
    user = value_after(f, "user", pattern=r"\S+")
    password = value_after(f, "password", pattern=r"\S+")
    email = value_after(f, "email", pattern=r"\S+@\S+")
    server = value_after(
        f, "server", pattern=r"(https?://)?[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?"
    ) or _host(f)
    file = _dockerfile(f) if not user else None
    if name is None or not (file or (user and password)):
        return None
    command.args = [name]
    if file:
        command.flag("from-file", f".dockerconfigjson={file}")
    for flag, value in (
        ("server", server),
        ("username", user),
        ("password", password),
        ("email", email),
    ):
        if value:
            command.flag(f"docker-{flag}", value)
    take_place(f)
    return finish(f, command)


def _host(f: Frame) -> str | None:
    for index in f.words():
        if re.fullmatch(
            r"(https?://)?[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/\S*)?", f.tokens[index].text
        ):
            if _dockerconfig(f.tokens[index].text):
                continue
            f.use(index)
            return f.tokens[index].text
    return None


def _dockerconfig(text: str) -> bool:
    return text.endswith((".json", ".dockerconfigjson")) or "/.docker" in text


def _dockerfile(f: Frame) -> str | None:
    for index in f.words():
        if _dockerconfig(f.tokens[index].text):
            f.use(index)
            _joined(f, index)
            return f.tokens[index].text
    return None


def token(f: Frame) -> Command | None:
    """`create token for sa deployer good for 2h`, `mint a 24 hour token for sa ci-bot`."""
    prepare(f)
    if not f.has("tokenword") or f.low(0) in ("delete", "which", "what", "list", "decode"):
        return None
    f.take_all("tokenword")
    making(f)
    kind = subject(f, "serviceaccounts")
    name = new_name(f, kind)
    if name is None:
        for index in f.words():
            if f.low(index - 1) in ("for", "as", "of") and f.name_at(index) is not None:
                name = f.tokens[index].text
                f.use(index - 1, index + 1)
                break
    if name is None:
        return None
    command = Command(("create", "token"), [name])
    audiences = [value for value in [value_after(f, "audience", pattern=r"\S+")] if value]
    bound = _bound(f)
    duration = _duration(f)
    take_place(f)
    if duration:
        command.flag("duration", duration)
    for audience in audiences:
        command.flag("audience", audience)
    for flag, value in bound:
        command.flag(flag, value)
    return finish(f, command)


def _bound(f: Frame) -> list[tuple[str, str]]:
    for match in list(f.find_all("slot", "bound")):
        kind = f.at("kind", skip_links(f, match.end), "secrets", "pods", "nodes")
        if kind is not None and f.name_at(kind.end, any_word=True) is not None:
            f.use(match.start, kind.end + 1)
            names = {"secrets": "Secret", "pods": "Pod", "nodes": "Node"}
            found = [
                ("bound-object-kind", names[kind.value]),
                ("bound-object-name", f.tokens[kind.end].text),
            ]
            uid = value_after(f, "uid", pattern=r"[0-9a-f-]{36}")
            return [*found, ("bound-object-uid", uid)] if uid else found
    return []


def _duration(f: Frame) -> str | None:
    """A token's life, with the words around it."""
    for index in f.words():
        found = duration_at(f, index)
        if found is None:
            continue
        before = f.ending("slot", index, "duration")
        f.use(before.start if before else index, found[1])
        return found[0]
    return None


INTENTS = (
    Intent("create secret docker-registry", ("kind:secrets",), docker, rank=62),
    Intent("create token", ("tokenword:",), token, rank=62),
)
