"""One request: words in, the command on standard output, everything else on standard error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from kai import config, wiring
from kai.engine import Engine
from kai.errors import UsageError
from kai.model import Answered, Ask, Event, Failed, Outcome, SourceFilter, Status, Suggestion
from kai.verdicts import said
from kai_shell import through
from kai_shell.answer import as_object, exit_status
from kai_shell.arguments import Options, Request
from kai_shell.drive import loop, run
from kai_shell.streams import Streams, fault

_VERSION_SECONDS = 1.0
"""Deadline of asking kubectl for its version behind an answer (40 ms on a quiet machine)."""


def answer(request: Request, streams: Streams) -> int:
    """Answer one request in this process and give the exit status."""
    loaded = config.load(streams.env, request.options.settings)
    through.read(request, streams.stdin)
    model = wiring.build_model(loaded, streams.env)
    engine = wiring.build_engine(loaded, streams.env, provider=model)

    async def answered() -> int:
        try:
            return await respond(request, streams, loaded, engine)
        finally:
            if model is not None:
                await model.close()

    status = run(answered())
    if streams.on_terminal:
        _learn_version(loaded)
    return status


async def respond(request: Request, streams: Streams, loaded: config.Loaded, engine: Engine) -> int:
    """Answer a request that has been read, and give the exit status: the one way there is, here and
    in the daemon."""
    for warning in loaded.warnings:
        streams.remark(warning)
    ask = _ask(request, loaded, streams)
    status = 1
    async for event in _events(engine, ask, request.options, streams):
        if isinstance(event, Status):
            await loop()  # from here on a model may be waited for
        if isinstance(event, Outcome):
            status = exit_status(event)
            _show(ask, event, streams, as_json=request.options.json)
            # The answer is out before it is kept and recorded.
            streams.stdout.flush()
    if status == 0 and not request.options.json:
        _warn_of_namespace(request.options, loaded, streams)
    for warning in engine.warnings:
        streams.remark(warning)
    return status


def _learn_version(loaded: config.Loaded) -> None:
    """Ask kubectl for its version, so that the next answer is checked with the right table.

    Only after the answer is out and only before a person, who is reading now: see docs/why.md.
    """
    from kai.errors import KubectlError

    try:
        kubectl = wiring.build_kubectl(loaded, version_seconds=_VERSION_SECONDS)
        if kubectl.cached_version() is None:
            import asyncio

            asyncio.run(kubectl.version())
    except (KubectlError, KeyboardInterrupt):
        return  # the answer is there; `kai doctor` says what is wrong with kubectl


async def _events(
    engine: Engine, ask: Ask, options: Options, streams: Streams
) -> AsyncIterator[Event]:
    """The engine's events; who reads JSON gets an object even where kai itself is at fault."""
    try:
        async for event in engine.suggest(ask):
            yield event
    except Exception as error:
        if options.json:
            _show(ask, Failed(fault(error)), streams, as_json=True)
        raise


def _ask(request: Request, loaded: config.Loaded, streams: Streams) -> Ask:
    options = request.options
    try:
        request.words.encode()
    except UnicodeEncodeError:
        raise UsageError("the request is not valid text in the encoding of this terminal") from None
    where = wiring.build_context(
        loaded,
        streams.env,
        context=options.context,
        namespace=options.namespace,
        warn=streams.remark,
    )
    source = SourceFilter(options.source)
    return Ask(request.words, context=where, source=source, again=options.again)


def _show(ask: Ask, outcome: Outcome, streams: Streams, *, as_json: bool) -> None:
    if as_json:
        streams.stdout.write(json.dumps(as_object(ask, outcome)) + "\n")
    elif not isinstance(outcome, Answered):
        streams.remark(said(outcome))
    elif streams.on_terminal:
        from kai_shell.panel import Look, panel

        look = Look.of(streams, streams.env)
        for command in _commands(outcome.suggestion):
            streams.stdout.write(look.painted(command, "bold") + "\n")
        streams.stdout.flush()
        streams.stderr.write(panel(ask, outcome, look))
    else:
        streams.stdout.write("".join(f"{each}\n" for each in _commands(outcome.suggestion)))
        streams.stdout.flush()
        suggestion = outcome.suggestion
        if suggestion.assumptions or suggestion.findings or suggestion.author:
            from kai_shell.panel import remarks

            for _, line in remarks(outcome.suggestion):
                streams.remark(line)


def _commands(suggestion: Suggestion) -> tuple[str, ...]:
    """What is to be run, in order."""
    return (suggestion.command, *suggestion.steps)


def _warn_of_namespace(options: Options, loaded: config.Loaded, streams: Streams) -> None:
    """`-n` and `--context` only say where the user is; the command itself goes where it goes."""
    if options.namespace is None and options.context is None:
        return
    real = wiring.build_context(loaded, streams.env)
    wrong = [
        f"{name} {given}"
        for name, given, current in (
            ("context", options.context, real.context),
            ("namespace", options.namespace, real.namespace),
        )
        if given is not None and given != current
    ]
    if wrong:
        streams.remark(f"the command is meant for {' and '.join(wrong)}, which is not current now")
