"""Requests for lists and states are read as the command that was meant, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nlu_rows import answer, rows

_ROWS = rows("get_own.jsonl")
_QUALIFIERS = ("unless it is busy", "only if it failed", "owned by bob", "instead of api")
_LISTED = [row for row in _ROWS if row["command"] and "?" not in row["request"]]


@pytest.mark.parametrize("row", _LISTED[::5], ids=[row["id"] for row in _LISTED[::5]])
def test_a_condition_behind_a_list_keeps_it_from_being_answered(row: dict[str, Any]) -> None:
    for qualifier in _QUALIFIERS:
        assert answer(f"{row['request']} {qualifier}") is None


def test_an_existence_question_makes_nothing() -> None:
    for opening in ("have we", "do we have", "is there", "did anybody make"):
        for kind in ("a namespace", "a service account", "a quota", "a config map"):
            said = answer(f"{opening} {kind} called demo-x")
            assert said is None or said.startswith("kubectl get ")


def test_a_name_in_all_namespaces_is_asked_for_as_a_field() -> None:
    for kind in ("service", "deployment", "pod", "configmap"):
        said = answer(f"is there a {kind} called web-x anywhere in the cluster")
        assert said is not None
        assert said.endswith("--all-namespaces --field-selector=metadata.name=web-x")
