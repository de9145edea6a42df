"""Autoscalers: `kubectl autoscale` with bounds and a CPU target."""

from __future__ import annotations

import re

from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.entities import take_namespace, take_target
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import second_step
from kai.nlu.intents.create import asking, finish
from kai.nlu.intents.rollout import object_args
from kai.nlu.naming import may_name
from kai.nlu.patterns import pattern
from kai.nlu.slots import (
    making,
    prepare,
    skip_links,
)

_SCALED = ("deployments", "replicasets", "statefulsets", "replicationcontrollers")
_RANGE = pattern(r"(\d+)(?:-|\.\.\.?|\u2013|/)(\d+)")


def compose(f: Frame) -> Command | None:
    """`autoscale web between 2 and 10 at 70% cpu`, `hpa for api, max 20`."""
    prepare(f)
    if asking(f) or second_step(f) or not _meant(f):
        return None
    itself = f.has("scalesitself")
    f.take_all("putword")
    named = f.has("topic", "autoscale") or f.has("act", "autoscale")
    f.take_all("topic", "autoscale")
    f.take_all("act", "autoscale")
    f.take_all("scalesitself")
    if not named:
        f.take_all("act", "scale")
    for match in list(f.find_all("kind", "horizontalpodautoscalers")):
        f.use(match.start, match.end)
    making(f)
    name = _own_name(f)
    cpu = (_cpu_inline(f) or _cpu(f)) if f.take("nocpu") is None else None
    bounds = _range(f) or (_bound(f, "min"), _bound(f, "max"))
    low, high = bounds
    for match in list(f.find_all("slot", "replicas")):
        f.use(match.start, match.end)
    for match in list(f.find_all("autoword")):
        f.use(match.start, match.end)
    for match in list(f.find_all("kind", "pods")):
        f.use(match.start, match.end)
    take_namespace(f)
    target = take_target(f, default="deployments", kinds=_SCALED)
    if high is None or not target.names or not target.kinds or not (named or itself or low):
        return None
    if low is not None and int(low) > int(high):
        return None
    command = Command(("autoscale",), object_args(target))
    if low is not None:
        command.flag("min", low)
    command.flag("max", high)
    if cpu is not None:
        command.flag(*_cpu_flag(f, cpu))
    if name:
        command.flag("name", name)
    return finish(f, command)


def _meant(f: Frame) -> bool:
    """Whether scaling by load is meant: said so, or a number of replicas that depends on the CPU.

    "limit the cart hpa to 9" is said of one that there is: nothing to create.
    """
    limits = f.low(0) in ("limit", "cap", "raise", "lower", "reduce") and f.low(1) in ("the", "our")
    if limits and f.has("kind", "horizontalpodautoscalers"):
        return False
    if f.has("topic", "autoscale") or f.has("act", "autoscale"):
        return True
    scaled = f.has("act", "scale") or f.has("scalesitself")
    return scaled and f.has("slot", "cpu") and not f.has("chn", "limits", "requests", "memory")


def _cpu_flag(f: Frame, percent: str) -> tuple[str, str]:
    """kubectl 1.34 renamed the flag (source: `kubectl autoscale --help` of 1.33 and 1.34)."""
    found = re.match(r"v?1\.(\d+)", f.context.kubectl_version or "")
    if found and int(found[1]) >= 34:
        return "cpu", f"{percent}%"
    return "cpu-percent", percent


def _own_name(f: Frame) -> str | None:
    for match in [*f.find_all("called"), *f.find_all("nameit")]:
        if f.low(match.end - 1) == "as":
            continue
        at = match.end
        kind_before = f.at("kind", match.start - 1)
        if kind_before is not None:
            continue  # "deployment called web"
        if may_name(f, at, introduced=True) and (f.used[match.start - 1] or match.start == 0):
            f.use(match.start, at + 1)
            return f.tokens[at].text.lower()
    return None


def _cpu_inline(f: Frame) -> str | None:
    for index in f.words():
        match = re.fullmatch(r"-*cpu(?:-percent)?=(\d{1,3})%?", f.tokens[index].low)
        if match:
            f.use(index)
            return match[1]
    return None


def _cpu(f: Frame) -> str | None:
    """`70% cpu`, `cpu at 70`, `80 percent cpu`, `cpu-percent=80`."""
    for match in list(f.find_all("slot", "cpu")):
        after = skip_links(f, match.end)
        for at in (after, match.start - 1, match.start - 2):
            span = _percent(f, at, must=at < match.start)
            if span is None or (at < match.start and span[1] < match.start):
                continue
            f.use(min(at, match.start), max(span[1], match.end))
            before = f.ending("autoword", min(at, match.start))
            if before is not None:
                f.use(before.start, before.end)
            return span[0]
    for index in f.words():
        span = _percent(f, index, must=True)
        if span is not None:
            f.use(index, span[1])
            return span[0]
    return None


def _percent(f: Frame, index: int, *, must: bool) -> tuple[str, int] | None:
    if not f.free(index):
        return None
    text = f.tokens[index].text
    if re.fullmatch(r"\d{1,3}%", text):
        return text[:-1], index + 1
    number = number_at(f, index)
    if number is None:
        return None
    if f.low(index + 1) in ("percent", "pct", "%"):
        return str(number), index + 2
    width = f.at("num", index)
    end = width.end if width else index + 1
    if must and not f.at("slot", end, "cpu"):
        return None
    return str(number), end


def _range(f: Frame) -> tuple[str | None, str | None] | None:
    for index in f.words():
        match = _RANGE.fullmatch(f.tokens[index].text)
        if match:
            f.use(index)
            return match[1], match[2]
        left = number_at(f, index)
        if left is None:
            continue
        width = f.at("num", index)
        at = width.end if width else index + 1
        step = at
        while f.free(step) and f.low(step) in ("to", "and", "up", "-", "through", "till", "or"):
            step += 1
        right = number_at(f, step)
        after = f.at("num", step)
        end = after.end if after else step + 1
        if step > at and right is not None and f.low(end) not in ("percent", "pct"):
            if f.at("slot", end, "cpu") is not None:
                continue
            before = f.ending("slot", index, "min")
            start = before.start if before else index
            f.use(start, end)
            return str(left), str(right)
    return None


def _bound(f: Frame, slot: str) -> str | None:
    for match in list(f.find_all("slot", slot)):
        at = skip_links(f, match.end)
        number = number_at(f, at)
        end = at + 1
        if number is not None and f.low(end) not in ("percent", "pct"):
            width = f.at("num", at)
            f.use(match.start, width.end if width else end)
            return str(number)
    for match in list(f.find_all("slot", slot)):
        if f.low(match.end - 1) in ("to", "and", "from", "between", "-"):
            continue
        number = number_at(f, match.start - 1)
        if number is not None:
            f.use(match.start - 1, match.end)
            return str(number)
    for index in f.words():
        key, mark, value = f.tokens[index].text.lstrip("-").partition("=")
        if mark and key == slot and value.isdigit():
            f.use(index)
            return value
    return None


_CALLING = ("autoscale", "topic:autoscale", "scale", "scalesitself:")
INTENTS = (Intent("autoscale", _CALLING, compose, rank=49),)
