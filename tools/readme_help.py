"""Keep what README shows of `kai` equal to what `kai` says.

A block of README is checked where a marker stands right above its fence::

    <!-- says: kai --help -->
    ```text
    ...
    ```

`says` is followed by the command line of `kai`; the block holds its standard output (and, for a
request, the line that was typed: `$ kai "..."`). Run this file to rewrite the blocks; the tests
compare them (`make readme`, tests/test_house.py).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(
    r"(?P<head><!-- says: (?P<command>kai[^\n]*?) -->\n```(?:text|console)?\n)"
    r"(?P<body>.*?)(?P<tail>^```$)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One checked block: the command line above it and the text it holds."""

    command: str
    body: str


def blocks(text: str) -> list[Block]:
    """Every checked block of `text`, in order."""
    return [Block(match["command"], match["body"]) for match in _BLOCK.finditer(text)]


def said(command: str) -> str:
    """What `command` prints, run with no config, no cluster, no colour and 80 columns.

    Raises RuntimeError where it fails.
    """
    arguments = shlex.split(command)[1:]
    program = "import sys; sys.argv[0] = 'kai'; from kai_shell.cli import main; sys.exit(main())"
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
            cwd=home,
            env={
                "HOME": home,
                "PATH": os.defpath,
                "COLUMNS": "80",
                "NO_COLOR": "1",
                "TERM": "dumb",
                "LC_ALL": "C.UTF-8",
            },
        )
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    typed = "" if arguments and arguments[-1].startswith("-") else f"$ {command}\n"
    return typed + done.stdout


def rewritten(text: str) -> str:
    """`text` with every checked block as it should be."""
    return _BLOCK.sub(lambda match: match["head"] + said(match["command"]) + match["tail"], text)


def main() -> int:
    """Rewrite README.md in place."""
    before = README.read_text(encoding="utf-8")
    after = rewritten(before)
    if after != before:
        README.write_text(after, encoding="utf-8")
    print(
        f"{README.name}: {len(blocks(after))} blocks, {'rewritten' if after != before else 'equal'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
