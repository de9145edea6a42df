"""Requests for lists and states are read as the command that was meant, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.canonical import canonical
from kai.kubectl.spec import load
from kai.nlu import understand

_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/nlu/get_own.jsonl").read_text().splitlines()
]
_QUALIFIERS = ("unless it is busy", "only if it failed", "owned by bob", "instead of api")
_LISTED = [row for row in _ROWS if row["command"] and "?" not in row["request"]]


def _answer(request: str) -> str | None:
    draft = understand(request, spec=load()).draft
    return None if draft is None else draft.command


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_request_to_see_is_read_as_meant_or_not_at_all(row: dict[str, Any]) -> None:
    answer = _answer(row["request"])
    if row["command"] is None:
        assert answer is None
    else:
        assert answer is not None
        assert canonical(answer) == canonical(row["command"])


@pytest.mark.parametrize("row", _LISTED[::5], ids=[row["id"] for row in _LISTED[::5]])
def test_a_condition_behind_a_list_keeps_it_from_being_answered(row: dict[str, Any]) -> None:
    for qualifier in _QUALIFIERS:
        assert _answer(f"{row['request']} {qualifier}") is None


def test_an_existence_question_makes_nothing() -> None:
    for opening in ("have we", "do we have", "is there", "did anybody make"):
        for kind in ("a namespace", "a service account", "a quota", "a config map"):
            answer = _answer(f"{opening} {kind} called demo-x")
            assert answer is None or answer.startswith("kubectl get ")


def test_a_name_in_all_namespaces_is_asked_for_as_a_field() -> None:
    for kind in ("service", "deployment", "pod", "configmap"):
        answer = _answer(f"is there a {kind} called web-x anywhere in the cluster")
        assert answer is not None
        assert answer.endswith("--all-namespaces --field-selector=metadata.name=web-x")
