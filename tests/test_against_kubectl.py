"""kai and real kubectls agree on what is wrong.

A bounded part of what `python -m bench.validators --lines 10000` compares: made-up lines for every
version, and every row of cases/validators.jsonl with one of the versions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench._differential import OBJECTS, Judge, differ, made_lines
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.model import Level
from kai.validators import check
from tests.conftest import SUPPORTED, RealKubectl
from tests.fake_api_server import FakeApiServer

_EACH = 30
_ROWS = [
    row
    for line in (Path(__file__).parent / "cases" / "validators.jsonl").read_text().splitlines()
    if "real" in (row := json.loads(line)) and "version" not in row
]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer(OBJECTS) as running:
        yield running


@pytest.fixture
def judge(kubectl_path: RealKubectl, server: FakeApiServer, tmp_path: Path) -> Judge:
    config = server.write_kubeconfig(tmp_path / "config")
    return Judge(kubectl_path.version, kubectl_path.path, config, tmp_path / "run")


def test_made_up_lines_are_judged_as_the_real_kubectl_judges_them(judge: Judge) -> None:
    """Unknown commands, flags and kinds: none is missed, and nothing sound is refused."""
    seed = 100 + SUPPORTED.index(judge.version)
    report = differ(judge, made_lines(judge.version, _EACH, seed))
    assert report.lines > _EACH // 2
    assert (report.missed, report.false_alarms) == ([], [])


def test_rows_are_judged_as_the_real_kubectl_judges_them(judge: Judge) -> None:
    """A row with an error is refused by the real one too, and one without is taken."""
    wrong = []
    for row in _ROWS[SUPPORTED.index(judge.version) :: len(SUPPORTED)]:
        pipeline = parse(row["line"], judge.spec)
        words = [word.value for word in pipeline.invocations[0].words[1:]]
        findings = check(pipeline, judge.spec, builtin())
        refused = any(finding.level is Level.ERROR for finding in findings)
        answer = judge.ask(words)
        if refused is answer.accepted:
            wrong.append((row["line"], findings, answer))
    assert wrong == []
