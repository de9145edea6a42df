"""GBNF read, checked, derived from and matched: enough of it for the grammars that kai writes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A literal."""

    text: str


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a class."""

    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to a rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` times."""

    part: Node
    low: int
    high: int


Node = Text | Chars | Rule | Sequence | Choice | Repeat
UNBOUNDED = 10_000

_TOKEN = re.compile(
    r"""\s*+(?:(?P<name>[A-Za-z0-9-]++)|"(?P<text>(?:[^"\\]|\\.)*+)"|\[(?P<chars>(?:[^\]\\]|\\.)*+)\]"""
    r"""|(?P<count>\{\d++(?:,\d*+)?\})|(?P<sign>[()|?*+]))"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def parse(text: str) -> dict[str, Node]:
    """The rules of a grammar. Raises ValueError where it is none, or a rule is there twice."""
    rules: dict[str, Node] = {}
    for line in text.splitlines():
        name, sign, body = line.partition(" ::= ")
        if not sign or not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in rules:
            raise ValueError(f"no rule, or one that is there already: {line[:80]}")
        reader = _Reader(body)
        rules[name] = reader.choice()
        reader.end()
    return rules


class _Reader:
    def __init__(self, body: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position, body = 0, body.rstrip()
        while position < len(body):
            match = _TOKEN.match(body, position)
            if match is None or match.lastgroup is None:
                raise ValueError(f"not GBNF: {body[position : position + 60]}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def end(self) -> None:
        if self.at != len(self.tokens):
            raise ValueError(f"unexpected {self.peek()}")

    def choice(self) -> Node:
        parts = [self.sequence()]
        while self.peek() == ("sign", "|"):
            self.take()
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.peek()[0] and self.peek() not in (("sign", "|"), ("sign", ")")):
            parts.append(self.item())
        if not parts:
            raise ValueError("an empty alternative")
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def item(self) -> Node:
        node = self.atom()
        while True:
            kind, text = self.peek()
            if kind == "count":
                low, comma, high = text[1:-1].partition(",")
                last = int(high) if high else UNBOUNDED if comma else int(low)
                node = Repeat(node, int(low), last)
            elif kind == "sign" and text in "?*+":
                node = Repeat(node, int(text == "+"), 1 if text == "?" else UNBOUNDED)
            else:
                return node
            self.take()

    def atom(self) -> Node:
        kind, text = self.take()
        if kind == "name":
            return Rule(text)
        if kind == "text":
            return Text("".join(_unescaped(text)))
        if kind == "chars":
            return Chars(frozenset(_members(list(_escaped(text)))))
        if (kind, text) != ("sign", "("):
            raise ValueError(f"unexpected {text}")
        node = self.choice()
        if self.take() != ("sign", ")"):
            raise ValueError("a group is not closed")
        return node


def _escaped(text: str) -> Iterator[tuple[str, bool]]:
    position = 0
    while position < len(text):
        if text[position] == "\\":
            position += 1
            yield _ESCAPES.get(text[position], text[position]), True
        else:
            yield text[position], False
        position += 1


def _unescaped(text: str) -> Iterator[str]:
    return (char for char, _ in _escaped(text))


def _members(chars: list[tuple[str, bool]]) -> Iterator[str]:
    index = 0
    while index < len(chars):
        char = chars[index][0]
        if index + 2 < len(chars) and chars[index + 1] == ("-", False):
            yield from map(chr, range(ord(char), ord(chars[index + 2][0]) + 1))
            index += 3
        else:
            yield char
            index += 1


def references(node: Node) -> Iterator[str]:
    """The rules that a rule mentions."""
    if isinstance(node, Rule):
        yield node.name
    elif isinstance(node, Repeat):
        yield from references(node.part)
    elif isinstance(node, Sequence | Choice):
        for part in node.parts:
            yield from references(part)


def undefined(rules: dict[str, Node]) -> set[str]:
    """The names that no rule has."""
    return {name for node in rules.values() for name in references(node)} - rules.keys()


def unused(rules: dict[str, Node]) -> set[str]:
    """The rules that nothing comes to from root."""
    seen: set[str] = set()
    waiting = ["root"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(references(rules[name]))
    return rules.keys() - seen


def left_recursive(rules: dict[str, Node]) -> set[str]:
    """The rules that may begin with themselves."""
    empty: set[str] = set()
    while True:
        more = {name for name, node in rules.items() if _may_be_empty(node, empty)}
        if more == empty:
            break
        empty = more
    first = {name: set(_first(node, empty)) for name, node in rules.items()}
    for middle in rules:
        for name in rules:
            if middle in first[name]:
                first[name] |= first[middle]
    return {name for name in rules if name in first[name]}


def _may_be_empty(node: Node, empty: set[str]) -> bool:
    if isinstance(node, Repeat):
        return node.low == 0 or _may_be_empty(node.part, empty)
    if isinstance(node, Sequence):
        return all(_may_be_empty(part, empty) for part in node.parts)
    if isinstance(node, Choice):
        return any(_may_be_empty(part, empty) for part in node.parts)
    return node.name in empty if isinstance(node, Rule) else node == Text("")


def _first(node: Node, empty: set[str]) -> Iterator[str]:
    if isinstance(node, Rule):
        yield node.name
    elif isinstance(node, Repeat):
        yield from _first(node.part, empty)
    elif isinstance(node, Choice):
        for part in node.parts:
            yield from _first(part, empty)
    elif isinstance(node, Sequence):
        for part in node.parts:
            yield from _first(part, empty)
            if not _may_be_empty(part, empty):
                return


def derive(rules: dict[str, Node], chance: random.Random, *, longest: int = 12) -> str:
    """One sentence. Nothing is repeated more than `longest` times where it need not be."""
    out: list[str] = []
    waiting: list[Node] = [Rule("root")]
    while waiting:
        node = waiting.pop()
        match node:
            case Text(text):
                out.append(text)
            case Chars(chars):
                out.append(chance.choice(sorted(chars)))
            case Rule(name):
                waiting.append(rules[name])
            case Sequence(parts):
                waiting.extend(reversed(parts))
            case Choice(parts):
                waiting.append(chance.choice(parts))
            case Repeat(part, low, high):
                most = min(high, max(low, chance.choice((1, 3, longest))))
                waiting.extend([part] * chance.randint(low, most))
    return "".join(out)


class Matcher:
    """Tells whether a text is a sentence."""

    def __init__(self, rules: dict[str, Node]) -> None:
        self._rules = rules

    def accepts(self, text: str) -> bool:
        """Whether all of the text is a sentence of the grammar."""
        self._text = text
        self._known: dict[tuple[int, int], frozenset[int]] = {}
        return len(text) in self._ends(Rule("root"), 0)

    def _ends(self, node: Node, start: int) -> frozenset[int]:
        if isinstance(node, Text):
            fits = self._text.startswith(node.text, start)
            return frozenset((start + len(node.text),)) if fits else frozenset()
        if isinstance(node, Chars):
            fits = self._text[start : start + 1] in node.chars and start < len(self._text)
            return frozenset((start + 1,)) if fits else frozenset()
        key = (id(node if not isinstance(node, Rule) else self._rules[node.name]), start)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = frozenset(self._compound(node, start))
        return known

    def _compound(self, node: Node, start: int) -> set[int]:
        if isinstance(node, Rule):
            return set(self._ends(self._rules[node.name], start))
        if isinstance(node, Choice):
            return {end for part in node.parts for end in self._ends(part, start)}
        here = {start}
        if isinstance(node, Sequence):
            for part in node.parts:
                here = {end for at in here for end in self._ends(part, at)}
            return here
        assert isinstance(node, Repeat)
        found = set(here) if node.low == 0 else set()
        for count in range(1, node.high + 1):
            here = {end for at in here for end in self._ends(node.part, at)} - found
            if not here:
                break
            if count >= node.low:
                found |= here
        return found
