"""What each setting may be: one function a key, the same for the file, variables and flags.

A check takes text (a variable, a flag) or what YAML made of it, and gives the value that
`Settings` holds; it raises ValueError whose text says what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kai.config.settings import Value

AUTONOMY = ("observe", "recommend", "propose", "act", "full")
"""From the tightest level to the loosest: explain only, show text, insert into the line, run after
confirmation, run reads and reversible writes."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)"
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise ValueError("true or false")


def _text(value: object) -> str:
    if isinstance(value, str) and value.isprintable() and len(value) <= 1000:
        return value
    raise ValueError('printable text (in quotes where YAML reads it otherwise; "" for none)')


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple) and all(isinstance(item, str) and item for item in value):
        return tuple(dict.fromkeys(_text(item) for item in value))
    raise ValueError("a list of texts (in a variable or flag: separated by commas)")


def _one_of(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value.lower() in allowed:
            return value.lower()
        raise ValueError("one of " + ", ".join(allowed))

    return check


def _switch(on: str) -> Callable[[object], str]:
    """`on` or off. YAML reads off as false and on as true, and a variable may say 0 or 1."""

    def check(value: object) -> str:
        text = value.lower() if isinstance(value, str) else value
        if text is False or text in _FALSE:
            return "off"
        if text is True or text == on or text in _TRUE:
            return on
        raise ValueError(f"one of off, {on}")

    return check


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError(f"a whole number from {low} to {high}")

    return check


def _seconds(low: str, high: str) -> Callable[[object], float]:
    def check(value: object) -> float:
        seconds = duration(value) if isinstance(value, str) else 0.0 if value == 0 else None
        if seconds is None or isinstance(value, bool):
            raise ValueError("a duration with a unit, such as 720h, 30m or 1h30m")
        if duration(low) <= seconds <= duration(high):
            return seconds
        raise ValueError(f"a duration from {low} to {high}")

    return check


def _amount(high: float) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= high:
            return float(value)
        raise ValueError(f"a number from 0 to {high:g}")

    return check


def duration(text: str) -> float:
    """Seconds of a text such as `720h`, `1h30m`, `90s`, `500ms`, `30d`, `0`.

    Raises ValueError for anything else.
    """
    if text == "0":
        return 0.0
    parts = re.findall(_PART, text)
    if not parts or "".join(number + unit for number, unit in parts) != text or len(text) > 40:
        raise ValueError("a duration with a unit, such as 720h, 30m or 1h30m")
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


def duration_text(seconds: float) -> str:
    """The shortest text that `duration` reads as `seconds` (to the millisecond)."""
    if seconds == 0:
        return "0s"
    for unit in ("h", "m", "s"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms"


def _url(value: object) -> str:
    from urllib.parse import urlsplit

    allowed = "a URL such as http://127.0.0.1:11434 (http or https)"
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError(allowed)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(allowed) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in value or port == 0:
        raise ValueError(allowed)
    if parts.query or parts.fragment:
        raise ValueError(allowed + " without ? and #")
    return value.rstrip("/")


def _program(value: object) -> str:
    path = _text(value)
    if path and not path.startswith(("/", "~/")):
        raise ValueError("an absolute path (kai never runs a program from the current folder)")
    return path


def _command(value: object) -> str:
    import shlex

    text = _text(value)
    try:
        words = shlex.split(text)
    except ValueError:
        raise ValueError("a command line whose quotes are closed") from None
    if words:
        _program(words[0])
    return text


def _authority(value: object) -> str:
    """A host, with a port where it is not the usual one; lower case, as URLs compare them."""
    text = _text(value).lower()
    if text and not re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", text):
        raise ValueError("a host such as api.example.com or 10.0.0.5:8000")
    return text


def _policy_files(value: object) -> tuple[str, ...]:
    files = _texts(value)
    if not all(path.startswith(("/", "~/")) for path in files):
        raise ValueError("a list of absolute paths")
    return files


CHECKS: Mapping[str, Callable[[object], Value]] = {
    "llm.enabled": _boolean,
    "llm.provider": _one_of("ollama", "openai", "anthropic"),
    "llm.model": _text,
    "llm.fast_model": _text,
    "llm.quality_model": _text,
    "llm.embed_model": _text,
    "llm.url": _url,
    "llm.timeout": _seconds("1s", "1h"),
    "llm.stall": _seconds("100ms", "10m"),
    "llm.keep_alive": _seconds("0", "30d"),
    "llm.num_ctx": _whole(512, 1_048_576),
    "llm.variant": _one_of("auto", "short", "long"),
    "llm.grammar": _switch("auto"),
    "llm.warm": _switch("auto"),
    "llm.key_file": _program,
    "llm.key_command": _command,
    "llm.key_host": _authority,
    "llm.input_price": _amount(1_000_000),
    "llm.output_price": _amount(1_000_000),
    "cache.enabled": _boolean,
    "cache.ttl": _seconds("1s", "3650d"),
    "cache.max_entries": _whole(1, 10_000_000),
    "safety.autonomy": _one_of(*AUTONOMY),
    "safety.protected_contexts": _texts,
    "safety.policies": _policy_files,
    "safety.max_replicas": _whole(0, 100_000),
    "safety.max_objects": _whole(1, 10_000),
    "safety.writes_per_minute": _whole(0, 600),
    "shell.key": _text,
    "shell.second_key": _text,
    "shell.daemon_idle": _seconds("0", "365d"),
    "shell.guard": _switch("destructive"),
    "shell.keep_words": _boolean,
    "shell.panel": _one_of("auto", "plain"),
    "privacy.redact": _boolean,
    "privacy.cloud": _boolean,
    "journal.enabled": _boolean,
    "kubectl.path": _program,
    "cluster.names": _switch("auto"),
}
"""The check of every setting, by dotted name."""

DURATIONS = frozenset(
    {"llm.timeout", "llm.stall", "llm.keep_alive", "cache.ttl", "shell.daemon_idle"}
)
"""The settings that are seconds inside and text such as `720h` outside."""


def shown(key: str, value: Value) -> str:
    """A value as people write it: `true`, `720h`, `a,b`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if key in DURATIONS and isinstance(value, int | float):
        return duration_text(value)
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return ",".join(value) if isinstance(value, tuple) else str(value)


def nearest(word: str, known: list[str]) -> str:
    """` (did you mean X?)` for the known word closest to `word`, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""
