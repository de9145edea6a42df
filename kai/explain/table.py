"""The phrases for the parts of a line: arguments, values, filters, tiers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

from kai.errors import TableError

DATA = Path(__file__).parent.parent / "data" / "explain_parts.json"


class Program(TypedDict):
    """A program behind a pipe. A key of `options` holds all spellings of one option; a phrase with
    `{}` has a value, and so many values as there are `{}`."""

    does: str
    arguments: list[str]
    options: dict[str, str]


class Table(TypedDict):
    """What `explain_parts.json` holds.

    `arguments`: for each command path a phrase for each place, "..." as the last one repeats the one
    before. `after_dash`: what the words behind `--` are, by path or `PATH --FLAG`.
    """

    tiers: dict[str, str]
    arguments: dict[str, list[str]]
    after_dash: dict[str, str]
    filters: dict[str, Program]


@cache
def table() -> Table:
    """The phrases. Raises TableError where the package's table is damaged."""
    try:
        found: Table = json.loads(DATA.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{DATA} cannot be read; install kai again ({error})") from error
    return found


@cache
def options(program: str) -> dict[str, str]:
    """Phrase by each spelling of an option."""
    found = table()["filters"].get(program)
    if found is None:
        return {}
    return {name: text for names, text in found["options"].items() for name in names.split()}
