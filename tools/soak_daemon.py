"""A daemon that does what a file says, in a process of its own that can be killed and stopped.

    python -I -S soak_daemon.py RUNTIME STEPS ASKED

It serves RUNTIME/kai.sock and RUNTIME/ask.fifo, whose protocol `kai_shell.daemon.protocol` tells. For each request it appends a byte to ASKED and then
does what STEPS says, one step a line: `send HEX`, `sleep SECONDS`, `hang`, `close`.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def listen(runtime: str) -> socket.socket:
    """A socket that takes the place of one that may be left."""
    path = f"{runtime}/kai.sock"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - no pathlib: it starts as quickly as it can
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o600)  # noqa: PTH101
    listener.listen(16)
    return listener


def fifo(runtime: str) -> int:
    """The requests of shells without sockets."""
    path = f"{runtime}/ask.fifo"
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def obey(steps: str, asked: str, send: Callable[[bytes], object]) -> bool:
    """Do the steps; whether the connection is to be closed then."""
    with open(asked, "ab") as file:  # noqa: PTH123
        file.write(b".")
    with open(steps, encoding="ascii") as file:  # noqa: PTH123
        words = [line.split() for line in file]
    for word, *rest in words:
        if word == "send":
            send(bytes.fromhex(rest[0]) if rest else b"")
        elif word == "sleep":
            time.sleep(float(rest[0]))
        elif word == "hang":
            return False
    return True


def from_socket(listener: socket.socket, steps: str, asked: str) -> None:
    """Serve one connection."""
    connection, _ = listener.accept()
    data = b""
    while not data.endswith(b"\n"):
        more = connection.recv(65536)
        if not more:
            return
        data += more
    connection.settimeout(1.0)
    try:
        if not obey(steps, asked, connection.sendall):
            _KEPT.append(connection)
            return
    except OSError:
        pass  # the shell has hung up
    connection.close()


_KEPT: list[socket.socket] = []


def from_fifo(line: bytes, steps: str, asked: str) -> None:
    """Serve one line of the FIFO."""
    place, _, _ = line.partition(b"\x1f")
    path, _, mark = place.partition(b"*")
    if path.rpartition(b"/")[2].startswith(b"file."):
        into_files(os.fsdecode(path), steps, asked)
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return  # the shell waits no more

    def send(data: bytes) -> None:
        data = (mark + b"\x1f" if mark else b"") + data
        until = time.monotonic() + 1
        while data and time.monotonic() < until:
            try:
                data = data[os.write(handle, data) :]
            except BlockingIOError:
                time.sleep(0.005)

    with contextlib.suppress(OSError):
        obey(steps, asked, send)
    os.close(handle)


_LAID: list[str] = []


def into_files(path: str, steps: str, asked: str) -> None:
    """Answer a shell that looks for files: one a line, and a torn one at the end."""
    waiting, count = b"", 0
    _LAID.append(path)  # the request
    while len(_LAID) > 1:  # the shell has moved on
        with contextlib.suppress(OSError):
            os.unlink(_LAID.pop(0))  # noqa: PTH108

    def lay(data: bytes) -> None:
        nonlocal count
        with open(f"{path}~", "wb") as file:  # noqa: PTH123
            file.write(data)
        os.rename(f"{path}~", f"{path}.{count}")  # noqa: PTH104
        _LAID.append(f"{path}.{count}")
        count += 1

    def send(data: bytes) -> None:
        nonlocal waiting
        *lines, waiting = (waiting + data).split(b"\n")
        for line in lines:
            lay(line + b"\n")

    with contextlib.suppress(OSError):
        if obey(steps, asked, send) and waiting:
            lay(waiting)


def main() -> None:
    """See the module."""
    runtime, steps, asked = sys.argv[1:]
    for name in os.listdir(runtime):  # noqa: PTH208
        if name.startswith("file."):  # of one that was killed
            os.unlink(f"{runtime}/{name}")  # noqa: PTH108
    with open(f"{runtime}/kai.lock", "w", encoding="ascii") as lock:  # noqa: PTH123
        lock.write(f"{os.getpid()}\n")
    listener, requests = listen(runtime), fifo(runtime)
    print(flush=True)
    waiting = b""
    while True:
        ready, _, _ = select.select([listener.fileno(), requests], [], [])
        if listener.fileno() in ready:
            from_socket(listener, steps, asked)
        if requests in ready:
            waiting += os.read(requests, 65536)
            *lines, waiting = waiting.split(b"\n")
            for line in lines:
                from_fifo(line, steps, asked)


if __name__ == "__main__":
    main()
