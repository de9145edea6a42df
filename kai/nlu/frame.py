"""The frame of one reading: tagged tokens, and who has already explained them.

An intent takes what it understands out of the frame; whatever is left and is no filler counts
against it. So coverage is exact: a reading holds only if `leftover()` is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kai.model import Context, Names, Surroundings
from kai.nlu.lexicon import Lexicon, Node
from kai.nlu.tokens import NAME, Token
from kai.nlu.typos import Speller

_LONGEST_FIX = 12
"""Unknown words repaired per request: enough for any real one, a bound for garbage."""


CLOSED = frozenset(
    [
        "filler",
        "prep",
        "kind",
        "out",
        "neg",
        "mode",
        "sort",
        "labelled",
        "unlabelled",
        "called",
        "count",
        "per",
        "scope",
        "num",
        "unit",
        "time",
        "act",
        "link",
        "guard",
        "onnode",
        "outside",
        "all",
    ]
)
"""Categories whose words are never names, even where grammar leaves room for one."""


@dataclass(frozen=True, slots=True)
class Match:
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


def _variants(token: Token, root: Node) -> str:
    """The lexicon spelling of a token: as folded, without hyphens, or repaired."""
    if token.low in root.after or not token.low:
        return token.low
    if "-" in token.low:
        joined = token.low.replace("-", "")
        if joined in root.after:
            return joined
    return token.fixed or token.low


def scan(tokens: list[Token], lexicon: Lexicon, speller: Speller, names: frozenset[str]) -> Scan:
    """Tag `tokens`: repair slips of lexicon words, then find every phrase.

    `names` are words that exist in the cluster or are common names: never repaired.
    """
    fixes = []
    tried = 0
    for at, token in enumerate(tokens):
        if token.quoted or token.low in lexicon.words or token.low in names or token.selector:
            continue
        if tried < _LONGEST_FIX and len(token.low) >= 4 and not _explicit(tokens, at):
            tried += 1
            fixed = speller.nearest(token.low)
            if fixed:
                token.fixed = fixed
                fixes.append((token.text, fixed))
    result = Scan(tokens, {}, [set() for _ in tokens], lexicon, fixes)
    spelled = ["" if token.quoted else _variants(token, lexicon.root) for token in tokens]
    words = [token.fixed or word for token, word in zip(tokens, spelled, strict=True)]
    for start in range(len(tokens)):
        node = lexicon.root
        for end in range(start, len(tokens)):
            step = node.after.get(spelled[start] if end == start else words[end])
            if step is None and end > start and not tokens[end].quoted:
                step = node.after.get(tokens[end].low)  # "plain-text" inside a phrase
            if step is None:
                break
            node = step
            for category, value in node.entries:
                match = Match(start, end + 1, category, value)
                result.matches.setdefault(category, []).append(match)
                for index in range(start, end + 1):
                    result.covered[index].add(category)
    _suppress(result)
    for found in result.matches.values():
        found.sort(key=lambda match: (match.start, match.start - match.end))
    return result


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


def _explicit(tokens: list[Token], at: int) -> bool:
    """Whether a word just before says that a name follows."""
    if at == 0:
        return False
    before = tokens[at - 1].low
    return before in _OWNED or (before in _INTRODUCING and len(tokens[at].low) < 7)


class Frame:
    """One attempt to read a scanned request."""

    __slots__ = (
        "all_namespaces",
        "assumptions",
        "context",
        "cover",
        "matches",
        "names",
        "namespace",
        "scan",
        "surroundings",
        "target_context",
        "tokens",
        "used",
    )

    def __init__(
        self, scan: Scan, context: Context, surroundings: Surroundings, names: Names | None
    ) -> None:
        self.scan = scan
        self.tokens = scan.tokens
        self.matches = scan.matches
        self.cover = scan.covered
        self.used = [False] * len(scan.tokens)
        self.context = context
        self.surroundings = surroundings
        self.names = names
        self.namespace: str | None = None
        self.all_namespaces = False
        self.target_context: str | None = None
        self.assumptions: list[str] = []

    # -------------------------------------------------------------- consuming
    def use(self, start: int, end: int | None = None) -> None:
        """Mark tokens[start:end] (or the one at `start`) as explained."""
        for index in range(start, start + 1 if end is None else end):
            self.used[index] = True

    def free(self, index: int) -> bool:
        """Whether there is an unexplained token at `index`."""
        return 0 <= index < len(self.tokens) and not self.used[index]

    def low(self, index: int) -> str:
        """The folded word at `index` (repaired where it was a slip); "" outside the request."""
        if not 0 <= index < len(self.tokens):
            return ""
        token = self.tokens[index]
        return "" if token.quoted else token.fixed or token.low

    def find(self, category: str, *values: str) -> Match | None:
        """The first unexplained phrase of a category (longest at its place), or None."""
        for match in self.matches.get(category, ()):
            if values and match.value not in values:
                continue
            if not any(self.used[match.start : match.end]):
                return match
        return None

    def find_all(self, category: str, *values: str) -> Iterator[Match]:
        """All unexplained phrases of a category in order, overlapping ones left out."""
        after = -1
        for match in self.matches.get(category, ()):
            if match.start < after or (values and match.value not in values):
                continue
            if not any(self.used[match.start : match.end]):
                after = match.end
                yield match

    def has(self, category: str, *values: str) -> bool:
        """Whether an unexplained phrase of the category is there."""
        return self.find(category, *values) is not None

    def take(self, category: str, *values: str) -> str | None:
        """Consume the first phrase of a category and return its value."""
        match = self.find(category, *values)
        if match is None:
            return None
        self.use(match.start, match.end)
        return match.value

    def take_all(self, category: str, *values: str) -> list[str]:
        """Consume every phrase of a category; their values in order, without doubles."""
        found: list[str] = []
        while (match := self.find(category, *values)) is not None:
            self.use(match.start, match.end)
            if match.value not in found:
                found.append(match.value)
        return found

    def at(self, category: str, index: int, *values: str) -> Match | None:
        """The longest unexplained phrase of a category that begins at `index`."""
        for match in self.matches.get(category, ()):
            if match.start == index and (not values or match.value in values):
                return None if any(self.used[match.start : match.end]) else match
        return None

    def ending(self, category: str, index: int, *values: str) -> Match | None:
        """The longest unexplained phrase of a category that ends just before `index`."""
        for match in self.matches.get(category, ()):
            if match.end == index and (not values or match.value in values):
                return None if any(self.used[match.start : match.end]) else match
        return None

    # -------------------------------------------------------------- names
    def is_open(self, index: int) -> bool:
        """Whether the token is unexplained and no known word (or quoted): it may be a name."""
        if not self.free(index):
            return False
        token = self.tokens[index]
        return token.quoted or (not self.cover[index] and token.low not in self.everyday)

    @property
    def everyday(self) -> frozenset[str]:
        """Everyday words, which name nothing unless quoted or introduced."""
        return self.scan.lexicon.lists.get("list-words", frozenset())

    def is_word(self, index: int) -> bool:
        """Whether the token can be a label key or a name: open, or only a property's word."""
        if self.is_open(index):
            return True
        if not self.free(index) or self.low(index) in self.everyday:
            return False
        return not self.cover[index] & CLOSED

    def name_at(self, index: int, *, any_word: bool = False) -> str | None:
        """The object name at `index`, None if none can stand there.

        Names are words that the lexicon does not know or that are quoted. `any_word` also takes
        known words, for places where grammar leaves no other reading ("called NAME").
        """
        if not self.free(index):
            return None
        token = self.tokens[index]
        if not (any_word or self.is_open(index) or self._distinct(token)):
            return None
        if any_word and not token.quoted and self.cover[index] & {"filler", "prep"}:
            return None
        if (
            not token.quoted
            and token.text[1:] != token.text[1:].lower()
            and not token.text.isupper()
        ):
            return None  # CamelCase is a reason or a field, never an object's name
        name = token.text.lower()
        return name if NAME.fullmatch(name) and len(name) <= 253 else None

    @staticmethod
    def _distinct(token: Token) -> bool:
        """A dash or dot with letters: a name even where the lexicon knows the word."""
        return "-" in token.low.strip("-") and not token.fixed

    def names_from(self, index: int, *, any_word: bool = False) -> list[int]:
        """Indexes of the name list that begins at `index`: `a, b and c`."""
        found: list[int] = []
        at = index
        while self.name_at(at, any_word=any_word and not found) is not None:
            found.append(at)
            token = self.tokens[at]
            at += 1
            joined = token.comma
            if self.low(at) in ("and", "or") and self.free(at):
                if self.name_at(at + 1) is None:
                    break
                at, joined = at + 1, True
            if not joined and not self._more_names(at):
                break
        return found

    def _more_names(self, index: int) -> bool:
        """A run of blank-separated names ("web-0 web-1") goes on while they look like names."""
        return (
            self.is_open(index)
            and not self.tokens[index].quoted
            and ("-" in self.low(index) or any(char.isdigit() for char in self.low(index)))
        )

    def use_list(self, indexes: list[int]) -> list[str]:
        """Consume a name list found by `names_from`, with the words between its names."""
        if indexes:
            self.use(indexes[0], indexes[-1] + 1)
        return [self.tokens[index].text.lower() for index in indexes]

    def words(self, start: int = 0) -> Iterator[int]:
        """Indexes of the unexplained tokens from `start` on."""
        for index in range(start, len(self.tokens)):
            if not self.used[index]:
                yield index

    # -------------------------------------------------------------- the end
    def leftover(self) -> list[str]:
        """Words nobody explained and that may change the meaning."""
        filler = [False] * len(self.tokens)
        for match in self.matches.get("filler", ()):
            for index in range(match.start, match.end):
                filler[index] = True
        return [
            token.text
            for index, token in enumerate(self.tokens)
            if not self.used[index]
            and (token.quoted or not (filler[index] or self._leads_to_used(index, filler)))
        ]

    def _leads_to_used(self, index: int, filler: list[bool]) -> bool:
        """Whether the token is a preposition whose object is explained: it adds nothing to it."""
        if not self.cover[index] & {"prep", "link"}:
            return False
        after = index + 1
        while after < len(self.tokens) and not self.used[after]:
            if not filler[after] and not self.cover[after] & {"prep", "link"}:
                break
            after += 1
        return after < len(self.tokens) and self.used[after]
