"""Measuring: callables in this process, whole processes next to a bare Python.

    samples = calls(understand, requests)      # nanosecond clock, one sample a call
    report("nlu", samples, unit="us")
    for timing in processes({"kai --version": ["kai", "--version"]}): ...

Processes are measured interleaved, so that a slow moment of the machine hits all of them alike.
"""

from __future__ import annotations

import gc
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Input = TypeVar("Input")

FLOOR = "python -c pass"
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}


@dataclass(frozen=True, slots=True)
class Samples:
    """Durations in seconds, sorted."""

    seconds: tuple[float, ...]

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Samples:
        return cls(tuple(sorted(seconds)))

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def percentile(self, percent: float) -> float:
        """The smallest sample that at least `percent` % of the samples do not exceed."""
        rank = math.ceil(len(self.seconds) * percent / 100)
        return self.seconds[max(rank - 1, 0)]

    def line(self, unit: str = "ms") -> str:
        """Median, p95, p99 and the worst, in `unit` (s, ms or us)."""
        factor = _UNITS[unit]
        figures = {
            "median": self.median,
            "p95": self.percentile(95),
            "p99": self.percentile(99),
            "max": self.seconds[-1],
        }
        shown = "  ".join(f"{name} {value * factor:8.3f}" for name, value in figures.items())
        return f"{shown} {unit}  (n={len(self.seconds)})"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a whole process takes, and how many bare Pythons that is."""

    name: str
    samples: Samples
    ratio: float


def calls(
    function: Callable[[Input], object], inputs: Sequence[Input], *, rounds: int = 5, warm: int = 1
) -> Samples:
    """Time `function` on every input, `rounds` times after `warm` unmeasured rounds.

    The garbage collector is off meanwhile: a collection belongs to whoever made the garbage.
    """
    for _ in range(warm):
        for value in inputs:
            function(value)
    seconds: list[float] = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for value in inputs:
                start = time.perf_counter_ns()
                function(value)
                seconds.append((time.perf_counter_ns() - start) / 1e9)
    finally:
        gc.enable()
    return Samples.of(seconds)


def process_seconds(argv: Sequence[str], *, status: int | None = 0) -> float:
    """Wall time of one process from start to end; `status` None accepts any exit status."""
    start = time.perf_counter()
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120
    )
    seconds = time.perf_counter() - start
    if status is not None and done.returncode != status:
        said = done.stderr.decode(errors="replace").strip()[-300:]
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}: {said}")
    return seconds


def processes(
    commands: Mapping[str, Sequence[str]], *, runs: int = 21, status: int | None = 0
) -> list[Timing]:
    """Time whole processes in turn, the floor first; the ratio is of the medians."""
    every = {FLOOR: [sys.executable, "-c", "pass"], **commands}
    seconds: dict[str, list[float]] = {name: [] for name in every}
    for name, argv in every.items():  # one unmeasured run: files cached, bytecode written
        process_seconds(argv, status=0 if name == FLOOR else status)
    for _ in range(runs):
        for name, argv in every.items():
            seconds[name].append(process_seconds(argv, status=0 if name == FLOOR else status))
    floor = statistics.median(seconds[FLOOR])
    return [
        Timing(name, samples := Samples.of(values), samples.median / floor)
        for name, values in seconds.items()
    ]


def report(name: str, samples: Samples, *, unit: str = "ms") -> None:
    """Print one line of figures."""
    print(f"{name:<34} {samples.line(unit)}")


def report_processes(timings: Iterable[Timing]) -> None:
    """Print one line for each process, with its ratio to the floor."""
    for timing in timings:
        print(f"{timing.name:<34} {timing.samples.line('ms')}  x{timing.ratio:.1f}")
