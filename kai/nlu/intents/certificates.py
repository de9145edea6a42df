"""Certificate signing requests: approved or denied."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.slots import absorb, prepare
from kai.nlu.tokens import is_file
from kai.nlu.where import take_context

_KINDS = ("certificatesigningrequests", "certificates", "certificaterequests")


def certificate(f: Frame) -> Command | None:
    """`approve csr node-csr-abc12`, `deny certificate request mallory`, `let csr x through`."""
    prepare(f)
    verbs = {value for value in ("approve", "deny") if f.has("topic", value)}
    if len(verbs) != 1:
        return None
    verb = verbs.pop()
    said = f.has("csrnoun") or any(f.has("kind", kind) for kind in _KINDS)
    f.take_all("topic", verb)
    take_context(f, nouns=("context",))
    file = _file(f) if said else ""
    names = _by_name(f)
    for match in list(f.find_all("kind", *_KINDS)):
        f.use(match.start, match.end)
    for index in f.words():
        if f.low(index).startswith(("csr-", "node-csr-")):
            f.use(index)
            names.append(f.tokens[index].text)
    if bool(names) == bool(file):
        return None
    f.take_all("csrnoun")
    f.take_all("csrfill")
    if any(f.ending("all", match.start) for match in f.matches.get("csrnoun", ())):
        return None
    _requester(f, names)
    absorb(f)
    command = Command(("certificate", verb), list(dict.fromkeys(names)))
    return command.flag("filename", file) if file else command


def _file(f: Frame) -> str:
    for index in f.words():
        if is_file(f.tokens[index].text) and f.low(index).endswith((".yaml", ".yml", ".json")):
            f.use(index)
            return f.tokens[index].text
    return ""


def _by_name(f: Frame) -> list[str]:
    """The names beside words for a signing request: behind "called" first, consumed."""
    phrases = [*f.find_all("csrnoun"), *f.find_all("kind", *_KINDS)]
    called = [
        (match, word)
        for match in phrases
        if (word := f.at("called", match.end + (f.low(match.end) == "is")))
    ]
    for match, word in called:
        indexes = f.names_from(word.end, any_word=True)
        if indexes:
            f.use(match.start, word.end)
            return f.use_list(indexes)
    names: list[str] = []
    for match in phrases:
        if any(f.used[match.start : match.end]):
            continue
        indexes = f.names_from(match.end)
        if not indexes and f.is_open(match.start - 1) and f.name_at(match.start - 1):
            indexes = [match.start - 1]
        if indexes:
            f.use(match.start, match.end)
            names += f.use_list(indexes)
    return names


def _requester(f: Frame, names: list[str]) -> None:
    """`the signing request from jane, csr is called jane-dev`: who asked for what is named."""
    for index in f.words(1):
        asked = f.low(index - 1) in ("from", "of", "by", "for")
        if asked and f.is_open(index) and any(f.low(index) in name.split("-") for name in names):
            f.use(index)


INTENTS = (Intent("certificate", ("topic:approve", "topic:deny"), certificate, rank=66),)
