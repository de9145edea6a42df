"""The edits that put a command under the comment that asks for it, as the place wants it written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kai_lsp.regions.document import Document
from kai_lsp.regions.spelling import as_template, spelled
from kai_lsp.regions.values import AiComment, Place, PlaceKind, Spelling


@dataclass(frozen=True, slots=True)
class Edit:
    """`new` takes the place of what stands between `start` and `end`, in code points.

    `block` are the lines that a later look at the document finds again (`generated_after`): with
    line feeds, whatever line breaks the document has.
    """

    start: int
    end: int
    new: str
    block: str


@dataclass(frozen=True, slots=True)
class Below:
    """What stands right below a comment. `by_kai`: exactly what kai once put there."""

    start: int
    end: int
    text: str
    by_kai: bool


def insertion(
    document: Document,
    comment: AiComment,
    command: str,
    *,
    then: Sequence[str] = (),
    above: Sequence[str] = (),
    instead_of: Below | None = None,
) -> Edit:
    """The edit that puts `command`, one line, under the comment, and those that come `then`;
    `above` are remarks for comment lines before it. With `instead_of` it takes the place of what
    stands there."""
    place = comment.place
    if place.kind is PlaceKind.VALUE and instead_of is None and _has_value(document, comment):
        place = Place(PlaceKind.COMMENT, place.target, place.indent, "# ")
    lines = block(place, command, above, then)
    newline = line_break(document, comment.end)
    at = _line_end(document, comment.end)
    if instead_of is not None:
        return Edit(instead_of.start, instead_of.end, newline.join(lines), "\n".join(lines))
    new = newline + newline.join(lines)
    if place.kind is PlaceKind.FOLDED:
        # A folded scalar joins lines: blank ones around it keep the command on a line of its own.
        new = newline + new + (newline if _text_follows(document, at) else "")
    return Edit(at, at, new, "\n".join(lines))


def block(
    place: Place, command: str, above: Sequence[str] = (), then: Sequence[str] = ()
) -> list[str]:
    """The lines that stand for commands in a place; a place for one value joins them."""
    if place.kind is PlaceKind.VALUE and then:
        command, then = " && ".join((command, *then)), ()
    shown = [_shown(place, one) for one in (command, *then)]
    note = place.before if place.before.startswith(("$", "%", ">")) else ""
    remarks = [
        f"{place.indent}{note}{place.note}{_remark(place, one)}{place.closing}" for one in above
    ]
    if place.kind is PlaceKind.FENCE:
        inner = [f"{place.indent}# {_remark(place, one)}" for one in above]
        return [
            f"{place.indent}{place.before}",
            *inner,
            *(f"{place.indent}{one}" for one in shown),
            f"{place.indent}{place.after}",
        ]
    lines = [f"{place.indent}{place.before}{one}{place.after}" for one in shown]
    if place.kind is PlaceKind.FOLDED:
        # Lines of a folded scalar that no blank one parts become one.
        parted = [line for one in (*remarks, *lines) for line in (one, "")]
        return parted[:-1]
    return [*remarks, *lines]


def _shown(place: Place, command: str) -> str:
    """A command as the place wants it written."""
    shown = spelled(as_template(command) if place.template else command, place.spelling)
    if place.kind is PlaceKind.COMMENT and place.closing:
        shown = shown.replace(place.closing.strip(), "-- >")  # would end the comment
    return shown


def _remark(place: Place, text: str) -> str:
    """A remark on one line, written so that nothing of it is expanded."""
    line = " ".join(text.split())
    if place.template:
        line = as_template(line)
    if place.spelling in (Spelling.MAKE, Spelling.JUST):
        line = spelled(line, place.spelling)
    return line.replace(place.closing.strip(), "-- >") if place.closing else line


def generated_after(
    document: Document, comment: AiComment, put: Collection[str] = ()
) -> Below | None:
    """What stands right below a comment, if it is a command: one of the blocks that kai has `put`
    there, unchanged, or else a line with a call of kubectl, which is somebody's own."""
    text = document.text
    start = _next_line(document, comment.end)
    if start is None:
        return None
    if (
        comment.place.kind is PlaceKind.FOLDED
        and not text[start : _line_end(document, start)].strip()
    ):
        start = _next_line(document, start) or start
    for known in sorted(put, key=len, reverse=True):
        end = _stands(document, start, known)
        if end is not None:
            return Below(start, end, known, by_kai=True)
    place = comment.place
    if place.kind is PlaceKind.FENCE:
        return _fence_below(document, start)
    end = _line_end(document, start)
    while text[start:end].rstrip().endswith("\\") and not place.after:
        further = _next_line(document, end)
        if further is None:
            break
        end = _line_end(document, further)
    line = text[start:end]
    bare = line.strip()
    if "kubectl" not in bare:
        return None
    if bare.startswith(("#", "//", "--", "<!--")) is not (place.kind is PlaceKind.COMMENT):
        return None
    return Below(start, end, line, by_kai=False)


def stands_already(
    document: Document, comment: AiComment, below: Below, command: str, then: Sequence[str] = ()
) -> bool:
    """Whether just these commands stand below a comment, whoever put them there; remarks above
    them do not count."""
    place = comment.place
    wanted = [" ".join(line.split()) for line in block(place, command, then=then) if line]
    text = below.text if below.by_kai or not then else _lines_from(document, below, len(wanted))
    there = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    if place.kind is PlaceKind.FENCE:
        return [line for line in there if not line.startswith("#")] == wanted
    if below.by_kai:
        return there[-len(wanted) :] == wanted
    return there == wanted or (not then and len(there) == 1 and _calls(there[0], command))


def _calls(line: str, command: str) -> bool:
    """Whether a line is that command with something in front of it: a dash, a key, `sudo`."""
    return f" {line}".endswith(f" {' '.join(command.split())}")


def _lines_from(document: Document, below: Below, most: int) -> str:
    last = min(document.lines.line(below.start) + most, len(document.lines)) - 1
    end = document.lines.span(last)[1]
    return document.text[below.start : max(end, below.end)].replace("\r\n", "\n")


def _fence_below(document: Document, start: int) -> Below | None:
    """The fenced block right below, if kubectl is called in it."""
    text = document.text
    if not text[start:].lstrip(" \t").startswith(("```", "~~~")):
        return None
    mark = text[start:].lstrip(" \t")[:3]
    line: int | None = _next_line(document, start)
    while line is not None:
        end = _line_end(document, line)
        if text[line:end].strip().startswith(mark):
            whole = text[start:end]
            return Below(start, end, whole, by_kai=False) if "kubectl" in whole else None
        line = _next_line(document, line)
    return None


def _stands(document: Document, start: int, known: str) -> int | None:
    """Where the lines end that stand exactly so at `start`; None: they do not."""
    at: int | None = start
    lines = known.split("\n")
    for number, line in enumerate(lines):
        if at is None:
            return None
        end = _line_end(document, at)
        if document.text[at:end] != line:
            return None
        if number + 1 == len(lines):
            return end
        at = _next_line(document, at)
    return None


def line_break(document: Document, offset: int) -> str:
    """The line break that the document uses there: that of the line, or of its first line."""
    lines = document.lines
    for line in (lines.line(offset), 0):
        end = lines.span(line)[1]
        after = lines.starts[line + 1] if line + 1 < len(lines) else end
        if after > end:
            return document.text[end:after]
    return "\n"


def _line_end(document: Document, offset: int) -> int:
    return document.lines.span(document.lines.line(offset))[1]


def _next_line(document: Document, offset: int) -> int | None:
    line = document.lines.line(offset) + 1
    return document.lines.starts[line] if line < len(document.lines) else None


def _has_value(document: Document, comment: AiComment) -> bool:
    """Whether the key behind which the comment stands has got a value below it."""
    start = _next_line(document, comment.end)
    while start is not None:
        line = document.text[start : _line_end(document, start)]
        bare = line.lstrip(" ")
        if bare and bare[0] != "#":
            return len(line) - len(bare) >= len(comment.place.indent) - 1
        start = _next_line(document, start)
    return False


def _text_follows(document: Document, at: int) -> bool:
    start = _next_line(document, at)
    return start is not None and bool(document.text[start : _line_end(document, start)].strip())
