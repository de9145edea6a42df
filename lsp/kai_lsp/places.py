"""What a document and the folders around it know that may stand in a command: files, containers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

_PLAIN = re.compile(r"[\w.@%+,:-]+")
"""Names that need no quotes."""
_MANIFEST = (".yaml", ".yml", ".json")
_MOST_ENTRIES = 2_000
"""Entries of one folder that are looked at."""
_MOST_TEXT = 200_000
"""Characters in which containers are looked for, at each letter typed."""
_MOST_OF_LINE = 100
_USED = re.compile(
    r"(?:[ \t]-c[ \t=]?|--container[ \t=])[ \t]*[\"']?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\b"
)
_LISTED = re.compile(
    r"^( *)(?:- )?(?:containers|initContainers|ephemeralContainers):[ \t]*(?:#.*)?\n"
    r"((?:(?:\1[ -].*|[ \t]*(?:#.*)?)\n)+)",
    re.MULTILINE,
)
_NAMED = re.compile(
    r"^( *)- (?:.*\n(?:\1  .*\n)*?\1  )?name:[ \t]*[\"']?([a-z0-9-]+)", re.MULTILINE
)


def paths(folders: Sequence[Path], typed: str, *, only_folders: bool = False) -> Iterator[str]:
    """Files with objects, and folders, whose path begins so; each folder with a slash at its end.

    `folders` are where the command may be run. Only relative paths are looked for, and only below
    those and beside them: nothing that is looked at because somebody types is mounted for it.
    """
    before, slash, name = typed.rpartition("/")
    if typed.startswith(("/", "~")) or "$" in typed or "\\" in typed:
        return
    seen: set[str] = set()
    for folder in folders:
        for shown, is_folder in sorted(_entries(folder / PurePosixPath(before))):
            fits = is_folder or (not only_folders and shown.endswith(_MANIFEST))
            hidden = shown.startswith(".") and not name.startswith(".")
            if fits and not hidden and shown.startswith(name) and shown not in seen:
                seen.add(shown)
                yield f"{before}{slash}{shown}{'/' if is_folder else ''}"


def _entries(folder: Path) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            return [
                (entry.name, entry.is_dir())
                for entry in islice(entries, _MOST_ENTRIES)
                if _PLAIN.fullmatch(entry.name)
            ]
    except OSError:
        return []


def containers(text: str) -> list[str]:
    """The containers that a text names: those of its manifests, and those its commands are for."""
    text = text[:_MOST_TEXT]
    found: set[str] = set()
    for line in text.split("\n"):
        if "kubectl" in line:
            found.update(match[1] for match in islice(_USED.finditer(line), _MOST_OF_LINE))
    for block in _LISTED.finditer(text):
        named = [(len(match[1]), match[2]) for match in _NAMED.finditer(block[2])]
        outermost = min((column for column, _ in named), default=0)
        found.update(name for column, name in named if column == outermost)
    return sorted(found)
