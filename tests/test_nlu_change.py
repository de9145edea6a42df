"""Requests that change something are read as the command that was meant, or not at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.canonical import canonical
from kai.nlu import understand

_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/nlu/change_own.jsonl").read_text().splitlines()
]
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


def _answer(request: str) -> str | None:
    draft = understand(request).draft
    return None if draft is None else draft.command


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_request_is_read_as_meant_or_not_at_all(row: dict[str, Any]) -> None:
    answer = _answer(row["request"])
    if row["command"] is None:
        assert answer is None
    else:
        assert answer is not None
        assert canonical(answer) == canonical(row["command"])


@pytest.mark.parametrize("qualifier", _QUALIFIERS)
def test_a_condition_that_kubectl_cannot_express_stops_every_change(qualifier: str) -> None:
    for row in _ROWS:
        if row["command"] is None:
            continue
        answer = _answer(f"{row['request']} {qualifier}") or ""
        assert not _CHANGES.match(answer), row["request"]


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
    assert not _CHANGES.match(_answer(question) or "")


@pytest.mark.parametrize("rows", [[row for row in _ROWS if "delete" in (row["command"] or "")]])
def test_every_name_and_label_said_stands_in_the_deletion(rows: list[dict[str, Any]]) -> None:
    assert rows
    for row in rows:
        answer = _answer(row["request"]) or ""
        said = re.findall(r"[a-z]+-\d+|[a-z]+=[a-z]+", row["request"])
        assert all(word in answer for word in said), row["request"]
