"""Values as Go's standard library reads them, which is what kubectl's flag parser calls.

Sources: strconv.ParseInt with base 0, strconv.ParseBool, time.ParseDuration.
"""

from __future__ import annotations

import re

_INT = re.compile(
    r"([+-]?)(?:0[xX](?P<hex>(?:_?[0-9a-fA-F])+)|0[bB](?P<bin>(?:_?[01])+)"
    r"|0[oO]?(?P<oct>(?:_?[0-7])+)|(?P<dec>0|[1-9](?:_?[0-9])*))"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def go_int(text: str, bits: int = 64) -> int | None:
    """Read an integer: `5`, `+5`, `0x1f`, `0b1`, `017` (octal), `1_000`; None: Go refuses it."""
    match = _INT.fullmatch(text)
    if match is None or match.lastgroup is None:
        return None
    number = int(match[match.lastgroup].replace("_", ""), _BASES[match.lastgroup])
    if match[1] == "-":
        number = -number
    return number if -(1 << bits - 1) <= number < 1 << bits - 1 else None


def go_bool(text: str) -> bool | None:
    """Read a boolean: 1, t, T, true, True, TRUE and their opposites; None: Go refuses it."""
    if text in _TRUE:
        return True
    return False if text in _FALSE else None


def go_duration(text: str) -> float | None:
    """Read a duration in seconds: `1h30m`, `-1.5s`, `0`; None: Go refuses it (a bare `30`)."""
    sign, body = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text.removeprefix("+"))
    if body == "0":
        return 0.0
    total, position = 0.0, 0
    while match := _DURATION_PART.match(body, position):
        total += float(match[1]) * _SECONDS.get(match[2], 1e-6)
        position = match.end()
    return sign * total if position == len(body) and body else None
