"""Whatever the line: the judge never raises, and nothing that is added lowers a tier."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kai.kubectl import resources
from kai.kubectl.invocation import Invocation, parse
from kai.kubectl.spec import FlagSpec, load
from kai.model import Context, Risk, Tier
from kai.safety import judge

CASES = Path(__file__).parent / "cases" / "safety"
KINDS = resources.builtin()
SPEC = load()
PATHS = sorted(path for path in SPEC.commands if path)
LOWERING = frozenset(("dry-run", "help", "local", "namespace", "context", "output"))
"""Flags that may lower a tier: they say that nothing is changed, where, and what is printed."""

VALUES = st.sampled_from(
    [
        *("0", "1", "3", "-1", "00", "0x0", "1_0", "true", "false", "client", "server", "none"),
        *("web", "kube-system", "app=web", "!app", "", "x.yaml", "-", "https://example.com/x"),
        *("json", "name", "jsonpath={.data}", "orphan", "*", "cluster-admin", "system:masters"),
        *('{"spec":{"replicas":0}}', '[{"op":"remove","path":"/data"}]', "{}", "[]", "a: [", "5m"),
    ]
)
WORDS = st.sampled_from(
    [
        *("pods", "secrets", "nodes", "deploy", "ns", "all", "web", "kube-system", "coredns", "pv"),
        *("deploy/web", "node/n1", "a=b", "a-", "a=b:NoExecute", "pods,secrets", "x.yaml"),
    ]
)


def quoted(text: str) -> str:
    """The word as it has to stand in a line."""
    return (
        text if text and all(char.isalnum() or char in "-_./:,@" for char in text) else f"'{text}'"
    )


def flag(name: str, value: str, *, bare: bool) -> str:
    """A flag as it is written."""
    return f"--{name}" if bare else quoted(f"--{name}={value}")


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Calls from the tables: a command, words, flags that it has."""
    path = draw(st.sampled_from(PATHS))
    names = sorted({**SPEC.global_flags, **SPEC.commands[path].flags})
    flags = draw(st.lists(st.tuples(st.sampled_from(names), VALUES, st.booleans()), max_size=4))
    parts = [quoted(word) for word in draw(st.lists(WORDS, max_size=3))]
    parts += [flag(name, value, bare=bare) for name, value, bare in flags]
    parts = draw(st.permutations(parts))
    tail = draw(
        st.sampled_from(["", "", "", " | grep x", " | xargs kubectl delete", " | base64 -d"])
    )
    return " ".join(("kubectl", *path, *parts)) + tail


def corpus() -> list[str]:
    """Every command of the rows."""
    rows = [
        json.loads(line)
        for path in sorted(CASES.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [row["command"] for row in rows]


def verdict(line: str) -> Risk:
    """The judge's verdict on a line."""
    return judge(parse(line), Context(), KINDS)


def rank(line: str) -> int:
    """The place of a line's tier in their order."""
    return Tier(verdict(line).tier).rank


@given(st.one_of(lines(), st.text(max_size=80)))
@settings(max_examples=1500, deadline=None)
def test_every_text_gets_a_tier_and_no_failure_inside(line: str) -> None:
    risk = verdict(line)
    assert risk.tier in tuple(Tier)
    assert "K499" not in {finding.code for finding in risk.findings}
    assert all(0 <= item.start <= item.end <= len(line) for item in risk.findings)


def added(line: str, name: str, spec: FlagSpec, value: str, *, bare: bool) -> str | None:
    """The line with a flag it has not yet, in front of `--`; None where that cannot be."""
    pipeline = parse(line)
    stage = pipeline.stages[0] if pipeline.stages else None
    if not isinstance(stage, Invocation) or stage.findings or stage.flag(name) is not None:
        return None
    if bare and spec.takes_value:
        return None
    at = stage.path_words[-1].end if stage.path_words else stage.words[0].end
    return f"{line[:at]} {flag(name, value, bare=bare)}{line[at:]}"


@given(st.one_of(st.sampled_from(corpus()), lines()), st.data())
@settings(max_examples=1500, deadline=None)
def test_a_flag_that_was_not_there_never_lowers_a_tier(line: str, data: st.DataObject) -> None:
    pipeline = parse(line)
    if not pipeline.stages or not isinstance(pipeline.stages[0], Invocation):
        return
    known = {**SPEC.global_flags, **pipeline.stages[0].command.flags}
    name = data.draw(st.sampled_from(sorted(set(known) - LOWERING)))
    longer = added(line, name, known[name], data.draw(VALUES), bare=data.draw(st.booleans()))
    if longer is None or parse(longer).findings:
        return
    assert rank(longer) >= rank(line), longer


@given(
    st.one_of(st.sampled_from(corpus()), lines()),
    st.sampled_from(["| grep web", "| wc -l", "| base64 -d", "| xargs kubectl get", "| head -1"]),
)
@settings(max_examples=600, deadline=None)
def test_a_stage_behind_never_lowers_a_tier(line: str, stage: str) -> None:
    if parse(line).findings:
        return
    assert rank(f"{line} {stage}") >= rank(line)
