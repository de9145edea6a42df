"""Rollouts, scaling, `kubectl set`, new pods and services: read as meant in any order, or not at all."""

from __future__ import annotations

import pytest

from kai.nlu.selectors import may_be_label
from tests.nlu_rows import answer, rows

_ROWS = rows("rollout_own.jsonl")
_CHANGES = tuple(
    f"kubectl {verb}"
    for verb in (
        *("scale", "set", "run", "expose", "autoscale", "delete", "patch"),
        *("rollout restart", "rollout undo", "rollout pause", "rollout resume"),
    )
)


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
            said = answer(f"{row['request']} {qualifier}") or ""
            assert not said.startswith(_CHANGES), row["request"]


@pytest.mark.parametrize("opening", ["dont ", "do not ", "never "])
def test_what_must_not_be_done_is_not_done(opening: str) -> None:
    for row in _ROWS:
        if row["command"] is not None:
            said = answer(opening + row["request"]) or ""
            held = said.startswith("kubectl rollout pause")  # "dont roll web"
            assert held or not said.startswith(_CHANGES), row["request"]


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
