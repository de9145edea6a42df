"""The completion scripts in the real shells they are for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing

KAI = Path(sys.executable).with_name("kai")


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"there is no {name}")
    return found


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH on which `kai` is the one under test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kai").symlink_to(KAI)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def said(argv: list[str], environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        argv, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


CASES = [
    (["c"], {"cache", "check", "completion", "config"}),
    (["config", "g"], {"get"}),
    (["config", "get", "cache.t"], {"cache.ttl"}),
    (["cache", "c"], {"clear"}),
    (["completion", "z"], {"zsh"}),
    (["init", "z"], {"zsh"}),
    (["--again", "d"], {"daemon", "doctor"}),
    (["daemon", "st"], {"start", "stop", "status"}),
    (["warmup", "--w"], {"--wait"}),
    (["-n", "prod", "hi"], {"history"}),
    (["check", "k"], {"kubectl"}),
    (["policy", "s"], {"show"}),
    (["check", "--f"], {"--fail-on", "--file", "--format"}),
    (["check", "--format", "g"], {"github"}),
    (["check", "--all", "--fail-on", "d"], {"destructive"}),
    (["mo"], {"models"}),
    (["models", "r"], {"rm"}),
    (["models", "create", "mine", "--p"], {"--print"}),
    (["models", "use", "--q"], {"--quality"}),
    (["pull", "q"], {"qwen2.5-coder:7b"}),
    (["doctor", "--m"], {"--model"}),
]
IDS = [" ".join(words) for words, _ in CASES]

BASH = """
source <(kai completion bash)
COMP_WORDS=(kai "$@")
COMP_CWORD=$#
_kai
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(("words", "expected"), CASES, ids=IDS)
def test_bash_completes(words: list[str], expected: set[str], environment: dict[str, str]) -> None:
    argv = [shell("bash"), "--norc", "-c", BASH, "bash", *words]
    assert set(said(argv, environment)) == expected


def test_bash_registers_the_function_for_kai(environment: dict[str, str]) -> None:
    script = "source <(kai completion bash); complete -p kai"
    argv = [shell("bash"), "--norc", "-c", script]
    assert said(argv, environment) == ["complete -F _kai kai"]


@pytest.mark.parametrize(("words", "expected"), CASES, ids=IDS)
def test_fish_completes(words: list[str], expected: set[str], environment: dict[str, str]) -> None:
    script = "kai completion fish | source; complete -C 'kai " + " ".join(words) + "'"
    lines = said([shell("fish"), "--no-config", "-c", script], environment)
    assert {line.partition("\t")[0] for line in lines} == expected


ZSH = Path(__file__).with_name("zsh_completions.zsh")


@pytest.mark.parametrize(("words", "expected"), CASES, ids=IDS)
def test_zsh_completes(words: list[str], expected: set[str], environment: dict[str, str]) -> None:
    argv = [shell("zsh"), "-f", str(ZSH), " ".join(["kai", *words])]
    assert set(said(argv, environment)) == expected


@pytest.mark.parametrize("argv", [["check", "--file", "op"], ["check", "--file", "a.sh", "op"]])
@pytest.mark.parametrize("name", ["fish", "zsh"])
def test_every_word_behind_file_completes_to_a_script(
    name: str,
    argv: list[str],
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.sh").touch()
    words = " ".join(["kai", *argv])
    fish = f"kai completion fish | source; complete -C '{words}'"
    run = {"fish": ["--no-config", "-c", fish], "zsh": ["-f", str(ZSH), words]}
    assert said([shell(name), *run[name]], environment) == ["ops.sh"]


def test_zsh_registers_the_function_for_kai(environment: dict[str, str]) -> None:
    script = (
        "autoload -Uz compinit; compinit -u -D; source <(kai completion zsh);"
        " print $_comps[kai]; whence -w _kai"
    )
    argv = [shell("zsh"), "-f", "-c", script]
    assert said(argv, environment) == ["_kai", "_kai: function"]
