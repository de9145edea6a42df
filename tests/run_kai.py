"""Running kai inside the test's own process, with streams of the test's own."""

from __future__ import annotations

import io
import sys
from typing import NamedTuple

from kai_shell.cli import main

HEARS_INTERRUPTS = (
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.argv[1], sys.argv[1:])",
)
"""Before a program and its arguments: it hears Ctrl-C also where whoever runs the tests ignores it,
as a job in the background of a shell does."""


class Said(NamedTuple):
    """How one call ended."""

    status: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that a person reads."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def kai(*argv: str, stdin: str = "", terminal: bool = False) -> Said:
    """`kai ARGV`; `terminal` puts a person before both streams."""
    kind = Terminal if terminal else io.StringIO
    out, err = kind(), kind()
    status = main(argv, stdin=io.StringIO(stdin), stdout=out, stderr=err)
    return Said(status, out.getvalue(), err.getvalue())
