"""Makefiles: each recipe line is a script of its own, with `$$` for the shell's dollar sign."""

from __future__ import annotations

import re
from functools import partial

from kai.model import Target
from kai_lsp.regions.comments import HASH, in_quotes
from kai_lsp.regions.languages import other_shell
from kai_lsp.regions.lines import (
    continues,
    indent_at,
    line_end,
    line_start,
    logical_end,
    next_line,
    placed,
    worth,
)
from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.values import Body, Chunk, Place, PlaceKind, Setting, ShellRegion, Spelling

_PREFIX = re.compile(r"^\.RECIPEPREFIX[ \t]*:{0,3}=[ \t]*(\S)", re.MULTILINE)
_SHELL = re.compile(r"^SHELL[ \t]*:{0,3}\??=[ \t]*([^\r\n]+)", re.MULTILINE)
ANYWHERE = (".RECIPEPREFIX", "SHELL")
"""What changes how the whole document is read, wherever it stands."""
_DEFINE = re.compile(
    r"[ ]*(?:override[ \t]+)?define[ \t]+(?!\w*(?i:usage|help|text|msg|message|banner|yaml|manifest))"
)
"""What defines a recipe: what is exported, or called like a text, is one."""
_ENDEF = re.compile(r"[ \t]*endef\b")
_CALLS = re.compile(r"[@+-]*(?:kubectl|\$[({]\w*KUBECTL\w*[)}])[ \t]")
_ASSIGNMENT = re.compile(
    r"[ ]*(?:(?:export|override|unexport|private)[ \t]+)*([\w.-]+)[ \t]*(:{0,3}|\?|\+|!)="
    r"[ \t]*([^\r\n#]*)"
)
_RULE = re.compile(r"[^\s#=:][^=:\r\n]*::?(?!=)[^=;\r\n]*(?:;(?P<recipe>[^\r\n]*))?(?=\r?\n|\Z)")
_RECIPE_MARKS = re.compile(r"[ \t@+-]*")
_REFERENCE = re.compile(
    r"\$(?:\$|\((?P<round>[^()$]*(?:\([^()]*\)[^()$]*)*)\)|\{(?P<curly>[^{}$]*)\}|(?P<one>[^\s({$]))"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"[ \t@+-]*\$[({][A-Za-z_]\w*[)}][ \t]")
"""A recipe whose program is a variable: it may stand for kubectl."""
_SHELL_CALL = re.compile(r"\$\(shell[ \t]+")
_LONGEST = 20_000
"""Characters of a `define` that are looked through."""
_NEITHER = re.compile(r"[ \t]*(?:#[^\r\n]*)?\Z")
_CONDITIONAL = re.compile(r"[ ]*(?:ifeq|ifneq|ifdef|ifndef|else|endif)\b")


def read(text: str, start: int, state: object, want: int) -> Chunk:
    """Read a chunk of a makefile, up to a line that begins a logical one."""
    known = _PREFIX.search(text) if ".RECIPEPREFIX" in text else None
    prefix = known[1] if known else "\t"
    at, shells, settings = start, list[ShellRegion](), list[Setting]()
    programs = _SHELL.findall(text) if "SHELL" in text else []
    other = bool(programs) and all(map(other_shell, programs))
    defined, looked = start, start  # where the body of a `define` ends; how far was looked for it
    while at < len(text) and (at - start < want or at < defined):
        end = logical_end(text, at)
        if other:
            pass
        elif at < defined and not text.startswith(prefix, at):
            if _CALLS.match(text, at, end):
                _recipe(text, at, end, prefix, shells)
        elif text[at] in " deo" and _DEFINE.match(text, at):
            defined, last = _endef(text, end)
            looked = max(looked, last)
        elif text.startswith(prefix, at):
            _recipe(text, at + 1, end, prefix, shells)
        elif text[at] not in "#\r\n":
            _other(text, at, end, prefix, shells, settings)
        at = end
    comments, seen, before = [], max(at, looked), 0
    for one in HASH.find(text, start, at):
        seen = max(seen, one.looked)
        line = line_start(text, one.start)
        if one.trailing and in_quotes(text[line : one.start]):
            continue
        place, first = _place(text, one.start, prefix)
        if other and place.kind is PlaceKind.SHELL:
            place = Place(PlaceKind.COMMENT, Target.MAKEFILE, place.indent, "# ")
        before = max(before, start - first)
        comments.append(placed(one, place, start))
    return Chunk(
        at - start,
        None,
        None,
        seen - start,
        before,
        tuple(comments),
        tuple(shell.moved(-start) for shell in shells),
        tuple(setting.moved(-start) for setting in settings),
    )


def _endef(text: str, at: int) -> tuple[int, int]:
    """Where the line stands that ends a `define` whose body begins at the place; 0: nowhere near.
    And how far was looked."""
    last = min(at + _LONGEST, len(text))
    place = text.find("endef", at, last)
    if place >= 0:
        line = line_start(text, place)
        if line >= at and _ENDEF.match(text, line):
            return line, line_end(text, place)
    return 0, last


def _recipe(text: str, start: int, end: int, prefix: str, shells: list[ShellRegion]) -> None:
    if worth(text, start, end) or _CALLED.match(text, start, end):
        raw = text[start:end]
        body = Body(raw, _READERS.get(prefix) or partial(shell_text, prefix=prefix))
        shells.append(ShellRegion(start, end, Target.MAKEFILE, body, Spelling.MAKE))


def _other(
    text: str,
    at: int,
    end: int,
    prefix: str,
    shells: list[ShellRegion],
    settings: list[Setting],
) -> None:
    match = _ASSIGNMENT.match(text, at)
    if match:
        for call in _SHELL_CALL.finditer(text, match.end(2), end):
            stop = _balanced(text, call.end(), end)
            if stop is not None:
                _recipe(text, call.end(), stop, prefix, shells)
        if len(match[3]) < 500 and _NAME.fullmatch(match[1]):
            value = match[3].rstrip().removesuffix("\\").rstrip()
            settings.append(Setting(match[1], value, at, match.end(), _assigned(match, value)))
        return
    rule = _RULE.match(text, at)
    if rule and rule["recipe"]:
        _recipe(text, rule.start("recipe"), end, prefix, shells)


def _balanced(text: str, start: int, end: int) -> int | None:
    """The place of the parenthesis that closes the one opened before `start`."""
    depth = 1
    for match in re.compile(r"[()]").finditer(text, start, end):
        depth += 1 if match.group() == "(" else -1
        if not depth:
            return match.start()
    return None


def _assigned(match: re.Match[str], value: str) -> str:
    """The same as an assignment of the shell."""
    if match[2] in ("+", "!"):
        return ""
    shown = shell_text(value, "\t").text.replace("\\", "\\\\").replace('"', '\\"')
    name = match[1]
    return f'{name}="${{{name}:-{shown}}}"' if match[2] == "?" else f'{name}="{shown}"'


def shell_text(raw: str, prefix: str) -> Mapped:
    """What the shell gets of a recipe line: references to variables as its own, `$$` as `$`."""
    builder = Builder()
    marks = _RECIPE_MARKS.match(raw)
    at = marks.end() if marks else 0
    while at < len(raw):
        end = next_line(raw, at)
        _line(builder, raw, at, end)
        at = end + 1 if raw.startswith(prefix, end) else end
    return builder.done()


_READERS = {"\t": partial(shell_text, prefix="\t")}


def _line(builder: Builder, raw: str, start: int, end: int) -> None:
    at = start
    for match in _REFERENCE.finditer(raw, start, end):
        builder.copy(raw[at : match.start()], at)
        at = match.end()
        if match.group() == "$$":
            builder.put("$", match.start(), match.end())
            continue
        name = match["round"] if match["round"] is not None else match["curly"]
        if name is not None and name.startswith("shell "):
            builder.put("$(", match.start(), match.start() + 8)
            inner = match.start() + 8
            builder.copy(raw[inner : match.end() - 1], inner)
            builder.put(")", match.end() - 1, match.end())
        elif name is not None and _NAME.fullmatch(name):
            builder.put(f"${{{name}}}", match.start(), match.end())
        else:
            shown = name if name is not None else f"${match['one']}"
            builder.put(f"${{{{ {shown.replace('}', '')} }}}}", match.start(), match.end())
    builder.copy(raw[at:end], at)


def _place(text: str, at: int, prefix: str) -> tuple[Place, int]:
    """The place of a comment: in a recipe, or among what make itself reads."""
    line = line_start(text, at)
    if text.startswith(prefix, line):
        inner = indent_at(text, line + 1) if prefix != "\t" else indent_at(text, line)[1:]
        place = Place(PlaceKind.SHELL, Target.MAKEFILE, prefix + inner, spelling=Spelling.MAKE)
        return place, line
    place = Place(PlaceKind.SHELL, Target.MAKEFILE, prefix, spelling=Spelling.MAKE, note="# ")
    behind = line
    if not text[line:at].strip():
        for _ in range(60):
            if behind == 0:
                break
            behind = line_start(text, behind - 1)
            whole = text[behind : line_end(text, behind)]
            if whole.startswith(prefix):
                return place, behind
            if _NEITHER.match(whole) or _CONDITIONAL.match(whole):
                if (
                    not whole.strip()
                ):  # a blank line: what follows at the margin is about a rule below
                    break
                continue
            if continues(text, behind):
                break
            if _RULE.match(text, behind) and not _ASSIGNMENT.match(text, behind):
                return place, behind
            break
    return Place(PlaceKind.COMMENT, Target.MAKEFILE, indent_at(text, at), "# "), behind
