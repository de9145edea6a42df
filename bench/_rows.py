"""The rows of tests/cases/nlu: what the benchmarks ask kai."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "cases" / "nlu"

Row = dict[str, Any]


def files(pattern: str = "*.jsonl") -> list[Path]:
    """The files of rows, in order of their names."""
    return sorted(FOLDER.glob(pattern))


def read(paths: Iterable[Path]) -> list[Row]:
    """Every row of the files. Raises ValueError for a line that is not JSON, with its place."""
    rows = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except ValueError as error:
                    raise ValueError(f"{path}:{number}: {error}") from None
    return rows


def requests() -> list[str]:
    """Every request there is, once."""
    return list(dict.fromkeys(str(row["request"]) for row in read(files())))


def commands() -> list[str]:
    """Every expected command there is, once."""
    found = (row.get("command") for row in read(files()))
    return list(dict.fromkeys(str(command) for command in found if command))
