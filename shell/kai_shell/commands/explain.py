"""`kai explain 'kubectl ...'`: a command in plain words, part by part, and how dangerous it is."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace

import click

from kai import config, wiring
from kai.examine import Examined, Examiner
from kai.explain.whole import Explanation, explanation
from kai.kubectl.grammar import quote
from kai.kubectl.learnt import LearntFlags
from kai.model import Finding
from kai_shell import explained
from kai_shell.answer import NO_ANSWER
from kai_shell.panel import Look
from kai_shell.streams import Streams


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def command(streams: Streams, as_json: bool, words: tuple[str, ...]) -> int:
    """What a kubectl command does, part by part, and how dangerous it is: nothing is run.

    Quote the whole line, so that the shell leaves pipes alone. Exit status: 0, or 3 where there is
    no kubectl command to explain.
    """
    line = words[0] if len(words) == 1 else " ".join(quote(word) for word in words)
    examined, examiner = asyncio.run(_examined(line, config.load()))
    shown = explanation(
        examined.pipeline,
        examiner.catalogue,
        findings=examined.findings,
        risk=examined.risk,
        context=examiner.context,
    )
    if as_json:
        shape = explained.as_json(shown, examined.findings, examined.risk)
        streams.stdout.write(json.dumps(shape) + "\n")
    else:
        _write(shown, examined, streams)
    return 0 if shown.summary else NO_ANSWER


async def _examined(line: str, loaded: config.Loaded) -> tuple[Examined, Examiner]:
    """Read with the table of the user's kubectl, which is asked about flags the table has not."""
    await wiring.learn_version(loaded)
    examiner = wiring.build_examiner(loaded, wiring.build_context(loaded))
    examined = examiner.line(line)
    if examined.pipeline.findings:
        flags = LearntFlags(wiring.build_flag_lookup(loaded))
        if await flags.learn(examined.pipeline):
            examiner = replace(examiner, spec=flags.spec(examiner.context.kubectl_version))
            examined = examiner.line(line)
    return examined, examiner


def _write(shown: Explanation, examined: Examined, streams: Streams) -> None:
    """The explanation on standard output; what the checks found on standard error."""
    if streams.on_terminal:
        look = Look.of(replace(streams, stderr=streams.stdout), os.environ)
        streams.stdout.write(explained.drawn(shown, look))
    else:
        streams.stdout.write(explained.plain(shown))
    told = {_same(finding) for finding in (examined.risk.findings if examined.risk else ())}
    for finding in examined.findings:
        if _same(finding) not in told:
            streams.remark(f"{finding.level}: {finding.message} [{finding.code}]")


def _same(finding: Finding) -> tuple[str, int, int]:
    return finding.code, finding.start, finding.end
