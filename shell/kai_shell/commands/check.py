"""`kai check`: how dangerous commands are, and what is wrong with them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kai import config, wiring
from kai.errors import UsageError
from kai.examine import Examined, Examiner
from kai.kubectl.grammar import quote
from kai.model import Level, Tier
from kai_shell import reports
from kai_shell.reports import Checked
from kai_shell.streams import Streams

CLEAN, FOUND, UNREADABLE = 0, 1, 2
_FORMATS = ("text", "json", "sarif", "github")
_TIERS = tuple(str(tier) for tier in Tier)


class _Unreadable(UsageError):
    """An input that cannot be read."""

    exit_code = UNREADABLE


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="SCRIPT",
    help="A shell script; - is standard input. May be repeated.",
)
@click.option(
    "--batch",
    metavar="FILE",
    help="Rows {id, command} as JSON, one a line; answers {id, tier, findings}.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format=json.")
@click.option(
    "--fail-on",
    type=click.Choice(_TIERS),
    default="destructive",
    show_default=True,
    help="The lowest tier that makes the exit status 1; so does any error.",
)
@click.option("--context", help="Judge as in this context of the kubeconfig.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(
    streams: Streams,
    files: tuple[str, ...],
    batch: str | None,
    form: str,
    as_json: bool,
    fail_on: str,
    context: str | None,
    words: tuple[str, ...],
) -> int:
    """Read a kubectl command, or every one in the shell scripts, and say how dangerous it is.

    Exit status: 0 clean, 1 something at or above --fail-on or an error, 2 an input that cannot be
    read.
    """
    if bool(files) + bool(words) + bool(batch) != 1:
        raise UsageError("give one of: a command in quotes, --file SCRIPT, --batch FILE")
    loaded = config.load()
    where = wiring.build_context(loaded, context=context, strict=False)
    examiner = wiring.build_examiner(loaded, where)
    if batch:
        return _batch(batch, examiner, streams, Tier(fail_on))
    results = list(_scripts(files, examiner, streams)) if files else [_line(words, examiner)]
    _report(results, "json" if as_json else form, streams)
    return _status([item for result in results for item in result.examined], Tier(fail_on))


def _line(words: tuple[str, ...], examiner: Examiner) -> Checked:
    text = words[0] if len(words) == 1 else " ".join(quote(word) for word in words)
    return Checked(None, text, (examiner.line(text),))


def _scripts(files: tuple[str, ...], examiner: Examiner, streams: Streams) -> Iterator[Checked]:
    for name in files:
        text = _read(name, streams)
        yield Checked(name, text, examiner.script(text))


def _read(name: str, streams: Streams) -> str:
    try:
        if name == "-":
            return streams.stdin.read()
        return Path(name).read_bytes().decode("utf-8")
    except OSError as error:
        raise _Unreadable(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _Unreadable(f"{name} is not UTF-8: byte {error.start} is wrong") from None


def _report(results: list[Checked], form: str, streams: Streams) -> None:
    if form == "json":
        reports.as_json(results, streams.stdout)
    elif form == "sarif":
        reports.sarif(results, streams.stdout)
    elif form == "github":
        reports.github(results, streams.stdout)
    else:
        colour = streams.on_terminal and not os.environ.get("NO_COLOR")
        colour = colour and os.environ.get("TERM", "dumb") not in ("", "dumb")
        reports.text(results, streams.stdout, colour=colour)


def _status(examined: list[Examined], fail_on: Tier) -> int:
    return FOUND if any(_fails(item, fail_on) for item in examined) else CLEAN


def _fails(item: Examined, fail_on: Tier) -> bool:
    if item.tier is not None and Tier(item.tier).rank >= fail_on.rank:
        return True
    return any(finding.level is Level.ERROR for finding in item.findings)


def _batch(name: str, examiner: Examiner, streams: Streams, fail_on: Tier) -> int:
    status = CLEAN
    for number, line in enumerate(_read(name, streams).removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        row = _row(line, f"{name}:{number}")
        item = examiner.line(row["command"])
        status = max(status, _status([item], fail_on))
        shown = reports.examined(item)
        answer: dict[str, Any] = {"id": row["id"]} if "id" in row else {}
        answer |= {key: shown[key] for key in ("tier", "findings", "reasons", "radius")}
        streams.stdout.write(json.dumps(answer) + "\n")
    return status


def _row(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _Unreadable(f"{place}: not a JSON object") from None
    if not isinstance(row, dict) or not isinstance(row.get("command"), str):
        raise _Unreadable(f'{place}: a row is {{"id": ..., "command": "kubectl ..."}}')
    return row
