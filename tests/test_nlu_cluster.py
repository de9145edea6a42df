"""Requests about the cluster, kubectl itself, rights, waiting and the kubeconfig: kai's own rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kai.kubectl.canonical import same
from kai.nlu import understand

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "nlu" / "cluster_own.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
ANSWERED = [row for row in ROWS if row["command"] is not None]
ABSTAINED = [row for row in ROWS if row["command"] is None]
CONDITIONS = ("unless it is friday", "if bob agrees", "except the blue ones")


@pytest.mark.parametrize("row", ANSWERED, ids=lambda row: row["id"])
def test_the_request_becomes_the_command_its_row_names(row: dict[str, str]) -> None:
    draft = understand(row["request"]).draft
    assert draft is not None, understand(row["request"]).reason
    assert same(draft.command, row["command"]), draft.command


@pytest.mark.parametrize("row", ABSTAINED, ids=lambda row: row["id"])
def test_a_request_that_asks_for_more_than_one_command_can_say_gets_none(
    row: dict[str, str],
) -> None:
    draft = understand(row["request"]).draft
    assert draft is None, draft and draft.command


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_behind_a_request_keeps_it_from_being_answered(condition: str) -> None:
    answered = {}
    for row in ANSWERED:
        draft = understand(f"{row['request']} {condition}").draft
        if draft is not None:
            answered[row["request"]] = draft.command
    assert answered == {}
