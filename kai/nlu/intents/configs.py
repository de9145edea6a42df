"""Making configuration: config maps, plain secrets and those for TLS."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.naming import new_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import (
    list_at,
    making,
    prepare,
    skip_links,
    take_place,
    value_after,
)
from kai.nlu.tokens import is_file

_PAIR = lazily(r"([A-Za-z0-9_][\w.-]*)=(.*)", re.S)
_FILE_LIKE = lazily(r"[\w~.@-]*/[\w~./@-]*|\.?[\w-]+(\.[\w-]+)+|id_rsa\S*|id_ed25519\S*")
_DOTENV = lazily(r"(?:.*/)?(?:\.env|[\w.-]*\.env|\.env\.\w+)")


def _literals(f: Frame) -> list[str]:
    """Every `key=value` of the request, consumed with the words before it."""
    found: list[str] = []
    for index in list(f.words()):
        if not f.free(index) or f.tokens[index].text.startswith("-"):
            continue
        match = _PAIR.fullmatch(f.tokens[index].text)
        if match is None or f.tokens[index].text in ("key=value", "KEY=VALUE"):
            continue
        f.use(index)
        found += _split(f.tokens[index].text)
        before = f.ending("slot", index, "literal")
        if before is not None:
            f.use(before.start, before.end)
        elif f.low(index - 1) == "and" and f.free(index - 1):
            f.use(index - 1)
    return found


def _split(text: str) -> list[str]:
    """`a=1,b=2` as two pairs; a comma inside one value stays."""
    parts = text.split(",")
    return parts if all(_PAIR.fullmatch(part) for part in parts) else [text]


def _key_is(f: Frame) -> list[str]:
    """`key color value blue`, `user: admin`: no `=` in it; only the plain forms."""
    found = []
    for match in list(f.find_all("slot", "key")):
        at = skip_links(f, match.end)
        value = f.find("slot", "value", "literal")
        beside = value is not None and f.free(at) and value.start == at + 1
        if value is not None and beside and f.free(value.end) and _file(f, value.end) is None:
            f.use(match.start, value.end + 1)
            found.append(f"{f.tokens[at].text}={f.tokens[value.end].text}")
    joining = ("with", "and", "literal", "set")
    for index in list(f.words()):
        before, after = index - 1, index + 1
        said = f.low(index) in ("equal", "equals", "=") and f.free(before) and f.free(after)
        if f.low(index) == "set" and f.low(after) == "to" and after + 2 == len(f.tokens):
            said, after = f.free(before), after + 1
        if not said or not re.fullmatch(r"[A-Za-z_][\w.-]*", f.tokens[before].text):
            continue
        if f.low(before - 1) not in joining and not f.tokens[before - 1].comma:
            continue
        f.use(before - (f.low(before - 1) in joining), after + 1)
        found.append(f"{f.tokens[before].text}={f.tokens[after].text}")
    return found


def _file(f: Frame, index: int) -> str | None:
    if not f.free(index):
        return None
    text = f.tokens[index].text
    if "=" in text or "://" in text or f.tokens[index].selector:
        return None
    return text if is_file(text) or _FILE_LIKE.fullmatch(text) else None


def _env_files(f: Frame) -> list[str]:
    found: list[str] = []
    for match in list(f.find_all("slot", "envfile")):
        indexes = list_at(f, skip_links(f, match.end), r"[\w~./@-]+")
        indexes = indexes[:1] + [at for at in indexes[1:] if _file(f, at) is not None]
        if indexes:
            f.use(match.start, indexes[-1] + 1)
            found += [f.tokens[index].text for index in indexes]
    for index in f.words():
        if _DOTENV.fullmatch(f.tokens[index].text):
            f.use(index)
            found.append(f.tokens[index].text)
            _joined(f, index)
    return found


def _joined(f: Frame, index: int) -> None:
    before = f.ending("slot", index, "file")
    if before is not None:
        f.use(before.start, before.end)


def _files(f: Frame) -> list[str]:
    """`--from-file` values: files, folders, and keys they are stored under."""
    found = _keyed_files(f)
    for match in list(f.find_all("slot", "file")):
        at = skip_links(f, match.end)
        indexes = list_at(f, at, r"[\w~./@-]+")
        indexes = indexes[:1] + [index for index in indexes[1:] if _file(f, index)]
        said = any(
            f.low(i) in ("file", "files", "folder", "dir", "directory", "in")
            for i in range(match.start, at)
        )
        kept = [index for index in indexes if said or _file(f, index) is not None]
        if kept and kept == indexes:
            f.use(match.start, indexes[-1] + 1)
            found += [f.tokens[index].text for index in indexes]
    for index in f.words():
        text = _file(f, index)
        keyed = text is not None and text.startswith("id_") and not f.ending("slot", index, "key")
        if text is not None and (is_file(text) or "/" in text or keyed):
            f.use(index)
            found.append(text)
    if len(found) == 1 and "=" not in found[0]:
        key = value_after(f, "key", pattern=r"[\w.-]+", inline=False)
        if key is not None:
            found = [f"{key}={found[0]}"]
    return found


_KEYED = frozenset(
    ["from", "pointing", "taken", "holding", "containing", "being", "is", "=", "with"]
)
_CONTENTS = frozenset(
    ["to", "the", "a", "file", "from", "local", "at", "contents", "content", "of", "in", "data"]
)


def _keyed_files(f: Frame) -> list[str]:
    """`key1 from /path/a.txt`, `with the key k pointing to the file F`."""
    found = []
    for match in list(f.find_all("slot", "key")):
        at, file = skip_links(f, match.end), match.start - 1
        behind = _file(f, file) if f.free(file) else None
        if behind is not None and f.free(at) and re.fullmatch(r"[\w.-]+", f.tokens[at].text):
            f.use(file, at + 1)  # "nginx.conf under the key default.conf"
            _joined(f, file)
            found.append(f"{f.tokens[at].text}={behind}")
    for index in list(f.words()):
        if f.low(index) not in _KEYED or not f.free(index):
            continue
        at = index + 1
        while f.free(at) and f.low(at) in _CONTENTS:
            at += 1
        key = index - 1
        if _file(f, at) is None or not f.free(key) or f.at("slot", key, "key", "file"):
            continue
        if not re.fullmatch(r"[\w.-]+", f.tokens[key].text) or f.at("kind", key):
            continue
        before = f.ending("slot", key, "key", "literal")
        said = f.ending("slot", key, "key") is not None or f.low(key - 1) in ("with", "and")
        if not said or (f.cover[key] & {"filler"} and not f.tokens[key].quoted):
            continue
        f.use(before.start if before else key, at + 1)
        found.append(f"{f.tokens[key].text}={f.tokens[at].text}")
    return found


def configmap(f: Frame) -> Command | None:
    """`create cm flags with A=on and B=off`, `cm web-env from the env file prod.env`."""
    return _keyed(f, "configmaps", ("create", "configmap"))


def secret(f: Frame) -> Command | None:
    """`secret db-creds with user=admin`, also from files and with a type."""
    prepare(f)
    if f.has("secrettype", "tls", "docker") or (f.has("slot", "tlskey") and f.has("slot", "cert")):
        return None
    f.take_all("secrettype", "generic")
    return _keyed(f, "secrets", ("create", "secret", "generic"))


def _lows(f: Frame) -> set[str]:
    return {token.low for token in f.tokens}


def _there_already(f: Frame, kind: Match) -> bool:
    """`add A=b to the configmap web`, `set A=b in cm web`: a change of what is there."""
    at = kind.start - 1
    while f.low(at) in ("the", "our", "my", "existing"):
        at -= 1
    if f.low(at) in ("a", "an", "new", "fresh", "another", "generic", "as"):
        return False
    pairs = any("=" in token.text for token in f.tokens)
    if at < 0 or f.scan.text[f.tokens[at].start : f.tokens[at].end] in ("->", "=>", "\u2192"):
        return False
    if f.low(at) in ("to", "on", "onto"):
        return pairs or f.low(0) in ("add", "append", "attach", "set")
    return pairs and f.low(at) in ("of", "in", "into", "inside", "within")


def _keyed(f: Frame, plural: str, path: tuple[str, ...]) -> Command | None:
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, plural)
    if kind is None:
        return None
    stowed = f.has("stow")
    plain = f.has("act", "create") or bool({"empty", "blank", "new"} & _lows(f))
    if _there_already(f, kind):
        return None
    made = making(f)
    upsert = f.has("upsert")
    name = new_name(f, kind)
    if name is None:
        return None
    if name in ("keys", "entries", "values", "data", "files", "literals"):
        return None  # "as configmap keys"
    type_ = value_after(f, "type", pattern=r"[\w.-]+/[\w.-]+", inline=False)
    literals = _literals(f) + _key_is(f)
    env_files = _env_files(f)
    files = _files(f)
    for match in list(f.find_all("slot", "literal")) if literals else ():
        if f.used[match.start - 1]:
            f.use(match.start, match.end)
    take_place(f)
    if not (literals or env_files or files or (made and plain and plural == "configmaps")):
        return None
    if not (made or upsert or literals or env_files or files):
        return None
    if stowed and (literals or env_files or files):
        f.take_all("stow")
    command = Command(path, [name])
    if type_:
        command.flag("type", type_)
    for item in files:
        command.flag("from-file", item)
    for item in env_files:
        command.flag("from-env-file", item)
    for item in literals:
        command.flag("from-literal", item)
    return finish(f, command)


def tls(f: Frame) -> Command | None:
    """`tls secret web-tls from tls.crt and tls.key`."""
    prepare(f)
    if asking(f) or not (f.has("secrettype", "tls") or f.has("slot", "tlskey")):
        return None
    f.take_all("secrettype", "tls")
    kind = subject(f, "secrets")
    if kind is None:
        return None
    making(f)
    name = new_name(f, kind)
    cert, key = _paired(f)
    cert = (
        cert or _by_ending(f, (".crt", ".cert", ".cer", "cert.pem", "chain.pem", "crt.pem")) or None
    )
    key = key or _by_ending(f, (".key", "key.pem"))
    path = r"[\w~./@-]*[./][\w~./@-]*"
    cert = cert or value_after(f, "cert", pattern=path)
    key = key or value_after(f, "tlskey", pattern=path)
    if name is None or cert is None or key is None:
        return None
    for at in f.words(1):
        if re.fullmatch(r"(\*\.)?[\w-]+(\.[\w-]+)+", f.tokens[at].text) and f.low(at - 1) == "for":
            f.use(at - 1, at + 1)  # whose certificate it is
    for match in [*f.find_all("slot", "tlskey"), *f.find_all("slot", "cert")]:
        f.use(match.start, match.end)
    take_place(f)
    return finish(
        f,
        Command(path=("create", "secret", "tls"), args=[name]).flag("cert", cert).flag("key", key),
    )


def _paired(f: Frame) -> tuple[str | None, str | None]:
    """`server.crt/server.key`: both in one word."""
    for index in f.words():
        found = re.fullmatch(
            r"([^/\s]+\.(?:crt|cert|pem))/([^/\s]+\.(?:key|pem))", f.tokens[index].text
        )
        if found:
            f.use(index)
            return found[1], found[2]
    return None, None


def _by_ending(f: Frame, endings: tuple[str, ...]) -> str | None:
    found = [i for i in f.words() if f.tokens[i].text.endswith(endings)]
    if len(found) != 1:
        return None
    f.use(found[0])
    if f.low(found[0] - 1) in ("and", "from", "is") and f.free(found[0] - 1):
        f.use(found[0] - 1)
    return f.tokens[found[0]].text


INTENTS = (
    Intent("create configmap", ("kind:configmaps",), configmap, rank=62),
    Intent("create secret generic", ("kind:secrets",), secret, rank=62),
    Intent("create secret tls", ("kind:secrets",), tls, rank=62),
)
