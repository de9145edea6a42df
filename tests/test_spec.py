"""The tables of kubectl's commands and flags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.errors import TableError
from kai.kubectl import spec

CASES = Path(__file__).parent / "cases"


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def _between(versions: str) -> list[str]:
    first, last = versions.split("-")
    table = spec.versions()
    return list(table[table.index(first) : table.index(last) + 1])


def _path(words: str) -> tuple[str, ...]:
    return tuple(words.split())


class TestTables:
    def test_there_is_a_table_for_each_supported_version(self) -> None:
        assert [f"1.{minor}" for minor in range(27, 38)] == list(spec.versions())

    @pytest.mark.parametrize("row", _rows("spec_nearest.jsonl"), ids=lambda row: repr(row["asked"]))
    def test_the_nearest_table_is_chosen(self, row: dict[str, Any]) -> None:
        assert spec.load(row["asked"]).version == row["table"]

    def test_the_same_table_is_the_same_object(self) -> None:
        assert spec.load("v1.31.4") is spec.load("1.31")

    @pytest.mark.parametrize("row", _rows("spec_flags.jsonl"), ids=lambda row: row["fact"])
    def test_a_known_fact_about_a_flag_holds(self, row: dict[str, Any]) -> None:
        for version in _between(row["versions"]):
            command = spec.load(version).commands[_path(row["command"])]
            found = command.flag(row["flag"]) if "flag" in row else command.shorthand(row["short"])

            if row["is"] is None:
                assert found is None, version
                continue
            assert found is not None, version
            for name, value in row["is"].items():
                expected = tuple(value) if isinstance(value, list) else value
                assert getattr(found, name) == expected, version

    @pytest.mark.parametrize(
        "row",
        _rows("spec_commands.jsonl"),
        ids=lambda row: "{versions} {parent} {word}".format(**row),
    )
    def test_a_word_names_a_sub_command_by_name_or_alias(self, row: dict[str, Any]) -> None:
        for version in _between(row["versions"]):
            found = spec.load(version).child(_path(row["parent"]), row["word"])

            assert (found and " ".join(found.path)) == row["path"], version

    @pytest.mark.parametrize("version", [f"1.{minor}" for minor in range(27, 38)])
    def test_every_command_is_reached_from_the_root_by_its_own_name(self, version: str) -> None:
        table = spec.load(version)
        reached: list[tuple[str, ...]] = [()]
        for path in reached:
            reached.extend((*path, child) for child in table.commands[path].subcommands)

        assert sorted(reached) == sorted(table.commands)
        assert list(table.root.subcommands) == sorted(table.root.subcommands)
        assert all(table.child(path[:-1], path[-1]) == table.commands[path] for path in reached[1:])

    @pytest.mark.parametrize("version", [f"1.{minor}" for minor in range(27, 38)])
    def test_every_flag_is_whole(self, version: str) -> None:
        types = {"bool", "string", "int", "duration", "custom"}
        types |= {"stringSlice", "stringArray", "stringToString"}
        table = spec.load(version)
        for command in table.commands.values():
            for flag in (*command.flags.values(), *table.global_flags.values()):
                assert flag.type in types, (command.path, flag)
                assert len(flag.short) <= 1, (command.path, flag)
                assert (flag.type == "bool") == (flag.bare == "true"), (command.path, flag)
                assert flag.takes_value == (flag.bare is None)
            shorts = [flag.short for flag in command.flags.values() if flag.short]
            assert len(shorts) == len(set(shorts)), command.path

    def test_groups_only_print_their_help(self) -> None:
        table = spec.load("1.32")
        groups = {" ".join(path) for path, row in table.commands.items() if not row.runnable}

        assert groups == {
            "",
            *("auth", "certificate", "config", "create secret", "create service"),
            *("plugin", "rollout", "set", "top"),
        }

    def test_the_commands_of_completion_scripts_are_hidden(self) -> None:
        table = spec.load()
        hidden = {path for path, command in table.commands.items() if command.hidden}

        assert hidden == {("__complete",), ("__completeNoDesc",)}

    def test_exactly_three_flags_that_are_not_boolean_may_stand_bare(self) -> None:
        found = {
            (flag.name, flag.bare)
            for version in spec.versions()
            for command in spec.load(version).commands.values()
            for flag in command.flags.values()
            if flag.type != "bool" and flag.bare is not None
        }

        assert found == {
            ("dry-run", "unchanged"),
            ("validate", "strict"),
            ("cascade", "background"),
        }

    def test_45_commands_can_run_dry(self) -> None:
        """The count was taken from the real program by other means than the extractor."""
        table = spec.load("1.32")
        dry = [path for path, command in table.commands.items() if "dry-run" in command.flags]

        assert len(dry) == 45

    def test_a_command_unknown_to_a_version_is_a_key_error(self) -> None:
        table = spec.load("1.32")

        assert ("kuberc",) not in table.commands
        with pytest.raises(KeyError):
            table.commands[("kuberc",)]


class TestDamage:
    @pytest.mark.parametrize("content", ["", "[1", '{"format": 99}', "[]", None])
    def test_a_damaged_table_is_a_table_error(self, tmp_path: Path, content: str | None) -> None:
        file = tmp_path / "spec.json"
        if content is not None:
            file.write_text(content)

        with pytest.raises(TableError, match="install kai again"):
            spec.read_document(file)

    def test_nothing_but_cheap_modules_is_imported(self) -> None:
        source = Path(spec.__file__).read_text(encoding="utf-8")
        imported = [
            line.split()[1]
            for line in source.splitlines()
            if line.startswith(("import ", "from ")) and "__future__" not in line
        ]

        assert set(imported) <= {
            *("json", "re", "collections.abc", "dataclasses", "functools", "pathlib", "typing"),
            "kai.errors",
        }
        assert spec.DATA.stat().st_size < 400_000
