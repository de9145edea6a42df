"""A real bash with kai's file loaded, and a probe key."""

from __future__ import annotations

import shutil
from pathlib import Path

from kai_shell.commands.init import script
from tests.conftest import missing
from tests.e2e.shells import Place
from tests.shell_pty import PROMPT, ShellPty

BASHRC = """\
PS1='{prompt}'
HISTFILE= HISTSIZE=100
bind 'set enable-bracketed-paste on'
{before}
. {script}
_probe() {{ \\printf '%s:%s\\0' "$READLINE_POINT" "$READLINE_LINE" >| {probe}; }}
for map in emacs vi-insert vi-command; do \\bind -m "$map" -x '"\\C-x\\C-p": _probe'; done
{after}
"""


def bash(
    place: Place,
    *,
    before: str = "",
    after: str = "",
    python: str = "/nonexistent/python",
    keys: tuple[str, str] = ("^K", "^[k"),
    guard: bool = False,
    program: str | None = None,
    **env: str,
) -> ShellPty:
    """A bash that has read the file of `kai init`. Without a Python its client cannot be started."""
    return ShellPty(
        prepared(place, before, after, python, keys, guard=guard, program=program),
        place.environment(**env),
        place.probe,
    )


def prepared(
    place: Place,
    before: str = "",
    after: str = "",
    python: str = "/nonexistent/python",
    keys: tuple[str, str] = ("^K", "^[k"),
    *,
    guard: bool = False,
    program: str | None = None,
) -> list[str]:
    """Write the start-up file and kai's file; the command that starts this bash."""
    program = program or shutil.which("bash") or missing("there is no bash")
    path = written(place)
    path.write_text(script("bash", python, *keys, guard=guard), encoding="utf-8")
    text = BASHRC.format(prompt=PROMPT, probe=place.probe, before=before, script=path, after=after)
    rc = place.home / ".bashrc"
    rc.write_text(text, encoding="utf-8")
    return [program, "--noprofile", "--rcfile", str(rc), "-i"]


def written(place: Place) -> Path:
    """Where kai's file lies."""
    return place.script.with_suffix(".bash")
