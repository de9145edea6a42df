"""Making what needs a name only: namespaces, service accounts; and what a file describes."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.naming import may_name, new_name
from kai.nlu.slots import making, prepare, take_place
from kai.nlu.tokens import is_file


def namespace(f: Frame) -> Command | None:
    """`create ns staging`, `new namespace called team-blue please`."""
    return _plain(f, "namespaces", "namespace")


def serviceaccount(f: Frame) -> Command | None:
    """`make an sa called prometheus`, `create service account deployer in ci`."""
    return _plain(f, "serviceaccounts", "serviceaccount")


def _plain(f: Frame, plural: str, singular: str) -> Command | None:
    prepare(f)
    if asking(f) or (f.has("topic", "token") and plural == "serviceaccounts"):
        return None
    kind = subject(f, plural)
    if kind is None:
        return None
    seen = f.low(0) in (
        "what",
        "whats",
        "show",
        "get",
        "see",
        "print",
        "display",
        "view",
        "output",
        "find",
        "check",
    )
    if seen and not f.has("hypo") and not f.has("act", "create"):
        return None  # "show the yaml of namespace foo": it is there
    made = (
        making(f)
        or f.has("dry")
        or _indefinite(f, kind)
        or (f.low(kind.end) == "for" and _purpose(f, kind) > 0)
    )
    if not made:
        return None
    name = _behind_purpose(f, kind) or new_name(f, kind)
    if name is None:
        return None
    if plural == "namespaces":
        if "." in name:
            return None  # a namespace is a DNS label
        for index in f.words():  # "for qa": what it is for, where it has a name of its own
            purpose = f.low(index) == "for" and f.free(index + 1) and index + 2 < len(f.tokens)
            if purpose and (
                (f.used[index + 2] and f.is_open(index + 1)) or f.low(index + 1) in ("qa", "dev")
            ):
                f.use(index, index + 2)
    else:
        take_place(f)
    if f.namespace is not None and plural == "namespaces":
        return None
    return finish(f, Command(("create", singular), [name]))


def _indefinite(f: Frame, kind: Match) -> bool:
    """`a fresh namespace ..., call it audit`: what is there already has no "a"."""
    before = {f.low(at) for at in range(max(0, kind.start - 3), kind.start)}
    named = f.has("called") or f.has("nameit")
    return named and bool(before & {"a", "an", "another", "fresh"})


def _purpose(f: Frame, kind: Match) -> int:
    """The index of the name behind `for the interns,` or `for the runner:`; 0 if there is none."""
    at = kind.end
    if f.low(at) != "for":
        return 0
    owned = f.low(at + 1) in ("the", "our", "my", "a")
    for end in range(at + 1 + owned, min(at + 5, len(f.tokens) - 1)):
        token = f.tokens[end]
        if not owned and f.scan.text[token.end : token.end + 1] != ":":
            continue
        if token.comma and may_name(f, end + 1, introduced=True):
            return end + 1
    return 0


def _behind_purpose(f: Frame, kind: Match) -> str | None:
    at = _purpose(f, kind)
    if not at:
        return None
    f.use(kind.end, at + 1)
    return f.tokens[at].text.lower()


_PLACES = ("in", "from", "-f", "under", "folder", "directory", "dir", "inside", "within", "below")


def from_file(f: Frame) -> Command | None:
    """`create whatever is in pod.yaml`, `create from job.yaml in ns batch`."""
    prepare(f)
    if asking(f) or f.find("act", "create") is None or f.has("slot", "tlskey", "cert", "envfile"):
        return None
    files = [
        index
        for index in f.words()
        if re.search(r"\.(ya?ml|json)$|^https?://", f.tokens[index].text)
        or (is_file(f.tokens[index].text) and f.low(index - 1) in _PLACES)
    ]
    if not files:
        return None
    f.take_all("act", "create")
    recursive = f.take("o-apply", "recursive") is not None
    take_place(f, worded=True)
    for match in list(f.find_all("kind")):
        f.use(match.start, match.end)
    for match in list(f.find_all("dry", "yaml")):
        if "definition" in (f.low(match.start), f.low(match.end - 1)):
            f.use(match.start, match.end)  # "using the definition in example.yaml"
    command = Command(("create",))
    for index in files:
        f.use(index)
        command.flag("filename", f.tokens[index].text)
    if f.namespace is None:
        take_place(f)
        if f.namespace in ("file", "files", "manifest", "manifests"):
            f.namespace = None  # "from files a.yaml and b.yaml"
    f.take_all("filephrase")
    if recursive:
        command.flag("recursive")
    edit = f.take("editfirst")
    if edit is not None:
        command.flag("edit")
    return finish(f, command)


INTENTS = (
    Intent("create namespace", ("kind:namespaces",), namespace, rank=62),
    Intent("create serviceaccount", ("kind:serviceaccounts",), serviceaccount, rank=62),
    Intent("create from file", ("create",), from_file, rank=61),
)
