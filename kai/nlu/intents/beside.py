"""Names beside a kind that the lexicon knows as something else, where grammar leaves no doubt."""

from __future__ import annotations

from kai.nlu.frame import Frame, Match
from kai.nlu.target import is_plain_name


def beside(f: Frame, match: Match) -> list[int]:
    """Indexes of the name of the kind at `match`: "deploy sync", "the hpa for web", "sa default"."""
    return _known_word(f, match) or _owned(f, match) or _default_one(f, match) or _usual(f, match)


def more_names(f: Frame, indexes: list[int]) -> list[int]:
    """`deploy web api worker`: usual names go on without a comma; no namespace is one of them."""
    lists = f.scan.lexicon.lists
    usual, places = lists.get("list-names", frozenset()), lists.get("list-namespaces", frozenset())
    while indexes and f.name_at(indexes[-1] + 1) is not None and not f.tokens[indexes[-1]].comma:
        low = f.low(indexes[-1] + 1)
        if low not in usual or low in places or f.low(indexes[-1]) not in usual:
            break
        indexes = [*indexes, indexes[-1] + 1]
    return indexes


def plain_words(f: Frame, after: tuple[str, ...]) -> list[int]:
    """Indexes of `search, report and cart` said as names: behind a verb, behind `after`, or first.

    What follows must end the phrase, so that "search pods" or "report on web" names nothing.
    """
    for start in f.words():
        led = start == 0 or f.used[start - 1] or f.low(start - 1) in (*after, "the", "our", "my")
        found: list[int] = []
        at = start
        while led and is_plain_name(f, at) and "kind" not in f.cover[at]:
            found.append(at)
            joined = f.tokens[at].comma
            if f.low(at + 1) == "and" and f.free(at + 1):
                at, joined = at + 1, True
            at += 1
            if not joined:
                break
        if found and _phrase_ends(f, found[-1]):
            return found
    return []


def _phrase_ends(f: Frame, index: int) -> bool:
    after = index + 1
    if after >= len(f.tokens) or f.tokens[index].comma or f.used[after]:
        return True
    low = f.tokens[after].low
    if low.isdigit() or low in ("down", "up", "back", "off", "out"):
        return True
    return bool(f.cover[after] & {"prep", "filler", "num"})


def _usual(f: Frame, match: Match) -> list[int]:
    """`delete namespace scratch`: a word people name things by, behind a singular kind."""
    at = match.end
    if f.tokens[at - 1].low.endswith("s") or not is_plain_name(f, at):
        return []
    ended = (
        at + 1 >= len(f.tokens)
        or f.tokens[at].comma
        or f.used[at + 1]
        or bool(f.cover[at + 1] & {"prep", "filler", "pfield"})
    )
    return [at] if ended and match.start > 0 else []


def _default_one(f: Frame, match: Match) -> list[int]:
    """`the default service account`, `sa default`: every namespace has one of that name."""
    if match.value != "serviceaccounts":
        return []
    return [at for at in (match.end, match.start - 1) if f.low(at) == "default" and f.free(at)][:1]


def _owned(f: Frame, match: Match) -> list[int]:
    """`the hpa for web`, `the ingress of shop`: the name behind the preposition."""
    singular = not f.tokens[match.end - 1].low.endswith("s") or match.value == "ingresses"
    if not singular or f.low(match.end) not in ("for", "of") or not f.is_open(match.end + 1):
        return []
    indexes = f.names_from(match.end + 1)
    known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
    if len(indexes) != 1 or f.tokens[indexes[0]].low in known:
        return []
    f.use(match.end)
    return indexes


def _known_word(f: Frame, match: Match) -> list[int]:
    """`deploy sync`: a lexicon word behind a singular kind, with nothing else to be."""
    at = match.end
    word = f.tokens[match.end - 1].low
    if not f.free(at) or (word.endswith("s") and match.value.startswith(word[:3])):
        return []
    loose = {"act", "ask", "cv", "out", "state", "attr", "linkverb", "mode"}
    said = {category for category in f.cover[at] if not category.startswith("o-")}
    return [at] if said and said <= loose and (_last_chance(f, at) or _closes(f, at)) else []


def _closes(f: Frame, index: int) -> bool:
    """Whether the phrase ends behind the word ("to rolebinding view in dev") and a verb is said."""
    after = index + 1
    ended = after >= len(f.tokens) or f.tokens[index].comma or "prep" in f.cover[after]
    return ended and f.low(0) != f.low(index) and bool(f.matches.get("cv"))


def _last_chance(f: Frame, index: int) -> bool:
    """Whether another action stands elsewhere, so that this word need not be one."""
    return any(
        match.end <= index or match.start > index for match in f.matches.get("act", ())
    ) and not any(
        match.start <= index < match.end and match.end - match.start > 1
        for match in f.matches.get("act", ())
    )
