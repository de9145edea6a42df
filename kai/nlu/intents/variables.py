"""`kubectl set env`: variables set, removed, imported, listed."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import TEMPLATED, asks, guarded, take_dry, take_output, tidy, where
from kai.nlu.intents.setters import containers_said, finish
from kai.nlu.patterns import pattern
from kai.nlu.tokens import ASSIGNMENT, NAME

_UNSET = pattern(r"[A-Z][A-Z0-9_]*-")
_ENV = pattern(r"[A-Za-z_][A-Za-z0-9_.]*")
_KEY = pattern(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z][A-Z0-9]{2,}")
_GATE = pattern(r"(?<![a-z0-9_])[A-Z][A-Z0-9_]*(?:=|-(?:\s|$)|\b)|secret|configmap|\bcm\b")


def env(f: Frame) -> Command | None:
    """`set env LOG_LEVEL=debug on deploy api`, `drop the DEBUG env var from web`, `--list`."""
    if not _GATE.search(f.scan.text) and not f.has("chn", "env"):
        return None
    nouns = f.has("chn", "env")
    values = _payload(f, nouns) or _worded_env(f)
    source = _source(f)
    if not values and not source:
        values = _removed(f, nouns)
    listing = nouns and not values and not source
    if not (values or source or listing) or (not listing and asks(f)):
        return None
    if listing and not (f.has("cv") or f.has("ask") or len(f.tokens) < 8):
        return None
    wanted = _asked_for(f) if listing else ""
    containers = [name for name, _ in containers_said(f) if name != "*"]
    prefix = _following(f, "prefix")
    keys = (_following(f, "keys") or _only_keys(f)) if source else ""
    _every_key(f, bool(source))
    command = Command(("set", "env"), list(values))
    if not _where_to(f, command):
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
        if wanted:
            command.pipe.append(["grep", wanted])
    f.take_all("o-overwrite")
    f.take_all("chn", "env", "value", "keys")
    tidy(f)
    return command


def _payload(f: Frame, nouns: bool) -> list[str]:
    """`A=1 B=2 OLD-`: variables to set and, beside them, to remove; consumed."""
    payload = []
    for index in f.words():
        match = ASSIGNMENT.fullmatch(f.tokens[index].text)
        if match is None or match[2] != "=":
            continue
        named = _ENV.fullmatch(match[1]) and nouns and not f.ending("labelled", index)
        if match[1].isupper() or named:
            payload.append(index)
    if payload:
        payload += [at for at in f.words() if _UNSET.fullmatch(f.tokens[at].text)]
    for index in payload:
        f.use(index)
        if f.low(index - 1) == "and" and f.free(index - 1):
            f.use(index - 1)
    return [f.tokens[index].text for index in payload]


def _removed(f: Frame, nouns: bool) -> list[str]:
    """Variables to be removed, where it is clear that variables are meant."""
    capital = any("_" in t.text and t.text.isupper() for t in f.tokens)
    unset = f.low(0) == "unset" and len(f.tokens) > 1
    capital = capital or (unset and f.tokens[1].text.isupper())
    alone = [t for t in f.tokens if t.text.isupper() and len(t.text) > 2 and t.text.isalpha()]
    capital = capital or (len(alone) == 1 and f.has("chn", "container"))
    return _env_keys(f) if nouns or (capital and f.has("cv", "remove")) else []


def _asked_for(f: Frame) -> str:
    """`does checkout have STRIPE_KEY in its env`: the variable asked for, consumed; "" for none."""
    if f.low(0) not in ("does", "has", "is", "do", "did"):
        return ""
    keys = [at for at in f.words() if re.fullmatch(r"[A-Z][A-Z0-9_]+", f.tokens[at].text)]
    if len(keys) != 1:
        return ""
    f.use(keys[0])
    for index in f.words():
        if f.low(index) in ("have", "has", "get", "set", "in", "its", "defined", "is", "does"):
            f.use(index)
    return f.tokens[keys[0]].text


def _only_keys(f: Frame) -> str:
    """`only DB_USER and DB_PASS from secret pg`: the keys, consumed."""
    at = [index for index in f.words() if _KEY.fullmatch(f.tokens[index].text)]
    if not at or f.low(at[0] - 1) not in ("only", "just"):
        return ""
    f.use(at[0] - 1, at[-1] + 1)
    return ",".join(f.tokens[index].text for index in at)


def _every_key(f: Frame, imported: bool) -> None:
    """`all keys of configmap x`, `all env vars`: says nothing more than the noun."""
    for match in list(f.find_all("chn", "env", "keys") if imported else f.find_all("chn", "env")):
        if match.value == "keys" and f.low(match.start) not in ("all", "every", "each", "keys"):
            continue
        quantifier = f.ending("all", match.start)
        f.use(quantifier.start if quantifier else match.start, match.end)


def _where_to(f: Frame, command: Command) -> bool:
    """The objects, added to the command."""
    pointed = _pointed(f)
    behind = pointed or _into(f)
    if pointed or (behind and not f.has("kind", *TEMPLATED)):
        take_output(f, command)
        take_dry(f, command)
        where(f)
        command.args = [f"deployment/{behind}", *command.args]
        f.assumptions.append(f"{behind} is taken to be a deployment")
        f.take_all("cv")
        f.take_all("o-set")
        tidy(f)
        return True
    return finish(f, command) is not None


def _pointed(f: Frame) -> str:
    """`point search at the new es: ES_URL=...`: what is pointed, with where to; "" for none."""
    if f.low(0) not in ("point", "repoint", "aim", "direct", "switch") or f.low(2) not in (
        "at",
        "to",
    ):
        return ""
    end = next((at for at in range(2, len(f.tokens)) if f.tokens[at].comma), 0)
    if not end or end > 6 or not NAME.fullmatch(f.tokens[1].low) or f.has("kind", *TEMPLATED):
        return ""
    f.use(0, end + 1)
    return f.tokens[1].low


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


INTENTS = guarded(Intent("set env", (), env, rank=57, reads=True))
