"""The shell text of YAML scalars: decoded, lists joined, values of templates made unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.yaml_scalars import Scalar, decode

_ACTION = re.compile(
    r"(?<!\$)\{\{(?:(?!\}\}).){0,1000}+\}\}|<<[ \t]*[\w-]+\.[\w.-]+[ \t]*>>", re.DOTALL
)
_OUTPUT_TEMPLATE = re.compile(r"template(?:=|[ \t]+)(['\"])(?:(?!\1)[^\r\n])*\Z")
_ESCAPED_HERE = re.compile(r"\\(?=<<)")
"""CircleCI's way to write `<<` that is no parameter."""
_FREE_FORM = re.compile(r"(?:[ \t]+(?:chdir|creates|removes|executable|warn)=\S+)+[ \t]*\Z")
"""What Ansible takes for itself at the end of a command."""
_LONGEST = 2000
"""Characters of an output template that are looked at."""
_QUOTES = re.compile(r"\\.|'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\"|(['\"])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ScalarReader:
    """Reads the texts of scalars, each on lines of its own; their places count from the region's
    beginning. `actions`: `{{ }}` stands for a value."""

    scalars: tuple[Scalar, ...]
    actions: bool = False

    def __call__(self, raw: str) -> Mapped:
        """The shell text of a region."""
        builder = Builder()
        for number, scalar in enumerate(self.scalars):
            if number:
                builder.put("\n", self.scalars[number - 1].end, scalar.start)
            decode(builder, raw, scalar, template=self.actions)
        mapped = builder.done()
        if "\\<<" in mapped.text:
            marks = _ESCAPED_HERE.finditer(mapped.text)
            mapped = mapped.replaced((one.start(), one.end(), "") for one in marks)
        last = max(len(mapped.text) - 300, 0)
        if own := _FREE_FORM.search(mapped.text, last) if "=" in mapped.text[last:] else None:
            mapped = mapped.replaced([(own.start(), own.end(), "")])
        marked = (self.actions and "{{" in mapped.text) or ">>" in mapped.text
        return without_actions(mapped, braces=self.actions) if marked else mapped


def reader_of(scalars: Sequence[Scalar], *, actions: bool) -> ScalarReader:
    """The reader of a region that begins where the first of the scalars does."""
    start = scalars[0].start
    return ScalarReader(tuple(one.moved(-start) for one in scalars), actions)


def has_actions(text: str) -> bool:
    """Whether a text holds `{{ }}` that is for no output template of kubectl."""
    if "{{" not in text:
        return False
    actions = (match.start() for match in _actions(text) if match.group()[0] == "{")
    return any(not _for_output(text, at) for at in actions)


def _actions(text: str) -> Iterator[re.Match[str]]:
    """Every action; what nothing closes is not looked through again from each of its braces."""
    end = max(text.rfind("}}"), text.rfind(">>")) + 2
    return _ACTION.finditer(text, 0, end)


def _for_output(text: str, at: int) -> bool:
    """Whether what stands at the place is a part of an output template of kubectl."""
    word = text.rfind("template", max(at - _LONGEST, 0), at)
    return word >= 0 and _OUTPUT_TEMPLATE.search(text[word:at]) is not None


class _Quotes:
    """Which quote is open at places of a text, asked in order; a line break closes all."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._from = self._seen = 0
        self._open = ""

    def at(self, place: int) -> str:
        """The quote that is open there; "" where none is."""
        text = self._text
        line = text.rfind("\n", self._seen, place) + 1
        if line:
            self._from, self._open = line, ""
        if not self._open or text.find(self._open, max(self._seen, line), place) >= 0:
            self._open = ""
            start = place
            for quote in _QUOTES.finditer(text, self._from, place):
                if quote[1]:
                    self._open, start = quote[1], quote.start()
                    break
            self._from = start
        self._seen = place
        return self._open


def without_actions(mapped: Mapped, *, braces: bool = True) -> Mapped:
    """The text with `${{ x }}` for `{{ x }}` and CircleCI's `<< x >>`, which a shell's reader takes
    for one unknown value. `braces`: whether the former stands for anything.

    In single quotes the quotes are ended around it, for nothing is unknown inside them. What is given
    to kubectl as an output template stays as it is.
    """
    text = mapped.text
    changes = []
    quotes = _Quotes(text)
    for match in _actions(text):
        inner = match.group()[2:-2].replace("\n", " ")
        if match.group()[0] == "{" and (not braces or _for_output(text, match.start())):
            continue
        shown = "${{" + inner + "}}"
        new = f"'\"{shown}\"'" if quotes.at(match.start()) == "'" else shown
        changes.append((match.start(), match.end(), new))
    return mapped.replaced(changes) if changes else mapped
