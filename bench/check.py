"""`kai check` on many lines: whole processes next to a bare Python.

    python -m bench check [--runs N] [--lines N]

The lines are those of the judge's corpus (tests/cases/safety), again and again: as a batch, as one
script, and as a script reported in SARIF. Goal on a quiet machine of two cores: 10,000 lines in 5 s.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

from bench.harness import environment, processes, report_processes

KAI = str(Path(sys.executable).with_name("kai"))
CORPUS = Path(__file__).resolve().parent.parent / "tests" / "cases" / "safety"


def lines() -> list[str]:
    """Every command of the corpus that can stand on a line of a script."""
    rows = [
        json.loads(line)
        for path in sorted(CORPUS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [row["command"] for row in rows if row.get("command", "\0").isprintable()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lines", type=int, default=10_000)
    asked = parser.parse_args()
    commands = list(islice(cycle(lines()), asked.lines))
    with tempfile.TemporaryDirectory() as name:
        rows, script = Path(name) / "rows.jsonl", Path(name) / "all.sh"
        rows.write_text("".join(json.dumps({"command": line}) + "\n" for line in commands))
        # An open quote would make one word of everything that follows it.
        closed = (line for line in commands if not line.count("'") % 2 and not line.count('"') % 2)
        script.write_text("".join(f"{line}\n" for line in closed))
        several = {
            f"--batch, {len(commands):,} rows": [KAI, "check", "--batch", str(rows)],
            "--file, the same as a script": [KAI, "check", "--file", str(script)],
            "--format=sarif --file": [KAI, "check", "--format=sarif", "--file", str(script)],
        }
        env = environment(Path(name) / "home")
        report_processes(processes(several, runs=asked.runs, status=1, env=env))


if __name__ == "__main__":
    main()
