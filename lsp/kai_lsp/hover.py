"""What a command, a flag, a kind, a selector or a path means, where the pointer is."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from kai.explain.whole import Explanation, explanation
from kai_lsp.client import Client
from kai_lsp.core import Kept
from kai_lsp.documents import Open
from kai_lsp.edits import span
from kai_lsp.examining import around
from kai_lsp.regions import Command


def hover(document: Open, offset: int, kept: Kept, client: Client) -> types.Hover | None:
    """The part under the pointer, then what the whole command does and how dangerous it is."""
    command = command_at(document, offset, kept)
    if command is None:
        return None
    told = explained(command, kept)
    place = command.inside(offset)
    part = None
    if place is not None:
        # Offsets of the parts count from where the command's script begins, as its own do.
        inside = [one for one in told.parts if one.start <= place < max(one.end, one.start + 1)]
        part = min(inside, key=lambda one: one.end - one.start, default=None)
    lines = []
    if part is not None:
        before = command.examined.start
        shown = told.command[part.start - before : part.end - before]
        lines.append(f"**{_code(shown)}**: {_text(part.text)}" if shown else _text(part.text))
        lines.append("---")
    lines += described(told)
    return types.Hover(
        contents=types.MarkupContent(kind=types.MarkupKind.Markdown, value="\n\n".join(lines)),
        range=span(document, command.start, command.end, client),
    )


def command_at(document: Open, offset: int, kept: Kept) -> Command | None:
    """The command at a place; the innermost where they are nested."""
    found = [
        command
        for command in around(document, kept.examiner, offset, offset)
        if command.start <= offset <= command.end
    ]
    return min(found, key=lambda one: one.end - one.start, default=None)


def explained(command: Command, kept: Kept) -> Explanation:
    """A command of a document in words."""
    examined = command.examined
    return explanation(
        examined.pipeline,
        kept.examiner.catalogue,
        findings=examined.findings,
        risk=examined.risk,
        context=kept.context,
    )


def described(told: Explanation) -> Iterator[str]:
    """The paragraphs about a whole command, in Markdown."""
    if told.summary:
        yield _text(told.summary)
    if told.tier:
        reasons = "; ".join(told.reasons)
        yield f"**{told.tier}**: {_text(told.verdict)}{f' ({_text(reasons)})' if reasons else ''}"
    if told.hits:
        yield f"hits {_text(told.hits)}"
    if told.place:
        yield _text(told.place)


def _text(text: str) -> str:
    """Words of a document in Markdown: nothing of them may become a link or a heading."""
    for char in "\\`*_{}[]<>#|!":
        text = text.replace(char, f"\\{char}")
    return " ".join(text.split())


def _code(text: str) -> str:
    """A part of a command as code; backquotes in it do not end it."""
    line = " ".join(text.split())
    fence = "``" if "`" in line else "`"
    gap = " " if "`" in line else ""
    return f"{fence}{gap}{line}{gap}{fence}"
