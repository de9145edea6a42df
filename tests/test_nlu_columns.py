"""Requests for single fields, columns, counts and conditions are read as meant, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from kai.nlu import fields
from tests.nlu_rows import answer, rows

_ROWS = rows("columns_own.jsonl")
_READ = [row for row in _ROWS if row["command"]]
_QUALIFIERS = ("unless it is busy", "only if it failed", "owned by bob", "older than 2 days")


@pytest.mark.parametrize("row", _READ[::3], ids=[row["id"] for row in _READ[::3]])
def test_a_condition_nobody_understands_is_never_dropped(row: dict[str, Any]) -> None:
    for qualifier in _QUALIFIERS:
        assert answer(f"{row['request'].rstrip('?')} {qualifier}") is None


@pytest.mark.parametrize("word", ["non-running", "never-restart", "cluster-wide", "b64-decoded"])
def test_a_hyphenated_adjective_names_no_object(word: str) -> None:
    said = answer(f"{word} deployments in prod")
    assert said is None or word not in said


def test_a_property_of_two_parts_prints_both_of_one_object() -> None:
    assert fields.paths("commandargs", "pods") == [
        ".spec.containers[*].command",
        ".spec.containers[*].args",
    ]
    assert fields.paths("image", "pods") == [".spec.containers[*].image"]


def test_a_daemon_set_counts_its_pods_in_its_status() -> None:
    assert fields.path("replicas", "daemonsets") == ".status.desiredNumberScheduled"
    assert fields.path("replicas", "deployments") == ".spec.replicas"
