"""Dockerfiles: RUN, CMD, ENTRYPOINT and HEALTHCHECK, with their further lines and here-documents."""

from __future__ import annotations

import re

from kai.model import Target
from kai_lsp.regions import yaml_argv
from kai_lsp.regions.comments import HASH
from kai_lsp.regions.languages import other_shell
from kai_lsp.regions.lines import (
    continues,
    indent_at,
    line_end,
    line_start,
    next_line,
    placed,
    worth,
)
from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.script import shell_comments
from kai_lsp.regions.values import (
    AiComment,
    Body,
    Chunk,
    Place,
    PlaceKind,
    Setting,
    ShellRegion,
    Spelling,
)
from kai_lsp.regions.yaml_scalars import flow_items
from kai_lsp.regions.yaml_text import reader_of

_RUNS = re.compile(
    r"[ \t]*(?:ONBUILD[ \t]+)?(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK(?:[ \t]+--\S+)*[ \t]+CMD)(?=[ \t\\])"
    r"(?:[ \t]+--\w+=\S+)*[ \t]*",
    re.IGNORECASE,
)
_SETS = re.compile(r"[ \t]*(?:ARG|ENV)[ \t]+(.*)", re.IGNORECASE)
_PAIR = re.compile(r"(?<!\w)([A-Za-z_]\w*+)=(\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s\"'\\]*)")
_OLD_PAIR = re.compile(r"([A-Za-z_]\w*)[ \t]+(\S[^\r\n\\]*)")
_HERE = re.compile(r"<<(-?)(['\"]?)([A-Za-z_]\w*)\2")
_ASIDE = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=\r?\n|\Z)")
_JOINED = re.compile(r"(?:&&|\|\|?|;|[({]|\b(?:then|do|else))[ \t]*\Z")
_JOINS = re.compile(r"[ \t]*(?:&&|\|\|?|;|[)}]|(?:fi|done|else|elif|esac)\b)")


_SHELL = re.compile(r"[ \t]*SHELL[ \t]+\[[ \t]*\"([^\"\r\n]*)\"", re.IGNORECASE)
_FROM = re.compile(r"[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S*)", re.IGNORECASE)


def read(text: str, start: int, state: object, want: int) -> Chunk:
    """Read a chunk of a Dockerfile, up to the beginning of an instruction. The state is True where
    the shell of the instructions is none whose syntax is known."""
    other = state is True
    at, shells, settings = start, list[ShellRegion](), list[Setting]()
    comments: list[AiComment] = []
    seen = start
    while at < len(text) and at - start < want:
        if _ASIDE.match(text, at):
            end = next_line(text, at)
            seen = max(seen, _aside(text, at, end, comments))
            at = end
            continue
        end, documents = _instruction(text, at)
        match = _RUNS.match(text, at)
        if match:
            if not other or text.startswith("[", match.end()):
                _runs(text, match.end(), end, documents, shells)
            if not other:
                seen = max(seen, _comments_within(text, at, end, documents, comments))
        elif not documents:
            _sets(text, at, end, settings)
            other = _other(text, at, other=other)
        at = end
    return Chunk(
        at - start,
        state,
        other or None,
        max(seen, at) - start,
        0,
        tuple(one.moved(-start) for one in comments),
        tuple(shell.moved(-start) for shell in shells),
        tuple(setting.moved(-start) for setting in settings),
    )


def _other(text: str, at: int, *, other: bool) -> bool:
    """Whether the shell is one of which nothing is known, behind the instruction at the place."""
    if shell := _SHELL.match(text, at):
        return other_shell(shell[1])
    if stage := _FROM.match(text, at):
        return "/windows/" in stage[1]
    return other


def _aside(text: str, start: int, end: int, comments: list[AiComment]) -> int:
    """A comment between instructions: the command becomes one."""
    seen = end
    for one in HASH.find(text, start, end):
        if comments and one.start < comments[-1].end:
            continue
        place = Place(PlaceKind.SHELL, Target.DOCKERFILE, indent_at(text, start), "RUN ")
        comments.append(placed(one, place))
        seen = one.looked
    return seen


def _instruction(text: str, at: int) -> tuple[int, list[tuple[int, int]]]:
    """Where an instruction ends, and the bodies of its here-documents."""
    words: list[tuple[str, bool]] = []
    while True:
        end = line_end(text, at)
        if text.find("<<", at, end) >= 0:
            for match in _HERE.finditer(text, at, end):
                words.append((match[3], bool(match[1])))
        goes_on = text.endswith("\\", at, end) and continues(text, at)
        at = next_line(text, end)
        while goes_on and at < len(text) and _ASIDE.match(text, at):
            at = next_line(text, at)  # comments and blank lines inside do not end it
        if not goes_on or at >= len(text):
            break
    documents = []
    for word, strip in words:
        body = at
        while at < len(text):
            line = text[at : line_end(text, at)]
            after = next_line(text, at)
            if (line.lstrip("\t") if strip else line) == word:
                break
            at = after
        documents.append((body, at))
        at = next_line(text, at) if at < len(text) else at
    return at, documents


def _runs(
    text: str, start: int, end: int, documents: list[tuple[int, int]], shells: list[ShellRegion]
) -> None:
    if not worth(text, start, end):
        return
    if text.startswith("[", start):
        # Of the instruction alone: a bracket that is never closed ends with it.
        inside, _ = flow_items(text[start:end], 0)
        items = [item.moved(start) for item in inside]
        found = yaml_argv.command_line(text, items, {}) if items else None
        if found and found.code:
            _add(
                text,
                found.code.start,
                found.code.end,
                Spelling.DOUBLE,
                shells,
                reader_of([found.code], actions=False),
            )
        elif found:
            first = items[0].start
            read_words = yaml_argv.words_reader(items)
            _add(text, first, items[-1].end, Spelling.DOUBLE, shells, read_words)
        return
    if documents and _HERE.match(text, start):
        for first, last in documents[:1]:
            _add(text, first, last, Spelling.AS_IS, shells, shell_text)
        return
    _add(text, start, end, Spelling.AS_IS, shells, shell_text)


def _add(
    text: str, start: int, end: int, spelling: Spelling, shells: list[ShellRegion], reader: object
) -> None:
    body = Body(text[start:end], reader)  # type: ignore[arg-type]
    shells.append(ShellRegion(start, end, Target.DOCKERFILE, body, spelling))


def shell_text(raw: str) -> Mapped:
    """What the shell gets: without the comments and blank lines between further lines."""
    builder = Builder()
    at, goes_on = 0, False
    while at < len(raw):
        end = next_line(raw, at)
        if not (goes_on and _ASIDE.match(raw, at)):
            goes_on = continues(raw, at)
            builder.copy(raw[at:end], at)
        at = end
    return builder.done()


def _sets(text: str, start: int, end: int, settings: list[Setting]) -> None:
    match = _SETS.match(text, start)
    if match is None:
        return
    pairs = list(_PAIR.finditer(text, match.start(1), end))
    old = None if pairs else _OLD_PAIR.match(text, match.start(1), end)
    for pair in [*pairs, *([old] if old else [])]:
        value = pair[2].strip().strip("\"'")
        line = f'{pair[1]}="{value}"' if '"' not in value and "\\" not in value else ""
        settings.append(Setting(pair[1], value, pair.start(), pair.end(), line))


def _comments_within(
    text: str, start: int, end: int, documents: list[tuple[int, int]], comments: list[AiComment]
) -> int:
    """The requests between the lines of an instruction, or in a here-document."""
    body = documents[0][0] if documents else end
    seen = end
    for one in HASH.find(text, start, body) if text.find("#", start, body) >= 0 else ():
        seen = max(seen, one.looked)
        if not one.trailing:
            comments.append(placed(one, _between(text, start, one.start, one.end, body)))
    for first, last in documents:
        found, looked = shell_comments(text, first, last, Target.DOCKERFILE)
        comments += found
        seen = max(seen, looked)
    return seen


def _between(text: str, start: int, at: int, comment_end: int, end: int) -> Place:
    """The place of a comment line inside an instruction: the command joins the chain around it."""
    line = line_start(text, at)
    while line > start:
        line = line_start(text, line - 1)
        if not _ASIDE.match(text, line):
            break
    front = text[line : line_end(text, line)].rstrip().removesuffix("\\").rstrip()
    rest = next_line(text, comment_end)
    while rest < end and _ASIDE.match(text, rest):
        rest = next_line(text, rest)
    match = _RUNS.match(front + " ") if line == start else None
    begins = bool(match and match.end() >= len(front)) or _JOINED.search(front) is not None
    after = ""
    if rest < end:
        after = " \\" if _JOINS.match(text, rest) else " && \\"
    return Place(
        PlaceKind.SHELL, Target.DOCKERFILE, indent_at(text, at), "" if begins else "&& ", after
    )
