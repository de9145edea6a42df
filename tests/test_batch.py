"""`kai --batch`: rows in, answers out, one for one and in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.run_kai import Said, Terminal, kai

PODS = "kubectl get pods --namespace=kube-system"


def answers(said: Said) -> list[dict[str, Any]]:
    assert said.status == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def batch(*lines: str | dict[str, Any], options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return answers(kai("--batch", "-", *options, stdin=text))


def test_every_row_has_its_answer_in_order(tmp_path: Path) -> None:
    rows = [{"id": f"r{number}", "request": f"scale web to {number}"} for number in range(1, 30)]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")
    found = answers(kai("--batch", str(file)))
    assert [row["id"] for row in found] == [row["id"] for row in rows]
    assert [row["request"] for row in found] == [row["request"] for row in rows]
    assert all(str(n) in row["command"] for n, row in enumerate(found, 1))


def test_an_answer_without_an_id_has_none() -> None:
    (answer,) = batch({"request": "pods in kube-system"})
    assert "id" not in answer
    assert answer["command"] == PODS


@pytest.mark.parametrize("identity", ["a", 7, 1.5, True, ["x"]])
def test_the_id_comes_back_as_it_was(identity: object) -> None:
    (answer,) = batch({"id": identity, "request": "nodes"})
    assert answer["id"] == identity


def test_a_row_says_where_it_is_asked() -> None:
    (answer,) = batch({"request": "nodes", "context": "prod", "namespace": "shop"})
    assert (answer["context"], answer["namespace"]) == ("prod", "shop")


def test_other_keys_of_a_row_are_left_alone() -> None:
    (answer,) = batch({"request": "pods in kube-system", "command": "x", "category": 3})
    assert answer["command"] == PODS


BAD = {
    "not JSON": "pods in kube-system",
    "half": '{"request": "x"',
    "a list": "[1, 2]",
    "a number": "12",
    "no request": '{"id": "b"}',
    "a request of another type": '{"id": "b", "request": 3}',
    "a namespace of another type": '{"id": "b", "request": "nodes", "namespace": ["x"]}',
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
def test_a_bad_row_is_answered_in_its_place_and_stops_nothing(line: str) -> None:
    before, bad, after = batch({"request": "nodes"}, line, {"request": "nodes"})
    assert before["command"] == after["command"] == "kubectl get nodes"
    assert (bad["outcome"], bad["command"]) == ("failed", None)
    assert bad["reason"].startswith("line 2")
    assert set(bad) - {"id"} == set(before)


def test_a_bad_row_keeps_its_id() -> None:
    assert batch('{"id": "b", "request": 3}')[0]["id"] == "b"


def test_a_row_that_is_not_utf_8_is_a_bad_row(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"request": "nodes"}\r\n\xff\xfe\n{"request": "nodes"}')
    first, bad, last = answers(kai("--batch", str(file)))
    assert first["command"] == last["command"] == "kubectl get nodes"
    assert "not UTF-8" in bad["reason"]


def test_blank_lines_are_no_rows() -> None:
    assert len(batch("", '{"request": "nodes"}', "  ", "")) == 1


def test_an_empty_batch_has_no_answers() -> None:
    assert batch() == []


def test_an_abstention_is_an_answer_and_no_failure() -> None:
    (answer,) = batch({"request": "flurbs of the glorp zanting"})
    assert (answer["outcome"], answer["command"]) == ("abstained", None)


@pytest.mark.parametrize("request_text", ["", "   ", "x" * 100_000, "\x00\x1b[2J", "\ud800"])
def test_no_request_stops_a_batch(request_text: str) -> None:
    answer, after = batch({"request": request_text}, {"request": "nodes"})
    assert answer["request"] == request_text
    assert after["command"] == "kubectl get nodes"


def test_an_input_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    said = kai("--batch", str(tmp_path / "none.jsonl"))
    assert said.status == 2
    assert "none.jsonl" in said.err
    assert kai("--batch", str(tmp_path)).status == 2


@pytest.mark.parametrize(("source", "second"), [("any", "cache"), ("builtin", "builtin")])
def test_the_source_of_a_batch_can_be_chosen(source: str, second: str) -> None:
    row = {"request": "pods in kube-system"}
    one, two = batch(row, row, options=("--source", source))
    assert (one["source"], two["source"]) == ("builtin", second)


def test_a_batch_is_not_recorded() -> None:
    batch({"request": "nodes"})
    assert kai("history", "--json").out == ""


def test_progress_is_shown_to_a_person_only() -> None:
    rows = "\n".join('{"request": "nodes"}' for _ in range(5))
    assert kai("--batch", "-", stdin=rows).err == ""
    assert kai("--batch", "-", stdin=rows, terminal=True).err.endswith("\r")
    assert Terminal().isatty()
