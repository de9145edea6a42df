"""Tagging a request: slips repaired, every phrase of the lexicon found."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from kai.nlu.lexicon import Entry, Lexicon
from kai.nlu.tokens import Token
from kai.nlu.typos import Speller

_LONGEST_FIX = 12
"""Unknown words repaired per request: enough for any real one, a bound for garbage."""


class Match(NamedTuple):
    """A lexicon phrase found at tokens[start:end]."""

    start: int
    end: int
    category: str
    value: str


@dataclass(slots=True)
class Scan:
    """Everything the lexicon knows about a request; shared by all readings of it."""

    tokens: list[Token]
    matches: dict[str, list[Match]]
    covered: list[set[str]]
    """Categories of the phrases that cover each token; empty: the lexicon does not know it."""
    lexicon: Lexicon
    fixes: list[tuple[str, str]] = field(default_factory=list)
    """Repaired slips: (as typed, as read)."""
    text: str = ""
    """The request as typed, for what must be taken over to the letter."""
    answers: dict[object, bool] = field(default_factory=dict)
    """What the guards found out about the request (`once`)."""


def _variants(token: Token, known: Container[str]) -> str:
    """The lexicon spelling of a token: as folded, without hyphens, or repaired."""
    if token.fixed or token.low in known:
        return token.fixed or token.low
    if "-" in token.low:
        joined = token.low.replace("-", "")
        if joined in known:
            return joined
    return token.fixed or token.low


def scan(tokens: list[Token], lexicon: Lexicon, speller: Speller, names: frozenset[str]) -> Scan:
    """Tag `tokens`: repair slips of lexicon words, then find every phrase.

    `names` are words that exist in the cluster or are common names: never repaired.
    """
    tokens = _split_kinds(tokens, lexicon)
    fixes = _repair(tokens, lexicon, speller, names)
    result = Scan(tokens, {}, [set() for _ in tokens], lexicon, fixes)
    spelled = ["" if token.quoted else _variants(token, lexicon.longest) for token in tokens]
    inside = ["" if token.quoted else token.low for token in tokens]  # "plain-text" in a phrase
    found = lexicon.find(spelled, inside)
    tag(result.matches, found)
    for start, end, (category, _) in found:
        for index in range(start, end):
            result.covered[index].add(category)
    _nodes_as_no(result)
    _suppress(result)
    return result


def tag(matches: dict[str, list[Match]], found: Iterable[tuple[int, int, Entry]]) -> None:
    """Add what a lexicon found, each category in order of the places, the longest phrase first."""
    for start, end, (category, value) in found:
        matches.setdefault(category, []).append(Match(start, end, category, value))
    for category in {category for _, _, (category, _) in found}:
        if len(matches[category]) > 1:
            matches[category].sort(key=lambda match: (match.start, -match.end))


def _repair(
    tokens: list[Token], lexicon: Lexicon, speller: Speller, names: frozenset[str]
) -> list[tuple[str, str]]:
    """Note on each misspelt word the lexicon word it stands for; (typed, read) of each."""
    fixes: list[tuple[str, str]] = []
    tried = 0
    everyday = lexicon.lists.get("list-words", frozenset())
    for at, token in enumerate(tokens):
        slip = [] if token.quoted else lexicon.meanings(token.low)
        if read := next((word for kind, word in slip if kind == "slip"), ""):
            token.fixed = read  # too short or too far off for the speller
            fixes.append((token.text, read))
            continue
        known = (
            bool(slip) or token.low in lexicon.words or token.low in names or token.low in everyday
        )
        if token.quoted or known or token.selector or len(fixes) >= _LONGEST_FIX:
            continue
        tried += 1
        if tried > _MOST_TRIED:
            break
        fixed = speller.nearest(token.low, swaps_only=_explicit(tokens, at))
        if fixed:
            token.fixed = fixed
            fixes.append((token.text, fixed))
    return fixes


_MOST_TRIED = 16
"""Unknown words looked up for slips: more are no request, and garbage must stay cheap."""


def _split_kinds(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    """`deploy,svc,ing` as three words where every part is a kind."""
    split: list[Token] = []
    for token in tokens:
        parts = token.low.split(",") if "," in token.low and not token.quoted else []
        if not parts or not all(_is_kind(part, lexicon) for part in parts):
            split.append(token)
            continue
        start = token.start
        for part in parts:
            comma = token.comma if part is parts[-1] else True
            split.append(Token(part, part, start, start + len(part), comma=comma))
            start += len(part) + 1
    return split


def _is_kind(word: str, lexicon: Lexicon) -> bool:
    return any(category == "kind" for category, _ in lexicon.meanings(word))


_BEFORE_NO = frozenset(["get", "describe", "desc", "top", "per", "cordon", "uncordon", "drain"])


def _nodes_as_no(result: Scan) -> None:
    """kubectl's short name `no` for nodes, only where it can be no refusal: `get no`."""
    for index, token in enumerate(result.tokens):
        before = result.tokens[index - 1].low if index else ""
        alone = len(result.tokens) == 1
        if token.low == "no" and not token.quoted and (alone or before in _BEFORE_NO):
            for found in result.matches.values():
                found[:] = [m for m in found if not m.start <= index < m.end]
            result.matches.setdefault("kind", []).append(Match(index, index + 1, "kind", "nodes"))
            result.matches["kind"].sort(key=lambda match: (match.start, -match.end))
            result.covered[index] = {"kind"}


_STRONG = frozenset(
    ["kind", "attr", "state", "out", "scope", "unlabelled", "time", "mode", "sort", "called"]
)
"""Categories whose phrases take the meaning of the words inside them."""


_OWN_DECISION = frozenset(
    [
        "chn",
        "cv",
        "special",
        "speciallabel",
        "pfield",
        "delstate",
        "onnode",
        "controlplane",
        "changecause",
        "graceword",
        "timeoutword",
    ]
)
"""Categories of intents that change things; they weigh overlapping phrases themselves."""


def _suppress(result: Scan) -> None:
    """Drop phrases that stand strictly inside a longer one: "across all namespaces" has no kind."""
    longer = [
        match
        for category, found in result.matches.items()
        if category in _STRONG
        for match in found
        if match.end - match.start > 1
    ]
    if not longer:
        return
    _no_verbs_in_kinds(result, [match for match in longer if match.category == "kind"])
    for category, found in result.matches.items():
        if category in _OWN_DECISION or category.startswith("o-"):
            continue  # slots and options of changes: their intents decide themselves
        kept = [
            match
            for match in found
            if not any(
                outer.start <= match.start
                and match.end <= outer.end
                and match.end - match.start < outer.end - outer.start
                for outer in longer
            )
        ]
        if len(kept) != len(found):
            result.matches[category] = kept


def _no_verbs_in_kinds(result: Scan, kinds: list[Match]) -> None:
    """Drop single words of change inside a longer kind: "stateful set" sets nothing."""
    for category in ("cv", "chn", "pfield") if kinds else ():
        result.matches[category] = [
            match
            for match in result.matches.get(category, [])
            if match.end - match.start > 1
            or not any(kind.start <= match.start < kind.end for kind in kinds)
        ]


_INTRODUCING = frozenset(
    [
        "called",
        "named",
        "name",
        "-n",
        "-l",
        "-c",
        "in",
        "from",
        "of",
        "for",
        "on",
        "to",
        "inside",
        "ns",
        "namespace",
    ]
)


_OWNED = frozenset(
    [
        "called",
        "named",
        "user",
        "group",
        "container",
        "serviceaccount",
        "sa",
        "account",
        "claim",
        "map",
        "binding",
        "quota",
        "ingress",
        "hpa",
        "secret",
        "job",
        "deployment",
        "deploy",
        "statefulset",
        "daemonset",
        "configmap",
        "cm",
        "pod",
        "svc",
        "node",
        "pvc",
        "cronjob",
        "namespace",
    ]
)
"""Singular kinds and the like: the word behind them is a name, however it is spelt."""


_NAMING = frozenset(["scale", "restart", "pause", "resume"])
"""Verbs behind which a kind in the plural leads to names: there are no states to choose by."""


def _explicit(tokens: list[Token], at: int) -> bool:
    """Whether a word just before says that a name follows."""
    if at == 0:
        return False
    before = tokens[at - 1].low
    if tokens[0].low in _NAMING:  # "scale deploys encoder and decoder"
        led = tokens[at - 3].low if before == "and" and at > 2 else before
        if led[-1:] == "s" and led[:-1] in _OWNED:
            return True
    return before in _OWNED or (before in _INTRODUCING and len(tokens[at].low) < 7)
