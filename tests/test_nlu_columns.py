"""Requests for single fields, columns, counts and conditions are read as meant, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.canonical import canonical
from kai.nlu import fields, understand

_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/nlu/columns_own.jsonl").read_text().splitlines()
]
_READ = [row for row in _ROWS if row["command"]]
_QUALIFIERS = ("unless it is busy", "only if it failed", "owned by bob", "older than 2 days")


def _answer(request: str) -> str | None:
    draft = understand(request).draft
    return None if draft is None else draft.command


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_request_for_fields_is_read_as_meant_or_not_at_all(row: dict[str, Any]) -> None:
    answer = _answer(row["request"])
    if row["command"] is None:
        assert answer is None
    else:
        assert answer is not None
        assert canonical(answer) == canonical(row["command"])


@pytest.mark.parametrize("row", _READ[::3], ids=[row["id"] for row in _READ[::3]])
def test_a_condition_nobody_understands_is_never_dropped(row: dict[str, Any]) -> None:
    for qualifier in _QUALIFIERS:
        assert _answer(f"{row['request'].rstrip('?')} {qualifier}") is None


@pytest.mark.parametrize("word", ["non-running", "never-restart", "cluster-wide", "b64-decoded"])
def test_a_hyphenated_adjective_names_no_object(word: str) -> None:
    answer = _answer(f"{word} deployments in prod")
    assert answer is None or word not in answer


def test_a_property_of_two_parts_prints_both_of_one_object() -> None:
    assert fields.paths("commandargs", "pods") == [
        ".spec.containers[*].command",
        ".spec.containers[*].args",
    ]
    assert fields.paths("image", "pods") == [".spec.containers[*].image"]


def test_a_daemon_set_counts_its_pods_in_its_status() -> None:
    assert fields.path("replicas", "daemonsets") == ".status.desiredNumberScheduled"
    assert fields.path("replicas", "deployments") == ".spec.replicas"
