"""The small client: one request, its answer, the standard library alone.

As a program it is the way of a shell that found no daemon::

    python -P -m kai_shell.daemon.client < REQUEST > ANSWER

reads one request line from standard input, starts the daemon where none answers, and writes the
lines of the answer, at least one, whatever happens. `--seconds S` is for a shell that can set no
deadline itself: how long one line may take. The exit status is 0 for an answer of the daemon, 1 for
our own.
"""

from __future__ import annotations

import os
import sys
import time

from kai.errors import DaemonError
from kai_shell.daemon import protocol, runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable, Sequence

ANSWER_SECONDS = 12.0
"""The daemon answers within 10 s, whatever happens to it; more is a hanging one."""


class NoDaemon(DaemonError):
    """Nobody listens."""


def ask(folder: str, fields: Sequence[str], *, seconds: float = ANSWER_SECONDS) -> list[str]:
    """The fields of the daemon's answer to a request (without the protocol's version).

    Raises `NoDaemon` where nobody listens, `DaemonError` where the answer does not come or is none.
    """
    try:
        line = protocol.encode([protocol.VERSION, *fields])
        return protocol.decode(exchange(folder, line, seconds=seconds))
    except protocol.Malformed as error:
        raise DaemonError(f"the daemon could not be asked: {error}") from None


def exchange(
    folder: str,
    line: bytes,
    *,
    seconds: float = ANSWER_SECONDS,
    waits: float | None = None,
    heard: Callable[[bytes], None] = lambda line: None,
) -> bytes:
    """Send a line and read the last one of the answer; `heard` gets each `wait` before it, after
    which there are `waits` seconds (None: as many as at first). Raises as `ask` does."""
    import _socket  # `socket` costs 5 ms more, half of what Python itself takes to start

    until = time.monotonic() + seconds
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        _send(connection, folder, line, seconds)
        data = b""
        while True:
            said, data = _read(connection, until, data)
            if said != _WAIT:
                return said
            heard(said)
            until = time.monotonic() + (seconds if waits is None else waits)
    finally:
        connection.close()


def _send(connection: socket, folder: str, line: bytes, seconds: float) -> None:
    connection.settimeout(seconds)
    try:
        connection.connect(runtime.socket_path(folder))
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoDaemon("no daemon is running; kai daemon start") from None
    except OSError as error:
        raise DaemonError(f"the daemon cannot be reached: {error}") from None
    if runtime.peer_uid(connection) != os.geteuid():
        raise DaemonError("the socket is served by another user; kai does not talk to it")
    try:
        connection.sendall(line)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may have answered before it had read all
    except OSError as error:
        raise DaemonError(f"the daemon cannot be asked: {error}") from None


_WAIT = b"wait" + protocol.END


def _read(connection: socket, until: float, data: bytes) -> tuple[bytes, bytes]:
    """One line, and what came after it; `data` has come already."""
    while protocol.END not in data:
        left = until - time.monotonic()
        if left <= 0 or len(data) > protocol.MAX_FRAME:
            raise DaemonError("the daemon does not answer; kai daemon stop ends it")
        connection.settimeout(left)
        try:
            more = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            more = b""
        if not more:
            raise DaemonError("the daemon went away before it answered; try again")
        data += more
    said, end, rest = data.partition(protocol.END)
    return said + end, rest


def main() -> int:
    """See the module. Nothing is written but the answer."""
    line = sys.stdin.buffer.readline(protocol.MAX_FRAME + 1)
    seconds = float(sys.argv[2]) if sys.argv[1:2] == ["--seconds"] else ANSWER_SECONDS
    try:
        answer, status = _answered(line, seconds), 0
    except DaemonError as error:
        answer, status = protocol.answer("fail", str(error)), 1
    except Exception as error:  # noqa: BLE001 - a shell waits for one line
        answer, status = protocol.answer("fail", f"this is a fault in kai: {error}"), 1
    _write(answer)
    return status


def _write(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _answered(line: bytes, seconds: float) -> bytes:
    folder = runtime.folder(os.environ)
    until = time.monotonic() + seconds
    try:
        return exchange(folder, line, seconds=seconds, heard=_write)
    except NoDaemon:
        from kai_shell.daemon import lifecycle

        lifecycle.start(os.environ)
        left = max(0.1, until - time.monotonic())
        return exchange(folder, line, seconds=left, heard=_write)


if __name__ == "__main__":
    sys.exit(main())
