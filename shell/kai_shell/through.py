"""`kai WORDS` by way of the daemon, where one runs: half of this process's time is Python's start.

What comes back is what `request.answer` would have written, stream by stream. Whatever stands in
the way, from no daemon to one of another kai, costs at most `SECONDS`, and this process then
answers by itself. Nothing is imported here that a bare Python has not loaded anyway.
"""

from __future__ import annotations

import os

import kai
from kai.errors import DaemonError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from kai_shell.arguments import Options, Request

SECONDS = 0.3
"""How long a daemon may take (2 ms on a quiet machine) before it counts as dead or hanging."""

WAITS = 3.0
"""How long a daemon that said `wait` may be silent; it says so once a second."""

MAX_INPUT = 64 * 1024
"""Characters read from standard input; the engine itself says what is too long a request."""

ASKING = "kai: asking the model ..."
"""What a terminal shows while a model writes."""

_FAMILIES = ("KAI_", "KUBE", "XDG_")
_CARRIED = ("HOME", "PATH", "TERM", "NO_COLOR", "COLUMNS", "OLLAMA_HOST")
"""The variables an answer depends on, by the beginning of their name and by name."""


def carried(env: Mapping[str, str]) -> dict[str, str]:
    """What of the environment an answer depends on; the daemon takes nothing else from us."""
    found = {name: value for name, value in env.items() if name.startswith(_FAMILIES)}
    return found | {name: env[name] for name in _CARRIED if name in env}


def read(request: Request, stdin: TextIO) -> None:
    """Put the words in place where they come from standard input. Raises `UsageError`."""
    if request.words != "-" or request.read:
        return
    try:
        words = stdin.read(MAX_INPUT).strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no text: byte {error.start} is wrong") from None
    if not words:
        raise UsageError("there is no request on standard input")
    request.words, request.read = words, True


def answer(
    request: Request,
    stdout: TextIO,
    stderr: TextIO,
    env: Mapping[str, str],
    seconds: float = SECONDS,
) -> int | None:
    """Let the daemon answer, and give the exit status; None: nothing was written, answer here."""
    if env.get("KAI_DEBUG") == "1":
        return None
    from kai_shell.daemon import protocol

    try:
        said = _asked(request, stdout, stderr, env, seconds)
    except (DaemonError, protocol.Malformed, OSError, ValueError):
        return None
    if said is None:
        return None
    status, *parts = said
    for number, text in zip(parts[::2], parts[1::2], strict=True):
        stream = stdout if number == "1" else stderr
        stream.write(text)
        stream.flush()
    return int(status)


def _asked(
    request: Request, stdout: TextIO, stderr: TextIO, env: Mapping[str, str], seconds: float
) -> list[str] | None:
    """The status and what to write, as (stream, text) pairs; None where the daemon wants none of it.

    Raises `DaemonError`, `Malformed`, `OSError` and `ValueError`."""
    from kai_shell.daemon import client, protocol, runtime

    folder = runtime.folder(env, create=False)
    variables = carried(env) | {"COLUMNS": str(_columns(stderr, env))}
    line = protocol.encode([
        protocol.VERSION,
        "words",
        os.getcwd(),  # noqa: PTH109 - no pathlib here
        _lines(variables),
        _lines(_options(request.options) | _streams(stdout, stderr)),
        request.words,
    ])  # fmt: skip
    waiting = _Waiting(stderr)
    try:
        answer = client.exchange(folder, line, seconds=seconds, waits=WAITS, heard=waiting.begin)
    finally:
        waiting.end()
    said = protocol.decode(answer)
    if said[0] != "words" or len(said) % 2 or not said[1].isdecimal():
        return None
    return said[1:] if set(said[2::2]) <= {"1", "2"} else None


class _Waiting:
    """Says on a terminal that it takes a while, and takes that back."""

    def __init__(self, stderr: TextIO) -> None:
        self._stderr, self._shown = stderr, False

    def begin(self, _: bytes) -> None:
        if not self._shown and self._stderr.isatty():
            self._stderr.write(ASKING)
            self._stderr.flush()
            self._shown = True

    def end(self) -> None:
        if self._shown:
            self._stderr.write("\r" + " " * len(ASKING) + "\r")
            self._stderr.flush()


def _options(options: Options) -> dict[str, str]:
    found = {"version": kai.__version__, "kai": kai.__file__, "source": options.source}
    found |= {name: "1" for name in ("again", "json") if getattr(options, name)}
    for name in ("context", "model", "namespace"):
        value = getattr(options, name)
        if value is not None:
            found[name] = value
    return found


def _streams(stdout: TextIO, stderr: TextIO) -> dict[str, str]:
    """What is drawn depends on who reads it."""
    encoding = getattr(stderr, "encoding", "") or ""
    return {
        "out": "terminal" if stdout.isatty() else "",
        "err": "terminal" if stderr.isatty() else "",
        "encoding": encoding,
    }


def _columns(stderr: TextIO, env: Mapping[str, str]) -> int:
    """The width that `lines.columns` would find."""
    said = env.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _lines(pairs: Mapping[str, str]) -> str:
    """Lines `NAME=VALUE`. Raises `ValueError` where a value has lines of its own."""
    if any("\n" in value for value in pairs.values()):
        raise ValueError("a value of more than one line")
    return "\n".join(f"{name}={value}" for name, value in pairs.items())
