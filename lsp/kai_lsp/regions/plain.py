"""Languages of which only the comments are known: a command goes in as one more comment."""

from __future__ import annotations

from kai.model import Target
from kai_lsp.regions.comments import DASHES, HASH, SLASHES, Marker, find_markup, in_quotes
from kai_lsp.regions.lines import cut_at, indent_at, line_start, placed
from kai_lsp.regions.values import Chunk, Place, PlaceKind, Reader


def reader(*signs: str) -> Reader:
    """The reader of a language whose comments begin with one of the signs, or with `<!--`."""
    markers = [marker for marker in (HASH, SLASHES, DASHES) if marker.sign in signs]

    def read(text: str, start: int, state: object, want: int) -> Chunk:
        end = cut_at(text, start + want)
        seen, found = end, []
        for marker in markers:
            for one in marker.find(text, start, end):
                seen = max(seen, one.looked)
                if one.trailing and in_quotes(text[line_start(text, one.start) : one.start]):
                    continue
                found.append(placed(one, comment_place(text, one.start, marker)))
        if "<!--" in signs:
            for one in find_markup(text, start, end):
                seen = max(seen, one.looked)
                indent = indent_at(text, one.start)
                place = Place(
                    PlaceKind.COMMENT,
                    Target.SCRIPT,
                    indent,
                    "<!-- ",
                    " -->",
                    note="<!-- ",
                    closing=" -->",
                )
                found.append(placed(one, place))
        found.sort(key=lambda comment: comment.start)
        comments = tuple(comment.moved(-start) for comment in found)
        return Chunk(end - start, None, None, seen - start, comments=comments)

    return read


def comment_place(text: str, at: int, marker: Marker) -> Place:
    """The place of a comment among what is not shell."""
    sign = marker.sign + " "
    return Place(PlaceKind.COMMENT, Target.SCRIPT, indent_at(text, at), sign, note=sign)
