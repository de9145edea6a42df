"""The scalars of YAML: where one ends, and what text it stands for, with the way back.

Read from the text, without a parser of the whole document: what is being typed is rarely valid, and a
Helm template never is. The rules are those of YAML 1.2, sections 6.5, 7.3 and 8.1.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from kai_lsp.regions.mapping import Builder

_HEADER = re.compile(r"([|>])(?:([1-9])[-+]?|[-+]?([1-9])?)[ \t]*(?:[ \t]#[^\r\n]*)?(?=[\r\n]|\Z)")
_FIRST = re.compile(r"(?:[ ]*\r?(?:\n|\Z))*?([ ]*)(?=[^ \r\n])")
_LINE = re.compile(r"([^\r\n]*)(\r?\n|\Z)")
_DIRECTIVE = re.compile(r"[ \t]*+(?:\{\{(?:(?!\}\}).)*+\}\}[ \t]*+)++(?=\r?\n|\Z)", re.DOTALL)
"""A line that holds nothing but actions of a template: what is printed need not be a line."""
_LONGEST = 4000
"""Characters of such a line; an action that nothing closes is not looked for any further."""
_SINGLE = re.compile(r"'(?:[^']|'')*+'")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_REMARK = re.compile(r"[ \t]#")
_PLAIN_IN_FLOW = re.compile(r"(?:[^\r\n,\[\]{}:#]|:(?![ \t\r\n,\[\]{}])|(?<![ \t])#)+")
_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)*")
FLOW_BLANK = re.compile(r"(?:[\s,]|#[^\r\n]*)*+")
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|\r?\n[ \t]*|(.))", re.DOTALL
)
_ESCAPED = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f"} | {
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_FOLD = re.compile(r"[ \t]*(?:\r?\n[ \t]*)+")


class Scalar(NamedTuple):
    """A scalar as written: `style` is one of | > ' " p (plain), or "" where there is none.

    `start` and `end` hold the marks too; `content` is where the text of a block begins, `indent` how
    many blanks each of its lines has in front.
    """

    style: str
    start: int
    end: int
    content: int
    indent: int = 0

    def moved(self, by: int) -> Scalar:
        """The same, counted from another place."""
        return Scalar(self.style, self.start + by, self.end + by, self.content + by, self.indent)


def scalar_at(text: str, at: int, parent: int) -> Scalar:
    """The scalar that begins at `at`, behind tags and anchors; `parent` is the indentation of the
    key's or the dash's own column, that every further line has to exceed."""
    properties = _PROPERTIES.match(text, at)
    start = properties.end() if properties else at
    char = text[start : start + 1]
    if char in "|>" and char:
        header = _HEADER.match(text, start)
        if header:
            return _block(text, header, parent)
    if char in "'\"" and char:
        match = (_SINGLE if char == "'" else _DOUBLE).match(text, start)
        if match is None:
            line = _LINE.match(text, start)
            return Scalar("", start, line.end(1) if line else start, start)
        return Scalar(char, start, match.end(), start + 1)
    if char in "[{*\r\n#" or not char:
        return Scalar("", start, start, start)
    return _plain(text, start, parent)


def directive(text: str, at: int, end: int | None = None) -> re.Match[str] | None:
    """A line of nothing but template actions that begins at `at`, and ends at `end` at the latest."""
    last = min(at + _LONGEST, len(text) if end is None else end)
    if text.find("{{", at, last) < 0 or text.find("}}", at, last) < 0:
        return None
    return _DIRECTIVE.match(text, at, last)


def _block(text: str, header: re.Match[str], parent: int) -> Scalar:
    style = header[1]
    line = _LINE.match(text, header.end())
    start = line.end() if line else len(text)
    explicit = header[2] or header[3]
    indent = max(parent, 0) + int(explicit) if explicit else _indent(text, start, parent)
    if indent is None:
        return Scalar(style, header.start(), start, start, parent + 1)
    end = block_end(text, start, indent)
    return Scalar(style, header.start(), end, start, indent)


def _indent(text: str, start: int, parent: int) -> int | None:
    """How far the first line of a block is in; None: there is no line."""
    at = start
    while first := _FIRST.match(text, at):
        if len(first[1]) > parent:
            return len(first[1])
        action = directive(text, first.start(1))
        if action is None:
            return None
        line = _LINE.match(text, action.end())
        if line is None or line.end() == at:
            return None
        at = line.end()
    return None


@functools.cache
def _outside(indent: int) -> re.Pattern[str]:
    """A line break and a line that begins with fewer blanks."""
    if indent <= 0:
        return re.compile(r"\n(?=(?:---|\.\.\.)(?:[ \t\r\n]|\Z))")
    return re.compile(rf"\n {{0,{indent - 1}}}(?=[^ \r\n])")


def block_end(text: str, start: int, indent: int) -> int:
    """Where the block ends whose lines begin with so many blanks: behind a line break, or the text's
    end; blank lines at its end are not counted in."""
    at = max(start - 1, 0)
    end = None
    outside = _outside(indent)
    while match := outside.search(text, at):
        action = directive(text, match.start() + 1)
        if action is None:
            end = match.start() + 1
            break
        line = _LINE.match(text, action.end())
        behind = line.end() if line else len(text)
        first = _FIRST.match(text, behind)
        # Actions at the margin: the block goes on if what follows them is far enough in again.
        if first is None or (len(first[1]) < indent and not directive(text, first.start(1))):
            end = match.start() + 1
            break
        at = behind - 1
    if end is None:
        end = len(text)
    return max(start, _without_blank_lines(text, start, end))


def _without_blank_lines(text: str, start: int, end: int) -> int:
    kept = text[start:end].rstrip(" \r\n")
    if len(kept) == end - start:
        return end
    line = _LINE.match(text, start + len(kept))
    return min(line.end(), end) if line and kept else start


def _plain(text: str, start: int, parent: int) -> Scalar:
    end, stop = _plain_line(text, start)
    while stop < len(text) and not text[end:stop].strip(" \t\r"):
        first = _FIRST.match(text, stop + 1)
        if first is None or len(first[1]) <= parent or text[first.end()] == "#":
            break
        further, behind = _plain_line(text, first.end())
        if further == first.end():
            break
        end, stop = further, behind
    return Scalar("p", start, end, start)


def _plain_line(text: str, start: int) -> tuple[int, int]:
    """Where a plain scalar ends on its line, and where the line does."""
    newline = text.find("\n", start)
    stop = len(text) if newline < 0 else newline
    raw = text[start:stop]
    if "#" in raw and (remark := _REMARK.search(raw)):
        raw = raw[: remark.start()]
    return start + len(raw.rstrip(" \t\r")), stop


def flow_items(text: str, at: int) -> tuple[list[Scalar], int]:
    """The scalars of the sequence `[...]` at `at`, and where it ends; no items of what is nested."""
    items: list[Scalar] = []
    depth = 0
    while at < len(text):
        blank = FLOW_BLANK.match(text, at)
        at = blank.end() if blank else at
        char = text[at : at + 1]
        if char in ("[", "{"):
            depth += 1
            at += 1
        elif char in ("]", "}"):
            depth -= 1
            at += 1
            if depth <= 0:
                return items, at
        elif not char or text.startswith(("---\n", "---\r"), at):
            break
        else:
            item = flow_scalar(text, at)
            if depth == 1:
                items.append(item)
            at = max(item.end, at + 1)
    return items, at


def flow_scalar(text: str, at: int) -> Scalar:
    """The scalar inside of a flow collection that begins at `at`."""
    if text[at] in "'\"":
        match = (_SINGLE if text[at] == "'" else _DOUBLE).match(text, at)
        if match:
            return Scalar(text[at], at, match.end(), at + 1)
    match = _PLAIN_IN_FLOW.match(text, at)
    end = match.end() if match else at + 1
    kept = text[at:end].rstrip(" \t")
    return Scalar("p", at, at + max(len(kept), 1), at)


# ---------------------------------------------------------------------- what they stand for
def decode(builder: Builder, raw: str, scalar: Scalar, *, template: bool = False) -> None:
    """Add the scalar's text. `template`: lines of template actions alone are left out."""
    if scalar.style == "|":
        _literal(builder, raw, scalar, template=template)
    elif scalar.style == ">":
        _folded(builder, raw, scalar)
    elif scalar.style == "'":
        _quoted(builder, raw, scalar.start + 1, scalar.end - 1, re.compile("''"))
    elif scalar.style == '"':
        _quoted(builder, raw, scalar.start + 1, scalar.end - 1, _ESCAPE)
    elif scalar.style == "p":
        _quoted(builder, raw, scalar.start, scalar.end, None)


def _lines(raw: str, scalar: Scalar) -> Iterator[tuple[int, int, int]]:
    """Where each line of a block begins behind its indentation, where its text and its break end."""
    at = scalar.content
    while at < scalar.end:
        line = _LINE.match(raw, at, scalar.end)
        if line is None or line.end() == at:
            return
        blanks = 0
        while blanks < scalar.indent and raw.startswith(" ", at + blanks):
            blanks += 1
        first = min(at + blanks, line.end(1))
        yield first, line.end(1), line.end()
        at = line.end()


def _literal(builder: Builder, raw: str, scalar: Scalar, *, template: bool) -> None:
    for first, last, after in _lines(raw, scalar):
        if template and raw.startswith("{{", first) and directive(raw, first, last):
            builder.copy(raw[last:after], last)
        else:
            builder.copy(raw[first:after], first)


def _folded(builder: Builder, raw: str, scalar: Scalar) -> None:
    before = -1  # where the last line with text ended; -1: there was none
    deeper = False
    blank = 0
    for first, last, _after in _lines(raw, scalar):
        if not raw[first:last].strip(" "):
            blank += 1
            continue
        further = raw[first] in " \t"
        if before < 0:
            builder.put("\n" * blank, first, first)
        elif deeper or further:
            builder.put("\n" * (blank + 1), before, first)
        else:
            builder.put("\n" * blank or " ", before, first)
        builder.copy(raw[first:last], first)
        before, deeper, blank = last, further, 0
    if before >= 0:
        builder.put("\n", before, max(before, scalar.end))


def _quoted(
    builder: Builder, raw: str, start: int, end: int, escape: re.Pattern[str] | None
) -> None:
    at = start
    while at < end:
        escaped = escape.search(raw, at, end) if escape else None
        stop = escaped.start() if escaped else end
        _flow_text(builder, raw, at, stop)
        if escaped is None:
            return
        builder.put(_meant(escaped), escaped.start(), escaped.end())
        at = escaped.end()


def _flow_text(builder: Builder, raw: str, start: int, end: int) -> None:
    """Text whose line breaks are folded."""
    at = start
    while at < end:
        newline = raw.find("\n", at, end)
        fold = _FOLD.search(raw, at, end) if newline >= 0 else None
        builder.copy(raw[at : fold.start() if fold else end], at)
        if fold is None:
            return
        builder.put("\n" * (fold.group().count("\n") - 1) or " ", fold.start(), fold.end())
        at = fold.end()


def _meant(escaped: re.Match[str]) -> str:
    if escaped.group() == "''":
        return "'"
    code = escaped[1] or escaped[2] or escaped[3]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return _ESCAPED.get(escaped[4], escaped[4]) if escaped[4] else ""
