"""Requests to look closer are read as the command that was meant, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from kai.nlu.intents.explain import field_paths
from kai.nlu.intents.looking import podlike, words
from tests.nlu_rows import answer, rows

_ROWS = rows("inspect_own.jsonl")
_QUALIFIERS = ("unless it is busy", "only if it failed", "owned by bob", "instead of api")
_CLOSED = [row for row in _ROWS if row["command"] and " -- " not in row["request"] + row["command"]]


@pytest.mark.parametrize("row", _CLOSED[::4], ids=[row["id"] for row in _CLOSED[::4]])
def test_a_condition_behind_a_request_keeps_it_from_being_answered(row: dict[str, Any]) -> None:
    for qualifier in _QUALIFIERS:
        assert answer(f"{row['request'].rstrip('?')} {qualifier}") is None


def test_words_of_looking_closer_can_be_names_elsewhere() -> None:
    assert answer("logs of deployment previous") != answer("logs of deployment web --previous")
    assert "target" in words().phrases
    assert answer("restart deployment target") == "kubectl rollout restart deployment/target"


def test_a_name_is_a_pods_own_only_with_a_hash_or_an_ordinal() -> None:
    assert podlike("web-0")
    assert podlike("web-7d9f8c6b5d-x2k4q")
    assert not podlike("checkout")
    assert not podlike("team-alpha")


def test_every_field_path_begins_at_a_field_of_its_kind() -> None:
    for paths in field_paths().values():
        for said, path in paths.items():
            assert said == said.lower()
            assert path.rsplit(".", 1)[0].split(".")[0].isalpha()
