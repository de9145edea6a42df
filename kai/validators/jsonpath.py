"""JSONPath templates, read as client-go's parser reads them.

Source: k8s.io/client-go/util/jsonpath/parser.go. Offsets of faults inside a filter or a subscript
are those of the whole filter or subscript.
"""

from __future__ import annotations

import re

from kai.model import Level
from kai.validators.faults import Fault

_DICT_KEY = re.compile(r"^'([^']*)'$")
_SLICE = re.compile(r"^(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?$")
_COMPARE = re.compile(r"^([^!<>=]+)([!<>=]+)(.+?)$")
_RELAXED = re.compile(r"^\{\.?([^{}]+)\}$|^\.?([^{}]+)$")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_ENDS_FIELD = frozenset(" \t\r\n.,[]$@{}")
_DEEPEST = 40
_OPERATORS = frozenset(("==", "!=", "<", ">", "<=", ">="))


class _Refused(Exception):
    """Carries the fault out of the parser; never leaves this module."""

    def __init__(self, message: str, start: int, end: int, level: Level = Level.ERROR) -> None:
        self.fault = Fault(message, start, end, None, level)


def template(text: str) -> Fault | None:
    """Read `{range .items[*]}{.metadata.name}{"\\n"}{end}`; None: it is one."""
    try:
        reader = _Reader(text, 0)
        reader.text()
        reader.close()
    except _Refused as refused:
        return refused.fault
    return None


def relaxed(text: str) -> Fault | None:
    """Read one path as --sort-by and custom-columns do: `.a.b`, `a.b` or `{.a.b}`."""
    if not text:
        return None
    match = _RELAXED.match(text)
    if match is None:
        return Fault("this is no path; write .metadata.name")
    index = 1 if match[1] else 2
    fault = template("{." + match[index] + "}")
    if fault is None:
        return None
    shift = match.start(index) - 2
    end = len(text) if fault.end is None else fault.end + shift
    start = max(0, min(fault.start + shift, len(text) - 1))
    return Fault(fault.message, start, max(start + 1, min(end, len(text))))


class _Reader:
    """Goes over one template; `depth` counts filters and subscripts read within others."""

    def __init__(self, source: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise _Refused("this path is nested too deeply", 0, len(source))
        self.source = source
        self.depth = depth
        self.at = 0
        self.ranges: list[int] = []

    def refuse(self, message: str, start: int, end: int | None = None) -> None:
        size = len(self.source)
        stop = size if end is None else min(end, size)
        raise _Refused(message, min(start, max(stop - 1, 0)), stop)

    def text(self) -> None:
        while True:
            opening = self.source.find("{", self.at)
            if opening < 0:
                return
            self.at = opening + 1
            self.action(opening)

    def close(self) -> None:
        """kubectl takes a range that is never closed, and prints what follows once too often."""
        if self.ranges:
            start = self.ranges[-1]
            message = "{range} is never closed; put {end} behind what is to be repeated"
            raise _Refused(message, start, start + len("range"), Level.WARNING)

    def action(self, opening: int) -> None:  # noqa: PLR0912  # one branch for each beginning
        source, size = self.source, len(self.source)
        recursive = False
        while True:
            at = self.at
            if at >= size or source[at] in "\r\n":
                self.refuse("'{' is never closed; put '}' behind the path", opening)
            char = source[at]
            if char == "}":
                self.at += 1
                return
            if source.startswith("[?(", at):
                self.filter()
            elif source.startswith("..", at):
                if recursive:
                    self.refuse("'..' stands twice", at, at + 2)
                self.at += 2
                recursive = True
                if self.at < size and (source[self.at].isalnum() or source[self.at] == "_"):
                    self.field()
                else:
                    continue
            elif char in " @$":
                self.at += 1
                continue
            elif char == "[":
                self.subscript()
            elif char in "'\"":
                self.quoted(char)
            elif char == ".":
                self.at += 1
                self.field()
            elif char in "+-" or char.isdigit():
                self.number()
            elif char.isalnum() or char == "_":
                self.word()
            else:
                self.refuse(f"'{char}' cannot stand in a path", at, at + 1)
            recursive = False

    def word(self) -> None:
        start = self.at
        while self.at < len(self.source) and self.source[self.at] not in _ENDS_FIELD:
            self.at += 1
        name = self.source[start : self.at]
        if name in ("true", "false"):
            return
        if self.depth:
            message = f"put a dot before the field '{name}' or quotes around the text"
            self.refuse(message, start, self.at)
        elif name == "range":
            self.ranges.append(start)
        elif name == "end":
            if not self.ranges:
                self.refuse("there is no {range} before this {end}", start, self.at)
            self.ranges.pop()
        else:
            self.refuse(f"put a dot before '{name}': .{name}", start, self.at)

    def field(self) -> None:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "\\":
                self.at += 2
            elif char in _ENDS_FIELD:
                return
            else:
                self.at += 1
        self.at = min(self.at, len(self.source))

    def number(self) -> None:
        start = self.at
        if self.source[start] in "+-":
            self.at += 1
        while self.at < len(self.source) and (
            self.source[self.at] == "." or self.source[self.at].isdigit()
        ):
            self.at += 1
        if not _NUMBER.fullmatch(self.source[start : self.at]):
            self.refuse("this is no number", start, self.at)

    def quoted(self, mark: str) -> None:
        start = self.at
        self.at += 1
        while True:
            if self.at >= len(self.source) or self.source[self.at] == "\n":
                self.refuse("this quote is never closed", start)
            char = self.source[self.at]
            self.at += 1
            if char == mark and self.source[self.at - 2] != "\\":
                return

    def subscript(self) -> None:
        start = self.at
        end = self.source.find("]", start)
        if end < 0:
            self.refuse("'[' is never closed", start)
        self.at = end + 1
        self.index(self.source[start + 1 : end], start)

    def index(self, text: str, start: int) -> None:
        if text == "*":
            return
        parts = text.split(",")
        if len(parts) > 1:
            for part in parts:
                self.inner("{[" + part.strip(" ") + "]}", start, self.at)
            return
        key = _DICT_KEY.match(text)
        if key is not None:
            self.inner("{." + key[1] + "}", start, self.at)
        elif _SLICE.match(text) is None:
            message = f"[{text}] is no index; write [0], [*], [1:3] or ['key']"
            if text[:1] == '"' and text[-1:] == '"' and len(text) > 2:
                key_path = text[1:-1].replace(".", "\\.")
                message = f"a key stands in single quotes here, or behind a dot: .{key_path}"
            self.refuse(message, start, self.at)

    def filter(self) -> None:
        start = self.at
        self.at += 3
        first = self.at
        begin = end = False
        pair = ""
        while True:
            if self.at >= len(self.source) or self.source[self.at] == "\n":
                self.refuse("this filter is never closed; it ends with ')]'", start)
            char = self.source[self.at]
            self.at += 1
            if char in "'\"":
                if not begin:
                    begin, pair = True, char
                elif self.source[self.at - 2] != "\\" and char == pair:
                    end = True
            elif char == ")" and begin == end:
                break
        if self.source[self.at : self.at + 1] != "]":
            message = "kubectl cannot nest filters or brackets in one; a filter ends with ')]'"
            self.refuse(message, start, self.at)
        self.at += 1
        body = self.source[first : self.at - 2]
        match = _COMPARE.match(body)
        if match is None:
            self.inner("{" + body + "}", start, self.at)
            return
        self.inner("{" + match[1] + "}", start, self.at)
        self.inner("{" + match[3] + "}", start, self.at)
        if match[2] not in _OPERATORS:
            message = f"'{match[2]}' compares nothing here; use ==, !=, <, >, <= or >="
            self.refuse(message, start, self.at)

    def inner(self, source: str, start: int, end: int) -> None:
        """Read a part that client-go reads as a template of its own."""
        try:
            _Reader(source, self.depth + 1).text()
        except _Refused as refused:
            self.refuse(refused.fault.message, start, end)
