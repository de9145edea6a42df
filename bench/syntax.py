"""Reading, checking and comparing commands: microseconds a line, and loading the tables.

The lines are the expected commands of the test rows. Goal: the tables of one kubectl load in 5 ms.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from bench._rows import commands
from bench.harness import LOOP, calls, environment, loop_floor, report, stages
from kai.kubectl import spec as spec_tables
from kai.kubectl.canonical import canonical
from kai.kubectl.grammar import read
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.validators import check

_LOAD = """
import sys, time
import __future__, re, json, dataclasses, enum, functools, pathlib, typing
from kai.kubectl import resources, spec
marks = [(time.perf_counter(), time.process_time())]
spec.load(sys.argv[1])
marks.append((time.perf_counter(), time.process_time()))
resources.builtin()
marks.append((time.perf_counter(), time.process_time()))
for a, b in zip(marks, marks[1:]):
    print(b[0] - a[0], b[1] - a[1])
"""


def main() -> None:
    lines, floor = commands(), loop_floor()
    spec, catalogue = spec_tables.load(), builtin()
    report(f"floor: {LOOP}", floor, unit="us")
    tell = functools.partial(report, unit="us", floor=floor)
    tell("grammar: words and stages", calls(read, lines))
    tell("parse: commands and flags", calls(lambda line: parse(line, spec), lines))
    parsed = [parse(line, spec) for line in lines]
    tell("check, parsed already", calls(lambda line: check(line, spec, catalogue), parsed))
    tell("check, from text", calls(lambda line: check(line, spec, catalogue), lines))
    tell("canonical form, from text", calls(lambda line: canonical(line, spec), lines))

    print("\nnew process, modules loaded")
    versions = spec_tables.versions()
    with tempfile.TemporaryDirectory() as scratch:
        for version in (versions[0], versions[-1]):
            names = [f"commands and flags of {version}", "built-in kinds"]
            stages(names, _LOAD, version, runs=11, env=environment(Path(scratch)))


if __name__ == "__main__":
    main()
