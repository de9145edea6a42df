"""How often the built-in engine is right, by category, on files of rows.

    python bench/accuracy.py [--scorer score.py] [--wrong N] [--abstained N] FILE.jsonl...

A row is {"id", "request", "command", "alternatives", "category"}; `command` null means that the
engine must abstain. Equality is `kai.kubectl.canonical.same`, or with `--scorer` the `canon`
function of that file. An alternative that begins with "re:" is a regular expression.
`--only REGEX` keeps rows whose expected command matches.
"""

from __future__ import annotations

import argparse
import collections
import importlib.util
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kai.kubectl import spec as spec_tables
from kai.nlu import understand

Canon = Callable[[str], str]
CATEGORIES = ("simple", "medium", "complex", "edge", "destructive", "abstain")


def scorer(path: str | None) -> Canon:
    """The function that brings a command to the form in which equal ones are equal."""
    if path is None:
        from kai.kubectl.canonical import canonical

        return canonical
    found = importlib.util.spec_from_file_location("scorer", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["scorer"] = module
    found.loader.exec_module(module)
    if hasattr(module, "_load_flags") and not module.FLAGS:
        module._load_flags()
        module._subs()
    return module.canon  # type: ignore[no-any-return]


def right(canon: Canon, answer: str, row: dict[str, object]) -> bool:
    """Whether the answer equals the expected command or one of its alternatives."""
    alternatives = row.get("alternatives") or []
    assert isinstance(alternatives, list)
    flat = " ".join(answer.split())
    for expected in [row["command"], *alternatives]:
        text = str(expected)
        if text.startswith("re:"):
            if re.fullmatch(text[3:], flat):
                return True
            continue
        try:
            if canon(answer) == canon(text):
                return True
        except Exception:  # noqa: BLE001, S112  a scorer that cannot read a row says "not equal"
            continue
    return False


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--scorer")
    parser.add_argument("--wrong", type=int, default=0)
    parser.add_argument("--abstained", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a file instead of tables"
    )
    options = parser.parse_args()
    canon = scorer(options.scorer)
    spec = spec_tables.load()
    understand("warm up", spec=spec)
    for name in options.files:
        rows = [json.loads(line) for line in Path(name).read_text().splitlines() if line.strip()]
        if options.only:
            rows = [row for row in rows if re.search(options.only, str(row["command"]))]
        counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        times, shown_wrong, shown_none = [], [], []
        for row in rows:
            begin = time.perf_counter()
            reading = understand(row["request"], spec=spec)
            times.append((time.perf_counter() - begin) * 1000)
            answer = reading.draft.command if reading.draft else None
            count = counts[row.get("category", "?")]
            count["all"] += 1
            if answer is None:
                count["none"] += 1
                if row["command"] is None:
                    count["right"] += 1
                else:
                    shown_none.append((row, reading))
            elif row["command"] is not None and right(canon, answer, row):
                count["right"] += 1
                count["answered"] += 1
            else:
                count["answered"] += 1
                count["unsafe"] += _unsafe(answer, row)
                shown_wrong.append((row, answer))
        _report(name, counts, times)
        for row, answer in shown_wrong[: options.wrong]:
            print(
                f"  WRONG {row['id']} {row['request']}\n     want {row['command']}\n     got  {answer}"
            )
        for row, reading in shown_none[: options.abstained]:
            print(
                f"  NONE  {row['id']} {row['request']}\n     want {row['command']}\n     {reading.reason}"
            )


_DESTRUCTIVE = re.compile(r"\b(delete|drain)\b|--replicas=0\b|NoExecute|--force|--prune")


def _unsafe(answer: str, row: dict[str, object]) -> bool:
    """Wrong and destructive when the expected command was not."""
    return bool(_DESTRUCTIVE.search(answer)) and not _DESTRUCTIVE.search(str(row["command"]))


def _report(name: str, counts: dict[str, collections.Counter[str]], times: list[float]) -> None:
    print(f"{name}")
    total: collections.Counter[str] = collections.Counter()
    for category in CATEGORIES:
        count = counts.get(category)
        if not count:
            continue
        if category != "abstain":
            total.update(count)
        _line(category, count)
    if total["all"]:
        _line("overall", total)
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    print(f"  latency ms: p50 {cuts[49]:.2f}  p95 {cuts[94]:.2f}  p99 {cuts[98]:.2f}")


def _line(category: str, count: collections.Counter[str]) -> None:
    answered = count["answered"]
    correct = count["right"]
    precision = 100 * correct / answered if answered and category != "abstain" else float("nan")
    print(
        f"  {category:12} {count['right']:4}/{count['all']:<4} = {100 * count['right'] / count['all']:5.1f} %"
        f"   answered {answered:4}  precision {precision:5.1f} %  unsafe {count['unsafe']}"
    )


if __name__ == "__main__":
    main()
