"""YAML: which scalars hold shell text, and what a comment between them stands among.

One pass over the lines that matter (keys without a plain value, items of lists, keys that may hold
shell text); the rest is passed over by the regular expression. The state between two lines is the
keys around them, so that a document can be read again from the middle.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from kai.model import Target
from kai_lsp.regions import yaml_argv
from kai_lsp.regions.comments import HASH
from kai_lsp.regions.languages import shell_shebang
from kai_lsp.regions.lines import WORTH, placed
from kai_lsp.regions.mapping import Mapped
from kai_lsp.regions.values import AiComment, Body, Chunk, Reader, ShellRegion, Spelling
from kai_lsp.regions.yaml_beside import AROUND, Beside, beside_key
from kai_lsp.regions.yaml_rules import (
    CANDIDATE,
    Rule,
    names_other_language,
    other_language,
    rule_of,
)
from kai_lsp.regions.yaml_scalars import Scalar, directive, flow_items, scalar_at
from kai_lsp.regions.yaml_text import reader_of
from kai_lsp.regions.yaml_zones import Zones

_KEY = r"(?:[^\s#\"'\[\]{}&*!|>%@`,?-][^:\r\n#\"]*?|\"[^\"\r\n]*\"|'[^'\r\n]*'|-[^\s:-][^:\r\n]*?)"
_LINE = re.compile(
    rf"^( *)(?:(-)(?=[ \t\r\n]|\Z)|(---|\.\.\.)(?=[ \t\r\n]|\Z)"
    rf"|(?:\"?({CANDIDATE})\"?|({_KEY}))[ \t]*:(?=[ \t\r\n]|\Z)[ \t]*"
    r"(?:(?(4)|(?!))|(?=[\r\n#|>&!]|\Z|\"(?!(?:[^\"\\\r\n]|\\.)*\")|'(?![^'\r\n]*')"
    r"|[\[{](?![^\r\n]*[\]}][ \t]*(?:#[^\r\n]*)?\r?$))))",
    re.MULTILINE,
)
_ITEM_KEY = re.compile(rf"(?:\"?({CANDIDATE})\"?|({_KEY}))[ \t]*:(?=[ \t\r\n]|\Z)[ \t]*")
_BLANK = re.compile(r"[ \t]*")
_NEXT = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*([ ]*)(?:(-)(?=[ \t\r\n]|\Z)|(?=[^\s#]))")
_CALLS = re.compile(r"^[ \t]*(?:[-\w./]*[ \t]+)?kubectl[ \t]", re.MULTILINE)
_SHEBANG_LINE = re.compile(r"\s*(#![^\r\n]*)")
Frame = tuple[int, str, bool]
"""A key around a line: its column, its name; whether it is a dash instead."""


@dataclass(slots=True)
class _Read:
    """One run over a chunk."""

    text: str
    start: int
    stack: list[Frame]
    actions: bool
    zones: Zones
    seen: int = 0
    hold: int = 0
    """A place that has to be in the same chunk."""

    before: int = 0
    shells: list[ShellRegion] = field(default_factory=list)

    # ------------------------------------------------------------------ lines
    def run(self, want: int) -> int:
        """Read until a line that far from the start, or the text's end; where that is."""
        text, at = self.text, self.start
        while match := _LINE.search(text, at):
            if match.start() - self.start >= want and match.start() > max(
                self.start, self.hold - 1
            ):
                return match.start()
            at = max(self._line(match), match.start() + 1)
        return len(text)

    def _line(self, match: re.Match[str]) -> int:
        column = len(match[1])
        if match[2]:
            return self._item(column, match.end(2))
        if match[3]:
            self.stack.clear()
            return match.end()
        return self._key(column, match[4] or match[5], match.end(), maybe=bool(match[4]))

    def _item(self, column: int, at: int) -> int:
        stack, text = self.stack, self.text
        while stack and (stack[-1][0] > column or (stack[-1][0] == column and stack[-1][2])):
            stack.pop()
        parents = [frame[1] for frame in stack if not frame[2]]
        stack.append((column, "", True))
        blank = _BLANK.match(text, at)
        value = blank.end() if blank else at
        inner = column + 1 + value - at
        if text.startswith(("- ", "-\n", "-\r"), value):
            return self._item(inner, value + 1) if len(stack) < 40 else value + 1
        match = _ITEM_KEY.match(text, value)
        if match and text[value] not in "{[":
            return self._key(inner, match[1] or match[2], match.end(), maybe=bool(match[1]))
        rule = rule_of(parents[-1], parents[:-1]) if parents else None
        if rule is Rule.EACH and len(stack) > 1 and not stack[-2][2]:
            self._slot(column, value, parents[-1])
            return self._value(column, self._behind(column, value), parents[-1], rule)
        return self._opaque(column, value)

    def _key(self, column: int, key: str, at: int, *, maybe: bool) -> int:
        stack = self.stack
        while stack and stack[-1][0] >= column:
            stack.pop()
        char = self.text[at : at + 1]
        if char in ("&", "!"):
            word = re.compile(r"\S+[ \t]*").match(self.text, at)
            at = word.end() if word else at
            char = self.text[at : at + 1]
        name = key.strip("\"'")
        rule = rule_of(name, [one[1] for one in stack if not one[2]]) if maybe else None
        if not char or char in "\r\n#":
            stack.append((column, name, False))
            return self._empty(column, name, at, rule)
        if rule is None:
            if char in "|>":
                return self._block(column, at, name)
            return self._opaque(column, at)
        if char == "[":
            if rule is Rule.WORDS:
                return self._words(column, at, flow=True)
            return self._flow_list(column, at, rule)
        return self._value(column, at, name, rule)

    # ------------------------------------------------------------------ values
    def _empty(self, column: int, key: str, at: int, rule: Rule | None) -> int:
        """A key whose value, if it has one, stands below."""
        if rule is None:
            return at
        below = _NEXT.match(self.text, self._line_end(at) + 1)
        inner = len(below[1]) if below else -1
        if below and below[2] and inner >= column:
            if rule is Rule.SHELL:
                return self._list(column, inner, at, key)
            if rule is Rule.WORDS:
                self._words(column, at, flow=False)
            elif rule is Rule.EACH:
                end = self._list_end(inner, at)
                self.zones.items(self.text, at, end, inner)
                self.hold = max(self.hold, end)
            return at
        if rule in (Rule.SHELL, Rule.EACH) and key != "status":
            self._slot(column, at, key)
            if below and self._scalar_below(column, below):
                return self._value(column, below.end(), key, rule)
        return at

    def _slot(self, column: int, at: int, key: str) -> None:
        """A comment behind a key or dash without a value: the command becomes that value."""
        if self.text[at : at + 1] != "#":
            return
        below = _NEXT.match(self.text, self._line_end(at) + 1)
        self._saw(below.end() if below else len(self.text))
        if below is None or len(below[1]) <= column or self._scalar_below(column, below):
            self.zones.value(at, self._line_end(at) + 1, column)

    def _scalar_below(self, column: int, below: re.Match[str] | None) -> bool:
        """Whether what stands on a line of its own, further in than the column, is a scalar."""
        if below is None or below[2] or len(below[1]) <= column:
            return False
        return _ITEM_KEY.match(self.text, below.end(), self._line_end(below.end())) is None

    def _behind(self, column: int, at: int) -> int:
        """Where the value behind a dash or key begins: there, or on a further line."""
        if self.text[at : at + 1] not in ("#", "\r", "\n"):
            return at
        below = _NEXT.match(self.text, self._line_end(at) + 1)
        return below.end() if below and self._scalar_below(column, below) else at

    def _value(self, column: int, at: int, key: str, rule: Rule) -> int:
        """A scalar that holds shell text."""
        scalar = self._scalar(at, column)
        raw = self.text[scalar.start : scalar.end]
        if not scalar.style or not WORTH.search(raw):
            self.zones.hide(scalar)
            return scalar.end
        if rule is Rule.PERHAPS and not _CALLS.search(raw.lstrip("|>\"' ")):
            self.zones.hide(scalar)
            return scalar.end
        if not self._for_shell(column, at, scalar):
            self.zones.hide(scalar)
            return scalar.end
        self._region(scalar)
        return scalar.end

    def _block(self, column: int, at: int, key: str) -> int:
        """A block under a key that says nothing: shell text if its first line says so."""
        scalar = self._scalar(at, column)
        raw = self.text[scalar.content : scalar.end]
        line = _SHEBANG_LINE.match(raw)
        if line and shell_shebang(line[1]) and WORTH.search(raw):
            self._region(scalar)
        else:
            self.zones.hide(scalar)
        return scalar.end

    def _opaque(self, column: int, at: int) -> int:
        """A value that is not shell text: passed over as a whole."""
        char = self.text[at : at + 1]
        if char == "[":
            end = flow_items(self.text, at)[1]
            self._saw(end)
            return end
        if char and char in "|>'\"":
            scalar = self._scalar(at, column)
            self.zones.hide(scalar)
            return scalar.end
        return at

    def _region(self, scalar: Scalar) -> None:
        reader = reader_of([scalar], actions=self.actions)
        spelling = _SPELLINGS.get(scalar.style, Spelling.PLAIN)
        self._add(scalar.start, scalar.end, reader, spelling)
        self.zones.shell(self.text, scalar)

    def _add(self, start: int, end: int, read: Callable[[str], Mapped], spelling: Spelling) -> None:
        body = Body(self.text[start:end], read)
        self.shells.append(ShellRegion(start, end, Target.YAML, body, spelling))

    # ------------------------------------------------------------------ lists
    def _list_end(self, column: int, at: int) -> int:
        """Where the list of dashes in that column ends: behind a line break."""
        pattern = re.compile(
            rf"\n(?: {{0,{column - 1}}}(?=[^ \r\n#])| {{{column}}}(?=[^- \r\n#]|---))"
            if column
            else r"\n(?=[^- \r\n#]|---)"
        )
        place = self._line_end(at)
        while match := pattern.search(self.text, place):
            if not directive(self.text, match.start() + 1):
                self._saw(match.end())
                return self._without_comments(column, match.start() + 1, at)
            place = match.end()
        self._saw(len(self.text))
        return self._without_comments(column, len(self.text), at)

    def _without_comments(self, column: int, end: int, at: int) -> int:
        """The end of a list without blank lines and comments that stand less far in than it."""
        while end > at:
            line = self.text.rfind("\n", 0, end - 1) + 1
            bare = self.text[line:end].lstrip(" ")
            if bare.strip() and not (bare[0] == "#" and end - line - len(bare) < column):
                break
            end = line
        return max(end, at)

    def _list(self, column: int, dashes: int, at: int, key: str) -> int:
        """A list of commands: one script, its items are its lines."""
        end = self._list_end(dashes, at)
        if not WORTH.search(self.text, at, end):
            return end
        self.zones.items(self.text, at, end, dashes)
        scalars: list[Scalar] = []
        dash = re.compile(rf"^ {{{dashes}}}-(?=[ \t\r\n]|\Z)[ \t]*", re.MULTILINE)
        for match in dash.finditer(self.text, at, end):
            scalar = self._scalar(self._behind(dashes, match.end()), dashes)
            self._slot(dashes, match.end(), key)
            known = _ITEM_KEY.match(self.text, match.end())
            if scalar.style == "p" and known and re.fullmatch(r"[\w.-]+", known[1] or known[2]):
                self._nested(dashes, match, known)
            elif scalar.style and not self.text.startswith("- ", match.end()):
                scalars.append(scalar)
                self.zones.shell(self.text, scalar)
        if scalars and self._for_shell(column, at, scalars[0]):
            start, last = scalars[0].start, scalars[-1].end
            reader = reader_of(scalars, actions=self.actions)
            styles = {one.style for one in scalars}
            only = styles.pop() if len(styles) == 1 else ""
            self._add(start, last, reader, _SPELLINGS.get(only, Spelling.PLAIN))
        return end

    def _nested(self, dashes: int, match: re.Match[str], known: re.Match[str]) -> None:
        """An item that is a mapping: its own keys may hold shell text."""
        self.stack.append((dashes, "", True))
        column = match.end() - self.text.rfind("\n", 0, match.end()) - 1
        self._key(column, known[1] or known[2], known.end(), maybe=bool(known[1]))
        while self.stack and self.stack[-1][0] >= dashes:
            self.stack.pop()

    def _flow_list(self, column: int, at: int, rule: Rule) -> int:
        items, end = flow_items(self.text, at)
        self._saw(end)
        worth = WORTH.search(self.text, at, end)
        if worth and rule is not Rule.PERHAPS and items and self._for_shell(column, at, items[0]):
            start, last = items[0].start, items[-1].end
            reader = reader_of(items, actions=self.actions)
            self._add(start, last, reader, Spelling.DOUBLE)
        return end

    def _words(self, column: int, at: int, *, flow: bool) -> int:
        """The words of a command line: kubectl and its arguments, or a shell and its code."""
        if flow:
            items, end = flow_items(self.text, at)
        else:
            items, end = yaml_argv.block_items(self.text, self._line_end(at) + 1, column)
        self._saw(end)
        self.hold = max(self.hold, end)
        if not items or not (WORTH.search(self.text, at, end) or self._is_kubectl(column, at)):
            return end if flow else at
        found = yaml_argv.command_line(self.text, items, {})
        if found is None:
            found = yaml_argv.command_line(self.text, items, self._beside(column, at).keys)
        if found is None:
            return end
        if found.code is not None:
            if WORTH.search(self.text, found.code.start, found.code.end):
                self._region(found.code)
        else:
            start = items[0].start
            reader = yaml_argv.words_reader(items, found.prefix)
            self._add(start, items[-1].end, reader, Spelling.DOUBLE)
        return end

    def _is_kubectl(self, column: int, at: int) -> bool:
        siblings = self._beside(column, at).keys
        return any("kubectl" in siblings.get(name, "") for name in ("image", "name", "command"))

    # ------------------------------------------------------------------ what stands beside
    def _for_shell(self, column: int, at: int, scalar: Scalar) -> bool:
        line = _SHEBANG_LINE.match(self.text, scalar.content, max(scalar.end, scalar.content))
        if line and shell_shebang(line[1]) is False:
            return False
        self.before = max(self.before, self.start - max(at - 2 * AROUND, 0))
        self._saw(min(at + AROUND, len(self.text)))
        if not names_other_language(self.text):
            return True
        beside = self._beside(column, at)
        outer = self._beside(*beside.above).keys if beside.above else {}
        return not other_language(beside.keys, outer)

    def _beside(self, column: int, at: int) -> Beside:
        found = beside_key(self.text, column, at)
        self.before = max(self.before, self.start - found.first)
        self._saw(found.last)
        return found

    # ------------------------------------------------------------------ comments
    def comments(self, end: int) -> tuple[AiComment, ...]:
        """Every request in a comment that begins before `end`."""
        found = []
        for one in HASH.find(self.text, self.start, end):
            self._saw(one.looked)
            place = self.zones.place(self.text, one.start)
            if place is not None:
                found.append(placed(one, place))
        return tuple(found)

    # ------------------------------------------------------------------ small things
    def _scalar(self, at: int, parent: int) -> Scalar:
        scalar = scalar_at(self.text, at, parent)
        # A quote that nothing closes: what is typed anywhere behind may close it.
        unclosed = not scalar.style and self.text[scalar.start : scalar.start + 1] in ("'", '"')
        self._saw(len(self.text) if unclosed else scalar.end)
        return scalar

    def _line_end(self, at: int) -> int:
        newline = self.text.find("\n", at)
        return len(self.text) if newline < 0 else newline

    def _saw(self, place: int) -> None:
        self.seen = max(self.seen, place)


_SPELLINGS = {
    "|": Spelling.AS_IS,
    ">": Spelling.AS_IS,
    "'": Spelling.SINGLE,
    '"': Spelling.DOUBLE,
    "p": Spelling.PLAIN,
}


def reader(*, actions: bool = True, template: bool = False) -> Reader:
    """The reader of chunks of YAML. `actions`: where `{{ }}` stands in shell text, it stands for a
    value; `template`: the document is a template, also where none stands."""

    def read(text: str, start: int, state: object, want: int) -> Chunk:
        stack: list[Frame] = list(state) if isinstance(state, tuple) else []
        one = _Read(text, start, stack, actions, Zones(template=template))
        entry = tuple(stack)
        end = one.run(want)
        comments = one.comments(end)
        one.shells.sort(key=lambda shell: shell.start)
        return Chunk(
            end - start,
            entry,
            tuple(one.stack),
            max(one.seen, end) - start,
            one.before,
            tuple(comment.moved(-start) for comment in comments),
            tuple(shell.moved(-start) for shell in one.shells),
        )

    return read
