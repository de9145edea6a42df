"""How often the built-in engine is right, by category, on files of rows.

    python -m bench accuracy [--scorer score.py] [--wrong N] [--abstained N] [-- FILE.jsonl...]

Without files: those of tests/cases/nlu, and besides the sum of those that were kept apart (kept_*).
A row is {"id", "request", "command", "alternatives", "category"}; `command` null means that the
engine must abstain. "unsafe" are wrong answers that destroy where the expected command does not, or
change with a force or a reach (--force, --all, --now ...) that it does not have. Commands are equal where `kai.kubectl.canonical.same` says so, or the function
`same` of the `--scorer`; what neither can read is compared as text with single blanks. An
alternative that begins with "re:" is a regular expression for the whole of such a text. "writable"
are the rows whose command kai's grammar can write at all.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._rows import ROOT, Row, files, read
from kai.kubectl import canonical
from kai.kubectl import spec as spec_tables
from kai.kubectl.invocation import parse
from kai.nlu import Reading, understand

CATEGORIES = ("simple", "medium", "complex", "edge", "destructive")
_CHANGES = re.compile(
    r"kubectl (?:delete|drain|taint|scale|label|annotate|patch|replace|apply|set)\b"
)
_DESTRUCTIVE = re.compile(r"\b(delete|drain)\b|--replicas=0\b|NoExecute|--force|--prune")


@dataclasses.dataclass(frozen=True)
class Scorer:
    """When two commands are equal, and which of them destroy."""

    same: Callable[[str, str], bool]
    destroys: Callable[[str], bool]

    def right(self, answer: str, row: Row) -> bool:
        """Whether the answer equals the expected command or one of its alternatives."""
        flat = " ".join(answer.split())
        for expected in (row["command"], *(row.get("alternatives") or ())):
            if expected.startswith("re:"):
                if re.fullmatch(expected[3:], flat):
                    return True
            elif flat == " ".join(expected.split()) or self._same(answer, expected):
                return True
        return False

    def _same(self, answer: str, expected: str) -> bool:
        try:
            return self.same(answer, expected)
        except Exception:  # noqa: BLE001 - a scorer that cannot read a line finds nothing equal
            return False


def scorer(path: str | None) -> Scorer:
    """kai's own, or that of a Python file with `same` and perhaps `is_destructive`."""
    if path is None:
        return Scorer(canonical.same, lambda text: bool(_DESTRUCTIVE.search(text)))
    found = importlib.util.spec_from_file_location("scorer", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["scorer"] = module
    found.loader.exec_module(module)
    ours = scorer(None)
    return Scorer(module.same, getattr(module, "is_destructive", ours.destroys))


@dataclasses.dataclass(slots=True)
class Count:
    """What became of the rows of one category. `right` includes rightly having no answer."""

    rows: int = 0
    right: int = 0
    answered: int = 0
    unsafe: int = 0

    def add(self, other: Count) -> None:
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def line(self, name: str) -> str:
        share = 100 * self.right / self.rows
        text = f"  {name:12} {self.right:5} of {self.rows:5} = {share:5.1f} %   answered {self.answered:5}"
        if name != "abstain" and self.answered:
            text += f"   precision {100 * self.right / self.answered:5.1f} %"
        return f"{text}   unsafe {self.unsafe}" if self.answered else text


@dataclasses.dataclass(slots=True)
class Table:
    """The counts of some rows by category; rows that want no answer stand apart from the sum."""

    counts: dict[str, Count] = dataclasses.field(default_factory=dict)

    def of(self, category: str) -> Count:
        return self.counts.setdefault(category, Count())

    @property
    def overall(self) -> Count:
        total = Count()
        for category, count in self.counts.items():
            if category != "abstain":
                total.add(count)
        return total

    def add(self, other: Table) -> None:
        for category, count in other.counts.items():
            self.of(category).add(count)

    def lines(self) -> Iterable[str]:
        others = sorted(set(self.counts) - set(CATEGORIES) - {"abstain"})
        for category in (*CATEGORIES, *others):
            if category in self.counts:
                yield self.counts[category].line(category)
        if self.overall.rows:
            yield self.overall.line("overall")
        if "abstain" in self.counts:
            yield self.counts["abstain"].line("abstain")

    def as_object(self) -> dict[str, object]:
        counts = {name: dataclasses.asdict(count) for name, count in self.counts.items()}
        return {"categories": counts, "overall": dataclasses.asdict(self.overall)}


@dataclasses.dataclass(slots=True)
class Result:
    """One file of rows: its table, how long each row took (ms), and what was not right."""

    table: Table = dataclasses.field(default_factory=Table)
    times: list[float] = dataclasses.field(default_factory=list)
    wrong: list[tuple[Row, str]] = dataclasses.field(default_factory=list)
    abstained: list[tuple[Row, Reading]] = dataclasses.field(default_factory=list)
    expressible: Count = dataclasses.field(default_factory=Count)

    def latency(self) -> dict[str, float]:
        cuts = statistics.quantiles(self.times, n=100) if len(self.times) > 1 else [0.0] * 99
        return {f"p{part}": round(cuts[part - 1], 3) for part in (50, 95, 99)}


def expressible(row: Row) -> bool:
    """Whether the grammar can write the expected command or an alternative at all."""
    lines = [row["command"], *(row.get("alternatives") or ())]
    parsed = [parse(line) for line in lines if not line.startswith("re:")]
    return any(not any(f.code < "K130" for f in pipeline.findings) for pipeline in parsed)


_STRONG = re.compile(r"--(?:force|now|all|prune|all-namespaces)\b|--grace-period=0|NoExecute")


def _stronger(answer: str, wanted: str | None) -> bool:
    """Whether a change has a force or a reach that the expected command has not."""
    if not _CHANGES.match(answer):
        return False
    return bool(set(_STRONG.findall(answer)) - set(_STRONG.findall(wanted or "")))


def evaluate(rows: Iterable[Row], judge: Scorer) -> Result:
    """Ask for every row twice, and compare; the second time is measured."""
    spec = spec_tables.load()
    result = Result()
    rows = list(rows)
    for row in rows:
        understand(row["request"], spec=spec)  # what it compiles counts as loading
    for row in rows:
        begin = time.perf_counter()
        reading = understand(row["request"], spec=spec)
        result.times.append((time.perf_counter() - begin) * 1000)
        answer, wanted = reading.draft.command if reading.draft else None, row.get("command")
        one = Count(rows=1, answered=int(answer is not None))
        if answer is None:
            one.right = int(wanted is None)
            if wanted is not None:
                result.abstained.append((row, reading))
        elif wanted is not None and judge.right(answer, row):
            one.right = 1
        else:
            destroys = judge.destroys(answer) and not (wanted and judge.destroys(wanted))
            one.unsafe = int(destroys or _stronger(answer, wanted))
            result.wrong.append((row, answer))
        result.table.of("abstain" if wanted is None else row.get("category", "other")).add(one)
        if wanted is not None and expressible(row):
            result.expressible.add(one)
    return result


def _show(title: str, result: Result, options: argparse.Namespace) -> None:
    if options.json:
        more = {"writable": dataclasses.asdict(result.expressible), "latency_ms": result.latency()}
        print(json.dumps({"file": title, **result.table.as_object(), **more}))
        return
    print(title)
    print("\n".join(result.table.lines()))
    if 0 < result.expressible.rows < result.table.overall.rows:
        print(result.expressible.line("writable"))
    print("  latency ms: " + "  ".join(f"{k} {v:.2f}" for k, v in result.latency().items()))
    for row, answer in result.wrong[: options.wrong]:
        print(f"  WRONG {row.get('id')} {row['request']}\n     want {row.get('command')}")
        print(f"     got  {answer}")
    for row, reading in result.abstained[: options.abstained]:
        print(f"  NONE  {row.get('id')} {row['request']}\n     want {row.get('command')}")
        print(f"     {reading.reason}")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="default: those of tests/cases/nlu")
    parser.add_argument("--scorer", help="a Python file with same(left, right)")
    parser.add_argument("--wrong", type=int, default=0, help="show so many wrong answers a file")
    parser.add_argument("--abstained", type=int, default=0, help="show so many that have none")
    parser.add_argument("--only", default="", help="rows whose command this expression finds")
    parser.add_argument("--json", action="store_true", help="an object a file instead of tables")
    options = parser.parse_args()
    judge = scorer(options.scorer)
    understand("warm up", spec=spec_tables.load())
    sums: dict[str, Result] = {}
    for path in options.files or files():
        rows = read([path])
        if options.only:
            rows = [row for row in rows if re.search(options.only, str(row.get("command")))]
        result = evaluate(rows, judge)
        _show(_name(path), result, options)
        if not options.files:
            kept = path.stem.startswith("kept")
            total = sums.setdefault("kept apart" if kept else "not kept apart", Result())
            total.table.add(result.table)
            total.expressible.add(result.expressible)
            total.times.extend(result.times)
    for title, total in sums.items():
        _show(f"sum: {title}", total, argparse.Namespace(json=options.json, wrong=0, abstained=0))


if __name__ == "__main__":
    main()
