"""An explanation as a person reads it on a terminal, as plain lines, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from kai.explain.whole import Explanation, Part
from kai.model import Finding, Risk
from kai_shell.answer import found, risked
from kai_shell.lines import whole_words, wrapped
from kai_shell.panel import Look
from kai_shell.streams import one_line

_INDENT, _GAP = 2, 2
_WIDEST_LABEL = 28
"""Columns for the pieces of the line; a longer piece has a line of its own."""


def as_json(
    explanation: Explanation, findings: Sequence[Finding], risk: Risk | None
) -> dict[str, Any]:
    """The object of `--json`; offsets are code points of the command."""
    return {
        "command": explanation.command,
        "summary": explanation.summary,
        "place": explanation.place or None,
        "parts": [_part(part) for part in explanation.parts],
        "tier": explanation.tier,
        "verdict": explanation.verdict,
        "reasons": list(explanation.reasons),
        "hits": explanation.hits or None,
        "risk": risked(risk) if risk else None,
        "findings": [found(finding) for finding in findings],
    }


def _part(part: Part) -> dict[str, Any]:
    return {**asdict(part), "details": list(part.details)}


def plain(explanation: Explanation) -> str:
    """One line for each thing that is said, for pipes and files."""
    lines = [explanation.summary] if explanation.summary else []
    for part in explanation.parts:
        piece = label(explanation.command, part)
        steps = "; ".join(detail.strip() for detail in part.details)
        lines.append(f"{piece}: {part.text}{f' {steps}' if steps else ''}")
    lines += [text for _, text in _verdict(explanation)]
    return "".join(f"{one_line(line)}\n" for line in lines)


def drawn(explanation: Explanation, look: Look) -> str:
    """The command once, what happens, then each piece beside its meaning, then the verdict."""
    command = one_line(explanation.command)
    lines = [look.painted(line, "bold") for line in wrapped(command, look.width - 1)]
    if len(lines) == 1:
        lines += [
            look.painted(" " * part.start + "^" * max(part.end - part.start, 1), "error")
            for part in explanation.parts
            if part.role == "error"
        ]
    if explanation.summary:
        said = f"{explanation.summary} ({explanation.place})" if explanation.place else ""
        lines += ["", *_block(said or explanation.summary, look)]
    room = _room(explanation, look)
    if explanation.parts:
        lines.append("")
    for part in explanation.parts:
        lines += _row(label(explanation.command, part), part, room, look)
    if explanation.tier is not None:
        lines.append("")
    for colour, text in _verdict(explanation):
        block = _block(text, look)
        lines += [look.painted(line, colour) if colour else line for line in block]
    return "".join(f"{line}\n" for line in lines)


def label(command: str, part: Part) -> str:
    """The piece of the line; the second letter of `-it` with a dash of its own."""
    piece = one_line(command[part.start : part.end])
    alone = part.role in ("flag", "option") and piece[:1] not in ("-", "'", '"')
    return f"-{piece}" if alone else piece


def _verdict(explanation: Explanation) -> Iterator[tuple[str, str]]:
    if explanation.tier is None:
        return
    yield explanation.tier, f"{explanation.tier}: {explanation.verdict}"
    for reason in explanation.reasons:
        yield "", f"why: {reason}"
    if explanation.hits:
        yield "", f"hits {explanation.hits}"


def _block(text: str, look: Look) -> list[str]:
    width = look.width - 1 - _INDENT
    return [" " * _INDENT + line for line in wrapped(one_line(text), width)]


def _room(explanation: Explanation, look: Look) -> int:
    """How wide the column of the pieces is: as wide as the widest that fits."""
    most = min(_WIDEST_LABEL, look.width // 3)
    widths = [part_width for part in explanation.parts if (part_width := part.end - part.start)]
    return max((width for width in widths if width <= most), default=most) + 1


def _row(piece: str, part: Part, room: int, look: Look) -> Iterator[str]:
    """One piece and its meaning; the meaning begins below a piece that is too long."""
    colour = "error" if part.role in ("unknown", "error") else "bold"
    said = list(_meaning(part, look.width - 1 - _INDENT - room - _GAP))
    head = " " * _INDENT
    if len(piece) <= room:
        shade, first = said.pop(0)
        text = look.painted(first, shade) if shade else first
        yield f"{head}{look.painted(piece, colour)}{' ' * (room - len(piece) + _GAP)}{text}"
    else:
        for line in whole_words(one_line(piece), look.width - 1 - _INDENT):
            yield head + look.painted(line, colour)
    for shade, line in said:
        yield head + " " * (room + _GAP) + (look.painted(line, shade) if shade else line)


def _meaning(part: Part, width: int) -> Iterator[tuple[str, str]]:
    """The lines of a meaning, each with its colour."""
    for line in wrapped(one_line(part.text), width):
        yield "", line
    for detail in part.details:
        indent = len(detail) - len(detail.lstrip()) + 2
        for line in wrapped(one_line(detail.strip()), max(width - indent, 8)):
            yield "", " " * indent + line
    if part.help:
        for line in wrapped(one_line(part.help), width):
            yield "dim", line
