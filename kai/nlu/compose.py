"""From slots to text: a command under construction, written in kai's house style.

House style (product.md): long flags with `=`, one space, quotes only where the line grammar needs
them, and then single quotes round the value alone (`--sort-by='.spec.x[0]'`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kai.nlu.patterns import pattern

_BARE = pattern(r"[A-Za-z0-9_./:@%+-](?:[A-Za-z0-9_./:@%+,-]|(?<![=:'\"])=|!(?==))*")


def shell_word(value: str) -> str:
    """`value` as one shell word of the strict grammar: bare, or in quotes where it must be.

    Raises:
        ValueError: the value holds both kinds of quotes or an unprintable character.
    """
    if _BARE.fullmatch(value):
        return value
    if not value.isascii() or not value.isprintable():
        raise ValueError("only printable ASCII can stand on the line")
    if "'" not in value and not re.search(r"\\[\\']", value) and not value.endswith("\\"):
        return f"'{value}'"
    if not re.search(r'["$`\\!]', value):
        return f'"{value}"'
    raise ValueError("the value mixes quotes that no one shell word can hold safely")


@dataclass(slots=True)
class Command:
    """A kubectl command being put together; `text()` writes it."""

    path: tuple[str, ...]
    args: list[str] = field(default_factory=list)
    flags: list[tuple[str, str | None]] = field(default_factory=list)
    after_dash: list[str] | None = None
    pipe: list[list[str]] = field(default_factory=list)
    """Filter stages after the kubectl command, each a list of words."""

    def flag(self, name: str, value: str | None = None) -> Command:
        """Append `--name` or `--name=value`; "" as value writes `--name=`."""
        self.flags.append((name, value))
        return self

    def text(self) -> str:
        """The command line.

        Raises:
            ValueError: a value cannot be written as a safe shell word.
        """
        words = ["kubectl", *self.path, *(shell_word(arg) for arg in self.args)]
        for name, value in self.flags:
            words.append(f"--{name}" if value is None else f"--{name}={_flag_value(value)}")
        if self.after_dash is not None:
            words += ["--", *(shell_word(word) for word in self.after_dash)]
        line = " ".join(words)
        for stage in self.pipe:
            line += " | " + " ".join([stage[0], *(shell_word(word) for word in stage[1:])])
        return line


def _flag_value(value: str) -> str:
    word = shell_word(value) if value else ""
    return f"'{value}'" if word.startswith("=") else word
