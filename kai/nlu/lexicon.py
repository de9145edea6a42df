"""The lexicon: which words and phrases mean what. Data in `data/*.txt`, one folder, many files.

Format, line by line::

    # remark
    [category]
    value: phrase, phrase, another phrase

A phrase is lower case, words separated by one blank, no apostrophes. One phrase may stand in
several categories. The categories are listed in `data/README.txt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kai.errors import TableError

_DATA = Path(__file__).parent / "data"

Entry = tuple[str, str]
"""(category, value)"""


Node = dict[str, Any]
"""One step of the phrase trie: the words that go on, and under `_END` the entries that end here.

Plain dicts: a class instance for each of the tens of thousands of steps would cost a third of the
time that loading may take.
"""


_END = " "
"""No word has a blank."""


def entries(node: Node) -> list[Entry]:
    """What the phrase that ends at `node` means."""
    found: list[Entry] = node.get(_END, [])
    return found


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases as a trie, and every single word of them for repairing slips."""

    root: Node
    words: frozenset[str]
    lists: dict[str, frozenset[str]]
    """Plain word lists of categories that begin with `list-` (common names, common namespaces)."""


def parse(texts: dict[str, str]) -> Lexicon:
    """The lexicon of the given files (name to text).

    Raises:
        TableError: a line is not in the format; the message names file and line.
    """
    root: Node = {_END: []}
    words: set[str] = set()
    lists: dict[str, set[str]] = {}
    for name, text in texts.items():
        category = ""
        for number, raw in enumerate(text.split("\n"), 1):
            line = raw.strip()
            if not line or line[0] == "#":
                continue
            if line[0] == "[" and line[-1] == "]":
                category = line[1:-1]
                continue
            value, colon, phrases = line.partition(": ")
            if category.startswith("list-"):
                lists.setdefault(category, set()).update(line.split())
                continue
            if not colon or not category:
                raise TableError(f"{name}:{number}: not 'value: phrase, phrase' in a [category]")
            entry = (category, value)
            for phrase in phrases.split(","):
                node = root
                for word in phrase.split():
                    node = node.get(word) or node.setdefault(word, {_END: []})
                if entry not in node[_END]:
                    node[_END].append(entry)
            if category != "slip" and name != "german.txt":
                words.update(phrases.replace(",", " ").split())
    return Lexicon(root, frozenset(words), {key: frozenset(v) for key, v in lists.items()})


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """The lexicon that ships with kai.

    Raises:
        TableError: a data file is missing or damaged.
    """
    try:
        texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(_DATA.glob("*.txt"))
            if path.name != "README.txt"
        }
    except OSError as error:
        raise TableError(f"kai's lexicon cannot be read ({error}): reinstall kai") from error
    if not texts:
        raise TableError(f"kai's lexicon is missing from {_DATA}: reinstall kai")
    return parse(texts)
