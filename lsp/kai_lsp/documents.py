"""The open documents, exactly as the editors have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lsprotocol import types

from kai.ignores import Ignores, ignores
from kai_lsp.positions import Encoding, Lines
from kai_lsp.regions import Document

MAX_CHARACTERS = 2_000_000
"""Longer documents are not read: nobody writes such a file by hand."""

_MOST_PUT = 200
"""How many blocks of kai's own are remembered for one document."""


@dataclass(slots=True)
class Open:
    """One document. `version` is the client's, `content` what is known about its text, `put` the
    blocks that kai offered for it: those are its own to replace."""

    uri: str
    version: int
    content: Document
    language: str = ""
    too_long: bool = False
    put: dict[str, None] = field(default_factory=dict)
    _ignores: tuple[Lines, Ignores] | None = None

    @property
    def lines(self) -> Lines:
        """Where its lines are."""
        return self.content.lines

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

    def offsets(self, span: types.Range, encoding: Encoding) -> tuple[int, int]:
        """A range of the client as places in the text, in order."""
        first, last = (
            self.lines.offset(place.line, place.character, encoding)
            for place in (span.start, span.end)
        )
        return min(first, last), max(first, last)

    def remember(self, block: str) -> None:
        """Know these lines again as kai's own."""
        self.put.pop(block, None)
        self.put[block] = None
        while len(self.put) > _MOST_PUT:
            del self.put[next(iter(self.put))]


class Documents:
    """Every open document, by its URI. A client that is careless raises nothing."""

    def __init__(self, encoding: Encoding = Encoding.UTF16) -> None:
        self.encoding = encoding
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
        self._replace(document, item.text)
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
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._change(document, change.range, change.text)
            else:
                self._replace(document, change.text)
        document.version = whose.version
        return document

    def closed(self, uri: str) -> None:
        """The client has closed a document."""
        self._open.pop(uri, None)

    def _change(self, document: Open, span: types.Range, new: str) -> None:
        start, end = document.offsets(span, self.encoding)
        if document.too_long or len(document.content.text) + len(new) > MAX_CHARACTERS:
            text = document.content.text
            self._replace(document, text[:start] + new + text[end:])
        else:
            document.content.changed(start, end, new)

    def _replace(self, document: Open, text: str) -> None:
        """A text that is too long is kept, for its places, and not looked into."""
        long = len(text) > MAX_CHARACTERS
        if long or document.too_long or not document.content.text:
            language = "plaintext" if long else document.language
            name = "" if long else _name(document.uri)
            document.content = Document(text, language, name)
            document.too_long = long
        else:
            document.content.becomes(text)


def file_of(uri: str) -> Path | None:
    """The path of a `file:` URI; None for any other."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    return Path(unquote(parts.path))


def _name(uri: str) -> str:
    """What tells the language of a document: the path, whatever the scheme."""
    return unquote(urlsplit(uri).path)
