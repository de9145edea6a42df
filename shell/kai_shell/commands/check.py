"""`kai check`: how dangerous commands are, and what is wrong with them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Any

import click

from kai import config, wiring
from kai.errors import UsageError
from kai.examine import Examined, Examiner, unsilenced
from kai.kubectl.grammar import quote
from kai.model import Tier
from kai.parts import Live
from kai_shell import reports
from kai_shell.reports import Checked, Tally, Wanted
from kai_shell.scripts_in import Unreadable, content, script
from kai_shell.streams import Streams, fault

CLEAN, FOUND, UNREAD = 0, 1, 2
_FORMATS = ("text", "json", "sarif", "github")
_TIERS = tuple(str(tier) for tier in Tier)
_FORMS = """\
Usage: kai check [OPTIONS] 'kubectl ...'
       kai check [OPTIONS] --file SCRIPT...
       kai check [OPTIONS] --batch FILE
"""


class _Command(click.Command):
    """Options stand anywhere among the names of scripts, but in front of a command only."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `--file=NAME` as `--file NAME`: all words are names then, as pre-commit adds them."""
        own = list(takewhile(lambda word: word.split()[:1] != ["kubectl"], args))
        if any(word == "--file" or word.startswith("--file=") for word in own):
            ctx.allow_interspersed_args = True
            ctx.ignore_unknown_options = False
            args = [part for word in args for part in _apart(word)]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The three forms."""
        formatter.write(_FORMS)


def _apart(word: str) -> tuple[str, ...]:
    option, equals, name = word.partition("=")
    return ("--file", name) if option == "--file" and equals else (word,)


@click.command(
    cls=_Command,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--file", "as_files", is_flag=True, help="The words are shell scripts (-: stdin).")
@click.option(
    "--batch",
    metavar="FILE",
    help="Rows {id, command} in JSON, one a line (-: stdin); answers {id, tier, findings, ...}.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), help="How to say it.  [text]")
@click.option("--json", "as_json", is_flag=True, help="The same as --format=json.")
@click.option(
    "--fail-on",
    type=click.Choice(_TIERS),
    default="destructive",
    show_default=True,
    help="The lowest tier that makes the exit status 1; so does any error.",
)
@click.option("--all", "everything", is_flag=True, help="Tell of what only reads, too.")
@click.option("--context", metavar="NAME", help="Judge as in this context of the kubeconfig.")
@click.option("--live", is_flag=True, help="Ask the cluster you are on about the command, too.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(streams: Streams, /, **options: Any) -> int:
    """Say how dangerous a kubectl command is, or every one in shell scripts, and what is wrong.

    No command of it is run. With --live the cluster of the current context is asked for 1.5 s at
    most: whether you may, and by a dry run whether it would be taken. Otherwise none is.

    Exit status: 0 clean, 1 a command at or above --fail-on or an error, 2 an input that cannot be
    read, or wrong usage.
    """
    words, batch = options["words"], options["batch"]
    form = "json" if options["as_json"] else options["form"]
    _refuse_mixtures(words, batch, options["as_files"], form)
    if options["live"] and (batch or options["as_files"]):
        raise UsageError("--live asks about a single command, not about files or rows")
    loaded = config.load()
    for warning in loaded.warnings:
        streams.remark(warning)
    asyncio.run(wiring.learn_version(loaded))
    where = wiring.build_context(
        loaded, context=options["context"], strict=False, warn=streams.remark
    )
    examiner = wiring.build_examiner(loaded, where)
    wanted = Wanted(options["everything"], Tier(options["fail_on"]))
    try:
        if batch:
            return _batch(batch, examiner, streams, wanted)
        if options["as_files"]:
            return _files(words, examiner, streams, wanted, form)
        text = words[0] if len(words) == 1 else " ".join(quote(word) for word in words)
        item = examiner.line(text)
        if options["live"]:
            item = asyncio.run(_asked(item, examiner, wiring.build_live(loaded), streams))
        return _line(item, streams, wanted, form)
    except BrokenPipeError:
        return streams.reader_left()


def _refuse_mixtures(
    words: tuple[str, ...], batch: str | None, as_files: bool, form: str | None
) -> None:
    if batch and (words or as_files):
        raise UsageError("--batch takes its commands from the file; leave the rest out")
    if words == ("-",) and not as_files:
        raise UsageError("standard input is read by --file - (a script) or --batch - (rows)")
    if not as_files and words and words[0].startswith("-"):
        raise UsageError(f"there is no option {words[0].partition('=')[0]} (kai check --help)")
    if batch and form not in (None, "json"):
        raise UsageError(f"--batch answers in JSON; leave --format={form} out")
    if as_files and not words:
        raise UsageError("--file needs the name of a script: kai check --file SCRIPT...")
    if not (batch or as_files or " ".join(words).strip()):
        raise UsageError("give a command in quotes, --file SCRIPT or --batch FILE")


def _line(item: Examined, streams: Streams, wanted: Wanted, form: str | None) -> int:
    """One command: whoever asks about a single one is told everything."""
    result = Checked(None, item.command, (item,))
    _report(iter((result,)), form, streams, Wanted(everything=True, fail_on=wanted.fail_on))
    return FOUND if wanted.fails(item) else CLEAN


async def _asked(item: Examined, examiner: Examiner, live: Live, streams: Streams) -> Examined:
    """The command with what the cluster says about it."""
    answers = live(item.pipeline, item.risk, examiner.context, examiner.catalogue)
    found = [checked async for checked in answers]
    if not any(checked.check != "names" for checked in found):
        streams.remark("the cluster was not asked: there is none, or nothing to ask it")
    findings = (*item.findings, *(finding for checked in found for finding in checked.findings))
    risk = next((checked.risk for checked in found if checked.risk), item.risk)
    return replace(item, findings=findings, risk=risk)


def _files(
    names: tuple[str, ...], examiner: Examiner, streams: Streams, wanted: Wanted, form: str | None
) -> int:
    tally = Tally()
    _report(tally.counted(checked(names, examiner, streams), wanted), form, streams, wanted)
    streams.stdout.flush()
    streams.remark(tally.text)
    return UNREAD if tally.unread else FOUND if tally.failing else CLEAN


def checked(names: tuple[str, ...], examiner: Examiner, streams: Streams) -> Iterator[Checked]:
    """Each file in order; one that cannot be read is said, and the others are read all the same."""
    for name in names:
        try:
            text = script(name, streams)
            result = Checked(name, text, unsilenced(text, examiner.script(text)))
        except Unreadable as error:
            result = Checked(name, problem=str(error))
        except Exception as error:  # noqa: BLE001 - the other files still count
            result = Checked(name, problem=f"{name} could not be checked: {fault(error)}")
        if result.problem:
            streams.stdout.flush()
            streams.remark(result.problem)
        yield result


def _report(results: Iterator[Checked], form: str | None, streams: Streams, wanted: Wanted) -> None:
    out = streams.stdout
    if form == "json":
        reports.as_json(results, out)
    elif form == "sarif":
        from kai_shell.reports import sarif

        sarif.write(results, out, wanted)
    elif form == "github":
        from kai_shell.reports import workflow

        workflow.write(results, out, wanted)
    else:
        from kai_shell.reports import people

        colour = streams.on_terminal and not os.environ.get("NO_COLOR")
        colour = colour and os.environ.get("TERM", "dumb") not in ("", "dumb")
        people.write(results, out, wanted, colour=colour)


def _batch(name: str, examiner: Examiner, streams: Streams, wanted: Wanted) -> int:
    """Answer every row in order; one that is none gets an answer that says so."""
    status, bad = CLEAN, 0
    for number, line in enumerate(content(name, streams).split(b"\n"), 1):
        row = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not row.strip():
            continue
        answer = answered(row, f"line {number}", examiner, wanted)
        bad += "error" in answer
        status = max(status, answer.pop("status", UNREAD))
        streams.stdout.write(json.dumps(answer) + "\n")
    if bad:
        streams.stdout.flush()
        streams.remark(f"{bad} {'row' if bad == 1 else 'rows'} could not be read; see their errors")
    return status


def answered(line: bytes, place: str, examiner: Examiner, wanted: Wanted) -> dict[str, Any]:
    """The answer to one row, with the exit status that it alone would give as `status`."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return {"error": f"{place} is not UTF-8: byte {error.start + 1}"}
    except (ValueError, RecursionError) as error:
        return {"error": f"{place} is not JSON: {error}"}
    if not isinstance(row, dict):
        return {"error": f"{place} is not a JSON object"}
    head = {"id": row["id"]} if "id" in row else {}
    if not isinstance(row.get("command"), str):
        return {**head, "error": f'{place} has no text as its "command"'}
    try:
        item = examiner.line(row["command"])
    except Exception as error:  # noqa: BLE001 - the other rows still count
        return {**head, "error": f"{place} could not be checked: {fault(error)}"}
    shown = reports.examined(item)
    told = {key: shown[key] for key in ("tier", "findings", "reasons", "radius")}
    return {**head, **told, "status": FOUND if wanted.fails(item) else CLEAN}
