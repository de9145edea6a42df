"""The table of effects: what each command does and what each flag adds (data/effects.txt)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kai.errors import TableError
from kai.kubectl.govalues import go_bool, go_int
from kai.kubectl.invocation import Flag, Invocation
from kai.model import Tier

TABLE = Path(__file__).parent / "data" / "effects.txt"

Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the tier, the code of its finding, and the reason as people read it."""

    tier: Tier
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class FlagCell:
    """What a flag adds where `when` holds for its value."""

    when: str
    value: str
    cell: Cell

    def applies(self, flag: Flag) -> bool:
        """Whether the flag, as it stands on the line, is what the cell is about."""
        meant = flag.meant or ""
        if self.when == "given":
            return True
        if self.when == "on":
            return go_bool(meant) is not False  # what Go cannot read is not known to be off
        if self.when == "zero":
            number = go_int(meant)
            return number is None or number <= 0
        if self.when == "other":
            return meant != self.value
        return meant == self.value


@dataclass(frozen=True, slots=True)
class Effects:
    """The whole table."""

    commands: dict[Path_, Cell]
    flags: dict[tuple[Path_, str], list[FlagCell]]
    everywhere: dict[str, list[FlagCell]]
    """Cells of the flags that every command has, by name."""

    def of_flags(self, invocation: Invocation) -> Iterator[tuple[Flag, Cell]]:
        """The cells of every flag of a call; of a flag given twice both count."""
        own = invocation.command.flags
        for flag in invocation.flags:
            cells = self.flags.get((invocation.path, flag.name), [])
            if flag.name not in own:
                cells = cells + self.everywhere.get(flag.name, [])
            for found in cells:
                if found.applies(flag):
                    yield flag, found.cell


def parse(text: str, name: str = "effects.txt") -> Effects:
    """The table in `text`.

    Raises:
        TableError: a line is not in the format, or stands twice; the message names the line.
    """
    table = Effects({}, {}, {})
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] == "#":
            continue
        if line in ("[commands]", "[flags]"):
            section = line
            continue
        left, colon, right = line.partition(": ")
        parts = right.split(", ", 2)
        try:
            cell = Cell(Tier(parts[0]), parts[1], parts[2])
            if not colon or not _add(table, section, left, cell):
                raise ValueError(line)
        except (ValueError, IndexError):
            raise TableError(f"{name}:{number}: not a cell of its own: {line}") from None
    return table


def _add(table: Effects, section: str, left: str, cell: Cell) -> bool:
    if section == "[commands]":
        path = tuple(left.split())
        fresh = path not in table.commands
        table.commands[path] = cell
        return fresh
    command, dashes, rest = left.partition(" --")
    flag, _, when = rest.partition(" ")
    word, _, value = when.partition(" than ")
    if word not in ("on", "given", "zero", "other"):
        word, value = "is", when
    entry = FlagCell(word, value, cell)
    if command == "*":
        table.everywhere.setdefault(flag, []).append(entry)
    else:
        table.flags.setdefault((tuple(command.split()), flag), []).append(entry)
    return bool(section and dashes and flag and when)


@cache
def load() -> Effects:
    """The table that ships with kai.

    Raises:
        TableError: the file is missing or damaged.
    """
    try:
        return parse(TABLE.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(
            f"kai's table of effects cannot be read ({error}): reinstall kai"
        ) from error
