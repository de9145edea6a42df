"""Kubectl commands that stand in a shell script, lifted out of whatever shell surrounds them.

tree-sitter's grammar of bash says where the commands are; every call is then read and judged like
any other. What a variable or a substitution stands for is not known: where a script sets it once to
a plain text that text is taken, elsewhere the worst value for its place counts, and where not even
the place is clear the verdict is "not analysed", never `forbidden` and never `read`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from kai.kubectl.invocation import Filter, Invocation, Pipeline, read_call
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.words import Word
from kai.model import Context, Finding, Level, Risk, Tier
from kai.safety.call import DEFAULTS, Limits
from kai.safety.judge import judge

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

UNKNOWN = "kai-unknown"
"""Stands for what only the running shell knows; a valid name, so that it fits any place."""

_WRAPPERS = frozenset(
    (
        *("sudo", "doas", "env", "command", "exec", "builtin", "nohup", "time", "timeout"),
        *(
            "watch",
            "nice",
            "ionice",
            "stdbuf",
            "xargs",
            "retry",
            "unbuffer",
            "strace",
            "caffeinate",
        ),
    )
)
"""Programs that run the command behind their own options."""


@dataclass(frozen=True, slots=True)
class Found:
    """One kubectl command, or a pipeline with some; offsets are code points of the whole text.

    `unknown` are the places of words that only the running shell knows; `why` says why the command
    cannot be analysed at all ("": it can).
    """

    pipeline: Pipeline
    start: int
    end: int
    unknown: tuple[tuple[int, int], ...] = ()
    why: str = ""

    def hides(self, finding: Finding) -> bool:
        """Whether the finding is about a place that only the running shell knows."""
        return any(start < finding.end and finding.start < end for start, end in self.unknown)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`risk` None: not analysed, and `why`."""

    risk: Risk | None
    why: str = ""


def find(text: str, spec: Spec, aliases: Mapping[str, str] | None = None) -> tuple[Found, ...]:
    """Every kubectl command in a script, in order. Never raises for any text.

    `aliases` are the shell's own, name to text ("k": "kubectl -n web"); those that the script
    defines itself are added.
    """
    source = text.encode("utf-8", "surrogatepass")
    tree = _parser().parse(source)
    script = _Script(text, source, spec, dict(aliases or {}))
    script.learn(tree.root_node)
    return tuple(script.commands(tree.root_node))


def judge_found(
    found: Found,
    context: Context,
    catalogue: Catalogue,
    *,
    limits: Limits = DEFAULTS,
) -> Verdict:
    """The verdict on a found command: the judge's, with what is unknown never forbidden or read."""
    if found.why:
        return Verdict(None, found.why)
    for call in found.pipeline.invocations:
        for finding in call.findings:
            if finding.level is Level.ERROR and finding.code != "K130":
                return Verdict(None, finding.message)
    risk = judge(found.pipeline, context, catalogue, limits=limits, drafted=False)
    if not found.unknown or risk.tier != Tier.FORBIDDEN:
        return Verdict(risk)
    known = [item for item in risk.findings if item.level is Level.ERROR and not found.hides(item)]
    if known:
        return Verdict(risk)
    lowered = tuple(
        replace(item, level=Level.WARNING) if item.level is Level.ERROR else item
        for item in risk.findings
    )
    return Verdict(replace(risk, tier=Tier.DESTRUCTIVE, findings=lowered))


@cache
def _parser() -> Parser:
    import tree_sitter_bash  # late: 20 ms, and only files need it
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


@dataclass(slots=True)
class _Value:
    """What a word is once the shell has read it, as far as that is known."""

    text: str = ""
    unknown: bool = False
    several: bool = False
    """Whether the shell may make more than one word of it."""


@dataclass(slots=True)
class _Script:
    text: str
    source: bytes
    spec: Spec
    aliases: dict[str, str]
    variables: dict[str, str | None] = field(default_factory=dict)
    """Name to the one plain text it is ever set to; None: set twice, or to something else."""

    # ------------------------------------------------------------------ what the script sets
    def learn(self, root: Node) -> None:
        """Variables and aliases that the script itself sets."""
        for node in _walk(root):
            if node.type == "variable_assignment":
                self._learn_variable(node)
            elif node.type in ("for_statement", "read") and node.child_by_field_name("variable"):
                name = node.child_by_field_name("variable")
                self.variables[_bytes(name).decode()] = None
            elif node.type == "command" and _name(node) == "alias":
                for word in _words(node):
                    alias, equals, body = self._value(word).text.partition("=")
                    if equals and alias:
                        self.aliases[alias] = body

    def _learn_variable(self, node: Node) -> None:
        name = _bytes(node.child_by_field_name("name")).decode("utf-8", "replace")
        value = node.child_by_field_name("value")
        read = self._value(value) if value is not None else _Value()
        fresh = name not in self.variables and not read.unknown and not read.several
        plain = fresh and node.parent is not None and node.parent.type != "command"
        self.variables[name] = read.text if plain and "+=" not in _bytes(node).decode() else None

    # ------------------------------------------------------------------ where the commands are
    def commands(self, root: Node) -> Iterator[Found]:
        """Each command or pipeline that calls kubectl, in order of place."""
        taken: set[int] = set()
        for node in _walk(root):
            if node.type == "pipeline":
                stages = list(_stages(node))
                if any(self._kubectl_at(stage) is not None for stage in stages):
                    taken.update(stage.id for stage in stages)
                    yield self._found(node, stages)
            elif node.type != "command" or node.id in taken:
                continue
            elif self._kubectl_at(node) is not None:
                yield self._found(node, [node])

    def _kubectl_at(self, node: Node) -> int | None:
        """The index, in the words of the command, of the one that is kubectl."""
        words = [_name_node(node), *_words(node)]
        for index, word in enumerate(words):
            if word is None:
                return None
            text = self._value(word).text
            if text == "kubectl" or text.endswith("/kubectl") or self._alias(text) is not None:
                return index
            if index == 0 and text.rpartition("/")[2] not in _WRAPPERS:
                return None
        return None

    def _alias(self, name: str) -> list[str] | None:
        """The words of an alias that is kubectl and perhaps flags."""
        body = self.aliases.get(name, "").split()
        return body if body[:1] == ["kubectl"] else None

    def _found(self, node: Node, stages: list[Node]) -> Found:
        calls: list[Invocation | Filter] = []
        unknown: list[tuple[int, int]] = []
        why = ""
        for stage in stages:
            at = self._kubectl_at(stage)
            nodes = [_name_node(stage), *_words(stage)]
            words = [self._word(word, unknown) for word in nodes if word is not None]
            words += self._lone_dash(stage)
            if at is None:
                if words:
                    first, last = words[0], words[-1]
                    calls.append(Filter(first.value, tuple(words), first.start, last.end))
                continue
            why = why or self._unreadable(nodes[at + 1 :])
            wrapper = tuple(words[:at]) if words[0].value.endswith("xargs") else ()
            own = self._expanded(words[at]) + words[at + 1 :]
            calls.append(read_call(tuple(own), self.spec, wrapper))
        start, end = self._span(node)
        pipeline = Pipeline(self.text[start:end], tuple(calls))
        return Found(pipeline, start, end, tuple(unknown), why)

    def _lone_dash(self, node: Node) -> list[Word]:
        """The "-" in front of a here-document, which the grammar of bash loses (0.25)."""
        follower = node.next_sibling
        if follower is None or self.source[node.end_byte : follower.start_byte].strip() != b"-":
            return []
        at = self.source.index(b"-", node.end_byte)
        place = len(self.source[:at].decode("utf-8", "surrogatepass"))
        return [Word("-", "-", place, place + 1)]

    def _expanded(self, word: Word) -> list[Word]:
        alias = self._alias(word.value)
        if alias is None:
            return [replace(word, value="kubectl")]
        return [Word(part, part, word.start, word.end) for part in alias]

    def _unreadable(self, nodes: list[Node | None]) -> str:
        """Why the command cannot be analysed: a word that may be flags, or the command itself."""
        seen = 0
        for node in nodes:
            if node is None:
                continue
            value = self._value(node)
            written = _bytes(node).decode("utf-8", "replace")
            if value.unknown and (value.several and seen == 0):
                return f"{written} may be any command"
            if value.unknown and _is_array(node):
                return f"{written} may hold flags"
            if not value.text.startswith("-") or value.unknown:
                seen += 1
        return ""

    def _word(self, node: Node, unknown: list[tuple[int, int]]) -> Word:
        start, end = self._span(node)
        value = self._value(node)
        if value.unknown:
            unknown.append((start, end))
        raw = self.text[start:end]
        return Word(raw, value.text, start, end, raw[:1] in ("'", '"'))

    def _span(self, node: Node) -> tuple[int, int]:
        if len(self.source) == len(self.text):
            return node.start_byte, node.end_byte
        before = self.source[: node.start_byte].decode("utf-8", "surrogatepass")
        inside = self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")
        return len(before), len(before) + len(inside)

    # ------------------------------------------------------------------ what a word says
    def _value(self, node: Node) -> _Value:
        """The word as the program gets it; expansions by what the script sets, or unknown."""
        kind = node.type
        text = _bytes(node).decode("utf-8", "replace")
        if kind in ("word", "number", "special_variable_name", "variable_name", "test_operator"):
            braces = "{" in text and "," in text and "}" in text
            return _Value(_unescaped(text), several=braces)
        if kind == "raw_string":
            return _Value(text[1:-1])
        if kind == "ansi_c_string":
            return _Value(UNKNOWN, unknown=True)
        if kind in ("simple_expansion", "expansion"):
            return self._expansion(text)
        if kind in ("command_substitution", "process_substitution", "arithmetic_expansion"):
            return _Value(UNKNOWN, unknown=True, several=kind == "command_substitution")
        if kind == "string_content":
            return _Value(_unescaped(text, quoted=True))
        if kind in ("string", "concatenation", "command_name", "translated_string"):
            return self._joined(node, text)
        return _Value(UNKNOWN, unknown=True, several=True)

    def _joined(self, node: Node, text: str) -> _Value:
        quoted = node.type in ("string", "translated_string")
        if quoted and not node.named_children:
            return _Value(text.strip('$"'))
        whole = _Value()
        position = node.start_byte + quoted
        for child in node.named_children:
            gap = self.source[position : child.start_byte].decode("utf-8", "replace")
            part = self._value(child)
            whole.text += (gap if quoted else "") + part.text
            whole.unknown = whole.unknown or part.unknown
            whole.several = whole.several or (part.several and not quoted)
            position = child.end_byte
        return whole

    def _expansion(self, text: str) -> _Value:
        name = text.strip("${}")
        known = self.variables.get(name)
        if known is not None:
            return _Value(known, several=" " in known)
        return _Value(UNKNOWN, unknown=True, several=True)


def _walk(root: Node) -> Iterator[Node]:
    """Every node in order of place; no recursion, for scripts nest deeper than Python does."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def _bytes(node: Node | None) -> bytes:
    return (node.text or b"") if node is not None else b""


def _name_node(node: Node) -> Node | None:
    return node.child_by_field_name("name")


def _name(node: Node) -> str:
    return _bytes(_name_node(node)).decode("utf-8", "replace")


def _words(node: Node) -> list[Node]:
    return list(node.children_by_field_name("argument"))


def _stages(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "command":
            yield child
        elif child.type in ("redirected_statement", "negated_command"):
            yield from _stages(child)


def _is_array(node: Node) -> bool:
    text = _bytes(node)
    return text.startswith((b"$", b'"$')) and (b"@" in text or b"*" in text or b"[" in text)


def _unescaped(text: str, *, quoted: bool = False) -> str:
    if "\\" not in text:
        return text
    out: list[str] = []
    index = 0
    while index < len(text):
        char = text[index]
        follower = text[index + 1 : index + 2]
        if char == "\\" and follower and (not quoted or follower in '$`"\\\n'):
            out.append("" if follower == "\n" else follower)
            index += 2
        else:
            out.append(char)
            index += 1
    return "".join(out)
