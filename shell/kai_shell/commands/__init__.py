"""One module for each sub-command of `kai`; each holds a click command named `command`.

click is loaded here and nowhere else: a request does not pay for it.
"""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import TYPE_CHECKING

from kai.errors import UsageError
from kai_shell.arguments import RESERVED, Command

if TYPE_CHECKING:
    from kai_shell.streams import Streams


def run_command(action: Command, streams: Streams) -> int:
    """Run a sub-command and give the exit status. Raises `KaiError`."""
    if action.name in RESERVED:
        raise UsageError(f"`{action.name}` is a command of a later version; {_as_request(action)}")
    import click

    command: click.Command = import_module(f"kai_shell.commands.{action.name}").command
    try:
        with contextlib.redirect_stdout(streams.stdout):
            status = command.main(
                list(action.arguments),
                prog_name=f"kai {action.name}",
                standalone_mode=False,
                obj=streams,
            )
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        text = error.format_message().rstrip(".")
        help_ = f"kai {action.name} --help"
        raise UsageError(f"{text} ({help_}); {_as_request(action)}") from None
    return status if isinstance(status, int) else 0


def _as_request(action: Command) -> str:
    """How to say that a request was meant."""
    from shlex import quote

    words = " ".join(quote(word) for word in (action.name, *action.arguments))
    return f"if that was a request: kai -- {words}"
