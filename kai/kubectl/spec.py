"""The commands and flags of each kubectl version.

The tables are read from real programs by `kai.kubectl.extract` and shipped as one base version
and what each other version changes::

    python -m kai.kubectl.spec extract KUBECTL --output 1.32.json
    python -m kai.kubectl.spec build 1.27.json ... 1.37.json
    python -m kai.kubectl.spec check KUBECTL...

`load` reads the file once (about 1 ms) and builds each command when it is first asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from kai.errors import TableError

#: The table used when the user's kubectl is not known: the newest one that keeps every flag the
#: older, still common versions have.
DEFAULT_VERSION = "1.32"

DATA = Path(__file__).parent / "data" / "spec.json"
FORMAT = 1

#: Types that may be given more than once, and those that split one value at commas
#: (source: spf13/pflag, string_slice.go, string_array.go, string_to_string.go).
_REPEATABLE = frozenset({"stringSlice", "stringArray", "stringToString"})
_COMMA_SPLITS = frozenset({"stringSlice", "stringToString"})

#: What a flag's row leaves out at its end.
FLAG_DEFAULTS: list[Any] = ["", "", "string", "", "", [], None, 0, "", 0]

_VERSION = re.compile(r"\s*v?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class FlagSpec:
    """One flag.

    `name` has no dashes; `short` is "" where there is no shorthand; `type` is bool, string, int,
    duration, stringSlice, stringArray, stringToString or custom (a parser of its own); `bare` is
    the value meant where the flag stands without one, None where a value is required. `hidden`
    flags are accepted and in no help text. `choices` are the values that the help text enumerates
    (some flags accept more, such as `-o custom-columns=SPEC`); `deprecated` is kubectl's warning;
    kubectl refuses a command that lacks a `required` flag, whatever else it holds.
    """

    name: str
    short: str
    type: str
    bare: str | None
    repeatable: bool
    comma_splits: bool
    default: str
    hidden: bool
    help: str = ""
    choices: tuple[str, ...] = ()
    deprecated: str = ""
    required: bool = False

    @property
    def takes_value(self) -> bool:
        """Whether the next word is consumed as the value (pflag: only where `bare` is None)."""
        return self.bare is None


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command. `path` leaves out `kubectl` itself; `flags` are the command's own, by name.

    `runnable` is False for pure groups (config, set, rollout ...), which only print their help.
    """

    path: tuple[str, ...]
    aliases: tuple[str, ...]
    usage: str
    short_help: str
    flags: Mapping[str, FlagSpec]
    subcommands: tuple[str, ...]
    runnable: bool
    hidden: bool = False
    global_flags: Mapping[str, FlagSpec] = field(default_factory=dict, repr=False, compare=False)

    def flag(self, name: str) -> FlagSpec | None:
        """Find a long flag, the command's own before the global ones; `dry_run` is `dry-run`."""
        name = name.replace("_", "-")
        return self.flags.get(name) or self.global_flags.get(name)

    def shorthand(self, letter: str) -> FlagSpec | None:
        """Find a flag by its one-letter shorthand, the command's own before the global ones.

        A global flag that the command replaces by one of its own is gone, its shorthand with it:
        `config set-context` has no -n.
        """
        for flag in self.flags.values():
            if flag.short == letter:
                return flag
        for flag in self.global_flags.values():
            if flag.short == letter and flag.name not in self.flags:
                return flag
        return None


class Spec:
    """The command tree of one kubectl version; commands are built when first asked for."""

    __slots__ = ("_children", "commands", "global_flags", "version")

    def __init__(self, version: str, document: Mapping[str, Any]) -> None:
        changes: dict[str, Any] = document["changes"].get(version, {})
        rows: dict[str, list[Any] | None] = {**document["commands"], **changes.get("commands", {})}
        flags: list[list[Any]] = document["flags"]
        indexes: list[int] = changes.get("global_flags", document["global_flags"])
        self.version = version
        self.global_flags: Mapping[str, FlagSpec] = {
            flag.name: flag for flag in (_flag(flags[index]) for index in indexes)
        }
        present = {tuple(path.split()): row for path, row in rows.items() if row is not None}
        self._children = _children(present)
        self.commands: Mapping[tuple[str, ...], CommandSpec] = _Commands(
            present, flags, self.global_flags
        )

    @property
    def root(self) -> CommandSpec:
        """`kubectl` itself."""
        return self.commands[()]

    def child(self, path: tuple[str, ...], word: str) -> CommandSpec | None:
        """Find the sub-command of `path` that `word` names, by name or alias; case counts."""
        found = self._children.get(path, {}).get(word)
        return None if found is None else self.commands[found]

    def with_flags(self, more: Iterable[tuple[tuple[str, ...], FlagSpec]]) -> Spec:
        """The same tree with further flags, each with its command's path. A flag that the command
        has already stays as it is; a command that is not there is passed over."""
        by_path: dict[tuple[str, ...], dict[str, FlagSpec]] = {}
        for path, flag in more:
            by_path.setdefault(path, {})[flag.name] = flag
        copy = object.__new__(Spec)
        copy.version = self.version
        copy.global_flags = self.global_flags
        copy._children = self._children
        changed: dict[tuple[str, ...], CommandSpec] = {}
        for path, new in by_path.items():
            if path in self.commands:
                command = self.commands[path]
                changed[path] = replace(command, flags={**new, **command.flags})
        copy.commands = _Extended(self.commands, changed)
        return copy

    def __repr__(self) -> str:
        return f"Spec({self.version!r}, {len(self.commands)} commands)"


class _Commands(Mapping[tuple[str, ...], CommandSpec]):
    """Command path to CommandSpec, built on first use."""

    __slots__ = ("_built", "_flags", "_global_flags", "_rows")

    def __init__(
        self,
        rows: dict[tuple[str, ...], list[Any]],
        flags: list[list[Any]],
        global_flags: Mapping[str, FlagSpec],
    ) -> None:
        self._rows = rows
        self._flags = flags
        self._global_flags = global_flags
        self._built: dict[tuple[str, ...], CommandSpec] = {}

    def __getitem__(self, path: tuple[str, ...]) -> CommandSpec:
        built = self._built.get(path)
        if built is None:
            built = self._built[path] = self._build(path, self._rows[path])
        return built

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, path: object) -> bool:
        return path in self._rows

    def _build(self, path: tuple[str, ...], row: list[Any]) -> CommandSpec:
        short_help, usage, aliases, indexes, runnable, hidden = row
        flags = (_flag(self._flags[index]) for index in indexes)
        depth = len(path)
        return CommandSpec(
            path=path,
            aliases=tuple(aliases),
            usage=usage,
            short_help=short_help,
            flags={flag.name: flag for flag in flags},
            # Sorted: a version's changes come after the base's rows.
            subcommands=tuple(
                sorted(
                    other[-1]
                    for other in self._rows
                    if len(other) == depth + 1 and other[:depth] == path
                )
            ),
            runnable=bool(runnable),
            hidden=bool(hidden),
            global_flags=self._global_flags,
        )


class _Extended(Mapping[tuple[str, ...], CommandSpec]):
    """The commands of a table, some of them changed."""

    __slots__ = ("_changed", "_commands")

    def __init__(
        self,
        commands: Mapping[tuple[str, ...], CommandSpec],
        changed: dict[tuple[str, ...], CommandSpec],
    ) -> None:
        self._commands = commands
        self._changed = changed

    def __getitem__(self, path: tuple[str, ...]) -> CommandSpec:
        return self._changed.get(path) or self._commands[path]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)

    def __contains__(self, path: object) -> bool:
        return path in self._commands


def _children(
    rows: Mapping[tuple[str, ...], list[Any]],
) -> dict[tuple[str, ...], dict[str, tuple[str, ...]]]:
    children: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
    for path, row in rows.items():
        if path:
            words = children.setdefault(path[:-1], {})
            for word in (path[-1], *row[2]):
                words[word] = path
    return children


def _flag(row: list[Any]) -> FlagSpec:
    """Build a flag from its row; a row ends where only defaults would follow."""
    full = row + FLAG_DEFAULTS[len(row) :]
    name, short, kind, default, text, choices, bare, hidden, deprecated, required = full
    return typed_flag(
        name,
        short,
        kind,
        bare=bare,
        default=default,
        hidden=bool(hidden),
        text=text,
        choices=tuple(choices),
        deprecated=deprecated,
        required=bool(required),
    )


def typed_flag(  # noqa: PLR0913  # a flag has that many properties
    name: str,
    short: str,
    kind: str,
    *,
    bare: str | None = None,
    default: str = "",
    hidden: bool = False,
    text: str = "",
    choices: tuple[str, ...] = (),
    deprecated: str = "",
    required: bool = False,
) -> FlagSpec:
    """Build a flag; whether it repeats, splits at commas and may stand bare follows its type."""
    return FlagSpec(
        name=name,
        short=short,
        type=kind,
        bare="true" if kind == "bool" else bare,
        repeatable=kind in _REPEATABLE,
        comma_splits=kind in _COMMA_SPLITS,
        default=default,
        hidden=hidden,
        help=text,
        choices=choices,
        deprecated=deprecated,
        required=required,
    )


def versions() -> tuple[str, ...]:
    """Name the versions there are tables for, oldest first."""
    return tuple(_document()["versions"])


def load(version: str | None = None) -> Spec:
    """Give the table nearest to a kubectl version such as `1.32`, `v1.32.4` or `v1.31.2-eks-1`.

    None or an unreadable version gives the table of `DEFAULT_VERSION`. The same object is given
    for the same table. Raises TableError if the package's data is missing or damaged.
    """
    return _load(_nearest(version))


def _nearest(version: str | None) -> str:
    match = _VERSION.match(version or "")
    if match is None:
        return DEFAULT_VERSION
    wanted = (int(match[1]), int(match[2]))

    def distance(known: str) -> tuple[int, int]:
        major, minor = known.split(".")
        return abs(int(major) - wanted[0]) * 1000 + abs(int(minor) - wanted[1]), -int(minor)

    table = versions()
    if wanted[0] != 1:
        return table[0] if wanted[0] < 1 else table[-1]
    return min(table, key=distance)


@cache
def _load(version: str) -> Spec:
    return Spec(version, _document())


@cache
def _document() -> dict[str, Any]:
    return read_document(DATA)


def read_document(file: Path) -> dict[str, Any]:
    """Read the tables of all versions; raises TableError if the file is missing or damaged."""
    try:
        document: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise TableError(f"{file} cannot be read ({error}): install kai again") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TableError(f"{file} has an unknown format: install kai again")
    return document


if __name__ == "__main__":
    import sys

    from kai.kubectl.spec_tool import main

    sys.exit(main(sys.argv[1:]))
