"""What a piece of a line is and means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the line and its meaning.

    `start` to `end` are code points of the line. `role` is one of command, kind, name, argument,
    flag, dash, program, option, and unknown (kubectl has no such thing) or error (kai cannot read
    on). `details` tell a long value step by step; `help` is what kubectl itself says of a command or
    flag.
    """

    start: int
    end: int
    role: str
    text: str
    details: tuple[str, ...] = ()
    help: str = ""
