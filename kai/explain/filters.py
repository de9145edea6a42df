"""What the programs behind a pipe do, option by option, and xargs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kai.explain import programs
from kai.explain.part import Part
from kai.explain.table import options, table

if TYPE_CHECKING:
    from kai.kubectl.words import Word

_FROM_THE_OTHER_END = {("head", "-"): "all but the last {}", ("tail", "+"): "all from number {} on"}
_TEXTS = {"awk": programs.awk, "jq": programs.jq, "sed": programs.sed}


def filter_parts(words: Sequence[Word]) -> Iterator[Part]:
    """The program and each of its words; a word that no table has is said to be unknown."""
    program, *rest = words
    known = table()["filters"].get(program.value)
    if known is None:
        yield Part(program.start, program.end, "unknown", "a program that kai does not know")
        for word in rest:
            yield Part(word.start, word.end, "unknown", f"an argument of {program.value or 'it'}")
        return
    yield Part(program.start, program.end, "program", f"then {program.value}: {known['does']}")
    reader = _Reader(program.value, rest, known["arguments"])
    yield from reader.parts()


def xargs_parts(words: Sequence[Word]) -> Iterator[Part]:
    """`xargs` and its options, in front of the command that it runs."""
    return filter_parts(words)


class _Reader:
    """Goes over the words behind a program as getopt does."""

    def __init__(self, program: str, words: Sequence[Word], arguments: list[str]) -> None:
        self.program = program
        self.words = words
        self.arguments = list(arguments)
        self.options = options(program)
        self.at = 0

    def parts(self) -> Iterator[Part]:
        ended = False
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            value = word.value
            if ended or value[:1] != "-" or value == "-":
                yield self._argument(word)
            elif value == "--":
                ended = True
                yield Part(word.start, word.end, "dash", "ends the options")
            elif value[:2] == "--":
                yield self._long(word)
            elif value[1:].isdecimal() and "-NUM" in self.options:
                text = self.options["-NUM"].replace("{}", value[1:])
                yield Part(word.start, word.end, "option", text)
            else:
                yield from self._letters(word)

    def _argument(self, word: Word) -> Part:
        phrase = self.arguments.pop(0) if self.arguments else f"an argument of {self.program}: {{}}"
        text, details = self._filled(phrase, [word.value])
        return Part(word.start, word.end, "argument", text, details)

    def _long(self, word: Word) -> Part:
        name, equals, value = word.value.partition("=")
        phrase = self.options.get(name)
        if phrase is None:
            return Part(
                word.start, word.end, "unknown", f"an option that kai does not know: {name}"
            )
        values = [value] if equals else []
        return self._valued(word, word.start, phrase, values)

    def _letters(self, word: Word) -> Iterator[Part]:
        value = word.value
        for index, letter in enumerate(value[1:], 1):
            start, end = word.span(index, index + 1)
            start = word.start if index == 1 else start
            phrase = self.options.get(f"-{letter}")
            if phrase is None:
                text = f"an option that kai does not know: -{letter}"
                yield Part(start, word.end, "unknown", text)
                return
            if "{}" in phrase:
                rest = value[index + 1 :]
                yield self._valued(word, start, phrase, [rest] if rest else [])
                return
            yield Part(start, word.end if index == len(value) - 1 else end, "option", phrase)

    def _valued(self, word: Word, start: int, phrase: str, values: list[str]) -> Part:
        """An option with its values, from the words behind it where they are not attached."""
        end = word.end
        while len(values) < phrase.count("{}") and self.at < len(self.words):
            values.append(self.words[self.at].value)
            end = self.words[self.at].end
            self.at += 1
        if "the pattern: {}" in phrase or phrase == "{}":
            self.arguments = []
        text, details = self._filled(phrase, values)
        return Part(start, end, "option", text, details)

    def _filled(self, phrase: str, values: list[str]) -> tuple[str, tuple[str, ...]]:
        if phrase == "{}" and values:
            return _TEXTS[self.program](values[0])
        other = _FROM_THE_OTHER_END.get((self.program, values[0][:1])) if values else None
        if other and values[0][1:].isdecimal() and phrase.startswith("the "):
            return other.format(values[0][1:]), ()
        first, *others = phrase.split("{}")
        shown = [_shown(value) for value in values] + ["?"] * len(others)
        filled = (f"{value}{text}" for value, text in zip(shown, others, strict=False))
        return f"{first}{''.join(filled)}".strip(), ()


def _shown(value: str) -> str:
    return {"": "nothing", " ": "a blank", "\\t": "a tab", "\\n": "a line break"}.get(value, value)
