"""Standard input, output and error as the front uses them, and how an error is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from errno import EBADF, EDQUOT, EFBIG, EIO, ENOSPC
from io import StringIO
from typing import TextIO

from kai.errors import KaiError

FAILURE = 1

_UNWRITABLE = frozenset({EBADF, EDQUOT, EFBIG, EIO, ENOSPC})


@dataclass(frozen=True, slots=True)
class Streams:
    """The three streams, the variables that say how they are written to, and each remark once."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _said: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None) -> Streams:
        """The given ones, else the process's own, else (`kai WORDS >&-`) ones that lead nowhere."""
        return cls(
            stdin or sys.stdin or StringIO(),
            stdout or sys.stdout or StringIO(),
            stderr or sys.stderr or StringIO(),
        )

    def remark(self, text: str) -> None:
        """A line for the user on standard error, broken only to fit a terminal; said once."""
        text = one_line(text)
        if text in self._said:
            return
        self._said.add(text)
        if self.stderr.isatty():
            from kai_shell.lines import hung

            self.stderr.write(hung("kai: ", text, self.stderr, 5, self.env))
        else:
            self.stderr.write(f"kai: {text}\n")
        self.stderr.flush()

    def failed(self, error: Exception) -> int:
        """Say why nothing came of it, with a traceback only for `KAI_DEBUG=1`; the exit status."""
        if self.env.get("KAI_DEBUG") == "1":
            from traceback import print_exception

            print_exception(error, file=self.stderr)
        if isinstance(error, KaiError):
            self.remark(str(error))
            return error.exit_code
        if isinstance(error, UnicodeEncodeError):
            self.remark(f"the answer cannot be written as {error.encoding}; set LC_ALL=C.UTF-8")
            return FAILURE
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            self.remark(f"the answer cannot be written: {error.strerror}")
            return FAILURE
        self.remark(f"{fault(error)}; KAI_DEBUG=1 shows where")
        return FAILURE

    def reader_left(self) -> int:
        """The reader of our output has gone (`kai ... | head -1`): stop, and say nothing.

        Python would complain at exit about what it cannot flush, so that goes to nowhere.
        """
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())
        except (OSError, ValueError):
            return FAILURE
        return FAILURE

    @property
    def on_terminal(self) -> bool:
        """Whether a person sees standard output."""
        return self.stdout.isatty()


def fault(error: Exception) -> str:
    """What is said about an error that nobody thought of."""
    return f"this is a fault in kai: {type(error).__name__}: {error}"


def one_line(text: str) -> str:
    """Text without line breaks and control characters, which could forge other output."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)
