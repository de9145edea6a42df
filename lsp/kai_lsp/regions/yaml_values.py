"""The values of YAML: which scalars, lists and mappings are shell text, by themselves and by what
stands beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from kai.model import Target
from kai_lsp.regions import yaml_argv
from kai_lsp.regions.languages import shell_shebang
from kai_lsp.regions.lines import worth
from kai_lsp.regions.mapping import Mapped
from kai_lsp.regions.values import Body, ShellRegion, Spelling
from kai_lsp.regions.yaml_beside import AROUND, Beside, beside_key
from kai_lsp.regions.yaml_flow import LONGEST, Pair, flow_map
from kai_lsp.regions.yaml_lines import (
    CALLS,
    ITEM_KEY,
    NEXT,
    SHEBANG_LINE,
)
from kai_lsp.regions.yaml_lists import list_end
from kai_lsp.regions.yaml_rules import (
    Rule,
    may_hold_shell,
    other_language,
    rule_of,
)
from kai_lsp.regions.yaml_scalars import Scalar, scalar_at
from kai_lsp.regions.yaml_text import reader_of
from kai_lsp.regions.yaml_zones import SPELLINGS, Zones

Frame = tuple[int, str, bool]
"""A key around a line: its column, its name; whether it is a dash instead."""

OTHER_SHELL = "(another shell)"


@dataclass(slots=True)
class Values:
    """What one run over a chunk finds in values, and how far it looks."""

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

    def _flow(self, at: int, key: str) -> int:
        """A flow mapping: each of its keys may hold shell text."""
        found = flow_map(self.text, at)
        self._saw(found[1] if found else min(at + LONGEST, len(self.text)))
        if found is None:
            return at
        pairs, end = found
        if worth(self.text, at, end):
            for pair in pairs:
                self._pair(pair, key)
        return end

    def _pair(self, pair: Pair, key: str) -> None:
        rule = rule_of(pair.key, pair.parent or key) if may_hold_shell(pair.key) else None
        first, last = pair.items[0], pair.items[-1]
        raw = self.text[first.start : last.end]
        if rule is None or not worth(raw, 0, len(raw)) or other_language(pair.siblings, {}):
            return
        if "shell" not in pair.siblings and self._another_shell():
            return
        if not pair.listed:
            if rule is not Rule.PERHAPS or CALLS.search(raw.lstrip("\"' ")):
                self._region(first)
        elif rule is Rule.WORDS:
            self._command_line(list(pair.items), pair.siblings)
        elif rule is not Rule.PERHAPS:
            reader = reader_of(pair.items, actions=self.actions)
            self._add(first.start, last.end, reader, Spelling.DOUBLE)

    def _region(self, scalar: Scalar) -> None:
        reader = reader_of([scalar], actions=self.actions)
        spelling = SPELLINGS.get(scalar.style, Spelling.PLAIN)
        self._add(scalar.start, scalar.end, reader, spelling)
        self.zones.shell(self.text, scalar)

    def _add(self, start: int, end: int, read: Callable[[str], Mapped], spelling: Spelling) -> None:
        body = Body(self.text[start:end], read)
        place = start - self.start
        self.shells.append(ShellRegion(place, place + end - start, Target.YAML, body, spelling))

    def _command_line(self, items: list[Scalar], siblings: dict[str, str]) -> bool:
        """Words that are a command; False: with what stands beside them they are none."""
        found = yaml_argv.command_line(self.text, items, siblings)
        if found is None:
            return False
        if found.code is not None:
            if worth(self.text, found.code.start, found.code.end):
                self._region(found.code)
        else:
            start = items[0].start
            reader = yaml_argv.words_reader(items, found.prefix)
            self._add(start, items[-1].end, reader, Spelling.DOUBLE)
        return True

    def _is_kubectl(self, column: int, at: int) -> bool:
        self.before = max(self.before, self.start - max(at - AROUND, 0))
        self._saw(min(at + AROUND, len(self.text)))
        if self.text.find("kubectl", max(at - AROUND, 0), at + AROUND) < 0:
            return False
        siblings = self._beside(column, at).keys
        return any(
            "kubectl" in siblings.get(name, "")
            for name in ("image", "name", "command", "entrypoint")
        )

    def _for_shell(self, column: int, at: int, scalar: Scalar) -> bool:
        line = SHEBANG_LINE.match(self.text, scalar.content, max(scalar.end, scalar.content))
        if line and shell_shebang(line[1]) is False:
            return False
        self.before = max(self.before, self.start - max(at - 2 * AROUND, 0))
        self._saw(min(at + AROUND, len(self.text)))
        if not self.others:
            return True
        beside = self._beside(column, at)
        if "shell" not in beside.keys and self._another_shell():
            return False
        outer = self._beside(*beside.above).keys if beside.above else {}
        return not other_language(beside.keys, outer)

    def _another_shell(self) -> bool:
        """Whether another shell than those known here is the default."""
        return any(one[1] == OTHER_SHELL for one in self.stack)

    def _beside(self, column: int, at: int) -> Beside:
        found = beside_key(self.text, column, at)
        self.before = max(self.before, self.start - found.first)
        self._saw(found.last)
        return found

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

    def _list_end(self, column: int, at: int) -> int:
        end, seen = list_end(self.text, column, at)
        self._saw(seen)
        return end

    def _scalar_below(self, column: int, below: re.Match[str] | None) -> bool:
        """Whether what stands on a line of its own, further in than the column, is a scalar."""
        if below is None or below[2] or len(below[1]) <= column:
            return False
        return ITEM_KEY.match(self.text, below.end(), self._line_end(below.end())) is None

    def _behind(self, column: int, at: int) -> int:
        """Where the value behind a dash or key begins: there, or on a further line."""
        if self.text[at : at + 1] not in ("#", "\r", "\n"):
            return at
        below = NEXT.match(self.text, self._line_end(at) + 1)
        return below.end() if below and self._scalar_below(column, below) else at
