"""`kai init`: the file that binds the keys in a shell, and the one line that loads it.

The file is written once, with everything in it that is known now: starting a shell then costs no
process, and the interpreter is called by its path (a shim costs 60 ms; see docs/why.md).
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from kai.errors import KaiError
from kai_shell import keys
from kai_shell.streams import Streams

_RC = {"zsh": "~/.zshrc", "bash": "~/.bashrc", "fish": "~/.config/fish/config.fish"}
_BESIDE = {"bash": ("kai-old.bash",)}
"""Files that the one of a shell reads where that shell is an old one."""


class InitError(KaiError):
    """The file could not be written or removed."""


@click.command()
@click.argument("shell", type=click.Choice(list(_RC)))
@click.option("--key", help="The key, in the notation of bindkey (^K); empty: none.")
@click.option("--key2", help="A second key (^[k is Alt-K); empty: none.")
@click.option(
    "--guard/--no-guard", default=None, help="Enter asks before a line that destroys something."
)
@click.option("--uninstall", is_flag=True, help="Remove the file again.")
@click.pass_obj
def command(
    streams: Streams,
    shell: str,
    key: str | None,
    key2: str | None,
    guard: bool | None,
    uninstall: bool,
) -> None:
    """Let a key rewrite words into the kubectl command, at the end of the line of SHELL.

    Standard output is the one line for the shell's start-up file:

        kai init zsh >> ~/.zshrc
        kai init bash >> ~/.bashrc
        kai init fish >> ~/.config/fish/config.fish
    """
    path = data_folder(os.environ) / f"kai.{shell}"
    beside = {path.with_name(name): name for name in _BESIDE.get(shell, ())}
    if uninstall:
        for file in (path, *beside):
            _remove(file)
        streams.remark(f"{path} is gone; remove its line from {_RC[shell]} too")
        return
    from kai import config

    loaded = config.load()
    settings = loaded.settings.shell
    known = (
        sys.executable,
        settings.key if key is None else key,
        settings.second_key if key2 is None else key2,
    )
    guarded = settings.guard != "off" if guard is None else guard
    texts = {path: script(shell, *known, guard=guarded)}
    texts |= {file: script(shell, *known, name=name) for file, name in beside.items()}
    for file, text in texts.items():
        _write(file, text)
    streams.stdout.write(rc_line(path) + "\n")
    streams.remark(f"{path} is written; the line above belongs at the end of {_RC[shell]}")


def data_folder(env: Mapping[str, str]) -> Path:
    """`$XDG_DATA_HOME/kai`, which is `~/.local/share/kai`."""
    base = env.get("XDG_DATA_HOME", "")
    if base.startswith("/"):
        return Path(base) / "kai"
    return Path(env.get("HOME") or Path.home()) / ".local" / "share" / "kai"


def rc_line(path: Path) -> str:
    """The line that loads the file where it is there: a start-up file may outlive kai."""
    if path.suffix == ".fish":
        quoted = fish_quoted(str(path))
        return f"test -r {quoted}; and source {quoted}"
    quoted = shlex.quote(str(path))
    return f"[ -r {quoted} ] && . {quoted}"


def script(
    shell: str, python: str, key: str, key2: str, *, guard: bool = False, name: str = ""
) -> str:
    """The text of the file, or of the one called `name` beside it. Raises `UsageError` for what is
    no key."""
    from importlib.resources import files

    text = (files("kai_shell") / "scripts" / (name or f"kai.{shell}")).read_text(encoding="utf-8")
    quoted = fish_quoted if shell == "fish" else shlex.quote
    values = {
        "PYTHON": quoted(python),
        "KEY": _key(shell, key),
        "KEY2": _key(shell, key2),
        "GUARD": str(int(guard)),
    }
    for place, value in values.items():
        text = text.replace(f"@{place}@", value)
    return _deferred(text) if shell == "fish" else text


def _deferred(text: str) -> str:
    """The file with what only the key needs as comments: fish reads a file as a whole, and this
    part of it would cost every shell that starts more than a millisecond."""
    now, marker, later = text.partition("\n# --- read when the key is first pressed ")
    commented = (f"#: {line}".rstrip() for line in (marker + later).strip("\n").split("\n"))
    return now + "\n" + "\n".join(commented) + "\n"


def _key(shell: str, key: str) -> str:
    """The key as the shell writes it, as one word of the shell."""
    if shell == "fish":
        return keys.for_fish(key)
    keys.characters(key)
    return shlex.quote(keys.for_bash(key) if shell == "bash" else key)


def fish_quoted(text: str) -> str:
    """One word of fish: between its single quotes only a backslash and the quote are special."""
    if text and all(char.isalnum() or char in "/._-+,:@" for char in text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a shell may start at this moment."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".kai.", dir=path.parent)
    except OSError as error:
        raise InitError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise InitError(f"{path} cannot be written: {error.strerror}") from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InitError(f"{path} cannot be removed: {error.strerror}") from None
