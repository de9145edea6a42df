"""`kai policy` and `kai config check`: the user's policies shown, tried, and checked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.run_kai import kai

ROOT = Path(__file__).resolve().parent.parent
POLICIES = "policies:\n- {name: calm, match: {verb: scale}, message: not now, action: deny}\n"
SAMPLES = """tests:
- command: kubectl scale deploy web --replicas=3
  expect: {tier: forbidden, action: deny, policy: calm}
- command: kubectl get pods
  expect: {tier: read, action: none}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one policy, and the current folder."""
    folder = tmp_path / "workspace"
    (folder / ".kai").mkdir(parents=True)
    (folder / ".kai" / "policies.yaml").write_text(POLICIES)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("workspace")
def test_the_policies_in_force_are_shown_with_their_file() -> None:
    done = kai("policy", "show")
    assert done.status == 0
    assert "deny     calm: not now" in done.out
    assert "verb scale" in done.out
    assert ".kai/policies.yaml:2" in done.out
    assert json.loads(kai("policy", "show", "--json").out)["name"] == "calm"


def test_without_policies_it_says_where_they_would_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = kai("policy", "show")
    assert (done.status, done.out) == (0, "")
    assert "safety.policies" in done.err


def test_samples_that_come_out_as_expected_pass(workspace: Path) -> None:
    (workspace / "samples.yaml").write_text(SAMPLES)
    done = kai("policy", "test", "samples.yaml")
    assert (done.status, done.err) == (0, "")
    first, *_, last = done.out.splitlines()
    assert re.fullmatch(r"pass  forbidden +deny +kubectl scale .*  by calm", first)
    assert last == "2 of 2 as expected"


def test_one_that_does_not_is_named_with_its_line(workspace: Path) -> None:
    (workspace / "samples.yaml").write_text(SAMPLES.replace("read, action: none", "write"))
    done = kai("policy", "test", "samples.yaml")
    assert done.status == 1
    assert "samples.yaml:4: expected tier write" in done.out
    rows = [
        json.loads(row) for row in kai("policy", "test", "--json", "samples.yaml").out.splitlines()
    ]
    assert [(row["passed"], row["missed"]) for row in rows] == [(True, []), (False, ["tier write"])]


def test_a_policy_file_is_tried_before_it_is_in_force(workspace: Path) -> None:
    (workspace / "other.yaml").write_text("policies: []\n")
    (workspace / "samples.yaml").write_text(
        "tests:\n- command: kubectl scale deploy web --replicas=3\n  expect: {action: none}\n"
    )
    assert kai("policy", "test", "samples.yaml").status == 1
    assert kai("policy", "test", "--policies", "other.yaml", "samples.yaml").status == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: []\n", "samples.yaml:1:8: tests must"),
        ("tests:\n- command: x\n  expect: {}\n", "samples.yaml:3:11: expect one of"),
        ("tests:\n- command: x\n  expect: {tierr: read}\n", "samples.yaml:3:12: unknown key tierr"),
        ("tests:\n- command: x\n  at: noon\n  expect: {tier: read}\n", "samples.yaml:3:7: at must"),
    ],
)
def test_samples_that_cannot_be_read_name_line_and_column(
    workspace: Path, text: str, said: str
) -> None:
    (workspace / "samples.yaml").write_text(text)
    done = kai("policy", "test", "samples.yaml")
    assert done.status == 2
    assert said in done.err


@pytest.mark.usefixtures("workspace")
def test_samples_that_are_not_there_are_an_error() -> None:
    done = kai("policy", "test", "gone.yaml")
    assert done.status == 2
    assert "gone.yaml cannot be read" in done.err


def test_a_broken_policy_file_is_found_by_every_command_that_reads_it(workspace: Path) -> None:
    (workspace / "samples.yaml").write_text(SAMPLES)
    assert "1 policies" in kai("config", "check").out
    (workspace / ".kai" / "policies.yaml").write_text("policies: 3\n")
    for argv in (["config", "check"], ["policy", "show"], ["policy", "test", "samples.yaml"]):
        done = kai(*argv)
        assert done.status == 2, argv
        assert "policies.yaml:1:11: policies must be" in done.err
    shown = kai("config", "show")
    assert shown.status == 0
    assert "policies.yaml:1:11:" in shown.err


def test_the_examples_of_the_document_come_out_as_it_says(workspace: Path) -> None:
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    policies, samples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (workspace / "p.yaml").write_text(policies)
    (workspace / "t.yaml").write_text(samples)
    done = kai("policy", "test", "--policies=p.yaml", "t.yaml")
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("words", [["policy", "violations", "in", "web"], ["policy", "reports"]])
def test_a_request_may_begin_with_the_word(words: list[str]) -> None:
    assert "kai policy --help" not in kai(*words).err
