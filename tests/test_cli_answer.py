"""An answer as it is shown: one JSON object, or a panel on a terminal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kai.model import (
    Abstained,
    Answered,
    Ask,
    Author,
    Context,
    Failed,
    Finding,
    Level,
    Outcome,
    Refused,
    Risk,
    Source,
    Suggestion,
)
from kai_shell.answer import as_object, exit_status
from kai_shell.panel import Look, panel
from tests.run_kai import kai

PODS = "kubectl get pods --namespace=kube-system"

# --- one JSON object -----------------------------------------------------------------------------

KEYS = {
    *("request", "outcome", "reason", "command", "steps", "alternatives", "source", "cached"),
    *("confidence", "author", "tier", "risk", "findings", "explanation", "assumptions", "context"),
    *("namespace", "kubectl_version", "timings_ms"),
}


def test_json_is_one_object_with_exactly_these_keys() -> None:
    said = kai("--json", "pods in kube-system")
    answer: dict[str, Any] = json.loads(said.out)
    assert said.out.count("\n") == 1
    assert set(answer) == KEYS
    assert answer["command"] == PODS
    assert (answer["outcome"], answer["reason"]) == ("answered", None)
    assert (answer["source"], answer["cached"]) == ("builtin", False)
    assert (answer["tier"], answer["risk"]["tier"]) == ("read", "read")
    assert answer["risk"]["radius"] is None
    assert answer["timings_ms"]["total"] > 0


def test_json_without_an_answer_has_the_same_keys_and_no_command() -> None:
    said = kai("--json", "flurbs of the glorp zanting")
    answer = json.loads(said.out)
    assert said.status == 3
    assert set(answer) == KEYS
    assert answer["command"] is None
    assert answer["outcome"] == "abstained"
    assert answer["reason"]


def test_the_second_time_the_answer_is_a_kept_one() -> None:
    kai("pods in kube-system")
    answer = json.loads(kai("--json", "pods in kube-system").out)
    assert (answer["source"], answer["cached"], answer["command"]) == ("cache", True, PODS)
    again = json.loads(kai("--json", "--again", "pods in kube-system").out)
    assert again["cached"] is False
    named = json.loads(kai("--json", "--source=builtin", "pods in kube-system").out)
    assert named["cached"] is False


def full_suggestion() -> Suggestion:
    return Suggestion(
        "kubectl get pods",
        Source.MODEL,
        confidence=0.7,
        findings=(Finding("K201", Level.WARNING, "old", 8, 11, "list"),),
        risk=Risk("read", ("only reads",)),
        explanation="Lists pods.",
        assumptions=("pods are meant",),
        alternatives=(Suggestion("kubectl get po", Source.BUILTIN),),
        steps=("kubectl get nodes",),
        author=Author("tiny:1b", "this machine", "simple request"),
    )


def test_everything_a_suggestion_holds_is_in_the_object() -> None:
    ask = Ask("pods", context=Context("dev", "shop", None, "1.32.4"), id="7")
    answer = as_object(ask, Answered(full_suggestion(), {"total": 1.0}))
    assert answer["id"] == "7"
    assert answer["findings"] == [
        {
            "code": "K201",
            "level": "warning",
            "message": "old",
            "start": 8,
            "end": 11,
            "replacement": "list",
        }
    ]
    assert answer["author"] == {
        "model": "tiny:1b",
        "reach": "this machine",
        "why": "simple request",
        "cost": None,
    }
    assert (answer["tier"], answer["risk"]["reasons"]) == ("read", ["only reads"])
    (other,) = answer["alternatives"]
    assert other["command"] == "kubectl get po"
    assert set(other) < KEYS
    assert (answer["context"], answer["namespace"], answer["kubectl_version"]) == (
        "dev",
        "shop",
        "1.32.4",
    )


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Answered(full_suggestion()), 0),
        (Failed("broken"), 1),
        (Abstained("no idea"), 3),
        (Refused("forbidden"), 4),
    ],
)
def test_each_outcome_has_its_exit_status(outcome: Outcome, status: int) -> None:
    assert exit_status(outcome) == status
    answer = as_object(Ask("x"), outcome)
    assert (answer["command"] is None) == (status != 0)


# --- the panel -----------------------------------------------------------------------------------


@pytest.fixture
def colourful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with colours, and no kubectl whose version could be learnt behind an answer."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "60")


@pytest.mark.usefixtures("colourful")
def test_on_a_terminal_the_command_is_followed_by_what_it_does() -> None:
    said = kai("pods in kube-system", terminal=True)
    assert PODS in said.out
    assert "Lists pods in the namespace kube-system." in said.err
    assert "built in" in said.err
    assert "kept answer" in kai("pods in kube-system", terminal=True).err


@pytest.mark.usefixtures("colourful")
@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_without_colour_there_is_no_escape_sequence(
    variable: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[" in kai("pods in kube-system", terminal=True).out
    monkeypatch.setenv(*variable)
    said = kai("pods in kube-system", terminal=True)
    assert said.out == PODS + "\n"
    assert "\x1b" not in said.err


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_the_panel_keeps_to_the_width_of_the_terminal(width: int) -> None:
    look = Look(colour=False, width=width, bar="│", kept="⚡ ")
    shown = panel(Ask("x"), Answered(full_suggestion(), {"total": 3.0}), look)
    assert max(map(len, shown.splitlines())) <= width
    assert all(line.startswith("  │ ") for line in shown.splitlines())


def test_the_panel_holds_every_remark() -> None:
    look = Look(colour=False, width=80, bar="|", kept="")
    where = Context("dev", "shop")
    shown = panel(Ask("x", context=where), Answered(full_suggestion(), {"total": 3.2}), look)
    assert shown.splitlines() == [
        "  | Lists pods.",
        "  | then: kubectl get nodes",
        "  | written by tiny:1b on this machine, likely (simple request)",
        "  | assumed: pods are meant",
        "  | warning: old [K201] (better: list)",
        "  | or: kubectl get po",
        "  | model, 3 ms, only reads, context dev, current namespace shop",
    ]


def test_no_control_character_of_an_answer_reaches_the_terminal() -> None:
    evil = Suggestion("kubectl get pods", Source.MODEL, explanation="a\x1b[2Jb\nc\u202ed")
    look = Look(colour=False, width=80, bar="|", kept="")
    shown = panel(Ask("x"), Answered(evil), look)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.startswith("  | a [2Jb c d\n")


def test_the_panel_says_tier_reasons_and_what_is_hit() -> None:
    said = kai("delete pod web in shop", terminal=True)
    assert "destructive: deletes objects" in said.err
    assert "hits the pod web in shop" in said.err
    assert "only reads" in kai("pods in kube-system", terminal=True).err


def test_a_forbidden_draft_is_refused_with_its_rule_and_never_printed() -> None:
    said = kai("delete all pods in kube-system")
    assert (said.status, said.out) == (4, "")
    assert "It deletes all pods in the namespace kube-system." in said.err
    assert "[K450]" in said.err


def test_a_refusal_as_json_has_no_command_and_the_rules_that_stopped_it() -> None:
    said = kai("--json", "delete all pods in kube-system")
    answer = json.loads(said.out)
    assert said.status == 4
    assert (answer["outcome"], answer["command"]) == ("refused", None)
    assert [finding["code"] for finding in answer["findings"]] == ["K450"]
