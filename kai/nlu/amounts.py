"""How many and how long: whole numbers and durations, in digits or words."""

from __future__ import annotations

from kai.nlu.frame import Frame
from kai.nlu.tokens import DURATION

_UNIT = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w"}
_HOURS = {"d": 24, "w": 168}


def number_at(f: Frame, index: int) -> int | None:
    """The whole number at `index`, in digits or words."""
    if not f.free(index):
        return None
    text = f.tokens[index].low.removesuffix("x")
    if text.isdecimal() and len(text) <= 9:
        return int(text)
    match = f.at("num", index)
    return int(match.value) if match is not None else None


def take_number(f: Frame, *nouns: str) -> int | None:
    """The first number, consumed; with `nouns`, the one beside a `noun` phrase of that value."""
    for index in f.words():
        value = number_at(f, index)
        if value is None:
            continue
        width = f.at("num", index)
        end = width.end if width is not None else index + 1
        if not nouns:
            f.use(index, end)
            return value
        after = f.at("noun", end, *nouns)
        before = f.ending("noun", index, *nouns)
        if after is None and before is None and f.low(index - 1) in ("to", "of", "=", "at", "is"):
            before = f.ending("noun", index - 1, *nouns)
        beside = after or before
        if beside is not None:
            f.use(min(index, beside.start), max(end, beside.end))
            return value
    return None


def _joined(f: Frame, low: str) -> str | None:
    """`2d`, `two-hour`, `24-hour` as kubectl writes them."""
    if low[:-1].isdigit() and low[-1:] in _HOURS:
        return f"{int(low[:-1]) * _HOURS[low[-1]]}h"
    count, dash, noun = low.partition("-")
    if not dash or noun not in _UNIT:
        return None
    spoken = [value for kind, value in f.scan.lexicon.meanings(count) if kind == "num"]
    if not count.isdecimal() and not spoken:
        return None
    size, letter = int(count if count.isdecimal() else spoken[0]), _UNIT[noun]
    return f"{size * _HOURS[letter]}h" if letter in _HOURS else f"{size}{letter}"


def duration_at(f: Frame, index: int) -> tuple[str, int] | None:
    """(kubectl duration, index behind it) for `5m`, `5 minutes`, `an hour`, `half an hour`."""
    if not f.free(index):
        return None
    low = f.tokens[index].low
    if DURATION.fullmatch(low):
        return low, index + 1
    for suffix in ("min", "mins", "sec", "secs", "hr", "hrs"):
        if low.endswith(suffix) and low.removesuffix(suffix).isdigit():
            return low.removesuffix(suffix) + suffix[0], index + 1
    if (joined := _joined(f, low)) is not None:
        return joined, index + 1
    phrase = f.at("time", index)
    if phrase is not None:
        return phrase.value, phrase.end
    count, at = number_at(f, index), index + 1
    if count is None and low in ("a", "an", "the", "last", "past"):
        count, at = 1, index + 1
        if low in ("the", "last", "past"):
            at = index if f.at("unit", index) else index + 1
    elif count is None and f.at("unit", index):
        count, at = 1, index
    unit = f.at("unit", at)
    if count is None or unit is None:
        return None
    letter = _UNIT[unit.value]
    if letter in _HOURS:
        return f"{count * _HOURS[letter]}h", unit.end
    return f"{count}{letter}", unit.end


def take_duration(f: Frame, category: str = "") -> str | None:
    """The first duration, consumed; with `category`, only right behind such a phrase."""
    for index in f.words():
        before = f.ending(category, index) if category else None
        if category and before is None:
            continue
        found = duration_at(f, index)
        if found is not None:
            f.use(before.start if before else index, found[1])
            return found[0]
    return None
