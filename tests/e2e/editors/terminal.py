"""A real editor on the screen of a tmux, with keys pressed as a person presses them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import missing
from tests.e2e.screen import Screen

# Read before any test gets a home of its own.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kai" / "editors"
ROOT = Path(__file__).resolve().parents[3]
SECONDS = 45.0
"""What anything may take on a loaded machine; waits end as soon as it is there."""


def program(name: str) -> Path:
    """An editor that tools/install-terminal-editors.sh installs."""
    path = CACHE / "bin" / name
    if not path.exists():
        missing(f"there is no {name} (tools/install-terminal-editors.sh installs it)")
    return path


def environment(home: Path, **more: str) -> dict[str, str]:
    """What an editor is started with: a home of its own, and the kai of this repository."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        "PATH": path,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "SHELL": "/bin/sh",
        **more,
    }


def eventually(holds: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait until it holds; `what` says what was there instead."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, what()
        time.sleep(0.02)


def written(path: Path, text: str) -> None:
    """Wait until a file has exactly this text; editors may have it away for a moment."""

    def now() -> str:
        try:
            return path.read_bytes().decode()  # line ends as they are
        except FileNotFoundError:
            return "(no file)"

    eventually(lambda: now() == text, now)


class Terminal(Screen):
    """The screen, and its picture with colours."""

    def __init__(self, server: list[str]) -> None:
        super().__init__(server)
        self.server = server

    def until(self, holds: Callable[[str], bool], seconds: float = SECONDS) -> str:
        """What is shown, once it holds."""
        return super().until(holds, seconds)

    def escape(self) -> None:
        """Press Escape alone: with a key right behind it terminals take it for Alt."""
        self.type("Escape")
        time.sleep(0.4)

    def write(self, text: str) -> None:
        """Type text as it is."""
        subprocess.run([*self.server, "send-keys", "-l", text], check=True)

    def shows(self, *texts: str) -> str:
        """The screen, once it has all of these."""
        return self.until(lambda screen: all(text in screen for text in texts))


@contextmanager
def terminal(
    command: list[str], env: dict[str, str], folder: Path, *, rows: int = 24, columns: int = 100
) -> Iterator[Terminal]:
    """A screen on which a program runs in a folder; both are gone in the end."""
    tmux = shutil.which("tmux")
    if tmux is None:
        missing("there is no tmux")
    # A socket's path has to be short, and pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="kai-") as short:
        server = [tmux, "-S", f"{short}/tmux", "-f", os.devnull]
        size = ["-x", str(columns), "-y", str(rows), "-c", str(folder)]
        line = f"exec {shlex.join(command)}"
        subprocess.run([*server, "new-session", "-d", *size, line], env=env, check=True)
        subprocess.run([*server, "set", "-g", "status", "off"], check=True)
        subprocess.run([*server, "set", "-s", "escape-time", "0"], check=True)
        try:
            yield Terminal(server)
        finally:
            subprocess.run([*server, "kill-server"], check=False, capture_output=True)
