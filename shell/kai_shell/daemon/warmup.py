"""`kai warmup` as login files call it: loads as little as can be, and waits for nothing."""

from __future__ import annotations

import os

from kai.errors import KaiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


_GLANCE_SECONDS = 0.05
"""How long one waits for the daemon to say how the model is; `kai warmup --status` waits longer."""


def begin(stdout: TextIO, stderr: TextIO) -> int:
    """Start the daemon in the background where none runs, have the model loaded, say how that is;
    the exit status."""
    from kai.errors import DaemonError
    from kai_shell.daemon import lifecycle

    try:
        if not lifecycle.begin(os.environ):
            stdout.write("loading: the daemon has been started, the model follows\n")
            return 0
        try:
            said = lifecycle.model(os.environ, "warm", seconds=_GLANCE_SECONDS)
        except DaemonError:
            said = None  # it is busy, and will do it
        stdout.write(line(said) if said else "loading: the daemon is busy\n")
    except KaiError as error:
        stderr.write(f"kai: {error}\n")
        return error.exit_code
    return 0


def line(said: tuple[str, str, str, str]) -> str:
    """The line that says how the model is."""
    state, name, detail, _ = said
    about = "" if not name or name in detail else f"{name}: "
    return f"model {state}: {about}{detail}\n"
