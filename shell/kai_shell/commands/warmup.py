"""`kai warmup`: have kai loaded before the first key is pressed; made for login files."""

from __future__ import annotations

import os
import time

import click

from kai.errors import DaemonError
from kai_shell.answer import NO_ANSWER
from kai_shell.daemon import lifecycle
from kai_shell.streams import Streams

_WARM_SECONDS = 30.0


@click.command()
@click.option("--wait", is_flag=True, help="Return when everything is loaded.")
@click.option(
    "--status", "show", is_flag=True, help="Only say what is loaded: cold, loading, warm."
)
@click.pass_obj
def command(streams: Streams, wait: bool, show: bool) -> int:
    """Start the daemon in the background. Returns at once: fit for a login file."""
    if show:
        return _show(streams)
    if not wait:
        lifecycle.begin(os.environ)
        return 0
    lifecycle.start(os.environ)
    until = time.monotonic() + _WARM_SECONDS
    while time.monotonic() < until:
        said = lifecycle.status(os.environ)
        if said is None:
            raise DaemonError("the daemon has ended; kai daemon logs says why")
        if said["state"] != "loading":
            return _show(streams)
        time.sleep(0.02)
    raise DaemonError(f"kai is not loaded after {_WARM_SECONDS:.0f} s; kai daemon logs says more")


def _show(streams: Streams) -> int:
    """One line: the state and why; 0 where kai is warm or will be soon, else 3."""
    said = lifecycle.status(os.environ)
    if said is None:
        streams.stdout.write("cold: no daemon is running (kai warmup starts it)\n")
        return NO_ANSWER
    state = said["state"]
    why = {
        "warm": f"process {said['pid']} has everything loaded",
        "loading": f"process {said['pid']} is loading",
        "cold": f"process {said['pid']} could not load everything (kai daemon logs)",
    }
    streams.stdout.write(f"{state}: {why.get(state, '')}\n")
    return NO_ANSWER if state == "cold" else 0
