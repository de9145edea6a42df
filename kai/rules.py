"""What every code of a finding means: the tables of docs/rules.md, as they are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of docs/rules.md; `example` is "" where a line of text cannot show it.

    `advice` says what to do; for K4xx it is the tier.
    """

    code: str
    meaning: str
    example: str
    advice: str


@cache
def load() -> Mapping[str, Rule]:
    """Every rule by its code, from kai/data/rules.txt (made by tools/rules_data.py)."""
    path = Path(__file__).parent / "data" / "rules.txt"
    rows = [
        line.split("\t")
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    return {row[0]: Rule(*row) for row in rows}
