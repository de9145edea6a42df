"""The kubectl command that is being typed in front of a place of shell text, as far as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kai.kubectl.invocation import Invocation, read_call
from kai.kubectl.spec import FlagSpec, Spec
from kai.kubectl.words import Word

_LONGEST = 4_000
"""Characters in front of a place that are looked at."""
_CONTINUED = re.compile(r"\\\r?\n")
_TOKEN = re.compile(
    r"(?P<blank>(?:[ \t]|\\\r?\n)+)|(?P<end>\$\(|[`|&;()\r\n])"
    r"|(?P<piece>'[^']*'?|\"(?:\\.|\$(?!\()|[^\"\\$`])*\"?|\\.|[^\s'\"\\|&;()`$]+|.)",
    re.DOTALL,
)
_PROGRAM = re.compile(r"(?:.*/)?kubectl(?:\.exe)?|\$\{?(?:\w+_)?(?:KUBECTL|kubectl)\}?")


@dataclass(frozen=True, slots=True)
class Typing:
    """A call that is being typed: what stands complete, and the word at the place.

    `start` is where that word begins in the text, `word` what of it stands in front of the place,
    without an opening quote.
    """

    call: Invocation
    words: tuple[Word, ...]
    word: str
    start: int

    @property
    def waiting(self) -> FlagSpec | None:
        """The flag whose value the word is: `-n |`, `--output |`."""
        if not self.words:
            return None
        raw = self.words[-1].raw
        flag = None
        if raw.startswith("--") and len(raw) > 2 and "=" not in raw:
            flag = self.call.command.flag(raw[2:])
        elif re.fullmatch(r"-\w+", raw):
            flag = self.call.command.shorthand(raw[-1])
        return flag if flag is not None and flag.takes_value else None


def typing(text: str, place: int, spec: Spec) -> Typing | None:
    """What is being typed at `place`; None where that is no word of a kubectl command."""
    start = _logical_line(text, place)
    words: list[Word] = []
    for word in _words(text, start, place):
        if word is None:
            words = []
        else:
            words.append(word)
    if not words:
        return None
    *before, current = words
    at = next((i for i, word in enumerate(before) if _PROGRAM.fullmatch(word.raw)), None)
    if at is None:
        return None
    program = Word("kubectl", "kubectl", before[at].start, before[at].end, False)
    complete = tuple(before[at + 1 :])
    call = read_call((program, *complete), spec)
    quote = 1 if current.raw[:1] in ("'", '"') else 0
    return Typing(call, complete, current.raw[quote:], current.start + quote)


def _logical_line(text: str, place: int) -> int:
    """Where the line begins, with those in front that it goes on from."""
    low = max(place - _LONGEST, 0)
    start = text.rfind("\n", low, place) + 1 or low
    while start > low and _CONTINUED.fullmatch(text, text.rfind("\\", low, start), start):
        start = text.rfind("\n", low, start - 1) + 1 or low
    return start


def _words(text: str, at: int, place: int) -> Iterator[Word | None]:
    """The words between two places, None where another command begins. The last one is that at the
    end, empty behind a blank; behind the sign of a comment there is nothing."""
    begin: int | None = None
    for token in _TOKEN.finditer(text, at, place):
        if token["piece"] is not None:
            if begin is None:
                if token["piece"].startswith("#"):
                    yield None
                    return
                begin = token.start()
            continue
        if begin is not None:
            yield _word(text, begin, token.start())
            begin = None
        if token["end"] is not None:
            yield None
    yield _word(text, place if begin is None else begin, place)


def _word(text: str, start: int, end: int) -> Word:
    raw = text[start:end]
    value = raw.strip("'\"") if raw[:1] in ("'", '"') else raw
    return Word(raw, value, start, end, value != raw)
