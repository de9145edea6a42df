"""Requests to delete, drain, cordon and taint: the command that was meant, or none at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.canonical import canonical
from kai.nlu import understand

_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/nlu/remove_own.jsonl").read_text().splitlines()
]
_QUALIFIERS = ("except web", "unless it is busy", "older than 2 days", "that nobody needs")


def _answer(request: str) -> str | None:
    draft = understand(request).draft
    return None if draft is None else draft.command


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_removal_is_read_as_meant_or_not_at_all(row: dict[str, Any]) -> None:
    answer = _answer(row["request"])
    if row["command"] is None:
        assert answer is None
    else:
        assert answer is not None
        assert canonical(answer) == canonical(row["command"])


@pytest.mark.parametrize("qualifier", _QUALIFIERS)
def test_a_condition_kubectl_cannot_express_stops_every_removal(qualifier: str) -> None:
    wanted = [row["request"] for row in _ROWS if row["command"] is not None]
    answered = {request: _answer(f"{request} {qualifier}") for request in wanted}
    assert {request: text for request, text in answered.items() if text is not None} == {}


@pytest.mark.parametrize("done", ["is gone", "was deleted", "has been removed", "got deleted"])
@pytest.mark.parametrize("what", ["pod web-0", "namespace shop", "all secrets in prod"])
def test_a_report_of_what_has_happened_removes_nothing(what: str, done: str) -> None:
    assert _answer(f"{what} {done}") is None


@pytest.mark.parametrize("done", ["is drained", "was cordoned", "is uncordoned", "got tainted"])
def test_a_report_on_a_node_changes_nothing(done: str) -> None:
    assert _answer(f"node worker-1 {done}") is None


@pytest.mark.parametrize(
    "row", [row for row in _ROWS if row["command"]], ids=lambda row: str(row["id"])
)
def test_force_and_grace_zero_stand_only_where_they_were_said(row: dict[str, Any]) -> None:
    answer = _answer(row["request"]) or ""
    if "force" not in row["request"].replace("to force it", "") and "grace" not in row["request"]:
        assert "--force" not in answer
        assert "--grace-period=0" not in answer
