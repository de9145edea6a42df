"""Requests that change something are read as the command that was meant, or not at all."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.nlu_rows import answer, rows

_ROWS = rows("change_own.jsonl")
_QUALIFIERS = (
    "except web",
    "unless it is busy",
    "only if it is idle",
    "older than 2 days",
    "if nobody uses it",
    "excluding canary",
)
_CHANGES = re.compile(
    r"kubectl (scale|set|label|annotate|taint|cordon|uncordon|drain|delete|edit|replace|apply"
    r"|patch|rollout (restart|undo|pause|resume))"
)


@pytest.mark.parametrize("qualifier", _QUALIFIERS)
def test_a_condition_that_kubectl_cannot_express_stops_every_change(qualifier: str) -> None:
    for row in _ROWS:
        if row["command"] is None:
            continue
        said = answer(f"{row['request']} {qualifier}") or ""
        assert not _CHANGES.match(said), row["request"]


@pytest.mark.parametrize(
    "question",
    [
        "is cronjob backup suspended",
        "who deleted pod web-0",
        "cluster ip of svc api",
        "type of service web",
        "what labels does pod web-0 have",
        "has web been scaled to 3",
        "max replicas of hpa web",
    ],
)
def test_a_question_never_changes_anything(question: str) -> None:
    assert not _CHANGES.match(answer(question) or "")


@pytest.mark.parametrize("rows", [[row for row in _ROWS if "delete" in (row["command"] or "")]])
def test_every_name_and_label_said_stands_in_the_deletion(rows: list[dict[str, Any]]) -> None:
    assert rows
    for row in rows:
        text = answer(row["request"]) or ""
        said = re.findall(r"[a-z]+-\d+|[a-z]+=[a-z]+", row["request"])
        assert all(word in text for word in said), row["request"]
