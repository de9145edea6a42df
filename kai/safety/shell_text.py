"""Where the parts of a shell script end: quotes, substitutions, here-documents.

Nothing here recurses and nothing is read twice for a part that never ends, so that a file of any size
and depth takes time in proportion to its length. All places are code points of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

_MARK = re.compile(r"[\\'\"`$(){}#<\n]|\b(?:case|esac)\b")
_CASE = re.compile(r"case[ \t][^\n;]{1,200}[ \t\n]in\b")
_HERE = re.compile(r"<<(-?)[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s'\"\\|&;()<>`])+)")
_ANSI_END = re.compile(r"(?:[^'\\]|\\.)*+'", re.DOTALL)
_TRIED = 20
"""Lines with the closing word behind tabs that are passed over, where tabs do not count."""
_FAR = 10_000
"""How far a mark may be from the one that closes it, in a text where something never ends."""
_NAME = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_PLAIN = re.compile(r"[^\\'\"`$<>]++")
_IN_DOUBLE = re.compile(r"[^\\\"`$]++")


@dataclass(frozen=True, slots=True)
class HereDocument:
    """The body of a here-document; `quoted`: the shell expands nothing in it."""

    start: int
    end: int
    quoted: bool
    after: int
    """Where the line behind the closing word begins."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a word. `kind`: text, single, ansi, variable, command, arithmetic, process.

    `start` and `end` are those of what is inside: a substitution's commands, a variable's name with
    its operator. `raw_start` and `raw_end` hold the marks around it too.
    """

    kind: str
    start: int
    end: int
    quoted: bool
    raw_start: int
    raw_end: int


@dataclass(slots=True)
class ShellText:
    """A text and where its parts end."""

    text: str
    line_mode: bool = False
    """Whether quotes and substitutions end with their line: for a text with one that never ends."""

    broken: bool = False
    """Whether something that was opened is never closed."""

    _line: tuple[int, int] = (0, -1)
    """The part of a line last asked about."""

    _lines: dict[str, list[int]] = field(default_factory=dict)

    # ------------------------------------------------------------------ where something ends
    def close(self, start: int, kind: str) -> int:
        """The place behind the mark that closes what was opened just before `start`.

        `kind`: the closing mark, one of ) } " `. What is never closed ends with its line.
        """
        if not (self.line_mode or self.broken):
            found = self._closed(start, kind, len(self.text))
            if found is not None:
                return found
            self.broken = True
        limit = self.line_end(start)
        found = self._closed(start, kind, min(limit, start + _FAR))
        return limit if found is None else found

    def single(self, start: int, limit: int) -> int:
        """The place behind the single quote that closes the one just before `start`."""
        if not (self.line_mode or self.broken):
            found = self.text.find("'", start, limit)
            if found >= 0:
                return found + 1
            self.broken = True
        limit = min(limit, self.line_end(start))
        found = self.text.find("'", start, limit)
        return limit if found < 0 else found + 1

    def line_end(self, at: int) -> int:
        """Where the line that holds `at` ends."""
        first, last = self._line
        if not first <= at <= last:
            newline = self.text.find("\n", at)
            self._line = (at, len(self.text) if newline < 0 else newline)
        return self._line[1]

    def _closed(self, at: int, kind: str, limit: int) -> int | None:
        text = self.text
        stack = [kind]
        cases = [0]
        pending: list[tuple[str, bool]] = []
        while match := _MARK.search(text, at, limit):
            char, at = match.group(), match.end()
            top = stack[-1]
            if char == "\\":
                at += 1
            elif char == top and not (char == ")" and cases[-1]):
                stack.pop()
                cases.pop()
                if not stack:
                    return at
            elif char == "$" and top != "`":
                at = self._dollar(at, stack, cases)
            elif char == "`":
                stack.append("`")
                cases.append(0)
            elif top in '"`':
                continue
            elif char == '"' or (char == "(" and top == ")"):
                stack.append(")" if char == "(" else '"')
                cases.append(0)
            elif char == "'" and not (top == "}" and '"' in stack[-3:]):
                at = text.find("'", at, limit) + 1
                if not at:
                    return None
            elif top == ")":
                at = self._in_commands(match, cases, pending)
            if at >= limit:
                return None
        return None

    def _dollar(self, at: int, stack: list[str], cases: list[int]) -> int:
        follower = self.text[at : at + 1]
        if follower in ("(", "{") and follower:
            stack.append(")" if follower == "(" else "}")
            cases.append(0)
            return at + 1
        if follower == "'" and stack[-1] != '"':
            match = _ANSI_END.match(self.text, at + 1)
            return match.end() if match else at + 1
        return at

    def _in_commands(
        self, match: re.Match[str], cases: list[int], pending: list[tuple[str, bool]]
    ) -> int:
        """What only matters between commands: comments, here-documents, the patterns of a case."""
        text, char, at = self.text, match.group(), match.end()
        if char == "#" and text[match.start() - 1] in " \t\n;(":
            end = text.find("\n", at)
            return len(text) if end < 0 else end
        if char == "<":
            here = _HERE.match(text, match.start())
            if here and text[match.start() + 2 : match.start() + 3] != "<":
                pending.append((here[2], bool(here[1])))
                return here.end()
            return match.start() + 3 if text.startswith("<<<", match.start()) else at
        if char == "\n" and pending:
            for delimiter, strip in pending:
                document = self.document(delimiter, at, strip=strip)
                at = document.after if document else at
            pending.clear()
        elif char == "case" and _CASE.match(text, match.start()):
            cases[-1] += 1
        elif char == "esac" and cases[-1]:
            cases[-1] -= 1
        return at

    # ------------------------------------------------------------------ here-documents
    def document(self, word: str, start: int, *, strip: bool) -> HereDocument | None:
        """The here-document whose first line begins at `start`; None: it never ends."""
        delimiter = re.sub(r"[\\'\"]", "", word)
        places = self._index().get(delimiter, [])
        first = bisect_left(places, start)
        for index in range(first, min(first + _TRIED, len(places))):
            place = places[index]
            line = self.text.rfind("\n", 0, place) + 1
            if line == place or strip:
                end = self.text.find("\n", place)
                after = len(self.text) if end < 0 else end + 1
                return HereDocument(start, max(line, start), delimiter != word, after)
        return None

    def _index(self) -> dict[str, list[int]]:
        """Every line by its text without tabs before and blanks behind: where that text begins."""
        if not self._lines:
            at = 0
            for line in self.text.split("\n"):
                bare = line.lstrip("\t")
                key = bare.rstrip(" \r")
                if len(key) < 100:
                    self._lines.setdefault(key, []).append(at + len(line) - len(bare))
                at += len(line) + 1
            self._lines.setdefault("", [])
        return self._lines

    # ------------------------------------------------------------------ the parts of a word
    def pieces(self, start: int, end: int, *, quoted: bool = False) -> Iterator[Piece]:
        """The parts of the word between `start` and `end`, which is a whole word."""
        text, at = self.text, start
        double: int | None = None
        while at < end:
            inside = quoted or double is not None
            match = (_IN_DOUBLE if inside else _PLAIN).match(text, at, end)
            if match:
                yield Piece("text", at, match.end(), inside, at, match.end())
                at = match.end()
                continue
            char = text[at]
            if char == '"' and not quoted:
                if double is None and text.startswith('""', at):
                    yield Piece("single", at + 1, at + 1, True, at, at + 2)
                double = at if double is None else None
                at += 1
            elif char == "'" and not inside:
                close = text.find("'", at + 1, end)
                close = end if close < 0 else close
                yield Piece("single", at + 1, close, True, at, close + 1)
                at = close + 1
            else:
                piece = self._piece(at, end, inside=inside)
                yield piece
                at = piece.raw_end

    def _piece(self, at: int, end: int, *, inside: bool) -> Piece:
        text = self.text
        char, two = text[at], text[at : at + 2]
        if char == "`" or two in ("<(", ">(", "$("):
            return self._substitution(at, end, inside=inside)
        if two == "${":
            return self._expansion(at, end, inside=inside)
        if two == "$'" and not inside:
            match = _ANSI_END.match(text, at + 2, end)
            close = match.end() if match else end
            return Piece("ansi", at + 2, max(close - 1, at + 2), True, at, close)
        name = _NAME.match(text, at, end)
        if name:
            return Piece("variable", at + 1, name.end(), inside, at, name.end())
        if two == '$"' and not inside:
            return Piece("text", at + 1, at + 1, inside, at, at + 1)
        last = min(at + 2, end) if char == "\\" else at + 1
        return Piece("text", at, last, inside, at, last)

    def _substitution(self, at: int, end: int, *, inside: bool) -> Piece:
        if self.text[at] == "`":
            close = min(self.close(at + 1, "`"), end)
            return Piece("command", at + 1, max(close - 1, at + 1), inside, at, close)
        close = min(self.close(at + 2, ")"), end)
        kind = "arithmetic" if self.text.startswith("$((", at) else "command"
        kind = kind if self.text[at] == "$" else "process"
        return Piece(kind, at + 2, max(close - 1, at + 2), inside, at, close)

    def _expansion(self, at: int, end: int, *, inside: bool) -> Piece:
        if self.text.startswith("${{", at):  # of a workflow file, put in before the shell runs
            close = self.text.find("}}", at, end)
            close = end if close < 0 else close + 2
            return Piece("variable", at + 1, close, inside, at, close)
        close = min(self.close(at + 2, "}"), end)
        return Piece("variable", at + 2, max(close - 1, at + 2), inside, at, close)
