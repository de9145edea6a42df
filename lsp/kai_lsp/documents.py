"""The open documents, exactly as the editors have them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from kai.examine import Examiner
from kai.ignores import Ignores, ignores
from kai.model import Ask, Outcome
from kai_lsp import types
from kai_lsp.positions import Encoding, Lines
from kai_lsp.regions import Command, Document

log = logging.getLogger("kai_lsp")

Read = Callable[[str, str, str], Document]
"""Reads a text with the editor's word for its language and its name."""

MAX_CHARACTERS = 2_000_000
"""Longer documents are not read: nobody writes such a file by hand."""

_MOST_PUT = 200
"""How many blocks of kai's own are remembered for one document."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an examiner said of a text: its commands, and where each begins and ends."""

    lines: Lines
    examiner: Examiner
    commands: tuple[Command, ...]
    spans: tuple[tuple[int, int, Command], ...]


@dataclass(slots=True)
class Open:
    """One document. `version` is the client's, `content` what is known about its text, `put` the
    blocks that kai offered for it: those are its own to replace. `unread`: it is too long, or reading
    it failed; only its text is kept."""

    uri: str
    version: int
    content: Document
    language: str = ""
    unread: bool = False
    told: Told | None = None
    answered: dict[str, tuple[Ask, object, float, Outcome | None]] = field(default_factory=dict)
    """What was answered a moment ago, by the words of the request: to what it was asked as, by which
    core, until when it counts."""

    reading: asyncio.Task[None] | None = None
    """The thread that judges its commands, if one does just now."""

    put: dict[str, None] = field(default_factory=dict)
    _by_line: dict[str, list[str]] = field(default_factory=dict)
    _ignores: tuple[Lines, Ignores] | None = None

    @property
    def lines(self) -> Lines:
        """Where its lines are."""
        return self.content.lines

    @property
    def too_long(self) -> bool:
        """Whether nobody looks into it because of its length."""
        return len(self.content.text) > MAX_CHARACTERS

    @property
    def path(self) -> Path | None:
        """Its file; None where it is none on this machine."""
        return file_of(self.uri)

    @property
    def ignores(self) -> Ignores:
        """What its comments silence."""
        if self._ignores is None or self._ignores[0] is not self.lines:
            self._ignores = (self.lines, ignores(self.content.text))
        return self._ignores[1]

    def offset(self, place: types.Position, encoding: Encoding) -> int:
        """A place of the client as one in the text."""
        return self.lines.offset(place.line, place.character, encoding)

    def offsets(self, span: types.Range, encoding: Encoding) -> tuple[int, int]:
        """A range of the client as places in the text, in order."""
        first, last = self.offset(span.start, encoding), self.offset(span.end, encoding)
        return min(first, last), max(first, last)

    def remember(self, block: str) -> None:
        """Know these lines again as kai's own."""
        if block in self.put:
            return
        self.put[block] = None
        self._by_line.setdefault(block.partition("\n")[0], []).append(block)
        while len(self.put) > _MOST_PUT:
            oldest = next(iter(self.put))
            del self.put[oldest]
            self._by_line[oldest.partition("\n")[0]].remove(oldest)

    def put_below(self, offset: int) -> list[str]:
        """The blocks of kai's own that may stand on the two lines below a place."""
        if not self.put:
            return []
        lines, text = self.lines, self.content.text
        line = lines.line(offset)
        return [
            block
            for number in (line + 1, line + 2)
            for block in self._by_line.get(text[slice(*lines.span(number))], ())
        ]


class Documents:
    """Every open document, by its URI. A client that is careless raises nothing.

    `read` is what looks into a text; where it raises, the text alone is kept.
    """

    def __init__(self, encoding: Encoding = Encoding.UTF16, read: Read = Document) -> None:
        self.encoding = encoding
        self._read = read
        self._open: dict[str, Open] = {}

    def __iter__(self) -> Iterator[Open]:
        return iter(list(self._open.values()))

    def get(self, uri: str) -> Open | None:
        """An open document; None: it is not open."""
        return self._open.get(uri)

    def opened(self, item: types.TextDocumentItem) -> Open:
        """The client has opened a document."""
        document = Open(item.uri, item.version, Document(""), item.language_id)
        self._open[item.uri] = document
        self._anew(document, item.text)
        return document

    def changed(
        self,
        whose: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
    ) -> Open | None:
        """The client has changed a document; None where it never opened it."""
        document = self._open.get(whose.uri)
        if document is None:
            return None
        for change in changes:
            if change.range is not None:
                self._change(document, change.range, change.text)
            else:
                self._anew(document, change.text)
        if whose.version is not None:
            document.version = whose.version
        return document

    def closed(self, uri: str) -> None:
        """The client has closed a document."""
        self._open.pop(uri, None)

    def _change(self, document: Open, span: types.Range, new: str) -> None:
        start, end = document.offsets(span, self.encoding)
        text = document.content.text
        if document.unread or len(text) + len(new) > MAX_CHARACTERS:
            self._anew(document, text[:start] + new + text[end:])
            return
        try:
            document.content.changed(start, end, new)
        except Exception as error:  # noqa: BLE001 - one document must not end the work on others
            _unreadable(document, text[:start] + new + text[end:], error)

    def _anew(self, document: Open, text: str) -> None:
        """A text that is too long is kept, for its places, and not looked into."""
        if len(text) > MAX_CHARACTERS:
            _plain(document, text)
            return
        try:
            if document.unread or not document.content.text:
                document.content = self._read(text, document.language, _name(document.uri))
                document.unread = False
            else:
                document.content.becomes(text)
        except Exception as error:  # noqa: BLE001 - as above
            _unreadable(document, text, error)


def _unreadable(document: Open, text: str, error: Exception) -> None:
    log.error("a document could not be read: %s", type(error).__name__, exc_info=True)
    _plain(document, text)


def _plain(document: Open, text: str) -> None:
    document.content = Document(text, "plaintext")
    document.unread = True


def file_of(uri: str) -> Path | None:
    """The path of a `file:` URI; None for any other, and for what is no URI or names no file."""
    parts = _split(uri)
    if parts is None or parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    return Path(path) if "\0" not in path else None


def _name(uri: str) -> str:
    """What tells the language of a document: the path, whatever the scheme."""
    parts = _split(uri)
    return unquote(parts.path) if parts is not None else uri


def _split(uri: str) -> SplitResult | None:
    try:
        return urlsplit(uri)
    except ValueError:
        return None
