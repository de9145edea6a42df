"""How a rule says what is wrong, and where.

A rule that looks at one value returns a `Fault`, whose offsets are those of the value; `in_flag`
and `in_word` turn it into a finding whose offsets are those of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kai.kubectl.invocation import Flag, Invocation, Pipeline
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.words import BARE_WORD, Word, quote
from kai.model import Finding, Level

Rule = Callable[[Invocation, Spec, Catalogue], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value: from `start` to `end` (None: its end) of the value itself.

    `new` is the value that should stand in that place, where that is sure.
    """

    message: str
    start: int = 0
    end: int | None = None
    new: str | None = None
    level: Level = Level.ERROR


def each_call(
    rule: Rule,
) -> Callable[[Pipeline, Spec, Catalogue], Iterator[Finding]]:
    """Apply a rule to each kubectl call of a pipeline whose command exists."""

    def run(pipeline: Pipeline, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
        for stage in pipeline.stages:
            if isinstance(stage, Invocation) and is_known(stage):
                yield from rule(stage, spec, catalogue)

    run.__name__ = rule.__name__
    run.__doc__ = rule.__doc__
    return run


def is_known(call: Invocation) -> bool:
    """Whether kubectl has the command that is called; of another nothing can be said."""
    return not any(finding.code in ("K130", "K131") for finding in call.findings)


def reads_cleanly(call: Invocation) -> bool:
    """Whether the arguments are surely the arguments: no flag was misread before them."""
    return not any(finding.code.startswith("K14") for finding in call.findings)


def is_mark(call: Invocation, text: str) -> bool:
    """Whether xargs puts something else there."""
    mark = xargs_mark(call)
    return bool(mark) and mark in text


def xargs_mark(call: Invocation) -> str:
    """What `xargs -I MARK` replaces; "" where there is none."""
    words = call.xargs
    for index, word in enumerate(words):
        if word.value == "-I" and index + 1 < len(words):
            return words[index + 1].value
        if word.value.startswith("-I"):
            return word.value[2:]
        if word.value.startswith("--replace="):
            return word.value.partition("=")[2]
    return ""


def finding(
    code: str,
    message: str,
    start: int,
    end: int,
    new: str | None = None,
    level: Level = Level.ERROR,
) -> Finding:
    """A finding; an error unless said otherwise."""
    return Finding(code, level, message, start, end, new)


def at_command(call: Invocation) -> tuple[int, int]:
    """Where the command itself is named: `kubectl rollout status`."""
    last = call.path_words[-1] if call.path_words else call.words[0]
    first = call.words[0]
    return first.start, max(last.end, first.end)


def in_word(code: str, fault: Fault, word: Word) -> Finding:
    """The finding for a fault in the value of a word."""
    size = len(word.value)
    last = size if fault.end is None else min(fault.end, size)
    first = min(fault.start, last)
    start, end = word.span(first, last)
    whole = (first, last) == (0, size)
    if whole:
        start, end = word.start, word.end
    new = spelled(fault.new, word.quoted and not whole)
    return Finding(code, fault.level, fault.message, start, end, new)


def in_flag(code: str, fault: Fault, flag: Flag, call: Invocation) -> Finding:
    """The finding for a fault in the value of a flag."""
    value = flag.value or ""
    start, end = flag.value_start, flag.value_end
    if end <= start:
        return Finding(code, fault.level, fault.message, flag.start, flag.end)
    if end - start != len(value):
        return in_word(code, fault, Word(raw_between(call, start, end), value, start, end, True))
    last = len(value) if fault.end is None else min(fault.end, len(value))
    first = min(fault.start, last)
    new = spelled(fault.new, _stands_in_quotes(flag, call))
    return Finding(code, fault.level, fault.message, start + first, start + last, new)


def raw_between(call: Invocation, start: int, end: int) -> str:
    """A part of the line, out of the words of the call."""
    for word in call.words:
        if word.start <= start and end <= word.end:
            return word.raw[start - word.start : end - word.start]
    return ""


def _stands_in_quotes(flag: Flag, call: Invocation) -> bool:
    """Whether the value is a part of a word with quotes around more than it: '--for=x'."""
    for word in call.words:
        if word.start <= flag.value_start and flag.value_end <= word.end:
            return word.quoted
    return False


def spelled(new: str | None, quoted: bool = False) -> str | None:
    """A replacement as it has to stand in the line; None where that is not sure."""
    if new is None:
        return None
    match = BARE_WORD.match(new)
    if new and match and match.end() == len(new):
        return new
    if quoted:
        return None
    try:
        return quote(new)
    except ValueError:
        return None
