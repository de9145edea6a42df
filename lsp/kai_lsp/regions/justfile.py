"""Justfiles: each line of a recipe is a script of its own, unless it begins with a shebang."""

from __future__ import annotations

import re

from kai.model import Target
from kai_lsp.regions.comments import HASH, in_quotes
from kai_lsp.regions.languages import other_shell, shell_shebang
from kai_lsp.regions.lines import (
    indent_at,
    joined,
    line_end,
    line_start,
    logical_end,
    next_line,
    placed,
    worth,
)
from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.values import Body, Chunk, Place, PlaceKind, Setting, ShellRegion, Spelling

_SETTING = re.compile(
    r"(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*:=[ \t]*(['\"])([^'\"\r\n]*)\2[ \t]*(?:#|\r?$)", re.M
)
_INTERPOLATION = re.compile(r"\{\{\{\{|\{\{(?P<inner>(?:(?!\}\}).){0,500}+)\}\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"[ \t@-]*\{\{[ \t]*[A-Za-z_]\w*[ \t]*\}\}[ \t]")
"""A line whose program is a variable: it may stand for kubectl."""


_SHELL = re.compile(r"^set[ \t]+shell[ \t]*:=[ \t]*\[[ \t]*['\"]([^'\"\r\n]*)", re.MULTILINE)
ANYWHERE = ("set shell",)
"""What changes how the whole document is read, wherever it stands."""


def read(text: str, start: int, state: object, want: int) -> Chunk:
    """Read a chunk of a justfile, up to a line at the margin."""
    at, shells, settings = start, list[ShellRegion](), list[Setting]()
    shell = _SHELL.search(text) if ANYWHERE[0] in text else None
    other = shell is not None and other_shell(shell[1])
    while at < len(text):
        if text[at] in " \t":
            at = _body(text, at, shells, other=other)
            continue
        if at - start >= want and text[at] not in "\r\n":
            break
        match = _SETTING.match(text, at)
        if match:
            line = f"{match[1]}='{match[3]}'"
            settings.append(Setting(match[1], match[3], at, match.end(3), line))
        at = next_line(text, at)
    comments, seen = [], at
    for one in HASH.find(text, start, at):
        seen = max(seen, one.looked)
        line_at = line_start(text, one.start)
        if one.trailing and in_quotes(text[line_at : one.start]):
            continue
        indent = indent_at(text, one.start)
        if indent and joined(text, one.start, start):
            place = Place(PlaceKind.COMMENT, Target.SCRIPT, indent, "# ", spelling=Spelling.JUST)
        elif indent and not other:
            place = Place(PlaceKind.SHELL, Target.SCRIPT, indent, spelling=Spelling.JUST)
        else:
            place = Place(PlaceKind.COMMENT, Target.SCRIPT, indent, "# ")
        comments.append(placed(one, place, start))
    return Chunk(
        at - start,
        None,
        None,
        seen - start,
        0,
        tuple(comments),
        tuple(shell.moved(-start) for shell in shells),
        tuple(setting.moved(-start) for setting in settings),
    )


def _body(text: str, at: int, shells: list[ShellRegion], *, other: bool) -> int:
    """The lines of a recipe; where they end."""
    first = text[at : line_end(text, at)].strip()
    end = at
    while end < len(text) and text[end] in " \t\r\n":
        end = next_line(text, end)
    if first.startswith("#!"):
        if shell_shebang(first) and worth(text, at, end):
            _add(text, at, end, shells)
        return end
    while at < end and not other:
        stop = min(logical_end(text, at), end)
        if worth(text, at, stop) or _CALLED.match(text, at):
            _add(text, at, stop, shells)
        at = stop
    return end


def _add(text: str, start: int, end: int, shells: list[ShellRegion]) -> None:
    body = Body(text[start:end], shell_text)
    shells.append(ShellRegion(start, end, Target.SCRIPT, body, Spelling.JUST))


def shell_text(raw: str) -> Mapped:
    """What the shell gets: without marks of just, its interpolations as variables."""
    builder = Builder()
    blank = len(raw) - len(raw.lstrip(" \t"))
    marks = re.compile(r"[@-]*").match(raw, blank)
    at = marks.end() if marks else blank
    builder.copy(raw[:blank], 0)
    for match in _INTERPOLATION.finditer(raw, at):
        builder.copy(raw[at : match.start()], at)
        at = match.end()
        inner = (match["inner"] or "").strip()
        if match.group() == "{{{{":
            builder.put("{{", match.start(), match.end())
        elif _NAME.fullmatch(inner):
            builder.put(f"${{{inner}}}", match.start(), match.end())
        else:
            shown = inner.replace('"', "'")
            builder.put(f"${{{{ {shown} }}}}", match.start(), match.end())
    builder.copy(raw[at:], at)
    return builder.done()
