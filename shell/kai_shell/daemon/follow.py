"""Waits for a shell that can only look for files: the lines of an answer after the first.

    python -P -m kai_shell.daemon.follow RUNTIME/file.PID.NUMBER DAEMON TTY ROWSxCOLUMNS

prints each as it comes and ends with the last one; without it, where the daemon falls silent or is
gone (DAEMON is a path that is there as long as it is). The exit status is 0 for a last line, 3 for
one where the terminal has another size by then, and 1 for none.
"""

from __future__ import annotations

import os
import sys
import time

SILENCE_SECONDS = 3.0
"""The daemon says `wait` once a second while a user is asked."""

_LOOK_SECONDS = 0.002


def main() -> int:
    """See the module."""
    base, daemon = sys.argv[1:3]
    count, until = 1, time.monotonic() + SILENCE_SECONDS
    while time.monotonic() < until:
        alive = os.path.lexists(daemon)
        line = _taken(f"{base}.{count}")
        if line is None:
            if not alive:
                return 1
            time.sleep(_LOOK_SECONDS)
            continue
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        if line != b"wait\n":
            return 0 if _size(sys.argv[3]) in (None, sys.argv[4]) else 3
        count, until = count + 1, time.monotonic() + SILENCE_SECONDS
    return 1


def _size(tty: str) -> str | None:
    """The size of a terminal; None where it cannot be asked."""
    try:
        handle = os.open(tty, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        size = os.get_terminal_size(handle)
    except OSError:
        return None
    finally:
        os.close(handle)
    return f"{size.lines}x{size.columns}"


def _taken(path: str) -> bytes | None:
    """What the file holds, which is gone then; None where it is not there yet."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            line = file.read(65536)
        os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        return None
    return line


if __name__ == "__main__":
    os._exit(main())  # the shell waits for the end of this process, not for an orderly one
