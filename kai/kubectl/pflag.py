"""Flags and arguments as kubectl's flag library reads them.

Source: github.com/spf13/pflag, flag.go (parseLongArg, parseSingleShortArg): flags and arguments may
be mixed, `--` ends the flags, a flag with a bare value never takes the next word, shorthands combine
(`-itn prod`), and `-n=x` is `x` but `-n=` is `=`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kai.kubectl.distance import nearest
from kai.kubectl.spec import CommandSpec, FlagSpec
from kai.kubectl.words import Word
from kai.model import Finding, Level

# A line with more wrong flags than these is garbage, and must not cost more time than others.
_MAX_FINDINGS = 20
_MAX_GUESSES = 3


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag as it stands on the line.

    `name` is the long name ("namespace"; for an unknown flag what was written). `value` is None
    where the flag stands bare. `start` to `end` covers the flag and its value, `start` to `name_end`
    the flag alone as `spelled` ("--namespace", "-n"; in `-itn prod` the middle one is "t").
    `value_start` to `value_end` is the value as it stands in the line, with quotes that enclose
    just it; both are `end` for a bare flag.
    """

    spec: FlagSpec | None
    name: str
    value: str | None
    start: int
    end: int
    value_start: int
    value_end: int
    spelled: str
    name_end: int

    @property
    def meant(self) -> str | None:
        """The value kubectl uses: the given one, or what the bare flag stands for."""
        if self.value is not None or self.spec is None:
            return self.value
        return self.spec.bare


@dataclass(frozen=True, slots=True)
class Parsed:
    """Flags in order, arguments, the words after `--` (None: no `--`), and what is wrong."""

    flags: tuple[Flag, ...]
    args: tuple[Word, ...]
    after_dash: tuple[Word, ...] | None
    findings: tuple[Finding, ...]


def parse_flags(words: Sequence[Word], command: CommandSpec) -> Parsed:
    """Read the words behind the command path. Never raises; reading goes on after a finding."""
    parser = _Parser(words, command)
    parser.run()
    after = parser.after_dash
    return Parsed(
        tuple(parser.flags),
        tuple(parser.args),
        None if after is None else tuple(after),
        tuple(parser.findings),
    )


class _Parser:
    def __init__(self, words: Sequence[Word], command: CommandSpec) -> None:
        self.words = words
        self.command = command
        self.position = 0
        self.flags: list[Flag] = []
        self.args: list[Word] = []
        self.after_dash: Sequence[Word] | None = None
        self.findings: list[Finding] = []

    def run(self) -> None:
        words, size = self.words, len(self.words)
        while self.position < size:
            word = words[self.position]
            self.position += 1
            value = word.value
            if len(value) < 2 or value[0] != "-":
                self.args.append(word)
            elif value == "--":
                self.after_dash = words[self.position :]
                return
            elif value[1] == "-":
                self._long(word)
            else:
                self._shorts(word)

    def _report(
        self, code: str, message: str, start: int, end: int, new: str | None = None
    ) -> None:
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.append(Finding(code, Level.ERROR, message, start, end, new))

    def _next_word(self) -> Word | None:
        if self.position == len(self.words):
            return None
        self.position += 1
        return self.words[self.position - 1]

    def _long(self, word: Word) -> None:
        name, equals, value = word.value[2:].partition("=")
        if not name or name[0] == "-":
            message = f"{word.value} is not a flag; a flag has two dashes and a name"
            self._report("K144", message, word.start, word.end)
            return
        spec = self.command.flag(name)
        name_end = word.span(0, len(name) + 2)[1] if equals else word.end
        if spec is None:
            spec = self._unknown(word, name, name_end)
        known = name if spec is None else spec.name
        spelled = "--" + name
        if equals:
            start, end = word.span(len(name) + 3)
            self.flags.append(
                Flag(spec, known, value, word.start, word.end, start, end, spelled, name_end)
            )
        elif spec is None or spec.bare is not None:
            end = word.end
            self.flags.append(Flag(spec, known, None, word.start, end, end, end, spelled, end))
        else:
            self._with_next(spec, word.start, word.end, spelled)

    def _with_next(self, spec: FlagSpec, start: int, end: int, spelled: str) -> None:
        value = self._next_word()
        if value is None:
            self._report("K143", f"{spelled} needs a value", start, end)
            self.flags.append(Flag(spec, spec.name, None, start, end, end, end, spelled, end))
            return
        self.flags.append(
            Flag(
                spec, spec.name, value.value, start, value.end, value.start, value.end, spelled, end
            )
        )

    def _unknown(self, word: Word, name: str, name_end: int) -> FlagSpec | None:
        """Report an unknown flag; if it is surely a misspelt one, go on as if it were that."""
        command = self.command
        if len(self.findings) >= _MAX_GUESSES:
            self._report("K141", f"there is no flag --{name}", word.start, name_end)
            return None
        known = [flag.name for flag in (*command.flags.values(), *command.global_flags.values())]
        guess = nearest(name, known)
        path = " ".join(("kubectl", *command.path))
        hint = f"; did you mean --{guess}?" if guess else ""
        new = None if guess is None or word.quoted else f"--{guess}"
        self._report("K141", f"{path} has no flag --{name}{hint}", word.start, name_end, new)
        return command.flag(guess) if guess else None

    def _shorts(self, word: Word) -> None:
        value = word.value
        places = word.places
        index = 1
        while index < len(value):
            letter = value[index]
            first = index == 1
            at, end = word.start, word.end
            if places is not None:
                at = at if first else word.start + places[index]
                end = word.start + places[index] + 1 if index + 1 < len(value) else end
            spelled = "-" + letter if first else letter
            spec = self.command.shorthand(letter)
            rest = value[index + 1 :]
            if spec is None:
                self._unknown_short(letter, at, end)
                self.flags.append(Flag(None, letter, None, at, end, end, end, spelled, end))
                if rest[:1] == "=":
                    return
            elif len(rest) > 1 and rest[0] == "=":
                self._attached(word, spec, at, end, index + 2)
                return
            elif spec.bare is not None:
                self.flags.append(Flag(spec, spec.name, None, at, end, end, end, spelled, end))
            elif rest:
                self._attached(word, spec, at, end, index + 1)
                return
            else:
                self._with_next(spec, at, end, spelled)
                return
            index += 1

    def _attached(self, word: Word, spec: FlagSpec, at: int, end: int, index: int) -> None:
        start, stop = word.span(index)
        spelled = ("-" if at == word.start else "") + spec.short
        value = word.value[index:]
        self.flags.append(Flag(spec, spec.name, value, at, word.end, start, stop, spelled, end))

    def _unknown_short(self, letter: str, start: int, end: int) -> None:
        path = " ".join(("kubectl", *self.command.path))
        self._report("K142", f"{path} has no flag -{letter}", start, end)
