"""Reads one word that holds quotes, or something that must not stand in a word.

This is the slow path of `kai.kubectl.grammar`; a word without quotes never comes here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kai.kubectl.words import SAFE, quote, unsafe_backslash

#: What ends a word outside quotes.
ENDS_WORD = frozenset(" |;&<>")
_RUN = re.compile(rf"[{SAFE}%]++")
_DOUBLE = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"')
_ESCAPE = re.compile(r'\\([\\"$`])')
_MEANING = {
    "*": "a file name pattern",
    "?": "a file name pattern",
    "[": "a file name pattern",
    "]": "a file name pattern",
    "{": "a brace expansion",
    "}": "a brace expansion",
    "(": "a group",
    ")": "a group",
    "~": "a home directory",
    "#": "a comment",
    "^": "a pattern or a history substitution",
}


class Problem(NamedTuple):
    """Why a word is not accepted, where, and the sure spelling of what was meant, if any."""

    code: str
    message: str
    start: int
    end: int
    replacement: str | None = None


class WordScan:
    """Reads the word at `start`; `run` leaves the results in the public attributes.

    `value` is the word as the program gets it, `end` where it ends; `problem` the first thing that
    is wrong with it; `fatal`: nothing behind it can be read. `apostrophe` and `bang` are where a
    double-quoted "'" and a single-quoted "!" stand that history expansion could act on, or -1.
    """

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = self.end = start
        self.value = ""
        self.quoted = False
        self.fatal = False
        self.problem: Problem | None = None
        self.apostrophe = -1
        self.bang = -1
        self._sure = True
        self._unquoted: list[str] = []

    def run(self) -> None:
        """Read to the end of the word."""
        text, size = self.text, len(self.text)
        parts: list[str] = []
        while self.end < size and not self.fatal:
            char = text[self.end]
            if char in ENDS_WORD:
                break
            if char == "'":
                parts.append(self._single())
            elif char == '"':
                parts.append(self._double())
            elif match := _RUN.match(text, self.end):
                if char == "%" and self.end == self.start:
                    self._note("K110", "'%' at the start of a word can mean a job or a process", 1)
                self._unquoted.append(match.group())
                parts.append(match.group())
                self.end = match.end()
            else:
                parts.append(self._special(char))
                self._unquoted.append(parts[-1])
        self.value = "".join(parts)
        if self.problem is not None and not self.fatal:
            self._offer_repair(self.problem)

    def _offer_repair(self, problem: Problem) -> None:
        unquoted = "".join(self._unquoted)
        torn = self.quoted and "{" in unquoted  # the shell would eat the quotes inside JSONPath
        if not self._sure or torn or not _is_literal(unquoted):
            return
        try:
            repaired = quote(self.value)
        except ValueError:
            return
        self.problem = Problem(problem.code, problem.message, self.start, self.end, repaired)

    def _note(self, code: str, message: str, length: int, *, sure: bool = True) -> None:
        if self.problem is None:
            self.problem = Problem(code, message, self.end, self.end + length)
        self._sure = self._sure and sure

    def _give_up(self, code: str, message: str, end: int) -> str:
        self.problem = Problem(code, message, self.end, end)
        self.fatal = True
        return ""

    def _single(self) -> str:
        start = self.end
        end = self.text.find("'", start + 1)
        if end < 0:
            return self._give_up(
                "K105", "a single quote is opened and never closed", len(self.text)
            )
        body = self.text[start + 1 : end]
        if unsafe_backslash(body):
            message = "fish reads this backslash in single quotes as an escape, other shells do not"
            self._note("K109", message, end + 1 - start, sure=False)
        if self.text.startswith("'", end + 1):
            message = "two quoted parts side by side: some shells read '' as an apostrophe"
            self._note("K112", message, end + 1 - start, sure=False)
        bang = _history_bang(body)
        if bang >= 0:
            self.bang = start + 1 + bang
        self.quoted = True
        self.end = end + 1
        return body

    def _double(self) -> str:
        start = self.end
        match = _DOUBLE.match(self.text, start)
        if match is None:
            return self._give_up(
                "K105", "a double quote is opened and never closed", len(self.text)
            )
        body, length = match.group(1), match.end() - start
        if "$" in body or "`" in body:
            message = "'$' and '`' expand in double quotes; use single quotes"
            self._note("K108", message, length, sure=False)
        elif "\\" in body:
            message = "shells differ about a backslash in double quotes; use single quotes"
            self._note("K109", message, length, sure="\\!" not in body)
            body = _ESCAPE.sub(r"\1", body)
        elif "!" in body:
            message = "'!' in double quotes can bring back an old command; use single quotes"
            self._note("K111", message, length)
        if "'" in body and self.apostrophe < 0:
            self.apostrophe = start
        self.quoted = True
        self.end = match.end()
        return body

    def _special(self, char: str) -> str:
        """Take one character outside quotes that is not safe everywhere."""
        before = self.text[self.end - 1] if self.end > self.start else ""
        after = self.text[self.end + 1 : self.end + 2]
        if char in "$`":
            message = f"'{char}' is expanded by the shell; kai reads only what stands there"
            return self._give_up("K108", message, self.end + 1)
        if char == "#" and not before:
            return self._give_up("K106", "'#' may start a comment; quote it", self.end + 1)
        if char == "\\":
            message = "a backslash outside quotes is the shell's own; quote the whole word instead"
            self._note("K109", message, 1, sure=False)
            self.end += 1 + bool(after)
            return after
        if char == "=":
            if not before or before in "=:'\"":
                self._note("K110", "some shells expand a '=' here; quote the whole word", 1)
        elif char == "!":
            if not before or after != "=":
                message = "'!' outside single quotes can bring back an old command"
                self._note("K111", message, 1, sure=after not in ("!", "", " "))
        else:
            message = f"a shell may read '{char}' as {_MEANING[char]}; quote the whole word"
            self._note("K106", message, 1, sure=char != "~" or before not in ("", "=", ":"))
        self.end += 1
        return char


def _history_bang(body: str) -> int:
    """Index of a "!" that history expansion would act on if it stood outside quotes, or -1."""
    at = body.find("!")
    while at >= 0 and body[at + 1 : at + 2] in ("=", " "):
        at = body.find("!", at + 1)
    return at


def _is_literal(unquoted: str) -> bool:
    """Tell whether patterns in the unquoted part of a word can only be meant as they stand.

    JSONPath and column expressions are; `*.yaml` means files, `web{1..3}` and `{a,b}` several
    words, and `(a, b)` is the torn end of a selector.
    """
    depth = 0
    several = False
    # No file is called like `--flag=/a/*`, so there a pattern stands for itself.
    in_flag = unquoted.startswith("--") and "=" in unquoted
    for index, char in enumerate(unquoted):
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
        elif depth == 0:
            if char in "()" or (char in "*?" and not in_flag and unquoted[:2] != "*="):
                return False
        elif char == ",":
            several |= "[" not in unquoted
        elif char == ".":
            several |= unquoted[index - 1] != "{" and unquoted.startswith("..", index)
    return depth == 0 and not several
