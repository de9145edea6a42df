"""The tools that make the tables: extracting, building, comparing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kai.errors import KaiError, KubectlError
from kai.kubectl import extract as extractor
from kai.kubectl import helptext, spec, spec_tool


class RealKubectl(NamedTuple):
    """What the fixture `kubectl_path` gives: see conftest."""

    version: str
    path: Path


def _tree(version: str, **commands: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": version,
        "release": f"v{version}.0",
        "global_flags": [_flag("namespace")],
        "commands": {
            name: {"help": name.title(), "usage": "", "flags": flags, "runnable": True}
            for name, flags in commands.items()
        },
    }


def _flag(name: str, kind: str = "string") -> dict[str, Any]:
    texts = dict.fromkeys(("short", "default", "help", "deprecated"), "")
    marks = dict.fromkeys(("hidden", "required"), False)
    return {"name": name, "type": kind, "bare": None, "choices": [], **texts, **marks}


class TestBuild:
    OLD = _tree("1.30", get=[_flag("output"), _flag("old")], gone=[])
    BASE = _tree("1.32", get=[_flag("output")], new=[_flag("list", "stringSlice")])

    def test_base_and_changes_give_every_version_back(self, tmp_path: Path) -> None:
        file = tmp_path / "spec.json"
        spec_tool.write(spec_tool.compact([self.BASE, self.OLD]), file)
        document = json.loads(file.read_bytes())

        assert spec_tool.differences(self.OLD, document) == []
        assert spec_tool.differences(self.BASE, document) == []
        assert ("gone",) in spec.Spec("1.30", document).commands
        assert ("gone",) not in spec.Spec("1.32", document).commands

    def test_a_difference_is_told(self) -> None:
        document = spec_tool.compact([self.BASE, self.OLD])
        changed = _tree("1.30", get=[_flag("output", "int")], extra=[])

        assert spec_tool.differences(changed, document) == [
            "1.30: kubectl extra: missing in the table",
            "1.30: kubectl get: flags ['old', 'output']",
            "1.30: kubectl gone: only in the table",
        ]

    def test_the_base_must_be_given(self) -> None:
        with pytest.raises(KaiError, match=r"1\.32"):
            spec_tool.compact([self.OLD])

    def test_every_distinct_flag_is_stored_once(self) -> None:
        document = spec_tool.compact([self.BASE, self.OLD])

        names = [row[0] for row in document["flags"]]

        assert sorted(names) == ["list", "namespace", "old", "output"]

    def test_building_from_a_folder_writes_the_data(self, tmp_path: Path) -> None:
        for tree in (self.BASE, self.OLD):
            (tmp_path / f"{tree['version']}.json").write_text(json.dumps(tree))
        output = tmp_path / "out" / "spec.json"
        output.parent.mkdir()

        assert spec_tool.main(["build", str(tmp_path), "--output", str(output)]) == 0
        assert json.loads(output.read_bytes())["versions"] == ["1.30", "1.32"]

    def test_the_shipped_data_is_laid_out_as_the_tool_writes_it(self, tmp_path: Path) -> None:
        file = tmp_path / "spec.json"
        spec_tool.write(json.loads(spec.DATA.read_bytes()), file)

        assert file.read_bytes() == spec.DATA.read_bytes()


class TestExtract:
    def test_a_program_that_is_not_kubectl_is_an_error(self, tmp_path: Path) -> None:
        program = tmp_path / "kubectl"
        program.write_text("#!/bin/sh\necho hello\n")
        program.chmod(0o700)

        with pytest.raises(KubectlError, match="does not tell a kubectl version"):
            extractor.extract(str(program))

    def test_a_missing_program_is_an_error(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert spec_tool.main(["extract", str(tmp_path / "nothing")]) == 1
        assert "cannot run" in capsys.readouterr().err

    @pytest.mark.parametrize("command", ["autoscale", "explain", "run", "create deployment"])
    def test_a_table_lists_what_its_kubectl_lists(
        self, kubectl_path: RealKubectl, command: str, tmp_path: Path
    ) -> None:
        """The help text alone, one process for each command; the probes are compared by e2e."""
        path = tuple(command.split())
        done = subprocess.run(
            [kubectl_path.path, *path, "--help"],
            env={"HOME": str(tmp_path), "PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        shown = helptext.read_help(done.stdout)
        table = spec.load(kubectl_path.version).commands[path]
        listed = {flag.name: flag for flag in table.flags.values() if not flag.hidden}

        assert (table.usage, table.aliases) == (shown.usage, shown.aliases)
        assert sorted(listed) == sorted(flag.name for flag in shown.flags)
        for flag in shown.flags:
            expected = flag.short, helptext.plain_default(flag.default)
            assert (listed[flag.name].short, listed[flag.name].default) == expected

    def test_probing_a_command_gives_what_its_table_holds(self, kubectls: dict[str, Path]) -> None:
        version, program = list(kubectls.items())[-1]
        only = ["rollout status"]
        tree = extractor.extract(str(program), spec_tool.known_flags(), only)

        assert (tree["version"], [*tree["commands"]][:1]) == (version, only)
        assert spec_tool.differences(tree, json.loads(spec.DATA.read_bytes()), whole=False) == []

    @pytest.mark.e2e
    def test_each_table_is_what_its_kubectl_says(self, kubectl_path: RealKubectl) -> None:
        """The whole extraction again: half a minute for each version."""
        tree = extractor.extract(str(kubectl_path.path), spec_tool.known_flags())

        assert spec_tool.differences(tree, json.loads(spec.DATA.read_bytes())) == []
