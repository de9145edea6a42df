"""What a comment in YAML stands in: shell text, a list of commands, a key without a value."""

from __future__ import annotations

from kai.model import Target
from kai_lsp.regions.lines import indent_at, line_start
from kai_lsp.regions.values import Place, PlaceKind, Spelling
from kai_lsp.regions.yaml_scalars import Scalar


class Zones:
    """Ranges of a text, in the order of their beginnings, inner ones behind those around them."""

    def __init__(self) -> None:
        self._known: list[tuple[int, int, Place | None]] = []

    def hide(self, scalar: Scalar) -> None:
        """Between quotes nothing is a comment."""
        if scalar.style and scalar.style in "'\"":
            self._known.append((scalar.start, scalar.end, None))

    def shell(self, scalar: Scalar, *, templates: bool) -> None:
        """A block of shell text; any other scalar has no comments in it."""
        if not scalar.style or scalar.style not in "|>":
            self.hide(scalar)
            return
        kind = PlaceKind.SHELL if scalar.style == "|" else PlaceKind.FOLDED
        spelling = Spelling.TEMPLATE if templates else Spelling.AS_IS
        place = Place(kind, Target.YAML, " " * scalar.indent, spelling=spelling)
        self._known.append((scalar.start, scalar.end, place))

    def items(self, start: int, end: int, column: int) -> None:
        """A list of commands whose dashes stand in that column."""
        indent = " " * column
        place = Place(PlaceKind.ITEM, Target.YAML, indent, "- ", spelling=Spelling.PLAIN)
        self._known.append((start, end, place))

    def value(self, start: int, end: int, column: int) -> None:
        """A key in that column, or a dash, that has no value yet."""
        indent = " " * (column + 2)
        place = Place(PlaceKind.VALUE, Target.YAML, indent, spelling=Spelling.PLAIN)
        self._known.append((start, end, place))

    def place(self, text: str, at: int) -> Place | None:
        """The place of a comment; None: what looks like one is none."""
        indent = indent_at(text, at)
        for start, end, place in reversed(self._known):
            if start <= at < end:
                if place is None or place.kind is not PlaceKind.SHELL:
                    return place
                if line_start(text, at) < start:  # behind the header of the block
                    return place
                return Place(place.kind, place.target, indent, spelling=place.spelling)
        return Place(PlaceKind.COMMENT, Target.YAML, indent, "# ")
