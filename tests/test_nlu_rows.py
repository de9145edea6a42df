"""kai's own rows: every request is read as meant, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from kai.kubectl.canonical import canonical
from tests.nlu_rows import CASES, answer, rows

OWN = [row for path in sorted(CASES.glob("*_own.jsonl")) for row in rows(path.name)]


@pytest.mark.parametrize("row", OWN, ids=[row["id"] for row in OWN])
def test_a_request_is_read_as_meant_or_not_at_all(row: dict[str, Any]) -> None:
    said = answer(row["request"])
    if row["command"] is None:
        assert said is None
    else:
        assert said is not None
        assert canonical(said) == canonical(row["command"])


def test_every_row_has_a_name_of_its_own() -> None:
    names = [row["id"] for row in OWN]
    assert sorted({name for name in names if names.count(name) > 1}) == []
