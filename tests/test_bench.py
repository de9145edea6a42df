"""The measuring itself: a wrong percentile would make every figure of the project wrong."""

from __future__ import annotations

import sys

import pytest

from bench.__main__ import main, names
from bench.harness import FLOOR, Samples, calls, process_seconds, processes


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
