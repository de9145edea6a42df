"""No setting and no policy lowers a tier: over every row of the corpus, in many combinations."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl import resources
from kai.kubectl.invocation import Pipeline, parse
from kai.model import Context, Risk, Tier
from kai.safety import Limits, judge
from kai.safety.kuberc import Kuberc
from kai.safety.policy import Action, Policies, Policy

CASES = Path(__file__).parent / "cases" / "safety"
KINDS = resources.builtin()
HERE = Context(context="prod-eu", namespace="shop")

LOOSEST = Limits(max_replicas=100_000, max_objects=10_000)
"""What a config file that allows everything it can allow makes of the judge."""

RULES = [
    (),
    tuple(Policy(f"p {action}", action) for action in Action),
    (Policy("audit all", Action.AUDIT, tier=Tier.READ), Policy("x", Action.WARN, verbs=("*",))),
    (Policy("deny", Action.DENY, kinds=("secrets", "pods"), names=("db-*",)),),
]
COMBINATIONS = [
    Limits(protected, replicas, count, Policies(rules, faults), kuberc, now=0.0)
    for protected, (replicas, count), rules, (faults, kuberc) in itertools.product(
        ((), ("prod-*",)),
        ((0, 1), (100_000, 10_000)),
        RULES,
        (
            ((), ()),
            (("broken",), (Kuberc("f", {"x": "get"}, {"delete": (("dry-run", "client"),)}),)),
        ),
    )
]

IMMUTABLE = frozenset(("K409", "K435", "K450", "K451", "K452", "K453", "K454"))
"""Codes of rules that no setting touches."""


def corpus() -> list[str]:
    """Every command of every file of the corpus."""
    found: list[str] = []
    for path in sorted(CASES.glob("*.jsonl")):
        rows: list[dict[str, Any]] = [
            json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()
        ]
        found += [row["command"] for row in rows]
    return list(dict.fromkeys(found))


def verdict(pipeline: Pipeline, limits: Limits, *, drafted: bool) -> Risk:
    """The judge's verdict."""
    return judge(pipeline, HERE, KINDS, limits=limits, drafted=drafted)


def immutable(risk: Risk) -> set[tuple[str, str]]:
    """What the immutable rules said."""
    return {(item.code, item.level) for item in risk.findings if item.code in IMMUTABLE}


@pytest.mark.parametrize("drafted", [True, False])
def test_no_setting_and_no_policy_lowers_a_tier_or_hides_an_immutable_rule(drafted: bool) -> None:
    lines = corpus()
    assert len(lines) >= 50
    lowered = []
    for line in lines:
        pipeline = parse(line)
        free = verdict(pipeline, LOOSEST, drafted=drafted)
        for limits in COMBINATIONS:
            risk = verdict(pipeline, limits, drafted=drafted)
            if Tier(risk.tier).rank < Tier(free.tier).rank or immutable(free) - immutable(risk):
                lowered.append((line, limits, risk.tier))
    assert lowered == []


def test_a_protected_context_raises_writes_and_nothing_else() -> None:
    """`read` stays `read`, and what is destructive or forbidden stays it."""
    protected = Limits(("prod-*",))
    for line in corpus():
        pipeline = parse(line)
        before = verdict(pipeline, Limits(), drafted=True).tier
        after = verdict(pipeline, protected, drafted=True).tier
        assert after == before or (before, after) == ("write", "destructive"), line


def test_the_check_would_see_a_tier_that_was_lowered() -> None:
    """The loosest numbers do lower what is no immutable rule: a limit is the user's to set."""
    pipeline = parse("kubectl scale deploy web --replicas=500")
    assert verdict(pipeline, Limits(), drafted=True).tier is Tier.FORBIDDEN
    assert verdict(pipeline, LOOSEST, drafted=True).tier is Tier.WRITE
