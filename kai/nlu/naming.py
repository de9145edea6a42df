"""What a new object is called: `deployment web`, `web deployment`, `called web`, `as web`."""

from __future__ import annotations

from kai.nlu.frame import Frame, Match
from kai.nlu.slots import listed, prepare, value_after
from kai.nlu.target import is_plain_name
from kai.nlu.tokens import NAME

_NOT_NAMES = frozenset(["prep", "called", "labelled", "unlabelled", "num", "kind", "act", "neg"])


def may_name(f: Frame, index: int, *, introduced: bool = False) -> bool:  # noqa: PLR0911  # one way out for each use
    """Whether a new object's name can stand at `index`; `introduced`: behind "called"."""
    if not f.free(index):
        return False
    token = f.tokens[index]
    text = token.text.lower()
    if NAME.fullmatch(text) is None or token.selector:
        return False
    if any(f.at(category, index) for category in ("dry", "upsert", "temp")):
        return False
    if f.at("asargs", index - 1):
        return False
    if token.quoted or (introduced and not f.cover[index] & {"prep", "called"}):
        return True
    if text.isdigit() and not introduced and not token.quoted:
        return False  # "deploy, 3 pods"
    if text in ("keys", "entries", "values") and not introduced:
        return False  # "as configmap keys"
    if text in listed("nameish"):
        return True
    if f.at("slot", index) is not None or f.at("act", index) or f.at("slack", index):
        return False
    if token.low in f.everyday or (f.cover[index] & _NOT_NAMES and "-" not in token.low):
        return False
    return not (f.cover[index] & {"filler", "ask", "scope", "all"} and token.low != "prod")


def new_name(f: Frame, kind: Match | None, *, before: bool = True) -> str | None:
    """The name of the object to make, consumed: `deployment web`, `web deployment`, `called web`."""
    prepare(f)
    inline = value_after(f, "name", pattern=r"[a-z0-9][a-z0-9.-]*", category="nothing")
    if inline is not None:
        return inline
    if kind is not None:
        called = f.at("called", kind.end)
        at = called.end if called else kind.end
        dry = f.at("dry", at)
        if called is None and dry is not None and not f.at("called", dry.end):
            at = dry.end  # "rolebinding yaml: view-all"
        while called is None and at < min(len(f.tokens), kind.end + 2) and f.used[at]:
            at += 1  # "service nodeport web"
        ahead = kind.start - 1
        apart = called is None and f.tokens[kind.end - 1].comma and before
        if apart and f.is_open(ahead) and may_name(f, ahead):
            f.use(ahead)
            return f.tokens[ahead].text.lower()  # "the vault-agent service account, ..."
        usual = at == kind.end and not f.low(at - 1).endswith("s") and is_plain_name(f, at)
        last = f.tokens[kind.end - 1]
        opened = f.scan.text[last.end : last.end + 1] == ":" and f.at("slot", at) is not None
        if not opened and (usual or may_name(f, at, introduced=called is not None)):
            f.use(called.start if called else at, at + 1)
            return f.tokens[at].text.lower()
    for match in sorted(
        [*f.find_all("called"), *f.find_all("nameit")], key=lambda item: (item.start, -item.end)
    ):
        at, noun = _behind_noun(f, match)
        if may_name(f, at, introduced=not noun):
            f.use(match.start, at + 1)
            return f.tokens[at].text.lower()
    for match in f.find_all("dry"):
        if f.low(match.end - 1) in ("for", "of") and may_name(f, match.end):
            f.use(match.end)
            return f.tokens[match.end].text.lower()
    if kind is not None and before:
        at = kind.start - 1
        if may_name(f, at) and f.is_open(at):
            f.use(at)
            return f.tokens[at].text.lower()
    return None


def _behind_noun(f: Frame, match: Match) -> tuple[int, bool]:
    """Where a name stands behind "called" or "as": `as cronjob pg-vacuum`, `as a deployment`."""
    at = match.end
    while f.free(at) and f.low(at) in ("a", "an", "the", "=", "is", "be"):
        at += 1
    noun = f.at("kind", at)
    if noun is None:
        return at, False
    if may_name(f, noun.end):
        return noun.end, True
    return (noun.end, True) if f.low(match.end - 1) == "as" else (at, False)
