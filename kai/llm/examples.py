"""Commands that the user took before for similar requests: how they themselves say things."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A request and the command that its user took for it."""

    request: str
    command: str
