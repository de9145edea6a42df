"""A daemon that says what a test wants it to say: the faults of a real one, on purpose.

with FakeDaemon(folder, answering(b"put\\x1fkubectl get pods\\x1f\\n")) as daemon: ...
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from kai_shell.daemon.protocol import decode

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection whose request has been read; the event says that the test is over."""


def answering(*pieces: bytes) -> Behaviour:
    """Send these bytes, one piece after the other, and hang up."""

    def behave(connection: socket.socket, _over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return behave


def hanging(first: bytes = b"") -> Behaviour:
    """Send `first`, and then nothing until the test is over."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(first)
        over.wait(60)

    return behave


def put(command: str, remark: str = "") -> Behaviour:
    """Rewrite the line."""
    return answering("\x1f".join(["put", command, remark]).encode() + b"\n")


def offer(command: str, tier: str = "write", details: str = "", remark: str = "") -> Behaviour:
    """Ask for a yes."""
    return answering("\x1f".join(["offer", command, remark, tier, details]).encode() + b"\n")


class FakeDaemon:
    """Listens on `folder`/kai.sock (the folder is made, mode 0700) and keeps what it was asked."""

    def __init__(self, folder: Path, behave: Behaviour, *, read: bool = True) -> None:
        self.asked: list[list[str]] = []
        self.behave = behave
        self._read = read
        self._path = folder / "kai.sock"
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(16)

    def __enter__(self) -> FakeDaemon:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        # Closing does not wake who waits in accept(), shutting down does (Linux) or fails (BSD).
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as last:
            last.settimeout(1)
            with contextlib.suppress(OSError):
                last.connect(str(self._path))
        for thread in self._threads:
            thread.join(10)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            data = b""
            while self._read and not data.endswith(b"\n"):
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            if data:
                self.asked.append(decode(data))
            try:
                self.behave(connection, self._over)
            except OSError:
                return  # the shell has hung up first: what it should do with some of these
