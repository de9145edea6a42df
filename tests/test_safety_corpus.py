"""The corpus of attacks and of harmless lines: nothing dangerous is called less, nothing else more.

tests/cases/safety/attacks.jsonl says the least tier of every row; `typed` rows are text that a
person wrote, read by the second reader, where "not analysed" is a warning of its own.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl import resources
from kai.kubectl import spec as spec_tables
from kai.kubectl.invocation import parse
from kai.model import Context, Tier
from kai.safety import judge
from kai.safety.found import find, judge_found
from tests.respell import RESPELLINGS, SHELLS

CASES = Path(__file__).parent / "cases" / "safety"
KINDS = resources.builtin()
SPEC = spec_tables.load()


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one file of the corpus."""
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


ATTACKS = rows("attacks.jsonl")
DRAFTED = [row for row in ATTACKS if not row.get("typed")]
TYPED = [row for row in ATTACKS if row.get("typed")]
TECHNIQUES = sorted({row["technique"] for row in DRAFTED})


def tier_of(line: str, context: Context = Context(), spec: spec_tables.Spec = SPEC) -> Tier:
    """The tier of a drafted line."""
    return Tier(judge(parse(line, spec), context, KINDS).tier)


def rank_of_text(text: str) -> float:
    """The highest rank found in a text: -1 where no kubectl is found, inf for "not analysed"."""
    verdicts = [judge_found(item, Context(), KINDS) for item in find(text, SPEC)]
    ranks = (math.inf if each.risk is None else Tier(each.risk.tier).rank for each in verdicts)
    return max(ranks, default=-1)


def test_the_corpus_is_as_large_as_promised_and_repeats_nothing() -> None:
    assert len(ATTACKS) >= 420
    assert len(rows("lookalikes.jsonl")) >= 170
    assert len(rows("everyday.jsonl")) >= 150
    for name in ("attacks.jsonl", "lookalikes.jsonl", "everyday.jsonl"):
        ids = [row["id"] for row in rows(name)]
        lines = [(row["command"], row.get("typed")) for row in rows(name)]
        assert len(set(ids)) == len(ids), name
        assert len(set(lines)) == len(lines), name


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_attack_gets_at_least_its_tier(technique: str) -> None:
    low = {
        row["id"]: (row["command"], str(found))
        for row in DRAFTED
        if row["technique"] == technique
        and (found := tier_of(row["command"])).rank < Tier(row["at_least"]).rank
    }
    assert low == {}


@pytest.mark.parametrize("row", TYPED, ids=lambda row: str(row["id"]))
def test_an_attack_in_typed_text_is_found_and_gets_at_least_its_tier(row: dict[str, Any]) -> None:
    verdicts = [judge_found(item, Context(), KINDS) for item in find(row["command"], SPEC)]
    assert verdicts, "no kubectl found"
    risks = [verdict.risk for verdict in verdicts if verdict.risk is not None]
    known = max((Tier(risk.tier).rank for risk in risks), default=-1)
    unread = any(verdict.risk is None for verdict in verdicts)
    least = Tier(row["at_least"])
    assert known >= least.rank or (unread and least is not Tier.FORBIDDEN)


def test_every_lookalike_stays_a_read() -> None:
    alarms = {
        row["id"]: (row["command"], str(found))
        for row in rows("lookalikes.jsonl")
        if (found := tier_of(row["command"])) is not Tier.READ
    }
    assert alarms == {}


def test_every_everyday_line_gets_exactly_its_tier() -> None:
    wrong = {
        row["id"]: (row["command"], str(found))
        for row in rows("everyday.jsonl")
        if (found := tier_of(row["command"])) is not Tier(row["tier"])
    }
    assert wrong == {}


@pytest.mark.parametrize("name", RESPELLINGS)
def test_no_other_spelling_of_a_dangerous_line_lowers_its_tier(name: str) -> None:
    low: list[str] = []
    tried = 0
    for row in DRAFTED:
        pipeline = parse(row["command"], SPEC)
        if not pipeline.stages:
            continue  # refused by the grammar, whatever else is on it
        before = Tier(judge(pipeline, Context(), KINDS).tier)
        for line in RESPELLINGS[name](pipeline):
            tried += 1
            after = tier_of(line)
            if after.rank < before.rank:
                low.append(f"{line}: {after} instead of {before} ({row['id']})")
    assert low == []
    assert tried > 20


@pytest.mark.parametrize("name", SHELLS)
def test_no_shell_around_a_dangerous_line_hides_it(name: str) -> None:
    low: list[str] = []
    for row in DRAFTED[list(SHELLS).index(name) % 4 :: 4]:
        pipeline = parse(row["command"], SPEC)
        if pipeline.findings or not pipeline.stages:
            continue
        text = SHELLS[name](row["command"])
        if rank_of_text(text) < rank_of_text(row["command"]):
            low.append(f"{text} ({row['id']})")
    assert low == []


@pytest.mark.parametrize("version", spec_tables.versions())
def test_the_corpus_holds_for_every_kubectl(version: str) -> None:
    spec = spec_tables.load(version)
    wrong = [
        f"{row['id']}: {found}"
        for row in DRAFTED
        if (found := tier_of(row["command"], spec=spec)).rank < Tier(row["at_least"]).rank
    ]
    exact = [(row, Tier(row["tier"])) for row in rows("everyday.jsonl")]
    exact += [(row, Tier.READ) for row in rows("lookalikes.jsonl")]
    wrong += [
        f"{row['id']}: {found}"
        for row, least in exact
        if (found := tier_of(row["command"], spec=spec)) is not least
    ]
    assert wrong == []


def test_a_system_namespace_that_is_current_lowers_nothing_and_leaves_reads_alone() -> None:
    """What names a namespace of its own is judged alike; all else weighs as much or more."""
    current = Context(namespace="kube-system")
    low = [
        row["command"]
        for row in DRAFTED
        if tier_of(row["command"], current).rank < tier_of(row["command"]).rank
    ]
    raised = [
        row["command"]
        for row in rows("lookalikes.jsonl")
        if tier_of(row["command"], current) is not Tier.READ
    ]
    assert (low, raised) == ([], [])
