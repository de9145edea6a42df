"""One request: words in, the command on standard output, everything else on standard error."""

from __future__ import annotations

import json

from kai import config, wiring
from kai.errors import UsageError
from kai.model import Answered, Ask, Outcome
from kai_shell.answer import as_object, exit_status, said
from kai_shell.arguments import Request
from kai_shell.drive import events
from kai_shell.streams import Streams

_MAX_INPUT = 64 * 1024
"""Characters read from standard input; the engine itself says what is too long a request."""


def answer(request: Request, streams: Streams) -> int:
    """Answer one request and give the exit status."""
    options = request.options
    words = request.words
    if words == "-":
        words = streams.stdin.read(_MAX_INPUT).strip()
        if not words:
            raise UsageError("there is no request on standard input")
    loaded = config.load()
    for warning in loaded.warnings:
        streams.remark(warning)
    engine = wiring.build_engine(loaded)
    ask = Ask(
        words,
        context=wiring.build_context(loaded, context=options.context, namespace=options.namespace),
        source=options.source,
        again=options.again,
    )
    status = 1
    for event in events(engine, ask):
        if isinstance(event, Outcome):
            status = exit_status(event)
            _show(ask, event, streams, as_json=options.json)
            # The answer is out before it is kept and recorded.
            streams.stdout.flush()
    for warning in engine.warnings:
        streams.remark(warning)
    return status


def _show(ask: Ask, outcome: Outcome, streams: Streams, *, as_json: bool) -> None:
    if as_json:
        streams.stdout.write(json.dumps(as_object(ask, outcome), ensure_ascii=False) + "\n")
    elif isinstance(outcome, Answered):
        streams.stdout.write(outcome.suggestion.command + "\n")
    else:
        streams.remark(said(outcome))
