"""`kai daemon`: the process that keeps kai loaded, so that a key is answered at once."""

from __future__ import annotations

import json
import os

import click

from kai import config
from kai.config.checks import duration_text
from kai_shell.answer import NO_ANSWER
from kai_shell.daemon import lifecycle
from kai_shell.daemon.log import Log
from kai_shell.streams import Streams, one_line


@click.group(no_args_is_help=False)
def command() -> None:
    """The process that keeps kai loaded for the shells; one for each user."""


@command.command()
@click.pass_obj
def start(streams: Streams) -> None:
    """Start it; an older version is replaced, one that runs stays."""
    pid, new = lifecycle.start(os.environ)
    streams.stdout.write(f"{'started' if new else 'running already'} (process {pid})\n")


@command.command()
@click.pass_obj
def stop(streams: Streams) -> None:
    """End it; one that does not answer is killed."""
    pid = lifecycle.stop(os.environ)
    streams.stdout.write("not running\n" if pid is None else f"stopped (process {pid})\n")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(streams: Streams, as_json: bool) -> int:
    """Whether it runs and what it has loaded; the exit status is 3 where it does not run."""
    said = lifecycle.status(os.environ)
    if as_json:
        streams.stdout.write(json.dumps({"running": said is not None, **(said or {})}) + "\n")
    elif said is None:
        streams.stdout.write("not running\n")
    else:
        uptime = duration_text(float(said["uptime"]))
        streams.stdout.write(
            f"running    process {said['pid']}, kai {said['version']}\n"
            f"state      {said['state']}\n"
            f"since      {uptime}\n"
            f"requests   {said['requests']}\n"
            f"memory     {said['memory']} MiB\n"
        )
    return 0 if said is not None else NO_ANSWER


@command.command()
@click.option("-n", "count", default=50, metavar="N", type=click.IntRange(1, 100_000))
@click.pass_obj
def logs(streams: Streams, count: int) -> None:
    """The last N lines of its log (50); it says what happened, never what was asked."""
    log = Log(config.Paths.from_environment(os.environ).state / "daemon.log")
    lines = log.tail(count)
    for line in lines:
        streams.stdout.write(one_line(line) + "\n")
    if not lines:
        streams.remark(f"there is no log yet ({log.path})")
