"""The shell text of YAML scalars: decoded, lists joined, values of templates made unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.yaml_scalars import Scalar, decode

_ACTION = re.compile(r"(?<!\$)\{\{(?:(?!\}\}).)*+\}\}", re.DOTALL)
_OUTPUT_TEMPLATE = re.compile(r"template(?:=|[ \t]+)(['\"])(?:(?!\1)[^\r\n])*\Z")
_QUOTES = re.compile(r"\\.|'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\"|(['\"])", re.DOTALL)


def scalar_reader(scalar: Scalar, *, template: bool) -> Callable[[str], Mapped]:
    """Reads the text of one scalar that begins where its region does."""
    return list_reader([scalar.moved(-scalar.start)], template=template)


def list_reader(scalars: Sequence[Scalar], *, template: bool) -> Callable[[str], Mapped]:
    """Reads the texts of several scalars, each on lines of its own."""
    parts = tuple(scalars)

    def read(raw: str) -> Mapped:
        builder = Builder()
        for number, scalar in enumerate(parts):
            if number:
                builder.put("\n", parts[number - 1].end, scalar.start)
            decode(builder, raw, scalar, template=template)
        mapped = builder.done()
        return without_actions(mapped) if template and "{{" in mapped.text else mapped

    return read


def without_actions(mapped: Mapped) -> Mapped:
    """The text with `${{ x }}` for `{{ x }}`, which a shell's reader takes for one unknown value.

    In single quotes the quotes are ended around it, for nothing is unknown inside them. What is given
    to kubectl as an output template stays as it is.
    """
    text = mapped.text
    changes = []
    for match in _ACTION.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        front = text[line : match.start()]
        if _OUTPUT_TEMPLATE.search(front):
            continue
        opened = [quote[1] for quote in _QUOTES.finditer(front) if quote[1]]
        shown = "${" + match.group()[1:].replace("\n", " ")
        new = f"'\"{shown}\"'" if opened[:1] == ["'"] else shown
        changes.append((match.start(), match.end(), new))
    return mapped.replaced(changes) if changes else mapped
