"""Rollouts, scaling, `kubectl set`, new pods and services: read as meant in any order, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.canonical import canonical
from kai.nlu import understand
from kai.nlu.selectors import may_be_label

_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/nlu/rollout_own.jsonl").read_text().splitlines()
]
_CHANGES = tuple(
    f"kubectl {verb}"
    for verb in (
        *("scale", "set", "run", "expose", "autoscale", "delete", "patch"),
        *("rollout restart", "rollout undo", "rollout pause", "rollout resume"),
    )
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


@pytest.mark.parametrize(
    "qualifier",
    [
        "except web",
        "unless it is busy",
        "only if it is idle",
        "older than 2 days",
        "excluding canary",
    ],
)
def test_a_condition_that_kubectl_cannot_express_stops_every_change(qualifier: str) -> None:
    for row in _ROWS:
        if row["command"] is not None:
            answer = _answer(f"{row['request']} {qualifier}") or ""
            assert not answer.startswith(_CHANGES), row["request"]


@pytest.mark.parametrize("opening", ["dont ", "do not ", "never "])
def test_what_must_not_be_done_is_not_done(opening: str) -> None:
    for row in _ROWS:
        if row["command"] is not None:
            answer = _answer(opening + row["request"]) or ""
            held = answer.startswith("kubectl rollout pause")  # "dont roll web"
            assert held or not answer.startswith(_CHANGES), row["request"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app=web", True),
        ("app=web,tier=front", True),
        ("app.kubernetes.io/name=web", True),
        ("app!=web", True),
        ("web=acme/web:1.2", False),
        ("url=http://web", False),
        ("LOG_LEVEL=debug", False),
        ("DEBUG=1", False),
    ],
)
def test_an_image_a_url_or_a_variable_is_no_label(text: str, expected: bool) -> None:
    assert may_be_label(text) is expected
