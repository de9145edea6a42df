"""The rules as they are shipped: what docs/rules.md says, and nothing else."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kai import rules

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "tools" / "rules_data.py"


@pytest.mark.skipif(not TOOL.exists(), reason="this test is about the source tree")
def test_the_shipped_rules_are_those_of_the_document() -> None:
    """`make readme` repairs it."""
    spec = importlib.util.spec_from_file_location("rules_data", TOOL)
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.table(tool.SOURCE.read_text(encoding="utf-8")) == tool.TARGET.read_text(
        encoding="utf-8"
    )


def test_a_rule_is_plain_text_with_what_to_do() -> None:
    rule = rules.load()["K107"]
    assert rule.meaning == "another command or a redirection: ; & && || > <"
    assert rule.example == "kubectl get pods > pods.txt"
    assert rule.advice == "give kai one command and its pipes"
    assert rules.load()["K102"].example == ""
    assert rules.load()["K402"].advice == "destructive"


def test_every_rule_says_what_it_means() -> None:
    assert all(rule.meaning and "`" not in rule.meaning for rule in rules.load().values())
    assert list(rules.load()) == sorted(rules.load())
