"""Text taken out of another text, with the way back: every place of it has one in its host.

A block scalar loses its indentation, a Makefile's `$$` becomes `$`, a list becomes lines. `Mapped` is
the text that results and where each part of it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Segment(NamedTuple):
    """A part: where it is in the text, where it was in the host, and how long in each.

    `same`: the two are character for character the same; else the part stands for the whole of its
    host range, which may be empty.
    """

    start: int
    host: int
    size: int
    host_size: int
    same: bool


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text and its segments in order, without gaps."""

    text: str
    segments: tuple[Segment, ...]

    def to_host(self, offset: int) -> int:
        """Where in the host what begins at `offset` begins."""
        index = bisect_right(self.segments, offset, key=_start) - 1
        if index < 0:
            return 0
        return _place(self.segments[index], offset)

    def end_to_host(self, offset: int) -> int:
        """Where in the host what ends at `offset` ends."""
        index = bisect_left(self.segments, offset, key=_start) - 1
        if index < 0:
            return self.to_host(offset)
        segment = self.segments[index]
        if not segment.same and offset > segment.start:
            return segment.host + segment.host_size
        return _place(segment, offset)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The host range of a range of the text; an empty one stays empty."""
        first = self.to_host(start)
        return (first, first) if end <= start else (first, max(first, self.end_to_host(end)))

    def from_host(self, offset: int) -> int | None:
        """Where in the text the host's place is; None: it is not in it."""
        index = bisect_right(self.segments, offset, key=_host) - 1
        while index >= 0:
            segment = self.segments[index]
            into = offset - segment.host
            if into <= segment.host_size:
                if segment.same:
                    return segment.start + into
                return segment.start if into < segment.host_size else segment.start + segment.size
            if segment.host_size:
                break
            index -= 1  # what was put in has no length in the host
        return None

    def copies(self, start: int, end: int) -> bool:
        """Whether the range stands in the host as one piece, character for character."""
        first, last = self.span(start, end)
        index = bisect_right(self.segments, start, key=_start) - 1
        segment = self.segments[index] if index >= 0 else None
        return bool(segment and segment.same and last - first == end - start) and (
            segment is not None and end <= segment.start + segment.size
        )

    def replaced(self, changes: Iterable[tuple[int, int, str]]) -> Mapped:
        """The same with parts of the text replaced; `changes` are in order and apart."""
        builder = Builder()
        at = 0
        for start, end, new in changes:
            self._copy(builder, at, start)
            first = self.to_host(start)
            builder.put(new, first, max(first, self.end_to_host(end)) if end > start else first)
            at = end
        self._copy(builder, at, len(self.text))
        return builder.done()

    def _copy(self, builder: Builder, start: int, end: int) -> None:
        index = max(bisect_right(self.segments, start, key=_start) - 1, 0)
        while start < end and index < len(self.segments):
            segment = self.segments[index]
            stop = min(end, segment.start + segment.size)
            if stop > start:
                if segment.same:
                    builder.copy(self.text[start:stop], segment.host + start - segment.start)
                else:
                    host_end = segment.host + segment.host_size
                    builder.put(self.text[start:stop], segment.host, host_end)
                start = stop
            index += 1


def _start(segment: Segment) -> int:
    return segment.start


def _host(segment: Segment) -> int:
    return segment.host


def _place(segment: Segment, offset: int) -> int:
    into = offset - segment.start
    if segment.same:
        return segment.host + min(into, segment.host_size)
    return segment.host if into < segment.size or not into else segment.host + segment.host_size


class Builder:
    """Puts a `Mapped` together from front to back."""

    __slots__ = ("_parts", "_segments", "size")

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[str] = []
        self._segments: list[Segment] = []

    def copy(self, text: str, host: int) -> None:
        """Add what stands so at `host`."""
        if not text:
            return
        last = self._segments[-1] if self._segments else None
        if last is not None and last.same and last.host + last.host_size == host:
            size = last.size + len(text)
            self._segments[-1] = Segment(last.start, last.host, size, size, True)
        else:
            self._segments.append(Segment(self.size, host, len(text), len(text), True))
        self._parts.append(text)
        self.size += len(text)

    def put(self, text: str, start: int, end: int) -> None:
        """Add what stands for the host's range."""
        if not text:
            return
        self._segments.append(Segment(self.size, start, len(text), end - start, False))
        self._parts.append(text)
        self.size += len(text)

    def add(self, mapped: Mapped) -> None:
        """Add another one's text."""
        for one in mapped.segments:
            text = mapped.text[one.start : one.start + one.size]
            if one.same:
                self.copy(text, one.host)
            else:
                self.put(text, one.host, one.host + one.host_size)

    def done(self) -> Mapped:
        """What was put together."""
        return Mapped("".join(self._parts), tuple(self._segments))


def whole(text: str, host: int = 0) -> Mapped:
    """A text that stands in its host as it is."""
    builder = Builder()
    builder.copy(text, host)
    return builder.done()
