"""`kai pull MODEL`: fetch a model for Ollama."""

from __future__ import annotations

import click

from kai import config
from kai.errors import UsageError
from kai_shell import pulling
from kai_shell.streams import Streams


@click.command()
@click.argument("model")
@click.option("--force", is_flag=True, help="Even where the disk seems to have too little room.")
@click.pass_obj
def command(streams: Streams, model: str, force: bool) -> int:
    """Fetch MODEL (such as llama3.2:3b) for the Ollama that the settings name.

    Ctrl-C stops it; the same command goes on where it stood.
    """
    if model.startswith("-") or any(char.isspace() or not char.isprintable() for char in model):
        raise UsageError(f"{model!r} is no name of a model (llama3.2:3b is one)")
    return pulling.pull(model, config.load(streams.env), streams, force=force)
