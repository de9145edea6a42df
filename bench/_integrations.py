"""Pressing the keys of shell integrations: kai's own, and the one that shell-gpt ships."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from bench.harness import Samples
from tests.shell_pty import PROMPT, ShellPty

_PROMPTS = {
    "zsh": "PS1='{prompt}'; unsetopt prompt_sp prompt_cr; bindkey -e\n",
    "bash": "PS1='{prompt}'\n",
}
_START = {"zsh": ["-d", "-i"], "bash": ["--noprofile", "--rcfile", "RC", "-i"]}


def keys(
    scratch: Path, env: Mapping[str, str], words: str, ends: str, runs: int
) -> dict[str, Samples]:
    """Seconds from the key until `ends` is on the screen, by shell and program; kai's are first."""
    rows: dict[str, Samples] = {}
    kai, sgpt = scratch / "kai" / "bin" / "kai", shutil.which("sgpt", path=_peer("shell-gpt"))
    for shell in _PROMPTS:
        if shutil.which(shell) is None:
            continue
        line = _said([str(kai), "init", shell], env)
        rows[f"kai's key, {shell}"] = _pressed(
            shell, scratch, env, line, b"\x0b", words, ends, runs
        )
    for shell in _PROMPTS:
        if sgpt is None or shutil.which(shell) is None:
            continue
        program = f"from sgpt.integration import {shell}_integration as it; print(it)"
        text = _said([str(Path(sgpt).with_name("python")), "-c", program], env)
        there = dict(env) | {"PATH": f"{Path(sgpt).parent}:{env['PATH']}"}
        few = max(runs // 3, 3)
        rows[f"sgpt's key, {shell}"] = _pressed(
            shell, scratch, there, text, b"\x0c", words, ends, few
        )
    return rows


def _peer(name: str) -> str:
    from bench.peers import peers

    return str(peers() / name / "bin")


def _said(argv: list[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def _pressed(
    shell: str,
    scratch: Path,
    env: Mapping[str, str],
    read: str,
    key: bytes,
    words: str,
    ends: str,
    runs: int,
) -> Samples:
    """The key of what the shell has read, on these words."""
    rc = scratch / (".zshrc" if shell == "zsh" else "bashrc")
    rc.write_text(_PROMPTS[shell].format(prompt=PROMPT) + read, encoding="utf-8")
    program = shutil.which(shell) or shell
    argv = [program, *(str(rc) if word == "RC" else word for word in _START[shell])]
    there = dict(env) | {"ZDOTDIR": str(scratch), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    seconds = []
    with ShellPty(argv, there, scratch / "probe") as running:
        running.resize(24, 200)
        for turn in range(runs + 1):
            running.keys(b"\x15" + words.encode())
            running.until(words[-8:])
            running.seen(0.1)
            running.forget()
            start = time.perf_counter()
            running.keys(key)
            running.until(ends, 60)
            if turn:
                seconds.append(time.perf_counter() - start)
            running.seen(0.1)
    return Samples.of(seconds)
