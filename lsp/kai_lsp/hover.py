"""What a command, a flag, a kind, a selector or a path means, where the pointer is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kai.explain.whole import Explanation, explanation
from kai_lsp import types
from kai_lsp.client import Client
from kai_lsp.core import Kept
from kai_lsp.documents import Open
from kai_lsp.edits import span
from kai_lsp.examining import around
from kai_lsp.markup import code, escaped
from kai_lsp.regions import Command


@dataclass(frozen=True, slots=True)
class _Form:
    """How the editor wants its words: what becomes of text of the document, of code, and so on."""

    kind: types.MarkupKind
    text: Callable[[str], str]
    code: Callable[[str], str]
    strong: Callable[[str], str]
    rule: tuple[str, ...]


_MARKDOWN = _Form(types.MarkupKind.Markdown, escaped, code, "**{}**".format, ("---",))
_PLAIN = _Form(types.MarkupKind.PlainText, str, str, str, ())


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
    form = _MARKDOWN if client.markdown else _PLAIN
    lines = []
    if part is not None:
        before = command.examined.start
        shown = told.command[part.start - before : part.end - before]
        said = form.text(part.text)
        lines.append(f"{form.strong(form.code(shown))}: {said}" if shown else said)
        lines += form.rule
    lines += _described(told, form)
    return types.Hover(
        contents=types.MarkupContent(kind=form.kind, value="\n\n".join(lines)),
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


def _described(told: Explanation, form: _Form) -> Iterator[str]:
    """The paragraphs about a whole command."""
    if told.summary:
        yield form.text(told.summary)
    if told.tier:
        reasons = "; ".join(told.reasons)
        verdict = f"{told.verdict} ({reasons})" if reasons else told.verdict
        yield f"{form.strong(told.tier)}: {form.text(verdict)}"
    if told.hits:
        yield f"hits {form.text(told.hits)}"
    if told.place:
        yield form.text(told.place)
