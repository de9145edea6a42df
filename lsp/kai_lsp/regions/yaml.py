"""YAML: which scalars hold shell text, and what a comment between them stands among.

One pass over the lines that matter (keys without a plain value, items of lists, keys that may hold
shell text); the rest is passed over by the regular expression. The state between two lines is the
keys around them, so that a document can be read again from the middle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai_lsp.regions import yaml_argv
from kai_lsp.regions.comments import HASH
from kai_lsp.regions.languages import shell_shebang
from kai_lsp.regions.lines import placed, worth
from kai_lsp.regions.values import AiComment, Chunk, Spelling
from kai_lsp.regions.yaml_lines import (
    BLANK,
    CALLS,
    CLOSED,
    ITEM_KEY,
    LINE,
    MATTERS,
    NEXT,
    SHEBANG_LINE,
    SHELL_NAME,
)
from kai_lsp.regions.yaml_rules import (
    Rule,
    may_hold_shell,
    names_other_language,
    other_language,
    rule_of,
)
from kai_lsp.regions.yaml_scalars import Scalar, flow_items
from kai_lsp.regions.yaml_text import reader_of
from kai_lsp.regions.yaml_values import OTHER_SHELL, Frame, Values
from kai_lsp.regions.yaml_zones import SPELLINGS, Zones


class _Read(Values):
    """One run over a chunk."""

    def run(self, want: int) -> int:
        """Read until a line that far from the start, or the text's end; where that is."""
        text, at = self.text, self.start
        while match := LINE.search(text, at):
            if match.start() - self.start >= want and match.start() > max(
                self.start, self.hold - 1
            ):
                return match.start()
            at, key = match.end(), match[4]
            if key is not None and not may_hold_shell(key):
                char = text[at : at + 1]
                if char not in MATTERS:
                    if char != "k" or not text.startswith("kubectl ", at):
                        continue
                elif (closed := CLOSED.match(text, at)) and (
                    char != "{" or not worth(text, at, closed.end())
                ):
                    continue
            at = max(self._line(match), match.start() + 1)
        return len(text)

    def _line(self, match: re.Match[str]) -> int:
        column = len(match[1])
        if match[2]:
            return self._item(column, match.end(2))
        if match[3]:
            self.stack.clear()
            return self._root(match.end())
        return self._key(column, match[4], match.end())

    def _root(self, at: int) -> int:
        """A document that is one block: shell text if a line of it calls kubectl."""
        blank = BLANK.match(self.text, at)
        at = blank.end() if blank else at
        if self.text[at : at + 1] not in ("|", ">"):
            return at
        return self._value(-1, at, Rule.PERHAPS)

    def _item(self, column: int, at: int) -> int:
        stack, text = self.stack, self.text
        while stack and (stack[-1][0] > column or (stack[-1][0] == column and stack[-1][2])):
            stack.pop()
        stack.append((column, "", True))
        blank = BLANK.match(text, at)
        value = blank.end() if blank else at
        inner = column + 1 + value - at
        if text.startswith(("- ", "-\n", "-\r"), value):
            return self._item(inner, value + 1) if len(stack) < 40 else value + 1
        match = ITEM_KEY.match(text, value)
        if match and text[value] not in "{[":
            return self._key(inner, match[1], match.end())
        if len(stack) > 1 and not stack[-2][2] and self._each(stack):
            if text.startswith("[", value):
                return self._words(column, value, flow=True)
            self._slot(column, value)
            return self._value(column, self._behind(column, value), Rule.EACH)
        return self._opaque(column, value)

    @staticmethod
    def _each(stack: list[Frame]) -> bool:
        """Whether the items of the list are scripts; the list may be a whole task of a Taskfile."""
        if rule_of(stack[-2][1]) is Rule.EACH:
            return True
        return len(stack) > 2 and stack[-3][1] == "tasks" and not stack[-3][2]

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
            if name == "shell":
                self._shell_of_all(at)
                if SHELL_NAME.match(self.text, at):
                    return at
        elif char == "k" and stack and stack[-1][1] == "tasks":
            rule = Rule.EACH
        if char == "{" and not self.text.startswith("{{", at):
            return self._flow(at, name)
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

    def _shell_of_all(self, at: int) -> None:
        """`defaults: run: shell: pwsh` counts for all that stands beside `defaults`: a frame just
        outside of its column says so, for it goes when they do."""
        names = [one[1] for one in self.stack[-2:]]
        if names == ["defaults", "run"] and other_language({"shell": self.text[at : at + 20]}, {}):
            self.stack.insert(-2, (self.stack[-2][0] - 1, OTHER_SHELL, False))

    def _empty(self, column: int, key: str, at: int, rule: Rule | None) -> int:
        """A key whose value, if it has one, stands below."""
        if rule is None:
            return at
        below = NEXT.match(self.text, self._line_end(at) + 1)
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
        below = NEXT.match(self.text, self._line_end(at) + 1)
        self._saw(below.end() if below else len(self.text))
        if below is None or len(below[1]) <= column or self._scalar_below(column, below):
            self.zones.value(at, self._line_end(at) + 1, column)

    def _value(self, column: int, at: int, rule: Rule) -> int:
        """A scalar that holds shell text."""
        scalar = self._scalar(at, column)
        raw = self.text[scalar.start : scalar.end]
        calls = rule is not Rule.PERHAPS or CALLS.search(raw.lstrip("|>\"' "))
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
        line = SHEBANG_LINE.match(raw)
        if line and shell_shebang(line[1]) and worth(raw, 0, len(raw)):
            self._region(scalar)
        else:
            self.zones.hide(scalar)
        return scalar.end

    def _opaque(self, column: int, at: int) -> int:
        """A value that is not shell text: passed over as a whole."""
        char = self.text[at : at + 1]
        if char == "{" and not self.text.startswith("{{", at):
            return self._flow(at, next((one[1] for one in reversed(self.stack) if not one[2]), ""))
        if char == "[":
            end = flow_items(self.text, at)[1]
            self._saw(end)
            return end
        if char and char in "|>'\"":
            scalar = self._scalar(at, column)
            self.zones.hide(scalar)
            return scalar.end
        return at

    def _list(self, column: int, dashes: int, at: int) -> int:
        """A list of commands: one script, its items are its lines."""
        end = self._list_end(dashes, at)
        if not worth(self.text, at, end):
            return end
        self.zones.items(self.text, at, end, dashes)
        scalars: list[Scalar] = []
        dash = re.compile(rf"^ {{{dashes}}}-(?=[ \t\r\n]|\Z)[ \t]*", re.MULTILINE)
        matches = list(dash.finditer(self.text, at, end))
        for number, match in enumerate(matches):
            if self.text.startswith("- ", match.end()):
                behind = matches[number + 1].start() if number + 1 < len(matches) else end
                scalars += self._inner_items(match.end(), behind)
                continue
            scalar = self._scalar(self._behind(dashes, match.end()), dashes)
            self._slot(dashes, match.end())
            known = ITEM_KEY.match(self.text, match.end())
            if scalar.style == "p" and known and re.fullmatch(r"[\w.-]+", known[1]):
                self._nested(dashes, match, known)
            elif scalar.style:
                scalars.append(scalar)
                self.zones.shell(self.text, scalar)
        if scalars and self._for_shell(column, at, scalars[0]):
            start, last = scalars[0].start, scalars[-1].end
            reader = reader_of(scalars, actions=self.actions)
            styles = {one.style for one in scalars}
            only = styles.pop() if len(styles) == 1 else ""
            self._add(start, last, reader, SPELLINGS.get(only, Spelling.PLAIN))
        return end

    def _inner_items(self, at: int, end: int) -> Iterator[Scalar]:
        """The commands of a list that is itself an item, as GitLab allows them."""
        column = at - self.text.rfind("\n", 0, at) - 1
        further = re.compile(rf"^ {{{column}}}-[ \t]+", re.MULTILINE)
        for place in (at + 2, *(match.end() for match in further.finditer(self.text, at, end))):
            scalar = self._scalar(place, column)
            if scalar.style:
                self.zones.shell(self.text, scalar)
                yield scalar

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
        if not self._command_line(items, {}):
            self._command_line(items, self._beside(column, at).keys)
        return end

    def comments(self, end: int) -> tuple[AiComment, ...]:
        """Every request in a comment that begins before `end`, in places of the chunk."""
        found = []
        for one in HASH.find(self.text, self.start, end):
            self._saw(one.looked)
            place = self.zones.place(self.text, one.start)
            if place is not None:
                found.append(placed(one, place, self.start))
        return tuple(found)


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
