"""The simple commands of a shell script, lifted out of whatever stands around them.

What follows a syntax error is still read: keywords only say where commands begin, so that one too
many or too few loses nothing.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from kai.safety.shell_text import HereDocument, ShellText

_BLANK = re.compile(r"(?:[ \t]|\\\n)++")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|;|\|&|\||&(?!>)|\n|\(|\)")
_REDIRECT = re.compile(r"(?:\d+|\{\w+\})?(?:<<<|<<-?|<&|<>|<(?!\()|&>>|&>|>>|>&|>\||>(?!\())")
_RUN = re.compile(
    r"(?:[^\s\\'\"`$&|;<>()]|[\r\v\f\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029"
    r"\u202f\u205f\u3000])++"
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]\s]*\])?\+?=")
_STARTS = frozenset(("if", "while", "until", "case", "for", "select", "{", "[["))
_SKIPPED = frozenset(
    (
        *("if", "then", "elif", "else", "fi", "do", "done", "while", "until", "esac"),
        *("{", "}", "!", "coproc", "in"),
    )
)
_DEEPEST = 20


@dataclass(slots=True)
class Simple:
    """One command: places of its words, of the assignments before it, and what is fed to it."""

    words: list[tuple[int, int]] = field(default_factory=list)
    assignments: list[tuple[int, int]] = field(default_factory=list)
    documents: list[HereDocument] = field(default_factory=list)
    depth: int = 0

    @property
    def start(self) -> int:
        """Where it begins."""
        return (self.assignments or self.words)[0][0]

    @property
    def empty(self) -> bool:
        """Whether nothing of it was read yet."""
        return not (self.words or self.assignments)


@dataclass(slots=True)
class Loop:
    """`for NAME in WORDS`."""

    name: str
    at: int
    words: list[tuple[int, int]]


@dataclass(slots=True)
class Function:
    """A function and the commands of its body, as numbers of `Commands.pipelines`."""

    name: str
    start: int
    first: int
    last: int = 0


@dataclass(slots=True)
class Commands:
    """Everything that a script runs or sets, in the order in which it was found."""

    pipelines: list[list[Simple]] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)


class Reader:
    """Reads regions of a text: the whole, then what stands in substitutions."""

    def __init__(self, shell: ShellText) -> None:
        self.shell = shell
        self.text = shell.text
        self.found = Commands()
        self._regions: deque[tuple[int, int, int]] = deque()
        self._seen: set[int] = set()

    def read(self, start: int, end: int, depth: int = 0) -> None:
        """Read the region and every substitution in it."""
        self._regions.append((start, end, depth))
        while self._regions:
            _Region(self, *self._regions.popleft()).run()

    def later(self, start: int, end: int, depth: int) -> None:
        """Note a region to read; nothing is read twice, nor deeper than anybody nests."""
        if depth <= _DEEPEST and start < end and start not in self._seen:
            self._seen.add(start)
            self._regions.append((start, end, depth))

    def inside(self, start: int, end: int, depth: int, *, quoted: bool = False) -> None:
        """Note the commands in the substitutions of a word."""
        text = self.text
        if all(text.find(mark, start, end) < 0 for mark in ("$", "`", "<(", ">(")):
            return
        todo = [(start, end, quoted, depth)]
        while todo:
            first, last, inner, level = todo.pop()
            for piece in self.shell.pieces(first, last, quoted=inner):
                if piece.kind in ("command", "process"):
                    self.later(piece.start, piece.end, level + 1)
                    if text[piece.raw_start] == "`":
                        self._escaped(piece.start, piece.end, level + 2)
                elif piece.kind in ("variable", "arithmetic") and level < _DEEPEST:
                    body = text[piece.start : piece.end]
                    if "$(" in body or "`" in body:
                        todo.append((piece.start, piece.end, True, level + 1))

    def _escaped(self, start: int, end: int, depth: int) -> None:
        """Substitutions in backquotes within backquotes: their marks stand behind backslashes."""
        marks = [match.start() for match in re.finditer(r"\\`", self.text[start:end])]
        for first, last in zip(marks[::2], marks[1::2], strict=False):
            self.later(start + first + 2, start + last, depth)


class _Region:
    """One run over a region."""

    def __init__(self, reader: Reader, start: int, end: int, depth: int) -> None:
        self.reader, self.at, self.end, self.depth = reader, start, end, depth
        self.text, self.shell, self.found = reader.text, reader.shell, reader.found
        self.command = Simple(depth=depth)
        self.pipeline: list[Simple] = []
        self.pending: list[tuple[Simple, str, bool]] = []
        self.open: list[Function | None] = []
        self.braces: list[bool] = []  # whether each of those that are open is a brace
        self.function: Function | None = None

    def run(self) -> None:
        text, end = self.text, self.end
        while self.at < end:
            if match := _BLANK.match(text, self.at, end):
                self.at = match.end()
            elif text[self.at] == "#":
                newline = text.find("\n", self.at, end)
                self.at = end if newline < 0 else newline
            elif match := _REDIRECT.match(text, self.at, end):
                self._redirect(match)
            elif match := _OPERATOR.match(text, self.at, end):
                self.at = match.end()
                self._operator(match.group())
            else:
                self._word()
        self._finish()

    # ------------------------------------------------------------------ operators
    def _operator(self, sign: str) -> None:
        if sign == "(":
            self._opened()
        elif sign == ")":
            self._closed()
        elif sign in ("|", "|&"):
            self._stage()
        elif sign == "\n":
            if not self.command.empty or not self.pipeline:
                self._finish()
            self._documents()
        else:
            self._finish()

    def _stage(self) -> None:
        if not self.command.empty:
            self.pipeline.append(self.command)
        self.command = Simple(depth=self.depth)

    def _finish(self) -> None:
        self._stage()
        if self.pipeline:
            self.found.pipelines.append(self.pipeline)
            self.pipeline = []

    def _opened(self) -> None:
        """`name()` defines a function; any other parenthesis is a group of commands."""
        words = self.command.words
        rest = _BLANK.match(self.text, self.at, self.end)
        at = rest.end() if rest else self.at
        if len(words) == 1 and self.text.startswith(")", at):
            start, stop = words[0]
            self.command = Simple(depth=self.depth)
            self.at = at + 1
            self._defines(self.text[start:stop], start)
            return
        self._finish()
        self._push()

    def _closed(self) -> None:
        if not self.open:  # the pattern of a case
            self.command = Simple(depth=self.depth)
            self.pipeline = []
            return
        self._finish()
        self._pop()

    def _defines(self, name: str, start: int) -> None:
        self._finish()
        self.function = Function(name, start, len(self.found.pipelines))

    def _push(self, *, brace: bool = False) -> None:
        self.open.append(self.function)
        self.braces.append(brace)
        self.function = None

    def _pop(self) -> None:
        function = self.open.pop() if self.open else None
        if self.braces:
            self.braces.pop()
        if function is not None:
            function.last = len(self.found.pipelines)
            self.found.functions.append(function)

    # ------------------------------------------------------------------ here-documents, redirections
    def _documents(self) -> None:
        for command, word, strip in self.pending:
            document = self.shell.document(word, self.at, strip=strip)
            if document is None or document.after > self.end + 1:
                continue
            command.documents.append(document)
            self.at = document.after
            if not document.quoted:
                self.reader.inside(document.start, document.end, self.depth, quoted=True)
        self.pending.clear()

    def _redirect(self, match: re.Match[str]) -> None:
        self.at = match.end()
        blank = _BLANK.match(self.text, self.at, self.end)
        self.at = blank.end() if blank else self.at
        start = self.at
        stop = self._word_end(start)
        self.at = stop
        sign = match.group().lstrip("0123456789")
        if sign in ("<<", "<<-") and stop > start:
            self.pending.append((self.command, self.text[start:stop], sign == "<<-"))
        else:
            self.reader.inside(start, stop, self.depth)

    # ------------------------------------------------------------------ words
    def _word_end(self, at: int) -> int:
        """Where the word that begins at `at` ends."""
        text, end, shell, start = self.text, self.end, self.shell, at
        while at < end:
            if match := _RUN.match(text, at, end):
                at = match.end()
                continue
            char, two = text[at], text[at : at + 2]
            if char == "\\":
                at += 2
            elif char == "'":
                at = shell.single(at + 1, end)
            elif char in '"`':
                at = shell.close(at + 1, char)
            elif text.startswith("${{", at):
                close = text.find("}}", at, end)
                at = at + 3 if close < 0 else close + 2
            elif two in ("$(", "<(", ">("):
                if two != "$(" and at > start:
                    break
                at = shell.close(at + 2, ")")
            elif two == "${":
                at = shell.close(at + 2, "}")
            elif two == "$'":
                at = next(shell.pieces(at, end)).raw_end
            elif char == "$":
                at += 1
            elif char == "(" and self._takes_group(start, at):
                at = shell.close(at + 1, ")")
            else:
                break
        return min(at, end)

    def _takes_group(self, start: int, at: int) -> bool:
        """Whether the parenthesis belongs to the word: an array, an extended pattern."""
        if at == start:
            return False
        match = _ASSIGNMENT.match(self.text, start, at)
        return bool(match and match.end() == at) or self.text[at - 1] in "?*+@!"

    def _word(self) -> None:
        start = self.at
        stop = self._word_end(start)
        if stop == start:  # nothing a word can begin with: passed over
            self.at = start + 1
            return
        self.at = stop
        raw = self.text[start:stop] if stop - start < 12 else ""
        if not self.command.words and not self.command.assignments and self._keyword(raw, start):
            return
        if raw == "}" and self.braces and self.braces[-1]:
            self._finish()  # zsh ends a block there, behind any word; bash would never end it
            self._pop()
            return
        if not self.command.words and _ASSIGNMENT.match(self.text, start, stop):
            self.command.assignments.append((start, stop))
        else:
            self.command.words.append((start, stop))
        self.reader.inside(start, stop, self.depth)

    def _keyword(self, raw: str, start: int) -> bool:
        if raw in _STARTS and self.pipeline:
            self._finish()
        if raw in ("for", "select"):
            self._loop()
        elif raw == "case":
            while self.at < self.end and self.text[self.at] not in "\n;":
                blank = _BLANK.match(self.text, self.at, self.end)
                self.at = blank.end() if blank else self.at
                first = self.at
                self.at = max(self._word_end(first), first + 1)
                if self.text[first : self.at] == "in":
                    break
                self.reader.inside(first, self.at, self.depth)
        elif raw == "function":
            name = re.compile(r"[ \t]*([^\s(){}]+)[ \t]*(?:\([ \t]*\))?").match(self.text, self.at)
            if name:
                self.at = name.end()
                self._defines(name[1], start)
        elif raw in _SKIPPED:
            if raw == "{":
                self._push(brace=True)
            elif raw == "}":
                self._pop()
        else:
            return False
        return True

    def _loop(self) -> None:
        words: list[tuple[int, int]] = []
        while self.at < self.end:
            blank = _BLANK.match(self.text, self.at, self.end)
            self.at = blank.end() if blank else self.at
            stop = self._word_end(self.at)
            if stop == self.at:
                break
            words.append((self.at, stop))
            self.reader.inside(self.at, stop, self.depth)
            self.at = stop
        if words:
            first, last = words[0]
            self.found.loops.append(Loop(self.text[first:last], first, words[2:]))


def commands(text: str) -> tuple[ShellText, Commands, Reader]:
    """Read a whole script; where something never ends, lines that were swallowed are read too."""
    shell = ShellText(text)
    reader = Reader(shell)
    reader.read(0, len(text))
    if shell.broken:
        again = Reader(ShellText(text, line_mode=True))
        again.read(0, len(text))
        known = {pipeline[0].start for pipeline in reader.found.pipelines}
        reader.found.pipelines += [
            pipeline for pipeline in again.found.pipelines if pipeline[0].start not in known
        ]
        reader.found.loops += again.found.loops
    return shell, reader.found, reader
