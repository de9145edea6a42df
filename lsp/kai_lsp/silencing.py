"""The comments that silence a finding, written for the place where they go."""

from __future__ import annotations

from collections.abc import Iterator

from kai_lsp.documents import Open
from kai_lsp.edits import TextChange
from kai_lsp.regions import Command, Language


def silencing(document: Open, command: Command, code: str) -> Iterator[tuple[str, TextChange]]:
    """Title and edit of each comment that silences `code`: above the command, and for the file.

    Nothing where a comment in the middle of the text would change what it means.
    """
    begin, close = _marks(document.content.language)
    if not begin:
        return
    lines = document.lines
    number = lines.line(command.start)
    start, _ = lines.span(number)
    text = document.content.text
    newline = "\r\n" if "\r\n" in text else "\n"
    if _may_stand_above(document, command, number):
        indent = text[start : start + len(text[start:]) - len(text[start:].lstrip(" \t"))]
        comment = f"{indent}{begin} kai: ignore={code}{close}{newline}"
        yield f"kai: silence {code} here", TextChange(start, start, comment)
    top = _top(document)
    yield (
        f"kai: silence {code} in this file",
        TextChange(top, top, f"{begin} kai: ignore-file={code}{close}{newline}"),
    )


def _marks(language: Language) -> tuple[str, str]:
    """How a comment begins and ends."""
    match language:
        case Language.MARKDOWN | Language.MARKUP:
            return "<!--", " -->"
        case Language.SLASHES:
            return "//", ""
        case Language.DASHES:
            return "--", ""
        case Language.NONE:
            return "", ""
        case _:
            return "#", ""


def _may_stand_above(document: Open, command: Command, number: int) -> bool:
    """Whether a line of its own may stand above the command's line: not inside a continued line,
    and in other languages than shell only where the text is a block of lines."""
    lines, text = document.lines, document.content.text
    if number:
        first, last = lines.span(number - 1)
        if text[first:last].endswith("\\"):
            return False
    language = document.content.language
    if language is Language.MARKDOWN:
        return False
    if language is Language.YAML:
        # In a scalar of its own line a comment above is one of YAML; in a block, one of the shell.
        return lines.line(command.region.start) <= number and not _folded(document, command)
    return True


def _folded(document: Open, command: Command) -> bool:
    """Whether the lines of the region are joined: a comment would swallow what follows."""
    text = command.region.text
    raw = document.content.text[command.region.start : command.region.end]
    return raw.count("\n") > text.count("\n") + 1


def _top(document: Open) -> int:
    """Behind a first line that has to stay the first: `#!`, a YAML or parser directive."""
    lines, text = document.lines, document.content.text
    for number in range(len(lines)):
        start, _ = lines.span(number)
        if not text.startswith(("#!", "%YAML", "# syntax=", "# escape=", "---"), start):
            return start
    return len(text)
