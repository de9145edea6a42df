"""How long the judge takes: for a line, for a script, for text that tries to make it slow.

    python -m bench.judge [--lines 10000]

The lines are the rows of tests/cases/safety, the script is made of its everyday scripts. Exit status
1 if the 99th percentile of a line (the quickest of five times each) is above 1 ms, or the script takes
5 s of CPU: what else the machine does is not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from bench.harness import calls, loop_floor, report
from kai.examine import Examiner
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.model import Context
from kai.safety import judge
from kai.validators import check

_CASES = Path(__file__).parent.parent / "tests" / "cases" / "safety"
_MOST_A_LINE = 1e-3
_MOST_A_SCRIPT = 5.0
_HOSTILE = (
    "(",
    "$(",
    '"$(',
    "`",
    "'",
    "<(",
    "${a:-",
    "<<A ",
    ">",
    "a|",
    "x=$x$x;",
    "sudo ",
    "eval ",
)
_HOSTILE_SIZES = (25_000, 100_000)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.judge", description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    options = parser.parse_args(arguments)
    quick = _lines()
    within = _script(options.lines)
    _hostile()
    return 0 if quick and within else 1


def _lines() -> bool:
    spec, catalogue, context = load(), builtin(), Context()
    texts = [
        json.loads(row)["command"]
        for path in sorted(_CASES.glob("*.jsonl"))
        for row in path.read_text(encoding="utf-8").splitlines()
        if row.strip() and "command" in row
    ]
    parsed = [parse(text, spec) for text in texts]
    floor = loop_floor()
    alone = calls(lambda pipeline: judge(pipeline, context, catalogue), parsed, best=True)
    whole = calls(lambda text: judge(parse(text, spec), context, catalogue), texts, best=True)
    report("judging a line that was read", alone, unit="ms", floor=floor)
    report("reading and judging a line", whole, unit="ms", floor=floor)
    print(f"{'':<34} {len(texts)} lines")
    return whole.percentile(99) <= _MOST_A_LINE


def _script(lines: int) -> bool:
    """A script of that many lines; its names differ, so that nothing can be remembered."""
    every: list[str] = []
    for part in (_CASES / "scripts" / "everyday.sh").read_text(encoding="utf-8").split("## ")[1:]:
        every.append(part.partition("\n")[2].rpartition("#=")[0])
    body: list[str] = []
    number = 0
    while number < lines:
        text = every[len(body) % len(every)].replace("web", f"web-{len(body)}")
        body.append(text)
        number += text.count("\n")
    text = "\n".join("".join(body).split("\n")[:lines])
    examiner = Examiner(load(), builtin(), check)
    start, used = time.perf_counter(), time.process_time()
    found = examiner.script(text)
    wall, seconds = time.perf_counter() - start, time.process_time() - used
    print(
        f"{'a script, checked and judged':<34} {lines} lines, {len(found)} commands: "
        f"{seconds:.2f} s CPU, {wall:.2f} s wall"
    )
    return seconds < _MOST_A_SCRIPT


def _hostile() -> None:
    """Text that never closes or nests without end: the time has to grow with its length only."""
    examiner = Examiner(load(), builtin(), check)
    for part in _HOSTILE:
        seconds = []
        for size in _HOSTILE_SIZES:
            start = time.perf_counter()
            examiner.script("kubectl get pods\n" + part * (size // len(part)))
            seconds.append(time.perf_counter() - start)
        growth = seconds[1] / seconds[0]
        shown = "  ".join(f"{one:.2f} s" for one in seconds)
        print(
            f"{part + ' ...':<34} {_HOSTILE_SIZES[0]} and {_HOSTILE_SIZES[1]}: {shown}  x{growth:.1f}"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
