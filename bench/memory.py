"""Peak memory of whole processes (resident, file pages shared with others included)."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from bench.harness import FLOOR, environment, process_memory
from bench.startup import KAI, WORDS, batch

_RUNS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        env = environment(scratch)
        commands = {
            FLOOR: [sys.executable, "-c", "pass"],
            "kai --version": [KAI, "--version"],
            "kai WORDS (built-in)": [KAI, "--source", "builtin", WORDS],
            "kai WORDS (kept answer)": [KAI, WORDS],
            "kai --batch, 1,000 rows": [KAI, "--source", "builtin", "--batch", batch(scratch)],
        }
        floor = 0.0
        for title, argv in commands.items():
            process_memory(argv, env=env)  # compiles, which takes memory as well
            peak = statistics.median(process_memory(argv, env=env) for _ in range(_RUNS)) / 1e6
            floor = floor or peak
            print(f"{title:<34} median {peak:6.1f} MB  x{peak / floor:.1f}  (n={_RUNS})")


if __name__ == "__main__":
    main()
