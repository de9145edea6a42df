"""`kai warmup`: have kai and its model loaded before the first key is pressed; for login files."""

from __future__ import annotations

import json
import os
import time

import click

from kai import config
from kai.errors import DaemonError
from kai_shell.answer import NO_ANSWER
from kai_shell.daemon import lifecycle, warmup
from kai_shell.streams import Streams, one_line

_WARM_SECONDS = 30.0
"""How long kai itself may take to load; a model may take what `llm.timeout` says."""

_LOOK_SECONDS = 0.1


@click.command()
@click.option("--wait", is_flag=True, help="Return when everything is loaded.")
@click.option(
    "--status", "show", is_flag=True, help="Only say what is loaded: cold, loading, warm."
)
@click.option("--quiet", is_flag=True, help="Say nothing: for a login file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(streams: Streams, wait: bool, show: bool, quiet: bool, as_json: bool) -> int:
    """Load kai and the model in the background. Returns at once: fit for a login file."""
    if show:
        return _show(streams, as_json=as_json)
    if not wait:
        silent = quiet or as_json
        status = warmup.begin(None if silent else streams.stdout, streams.stderr)
        return _show(streams, as_json=True) if as_json and status == 0 else status
    lifecycle.start(os.environ)
    _wait_for_kai()
    _wait_for_model()
    return 0 if quiet else _show(streams, as_json=as_json)


def _wait_for_kai() -> None:
    until = time.monotonic() + _WARM_SECONDS
    while time.monotonic() < until:
        said = lifecycle.status(os.environ)
        if said is None:
            raise DaemonError("the daemon has ended; kai daemon logs says why")
        if said["state"] != "loading":
            return
        time.sleep(0.02)
    raise DaemonError(f"kai is not loaded after {_WARM_SECONDS:.0f} s; kai daemon logs says more")


def _wait_for_model() -> None:
    """Until it is loaded, or cannot be: built-in answers need none, so that is no failure."""
    seconds = config.load(os.environ).settings.llm.timeout
    until = time.monotonic() + seconds
    said = lifecycle.model(os.environ, "warm")
    while said is not None and said[0] == "loading":
        if time.monotonic() > until:
            raise DaemonError(f"the model is not loaded after {seconds:.0f} s (llm.timeout)")
        time.sleep(_LOOK_SECONDS)
        said = lifecycle.model(os.environ, "status")


def _show(streams: Streams, *, as_json: bool) -> int:
    """The states and why; 0 where kai is warm or will be soon, else 3."""
    said = lifecycle.status(os.environ)
    model = lifecycle.model(os.environ, "status") if said is not None else None
    state = "cold" if said is None else said["state"]
    if as_json:
        streams.stdout.write(json.dumps({"state": state, **_fields(model)}) + "\n")
    elif said is None:
        streams.stdout.write("cold: no daemon is running (kai warmup starts it)\n")
    else:
        why = {
            "warm": f"process {said['pid']} has everything loaded",
            "loading": f"process {said['pid']} is loading",
            "cold": f"process {said['pid']} could not load everything (kai daemon logs)",
        }
        streams.stdout.write(f"{state}: {why.get(state, '')}\n")
        if model is not None:
            streams.stdout.write(one_line(warmup.line(model).rstrip("\n")) + "\n")
    return NO_ANSWER if state == "cold" else 0


def _fields(model: tuple[str, str, str, str] | None) -> dict[str, object]:
    if model is None:
        return {"model": None}
    state, name, detail, left = model
    about = {"state": state, "name": name, "detail": detail}
    return {"model": {**about, "seconds_left": float(left) if left else None}}
