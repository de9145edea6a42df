"""Keep kai/data/rules.txt, which is shipped, equal to the tables of docs/rules.md, which are read.

A row is `CODE<TAB>meaning<TAB>example<TAB>what to do, or the tier`, in plain text. Run this file to write it (`make readme`); a
test compares (tests/test_rules.py).
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "rules.md"
TARGET = ROOT / "kai" / "data" / "rules.txt"

_ROW = re.compile(r"^\| (K\d{3}) \|(.*)\|$", re.MULTILINE)
_TAG = re.compile(r"</?code>")


def table(text: str) -> str:
    """The rows of every table of rules in `text`."""
    lines = ["# Made from docs/rules.md by tools/rules_data.py; do not edit by hand."]
    for code, rest in _ROW.findall(text):
        lines.append("\t".join([code, *(_plain(cell) for cell in rest.split("|"))]))
    return "\n".join(lines) + "\n"


def _plain(cell: str) -> str:
    return html.unescape(_TAG.sub("", cell.strip()).replace("`", ""))


def main() -> int:
    """Write the file."""
    made = table(SOURCE.read_text(encoding="utf-8"))
    there = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    if made != there:
        TARGET.write_text(made, encoding="utf-8")
    print(
        f"{TARGET.name}: {made.count(chr(10)) - 1} rules, {'rewritten' if made != there else 'equal'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
