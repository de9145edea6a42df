"""Every line the grammar accepts gives kubectl the same words in every shell.

KAI_SHELL_LINES says how many random lines each shell gets (default 10,000; the release runs
100,000). Half of them are calls of kubectl that the judge accepts.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kai.kubectl.grammar import read
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.model import Context, Tier
from kai.safety import judge

COUNT = int(os.environ.get("KAI_SHELL_LINES", "10000"))

UNQUOTED = [
    *"abkz019_./:,@%+-=!",
    "!=",
    "==",
    ":=",
    "=ls",
    "%self",
    "--a=",
    "-o=",
    "=",
    "!!",
    "k:",
    "1",
]
RISKY = [*"~*?[](){}#^\\$`", "{a,b}", "{1..2}", "~root", "=~", "!x", "!-1", "^a^b", "*(e:'ls':)"]
INSIDE = [
    *"ab01 ./:,@%+-=!~*?[](){}#^\\<>|&;",
    "!=",
    "!!",
    "!x",
    "\\n",
    "\\.",
    "{a,b}",
    "%self",
    "  ",
]

# Each shell reads the lines from its input, one by one, as a terminal would hand them over, with
# the options switched on that expand most.
BASH = """
set -o history; set -o histexpand; shopt -s extglob nullglob globstar
kubectl() { printf '\\2'; printf '%s\\0' "$@"; printf '\\1'; }
"""
ZSH = """
setopt extendedglob magicequalsubst rcquotes nullglob globdots kshglob braceccl banghist
kubectl() { printf '\\2'; printf '%s\\0' "$@"; printf '\\1' }
"""
FISH = """
function kubectl; printf '\\2'; printf '%s\\0' $argv; printf '\\1'; end
"""
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile"], BASH),
    "bash-posix": (["bash", "--norc", "--noprofile", "--posix"], BASH),
    "zsh": (["zsh", "-f"], ZSH),
    "zsh-interactive": (["zsh", "-f", "-i", "+m", "+Z"], ZSH),
    "fish": (["fish", "--no-config"], FISH),
}


def _piece(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.65:
        return "".join(dice.choices(UNQUOTED if kind < 0.6 else RISKY, k=dice.randint(1, 4)))
    mark = "'" if dice.random() < 0.6 else '"'
    other = '"' if mark == "'" else "'"
    return mark + "".join(dice.choices([*INSIDE, other], k=dice.randint(0, 5))) + mark


def _accepted(dice: random.Random) -> Iterator[tuple[str, list[str]]]:
    while True:
        words = (
            "".join(_piece(dice) for _ in range(dice.randint(1, 3)))
            for _ in range(dice.randint(1, 3))
        )
        text = "kubectl " + " ".join(words)
        line = read(text)
        if len(line.stages) == 1:
            yield text, [word.value for word in line.stages[0][1:]]


def _judged(dice: random.Random) -> Iterator[tuple[str, list[str]]]:
    """Calls made from the tables, with values as people and attackers write them."""
    spec, kinds = load(), builtin()
    paths = sorted(path for path in spec.commands if path and not path[0].startswith("__"))
    words = sorted(kinds.words)
    while True:
        path = dice.choice(paths)
        parts = ["kubectl", *path, *dice.choices(words, k=dice.randint(0, 2))]
        flags = sorted({**spec.commands[path].flags, **spec.global_flags})
        for name in dice.choices(flags, k=dice.randint(0, 3)):
            parts.append(f"--{name}={_piece(dice)}" if dice.random() < 0.7 else f"--{name}")
        parts += [_piece(dice) for _ in range(dice.randint(0, 2))]
        text = " ".join(parts)
        pipeline = parse(text)
        calls = pipeline.invocations
        if len(calls) != 1 or len(pipeline.stages) != 1:
            continue
        if judge(pipeline, Context(), kinds).tier != Tier.FORBIDDEN:
            yield text, [word.value for word in calls[0].words[1:]]


@cache
def _sample() -> tuple[list[str], list[list[str]]]:
    dice = random.Random(20)  # noqa: S311 - nothing secret, the same lines each time
    accepted, judged = _accepted(dice), _judged(dice)
    rows = [next(accepted if number % 2 else judged) for number in range(COUNT)]
    return [text for text, _ in rows], [words for _, words in rows]


def _run(shell: str, lines: list[str], folder: Path) -> list[list[str]]:
    command, prelude = SHELLS[shell]
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    for name in ("a", "b", "kubectl", "pods", "x=1"):
        (folder / name).touch()
    done = subprocess.run(
        [program, *command[1:]],
        input=(prelude + "\n".join(lines) + "\n").encode(),
        capture_output=True,
        check=False,
        timeout=600,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C",
            "HISTFILE": "",
            "PS1": "",
            "MODULE_PATH": os.environ.get("MODULE_PATH", ""),
        },
    )
    records = done.stdout.split(b"\1")[:-1]
    return [record.partition(b"\2")[2].decode().split("\0")[:-1] for record in records]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_accepted_line_gives_the_words_that_were_read(shell: str, tmp_path: Path) -> None:
    lines, expected = _sample()

    found = _run(shell, lines, tmp_path)

    for line, want, got in zip(lines, expected, found, strict=False):
        assert (line, want) == (line, got)
    assert len(found) == len(expected)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shells_are_really_asked(shell: str, tmp_path: Path) -> None:
    """A line the grammar refuses is changed by the shell: the comparison could fail."""
    assert read("kubectl {a,b}").stages == ()

    assert _run(shell, ["kubectl {a,b}"], tmp_path) == [["a", "b"]]
