"""`FakeDaemon` for shells that ask through a pair of FIFOs; its behaviours work here too.

with FakeFifoDaemon(folder, put("kubectl get pods")) as daemon: ...
"""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from kai_shell.daemon import runtime
from kai_shell.daemon.protocol import FIELD, decode
from tests.fake_daemon import Behaviour


class FakeFifoDaemon:
    """Reads `folder`/ask.fifo (the folder is made, mode 0700) and keeps what it was asked.

    `asked` holds the fields as a socket would have brought them; `marks` the words that came with
    the reply FIFOs. Every line of an answer goes out with its mark in front; to a shell that looks
    for files, as a file of its own. With `read` false nothing is ever read. `pid` is what the lock file says.
    """

    def __init__(
        self, folder: Path, behave: Behaviour, *, read: bool = True, pid: int | None = None
    ) -> None:
        self.asked: list[list[str]] = []
        self.marks: list[str] = []
        self.behave = behave
        self._read = read
        self._path = folder / runtime.FIFO
        self._lock = folder / runtime.LOCK
        self._over = threading.Event()
        self._wake, self._woken = os.pipe()
        self._threads: list[threading.Thread] = []
        self._files: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock.write_text(str(os.getpid() if pid is None else pid))
        os.mkfifo(self._path, 0o600)
        self._fifo = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)

    def __enter__(self) -> FakeFifoDaemon:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        os.close(self._woken)
        for thread in self._threads:
            thread.join(10)
        os.close(self._wake)
        os.close(self._fifo)
        for path in (self._path, self._lock, *self._files):
            path.unlink(missing_ok=True)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        data = b""
        sources = [self._wake, self._fifo] if self._read else [self._wake]
        while True:
            ready = select.select(sources, [], [])[0]
            if self._wake in ready:
                return
            data += os.read(self._fifo, 65536)
            *lines, data = data.split(b"\n")
            for line in lines:
                self._start(self._serve, line)

    def _serve(self, line: bytes) -> None:
        place, *fields = decode(line)
        if not fields:  # a shell that puts its request into a file
            fields = decode(Path(place).read_bytes())
            Path(place).unlink()
        path, _, mark = place.partition("*")
        self.marks.append(mark)
        self.asked.append(fields)
        here, there = socket.socketpair()
        with there:
            self._start(self._carry, there.dup(), path, mark)
            with here:
                try:
                    self.behave(here, self._over)
                except OSError:
                    return  # nobody reads what some of them send

    def _carry(self, answers: socket.socket, path: str, mark: str) -> None:
        """Bring what comes from `answers` to the reply FIFO, every line with the mark in front."""
        if Path(path).name.startswith(runtime.FILE):
            self._lay(answers, path)
            return
        head = (mark + FIELD).encode() if mark else b""
        begins = True
        with answers:
            while data := answers.recv(65536):
                for piece in data.splitlines(keepends=True):
                    self._write(path, head + piece if begins else piece)
                    begins = piece.endswith(b"\n")

    def _lay(self, answers: socket.socket, path: str) -> None:
        """Put what comes from `answers` into files, each `wait` into one of its own."""
        count, data = 0, b""
        with answers:
            while more := answers.recv(65536):
                data += more
                while data.startswith(b"wait\n") or data.endswith(b"\n"):
                    size = 5 if data.startswith(b"wait\n") else len(data)
                    self._put(f"{path}.{count}", data[:size])
                    count, data = count + 1, data[size:]
        if data:
            self._put(f"{path}.{count}", data)

    def _put(self, path: str, data: bytes) -> None:
        Path(f"{path}~").write_bytes(data)
        Path(f"{path}~").replace(path)
        self._files.append(Path(path))

    def _write(self, path: str, data: bytes) -> None:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            return  # the shell has closed it
        try:
            while data and not self._over.is_set():
                if select.select([], [handle], [], 0.1)[1]:
                    data = data[os.write(handle, data[:4096]) :]
        except OSError:
            return
        finally:
            os.close(handle)
