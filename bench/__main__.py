"""Run the benchmarks.

usage: python -m bench [NAME...]         all but those on request, where none is named
       python -m bench NAME OPTION...    one, with options of its own (--help tells them)
       python -m bench --list            what there is
"""

from __future__ import annotations

import ast
import runpy
import sys
import time
from pathlib import Path

from bench.harness import machine

ON_REQUEST = {
    "canonical_agreement": "needs another scorer",
    "peers": "installs other programs from the package index",
}
"""What `make bench` does not run unless it is named, and why."""

_PROGRAM = 'if __name__ == "__main__":'


def programs() -> dict[str, str]:
    """Every benchmark, by module name, with the first line of what it says of itself."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not path.stem.startswith("_") and _PROGRAM in text:
            found[path.stem] = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    return found


def names() -> list[str]:
    """Every benchmark there is, by module name."""
    return list(programs())


def main(words: list[str]) -> int:
    """Run what `words` name in order; one that fails does not stop the others, and makes it 1."""
    if words in (["--list"], ["--help"], ["-h"]):
        _list(usage=words != ["--list"])
        return 0
    cut = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    wanted, options = words[:cut], words[cut:]
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"bench: no {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    if options and len(wanted) != 1:
        print("bench: options go to one benchmark; name it before them", file=sys.stderr)
        return 2
    start = time.perf_counter()
    chosen = wanted or [name for name in names() if name not in ON_REQUEST]
    failed = [name for name in chosen if not _succeeds(name, options)]
    print(f"\n{len(chosen)} benchmarks in {time.perf_counter() - start:.0f} s; {machine()}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _list(*, usage: bool) -> None:
    if usage:
        print((__doc__ or "").partition("\n\n")[2])
    for name, summary in programs().items():
        reason = f" (on request: {ON_REQUEST[name]})" if name in ON_REQUEST else ""
        print(f"{name:<20} {summary}{reason}")


def _succeeds(name: str, options: list[str]) -> bool:
    print(f"\n== {name}   {machine()}", flush=True)
    kept = sys.argv
    sys.argv = [f"bench.{name}", *(options[1:] if options[:1] == ["--"] else options)]
    try:
        runpy.run_path(str(Path(__file__).with_name(f"{name}.py")), run_name="__main__")
    except SystemExit as end:
        return end.code in (None, 0)
    except Exception as error:  # noqa: BLE001 # the other benchmarks still run
        print(f"bench: {name}: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    finally:
        sys.argv = kept
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
