"""`kai explain`: what a person sees on a terminal, what a pipe gets, and the object for scripts."""

from __future__ import annotations

import json
import re

import pytest

from tests.run_kai import kai

LINE = "kubectl delete pods -n prod -l app=web --force | head -3"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "72")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_the_command_stands_once_above_its_parts() -> None:
    said = _COLOURS.sub("", kai("explain", LINE, terminal=True).out)
    first, *rest = said.splitlines()
    assert first == LINE
    assert LINE not in "\n".join(rest)


def test_each_meaning_stands_in_the_same_column() -> None:
    rows = _COLOURS.sub("", kai("explain", LINE, terminal=True).out).splitlines()
    meanings = ("in the namespace prod", "only where the label app is web", "the first 3 lines")
    columns = {row.index(text) for row in rows for text in meanings if row.endswith(text)}
    assert len(columns) == 1


@pytest.mark.parametrize("columns", [24, 40, 72, 200])
def test_no_line_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    line = f"{LINE} | awk '{{print $1}}'"
    said = _COLOURS.sub("", kai("explain", line, terminal=True).out)
    assert max(map(len, said.splitlines())) < columns


def test_the_tier_is_coloured_and_kubectls_own_help_is_dim() -> None:
    said = kai("explain", LINE, terminal=True).out
    assert "\x1b[1;31m  destructive: " in said
    assert "\x1b[2mIf present, the namespace scope for this CLI request\x1b[0m" in said


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_without_colours_gets_none(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = kai("explain", LINE, terminal=True)
    assert "\x1b" not in said.out + said.err


def test_a_pipe_gets_a_line_for_each_part() -> None:
    said = kai("explain", LINE)
    assert "-l app=web: only where the label app is web" in said.out.splitlines()
    assert "hits all pods that match app=web in prod" in said.out.splitlines()
    assert "\x1b" not in said.out


def test_the_second_letter_of_joined_flags_has_a_dash_of_its_own() -> None:
    assert "\n-t: with a terminal\n" in kai("explain", "kubectl exec -it web -- sh").out


def test_the_object_holds_summary_parts_tier_and_findings() -> None:
    said = kai("explain", "--json", LINE)
    shown = json.loads(said.out)
    assert set(shown) == {
        *("command", "summary", "place", "parts", "tier", "verdict", "reasons", "hits", "risk"),
        "findings",
    }
    assert shown["tier"] == shown["risk"]["tier"] == "destructive"
    pieces = {LINE[part["start"] : part["end"]]: part for part in shown["parts"]}
    assert pieces["-n prod"] == {
        "start": 20,
        "end": 27,
        "role": "flag",
        "text": "in the namespace prod",
        "details": [],
        "help": "If present, the namespace scope for this CLI request",
    }
    assert {"K402", "K432"} <= {finding["code"] for finding in shown["findings"]}


def test_a_line_that_cannot_be_read_is_marked_where_it_stops() -> None:
    said = kai("explain", "kubectl get pods; ls", terminal=True)
    assert said.status == 3
    first, mark, *_ = _COLOURS.sub("", said.out).splitlines()
    assert mark.index("^") == first.index(";")
    shown = json.loads(kai("explain", "--json", "kubectl get pods; ls").out)
    assert shown["summary"] == ""
    assert [(part["role"], part["start"]) for part in shown["parts"]] == [("error", 16)]


def test_what_the_judge_says_is_said_once() -> None:
    said = kai("explain", "kubectl delete ns prod")
    assert said.err == ""
    assert said.out.count("[K") == len(re.findall(r"^why: .*\[K", said.out, re.M))


def test_control_characters_do_not_reach_the_terminal() -> None:
    said = kai("explain", "kubectl get \x1b[31mpods\x07", terminal=True)
    assert "\x1b[31mpods" not in said.out
    assert "\x07" not in said.out + said.err
