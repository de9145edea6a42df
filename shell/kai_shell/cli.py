"""The command line: argv becomes a value, the value is run, and every error ends here as one line.

Nothing is imported before it is needed: `kai --version` loads this file alone, a request loads
neither click nor asyncio.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn, TextIO

    from kai_shell.arguments import Action
    from kai_shell.streams import Streams


def process() -> NoReturn:
    """What the scripts `kai` and `kubectl-kai` call: one command line, and the process ends.

    Collecting garbage and taking the interpreter down in order took a third of a cold answer
    (88 of 229 ms of processor time) and free what the kernel frees anyway. The stores commit what
    they write at once and are made to survive a process that just stops.
    """
    import gc
    import os

    gc.disable()
    try:
        status = main()
    except KeyboardInterrupt:
        status = 130
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            status = status or 1
    os._exit(status)


def main(
    argv: Sequence[str] | None = None,
    *,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Run `kai ARGV` (None: the process's own arguments) and give its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if list(argv) in (["--version"], ["--help"], ["-h"]) and (stdout or sys.stdout):
        # The shortest way: nothing is parsed, not even streams are imported.
        return (_version if argv[0] == "--version" else _help)(stdout or sys.stdout)
    if list(argv) in (["warmup"], ["warmup", "--quiet"]) and (stderr or sys.stderr):
        from kai_shell.daemon.warmup import begin

        return begin(None if argv[1:] else stdout or sys.stdout, stderr or sys.stderr)
    try:
        status = _run(argv, (stdin or sys.stdin, stdout or sys.stdout, stderr or sys.stderr))
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last place where an error can be one line
        from kai_shell.streams import Streams

        streams = Streams.of(stdin, stdout, stderr)
        if isinstance(error, BrokenPipeError):
            return streams.reader_left()
        return streams.failed(error)
    return status


def _run(argv: Sequence[str], given: tuple[TextIO | None, TextIO | None, TextIO | None]) -> int:
    from kai_shell import arguments

    action: Action = arguments.parse(argv)
    stdin, stdout, stderr = given
    if isinstance(action, arguments.Request) and stdin and stdout and stderr:
        import os

        from kai_shell import through

        through.read(action, stdin)
        status = through.answer(action, stdout, stderr, os.environ)
        if status is not None and not _is_asked(status, action, given):
            return status
    else:
        status = None
    from kai_shell.streams import Streams

    streams = Streams.of(*given)
    if status is None:
        status = _done(action, streams)
        streams.stdout.flush()
    if _is_asked(status, action, given):
        from kai_shell.first_model import fetched

        if fetched(streams):
            status = _done(action, streams)
            streams.stdout.flush()
    return status


def _is_asked(status: int, action: Action, given: tuple[TextIO | None, ...]) -> bool:
    """Whether a person may be asked something after a request that got no answer (status 3)."""
    from kai_shell.arguments import Request

    if status != 3 or not isinstance(action, Request) or action.options.json:
        return False
    return all(stream is not None and stream.isatty() for stream in given)


def _done(action: Action, streams: Streams) -> int:
    from kai_shell import arguments

    if isinstance(action, arguments.Request):
        from kai_shell.request import answer

        return answer(action, streams)
    if isinstance(action, arguments.Batch):
        from kai_shell.batch import run_batch

        return run_batch(action.options, streams)
    if isinstance(action, arguments.Command):
        from kai_shell.commands import run_command

        return run_command(action, streams)
    if isinstance(action, arguments.Help):
        return _help(streams.stdout)
    return _version(streams.stdout)


def _help(stdout: TextIO) -> int:
    from kai_shell.usage import TEXT

    stdout.write(TEXT)
    return 0


def _version(stdout: TextIO) -> int:
    from kai import __version__

    stdout.write(f"kai {__version__}\n")
    return 0
