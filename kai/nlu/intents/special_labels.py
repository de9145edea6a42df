"""Labels and annotations with a meaning: injection, pod security, node roles, default class."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import guarded, take_objects, tidy
from kai.nlu.patterns import pattern
from kai.nlu.tokens import ASSIGNMENT

_KEY = pattern(r"[A-Za-z0-9]([\w./-]*[A-Za-z0-9])?")


def is_label(text: str) -> bool:
    """Whether `k=v` can be a label where nobody said so: no field of a workload, no image."""
    key = text.partition("=")[0]
    plain = ASSIGNMENT.fullmatch(text) and key.rpartition("/")[2].islower() and ":" not in text
    return bool(plain) and not text.startswith(("replicas=", "image=", "cpu=", "memory="))


def special(f: Frame) -> Command | None:
    """Labels and annotations with a meaning: injection, pod security, node roles, default class."""
    match = f.find("special")
    if match is None:
        return None
    f.use(match.start, match.end)
    what, _, value = match.value.partition("|")
    kind, _, key = what.partition(":")
    f.take_all("o-special")
    if "*" in key or "*" in value:
        word = _role(f, match.end)
        if word is None:
            return None
        key, value = key.replace("*", word), value.replace("*", word)
    where_ok = kind not in ("namespaces", "nodes", "storageclasses")
    objects = take_objects(f, default=kind, kinds=(kind,), after=("on", "for", "in", "of"))
    if objects is None or not objects.names or objects.every or where_ok:
        return None
    verb = "annotate" if kind == "storageclasses" else "label"
    command = Command((verb,), [*objects.spaced(), key + value])
    if verb == "annotate" and not value.endswith("-"):
        command.flag("overwrite")
    f.take_all("cv")
    f.take_all("o-special")
    tidy(f)
    return command


def _role(f: Frame, index: int) -> str | None:
    for at in (index, index - 2):
        if f.free(at) and _KEY.fullmatch(f.tokens[at].text):
            f.use(at)
            return f.tokens[at].text.lower()
    return None


INTENTS = guarded(Intent("special label", ("speciallabel:yes",), special, rank=66))
