"""`kai explain 'kubectl ...'`: a command in plain words, and what is wrong with it."""

from __future__ import annotations

import asyncio
import json

import click

from kai import config, wiring
from kai.kubectl.grammar import quote
from kai.model import Suggestion
from kai_shell.answer import NO_ANSWER, suggested
from kai_shell.lines import hung
from kai_shell.streams import Streams


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def command(streams: Streams, as_json: bool, words: tuple[str, ...]) -> int:
    """What a kubectl command does: quote the whole line, so that the shell leaves pipes alone."""
    line = words[0] if len(words) == 1 else " ".join(quote(word) for word in words)
    loaded = config.load()
    suggestion = asyncio.run(_examined(line, loaded))
    if as_json:
        shown = suggested(suggestion)
        keys = ("command", "explanation", "tier", "risk", "findings")
        streams.stdout.write(json.dumps({key: shown[key] for key in keys}) + "\n")
    else:
        if suggestion.explanation:
            streams.stdout.write(hung("", suggestion.explanation, streams.stdout, 0))
        for finding in suggestion.findings:
            streams.remark(f"{finding.level}: {finding.message} [{finding.code}]")
    return 0 if suggestion.explanation else NO_ANSWER


async def _examined(line: str, loaded: config.Loaded) -> Suggestion:
    await wiring.learn_version(loaded)
    engine = wiring.build_engine(loaded, journal=False)
    return await engine.examine(line, wiring.build_context(loaded))
