"""A real shell on a terminal of its own, driven by keys.

What the line holds is asked of the shell itself (a probe key writes it to a file), not guessed from
what is painted; what is painted is there too (`seen`).
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

PROMPT = "READY> "
PROBE = b"\x18\x10"  # Ctrl-X Ctrl-P

# Whoever runs the tests in the background has these signals ignored, and so would the shell.
_CONTROLLING = """
import fcntl, os, signal, sys, termios
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
    signal.signal(number, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""

_DEADLINE = 20.0
_SEQUENCE = re.compile(
    rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][0-9A-Z]|\x1b[@-Z\\-_=>]|\x1b\][^\x07]*\x07"
)


def plain(data: bytes) -> str:
    """What was painted, without the sequences that say where and how."""
    return _SEQUENCE.sub(b"", data).decode("utf-8", "replace")


class ShellPty:
    """A shell under a pty; `probe` is the file its probe key writes to, ended by a NUL."""

    def __init__(
        self, argv: list[str], env: Mapping[str, str], probe: Path, *, ready: str = PROMPT
    ) -> None:
        self._probe = probe
        self._ready = ready.encode()
        self._seen = b""
        self._terminal, end = pty.openpty()
        termios.tcsetwinsize(end, (24, 100))
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CONTROLLING, *argv],
            stdin=end, stdout=end, stderr=end, env=dict(env), start_new_session=True,
        )  # fmt: skip
        os.close(end)
        self.until(ready)

    def __enter__(self) -> ShellPty:
        return self

    def __exit__(self, *_: object) -> None:
        # The terminal goes first: bash waits for a key before it looks at a signal.
        os.close(self._terminal)
        self.process.send_signal(signal.SIGHUP)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def keys(self, data: bytes | str) -> None:
        """Type."""
        os.write(self._terminal, data.encode() if isinstance(data, str) else data)

    def paste(self, text: str) -> None:
        """Put text on the line as a terminal pastes it: line breaks and tabs are kept."""
        self.keys(f"\x1b[200~{text}\x1b[201~")

    def resize(self, rows: int, columns: int) -> None:
        """Make the terminal another size; the shell is told, as a terminal does."""
        termios.tcsetwinsize(self._terminal, (rows, columns))

    def modes(self) -> list[object]:
        """The modes of the terminal: echo, signals, and how keys are read."""
        return list(termios.tcgetattr(self._terminal))

    def _pump(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return False
        try:
            self._seen += os.read(self._terminal, 65536)
        except OSError:
            raise AssertionError(f"the shell has ended: {plain(self._seen)!r}") from None
        return True

    def until(self, text: str, seconds: float = _DEADLINE) -> str:
        """Wait until `text` is painted; what was painted since the last call of this."""
        end = time.monotonic() + seconds
        while text not in plain(self._seen):
            left = end - time.monotonic()
            assert left > 0, f"{text!r} never came; there is {plain(self._seen)!r}"
            self._pump(min(left, 0.2))
        seen, self._seen = plain(self._seen), b""
        return seen

    def seen(self, quiet: float = 0.2) -> str:
        """What was painted since the last `until`, once nothing more comes."""
        while self._pump(quiet):
            pass
        return plain(self._seen)

    def forget(self) -> None:
        """What was painted until now is of no interest."""
        self._seen = b""

    def line(self, seconds: float = _DEADLINE) -> tuple[str, int]:
        """The line as the shell has it, and where the cursor is in it."""
        self._probe.unlink(missing_ok=True)
        self.keys(PROBE)
        end = time.monotonic() + seconds
        while True:
            data = self._probe.read_bytes() if self._probe.exists() else b""
            if data.endswith(b"\0"):
                cursor, _, text = data[:-1].decode("utf-8", "surrogateescape").partition(":")
                return text, int(cursor)
            assert time.monotonic() < end, f"no answer to the probe: {plain(self._seen)!r}"
            self._pump(0.005)

    def run(self, command: str, seconds: float = _DEADLINE) -> str:
        """Run a command on an empty line and give its output."""
        self.seen(0.05)
        self.forget()
        self.keys(f" {command}; printf '%s\\n' DO''NE\r")
        painted = self.until("DONE\r\n", seconds)
        self.line(seconds)  # the prompt is back when it answers
        return painted.split("\n", 1)[1].rpartition("DONE")[0].replace("\r", "").strip("\n")
