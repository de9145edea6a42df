"""A real fish with kai's file loaded, and a probe key."""

from __future__ import annotations

import contextlib
import shutil
import signal
from pathlib import Path

from kai_shell.commands.init import script
from tests.conftest import missing
from tests.e2e.shells import Place
from tests.shell_pty import PROMPT, ShellPty

CONFIG = """\
set -g fish_greeting
function fish_prompt; printf %s '{prompt}'; end
function fish_title; end
set -g fish_history ''
function _probe
    printf '%s:%s\\0' (commandline -C) (commandline -b | string collect -N) >{probe}
end
function _put
    read -z text <{text}
    commandline -r -- "$text"
end
{before}
source {script}
bind \\cx\\ct _put
bind \\cx\\cp _probe
bind -M insert \\cx\\cp _probe
{after}
"""


KUBECTL = """
function kubectl
    # fish asks it for its completions as soon as it stands on the line.
    test "$argv[1]" = completion; or echo "RAN:$argv"
end
function rm; echo RAN; end
"""


def fish(
    place: Place,
    *,
    before: str = "",
    after: str = "",
    python: str = "/nonexistent/python",
    keys: tuple[str, str] = ("^K", "^[k"),
    guard: bool = False,
    **env: str,
) -> FishPty:
    """A fish that has read the file of `kai init`. Without a Python its client cannot be started."""
    argv = prepared(place, before, after, python, keys, guard=guard)
    shell = FishPty(argv, place.environment(**env), place.probe)
    shell.text = text_of(place)
    return shell


def prepared(
    place: Place,
    before: str = "",
    after: str = "",
    python: str = "/nonexistent/python",
    keys: tuple[str, str] = ("^K", "^[k"),
    *,
    guard: bool = False,
) -> list[str]:
    """Write the start-up file and kai's file; the command that starts this fish."""
    program = shutil.which("fish") or missing("there is no fish")
    path = written(place)
    path.write_text(script("fish", python, *keys, guard=guard), encoding="utf-8")
    folder = place.home / ".config" / "fish"
    folder.mkdir(parents=True, exist_ok=True)
    # Where it misses, the first fish of a home reads all manual pages, behind its user's back.
    made = place.home / ".local" / "share" / "fish" / "generated_completions"
    made.mkdir(parents=True, exist_ok=True)
    text = CONFIG.format(
        prompt=PROMPT,
        probe=place.probe,
        text=text_of(place),
        before=before,
        script=path,
        after=after,
    )
    (folder / "config.fish").write_text(text, encoding="utf-8")
    return [program, "-i"]


def written(place: Place) -> Path:
    """Where kai's file lies."""
    return place.script.with_suffix(".fish")


def text_of(place: Place) -> Path:
    """Where `FishPty.put` puts its text."""
    return place.probe.with_name("text")


class FishPty(ShellPty):
    """fish prints a line break behind what `commandline` gives."""

    text: Path

    def __enter__(self) -> FishPty:
        return self

    def __exit__(self, *reason: object) -> None:
        # fish may be about to wait for a key when the signal comes, and sees it with the next one.
        self.process.send_signal(signal.SIGHUP)
        with contextlib.suppress(OSError):
            self.keys(b"\x15")
        super().__exit__(*reason)

    def line(self, seconds: float = 20.0) -> tuple[str, int]:
        text, cursor = super().line(seconds)
        return text.removesuffix("\n"), cursor

    def put(self, text: str) -> None:
        """Put text on the line as it is: what is pasted loses its tabs in fish."""
        self.text.write_text(text, encoding="utf-8", newline="")
        self.keys(b"\x18\x14")
        assert self.line() == (text, len(text))
