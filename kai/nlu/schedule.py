"""Cron schedules in words: `every night at 2`, `weekdays at 8`, `every 5 minutes`, `hourly`."""

from __future__ import annotations

import itertools
import re

from kai.nlu.amounts import number_at
from kai.nlu.frame import Frame, Match
from kai.nlu.patterns import pattern
from kai.nlu.slots import prepare, skip_links

_FIELD = pattern(r"[\d*/,A-Za-z-]+")
_CRON = pattern(r"(?:@[a-z]+|[\d*/,-]+ [\d*/,-]+ [\d*/,-]+ [\w*/,-]+ [\w*/,-]+)")
_CLOCK = pattern(r"(\d{1,2})(?:[:.h](\d{2}))?(am|pm)?h?")
_PARTS = {"morning": "6", "noon": "12", "midnight": "0", "night": "0", "evening": "18"}
_LIMITS = {"minute": 60, "hour": 24, "day": 31, "month": 12}


def take_schedule(f: Frame) -> str | None:
    """The cron expression of the schedule said, consumed; None when none or an unclear one is."""
    prepare(f)
    return _expression(f) or _interval(f) or _calendar(f)


def _expression(f: Frame) -> str | None:
    """An expression as cron writes it, quoted or as five words."""
    for index in f.words():
        text = f.tokens[index].text
        if _CRON.fullmatch(text):
            _use(f, index, index + 1)
            return text
        inline = text.partition("=")
        if inline[0].lstrip("-") == "schedule" and _CRON.fullmatch(inline[2]):
            f.use(index)
            return inline[2]
        five = [f.tokens[at].text for at in range(index, min(index + 5, len(f.tokens)))]
        if len(five) == 5 and all(map(f.free, range(index, index + 5))):
            fits = all(_FIELD.fullmatch(word) for word in five) and "*" in "".join(five)
            plain = re.fullmatch(r"[\d*/,-]+", five[0]) is not None
            if fits and plain and all(re.match(r"[\d*]", word) for word in five[:4]):
                _use(f, index, index + 5)
                return " ".join(five)
    return None


def _use(f: Frame, start: int, end: int) -> None:
    """Consume an expression with the word "schedule" before it."""
    f.use(start, end)
    for match in f.find_all("slot", "schedule"):
        if skip_links(f, match.end) == start:
            f.use(match.start, start)


def _interval(f: Frame) -> str | None:
    """`every 5 minutes`, `every two hours`, `every minute`."""
    for match in list(f.find_all("each")):
        at = match.end
        spoken = f.at("spokennumber", at)
        count = int(spoken.value) if spoken else number_at(f, at)
        after = (spoken.end if spoken else at + 1) if count is not None else at
        if count is None and f.low(at) in ("other", "second"):
            count, after = 2, at + 1
        unit = f.at("cronunit", after)
        if unit is None or unit.value not in ("minute", "hour", "day"):
            continue
        step = 1 if count is None else count
        cron = _steps(unit.value, step)
        if cron is None or (unit.value == "day" and step == 1):
            continue
        f.use(match.start, unit.end)
        return cron
    return None


def _steps(unit: str, step: int) -> str | None:
    """An even interval; None where cron cannot say it (every 45 minutes is not even)."""
    if step < 1 or (unit != "day" and _LIMITS[unit] % step) or step >= _LIMITS[unit]:
        return {("minute", 60): "0 * * * *", ("hour", 24): "0 0 * * *"}.get((unit, step))
    star = "*" if step == 1 else f"*/{step}"
    return {
        "minute": f"{star} * * * *",
        "hour": f"0 {star} * * *",
        "day": f"0 0 {star} * *",
    }[unit]


def _calendar(f: Frame) -> str | None:  # noqa: PLR0911  # one way out for each use
    """Days and a time of day; the time defaults to midnight."""
    days = list(f.find_all("days"))
    moments = list(f.find_all("daypart"))
    if not days and not moments:
        return None
    if len(moments) > 1 and len({m.value for m in moments}) > 1:
        return None
    weekdays = [m.value for m in days if m.value not in ("day", "month", "year", "hour", "week")]
    spans = [m.value for m in days if m.value in ("day", "month", "year", "hour", "week")]
    if len(set(spans)) > 1 and set(spans) != {"day", "week"}:
        return None
    for match in (*days, *moments):
        f.use(match.start, match.end)
    _between(f, days)
    span = spans[0] if spans else ""
    if span == "hour":
        return _past_hour(f)
    clock = _clock(f, moments)
    if clock is None:
        return None
    hour, minute = clock
    if span == "year":
        return f"{minute} {hour} 1 1 *"
    if span == "month":
        return f"{minute} {hour} {_month_day(f)} * *"
    if weekdays:
        return f"{minute} {hour} * * {','.join(dict.fromkeys(weekdays))}"
    return f"{minute} {hour} * * {'0' if span == 'week' else '*'}"


def _between(f: Frame, days: list[Match]) -> None:
    """`monday and friday`: the word between two days."""
    for left, right in itertools.pairwise(days):
        if right.start == left.end + 1 and f.low(left.end) in ("and", "or"):
            f.use(left.end)


def _past_hour(f: Frame) -> str:
    """`hourly at minute 15`, `hourly at :30`."""
    for index in f.words():
        if f.low(index) in ("minute", "past") and number_at(f, index + 1) is not None:
            minute = number_at(f, index + 1)
            f.use(index, index + 2)
            return f"{minute} * * * *"
        found = re.fullmatch(r":(\d\d)", f.tokens[index].text)
        if found and f.low(index - 1) == "at":
            f.use(index - 1, index + 1)
            return f"{int(found[1])} * * * *"
    return "0 * * * *"


def _month_day(f: Frame) -> str:
    for index in f.words():
        found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", f.tokens[index].low)
        if found and 1 <= int(found[1]) <= 31:
            f.use(index)
            if f.low(index - 1) in ("the", "on"):
                f.use(index - 1)
            return found[1]
    return "1"


def _clock(f: Frame, moments: list[Match]) -> tuple[int, int] | None:
    """Hour and minute: `at 2`, `3am`, `at 04:30`, `2 at night`, `midnight`."""
    part = moments[0].value if moments else ""
    for index in f.words():
        at_word = f.low(index - 1) in ("at", "around", "@")
        found = _CLOCK.fullmatch(f.tokens[index].low)
        if not found:
            number = number_at(f, index) if at_word else None
            if number is None:
                continue
            found = _CLOCK.fullmatch(str(number))
        if not found or not (at_word or found[2] or found[3] or f.low(index + 1) in ("am", "pm")):
            continue
        half = found[3] or ""
        f.use(index)
        if at_word:
            f.use(index - 1)
        if not half and f.low(index + 1) in ("am", "pm", "oclock", "utc"):
            half = f.low(index + 1)
            f.use(index + 1)
        return _hour(int(found[1]), int(found[2] or 0), half, part)
    if part in ("morning", "evening"):
        return None
    return int(_PARTS.get(part, "0")), 0


def _hour(hour: int, minute: int, half: str, part: str) -> tuple[int, int] | None:
    if half == "pm" or (not half and part in ("evening", "afternoon") and hour < 12):
        hour = hour % 12 + 12
    elif half == "am":
        hour %= 12
    elif not half and part == "night" and 6 <= hour < 12:
        hour += 12
    return (hour, minute) if hour < 24 and minute < 60 else None
