"""The daemon's log: a file of ours alone (0600), rotated once it is large.

It says what happened to the daemon, never what was asked: requests and commands stay out, and of an
error only its kind and place are written (its text may quote a request).
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from traceback import extract_tb

MAX_BYTES = 1 << 20
"""From this size on the file becomes `daemon.log.1`; that one is overwritten."""

FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Log:
    """Lines with a time and a process id. Writing never raises: a full disk stops no answer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str) -> None:
        """Add one line."""
        said = text if text.isprintable() else ascii(text)
        at = time.strftime("%Y-%m-%d %H:%M:%S")
        with contextlib.suppress(OSError):
            handle = self.open()
            try:
                os.write(handle, f"{at} [{os.getpid()}] {said}\n".encode())
            finally:
                os.close(handle)

    def fault(self, where: str, error: BaseException) -> None:
        """An error that nobody thought of: its kind and the places it came through."""
        places = [f"{Path(at.filename).name}:{at.lineno}" for at in extract_tb(error.__traceback__)]
        self.write(f"fault in {where}: {type(error).__name__} at {' < '.join(places[-4:][::-1])}")

    def open(self) -> int:
        """The file, open for appending, rotated first where it is large. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            if self.path.lstat().st_size >= MAX_BYTES:
                self.path.replace(self.path.with_name(self.path.name + ".1"))
        return os.open(self.path, FLAGS, 0o600)

    def tail(self, count: int) -> list[str]:
        """The last lines, oldest first; none where there is no log. Raises OSError."""
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return text.splitlines()[-count:]
