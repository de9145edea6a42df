"""`kai history`: what was asked and what came of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict

import click

from kai import config, wiring
from kai.journal import Record
from kai_shell.lines import WIDTH, columns, hung
from kai_shell.streams import Streams, one_line

_NO_COMMAND = {"abstained": "no answer", "refused": "refused", "failed": "failed"}


@click.command()
@click.option("-n", "count", default=20, metavar="N", type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.argument("words", nargs=-1)
@click.pass_obj
def command(streams: Streams, count: int, as_json: bool, words: tuple[str, ...]) -> None:
    """The last N requests (20) and their answers, newest last; with WORDS only those that hold
    them."""
    journal = wiring.build_journal(config.load())
    found = journal.search(" ".join(words), count) if words else journal.recent(count)
    for record in reversed(found):
        shown = json.dumps(asdict(record)) + "\n" if as_json else _lines(record, streams)
        streams.stdout.write(shown)
    if not found and not as_json:
        streams.remark("nothing is recorded" + (" with these words" if words else ""))
    for warning in journal.warnings:
        streams.remark(warning)


def _lines(record: Record, streams: Streams) -> str:
    """Time, request and command; both are text that somebody typed, so nothing unprintable. The
    command is never broken: it is there to be copied."""
    at = time.strftime("%Y-%m-%d %H:%M  ", time.localtime(record.at))
    answer = (
        one_line(record.command)
        if record.command
        else f"({_NO_COMMAND.get(record.outcome, record.outcome)})"
    )
    narrow = streams.on_terminal and columns(streams.stdout, os.environ) < WIDTH
    indent = 2 if narrow else len(at)
    request = hung(at, one_line(record.request), streams.stdout, indent)
    said = "".join(f"{' ' * indent}{line}\n" for line in (answer, *_ran(record)))
    return request + said


def _ran(record: Record) -> Iterator[str]:
    """What was run of it, where a shell told: "run", or the line it was edited into."""
    if record.run_at is None:
        return
    status = f", status {record.exit_status}" if record.exit_status else ""
    if record.edited is None:
        yield f"(run{status})"
    else:
        yield f"(edited and run{status})"
        yield one_line(record.edited)
