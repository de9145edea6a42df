"""Requests to delete, drain, cordon and taint: the command that was meant, or none at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nlu_rows import answer, rows

_ROWS = rows("remove_own.jsonl")
_QUALIFIERS = ("except web", "unless it is busy", "older than 2 days", "that nobody needs")


@pytest.mark.parametrize("qualifier", _QUALIFIERS)
def test_a_condition_kubectl_cannot_express_stops_every_removal(qualifier: str) -> None:
    wanted = [row["request"] for row in _ROWS if row["command"] is not None]
    answered = {request: answer(f"{request} {qualifier}") for request in wanted}
    assert {request: text for request, text in answered.items() if text is not None} == {}


@pytest.mark.parametrize("done", ["is gone", "was deleted", "has been removed", "got deleted"])
@pytest.mark.parametrize("what", ["pod web-0", "namespace shop", "all secrets in prod"])
def test_a_report_of_what_has_happened_removes_nothing(what: str, done: str) -> None:
    assert answer(f"{what} {done}") is None


@pytest.mark.parametrize("done", ["is drained", "was cordoned", "is uncordoned", "got tainted"])
def test_a_report_on_a_node_changes_nothing(done: str) -> None:
    assert answer(f"node worker-1 {done}") is None


@pytest.mark.parametrize(
    "row", [row for row in _ROWS if row["command"]], ids=lambda row: str(row["id"])
)
def test_force_and_grace_zero_stand_only_where_they_were_said(row: dict[str, Any]) -> None:
    said = answer(row["request"]) or ""
    if "force" not in row["request"].replace("to force it", "") and "grace" not in row["request"]:
        assert "--force" not in said
        assert "--grace-period=0" not in said
