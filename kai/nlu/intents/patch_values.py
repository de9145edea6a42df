"""Values of patched fields, as people say them: words of a list, numbers, sizes, schedules."""

from __future__ import annotations

import json
import re
from typing import Any

from kai.nlu.entities import duration_at
from kai.nlu.frame import Frame
from kai.nlu.tokens import CRON

_SPOKEN = {
    "load balancer": "LoadBalancer",
    "lb": "LoadBalancer",
    "node port": "NodePort",
    "cluster ip": "ClusterIP",
    "client ip": "ClientIP",
}
EVERY = {"m": "*/{} * * * *", "h": "0 */{} * * *"}
WORD_CRON = {
    "hourly": "0 * * * *",
    "every hour": "0 * * * *",
    "daily": "0 0 * * *",
    "every day": "0 0 * * *",
    "nightly": "0 0 * * *",
    "every night": "0 0 * * *",
    "at midnight": "0 0 * * *",
    "every midnight": "0 0 * * *",
    "weekly": "0 0 * * 0",
    "every week": "0 0 * * 0",
    "monthly": "0 0 1 * *",
    "every month": "0 0 1 * *",
    "every minute": "* * * * *",
}


def even(step: int, unit: str) -> bool:
    """Whether cron can say every so many minutes or hours: 45 minutes are uneven."""
    whole = {"m": 60, "h": 24}[unit]
    return 0 < step < whole and whole % step == 0


def free_words(f: Frame) -> list[int]:
    """Indexes of the words nobody explained."""
    return [index for index in f.words() if f.low(index) or f.tokens[index].quoted]


def one_of(f: Frame, allowed: list[str]) -> str | None:
    """One of the allowed words, consumed; of two ("convert the ClusterIP to NodePort") the last."""
    hits: list[tuple[int, int, str]] = []
    for index in free_words(f):
        pair = f"{f.low(index)} {f.low(index + 1)}"
        one = f.tokens[index].low
        for word in allowed:
            if one == word.lower() or _SPOKEN.get(one) == word:
                hits.append((index, index + 1, word))
            elif _SPOKEN.get(pair) == word and f.free(index + 1):
                hits.append((index, index + 2, word))
    if not hits:
        return None
    for start, end, _ in hits:
        f.use(start, end)
    targets = [word for start, _, word in hits if f.low(start - 1) in ("to", "a", "into", "as")]
    values = {word for _, _, word in hits}
    if len(values) == 1:
        return hits[0][2]
    return targets[-1] if len(set(targets)) == 1 else None


def integer(f: Frame) -> int | None:
    """The one whole number (seconds of a duration), consumed; None for none or several."""
    found: list[int] = []
    for index in free_words(f):
        text = f.tokens[index].low
        duration = duration_at(f, index) if text[:1].isdigit() else None
        if text.isdigit() and (duration is None or text + "s" == duration[0]):
            f.use(index, duration[1] if duration else index + 1)
            found.append(int(text))
        elif duration is not None and re.fullmatch(r"\d+[smh]", duration[0]):
            f.use(index, duration[1])
            found.append(int(duration[0][:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[0][-1]])
    return found[0] if len(found) == 1 else None


def boolean(f: Frame) -> bool | None:
    """True or false by word, consumed."""
    on = ("true", "on", "enable", "enabled", "allow", "turn", "switch")
    for index in free_words(f):
        low = f.low(index)
        if low in ("true", "false", "off", "disable", "disabled"):
            f.use(index)
            return low == "true"
        if low in on and f.low(index + 1) in ("on", "off"):
            f.use(index, index + 2)
            return f.low(index + 1) == "on"
        if low in ("enable", "enabled", "allow"):
            f.use(index)
            return True
    return None


def quantity(f: Frame) -> str | None:
    """A size with its unit as Kubernetes writes it, consumed."""
    for index in free_words(f):
        match = re.fullmatch(r"(\d+)(gi|gb|g|ti|tb|t|mi|mb|m)?", f.tokens[index].low)
        if match is None:
            continue
        unit, end = match[2], index + 1
        if unit is None:
            unit = f.low(index + 1)
            end = index + 2
        names = {"g": "Gi", "t": "Ti", "m": "Mi"}
        if (
            not unit
            or unit[0] not in names
            or unit not in ("gi", "gb", "g", "ti", "tb", "t", "mi", "mb", "gig", "gigs")
        ):
            continue
        f.use(index, end)
        return match[1] + names[unit[0]]
    return None


def cron(f: Frame) -> str | None:
    """A cron expression, or every so often in words."""
    for index in free_words(f):
        token = f.tokens[index]
        if token.quoted and CRON.fullmatch(token.text):
            f.use(index)
            return token.text
        low = f.low(index)
        for width in (2, 1):
            spoken = " ".join(f.low(index + step) for step in range(width))
            if spoken in WORD_CRON and f.low(index + width) not in ("at", "on"):
                f.use(index, index + width)
                return WORD_CRON[spoken]
        if low == "every" and (found := duration_at(f, index + 1)) is not None:
            match = re.fullmatch(r"(\d+)([mh])", found[0])
            if match and even(int(match[1]), match[2]):
                f.use(index, found[1])
                return EVERY[match[2]].format(match[1])
    return None


def merged(f: Frame, fields: list[tuple[str, tuple[str, ...], str]]) -> str:
    """`maxSurge 1 maxUnavailable 0`: one patch of several numbers, each right behind its field.

    `fields`: (pfield value, path, kind of value). "" where there are not several such pairs.
    """
    if len(fields) < 2 or any(kind not in ("int", "intstr") for _, _, kind in fields):
        return ""
    found: list[tuple[int, int, tuple[str, ...], object]] = []
    for name, path, kind in fields:
        for match in f.find_all("pfield", name):
            at = match.end
            while f.low(at) in ("to", "=", "is", "of", "at"):
                at += 1
            text = f.tokens[at].text if f.free(at) else ""
            if re.fullmatch(r"\d+%?" if kind == "intstr" else r"\d+", text):
                found.append((match.start, at + 1, path, int(text) if text.isdigit() else text))
                break
    if len(found) != len(fields):
        return ""
    body: dict[str, Any] = {}
    for start, end, path, value in found:
        f.use(start - (f.low(start - 1) == "and"), end)
        node = body
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = value
    return json.dumps(body, separators=(",", ":"))


def word(f: Frame) -> str | None:
    """The word behind "to", consumed."""
    for index in free_words(f):
        if f.low(index - 1) in ("to", "=", "is", "as") and f.name_at(index, any_word=True):
            f.use(index)
            return f.tokens[index].text
    return None
