"""`kai --batch FILE`: requests as JSON, one a line; answers as JSON, one a line, in order.

A row is {"id", "request", "context", "namespace", "kind", "selection"}, all but `request` optional;
other keys are left alone. A row that cannot be used gets an answer that says why, in its place.
Nothing is written to the journal: a batch is no person asking.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from kai import config, wiring
from kai.engine import Engine
from kai.errors import UsageError
from kai.model import Ask, Context, Failed, Outcome, SourceFilter, Surroundings
from kai_shell.answer import as_object
from kai_shell.arguments import Options
from kai_shell.drive import events
from kai_shell.streams import Streams, fault

_SECONDS_BETWEEN_REPORTS = 0.1
_TEXTS = ("request", "context", "namespace", "kind", "selection")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the input: the fields that are used, or what is wrong with it."""

    id: Any = None
    fields: dict[str, str] | None = None
    problem: str = ""


def run_batch(options: Options, streams: Streams) -> int:
    """Answer every row; the exit status is 0 once the input could be read."""
    gc.enable()  # `cli.process` switches it off for a single answer
    loaded = config.load(flags=options.settings)
    for warning in loaded.warnings:
        streams.remark(warning)
    with asyncio.Runner() as runner:
        runner.run(wiring.learn_version(loaded))
        return _answered(options, streams, loaded, runner)


def _answered(
    options: Options, streams: Streams, loaded: config.Loaded, runner: asyncio.Runner
) -> int:
    model = wiring.build_model(loaded)
    engine = wiring.build_engine(loaded, journal=False, provider=model)
    contexts: dict[tuple[str | None, str | None], Context] = {}
    rows = _rows(options.batch or "-", streams)
    progress = _Progress(streams, len(rows))
    for row in rows:
        given = row.fields or {}
        place = (given.get("context", options.context), given.get("namespace", options.namespace))
        if place not in contexts:
            contexts[place] = wiring.build_context(
                loaded,
                context=place[0],
                namespace=place[1],
                strict=False,
                warn=streams.remark,
            )
        ask = _ask(row, contexts[place], options)
        outcome = _outcome(engine, ask, runner) if row.fields else Failed(row.problem)
        answer = as_object(ask, outcome)
        if row.id is not None:
            answer = {"id": row.id, **answer}
        streams.stdout.write(json.dumps(answer) + "\n")
        progress.step()
    progress.end()
    for warning in engine.warnings:
        streams.remark(warning)
    return 0


def _ask(row: Row, context: Context, options: Options) -> Ask:
    given = row.fields or {}
    return Ask(
        given.get("request", ""),
        context=context,
        surroundings=Surroundings(kind=given.get("kind"), selection=given.get("selection", "")),
        source=SourceFilter(options.source),
        again=options.again,
    )


def _outcome(engine: Engine, ask: Ask, runner: asyncio.Runner) -> Outcome:
    """The last event; a fault in one row is that row's answer, not the end of the batch."""
    outcome: Outcome = Failed("the engine gave no answer")
    try:
        for event in events(engine, ask, runner):
            if isinstance(event, Outcome):
                outcome = event
    except Exception as error:  # noqa: BLE001 - the other rows still count
        return Failed(fault(error))
    return outcome


def _rows(file: str, streams: Streams) -> list[Row]:
    try:
        content = _binary(streams).read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return list(_parsed(lines))


def _binary(streams: Streams) -> BinaryIO:
    from io import BytesIO

    raw: BinaryIO | None = getattr(streams.stdin, "buffer", None)
    return BytesIO(streams.stdin.read().encode()) if raw is None else raw


def _parsed(lines: list[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _row(line, f"line {number}")


def _row(line: bytes, where: str) -> Row:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Row(problem=f"{where}: byte {error.start} is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Row(problem=f"{where} is not JSON: {error}")
    if not isinstance(value, dict):
        return Row(problem=f"{where} is not a JSON object")
    identity = value.get("id")
    fields: dict[str, str] = {}
    for name in _TEXTS:
        text = value.get(name)
        if isinstance(text, str):
            fields[name] = text
        elif text is not None:
            return Row(identity, problem=f"{where}: {name} must be text")
    if "request" not in fields:
        return Row(identity, problem=f'{where} has no "request"')
    return Row(identity, fields)


class _Progress:
    """How far the batch is, on a terminal only."""

    def __init__(self, streams: Streams, total: int) -> None:
        self._stream = streams.stderr if streams.stderr.isatty() else None
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _SECONDS_BETWEEN_REPORTS

    def step(self) -> None:
        self._done += 1
        if self._stream is not None and time.monotonic() >= self._next:
            self._stream.write(f"\rkai: {self._done} of {self._total}")
            self._stream.flush()
            self._next = time.monotonic() + _SECONDS_BETWEEN_REPORTS

    def end(self) -> None:
        """Take the line away again."""
        if self._stream is not None:
            self._stream.write("\r" + " " * 40 + "\r")
            self._stream.flush()
