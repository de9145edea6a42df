"""Shell scripts: the whole document is shell text, its comments are where the shell sees them."""

from __future__ import annotations

from kai.model import Target
from kai_lsp.regions.comments import HASH, in_quotes
from kai_lsp.regions.lines import LOOKED_BACK, cut_at, indent_at, joined, line_start, placed
from kai_lsp.regions.values import AiComment, Chunk, Place, PlaceKind, Spelling


def read(text: str, start: int, state: object, want: int) -> Chunk:
    """Read a chunk of a script; its commands are those of the whole document."""
    end = cut_at(text, start + want)
    comments, seen = shell_comments(text, start, end, Target.SCRIPT, floor=0)
    return Chunk(
        end - start,
        None,
        None,
        max(seen, end) - start,
        LOOKED_BACK,
        comments=tuple(one.moved(-start) for one in comments),
    )


def shell_comments(
    text: str,
    start: int,
    end: int,
    target: Target,
    *,
    spelling: Spelling = Spelling.AS_IS,
    before: str = "",
    floor: int | None = None,
) -> tuple[list[AiComment], int]:
    """The requests in comments of shell text that stands as it is, and how far was looked. `floor`:
    where the shell text begins, if not at `start`."""
    floor = start if floor is None else floor
    found, seen = [], start
    for one in HASH.find(text, start, end):
        seen = max(seen, one.looked)
        if one.trailing and in_quotes(text[line_start(text, one.start) : one.start]):
            continue
        indent = indent_at(text, one.start)
        if joined(text, one.start, floor):
            place = Place(PlaceKind.COMMENT, target, indent, "# ", spelling=spelling)
        else:
            place = Place(PlaceKind.SHELL, target, indent, before, spelling=spelling)
        found.append(placed(one, place))
    return found, seen
