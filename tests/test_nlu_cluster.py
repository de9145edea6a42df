"""Requests about the cluster, kubectl itself, rights, waiting and the kubeconfig: kai's own rows."""

from __future__ import annotations

import pytest

from kai.nlu import understand
from tests.nlu_rows import rows

ANSWERED = [row for row in rows("cluster_own.jsonl") if row["command"] is not None]
CONDITIONS = ("unless it is friday", "if bob agrees", "except the blue ones")


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_behind_a_request_keeps_it_from_being_answered(condition: str) -> None:
    answered = {}
    for row in ANSWERED:
        draft = understand(f"{row['request']} {condition}").draft
        if draft is not None:
            answered[row["request"]] = draft.command
    assert answered == {}
