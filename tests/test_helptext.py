"""Reading kubectl's help texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl import helptext

_LINES = (Path(__file__).parent / "cases" / "spec_help.jsonl").read_text(encoding="utf-8")
ROWS: list[dict[str, Any]] = [json.loads(line) for line in _LINES.splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"][:50])
def test_the_enumerated_values_are_found(row: dict[str, Any]) -> None:
    assert list(helptext.choices(row["text"])) == row["choices"]


@pytest.mark.parametrize(
    ("shown", "kind", "default"),
    [
        ("false", "bool", "false"),
        ("[]", "stringSlice", ""),
        ("[a,b]", "stringSlice", "[a,b]"),
        ("-1", "int", "-1"),
        ("1m0s", "duration", "1m0s"),
        ("'none'", "string", "none"),
        ("''", "string", ""),
        ("", "string", ""),
    ],
)
def test_a_shown_default_tells_type_and_value(shown: str, kind: str, default: str) -> None:
    assert helptext.type_from_default(shown) == kind
    assert helptext.plain_default(shown) == default


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Output format. One of: (name).", "Output format"),
        ("Only one sentence.", "Only one sentence"),
        ("Values like 1.5 or e.g. this stay whole", "Values like 1.5 or e.g. this stay whole"),
        ("word " * 40, "word " * 20 + "word…"),
        ("", ""),
    ],
)
def test_help_is_cut_to_its_first_sentence(text: str, expected: str) -> None:
    assert helptext.first_sentence(text) == expected
