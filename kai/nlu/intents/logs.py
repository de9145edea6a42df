"""kubectl logs: of a pod, of an owner's pod, by label; what part of them, and what in them."""

from __future__ import annotations

import re

from kai.nlu.amounts import duration_at, number_at
from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.containers import take_container
from kai.nlu.intents.filters import take_filters, take_first, take_story
from kai.nlu.intents.looking import (
    Thing,
    connect,
    prepare,
    take_object,
    take_place,
)
from kai.nlu.intents.told import told
from kai.nlu.patterns import pattern
from kai.nlu.tokens import TIMESTAMP

_AVOID = ("x-log", "x-grepword")
_BYTES = pattern(r"(\d+)(b|bytes?|k|kb|ki|kib|m|mb|mi|mib|g|gb)?", re.I)
_UNITS = {"b": 1, "byte": 1, "bytes": 1, "k": 1000, "kb": 1000, "ki": 1024, "kib": 1024}
_UNITS |= {"kilobytes": 1000, "kilobyte": 1000, "megabyte": 10**6, "megabytes": 10**6}
_UNITS |= {"m": 10**6, "mb": 10**6, "mi": 2**20, "mib": 2**20, "g": 10**9, "gb": 10**9}
_OWNING = ("owned", "managed", "created")
_SWITCHES = ("timestamps", "prefix", "all-containers", "all-pods", "ignore-errors")


def logs(f: Frame) -> Command | None:
    """`tail 200 lines of web-0 from before the restart`, `errors in the logs of deploy api`."""
    printed, lately = told(f)
    if not (f.has("act", "logs", "tail") or f.has("noun", "lines") or printed or lately):
        return None
    prepare(f)
    command = Command(("logs",))
    tailed = f.has("act", "tail") and f.low(0).startswith("tail")
    said = f.has("act", "logs") or tailed or printed or (lately and not f.has("kind", "events"))
    f.take_all("x-log", "noop")
    head = take_first(f)
    limits = _limits(f)
    container_said = f.has("x-log", "all-containers")
    switches = _take_switches(f)
    since = _since(f)
    fresh = bool(f.take_all("x-log", "newonly"))
    tail = 0 if fresh else _tail(f)
    follow = _followed(f) or fresh
    previous = bool(f.take_all("x-log", "previous"))
    container = take_container(f, _AVOID)
    for index in f.words() if container else ():
        if f.low(index) == "init":
            f.use(index)  # "init logs, container fetch-secrets"
    pipe = take_filters(f, "logs")
    tailing = f.take_all("act", "tail")
    f.take_all("act", "logs")
    if not said and not tailing and tail is None and head is None and not pipe:
        return None
    take_place(f, avoid=_AVOID, any_name=bool(container))
    selector = take_selector(f)
    thing = None if selector else take_object(f, avoid=_AVOID)
    if thing is None and not selector:
        return None
    if thing is not None and f.low(thing.at - 1) == "by" and f.low(thing.at - 2) in _OWNING:
        return None  # "owned by bob"
    _use_kinds(f, selector)
    _write_object(f, command, thing, selector, switches)
    if container and not container_said:
        command.flag("container", container)
    if tailing and tail is None and head is None and not since[0] and not pipe and not previous:
        follow = True
    _write_options(f, command, (follow, previous, tail, since), switches, limits)
    command.pipe = pipe + ([["head", f"-{head}"]] if head is not None else [])
    _absorb(f)
    return command


def _use_kinds(f: Frame, selector: list[str]) -> None:
    """`pods with label app=web`: the kind says nothing more."""
    if selector:
        for match in list(f.find_all("kind", "pods")):
            f.use(match.start, match.end)
        f.take_all("all")


def _write_object(
    f: Frame, command: Command, thing: Thing | None, selector: list[str], switches: set[str]
) -> None:
    if selector:
        command.flag("selector", ",".join(selector))
        switches.discard("all-pods")
    elif thing is not None and thing.several:
        f.assumptions.append(f"the pods are taken to have the label app={thing.name}")
        command.flag("selector", f"app={thing.name}")
        switches.discard("all-pods")
    elif thing is not None:
        if "all-pods" in switches and thing.kind == "pods":
            thing.kind = "deployments"
        command.args.append(thing.ref)


def _write_options(
    f: Frame,
    command: Command,
    parts: tuple[bool, bool, int | None, tuple[str, str]],
    switches: set[str],
    limits: list[tuple[str, str]],
) -> None:
    follow, previous, tail, since = parts
    if previous:
        command.flag("previous")
    for name in _SWITCHES:
        if name in switches:
            command.flag(name)
    if "insecure" in switches:
        command.flag("insecure-skip-tls-verify-backend")
    if tail is not None:
        command.flag("tail", str(tail))
    if since[0]:
        command.flag(since[0], since[1])
    if follow:
        command.flag("follow")
    for name, value in limits:
        command.flag(name, value)


def _absorb(f: Frame) -> None:
    """Words that only say whose logs or that they are logs."""
    f.take_all("noun", "lines")
    f.take_all("x-log", "whole", "filler", "each", "ago")
    if f.take_all("x-whatwrong", "why"):
        f.take_all("x-trouble")
    f.take_all("all")
    take_story(f)
    for index in f.words():
        if f.tokens[index].text == "|" and index + 1 < len(f.tokens) and f.used[index + 1]:
            f.use(index)
    connect(f)


def _take_switches(f: Frame) -> set[str]:
    found = set()
    for value in (*_SWITCHES, "insecure"):
        if f.take_all("x-log", value):
            found.add(value)
    return found


def _followed(f: Frame) -> bool:
    """Whether to go on showing, the words consumed; "in streaming", "from ns live" are places."""
    found = False
    for match in list(f.find_all("x-log", "follow")):
        led = f.low(match.start - 1) in ("in", "ns", "namespace", "-n", "inside")
        led = led and not f.tokens[match.start - 1].comma  # "staging ns: stream web-0"
        if not (led and match.end == match.start + 1):
            f.use(match.start, match.end)
            found = True
    return found


def _since(f: Frame) -> tuple[str, str]:
    """("since", "1h") or ("since-time", "2024-05-01T10:00:00Z"), consumed; ("", "") if not said."""
    for index in f.words():
        text = f.tokens[index].text
        low = f.tokens[index].low
        for flag in ("--since-time=", "--since="):
            if low.startswith(flag):
                f.use(index)
                return flag.strip("-="), text[len(flag) :]
        stamp = TIMESTAMP.fullmatch(text)
        if stamp:
            _introduction(f, index)
            f.use(index)
            return "since-time", _full_stamp(text)
    for index in f.words():
        found = duration_at(f, index)
        if found is None:
            continue
        behind = found[1]
        ago = f.at("x-log", behind, "ago") is not None and f.low(behind) == "ago"
        if f.low(index) in ("a", "an", "zero") and not ago:
            continue
        if re.fullmatch(r"[45]\d\ds", f.low(index)) and not f.ending("x-log", index, "since"):
            continue  # "count 500s": answers of a web server
        if f.low(index) == "s" or f.low(index - 1) in ("than", "until", "before", "every"):
            continue
        streamed = any(match.value == "follow" for match in f.matches.get("x-log", ()))
        if f.low(index - 1) == "for" and streamed and f.at("x-log", behind, "ago") is None:
            continue  # "stream it for 5 minutes": how long, not since when
        _introduction(f, index)
        f.use(index, behind)
        if f.at("x-log", behind, "ago"):
            match = f.at("x-log", behind, "ago")
            f.use(behind, match.end if match else behind)
        return "since", found[0]
    return "", ""


def _full_stamp(text: str) -> str:
    if len(text) == 16:
        text += ":00"
    return text if text[-1] == "Z" or re.search(r"[+-]\d\d:\d\d$", text) else text + "Z"


def _introduction(f: Frame, index: int) -> None:
    """Consume "in the last", "since" before a time."""
    before = f.ending("x-log", index, "since")
    if before is not None:
        f.use(before.start, before.end)
    prep = f.ending("prep", before.start if before else index)
    if prep is not None:
        f.use(prep.start, prep.end)


def _tail(f: Frame) -> int | None:
    for index in f.words():
        low = f.tokens[index].low
        for flag in ("--tail=", "-n=", "tail="):
            if low.startswith(flag) and low[len(flag) :].lstrip("-").isdigit():
                f.use(index)
                return int(low[len(flag) :])
        if low in ("-n", "--tail") and f.low(index + 1).isdigit():
            f.use(index, index + 2)
            return int(f.low(index + 1))
        if re.fullmatch(r"-\d+", low):
            f.use(index)
            return int(low[1:])
        count = number_at(f, index)
        if f.low(index - 1) in ("with", "containing", "matching", "code", "status", "has"):
            continue  # "lines with 503"
        if count is None or f.tokens[index].low in ("none", "nothing", "nil", "single"):
            continue
        if f.ending("x-grep", index, "match", "invert") is not None:
            continue  # "lines with 503"
        end = width.end if (width := f.at("num", index)) else index + 1
        lines = f.at("noun", end, "lines")
        before = f.ending("x-log", index, "tail", "most")
        act = f.ending("act", index, "tail")
        logs_word = f.at("act", end, "logs") is not None
        ends = end >= len(f.tokens) or f.tokens[end - 1].comma or f.used[end] or logs_word
        ends = ends or bool(f.cover[end] & {"prep"}) or f.low(end) in ("and", "then")
        last = end >= len(f.tokens) and f.has("act", "tail")
        if lines or last or act or (ends and (before or logs_word)):
            if before is not None:
                f.use(before.start, before.end)
            f.use(index, lines.end if lines else end)
            each = f.at("x-log", lines.end if lines else end, "each")
            if each is not None:
                f.use(each.start, each.end)
            return count
    return None


def _limits(f: Frame) -> list[tuple[str, str]]:
    """--limit-bytes, --max-log-requests and --pod-running-timeout, consumed."""
    found: list[tuple[str, str]] = []
    for index in f.words():
        before = f.ending("x-log", index, "most")
        start = before.start if before else index
        wait = f.ending("x-log", index, "wait")
        size, end = _bytes(f, index)
        if size:
            after = f.at("x-log", end, "most")
            end = end + 2 if f.low(end) == "of" and f.at("act", end + 1, "logs") else end
            at_most = f.at("x-log", end, "most") or after
            f.use(start, at_most.end if at_most else end)
            found = [flag for flag in found if flag[0] != "limit-bytes"]  # "1MB (1048576 bytes)"
            found.append(("limit-bytes", str(size)))
            continue
        time = duration_at(f, index) if wait is not None else None
        if wait is not None and time is not None:
            f.use(wait.start, time[1])
            found.append(("pod-running-timeout", time[0]))
            f.take_all("x-log", "started")
            continue
        count = number_at(f, index)
        at = index + 1
        requests = f.at("x-log", at, "concurrency")
        if count is not None and requests is None and f.at("kind", at, "pods"):
            requests = f.at("x-log", at + 1, "concurrency")
            phrase = " ".join(f.low(i) for i in range(start, index))
            if requests is None and ("request" in phrase or "concurren" in phrase):
                requests = f.at("kind", at, "pods")
        if count is not None and requests is not None:
            f.use(start, requests.end)
            found.append(("max-log-requests", str(count)))
    return found


def _bytes(f: Frame, index: int) -> tuple[int, int]:
    """(bytes, index behind them) of `500 KB`, `1mb`, `500 bytes`; (0, index) if it is no size."""
    if not f.free(index):
        return 0, index
    text = f.tokens[index].low
    match = _BYTES.fullmatch(text)
    if match is None:
        return 0, index
    unit = (match[2] or "").lower()
    if not unit:
        unit, index = f.low(index + 1), index + 1
        if unit not in _UNITS or unit in ("m", "b"):
            return 0, index
    elif unit == "m":
        return 0, index
    return int(match[1]) * _UNITS[unit], index + 1


INTENTS = (Intent("logs", (), logs, rank=62, reads=True),)
