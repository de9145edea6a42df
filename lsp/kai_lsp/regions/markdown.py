"""Markdown: fenced blocks in the language that they name, and requests in `<!-- ai: -->`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from kai.model import Target
from kai_lsp.regions.comments import find_markup
from kai_lsp.regions.lines import continues, cut_at, line_end, line_start, next_line, placed, worth
from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.script import shell_comments
from kai_lsp.regions.values import (
    AiComment,
    Body,
    Chunk,
    Place,
    PlaceKind,
    Reader,
    ShellRegion,
)

_FENCE = re.compile(
    r"^(?P<front>[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)"
    r"(?P<fence>`{3,}(?=[^`\r\n]*(?:\r?\n|\Z))|~{3,})[ \t]*(?P<info>[^\r\n]*)",
    re.MULTILINE,
)
_FRONT = re.compile(r"[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_SHELL = frozenset(
    (
        *("sh", "bash", "zsh", "shell", "console", "terminal", "shell-session", "shellsession"),
        *(
            "sh-session",
            "bash-session",
            "kubectl",
            "shellscript",
            "ksh",
            "dash",
            "cmdline",
            "prompt",
        ),
    )
)
_PROMPT = re.compile(
    r"[ \t]*(?:\[[^\]\s]+[^\]\r\n]*\][$%#]|\S*[\w\])~][$%]|\$|%|\u276f|\u279c)[ \t]+(?=\S)"
)
_FURTHER = re.compile(r"[ \t]*>[ \t]+")
_CALLS = re.compile(r"^[ \t]*(?:[$%][ \t]+)?(?:sudo[ \t]+)?kubectl[ \t]+\w", re.MULTILINE)
_PLACEHOLDER = re.compile(
    r"(?<![<>&|\d])<([A-Za-z][\w. -]*)>(?![>&])|(?<![$'])\{\{[<%-]?[ \t]*([^{}\r\n]+)\}\}"
)
"""What the reader of the text, or the program that makes it a page, puts in."""
_WORD = re.compile(r"\{?[ \t]*\.?([\w+.-]+)")


def reader(nested: Callable[[str], Reader | None]) -> Reader:
    """The reader; `nested` gives that of another language by the word that a fence names."""

    def read(text: str, start: int, state: object, want: int) -> Chunk:
        at, comments, shells = start, list[AiComment](), list[ShellRegion]()
        seen = start
        while at < len(text) and (at - start < want or at == start):
            limit = cut_at(text, start + want)
            match = _FENCE.search(text, at, limit)
            stop = match.start() if match else limit
            seen = max(seen, _prose(text, at, stop, comments))
            at = stop
            if match is not None:
                if stop - start >= want and stop > start:
                    break
                at, looked = _fence(text, match, comments, shells, nested)
                seen = max(seen, looked)
        return Chunk(
            at - start,
            None,
            None,
            max(seen, at) - start,
            0,
            tuple(one.moved(-start) for one in comments),
            tuple(shell.moved(-start) for shell in shells),
        )

    return read


def _prose(text: str, start: int, end: int, comments: list[AiComment]) -> int:
    seen = end
    for one in find_markup(text, start, end):
        front = _FRONT.match(text, line_start(text, one.start), one.start)
        marks = front.group() if front else ""
        indent = re.sub(
            r"[^ \t>]", " ", marks
        )  # further lines of a list's item stand under its text
        place = Place(PlaceKind.FENCE, Target.MARKDOWN, indent, "```sh", "```")
        comments.append(placed(one, place))
        seen = max(seen, one.looked)
    return seen


def _fence(
    text: str,
    match: re.Match[str],
    comments: list[AiComment],
    shells: list[ShellRegion],
    nested: Callable[[str], Reader | None],
) -> tuple[int, int]:
    """A fenced block; where it ends, and how far was looked."""
    start = next_line(text, match.end())
    mark = re.escape(match["fence"][0])
    closing = re.compile(rf"^[ \t>]*{mark}{{{len(match['fence'])},}}[ \t]*\r?$", re.MULTILINE)
    closed = closing.search(text, start) if start < len(text) else None
    end = closed.start() if closed else len(text)
    after = next_line(text, closed.end()) if closed else len(text)
    if not worth(text, start, end):
        return after, after
    word = _WORD.match(match["info"])
    name = word[1].lower() if word else ""
    if name in _SHELL or (not name and _CALLS.search(text, start, end)):
        _shell(text, start, end, match["front"], comments, shells)
        return after, after
    inner = nested(name) if name and ">" not in match["front"] else None
    if inner is not None:
        chunk = inner(text[start:end], 0, None, end - start + 1)
        comments += [one.moved(start) for one in chunk.comments]
        shells += [shell.moved(start) for shell in chunk.shells]
    return after, after


def _shell(
    text: str,
    start: int,
    end: int,
    front: str,
    comments: list[AiComment],
    shells: list[ShellRegion],
) -> None:
    raw = text[start:end]
    lines = raw.split("\n")
    prompt = next((found for line in lines if (found := _PROMPT.match(line))), None)
    quoted = ">" in front
    body = Body(raw, _READERS[prompt is not None, quoted])
    shells.append(ShellRegion(start, end, Target.MARKDOWN, body))
    before = prompt.group().lstrip() if prompt else ""
    inside, _ = shell_comments(text, start, end, Target.MARKDOWN, before=before)
    comments += [one for one in inside if not (one.trailing and quoted)]


def _lines(raw: str, *, prompts: bool, quoted: bool) -> Mapped:
    """The lines that are typed: those behind a prompt, where there are prompts."""
    builder = Builder()
    at, goes_on = 0, False
    marks = re.compile(r"[ \t]*(?:>[ \t]?)+") if quoted else None
    while at < len(raw):
        end = next_line(raw, at)
        first = at
        if marks and (mark := marks.match(raw, at)):
            first = mark.end()
        if prompts:
            found = (_FURTHER if goes_on else _PROMPT).match(raw, first)
            if found:
                first = found.end()
            elif not goes_on:
                at = end
                continue
        goes_on = continues(raw, line_end(raw, at))
        _typed(builder, raw, min(first, end), end)
        at = end
    return builder.done()


def _typed(builder: Builder, raw: str, at: int, end: int) -> None:
    """A line, with `<name>` as a value that only the reader of the text knows."""
    line = at
    for match in _PLACEHOLDER.finditer(raw, at, end):
        if match[2] and "template" in raw[line : match.start()]:
            continue  # for kubectl's own output
        builder.copy(raw[at : match.start()], at)
        builder.put(f"${{{{ {match[1] or match[2]} }}}}", match.start(), match.end())
        at = match.end()
    builder.copy(raw[at:end], at)


_READERS = {
    (prompts, quoted): partial(_lines, prompts=prompts, quoted=quoted)
    for prompts in (False, True)
    for quoted in (False, True)
}
