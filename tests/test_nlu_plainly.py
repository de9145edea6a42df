"""What operators say in passing is read in other words, whole or not at all."""

from __future__ import annotations

import pytest

from kai.nlu.plainly import RULES, plainer
from tests.nlu_rows import answer, rows

_ROWS = [row for row in rows("plain_own.jsonl") if row["command"] is not None]
_TAKES_WORDS = ("kubectl exec", "kubectl run")
"""Commands whose last words may be anything: a program's arguments."""


@pytest.mark.parametrize(
    "qualifier",
    [
        "except web",
        "unless it is busy",
        "only if it is idle",
        "older than 2 days",
        "but not on weekends",
        "and then drain it",
        "for half of them",
        "in all clusters",
    ],
)
def test_a_plain_request_with_one_more_condition_never_gets_the_same_answer(qualifier: str) -> None:
    same = [
        f"{row['request']} {qualifier}"
        for row in _ROWS
        if not row["command"].startswith(_TAKES_WORDS)
        and answer(f"{row['request']} {qualifier}") == row["command"]
    ]
    assert same == []


def test_a_request_without_the_words_of_a_rule_stays_as_it_is() -> None:
    request = "Restart deployment web in prod"
    assert plainer(request) == request


def test_every_rule_names_its_words_in_lower_case() -> None:
    """The words are compared with those of the request in lower case."""
    assert [needs for needs, _, _ in RULES if not needs or needs != needs.lower()] == []


def test_what_limits_a_request_is_never_dropped() -> None:
    request = "describe the failing pod api-x unless it is web"
    assert "unless" in plainer(request)


def test_a_deletion_of_what_belongs_to_an_object_never_takes_the_object_along() -> None:
    assert answer("delete hpa deployment quotes") is None
    assert "deployment" not in (answer("delete the hpa of deployment quotes in prod") or "")
