"""Who the cluster takes one for, and roles brought into line: `auth whoami`, `auth reconcile`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_namespace
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.access import acting_as
from kai.nlu.patterns import pattern
from kai.nlu.slots import absorb, prepare, take_dry_run
from kai.nlu.where import take_context

_SELF = frozenset(["i", "me", "my", "im", "we", "us"])
_FIELDS = {
    "groups": "{.status.userInfo.groups}",
    "username": "{.status.userInfo.username}",
    "uid": "{.status.userInfo.uid}",
    "extra": "{.status.userInfo.extra}",
}
_MANIFEST = pattern(r"[\w@%+./~-]+\.(?:ya?ml|json)")
_FOLDER = pattern(r"(?:\.{0,2}/)?[\w.-]+(?:/[\w.-]+)*/?")


def whoami(f: Frame) -> Command | None:
    """`who am i`, `as which user am i logged in`, `whoami as yaml`, `only my groups`."""
    prepare(f)
    only = f.has("onlysaid")
    said = f.has("whoami")
    fields = f.take_all("whofield") if only and (said or _asks_who(f)) else []
    if not f.take_all("whoami") and not (fields and said) and not _asks_who(f):
        return None
    command = Command(("auth", "whoami"))
    take_context(f, nouns=("context",))
    name = acting_as(f)
    form = f.take("out", "yaml", "json")
    if only and len(fields) == 1 and not form:
        f.take_all("onlysaid")
        command.flag("output", f"jsonpath={_FIELDS[fields[0]]}")
    elif only and fields:
        return None
    if name:
        command.flag("as", name)
    if form:
        command.flag("output", form)
    for category in ("whoask", "whofield", "whoserver", "canword"):
        f.take_all(category)
    f.take("scope", "all")
    f.take_all("scope", "current")
    absorb(f)
    return command


def _asks_who(f: Frame) -> bool:
    """`which user and groups does the api server think i am`: who, and oneself, and the server."""
    who = "whoask" in f.matches or "whofield" in f.matches
    selves = [index for index in range(len(f.tokens)) if f.low(index) in _SELF]
    if not (who and selves and f.has("whoserver")) or "permlist" in f.matches:
        return False
    return not f.has("canspecial") and not f.has("kind")


def reconcile(f: Frame) -> Command | None:
    """`reconcile rbac from roles.yaml`, `... recursively from the folder policies, dry run`."""
    prepare(f)
    if f.take("topic", "reconcile") is None:
        return None
    f.take_all("topic", "reconcile")
    command = Command(("auth", "reconcile"))
    removing = f.take_all("strip")
    recursive = bool(f.take_all("recursive"))
    for index in f.words():
        text = f.tokens[index].text
        if _MANIFEST.fullmatch(text) or (text.endswith("/") and _FOLDER.fullmatch(text)):
            f.use(index)
            command.flag("filename", text)
    if not command.flags and (folder := _folder(f)):
        command.flag("filename", folder)
    f.take_all("folderword")
    f.take_all("filephrase")
    f.take_all("rbacnoun")
    if not command.flags:
        return None
    if recursive:
        command.flag("recursive")
    for flag in removing:
        command.flag(flag)
    take_dry_run(f, command)
    take_namespace(f)
    f.take_all("filephrase")
    f.take_all("reconcilefill")
    absorb(f)
    return command


def _folder(f: Frame) -> str:
    """`the folder policies`, `policies dir`, consumed."""
    for match in list(f.find_all("folderword")):
        for at in (match.end, match.start - 1):
            if f.free(at) and f.name_at(at, any_word=True) and _FOLDER.fullmatch(f.tokens[at].text):
                if f.cover[at] & {"prep", "filler"}:
                    continue
                f.use(min(at, match.start), max(at + 1, match.end))
                return f.tokens[at].text
    for index in f.words():
        if "/" in f.tokens[index].text and re.fullmatch(_FOLDER, f.tokens[index].text):
            f.use(index)
            return f.tokens[index].text
    return ""


INTENTS = (
    Intent("auth whoami", ("whoami:", "whoserver:"), whoami, rank=56, reads=True),
    Intent("auth reconcile", ("topic:reconcile",), reconcile),
)
