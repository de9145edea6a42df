"""Changes told in one clause are read as the command they mean, whole or not at all."""

from __future__ import annotations

import re

import pytest

from kai.nlu.telling import told_change
from kai.nlu.telling_clauses import told_field
from tests.nlu_rows import answer, rows

_ROWS = rows("told_own.jsonl")
_CHANGES = re.compile(r"kubectl (?:label|annotate|patch|scale|set|delete|autoscale)\b")


@pytest.mark.parametrize(
    "qualifier",
    [
        "except web",
        "unless it is busy",
        "only if it is idle",
        "older than 2 days",
        "excluding canary",
        "but not on weekends",
        "tomorrow",
        "until monday",
        "and restart it",
        "for half of them",
        "in all clusters",
    ],
)
def test_a_told_change_with_one_more_condition_is_left_alone(qualifier: str) -> None:
    changed = {
        f"{row['request']} {qualifier}": said
        for row in _ROWS
        if row["command"] is not None
        and (said := answer(f"{row['request']} {qualifier}")) is not None
        and _CHANGES.match(said)
    }
    assert changed == {}


@pytest.mark.parametrize(
    "question",
    [
        "which svc are of type LoadBalancer",
        "type of svc web",
        "svc web: type?",
        "hpa web max replicas",
        "when does cronjob backup run",
        "which nodes have no zone label",
        "labels on ns shop?",
        "pods: app=web",
        "pods in dev, label app=web",
        "pods in dev, get app=web",
        "secrets in vault that need a=b",
        "suspended cronjobs",
    ],
)
def test_what_asks_to_see_changes_nothing(question: str) -> None:
    assert not _CHANGES.match(answer(question) or "")


def test_no_told_label_reaches_all_of_a_kind_that_nobody_called_all() -> None:
    for told in ("deployments in shop need tier=backend", "pods in dev: label app=web"):
        assert told_change(told) == ""
    assert told_change("all deployments in shop need tier=backend") != ""


def test_an_image_a_variable_and_a_field_are_no_labels() -> None:
    for text in ("web=ghcr.io/a/web:v3 on deploy web", "deploy web needs LOG=1", "svc a: fooBar=3"):
        assert told_change(text) == ""


def test_a_value_that_a_field_cannot_have_makes_no_patch() -> None:
    for text in (
        "hpa web: max lots",
        "svc web: type Fancy",
        "cronjob backup runs every 45 minutes",
    ):
        assert not (answer(text) or "").startswith("kubectl patch")
    assert told_field("pvc data: 12 apples") == ""


@pytest.mark.parametrize(
    "text", ["=" * 400, "label " * 40, "a: b=" + "c" * 250, "hpa max min " * 15]
)
def test_garbage_is_told_nothing(text: str) -> None:
    assert told_change(text) == ""
    assert told_field(text) == ""
