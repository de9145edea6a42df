"""The strict line grammar: one line of text into words that every shell sees alike.

A line is accepted only where bash, zsh (also with extendedglob, magicequalsubst, rcquotes) and fish
all hand the same words to kubectl, whatever their options. Everything else is a `Finding`, never a
guess: expansion, globbing, redirection, substitution, job control, comments and history are refused
by character, not searched for by pattern. All offsets are code points of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kai.kubectl.words import BARE_WORD, MAX_BLANKS, MAX_LENGTH, Word, quote
from kai.kubectl.wordscan import ENDS_WORD, WordScan
from kai.model import Finding, Level

__all__ = ["MAX_BLANKS", "MAX_LENGTH", "Line", "Word", "quote", "read"]

_MAX_FINDINGS = 20
_BLANK_OR_PIPE = frozenset(" |")
_REDIRECT = re.compile(r"<<<|<<-?|<>|<&|<|>>|>&|>\||>")
_STOPPERS = ("&&", "||", "|&", "&>", ";", "&")
_CONTROL_NAMES = {
    "\n": "a line break",
    "\r": "a carriage return",
    "\t": "a tab",
    "\x1b": "an escape",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: the words of each pipeline stage, or the findings that forbid it."""

    text: str
    stages: tuple[tuple[Word, ...], ...]
    findings: tuple[Finding, ...] = ()


def read(text: str) -> Line:
    """Read one line. Findings (K101 to K113) mean "not readable": then there are no stages."""
    findings = _bytes_findings(text)
    if findings:
        return Line(text, (), tuple(findings))
    reader = _Reader(text)
    stages = reader.stages()
    if reader.findings:
        return Line(text, (), tuple(reader.findings[:_MAX_FINDINGS]))
    return Line(text, stages)


def _bytes_findings(text: str) -> list[Finding]:
    if not text or text.isspace():
        return [_error("K101", "there is no command", 0, len(text))]
    found: list[Finding] = []
    if len(text) > MAX_LENGTH:
        message = f"the line has {len(text)} characters; more than {MAX_LENGTH} are not read"
        found.append(_error("K102", message, MAX_LENGTH, len(text)))
    if not (text.isascii() and text.isprintable()):
        for index, char in enumerate(text):
            if not " " <= char <= "~":
                name = _CONTROL_NAMES.get(char, f"U+{ord(char):04X}")
                message = f"{name} is not printable ASCII; type it again in plain characters"
                found.append(_error("K103", message, index, index + 1))
                if len(found) == _MAX_FINDINGS:
                    break
    at = text.find(" " * (MAX_BLANKS + 1))
    if at >= 0:
        end = at + len(text[at:]) - len(text[at:].lstrip(" "))
        message = f"{end - at} blanks in a row can hide a part of the line"
        found.append(_error("K104", message, at, end))
    return found


def _error(code: str, message: str, start: int, end: int, new: str | None = None) -> Finding:
    return Finding(code, Level.ERROR, message, start, end, new)


class _Reader:
    """Goes over the line once, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.findings: list[Finding] = []
        self.apostrophe = -1  # where a double-quoted "'" stands
        self.bang = -1  # where a single-quoted "!" stands that could name history

    def stages(self) -> tuple[tuple[Word, ...], ...]:
        """The words of each stage; only worth something while there are no findings."""
        text, size = self.text, len(self.text)
        stages: list[tuple[Word, ...]] = []
        words: list[Word] = []
        while self.position < size:
            start = self.position
            char = text[start]
            if char == " ":
                self.position += 1
            elif match := BARE_WORD.match(text, start):
                end = match.end()
                if end == size or text[end] in _BLANK_OR_PIPE:
                    word = match.group()
                    words.append(Word(word, word, start, end))
                    self.position = end
                elif text[end] in "<>" and match.group().isdigit():
                    self._redirect(start, end)
                else:
                    self._word(words)
            elif char == "|" and text[start + 1 : start + 2] not in ("|", "&"):
                self._close(stages, words, start)
                words = []
                self.position += 1
            elif char in ENDS_WORD:
                self._operator()
            else:
                self._word(words)
        self._close(stages, words, size)
        self._check_history()
        return tuple(stages)

    def _close(self, stages: list[tuple[Word, ...]], words: list[Word], at: int) -> None:
        if words:
            stages.append(tuple(words))
        elif not self.findings:
            start = self.text.rfind("|", 0, at) if at == len(self.text) else at
            self._report("K113", "a pipe has no command on one side", start, start + 1)

    def _report(
        self, code: str, message: str, start: int, end: int, new: str | None = None
    ) -> None:
        self.findings.append(_error(code, message, start, end, new))

    def _stop(self) -> None:
        """What follows is another command or unreadable: more findings would only be noise."""
        self.position = len(self.text)

    def _check_history(self) -> None:
        # bash before 4.4 takes an apostrophe inside double quotes for an opening quote when it looks
        # for "!", so a quoted "!" further on would stand outside quotes for it.
        if 0 <= self.apostrophe < self.bang:
            message = "an old bash reads this '!' as history, because of the apostrophe before it"
            self._report("K111", message, self.bang, self.bang + 1)

    def _operator(self) -> None:
        start = self.position
        for operator in _STOPPERS:
            if self.text.startswith(operator, start):
                what = "redirects output" if operator == "&>" else "starts another command"
                message = f"'{operator}' {what}; kai reads one command and its pipes"
                self._report("K107", message, start, start + len(operator))
                self._stop()
                return
        self._redirect(start, start)

    def _redirect(self, start: int, at: int) -> None:
        match = _REDIRECT.match(self.text, at)
        end = match.end() if match else at + 1
        if self.text[end - 1] == "&" and self.text[end : end + 1] in tuple("0123456789-"):
            end += 1  # 2>&1: the descriptor belongs to it
        operator = self.text[start:end]
        message = f"'{operator}' redirects input or output; kai reads one command and its pipes"
        self._report("K107", message, start, end)
        self.position = end

    def _word(self, words: list[Word]) -> None:
        """Read a word that holds quotes or something that must not stand in a word."""
        scan = WordScan(self.text, self.position)
        scan.run()
        if self.apostrophe < 0:
            self.apostrophe = scan.apostrophe
        self.bang = max(self.bang, scan.bang)
        if scan.problem is not None:
            self._report(*scan.problem)
        else:
            raw = self.text[scan.start : scan.end]
            words.append(Word(raw, scan.value, scan.start, scan.end, scan.quoted))
        self.position = scan.end
        if scan.fatal:
            self._stop()
