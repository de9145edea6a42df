"""How long a line takes to be explained part by part, read and judged.

    python -m bench.explaining [--rounds 5]

Over the lines of tests/cases/explain*.jsonl; the floor is work that never changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.harness import calls, loop_floor, report
from bench.harness import machine as where
from kai.explain import explain
from kai.explain.whole import explanation
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.model import Context
from kai.safety import judge

CASES = Path(__file__).parent.parent / "tests" / "cases"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.explaining", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args(arguments).rounds
    files = ("explain.jsonl", "explain_parts.jsonl")
    texts = [(CASES / name).read_text(encoding="utf-8") for name in files]
    lines = [json.loads(line)["command"] for text in texts for line in text.splitlines()]
    catalogue, context = builtin(), Context(context="kind", namespace="shop")
    pipelines = [parse(line) for line in lines]
    judged = [(pipeline, judge(pipeline, context, catalogue)) for pipeline in pipelines]
    floor = loop_floor()
    print(where(), f"{len(lines)} lines", sep="; ")
    report(
        "one sentence",
        calls(lambda pipeline: explain(pipeline, catalogue), pipelines, rounds=rounds, best=True),
        floor=floor,
    )
    report(
        "part by part",
        calls(
            lambda item: explanation(item[0], catalogue, risk=item[1], context=context),
            judged,
            rounds=rounds,
            best=True,
        ),
        floor=floor,
    )
    report(
        "read, judged and explained", calls(_whole, lines, rounds=rounds, best=True), floor=floor
    )
    return 0


def _whole(line: str) -> None:
    pipeline = parse(line)
    risk = judge(pipeline, Context(), builtin())
    explanation(pipeline, builtin(), risk=risk)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
