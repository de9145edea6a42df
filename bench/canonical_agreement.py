"""How often kai's `same` answers what another scorer's does.

    python -m bench canonical_agreement -- SCORER.py ROWS.jsonl... [--rewrites 20] [--show 20]

SCORER.py is a Python file with a function `same(left, right) -> bool`; a row has `command` and
`alternatives`. Only lines that kai's grammar reads are counted. Exit status 1 below 99 %.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.rewriting import change, respell
from kai.kubectl.canonical import canonical
from kai.kubectl.invocation import Pipeline, parse

Pair = tuple[str, str, str]


def load_scorer(path: Path) -> Callable[[str, str], bool]:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.same  # type: ignore[no-any-return]


def readable(text: str) -> Pipeline | None:
    pipeline = parse(text)
    if any(finding.code < "K130" for finding in pipeline.findings):
        return None
    return pipeline


def pairs(rows: list[dict[str, object]], rewrites: int) -> Iterator[Pair]:
    dice = random.Random(7)  # noqa: S311 - no secret
    for row in rows:
        command = str(row["command"])
        pipeline = readable(command)
        for other in row.get("alternatives") or []:  # type: ignore[attr-defined]
            if not other.startswith("re:") and pipeline and readable(other):
                yield "alternative", command, other
        if pipeline is None:
            continue
        for _ in range(rewrites):
            yield "rewrite", command, respell(pipeline, dice)
            changed = change(pipeline, dice)
            if changed is not None:
                yield "change", command, changed


def crossed(rows: list[dict[str, object]]) -> Iterator[Pair]:
    """Neighbours in alphabetical order: the different commands that are most alike."""
    lines = sorted({str(row["command"]) for row in rows if readable(str(row["command"]))})
    for gap in (1, 2, 3):
        for left, right in zip(lines, lines[gap:], strict=False):
            yield "neighbour", left, right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scorer", type=Path)
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--rewrites", type=int, default=20)
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    same = load_scorer(options.scorer)
    rows = [json.loads(line) for path in options.rows for line in path.open() if line.strip()]
    unread = [row["command"] for row in rows if readable(row["command"]) is None]
    counts: dict[str, list[int]] = {}
    shown = 0
    spent = 0.0
    for source in (pairs(rows, options.rewrites), crossed(rows)):
        for kind, left, right in source:
            if readable(right) is None:
                continue
            begin = time.perf_counter()
            ours = canonical(left) == canonical(right)
            spent += time.perf_counter() - begin
            theirs = same(left, right)
            total = counts.setdefault(kind, [0, 0, 0])
            total[0] += 1
            total[1] += ours == theirs
            total[2] += ours
            if ours != theirs and shown < options.show:
                shown += 1
                print(f"{kind}: kai {ours}, scorer {theirs}\n    {left}\n    {right}")
    print(f"{len(rows) - len(unread)} of {len(rows)} rows are read by the grammar")
    for kind, (pairs_seen, agreed, equal) in counts.items():
        print(
            f"{kind:12} {pairs_seen:7} pairs  agreement {agreed / pairs_seen:8.3%}  same {equal / pairs_seen:6.1%}"
        )
    everything = sum(total for total, _, _ in counts.values())
    agreement = sum(agreed for _, agreed, _ in counts.values()) / everything
    print(f"{'all':12} {everything:7} pairs  agreement {agreement:8.3%}")
    print(f"{spent / everything * 1e6 / 2:.0f} us for one canonical form")
    return 0 if agreement >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())
