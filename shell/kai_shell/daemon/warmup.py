"""`kai warmup` as login files call it: loads as little as can be, and waits for nothing."""

from __future__ import annotations

import os

from kai.errors import KaiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def begin(stderr: TextIO) -> int:
    """Start the daemon in the background where none runs; the exit status."""
    from kai_shell.daemon import lifecycle

    try:
        lifecycle.begin(os.environ)
    except KaiError as error:
        stderr.write(f"kai: {error}\n")
        return error.exit_code
    return 0
