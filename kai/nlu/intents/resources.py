"""`kubectl set resources`: requests and limits."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.change import guarded, tidy
from kai.nlu.intents.setters import containers_said, finish
from kai.nlu.patterns import pattern

_QUANTITY = pattern(r"\d+(\.\d+)?(m|k|K|M|G|T|Ki|Mi|Gi|Ti|mi|gi|mb|gb|MB|GB|g|mib|gib|MiB|GiB)?")


def resources(f: Frame) -> Command | None:
    """`limit cpu of deployment batch to 2 cores`, `requests 100m cpu 128Mi, limits 500m cpu`."""
    command = Command(("set", "resources"))
    if f.has("act", "logs"):
        return None  # "at most 1MB of log"
    amounts = _amounts(f)
    if not amounts:
        return None
    containers = [name for name, _ in containers_said(f)]
    f.take_all("chn", "requests", "limits", "resources", "cpu", "memory")
    f.take_all("cv")
    f.take_all("act", "edit", "scale", "apply")
    if finish(f, command, spaced=True) is None:
        return None
    for name in containers:
        if name != "*":
            command.flag("containers", name)
    for section in ("limits", "requests"):
        pairs = [f"{what}={value}" for sec, what, value in amounts if sec == section]
        if pairs:
            command.flag(section, ",".join(pairs))
    f.take_all("chn", "requests", "limits", "resources", "cpu", "memory", "container", "containers")
    tidy(f)
    return command


def _amounts(f: Frame) -> list[tuple[str, str, str]]:
    """(limits or requests, cpu or memory, quantity) of everything said, consumed."""
    found: list[tuple[str, str, str]] = []
    section, leading = "", False
    sections = sorted(f.find_all("chn", "requests", "limits"), key=lambda match: match.start)
    told = any(f.tokens[index].text == "0" for index in f.words())
    if not told and f.has("cv", "remove") and {m.value for m in f.find_all("chn", "cpu", "memory")}:
        kinds = [m.value for m in f.find_all("chn", "cpu", "memory")]
        if len(sections) == 1 or {m.value for m in sections} == {"limits"}:
            return [(sections[0].value, kind, "0") for kind in dict.fromkeys(kinds)]
    for index in list(f.words()):
        for part in f.tokens[index].text.split(","):
            pair = re.fullmatch(r"(cpu|memory)=(\S+)", part)
            if pair:
                section = _section(sections, index) or section
                found.append((section, pair[1], pair[2]))
                f.use(index)
        quantity = _quantity(f, index)
        if quantity is None:
            continue
        value, end = quantity
        behind, ahead = f.at("chn", end, "cpu", "memory"), _cpu_before(f, index)
        if f.tokens[end - 1].comma and ahead is not None:
            behind = None  # "cpu limit 500m, mem limit 512Mi"
        if not found:
            leading = f.ending("chn", index, "cpu", "memory") is not None
            leading = leading or (ahead is not None and behind is None)
        noun = (ahead or behind) if leading else (behind or ahead)
        what = noun.value if noun is not None else _by_unit(value)
        section = _section(sections, index)
        if not what or not section or _by_unit(value) not in ("", what):
            return []  # "500m of memory": nobody means a two thousandth of a byte
        f.use(index, end)
        if noun is not None:
            f.use(noun.start, noun.end)
        for at in (index - 1, end):
            if f.low(at) in ("and", "of", "to") and f.free(at):
                f.use(at)
        found.append((section, what, value))
    return found if all(section for section, _, _ in found) else []


def _cpu_before(f: Frame, index: int) -> Match | None:
    step = index
    while step > 0 and f.low(step - 1) in (
        "of",
        "to",
        "at",
        "is",
        "=",
        "limit",
        "request",
        "limits",
    ):
        step -= 1
    direct = f.ending("chn", step, "cpu", "memory")
    if direct is not None:
        return direct
    others = list(f.find_all("chn", "cpu", "memory"))
    return others[0] if len({m.value for m in others}) == 1 and others[0].start < index else None


def _quantity(f: Frame, index: int) -> tuple[str, int] | None:
    if not f.free(index):
        return None
    text = f.tokens[index].text
    spoken = f.at("num", index)
    if spoken is not None and not text.isdigit():
        end, value = spoken.end, int(spoken.value)
        hundred = f.low(end) == "hundred" and value < 10
        end, value = (end + 1, value * 100) if hundred else (end, value)
        milli = _spoken_unit(f, end)
        return (f"{value}{milli[0]}", milli[1]) if milli else (str(value), end)
    if not _QUANTITY.fullmatch(text):
        return None
    if text.isdigit() and (apart := _spoken_unit(f, index + 1)) is not None:
        return text + apart[0], apart[1]
    unit = f.tokens[index + 1].low if f.free(index + 1) else ""
    binary = {
        "mb": "Mi",
        "gb": "Gi",
        "mib": "Mi",
        "gib": "Gi",
        "mi": "Mi",
        "gi": "Gi",
        "meg": "Mi",
        "megs": "Mi",
        "gig": "Gi",
        "gigs": "Gi",
        "megabytes": "Mi",
        "gigabytes": "Gi",
    }
    if unit in binary and text.isdigit():
        return text + binary[unit], index + 2
    if unit in ("millicores", "millicpu", "milli", "millis") and text.isdigit():
        return text + "m", index + 2
    match = re.fullmatch(r"([\d.]+)([A-Za-z]+)", text)
    if match and match[2].lower() in binary:
        text = match[1] + binary[match[2].lower()]
    return text, index + 1


def _spoken_unit(f: Frame, index: int) -> tuple[str, int] | None:
    """(unit, index behind it) of a unit said in words: `milli cores`, `megabytes`."""
    first, second = f.low(index), f.low(index + 1)
    if first in ("milli", "millis") and second in ("core", "cores", "cpu", "cpus"):
        return "m", index + 2
    if first in ("millicores", "millicore", "millicpu", "milli", "millis"):
        return "m", index + 1
    if first in ("mega", "giga", "mebi", "gibi") and second in ("byte", "bytes"):
        return first[0].upper() + "i", index + 2
    units = {"m": "Mi", "g": "Gi"}
    if first in ("megabyte", "megabytes", "mebibytes", "gigabyte", "gigabytes", "gibibytes"):
        return units[first[0]], index + 1
    if first in ("megs", "meg", "gigs", "gig"):
        return units[first[0]], index + 1
    return None


def _by_unit(value: str) -> str:
    if value.endswith("m"):
        return "cpu"
    return "memory" if value[-1:] in "iMGKTk" and value[-1:].isalpha() else ""


def _section(sections: list[Match], index: int) -> str:
    before = [match.value for match in sections if match.start < index]
    if before:
        return str(before[-1])
    return str(sections[0].value) if len({m.value for m in sections}) == 1 else ""


INTENTS = guarded(Intent("set resources", ("chn:limits", "chn:requests"), resources, rank=63))
