"""What a comment in YAML stands in: shell text, a list of commands, a key without a value."""

from __future__ import annotations

import re
from dataclasses import replace

from kai.model import Target
from kai_lsp.regions.lines import indent_at, joined, line_end, line_start, next_line
from kai_lsp.regions.values import Place, PlaceKind, Spelling
from kai_lsp.regions.yaml_scalars import Scalar
from kai_lsp.regions.yaml_text import has_actions

_IN_QUOTES = re.compile(
    r"[ \t-]*(?:[^\s:\"']+[ \t]*:[ \t]+)?(?:\"(?:[^\"\\\r\n]|\\.)*|'(?:[^'\r\n]|'')*)"
)
"""The part of a line before what stands in a quoted value on that line."""


SPELLINGS = {
    "|": Spelling.AS_IS,
    ">": Spelling.AS_IS,
    "'": Spelling.SINGLE,
    '"': Spelling.DOUBLE,
    "p": Spelling.PLAIN,
}
"""How text stands in each style of scalar."""


class Zones:
    """Ranges of a text, in the order of their beginnings, inner ones behind those around them."""

    def __init__(self, *, template: bool = False) -> None:
        self.template = template
        self._known: list[tuple[int, int, Place | None]] = []

    def hide(self, scalar: Scalar) -> None:
        """Between quotes nothing is a comment."""
        if scalar.style and scalar.style in "'\"":
            self._known.append((scalar.start, scalar.end, None))

    def shell(self, text: str, scalar: Scalar) -> None:
        """A block of shell text; any other scalar has no comments in it."""
        if not scalar.style or scalar.style not in "|>":
            self.hide(scalar)
            return
        kind = PlaceKind.SHELL if scalar.style == "|" else PlaceKind.FOLDED
        template = self.template or has_actions(text[scalar.content : scalar.end])
        place = Place(kind, Target.YAML, " " * scalar.indent, template=template)
        self._known.append((scalar.start, scalar.end, place))

    def items(self, text: str, start: int, end: int, column: int) -> None:
        """A list of commands whose dashes stand in that column."""
        place = Place(
            PlaceKind.ITEM,
            Target.YAML,
            " " * column,
            "- ",
            spelling=Spelling.PLAIN,
            template=self.template or has_actions(text[start:end]),
        )
        self._known.append((start, end, place))

    def value(self, start: int, end: int, column: int) -> None:
        """A key in that column, or a dash, that has no value yet."""
        indent = " " * (column + 2)
        place = Place(
            PlaceKind.VALUE,
            Target.YAML,
            indent,
            spelling=Spelling.PLAIN,
            template=self.template,
        )
        self._known.append((start, end, place))

    def place(self, text: str, at: int) -> Place | None:
        """The place of a comment; None: what looks like one is none."""
        indent = indent_at(text, at)
        for start, end, place in reversed(self._known):
            if start <= at < end:
                if place is None or line_start(text, at) < start:  # behind the header of a block
                    return place
                if place.kind is PlaceKind.FOLDED and not _paragraph_ends(text, at, end):
                    # What follows up to a blank line is joined to the comment: all of it is one.
                    return Place(PlaceKind.COMMENT, place.target, place.indent, "# ")
                if place.kind is not PlaceKind.SHELL:
                    return place
                if joined(text, at, next_line(text, start)):
                    return Place(PlaceKind.COMMENT, place.target, indent, "# ")
                return place if indent == place.indent else replace(place, indent=indent)
        if _IN_QUOTES.fullmatch(text, line_start(text, at), at):
            return None
        return Place(PlaceKind.COMMENT, Target.YAML, indent, "# ")


def _paragraph_ends(text: str, at: int, end: int) -> bool:
    """Whether the line is the last one of a folded block, or a blank one follows."""
    below = next_line(text, at)
    return below >= end or not text[below : line_end(text, below)].strip()
