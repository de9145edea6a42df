"""`kai completion`: the script that completes `kai` in a shell."""

from __future__ import annotations

from importlib.resources import files

import click

from kai_shell.streams import Streams


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def command(streams: Streams, shell: str) -> None:
    """Print the completion script of SHELL; its first lines say where it goes."""
    script = files("kai_shell") / "scripts" / f"completion.{shell}"
    streams.stdout.write(script.read_text(encoding="utf-8"))
