"""A command in words: rows of commands and sentences, and every command of every kubectl."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kai.explain import explain, phrases
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import Spec, load, versions

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "explain.jsonl").read_text().splitlines()
]
SAID_WITH_THE_OBJECTS = {
    *("all-namespaces", "context", "dry-run", "field-selector", "filename"),
    *("kustomize", "namespace", "output", "selector"),
}


def explained(line: str, spec: Spec | None = None) -> str:
    return explain(parse(line, spec), builtin())


@pytest.mark.parametrize("row", ROWS, ids=[row["command"] for row in ROWS])
def test_a_command_is_said_in_plain_sentences(row: dict[str, str]) -> None:
    assert explained(row["command"]) == row["says"]


@pytest.mark.parametrize("version", versions())
def test_every_command_and_every_flag_has_its_words(version: str) -> None:
    spec = load(version)
    table = phrases()
    paths = {" ".join(path) for path in spec.commands}
    assert paths - set(table["commands"]) == set()
    flags = {name for command in spec.commands.values() for name in command.flags}
    flags |= set(spec.global_flags)
    assert flags - set(table["flags"]) - SAID_WITH_THE_OBJECTS == set()


def test_no_phrase_is_for_something_that_no_kubectl_has() -> None:
    paths, flags = set(), set()
    for version in versions():
        spec = load(version)
        paths |= {" ".join(path) for path in spec.commands}
        flags |= {name for command in spec.commands.values() for name in command.flags}
        flags |= set(spec.global_flags)
    table = phrases()
    named = {path.removesuffix(" NAME").partition(" --")[0] for path in table["commands"]}
    assert named - paths == set()
    assert {name.rpartition("/")[2] for name in table["flags"]} - flags == set()
    assert {name.rpartition("/")[0] for name in table["flags"]} - paths == set()
    assert set(table["off"]) - flags == set()


@pytest.mark.parametrize("version", [versions()[0], versions()[-1]])
def test_every_command_with_every_flag_is_a_sentence(version: str) -> None:
    """Nothing raises, no slot stays open, and a secret value is not read out."""
    spec = load(version)
    for path, command in spec.commands.items():
        for flag in (*command.flags.values(), *spec.global_flags.values()):
            line = " ".join(("kubectl", *path, "one", "two", f"--{flag.name}=7"))
            said = explained(line, spec)
            assert said.endswith("."), line
            assert "{" not in said, line
            assert "  " not in said and " ," not in said, line


@pytest.mark.parametrize("flag", ["docker-password", "password", "token"])
def test_a_password_is_not_repeated(flag: str) -> None:
    path = "create secret docker-registry s" if "docker" in flag else "config set-credentials u"
    assert "hunter2" not in explained(f"kubectl {path} --{flag}=hunter2")


@pytest.mark.parametrize("line", ["", "ls", "kubectl get pods; ls", "kubectl get $(id)", "a | b"])
def test_what_is_no_kubectl_line_is_not_explained(line: str) -> None:
    assert explained(line) == ""
