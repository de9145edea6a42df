"""What a person sees: the screen of a tmux with a shell in it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.conftest import missing
from tests.e2e.shells import Place, zsh


class Screen:
    """The one pane of a tmux server."""

    def __init__(self, server: list[str]) -> None:
        self._server = server

    def type(self, *keys: str) -> None:
        """Press keys, by the names tmux has for them; "\\n" is Enter."""
        named = ["Enter" if key == "\n" else key for key in keys]
        subprocess.run([*self._server, "send-keys", *named], check=True)

    def until(self, holds: Callable[[str], bool], seconds: float = 20) -> str:
        """What is shown, once it holds."""
        end = time.monotonic() + seconds
        while True:
            done = subprocess.run(
                [*self._server, "capture-pane", "-p"], capture_output=True, check=True, text=True
            )
            text = done.stdout.rstrip()
            if holds(text):
                return text
            assert time.monotonic() < end, text
            time.sleep(0.02)

    def resize(self, rows: int, columns: int) -> None:
        """Make the window another size."""
        subprocess.run(
            [*self._server, "resize-window", "-x", str(columns), "-y", str(rows)], check=True
        )


@contextmanager
def terminal(place: Place, command: str, *, rows: int = 10, columns: int = 80) -> Iterator[Screen]:
    """A screen on which `command` (as sh reads it) runs; its prompt is `READY> `."""
    tmux = shutil.which("tmux")
    if tmux is None:
        missing("there is no tmux")
    server = [tmux, "-S", str(place.home / "tmux"), "-f", "/dev/null"]
    size = ["-x", str(columns), "-y", str(rows)]
    subprocess.run(
        [*server, "new-session", "-d", *size, command], env=place.environment(), check=True
    )
    try:
        shown = Screen(server)
        shown.until(lambda text: "READY>" in text)
        yield shown
    finally:
        subprocess.run([*server, "kill-server"], check=False)


@contextmanager
def screen(place: Place, *, rows: int = 10, columns: int = 80, **start: str) -> Iterator[Screen]:
    """A zsh with kai's file, started as `zsh()` does."""
    with zsh(place, **start):  # type: ignore[arg-type]
        pass  # writes the start-up file
    command = f"exec {shutil.which('zsh')} -d -i"
    with terminal(place, command, rows=rows, columns=columns) as shown:
        yield shown
