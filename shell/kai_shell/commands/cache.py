"""`kai cache`: the kept answers."""

from __future__ import annotations

import json

import click

from kai import config, wiring
from kai_shell.streams import Streams


@click.group(no_args_is_help=False)
def command() -> None:
    """The answers that are kept."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def stats(streams: Streams, as_json: bool) -> None:
    """How many there are, how often they were used, how large the file is."""
    cache = wiring.build_cache(config.load())
    figures = cache.stats()
    if as_json:
        streams.stdout.write(json.dumps({**figures._asdict(), "path": str(cache.path)}) + "\n")
    else:
        streams.stdout.write(
            f"answers    {figures.entries}\n"
            f"used       {figures.uses} times\n"
            f"corrected  {figures.corrected}\n"
            f"size       {figures.size / 1024:.0f} KiB\n"
            f"file       {cache.path}\n"
        )
    _warn(cache.warnings, streams)


@command.command()
@click.pass_obj
def clear(streams: Streams) -> None:
    """Drop every answer."""
    cache = wiring.build_cache(config.load())
    streams.stdout.write(f"dropped {cache.clear()}\n")
    _warn(cache.warnings, streams)


@command.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def forget(streams: Streams, words: tuple[str, ...]) -> None:
    """Drop the answers to one request, in every context and namespace."""
    cache = wiring.build_cache(config.load())
    streams.stdout.write(f"dropped {cache.forget(' '.join(words))}\n")
    _warn(cache.warnings, streams)


def _warn(warnings: object, streams: Streams) -> None:
    for warning in warnings if isinstance(warnings, tuple) else ():
        streams.remark(warning)
