"""Which command a line calls, found as kubectl's command library finds it.

Source: github.com/spf13/cobra, command.go (Find, stripFlags, argsMinusFirstX): before the flags of
the final command are known, the library looks for the next sub-command with the flags known so far,
and a flag it does not know there takes the next word with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from kai.kubectl.spec import CommandSpec, Spec
from kai.kubectl.words import Word


def find_command(
    spec: Spec, words: Sequence[Word]
) -> tuple[CommandSpec, tuple[Word, ...], tuple[Word, ...], Word | None]:
    """Walk down the command tree.

    Returns the command, the words that name it, the other words, and the first word that is
    neither: an argument, or an unknown sub-command.
    """
    command = spec.root
    named: list[Word] = []
    rest = list(words)
    while True:
        index = _first_argument(command, rest)
        if index is None:
            return command, tuple(named), tuple(rest), None
        child = spec.child(command.path, rest[index].value)
        if child is None:
            return command, tuple(named), tuple(rest), rest[index]
        named.append(rest.pop(index))
        command = child


def _first_argument(command: CommandSpec, words: Sequence[Word]) -> int | None:
    """Index of the first word that is no flag and no value of one, as far as can be told here."""
    index, size = 0, len(words)
    while index < size:
        value = words[index].value
        if value == "--":
            return None
        if value[:1] != "-":
            if value:
                return index
        elif "=" not in value and _takes_next(command, value):
            index += 1
        index += 1
    return None


def _takes_next(command: CommandSpec, word: str) -> bool:
    if word.startswith("--"):
        flag = command.flag(word[2:])
    elif len(word) == 2:
        flag = command.shorthand(word[1])
    else:
        return False
    # --help is added only after the command was found, so here it is unknown like any other.
    return flag is None or flag.name == "help" or flag.bare is None
