"""The oracle, tools/oracle: what it found stays mended, and it sees what it is there to see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.model import Context
from kai.safety import judge

_FOUND = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/safety/oracle_found.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", _FOUND, ids=lambda row: row["command"])
def test_what_the_oracle_found_is_judged_by_what_it_did(row: dict[str, str]) -> None:
    pipeline = parse(row["command"], load(row["version"]))
    assert judge(pipeline, Context(), builtin()).tier == row["tier"]
