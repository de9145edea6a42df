"""`kai warmup` as login files call it: loads as little as can be, and waits for nothing."""

from __future__ import annotations

import os

from kai.errors import KaiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


_GLANCE_SECONDS = 0.05
"""How long one waits for the daemon to say how the model is; `kai warmup --status` waits longer."""


def begin(stdout: TextIO | None, stderr: TextIO) -> int:
    """Start the daemon in the background where none runs, and have the model loaded in it; the exit
    status. Where one runs `stdout` is told how the model is (None: nothing is said)."""
    from kai.errors import DaemonError
    from kai_shell.daemon import lifecycle

    said = None
    try:
        if lifecycle.begin(os.environ):
            try:
                said = lifecycle.model(os.environ, "warm", seconds=_GLANCE_SECONDS)
            except DaemonError as error:
                said = "loading", "", f"the daemon is busy ({error})", ""
    except KaiError as error:
        stderr.write(f"kai: {error}\n")
        return error.exit_code
    if said is not None and stdout is not None:
        stdout.write(line(said))
    return 0


def line(said: tuple[str, str, str, str]) -> str:
    """The line that says how the model is."""
    state, name, detail, _ = said
    about = "" if not name or name in detail else f"{name}: "
    return f"model {state}: {about}{detail}\n"
