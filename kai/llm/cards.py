"""Cards: a task in operators' words, the pattern of its command, and an example."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kai.errors import TableError

DATA = Path(__file__).parent / "data" / "cards.jsonl"


@dataclass(frozen=True, slots=True)
class Card:
    """What to do, how the command is built (capitals stand for what is put in), one that works."""

    task: str
    pattern: str
    example: str

    @property
    def text(self) -> str:
        """One line for a prompt."""
        return f"{self.task}: {self.example}"


@cache
def shipped() -> tuple[Card, ...]:
    """The cards that come with kai. Raises `TableError`."""
    try:
        rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
        return tuple(Card(row["task"], row["pattern"], row["example"]) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"the cards cannot be read ({error}); install kai again") from None


class Cards:
    """The cards for a request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, request: str, *, most: int = 4, tokens: int = 1200) -> tuple[Card, ...]:
        """The cards nearest to `request`."""
        return ()
