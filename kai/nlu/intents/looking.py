"""What requests to look closer share: their own words, the one object, its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kai.nlu import lexicon
from kai.nlu.entities import looks_like_pod, take_namespace, take_refs
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.change import one
from kai.nlu.lexicon import Lexicon
from kai.nlu.patterns import pattern
from kai.nlu.scan import tag
from kai.nlu.target import is_plain_name, kind_of
from kai.nlu.tokens import NAME
from kai.nlu.typos import Speller
from kai.nlu.where import known_namespace

_DATA = Path(__file__).parent.parent / "data" / "look"
_ORDINAL = pattern(r".+-\d+")
_AMOUNT = pattern(r"\d[\d.]*[a-z%]{0,2}")
_OTHER_LOGS = frozenset(
    [
        "audit",
        "access",
        "system",
        "kubelet",
        "journal",
        "journalctl",
        "syslog",
        "docker",
        "containerd",
        "git",
        "build",
        "podman",
        "helm",
        "terraform",
        "nerdctl",
        "crictl",
    ]
)
"""Words that turn a request to something kubectl does not have ("audit logs")."""
NOT_A_NAME = frozenset(
    ["prep", "kind", "act", "neg", "called", "labelled", "unlabelled", "num", "unit", "mode"]
)
OWNERS = (
    *("deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "services"),
    "replicationcontrollers",
)
"""Kinds that stand for one of their pods (`kubectl logs deployment/web`)."""


@lru_cache(maxsize=1)
def words() -> Lexicon:
    """The lexicon of looking closer (data/look), read at the first such request.

    Raises:
        TableError: a data file is missing or damaged.
    """
    return lexicon.read(_DATA)


@lru_cache(maxsize=1)
def _speller() -> Speller:
    return Speller(words().words)


def prepare(f: Frame) -> None:
    """Tag the request with the phrases of data/look, once for all its readings."""
    if "x-ready" in f.matches:
        return
    f.matches["x-ready"] = []
    table = words()
    spelled = [_spelling(f, index, table) for index in range(len(f.tokens))]
    tag(f.matches, table.find(spelled))


def _spelling(f: Frame, index: int, table: Lexicon) -> str:
    token = f.tokens[index]
    if token.quoted or token.selector:
        return ""
    for word in (token.low, token.fixed):
        if word in table.words:
            return word
    if len(token.low) < 6 or f.cover[index] or token.low in f.everyday or len(f.tokens) > 30:
        return token.fixed or token.low
    return _speller().nearest(token.low) or token.low


def repaired(f: Frame) -> str:
    """The request with its slips repaired, for gates."""
    fixed = [token.fixed for token in f.tokens if token.fixed]
    return " ".join([f.scan.text, *fixed]) if fixed else f.scan.text


def hidden(f: Frame, index: int, categories: tuple[str, ...]) -> bool:
    """Whether a phrase of one of the private `categories` covers the token."""
    return any(
        match.start <= index < match.end
        for category in categories
        for match in f.matches.get(category, ())
    )


# ------------------------------------------------------------------ the object
@dataclass(slots=True)
class Thing:
    """One object, or the pods of an application where `several`."""

    kind: str
    name: str
    several: bool = False
    at: int = -1
    """Where its name stands in the request; -1 for `kind/name`."""

    @property
    def ref(self) -> str:
        """As kubectl takes it: a pod by its name alone, others as `kind/name`."""
        return self.name if self.kind == "pods" else f"{one(self.kind)}/{self.name}"


def podlike(name: str) -> bool:
    """Whether the name can only be one pod's: web-7d9f8c6b5d-x2k4q, web-0."""
    return looks_like_pod(name) or _ORDINAL.fullmatch(name) is not None


def candidates(f: Frame, avoid: tuple[str, ...]) -> list[int]:
    """Tokens that can be a bare object name."""
    found: list[int] = []
    for index in f.words():
        if f.is_open(index) and f.name_at(index) and "/" not in f.tokens[index].text:
            if f.tokens[index].low.startswith("-") or _AMOUNT.fullmatch(f.tokens[index].low):
                continue
            if f.tokens[index].quoted or not hidden(f, index, avoid):
                found.append(index)
    return [index for index in found if f.tokens[index].low not in _OTHER_LOGS]


def take_place(f: Frame, *, avoid: tuple[str, ...] = (), any_name: bool = False) -> None:
    """The namespace; but "in web-0" stays free where it is the only object said.

    `any_name`: so does "in web", for requests that happen inside something.
    """
    inner = _inner(f, avoid, any_name)
    if inner is not None:
        f.use(inner)
    take_namespace(f)
    if f.namespace is None and not f.all_namespaces:
        _place_by_kind(f)
        _place_in_brackets(f)
    if inner is not None:
        f.used[inner] = False


def _place_in_brackets(f: Frame) -> None:
    """`web-0 (shop)`: the namespace in brackets right behind the object's name."""
    text = f.scan.text
    for index in f.words(1):
        token, before = f.tokens[index], f.tokens[index - 1]
        alone = text[token.start - 1] == "(" and text[token.end : token.end + 1] == ")"
        if alone and f.name_at(index) and (podlike(before.low) or "/" in before.text):
            f.namespace = token.low
            f.use(index)
            return


_PLACES = frozenset(["jobs", "ingress", "events", "secrets", "storage", "networking", "cronjobs"])


def _place_by_kind(f: Frame) -> None:
    """`web-0 in jobs`: a kind's word at the end of its phrase, where only a place can be meant."""
    for match in list(f.find_all("prep", "in")):
        at = match.end
        if f.free(at) and f.low(at) in _PLACES and phrase_ends(f, at):
            f.namespace = f.low(at)
            f.use(match.start, at + 1)
            return


def _inner(f: Frame, avoid: tuple[str, ...], any_name: bool) -> int | None:
    names = candidates(f, avoid)
    if any("/" in f.tokens[index].text and kind_of_ref(f, index) for index in f.words()):
        return None
    for match in f.find_all("prep", "in"):
        at = match.end
        while f.low(at) in ("the", "our", "my", "a") and f.free(at):
            at += 1
        if at not in names or known_namespace(f, at):
            continue
        if f.at("noun", at + 1) or f.at("kind", at + 1):
            continue
        others = [index for index in names if index != at and not known_namespace(f, index)]
        name = f.tokens[at].low
        if podlike(name) and (f.at("act", at + 1, "logs") or at > match.end):
            return at
        origin = podlike(name) and f.low(match.start) in ("from", "out")
        said = [act for act in f.matches.get("act", ()) if act.value == "logs"]
        logged = f.low(match.start) == "from" and any(m.end == match.start for m in said)
        if not others and logged:
            return at  # "logs from mailer"
        alone = not any(podlike(f.tokens[index].low) for index in others)
        if any_name and podlike(name) and alone and not f.has("kind", *OWNERS):
            return at
        if (not others and (any_name or podlike(name))) or looks_like_pod(name) or origin:
            return at
    return None


def kind_of_ref(f: Frame, index: int) -> str:
    """The kind of a `kind/name` word, "" if it is none."""
    word, _, name = f.tokens[index].low.partition("/")
    return kind_of(f, word) if name and "/" not in name else ""


def take_object(
    f: Frame,
    *,
    default: str = "pods",
    kinds: tuple[str, ...] = ("pods", *OWNERS),
    avoid: tuple[str, ...] = (),
) -> Thing | None:
    """The one object of the request, consumed; None when there is none or there are several."""
    refs = take_refs(f)
    if refs:
        if len(refs) > 1 or (kinds and refs[0][0] not in kinds):
            return None
        _redundant(f, refs[0][0])
        return Thing(*refs[0])
    picked = False
    for match in list(f.find_all("x-pick")):
        if _names_owner(f, match.end):
            f.use(match.start, match.end)
            picked = True
    plain: Match | None = None
    for match in list(f.find_all("kind", *kinds)):
        at = _name_beside(f, match, avoid)
        if at is None:
            plain = plain or match
            continue
        called = f.at("called", match.end)
        f.use(min(match.start, at), max(match.end, at + 1))
        if called and at > match.start:
            f.use(match.end, at)
        _redundant(f, "pods")
        name = f.tokens[at].text.lower()
        each = f.low(min(match.start, at) - 1) in ("every", "each")
        several = match.value == "pods" and (each or _plural(f, match)) and not podlike(name)
        return Thing(match.value, name, several, at)
    return _bare(f, plain, default if not picked else "deployments", avoid)


def _names_owner(f: Frame, index: int) -> bool:
    while f.low(index) in ("the", "my", "our") and f.free(index):
        index += 1
    kind = f.at("kind", index) or f.at("kind", index + 1)
    return (kind is not None and kind.value in OWNERS) or f.is_open(index)


def _plural(f: Frame, match: Match) -> bool:
    return f.low(match.end - 1) in ("pods", "pds", "podz")


def _redundant(f: Frame, *kinds: str) -> None:
    """Kind words that say again what the object is: "pod logs of deployment web"."""
    for match in list(f.find_all("kind", *kinds)):
        f.use(match.start, match.end)


def _name_beside(f: Frame, match: Match, avoid: tuple[str, ...]) -> int | None:
    after = match.end
    called = f.at("called", after)
    if called is not None:
        named = called.end < len(f.tokens) and NAME.fullmatch(f.tokens[called.end].low)
        return called.end if named and f.free(called.end) else None
    if f.low(after) == "a" and f.free(after) and phrase_ends(f, after):
        return after
    if f.name_at(after) is not None and (f.tokens[after].quoted or f.is_open(after)):
        known = hidden(f, after, avoid) and not f.tokens[after].quoted
        nothing = after + 1 < len(f.tokens) and f.used[after + 1] and not f.tokens[after].comma
        if not known or (phrase_ends(f, after) and not nothing):
            return after
    if f.name_at(after) is not None and not f.is_open(after) and not f.at("act", after):
        return after  # a dash in it: a name, whatever the lexicon knows
    if _word_name(f, after) and not _plural(f, match):
        return after
    before = match.start - 1
    led = f.low(before - 1) in ("the", "our", "my", "of", "for", "from") and before > 0
    if led and is_plain_name(f, before) and not f.low(match.end - 1).endswith("pods"):
        return before
    if before >= 0 and f.is_open(before) and f.name_at(before) and not hidden(f, before, avoid):
        return before
    return None


def _word_name(f: Frame, index: int) -> bool:
    """A known word right behind a kind, at the end of its phrase: "pod storage"."""
    ours = f.at("act", index, "logs", "tail", "top", "describe", "exec", "debug", "copy")
    if is_plain_name(f, index) and not ours and phrase_ends(f, index):
        return True
    if not f.free(index) or f.cover[index] & NOT_A_NAME or f.low(index) in f.everyday:
        return False
    if f.cover[index] & {"filler", "noun", "scope", "state", "ask"}:
        return False
    return f.name_at(index, any_word=True) is not None and phrase_ends(f, index)


def phrase_ends(f: Frame, index: int) -> bool:
    """Whether nothing, a comma or a preposition follows the token."""
    after = index + 1
    if after >= len(f.tokens) or f.tokens[index].comma or f.used[after]:
        return True
    return bool(f.cover[after] & {"prep"}) or f.low(after) in _AFTER_PHRASE


_AFTER_PHRASE = frozenset(["and", "with", "please", "pls", "plz", "thanks", "thx", "now", "asap"])


def _bare(f: Frame, plain: Match | None, default: str, avoid: tuple[str, ...]) -> Thing | None:
    called = f.find("called")
    names = candidates(f, avoid)
    if called is not None and f.name_at(called.end, any_word=True) and called.end < len(f.tokens):
        names = [called.end]
        f.use(called.start, called.end)
    names = names or _said_after_of(f)
    if not names:
        return None
    likely = [index for index in names if podlike(f.tokens[index].low)]
    at = next((index for index in likely or names if not f.tokens[index].quoted), names[0])
    name = f.tokens[at].text.lower()
    if NAME.fullmatch(name) is None:
        return None
    f.use(at)
    several = False
    kind = default
    if plain is not None:
        kind = plain.value
        several = kind == "pods" and _plural(f, plain) and not podlike(name)
        f.use(plain.start, plain.end)
    elif f.names is not None:
        kind = _existing(f, name) or default
    if plain is None and not podlike(name) and kind == default:
        f.assumptions.append(f"{name} is taken to be a {one(kind)}")
    _redundant(f, "pods")
    return Thing(kind, name, several, at)


def _said_after_of(f: Frame) -> list[int]:
    """`logs of scheduler`: a known word where only a name can stand."""
    for match in f.matches.get("act", ()):
        at = match.end + 1
        if (
            match.value == "logs"
            and f.low(match.end) in ("of", "for", "from")
            and at < len(f.tokens)
        ):
            at += f.low(at) in ("the", "our", "my")
            closed = f.cover[at] & (NOT_A_NAME | {"filler", "noun", "all", "scope"})
            if not closed and phrase_ends(f, at) and f.name_at(at, any_word=True):
                return [at]
    return []


def _existing(f: Frame, name: str) -> str:
    """The kind the name has in the cluster, by the name snapshot: pods first, then owners."""
    if f.names is None:
        return ""
    kinds = {
        item.resource
        for item in f.names.objects
        if item.name == name and (f.namespace is None or item.namespace == f.namespace)
    }
    return next((kind for kind in ("pods", *OWNERS) if kind in kinds), "")


# ------------------------------------------------------------------ joining words
def connect(f: Frame) -> None:
    """Consume the prepositions that only lead to words explained already."""
    fillers = {at for m in f.matches.get("filler", ()) for at in range(m.start, m.end)}
    for match in sorted(f.find_all("prep"), key=lambda item: -item.start):
        after = match.end
        while after < len(f.tokens) and not f.used[after] and after in fillers:
            after += 1
        if after < len(f.tokens) and f.used[after]:
            f.use(match.start, match.end)
    for index in list(f.words()):
        if f.low(index) not in ("with", "using", "by", "via") or index + 1 >= len(f.tokens):
            continue
        behind = min(index + 2, len(f.used) - 1)
        if f.used[index + 1] or (index + 1 in fillers and f.used[behind]):
            f.use(index)
