"""Run a server for as long as whoever asked for it lives, and leave none of its processes behind.

usage: guardian.py LOG PROGRAM ARGUMENT...

The server leads a process group of its own, so that its runners end with it. The first line written
to standard output is its process id. It is ended when standard input closes: that also happens when
the tests are killed, which no `finally` would see.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

PATIENCE = 5.0
"""Seconds that a server has to end by itself once it is asked to."""


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


def _end_with_input(server: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    _signal_group(server.pid, signal.SIGTERM)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        _signal_group(server.pid, signal.SIGKILL)


def main(log: str, *command: str) -> int:
    """Run `command` with its output appended to `log`; its exit status."""
    with open(log, "ab") as output:  # noqa: PTH123 - started for each server: no import for it
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    os.write(1, b"%d\n" % server.pid)
    watch = threading.Thread(target=_end_with_input, args=(server,), daemon=True)
    watch.start()
    status = server.wait()
    # What it started may outlive it, whatever it died of.
    _signal_group(server.pid, signal.SIGKILL)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
