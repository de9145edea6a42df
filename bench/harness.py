"""Measuring: callables in this process, whole processes next to a bare Python.

    samples = calls(understand, requests)      # nanosecond clock, one sample a call
    report("nlu", samples, unit="us", floor=loop_floor())
    with tempfile.TemporaryDirectory() as scratch:
        for timing in processes({"kai": ["kai", "--version"]}, env=environment(Path(scratch))): ...

Processes are measured interleaved, so that a slow moment of the machine hits all of them alike.
"""

from __future__ import annotations

import gc
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Input = TypeVar("Input")

FLOOR = "python -c pass"
LOOP = "loop of 1,000 additions"
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}
_PRIVATE = ("KAI_", "KUBE", "PYTHON", "XDG_")

_LAUNCH = """
import os, sys
out = os.open(os.devnull, os.O_RDWR)
files = [(os.POSIX_SPAWN_DUP2, out, fd) for fd in (0, 1)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=files)
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""
"""Runs a program and says its peak memory. On Linux a program's peak counts from that of whoever
started it, so the starter is a Python with next to nothing loaded."""


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


def machine() -> str:
    """Where the figures come from: what else the machine does shows in its load average."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load}"


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a measured process: a home of its own, and bytecode that is kept.

    Where the caller's shell says that Python shall write no bytecode, every start would measure the
    compiler as well. What is compiled goes to `scratch` and is there from the second start on.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
    home = scratch / "home"
    home.mkdir(parents=True, exist_ok=True)
    folders = {f"XDG_{name}_HOME": str(scratch / name.lower()) for name in ("CONFIG", "CACHE")}
    folders |= {f"XDG_{name}_HOME": str(scratch / name.lower()) for name in ("DATA", "STATE")}
    return {**kept, **folders, "HOME": str(home), "PYTHONPYCACHEPREFIX": str(scratch / "pyc")}


def calls(
    function: Callable[[Input], object],
    inputs: Sequence[Input],
    *,
    rounds: int = 5,
    warm: int = 1,
    best: bool = False,
) -> Samples:
    """Time `function` on every input, `rounds` times after `warm` unmeasured rounds.

    `best`: one sample an input, its quickest; on a machine that does other things as well, that is
    nearest to what the function itself takes. The garbage collector is off meanwhile: a collection
    belongs to whoever made the garbage.
    """
    for _ in range(warm):
        for value in inputs:
            function(value)
    seconds: list[list[float]] = [[] for _ in inputs]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for value, taken in zip(inputs, seconds, strict=True):
                start = time.perf_counter_ns()
                function(value)
                taken.append((time.perf_counter_ns() - start) / 1e9)
    finally:
        gc.enable()
    if best:
        return Samples.of(min(taken) for taken in seconds)
    return Samples.of(value for taken in seconds for value in taken)


def loop_floor() -> Samples:
    """What this machine takes just now for work that never changes (`LOOP`)."""

    def loop(count: int) -> int:
        total = 0
        for number in range(count):
            total += number
        return total

    return calls(loop, [1000] * 1000)


def process_seconds(
    argv: Sequence[str], *, status: int | None = 0, env: Mapping[str, str] | None = None
) -> float:
    """Wall time of one process from start to end; `status` None accepts any exit status."""
    start = time.perf_counter()
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120, env=env
    )
    seconds = time.perf_counter() - start
    if status is not None and done.returncode != status:
        said = done.stderr.decode(errors="replace").strip()[-300:]
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}: {said}")
    return seconds


def processes(
    commands: Mapping[str, Sequence[str]],
    *,
    runs: int = 21,
    status: int | None = 0,
    env: Mapping[str, str] | None = None,
) -> list[Timing]:
    """Time whole processes in turn, the floor first; the ratio is of the medians."""
    every = {FLOOR: [sys.executable, "-c", "pass"], **commands}
    seconds: dict[str, list[float]] = {name: [] for name in every}
    for turn in range(runs + 1):
        for name, argv in every.items():
            taken = process_seconds(argv, status=0 if name == FLOOR else status, env=env)
            if turn:  # the first is not counted: it fills the file cache and writes the bytecode
                seconds[name].append(taken)
    floor = statistics.median(seconds[FLOOR])
    return [
        Timing(name, samples := Samples.of(values), samples.median / floor)
        for name, values in seconds.items()
    ]


def process_memory(
    argv: Sequence[str], *, status: int = 0, env: Mapping[str, str] | None = None
) -> int:
    """The most memory a process had at once (resident), in bytes."""
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, *argv]
    done = subprocess.run(launch, capture_output=True, check=True, timeout=120, env=env, text=True)
    code, peak = (int(word) for word in done.stdout.split())
    if code != status:
        raise RuntimeError(f"{' '.join(argv)} ended with {code}: {done.stderr.strip()[-300:]}")
    return peak if sys.platform == "darwin" else peak * 1024


def stages(
    names: Sequence[str],
    code: str,
    *arguments: str,
    runs: int = 21,
    env: Mapping[str, str] | None = None,
) -> None:
    """Print the medians of what new processes print: wall and CPU seconds, one line a stage."""
    every: list[list[list[float]]] = []
    for turn in range(runs + 1):
        argv = [sys.executable, "-c", code, *arguments]
        out = subprocess.run(argv, capture_output=True, text=True, check=True, env=env).stdout
        if turn:  # the first writes the bytecode
            every.append([[float(word) for word in line.split()] for line in out.splitlines()])
    for stage, name in enumerate(names):
        wall, cpu = (statistics.median(run[stage][part] for run in every) * 1e3 for part in (0, 1))
        print(f"{name:<34} median {wall:8.3f} ms wall {cpu:8.3f} ms CPU  (n={runs})")


def report(name: str, samples: Samples, *, unit: str = "ms", floor: Samples | None = None) -> None:
    """Print one line of figures; with `floor`, how many of those the median is."""
    ratio = f"  x{samples.median / floor.median:.1f}" if floor else ""
    print(f"{name:<34} {samples.line(unit)}{ratio}")


def report_processes(timings: Iterable[Timing]) -> None:
    """Print one line for each process, with its ratio to the floor."""
    for timing in timings:
        print(f"{timing.name:<34} {timing.samples.line('ms')}  x{timing.ratio:.1f}")
