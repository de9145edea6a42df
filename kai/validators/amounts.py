"""Numbers, durations, quantities, times, schedules and ports.

Sources: time.ParseDuration, resource.ParseQuantity (k8s.io/apimachinery), robfig/cron ParseStandard,
time.RFC3339.
"""

from __future__ import annotations

import re

from kai.kubectl.govalues import go_bool, go_duration, go_int
from kai.model import Level
from kai.validators.faults import Fault

_QUANTITY = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?"
)
_PLAIN_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)")
_UNITS = {unit.lower(): unit for unit in ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")}
_DAYS = re.compile(r"([0-9]{1,5})d(?:ays?)?")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d))")
_INT_OR_PERCENT = re.compile(r"[0-9]+%?")
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9](?:[a-z0-9]|-(?!-))*(?<!-)")
_LAST_PORT = 65535
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def integer(text: str) -> Fault | None:
    """An integer as Go reads one: 5, 0x10, 1_000."""
    if go_int(text) is not None:
        return None
    return Fault(f"'{text}' is no whole number")


def boolean(text: str) -> Fault | None:
    """A boolean as Go reads one: true, false, 1, t."""
    if go_bool(text) is not None:
        return None
    new = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(text.lower())
    return Fault(f"'{text}' is neither true nor false", 0, None, new)


def duration(text: str) -> Fault | None:
    """A duration as Go reads one: 1h30m, 90s, 0; no days, no number without a unit."""
    if go_duration(text) is not None:
        return None
    days = _DAYS.fullmatch(text)
    if days:
        new = f"{int(days[1]) * 24}h"
        return Fault(f"there is no unit for days; write {new}", 0, None, new)
    if text.isdigit():
        return Fault(f"'{text}' has no unit; write {text}s, {text}m or {text}h")
    return Fault(f"'{text}' is no duration; write it like 30s, 5m or 1h30m")


def seconds_or_duration(text: str) -> Fault | None:
    """What --request-timeout takes: whole seconds or a duration."""
    return None if go_int(text) is not None else duration(text)


def quantity(text: str) -> Fault | None:
    """An amount of CPU, memory or storage: 500m, 1.5, 512Mi, 2Gi."""
    if _QUANTITY.fullmatch(text):
        return None
    match = _PLAIN_QUANTITY.fullmatch(text)
    new = None
    if match and match[2].lower() in _UNITS:
        new = match[1] + _UNITS[match[2].lower()]
    return Fault(f"'{text}' is no amount; write it like 500m, 2, 512Mi or 1Gi", 0, None, new)


def amounts(text: str) -> Fault | None:
    """`cpu=500m,memory=512Mi`, as set resources and create quota take it."""
    start = 0
    for part in text.split(","):
        name, equals, value = part.partition("=")
        fault = None
        if not equals or "=" in value or not name:
            fault = Fault(f"'{part}' is not NAME=AMOUNT, such as memory=512Mi", 0, len(part))
        else:
            found = quantity(value)
            at = len(name) + 1
            if found is not None:
                fault = Fault(found.message, at, at + len(value), found.new)
            elif name == "memory" and value.endswith("m"):
                message = f"{value} is a thousandth of a byte; did you mean {value[:-1]}Mi?"
                fault = Fault(message, at, at + len(value), None, Level.WARNING)
        if fault is not None:
            end = len(part) if fault.end is None else fault.end
            return Fault(fault.message, start + fault.start, start + end, fault.new, fault.level)
        start += len(part) + 1
    return None


def number_or_percent(text: str) -> Fault | None:
    """`2` or `50%`."""
    if _INT_OR_PERCENT.fullmatch(text):
        return None
    return Fault(f"'{text}' is neither a whole number nor a percentage")


def timestamp(text: str) -> Fault | None:
    """A time of RFC 3339: 2026-01-31T08:00:00Z."""
    match = _TIME.fullmatch(text)
    wanted = "write it like 2026-01-31T08:00:00Z"
    if match is None:
        return Fault(f"'{text}' is no time; {wanted}")
    month, day, hour, minute, second = (int(match[index]) for index in range(2, 7))
    year = int(match[1])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or not 1 <= day <= _LONGEST_MONTHS[month - 1]:
        return Fault(f"there is no such day; {wanted}")
    if (month == 2 and day == 29 and not leap) or hour > 23 or minute > 59 or second > 59:
        return Fault(f"there is no such time; {wanted}")
    return None


def port(text: str) -> Fault | None:
    """A port number."""
    if text.isdigit() and 1 <= int(text) <= _LAST_PORT and len(text) < 8:
        return None
    return Fault(f"'{text}' is no port; ports are numbers from 1 to {_LAST_PORT}")


def port_or_name(text: str) -> Fault | None:
    """A port number, or the name of a port."""
    return None if not text.isdigit() and _PORT_NAME.fullmatch(text) else port(text)


def ports(text: str) -> Fault | None:
    """`80` or `80,443`, as expose takes it."""
    start = 0
    for part in text.split(","):
        if port(part) is not None:
            fault = port(part)
            assert fault is not None  # noqa: S101
            return Fault(fault.message, start, start + len(part))
        start += len(part) + 1
    return None


def service_port(text: str) -> Fault | None:
    """`80` or `80:8080`, as create service --tcp takes it."""
    first, colon, second = text.partition(":")
    if first != "0" and (fault := port(first)) is not None:
        return Fault(fault.message, 0, len(first) or None)
    if colon and (fault := port_or_name(second)) is not None:
        return Fault(fault.message, min(len(first) + 1, len(text) - 1))
    return None


def forwarded_port(text: str) -> Fault | None:
    """`8080`, `8080:80`, `:80` or `8080:http`, as port-forward takes it."""
    local, colon, remote = text.partition(":")
    if not colon:
        return port_or_name(local)
    if local not in ("", "0") and (fault := port(local)) is not None:
        return Fault(fault.message, 0, len(local))
    if ":" in remote or (fault := port_or_name(remote)) is not None:
        return Fault(f"'{text}' is not LOCAL:REMOTE, such as 8080:80")
    return None


_FIELDS = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("days", 1, 31, ()),
    (
        "months",
        1,
        12,
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ),
    ("weekdays", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_DESCRIPTORS = frozenset(
    ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
)


def schedule(text: str) -> Fault | None:
    """A cron schedule of five fields, or @daily and the like; Sunday is 0, there is no 7."""
    if text.startswith("@"):
        if text in _DESCRIPTORS:
            return None
        every = text.removeprefix("@every ")
        if every != text and go_duration(every) is not None:
            return None
        return Fault(f"there is no '{text}'; use five fields, or @hourly, @daily, @weekly")
    if "TZ=" in text:
        return Fault("the time zone cannot stand in the schedule; it is a field of its own")
    fields = [(match.group(), match.start()) for match in re.finditer(r"\S+", text)]
    if len(fields) != len(_FIELDS):
        return Fault(f"a schedule has five fields, this has {len(fields)}: '*/5 * * * *'")
    for (field, start), (what, low, high, names) in zip(fields, _FIELDS, strict=True):
        message = _cron_field(field.lower(), what, low, high, names)
        if message:
            new = "0" if what == "weekdays" and field == "7" else None
            return Fault(message, start, start + len(field), new)
    return None


def _cron_field(field: str, what: str, low: int, high: int, names: tuple[str, ...]) -> str:
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdigit() and int(step) > 0):
            return f"'{part}' has no step; write */5"
        if span in ("*", "?"):
            continue
        first, dash, last = span.partition("-")
        begin = _cron_number(first, names, low)
        end = _cron_number(last, names, low) if dash else begin
        if begin is None or end is None:
            return f"'{part}' cannot stand for {what}"
        if begin < low or end > high or begin > end:
            return f"{what} go from {low} to {high}, not '{part}'"
    return ""


def _cron_number(text: str, names: tuple[str, ...], low: int) -> int | None:
    if text in names:
        return names.index(text) + low
    return int(text) if text.isdigit() and len(text) < 4 else None
