"""Run the benchmarks: `python -m bench [NAME...]`, all of them where none is named."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

_NOT_PROGRAMS = {"__init__", "__main__", "harness"}


def names() -> list[str]:
    """Every benchmark there is, by module name."""
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if path.stem not in _NOT_PROGRAMS and not path.stem.startswith("_")
    )


def main(wanted: list[str]) -> int:
    """Run `wanted` in order; one that fails does not stop the others, and makes the status 1."""
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"bench: no {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted or names():
        print(f"\n== {name}", flush=True)
        sys.argv = [name]
        try:
            runpy.run_module(f"bench.{name}", run_name="__main__")
        except SystemExit as end:
            if end.code not in (None, 0):
                failed.append(name)
        except Exception as error:  # noqa: BLE001 # the other benchmarks still run
            print(f"bench: {name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
