"""The measuring itself: a wrong percentile would make every figure of the project wrong."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bench.__main__ import ON_REQUEST, main, names, programs
from bench._stub import ANSWER, Stub
from bench.accuracy import Count, evaluate, scorer
from bench.harness import (
    FLOOR,
    Samples,
    calls,
    environment,
    process_memory,
    process_seconds,
    processes,
)
from bench.peers import until_shown
from bench.understanding import nonsense
from kai.nlu.tokens import MAX_REQUEST


@pytest.mark.parametrize(
    ("count", "percent", "expected"),
    [(100, 95, 95), (100, 99, 99), (100, 100, 100), (21, 95, 20), (1, 99, 1), (10, 1, 1)],
)
def test_a_percentile_is_the_smallest_sample_that_so_many_do_not_exceed(
    count: int, percent: float, expected: int
) -> None:
    assert Samples.of(float(n) for n in range(count, 0, -1)).percentile(percent) == expected


def test_figures_are_shown_in_the_unit_asked_for() -> None:
    line = Samples.of([0.001, 0.002, 0.003]).line("us")
    assert line.startswith("median 2000.000")
    assert line.endswith("max 3000.000 us  (n=3)")


def test_every_input_is_timed_in_every_round_and_warming_up_is_not() -> None:
    seen: list[str] = []
    samples = calls(seen.append, ["a", "b"], rounds=3, warm=1)
    assert len(samples.seconds) == 6
    assert seen == ["a", "b"] * 4


def test_processes_are_compared_with_a_bare_python_of_the_same_run() -> None:
    floor, ours = processes({"again": [sys.executable, "-c", "pass"]}, runs=3)
    assert (floor.name, ours.name) == (FLOOR, "again")
    assert floor.ratio == 1
    assert len(ours.samples.seconds) == 3


def test_a_process_that_fails_is_not_measured_but_reported() -> None:
    with pytest.raises(RuntimeError, match="ended with 3: no"):
        process_seconds([sys.executable, "-c", "import sys; print('no', file=sys.stderr); exit(3)"])


def test_a_benchmark_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "startup" in names()
    assert main(["nothing-of-that-name"]) == 2
    assert "no nothing-of-that-name; there are" in capsys.readouterr().err


def test_one_sample_an_input_is_its_quickest() -> None:
    durations = iter([0.02, 0.0, 0.0, 0.02])
    samples = calls(lambda _: time.sleep(next(durations)), ["a", "b"], rounds=2, warm=0, best=True)
    assert len(samples.seconds) == 2
    assert samples.seconds[-1] < 0.02


def test_a_measured_process_keeps_its_bytecode_whatever_the_callers_shell_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    env = environment(tmp_path)
    (tmp_path / "one.py").write_text("", encoding="utf-8")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import one"
    process_seconds([sys.executable, "-c", program], env=env)
    assert [path.name.partition(".")[0] for path in tmp_path.glob("pyc/**/one.*")] == ["one"]


def test_a_measured_process_finds_nothing_of_the_person_who_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/mine")
    env = environment(tmp_path)
    assert "KUBECONFIG" not in env
    assert all(
        Path(env[name]).is_relative_to(tmp_path)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    )


def test_peak_memory_is_that_of_the_process_and_not_of_who_measures_it() -> None:
    small = [sys.executable, "-I", "-S", "-c", "pass"]
    large = [sys.executable, "-I", "-S", "-c", "bytearray(b'x') * 64_000_000"]
    mine = bytearray(b"x") * 200_000_000
    assert process_memory(small) < 40e6
    assert 64e6 < process_memory(large) < len(mine)


def test_peak_memory_of_a_process_that_fails_is_not_told() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        process_memory([sys.executable, "-c", "exit(3)"])


def test_the_list_names_every_benchmark_and_says_which_run_on_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert {line.split()[0] for line in lines if "on request" in line} == set(ON_REQUEST)
    assert all(summary for summary in programs().values())


def test_options_without_the_one_benchmark_they_are_meant_for_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--wrong", "3"]) == 2
    assert main(["size", "memory", "--runs", "3"]) == 2
    assert "options go to one benchmark" in capsys.readouterr().err


def test_options_reach_the_benchmark(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    assert main(["accuracy", "--json", str(rows)]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") : out.index("\n\n1 benchmark")])["overall"]["right"] == 1


# --- accuracy ----------------------------------------------------------------------------------

ROW = {
    "id": "1",
    "request": "pods in web",
    "command": "kubectl get pods --namespace=web",
    "alternatives": ["re:kubectl get po.* web-[0-9]+", "kubectl get (this is no shell line"],
    "category": "simple",
}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("kubectl -n web get po", True),
        ("kubectl get pods  web-17", True),
        ("kubectl get  (this is no shell line", True),
        ("kubectl get pods", False),
        ("kubectl delete pods --namespace=web", False),
        ("kubectl get pods web-17 -o yaml", False),
    ],
)
def test_an_answer_is_right_where_it_means_an_expected_command(answer: str, expected: bool) -> None:
    assert scorer(None).right(answer, ROW) is expected


def test_another_scorer_that_cannot_read_a_line_finds_it_wrong_and_nothing_breaks(
    tmp_path: Path,
) -> None:
    other = tmp_path / "other.py"
    other.write_text("def same(a, b):\n    raise ValueError(a)\n", encoding="utf-8")
    assert scorer(str(other)).right("kubectl -n web get po", ROW) is False
    assert scorer(str(other)).right(str(ROW["command"]), ROW) is True


def test_rows_that_want_no_answer_stand_apart_from_the_sum() -> None:
    nothing = {"id": "2", "request": "write me a haiku", "command": None, "category": "simple"}
    wrong = {**ROW, "command": "kubectl get nodes", "alternatives": [], "category": "complex"}
    result = evaluate([ROW, nothing, wrong], scorer(None))
    assert result.table.overall == Count(rows=2, right=1, answered=2)
    assert result.table.counts["abstain"] == Count(rows=1, right=1)
    assert [row["command"] for row, _ in result.wrong] == ["kubectl get nodes"]


def test_a_wrong_answer_is_unsafe_where_it_destroys_and_the_expected_one_does_not() -> None:
    row = {**ROW, "request": "delete pod web-1", "alternatives": []}
    assert evaluate([row], scorer(None)).table.overall.unsafe == 1
    harmless = {**row, "request": "pods in payments"}
    assert evaluate([harmless], scorer(None)).table.overall.unsafe == 0


def test_rows_whose_command_the_grammar_cannot_write_are_counted_apart() -> None:
    lost = {**ROW, "command": "kubectl get pods > pods.txt", "alternatives": []}
    result = evaluate([ROW, lost], scorer(None))
    assert (result.table.overall.rows, result.expressible.rows) == (2, 1)


def test_nonsense_is_of_many_kinds_and_never_longer_than_a_request_may_be() -> None:
    texts = nonsense()
    assert len(set(texts.values())) == len(texts) > 10
    assert max(map(len, texts.values())) == MAX_REQUEST


# --- peers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [True, False])
def test_the_stand_in_for_a_model_answers_in_both_ways_with_the_same_command(stream: bool) -> None:
    with Stub() as stub:
        request = urllib.request.Request(  # noqa: S310 - the loopback
            f"{stub.url}/chat/completions", data=json.dumps({"stream": stream}).encode()
        )
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
            text = reply.read().decode()
        assert stub.asked == ["/v1/chat/completions"]
    assert ANSWER in text
    assert text.endswith("data: [DONE]\n\n") is stream


def test_a_program_that_shows_the_command_on_a_terminal_is_timed_until_then_and_stopped() -> None:
    coloured = ANSWER.replace("=", "\x1b[31m=\x1b[0m")
    program = f"import time; print({coloured!r}, flush=True); time.sleep(60)"
    assert until_shown([sys.executable, "-c", program], os.environ) < 30


def test_a_program_that_shows_no_command_is_not_timed_but_reported() -> None:
    with pytest.raises(RuntimeError, match="showed no command but: b'sorry"):
        until_shown([sys.executable, "-c", "print('sorry')"], os.environ)
