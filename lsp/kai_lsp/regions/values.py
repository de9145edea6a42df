"""What is found in a document: requests in comments, regions of shell text, and their places.

All offsets are code points of the whole document once a `Document` hands them out; inside a chunk
they count from the chunk's beginning. What there are thousands of, and what is made anew at each
change, are named tuples: four times as quick to make as frozen dataclasses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

from kai.model import Target
from kai_lsp.regions.mapping import Mapped

Result = TypeVar("Result")


class Spelling(StrEnum):
    """How shell text is written in a place."""

    AS_IS = "as it is"
    MAKE = "a dollar sign twice"
    JUST = "opening braces twice"
    PLAIN = "a YAML scalar, quoted where it must be"
    SINGLE = "between single quotes of YAML"
    DOUBLE = "between double quotes of YAML or JSON"


class PlaceKind(StrEnum):
    """What a command becomes where a comment stands."""

    SHELL = "a line of shell"
    FOLDED = "a paragraph of a folded scalar"
    ITEM = "an item of a list of commands"
    VALUE = "the value of a key that has none"
    FENCE = "a fenced block of its own"
    COMMENT = "a comment: the place is not shell"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the command of a request goes: the line below it, and what stands around the command.

    The line is `indent`, `before`, the command in its `spelling`, `after`. `note` begins a comment
    that may stand above it, `closing` ends one.
    """

    kind: PlaceKind
    target: Target
    indent: str = ""
    before: str = ""
    after: str = ""
    spelling: Spelling = Spelling.AS_IS
    note: str = "# "
    closing: str = ""
    template: bool = False
    """Whether the document is a template, in which `{{` has to be spelled as text."""


class AiComment(NamedTuple):
    """A request in a comment. `end` is that of its last line, before the line break.

    `trailing`: something else stands before it on its line. `request` is "" where only the marker is
    there yet; it begins at `request_start`.
    """

    request: str
    start: int
    end: int
    request_start: int
    place: Place
    trailing: bool = False

    def moved(self, by: int) -> AiComment:
        """The same, `by` characters further on."""
        return AiComment(
            self.request,
            self.start + by,
            self.end + by,
            self.request_start + by,
            self.place,
            self.trailing,
        )


class Setting(NamedTuple):
    """A variable that the document itself sets for its shell text; `end` is that of its value.

    `line` is the same as an assignment of the shell; "" where there is none.
    """

    name: str
    value: str
    start: int
    end: int
    line: str = ""

    def moved(self, by: int) -> Setting:
        """The same, `by` characters further on."""
        return Setting(self.name, self.value, self.start + by, self.end + by, self.line)


class Body:
    """The text of a region as its document writes it, read when somebody asks for it.

    Reading costs more than finding, and most regions are never asked: so it is done once, late, and
    what was read stays with the region while the document around it changes.
    """

    __slots__ = ("_kept", "_key", "_mapped", "_read", "raw")

    def __init__(self, raw: str, read: Callable[[str], Mapped]) -> None:
        self.raw = raw
        self._read = read
        self._mapped: Mapped | None = None
        self._key: object = None
        self._kept: object = None

    @property
    def mapped(self) -> Mapped:
        """The shell text and the way back into `raw`."""
        if self._mapped is None:
            self._mapped = self._read(self.raw)
        return self._mapped

    def same(self, other: Body) -> bool:
        """Whether the other one is read alike from the same text."""
        return self.raw == other.raw and self._read == other._read

    def remembered(self, key: object, read: Callable[[str], Result]) -> Result:
        """What `read` says about the text; asked again only if `key` is another one."""
        if self._key != key:
            self._kept = read(self.mapped.text)
            self._key = key
        return self._kept  # type: ignore[return-value]


class ShellRegion(NamedTuple):
    """A part of a document that a shell runs. `text` is what the shell gets.

    `spelling` is how the region writes shell text.
    """

    start: int
    end: int
    target: Target
    body: Body
    spelling: Spelling = Spelling.AS_IS

    @property
    def text(self) -> str:
        """The shell text, without indentation, quotes and line folding of the document."""
        return self.body.mapped.text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the document of a place in `text`."""
        first, last = self.body.mapped.span(start, end)
        return first + self.start, last + self.start

    def inside(self, offset: int) -> int | None:
        """The place in `text` of a place in the document; None: it holds no shell text."""
        return self.body.mapped.from_host(offset - self.start)

    def copies(self, start: int, end: int) -> bool:
        """Whether that part of `text` stands in the document as it is, in one piece."""
        return self.body.mapped.copies(start, end)

    def moved(self, by: int) -> ShellRegion:
        """The same, `by` characters further on."""
        return ShellRegion(self.start + by, self.end + by, self.target, self.body, self.spelling)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is found in a part of a document that can be read for itself; places count from it.

    `state` and `exit` are what has to be known at its beginning and end. `seen` is how far behind
    its beginning the text was looked at, `before` how far in front of it.
    """

    size: int
    state: object
    exit: object
    seen: int
    before: int = 0
    comments: tuple[AiComment, ...] = ()
    shells: tuple[ShellRegion, ...] = ()
    settings: tuple[Setting, ...] = ()


Reader = Callable[[str, int, object, int], Chunk]
"""Reads a chunk: the text, where it begins, the state there, and how many lines will do."""
