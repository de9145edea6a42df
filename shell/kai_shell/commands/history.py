"""`kai history`: what was asked and what came of it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click

from kai import config, wiring
from kai.journal import Record
from kai_shell.streams import Streams, one_line


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
        streams.stdout.write((json.dumps(asdict(record)) if as_json else _line(record)) + "\n")
    if not found and not as_json:
        streams.remark("nothing is recorded" + (" with these words" if words else ""))
    for warning in journal.warnings:
        streams.remark(warning)


def _line(record: Record) -> str:
    """Time, request and command; both are text that somebody typed, so nothing unprintable."""
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.at))
    answer = record.command if record.command else f"({record.outcome})"
    return f"{at}  {one_line(record.request)}\n{'':18}{one_line(answer)}"
