"""The frame of one reading: tagged tokens, and who has already explained them.

An intent takes what it understands out of the frame; whatever is left and is no filler counts
against it. So coverage is exact: a reading holds only if `leftover()` is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kai.model import Context, Names, Surroundings
from kai.nlu.patterns import pattern
from kai.nlu.scan import Match, Scan, scan
from kai.nlu.tokens import NAME, Token

__all__ = ["CLOSED", "Frame", "Match", "Scan", "scan"]

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


_QUALIFYING = pattern(
    r"(?:non|not|never|newly|already|currently|recently|fully|partially|partly|previously|freshly|"
    r"least|most|half|multi|single|base64|b64|un)-[a-z]|[a-z0-9]+-(?:wide|decoded|encoded|sorted|related|only|"
    r"labelled|labeled|owned|managed|less)$"
)
"""Hyphenated adjectives: `non-running`, `base64-decoded` name nothing unless they are introduced."""
_COUNTING = ("single-", "multi-", "half-")
"""Adjectives that also begin names: "deployment single-writer"."""


class Frame:
    """One attempt to read a scanned request."""

    __slots__ = (
        "all_namespaces",
        "assumptions",
        "choices",
        "context",
        "cover",
        "matches",
        "names",
        "namespace",
        "prefer",
        "scan",
        "surroundings",
        "target_context",
        "tokens",
        "used",
    )

    def __init__(
        self,
        scan: Scan,
        context: Context,
        surroundings: Surroundings,
        names: Names | None,
        prefer: Mapping[str, str] | None = None,
    ) -> None:
        self.scan = scan
        self.tokens = scan.tokens
        self.matches = scan.matches
        self.cover = scan.covered
        self.used = [False] * len(scan.tokens)
        self.context = context
        self.surroundings = surroundings
        self.names = names
        self.prefer = prefer or {}
        self.choices: dict[str, tuple[str, ...]] = {}
        self.namespace: str | None = None
        self.all_namespaces = False
        self.target_context: str | None = None
        self.assumptions: list[str] = []

    def choose(self, what: str, options: tuple[str, ...]) -> str:
        """One of several readings of a word that the cluster's names allow; all are remembered.

        The first is taken unless this frame was told to prefer another, so that the engine can
        offer the rest as alternatives.
        """
        if len(options) > 1:
            self.choices[what] = options
        return self.prefer.get(what, options[0])

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
        distinct = self._distinct(token) and token.low not in self.everyday
        if not (any_word or self.is_open(index) or distinct):
            return None
        if any_word and not token.quoted and self.cover[index] & {"filler", "prep"}:
            return None
        plain = not any_word and not token.quoted
        if plain and _QUALIFYING.match(token.low) and not self._counting_name(index):
            return None
        if (
            not token.quoted
            and token.text[1:] != token.text[1:].lower()
            and not token.text.isupper()
        ):
            return None  # CamelCase is a reason or a field, never an object's name
        name = token.text.lower()
        if not token.quoted and not any_word and name.replace(".", "").isdigit():
            return None  # a number is a quantity, four of them an address
        return name if NAME.fullmatch(name) and len(name) <= 253 else None

    def _counting_name(self, index: int) -> bool:
        """`deployment single-writer`: whether one kind leads to it and no noun follows it."""
        if not self.tokens[index].low.startswith(_COUNTING):
            return False
        kind = self.ending("kind", index)
        one = kind is not None and not self.low(index - 1).endswith("s")
        return one and not (
            index + 1 < len(self.tokens) and self.cover[index + 1] & {"kind", "noun"}
        )

    @staticmethod
    def _distinct(token: Token) -> bool:
        """A dash or dot with letters: a name even where the lexicon knows the word."""
        return "-" in token.low.strip("-") and not token.fixed

    def names_from(self, index: int, *, any_word: bool = False) -> list[int]:
        """Indexes of the name list that begins at `index`: `a, b and c`."""
        found: list[int] = []
        at = index
        while self.name_at(at, any_word=any_word and not found) is not None or (
            found and self._usual_name(at)
        ):
            found.append(at)
            token = self.tokens[at]
            at += 1
            joined = token.comma
            if joined and self.scan.text[token.end : token.end + 1] == ":":
                break  # "for the runner: gha-runner" lists nothing
            if self.low(at) in ("and", "or") and self.free(at):
                if self.name_at(at + 1) is None and not self._usual_name(at + 1):
                    break
                at, joined = at + 1, True
            if not joined and not self._more_names(at):
                break
        return found

    def _usual_name(self, index: int) -> bool:
        """Whether a word the lexicon knows goes on a list of names: `web and search to 5`."""
        usual = self.scan.lexicon.lists.get("list-names", frozenset())
        if not self.free(index) or self.tokens[index].low not in usual:
            return False
        if self.cover[index] & CLOSED or self.tokens[index].quoted:
            return False
        after = self.cover[index + 1] if index + 1 < len(self.tokens) else set()
        return self.tokens[index].comma or not after & {"kind", "noun", "attr", "chn"}

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
            and not (index == 0 and token.quoted and token.text.count(" ") > 1)  # a pasted error
            and (
                token.quoted
                or (token.low == "a" and token.comma)  # "a, b and c": no article
                or not (filler[index] or self._leads_to_used(index, filler))
            )
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
