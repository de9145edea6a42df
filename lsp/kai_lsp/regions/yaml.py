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
from kai_lsp.regions.lines import placed, worth
from kai_lsp.regions.mapping import Mapped
from kai_lsp.regions.values import AiComment, Body, Chunk, ShellRegion, Spelling
from kai_lsp.regions.yaml_beside import AROUND, Beside, beside_key
from kai_lsp.regions.yaml_lists import list_end
from kai_lsp.regions.yaml_rules import (
    Rule,
    may_hold_shell,
    names_other_language,
    other_language,
    rule_of,
)
from kai_lsp.regions.yaml_scalars import Scalar, flow_items, scalar_at
from kai_lsp.regions.yaml_text import reader_of
from kai_lsp.regions.yaml_zones import SPELLINGS, Zones

_NAME = r"[^:\r\n#\"]*+(?::(?![ \t\r\n]|\Z)[^:\r\n#\"]*+)*+"
_KEY = (
    r"((?:\"[^\"\r\n]*+\"|'[^'\r\n]*+'|(?:[^\s#\"'\[\]{}&*!|>%@`,?-]|-(?=[^\s:-]))"
    + _NAME
    + r")[ \t]*+):(?=[ \t\r\n]|\Z)[ \t]*+"
)
_LINE = re.compile(
    r"^( *+)(?:(-)(?=[ \t\r\n]|\Z)|(---|\.\.\.)(?=[ \t\r\n]|\Z)|" + _KEY + ")", re.MULTILINE
)
_ITEM_KEY = re.compile(_KEY)
_MATTERS = frozenset(("", *"\r\n#|>&!\"'[{"))
"""What a value begins with that is not all on its line, or has something to be known about."""
_CLOSED = re.compile(
    r"\"(?:[^\"\\\r\n]|\\.)*+\"|'[^'\r\n]*+'|[\[{][^\r\n]*[\]}][ \t]*(?:#[^\r\n]*)?\r?$",
    re.MULTILINE,
)
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
    others: bool
    """Whether other languages than the shell's are named anywhere."""

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
            at, key = match.end(), match[4]
            if key is not None and not may_hold_shell(key):
                char = text[at : at + 1]
                if char not in _MATTERS or _CLOSED.match(text, at):
                    continue
            at = max(self._line(match), match.start() + 1)
        return len(text)

    def _line(self, match: re.Match[str]) -> int:
        column = len(match[1])
        if match[2]:
            return self._item(column, match.end(2))
        if match[3]:
            self.stack.clear()
            return match.end()
        return self._key(column, match[4], match.end())

    def _item(self, column: int, at: int) -> int:
        stack, text = self.stack, self.text
        while stack and (stack[-1][0] > column or (stack[-1][0] == column and stack[-1][2])):
            stack.pop()
        stack.append((column, "", True))
        blank = _BLANK.match(text, at)
        value = blank.end() if blank else at
        inner = column + 1 + value - at
        if text.startswith(("- ", "-\n", "-\r"), value):
            return self._item(inner, value + 1) if len(stack) < 40 else value + 1
        match = _ITEM_KEY.match(text, value)
        if match and text[value] not in "{[":
            return self._key(inner, match[1], match.end())
        if len(stack) > 1 and not stack[-2][2] and rule_of(stack[-2][1]) is Rule.EACH:
            self._slot(column, value)
            return self._value(column, self._behind(column, value), Rule.EACH)
        return self._opaque(column, value)

    def _key(self, column: int, key: str, at: int) -> int:
        stack = self.stack
        while stack and stack[-1][0] >= column:
            stack.pop()
        char = self.text[at : at + 1]
        if char in ("&", "!"):
            word = re.compile(r"\S+[ \t]*").match(self.text, at)
            at = word.end() if word else at
            char = self.text[at : at + 1]
        name = key.strip("\"' \t")
        rule = None
        if may_hold_shell(key):
            rule = rule_of(name, next((one[1] for one in reversed(stack) if not one[2]), ""))
        if not char or char in "\r\n#":
            stack.append((column, name, False))
            return self._empty(column, name, at, rule)
        if rule is None:
            if char in "|>":
                return self._block(column, at)
            return self._opaque(column, at)
        if char == "[":
            if rule is Rule.WORDS:
                return self._words(column, at, flow=True)
            return self._flow_list(column, at, rule)
        return self._value(column, at, rule)

    # ------------------------------------------------------------------ values
    def _empty(self, column: int, key: str, at: int, rule: Rule | None) -> int:
        """A key whose value, if it has one, stands below."""
        if rule is None:
            return at
        below = _NEXT.match(self.text, self._line_end(at) + 1)
        inner = len(below[1]) if below else -1
        if below and below[2] and inner >= column:
            if rule is Rule.SHELL:
                return self._list(column, inner, at)
            if rule is Rule.WORDS:
                self._words(column, at, flow=False)
            elif rule is Rule.EACH:
                end = self._list_end(inner, at)
                self.zones.items(self.text, at, end, inner)
                self.hold = max(self.hold, end)
            return at
        if rule in (Rule.SHELL, Rule.EACH) and key != "status":
            self._slot(column, at)
            if below and self._scalar_below(column, below):
                return self._value(column, below.end(), rule)
        return at

    def _slot(self, column: int, at: int) -> None:
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

    def _value(self, column: int, at: int, rule: Rule) -> int:
        """A scalar that holds shell text."""
        scalar = self._scalar(at, column)
        raw = self.text[scalar.start : scalar.end]
        calls = rule is not Rule.PERHAPS or _CALLS.search(raw.lstrip("|>\"' "))
        if (
            scalar.style
            and worth(raw, 0, len(raw))
            and calls
            and self._for_shell(column, at, scalar)
        ):
            self._region(scalar)
        else:
            self.zones.hide(scalar)
        return scalar.end

    def _block(self, column: int, at: int) -> int:
        """A block under a key that says nothing: shell text if its first line says so."""
        scalar = self._scalar(at, column)
        raw = self.text[scalar.content : scalar.end]
        line = _SHEBANG_LINE.match(raw)
        if line and shell_shebang(line[1]) and worth(raw, 0, len(raw)):
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
        spelling = SPELLINGS.get(scalar.style, Spelling.PLAIN)
        self._add(scalar.start, scalar.end, reader, spelling)
        self.zones.shell(self.text, scalar)

    def _add(self, start: int, end: int, read: Callable[[str], Mapped], spelling: Spelling) -> None:
        body = Body(self.text[start:end], read)
        place = start - self.start
        self.shells.append(ShellRegion(place, place + end - start, Target.YAML, body, spelling))

    # ------------------------------------------------------------------ lists
    def _list_end(self, column: int, at: int) -> int:
        end, seen = list_end(self.text, column, at)
        self._saw(seen)
        return end

    def _list(self, column: int, dashes: int, at: int) -> int:
        """A list of commands: one script, its items are its lines."""
        end = self._list_end(dashes, at)
        if not worth(self.text, at, end):
            return end
        self.zones.items(self.text, at, end, dashes)
        scalars: list[Scalar] = []
        dash = re.compile(rf"^ {{{dashes}}}-(?=[ \t\r\n]|\Z)[ \t]*", re.MULTILINE)
        for match in dash.finditer(self.text, at, end):
            scalar = self._scalar(self._behind(dashes, match.end()), dashes)
            self._slot(dashes, match.end())
            known = _ITEM_KEY.match(self.text, match.end())
            if scalar.style == "p" and known and re.fullmatch(r"[\w.-]+", known[1]):
                self._nested(dashes, match, known)
            elif scalar.style and not self.text.startswith("- ", match.end()):
                scalars.append(scalar)
                self.zones.shell(self.text, scalar)
        if scalars and self._for_shell(column, at, scalars[0]):
            start, last = scalars[0].start, scalars[-1].end
            reader = reader_of(scalars, actions=self.actions)
            styles = {one.style for one in scalars}
            only = styles.pop() if len(styles) == 1 else ""
            self._add(start, last, reader, SPELLINGS.get(only, Spelling.PLAIN))
        return end

    def _nested(self, dashes: int, match: re.Match[str], known: re.Match[str]) -> None:
        """An item that is a mapping: its own keys may hold shell text."""
        self.stack.append((dashes, "", True))
        column = match.end() - self.text.rfind("\n", 0, match.end()) - 1
        self._key(column, known[1], known.end())
        while self.stack and self.stack[-1][0] >= dashes:
            self.stack.pop()

    def _flow_list(self, column: int, at: int, rule: Rule) -> int:
        items, end = flow_items(self.text, at)
        self._saw(end)
        calls = worth(self.text, at, end)
        if calls and rule is not Rule.PERHAPS and items and self._for_shell(column, at, items[0]):
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
        if not items or not (worth(self.text, at, end) or self._is_kubectl(column, at)):
            return end if flow else at
        found = yaml_argv.command_line(self.text, items, {})
        if found is None:
            found = yaml_argv.command_line(self.text, items, self._beside(column, at).keys)
        if found is None:
            return end
        if found.code is not None:
            if worth(self.text, found.code.start, found.code.end):
                self._region(found.code)
        else:
            start = items[0].start
            reader = yaml_argv.words_reader(items, found.prefix)
            self._add(start, items[-1].end, reader, Spelling.DOUBLE)
        return end

    def _is_kubectl(self, column: int, at: int) -> bool:
        self.before = max(self.before, self.start - max(at - AROUND, 0))
        self._saw(min(at + AROUND, len(self.text)))
        if self.text.find("kubectl", max(at - AROUND, 0), at + AROUND) < 0:
            return False
        siblings = self._beside(column, at).keys
        return any("kubectl" in siblings.get(name, "") for name in ("image", "name", "command"))

    # ------------------------------------------------------------------ what stands beside
    def _for_shell(self, column: int, at: int, scalar: Scalar) -> bool:
        line = _SHEBANG_LINE.match(self.text, scalar.content, max(scalar.end, scalar.content))
        if line and shell_shebang(line[1]) is False:
            return False
        self.before = max(self.before, self.start - max(at - 2 * AROUND, 0))
        self._saw(min(at + AROUND, len(self.text)))
        if not self.others:
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
        """Every request in a comment that begins before `end`, in places of the chunk."""
        found = []
        for one in HASH.find(self.text, self.start, end):
            self._saw(one.looked)
            place = self.zones.place(self.text, one.start)
            if place is not None:
                found.append(placed(one, place, self.start))
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


class YamlReader:
    """Reads chunks of YAML. `actions`: where `{{ }}` stands in shell text, it stands for a value;
    `template`: the document is a template, also where none stands."""

    def __init__(self, *, actions: bool = True, template: bool = False) -> None:
        self._actions, self._template = actions, template
        self._others: bool | None = None

    def look(self, text: str) -> None:
        """See what is new in the document: whether other languages are named in it."""
        self._others = bool(self._others) or names_other_language(text)

    def __call__(self, text: str, start: int, state: object, want: int) -> Chunk:
        """Read the chunk that begins at `start`."""
        stack: list[Frame] = list(state) if isinstance(state, tuple) else []
        others = names_other_language(text) if self._others is None else self._others
        one = _Read(text, start, stack, self._actions, Zones(template=self._template), others)
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
            comments,
            tuple(one.shells),
        )
