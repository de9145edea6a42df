"""The lexicon: which words and phrases mean what. Data in `data/*.txt`, one folder, many files.

Format, line by line::

    # remark
    [category]
    value: phrase, phrase, another phrase

A phrase is lower case, words separated by one blank, no apostrophes. One phrase may stand in
several categories. The categories are listed in `data/README.txt`.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import cache_from_source
from pathlib import Path

from kai.errors import TableError

_DATA = Path(__file__).parent / "data"

Entry = tuple[str, str]
"""(category, value)"""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every phrase and what it means.

    One flat table instead of a trie: putting it together is most of what loading costs, and a
    request is short enough to try every run of its words.
    """

    phrases: dict[str, list[Entry]]
    longest: dict[str, int]
    """How many words the longest phrase has that begins with this word."""
    pairs: frozenset[str]
    """The first two words of every longer phrase."""
    words: frozenset[str]
    """Every single word of the phrases, for repairing slips."""
    lists: dict[str, frozenset[str]]
    """Plain word lists of categories that begin with `list-` (common names, common namespaces)."""

    def meanings(self, phrase: str) -> list[Entry]:
        """What a phrase means; nothing where the lexicon does not know it."""
        return self.phrases.get(phrase, [])

    def find(
        self, spelled: Sequence[str], also: Sequence[str] | None = None
    ) -> list[tuple[int, int, Entry]]:
        """(start, end, entry) of every phrase in a run of words.

        "" stands for a word no phrase goes across; `also` holds another spelling of each word,
        valid where it is not a phrase's first.
        """
        found: list[tuple[int, int, Entry]] = []
        for start, first in enumerate(spelled):
            longest = self.longest.get(first, 0) if first else 0
            if not longest:
                continue
            found += [(start, start + 1, entry) for entry in self.phrases.get(first, ())]
            heads = [first]
            for end in range(start + 1, min(start + longest, len(spelled))):
                word, other = spelled[end], also[end] if also else ""
                nexts = [word, other] if other != word else [word]
                heads = [f"{head} {after}" for head in heads for after in nexts if after]
                if end == start + 1:
                    heads = [head for head in heads if head in self.pairs]
                if not heads:
                    break
                for head in heads:
                    found += [(start, end + 1, entry) for entry in self.phrases.get(head, ())]
        return found


def parse(texts: dict[str, str]) -> Lexicon:
    """The lexicon of the given files (name to text).

    Raises:
        TableError: a line is not in the format; the message names file and line.
    """
    table: dict[str, list[Entry]] = {}
    longest: dict[str, int] = {}
    pairs: set[str] = set()
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
            for phrase in map(str.strip, phrases.split(",")):
                found = table.get(phrase)
                if found is None:
                    table[phrase] = [entry]
                    blanks = phrase.count(" ")
                    first, _, rest = phrase.partition(" ")
                    if blanks:
                        pairs.add(f"{first} {rest.partition(' ')[0]}")
                    if blanks >= longest.get(first, 0):
                        longest[first] = blanks + 1
                elif entry not in found:
                    found.append(entry)
            if category != "slip" and name != "german.txt":
                words.update(phrases.replace(",", " ").split())
    table.pop("", None)
    kept = {key: frozenset(found) for key, found in lists.items()}
    return Lexicon(table, longest, frozenset(pairs), frozenset(words), kept)


def read(folder: Path) -> Lexicon:
    """The lexicon of the files in `folder`, parsed or as it was when it was parsed last.

    Parsing is a third of what loading the engine costs, so its result is kept as Python keeps
    bytecode: beside the source or under `sys.pycache_prefix`, not at all where the interpreter
    writes no bytecode, and only good for exactly these files (name, size, time of change).

    Raises:
        TableError: a data file is missing or damaged.
    """
    try:
        paths = sorted(path for path in folder.glob("*.txt") if path.name != "README.txt")
        stamp = [_FORMAT, *((p.name, s.st_size, s.st_mtime_ns) for p in paths for s in (p.stat(),))]
        kept = Path(cache_from_source(str(folder / "lexicon.py"))).with_suffix(".marshal")
        found = _kept(kept, stamp)
        if found is None:
            found = parse({path.name: path.read_text(encoding="utf-8") for path in paths})
            _keep(kept, stamp, found)
    except OSError as error:
        raise TableError(f"kai's lexicon cannot be read ({error}): reinstall kai") from error
    if not found.phrases:
        raise TableError(f"kai's lexicon is missing from {folder}: reinstall kai")
    return found


_FORMAT = 2
"""Changes with what `_keep` writes."""


def _kept(path: Path, stamp: list[object]) -> Lexicon | None:
    try:
        made_of, table = marshal.loads(path.read_bytes())  # noqa: S302 - trusted as bytecode is
        return Lexicon(*table) if made_of == stamp else None
    except (OSError, ValueError, EOFError, TypeError):
        return None  # not there, or cut off: parsed again


def _keep(path: Path, stamp: list[object], lexicon: Lexicon) -> None:
    if sys.dont_write_bytecode:
        return
    table = (lexicon.phrases, lexicon.longest, lexicon.pairs, lexicon.words, lexicon.lists)
    scratch = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(marshal.dumps((stamp, table)))
        scratch.replace(path)
    except OSError:
        with suppress(OSError):
            scratch.unlink()


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """The lexicon that ships with kai; TableError as `read`."""
    return read(_DATA)
