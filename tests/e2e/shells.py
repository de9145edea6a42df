"""What the tests of the shells share: a zsh with kai's file loaded, and a probe key."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from kai_shell.commands.init import script
from tests.conftest import missing
from tests.shell_pty import PROMPT, ShellPty

KEY, ALT_KEY, UNDO, YANK = b"\x0b", b"\x1bk", b"\x1f", b"\x19"
KILL_WHOLE, KILL_BUFFER = b"\x15", b"\x18\x0b"
PODS = "kubectl get pods --namespace=web"
SCRIPTS = Path(__file__).resolve().parents[2] / "shell" / "kai_shell" / "scripts"
PYTHON = sys.executable

ZSHRC = """\
PS1='{prompt}'
HISTFILE= HISTSIZE=100 SAVEHIST=0
unsetopt prompt_sp prompt_cr
_probe() {{ print -rn -- "$CURSOR:$BUFFER"$'\\0' >| {probe} }}
zle -N _probe
bindkey -e
{before}
source {script}
for map in emacs viins vicmd; do bindkey -M $map '^X^P' _probe; done
{after}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one shell under test."""

    home: Path
    runtime: Path
    probe: Path
    script: Path

    @classmethod
    def under(cls, folder: Path) -> Place:
        run = folder / "r"
        run.mkdir(mode=0o700)
        home = folder / "home"
        home.mkdir(exist_ok=True)
        return cls(home, run / "kai", folder / "probe", folder / "kai.zsh")

    def environment(self, **more: str) -> dict[str, str]:
        names = ("PATH", "LC_ALL", "LANG")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": str(self.home),
            "ZDOTDIR": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime.parent),
            "KAI_LLM_ENABLED": "false",
            **more,
        }


def zsh(
    place: Place,
    *,
    before: str = "",
    after: str = "",
    python: str = "/nonexistent/python",
    keys: tuple[str, str] = ("^K", "^[k"),
    guard: bool = False,
    **env: str,
) -> ShellPty:
    """A zsh that has read the file of `kai init`. Without a Python its client cannot be started."""
    program = shutil.which("zsh")
    if program is None:
        missing("there is no zsh")
    place.script.write_text(script("zsh", python, *keys, guard=guard), encoding="utf-8")
    text = ZSHRC.format(
        prompt=PROMPT, probe=place.probe, before=before, script=place.script, after=after
    )
    (place.home / ".zshrc").write_text(text, encoding="utf-8")
    return ShellPty([program, "-d", "-i"], place.environment(**env), place.probe)
