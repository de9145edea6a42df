"""The maintainer's commands: extract a table from a real kubectl, build the data, check it.

Reached as `python -m kai.kubectl.spec`; never imported at run time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kai.errors import KaiError
from kai.kubectl import extract as extractor
from kai.kubectl import spec

Tree = extractor.Tree

_FLAG_FIELDS = (
    *("name", "short", "type", "default", "help", "choices"),
    *("bare", "hidden", "deprecated", "required"),
)


def compact(trees: Iterable[Tree], base: str = spec.DEFAULT_VERSION) -> dict[str, Any]:
    """Turn extracted trees into the shipped document: one base and what each version changes.

    Every distinct flag is stored once; commands hold indexes. A command that a version does not
    have is null among its changes. Raises KaiError if the base version is not among the trees.
    """
    by_version = dict(sorted(((t["version"], t) for t in trees), key=lambda item: _order(item[0])))
    if base not in by_version:
        raise KaiError(f"no tree of the base version {base} was given")
    flags = _FlagTable()
    rows = {version: _rows(tree, flags) for version, tree in by_version.items()}
    global_flags = {
        version: flags.indexes(tree["global_flags"]) for version, tree in by_version.items()
    }
    changes: dict[str, Any] = {}
    for version in by_version:
        if version == base:
            continue
        changed: dict[str, Any] = {
            path: row for path, row in rows[version].items() if rows[base].get(path) != row
        }
        changed.update(dict.fromkeys(path for path in rows[base] if path not in rows[version]))
        changes[version] = {"commands": changed}
        if global_flags[version] != global_flags[base]:
            changes[version]["global_flags"] = global_flags[version]
    return {
        "format": spec.FORMAT,
        "versions": list(by_version),
        "releases": {version: tree["release"] for version, tree in by_version.items()},
        "base": base,
        "flags": flags.rows,
        "global_flags": global_flags[base],
        "commands": rows[base],
        "changes": changes,
    }


class _FlagTable:
    """The distinct flag rows of all versions, in order of first use."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._index: dict[str, int] = {}

    def indexes(self, flags: Iterable[Mapping[str, Any]]) -> list[int]:
        return [self._place(flag) for flag in flags]

    def _place(self, flag: Mapping[str, Any]) -> int:
        row = [flag[name] for name in _FLAG_FIELDS]
        for name in ("hidden", "required"):
            row[_FLAG_FIELDS.index(name)] = int(flag[name])
        if flag["type"] == "bool":
            row[_FLAG_FIELDS.index("bare")] = None  # the loader knows
        while row and row[-1] == spec.FLAG_DEFAULTS[len(row) - 1]:
            row.pop()
        key = json.dumps(row)
        if key not in self._index:
            self._index[key] = len(self.rows)
            self.rows.append(row)
        return self._index[key]


def _rows(tree: Tree, flags: _FlagTable) -> dict[str, list[Any]]:
    return {
        path: [
            command["help"],
            command.get("usage", ""),
            command.get("aliases", []),
            flags.indexes(command.get("flags", [])),
            int(command["runnable"]),
            int(command.get("hidden", False)),
        ]
        for path, command in sorted(tree["commands"].items())
    }


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write the document with one flag and one command a line, so that changes can be reviewed."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    lines: list[str] = []
    for key, value in document.items():
        if key == "flags":
            lines.append(f'"flags":[\n{_lines(_dump(row) for row in value)}\n]')
        elif key == "commands":
            lines.append(f'"commands":{_object(value)}')
        elif key == "changes":
            inner = (
                f"{_dump(version)}:{{"
                + ",\n".join(
                    f"{_dump(name)}:{_object(part) if name == 'commands' else _dump(part)}"
                    for name, part in change.items()
                )
                + "}"
                for version, change in value.items()
            )
            lines.append('"changes":{\n' + _lines(inner) + "\n}")
        else:
            lines.append(f"{_dump(key)}:{_dump(value)}")
    laid_out = "{\n" + _lines(lines) + "\n}\n"
    if json.loads(laid_out) != json.loads(text):
        raise KaiError("the lay-out changed the data")
    path.write_text(laid_out, encoding="utf-8")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(value: Mapping[str, Any]) -> str:
    return "{\n" + _lines(f"{_dump(key)}:{_dump(row)}" for key, row in value.items()) + "\n}"


def _lines(parts: Iterable[str]) -> str:
    return ",\n".join(parts)


def known_flags() -> dict[str, dict[str, str]]:
    """Collect the flags that any shipped table has, by command path: name to shorthand."""
    flags: dict[str, dict[str, str]] = {}
    try:
        tables = [spec.load(version) for version in spec.versions()]
    except KaiError:  # the first build has no tables yet
        return flags
    for table in tables:
        for path, command in table.commands.items():
            known = flags.setdefault(" ".join(path), {})
            for flag in command.flags.values():
                known[flag.name] = flag.short or known.get(flag.name, "")
    return flags


def differences(tree: Tree, document: Mapping[str, Any], *, whole: bool = True) -> list[str]:
    """Compare an extracted tree with the document's table of the same version, a line each.

    Without `whole`, for a tree of some commands: only their flags, aliases and usage count.
    """
    version = tree["version"]
    fresh = spec.Spec(version, compact([tree], base=version))
    if version not in document["versions"]:
        return [f"{version}: no table"]
    shipped = spec.Spec(version, document)
    found = []
    if fresh.global_flags != shipped.global_flags:
        found.append(f"{version}: global flags differ")
    for path in sorted({*fresh.commands, *(shipped.commands if whole else ())}):
        one, other = fresh.commands.get(path), shipped.commands.get(path)
        if one and other and not whole:
            one = replace(one, short_help="", subcommands=())
            other = replace(other, short_help="", subcommands=())
        if one != other:
            found.append(f"{version}: kubectl {' '.join(path)}: {_what_differs(one, other)}")
    return found


def _what_differs(one: spec.CommandSpec | None, other: spec.CommandSpec | None) -> str:
    if one is None or other is None:
        return "only in the table" if one is None else "missing in the table"
    flags = sorted(
        name for name in {*one.flags, *other.flags} if one.flags.get(name) != other.flags.get(name)
    )
    return f"flags {flags}" if flags else "usage, help, aliases or sub-commands"


def main(arguments: Sequence[str]) -> int:
    """Run one of the commands `extract`, `build` and `check`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m kai.kubectl.spec", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("extract", help="read the command tree of a real kubectl")
    one.add_argument("kubectl")
    one.add_argument("--output", type=Path, help="file to write; standard output if not given")
    build = commands.add_parser("build", help="make the shipped data from extracted trees")
    build.add_argument("trees", nargs="+", type=Path, help="files of `extract`, or folders of them")
    build.add_argument("--output", type=Path, default=spec.DATA)
    check = commands.add_parser("check", help="extract again and compare with the shipped data")
    check.add_argument("kubectl", nargs="+")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except KaiError as error:
        sys.stderr.write(f"kai.kubectl.spec: {error}\n")
        return error.exit_code


def _run(options: argparse.Namespace) -> int:
    if options.command == "extract":
        text = json.dumps(extractor.extract(options.kubectl, known_flags()), indent=1) + "\n"
        if options.output:
            options.output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
        return 0
    if options.command == "build":
        files = [
            file
            for tree in options.trees
            for file in (sorted(tree.glob("*.json")) if tree.is_dir() else [tree])
        ]
        write(compact(json.loads(file.read_bytes()) for file in files), options.output)
        return 0
    found: list[str] = []
    for kubectl in options.kubectl:
        tree = extractor.extract(kubectl, known_flags())
        found.extend(differences(tree, json.loads(spec.DATA.read_bytes())))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0
