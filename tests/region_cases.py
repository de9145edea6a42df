"""Documents with what is expected of them: how the files in tests/cases/regions are read and shown.

    === title | path | the editor's word for the language, or crlf
    the document
    --- found
    command  a call of kubectl, as it stands in the document
    PLACE  a request
    edit  what is put in for COMMAND

Characters that cannot be seen have names (`_ODD`). A line break inside a line is shown as \N{RETURN SYMBOL}, a tab as \N{RIGHTWARDS ARROW TO BAR}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kai.examine import Examiner
from kai.kubectl import resources, spec
from kai.validators import check
from kai_lsp.insertion import insertion
from kai_lsp.regions import Document

FOLDER = Path(__file__).parent / "cases" / "regions"
COMMAND = "kubectl get po -n $NS -l 'a: b' -o go-template='{{.x}}'"
_ODD = {"{FF}": "\f", "{VT}": "\v", "{NEL}": "\x85", "{LS}": "\u2028", "{BOM}": "\ufeff"}
EXAMINER = Examiner(spec.load(), resources.builtin(), check)


@dataclass(frozen=True, slots=True)
class Case:
    """One document; `found` are the expected lines."""

    title: str
    path: str
    language: str
    text: str
    found: tuple[str, ...] = ()

    def document(self) -> Document:
        return Document(self.text, self.language, self.path)


def cases(path: Path) -> Iterator[Case]:
    """The documents of a file."""
    for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
        head, _, rest = part.partition("\n")
        title, name, word = [*(one.strip() for one in head.split("|")), "", ""][:3]
        text, _, found = rest.partition("--- found\n")
        for mark, char in _ODD.items():
            text = text.replace(mark, char)
        if word == "crlf":
            text, word = text.replace("\n", "\r\n"), ""
        if title.startswith("no line break") or "without a final" in title:
            text = text.removesuffix("\n")
        yield Case(title, name, word, text, tuple(line for line in found.split("\n") if line))


def every(folder: Path = FOLDER) -> list[Case]:
    """The documents of all files of a folder."""
    return [case for path in sorted(folder.glob("*.txt")) for case in cases(path)]


def shown(text: str) -> str:
    """A text on one line, with nothing in it that cannot be seen."""
    text = text.replace("\r\n", "\u240d\u23ce").replace("\r", "\u240d").replace("\n", "\u23ce")
    for mark, char in _ODD.items():
        text = text.replace(char, mark)
    return text.replace("\t", "\u21e5")


def told(document: Document) -> list[str]:
    """What is found in a document, as the cases show it."""
    lines = [
        f"command  {shown(document.text[one.start : one.end])}"
        for one in document.commands(EXAMINER)
    ]
    for comment in document.comments:
        lines.append(f"{comment.place.kind.name}  {shown(comment.request)}".rstrip())
        if comment.request:
            edit = insertion(document, comment, COMMAND)
            lines.append(f"edit  {shown(edit.new)}")
    return lines
