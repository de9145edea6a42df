"""Waiting: conditions, deletion, creation, values in the status."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import Target, duration_at, take_namespace, take_selector, take_target
from kai.nlu.explicit import take_explicit_place
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.rollout import object_args
from kai.nlu.patterns import pattern
from kai.nlu.slots import absorb, prepare
from kai.nlu.where import singular_kind

_STATUS = pattern(
    r"(?:Ready|Available|Progressing|Complete|Failed|Initialized|PodScheduled|ContainersReady|"
    r"MemoryPressure|DiskPressure|PIDPressure)=(?:true|false|unknown)",
    re.IGNORECASE,
)
_OPPOSITE = ("Ready", "Ready=false", "Available", "Available=false")
_PHASES = (
    "running",
    "succeeded",
    "failed",
    "pending",
    "bound",
    "active",
    "released",
    "terminating",
)


def compose(f: Frame) -> Command | None:
    """`wait for pod web-0 to be ready`, `wait till job migrate is complete, 5 minutes max`."""
    prepare(f)
    verbs = [match for match in f.find_all("waitverb") if not _is_named(f, match.start)]
    if not verbs or _rolls(f):
        return None
    for match in verbs:
        f.use(match.start, match.end)
    take_explicit_place(f)
    timeout = _timeout(f)
    conditions = _conditions(f)
    if not conditions:
        return None
    place = f.namespace
    take_namespace(f, kind_ok=True)
    f.namespace = f.namespace or place
    selector = take_selector(f)
    said = [match for match in f.find_all("kind") if singular_kind(f, match)]
    target = _target(f)
    kind = target.kind
    if sum(match.value == kind for match in said) > max(1, len(target.names)):
        return None  # "job a and job b": one of them was not read as a name
    if not kind or kind == "all":
        return None
    if not (target.names or selector or target.every or f.take("everyof") is not None):
        return None
    args = object_args(target)
    if any("." in name for name in target.names) and kind == "customresourcedefinitions":
        args = [f"crd/{name}" for name in target.names]
    if not target.names:
        args = [kind] if kind != "pods" else ["pods"]
    command = Command(("wait",), args)
    for condition in conditions:
        text = _for(f, condition, kind)
        if text is None:
            return None
        command.flag("for", text)
    if selector:
        command.flag("selector", ",".join(selector))
    elif not target.names:
        command.flag("all")
    if timeout:
        command.flag("timeout", timeout)
    f.take_all("waitfill")
    absorb(f)
    return command


def _rolls(f: Frame) -> bool:
    """Whether the end of a rollout is waited for: `kubectl rollout status` knows when that is."""
    return any(
        f.low(index).startswith("roll")
        for match in f.find_all("act", "rstatus")
        for index in range(match.start, match.end)
    )


def _is_named(f: Frame, index: int) -> bool:
    """`job wait`: whether the word stands where a name does."""
    kind = f.ending("kind", index)
    one = kind is not None and f.low(index - 1)[-1:] != "s"
    return f.ending("called", index) is not None or (one and index + 1 < len(f.tokens))


def _target(f: Frame) -> Target:
    for match in list(f.find_all("kind")):
        at = match.end
        if f.at("waitverb", at) and _is_named(f, at) and f.name_at(at, any_word=True):
            f.use(match.start, at + 1)
            name = f.tokens[at].low
            return Target(kinds=[match.value], names=[name], pairs=[(match.value, name)])
    return take_target(f, default="pods")


def _timeout(f: Frame) -> str | None:
    """The longest wait: `5 minutes max`, `give it 2m`, `with a timeout of 30s`, `-1`: forever."""
    if f.take_all("forever"):
        return "-1s"
    for index in f.words():
        found = duration_at(f, index)
        if found is None:
            continue
        if f.low(index) in ("every", "each") or f.low(index - 1) in ("every", "each", "per"):
            continue
        if f.low(index) in ("a", "an") and f.at("unit", index + 1) is None:
            continue
        f.use(index, found[1])
        before = f.ending("limit", index)
        if before is not None:
            f.use(before.start, before.end)
        after = f.at("limit", found[1])
        if after is not None:
            f.use(after.start, after.end)
        return found[0]
    return None


def _conditions(f: Frame) -> list[str]:
    """What is waited for, in the order said; as `condition`, `delete`, `create` or a path."""
    path = _path(f)
    if path:
        return [path]
    found: list[tuple[int, str]] = []
    for match in list(f.find_all("until")):
        if match.value == "created" and any(item == "delete" for _, item in found):
            continue
        f.use(match.start, match.end)
        negation = f.ending("neg", match.start)
        value = match.value
        if negation is not None:
            f.use(negation.start, negation.end)
            value = {"Ready": "Ready=false", "Available": "Available=false"}.get(value, "")
        if not value:
            return []
        found.append((match.start, value))
    values = list(dict.fromkeys(value for _, value in sorted(found)))
    if "created" in values and "delete" in values:
        return []
    return values


def _path(f: Frame) -> str:
    """A value of the status: `5 ready replicas`, `is in phase Running`, `{.status.x}=y`."""
    for index in f.words():
        text = f.tokens[index].text
        match = re.fullmatch(r"(?:jsonpath=)?'?(\{[^}]+\})'?(?:=(.+))?", text)
        if match:
            f.use(index)
            return f"jsonpath={match[1]}" + (f"={match[2]}" if match[2] else "")
        condition = re.fullmatch(r"(?:--for=)?condition=(\S+)", text)
        status = _STATUS.fullmatch(text)
        if condition or status:
            f.use(index)
            before = index - 1
            while f.low(before) in ("status", "condition") and f.free(before):
                f.use(before)
                before -= 1
            for said in list(f.find_all("until", *_OPPOSITE)) if status else ():
                f.use(said.start, said.end)  # "is NotReady (Ready=false)"
                f.take("neg")
            return f"condition={condition[1] if condition else text}"
    for phrase in list(f.find_all("phaseis")):
        if f.free(phrase.end) and f.tokens[phrase.end].low in _PHASES:
            f.use(phrase.start, phrase.end + 1)
            return f"jsonpath={{.status.phase}}={f.tokens[phrase.end].low.capitalize()}"
    for phrase in list(f.find_all("readycount")):
        at = phrase.start - 1
        if f.free(at) and f.tokens[at].text.isdigit():
            f.use(at, phrase.end)
            if f.low(at - 1) in ("has", "have") and f.free(at - 1):
                f.use(at - 1)
            return f"jsonpath={{.status.{phrase.value}}}={f.tokens[at].text}"
    for phrase in list(f.find_all("typed")):
        at = phrase.end
        text = f.tokens[at].text if f.free(at) else ""
        if re.fullmatch(r"[A-Za-z]+(=\w+)?", text):
            f.use(phrase.start, at + 1)
            return f"condition={text}"
    return ""


def _for(f: Frame, condition: str, kind: str) -> str | None:  # noqa: PLR0911, PLR0912  # one way out for each use
    if condition.startswith(("jsonpath=", "condition=")):
        return condition
    if condition in ("delete", "created"):
        return "delete" if condition == "delete" else "create"
    if condition == "phase:Running":
        return "jsonpath={.status.phase}=Running" if kind == "pods" else None
    if condition == "Bound":
        return "jsonpath={.status.phase}=Bound" if kind.startswith("persistentvol") else None
    if condition == "ip":
        if kind == "services":
            return "jsonpath={.status.loadBalancer.ingress}"
        return "jsonpath={.status.podIP}" if kind == "pods" else None
    if condition == "ingress":
        if kind in ("services", "ingresses"):
            return "jsonpath={.status.loadBalancer.ingress}"
        return None
    if condition == "done":
        condition = {"jobs": "complete", "deployments": "Available", "pods": "succeeded"}.get(
            kind, ""
        )
    if condition == "succeeded":
        return (
            "jsonpath={.status.phase}=Succeeded"
            if kind == "pods"
            else "condition=complete"
            if kind == "jobs"
            else None
        )
    if condition == "failed":
        if kind == "pods":
            return "jsonpath={.status.phase}=Failed"
        return "condition=failed" if kind == "jobs" else None
    if condition == "up":
        condition = {"deployments": "Available", "pods": "Ready", "nodes": "Ready"}.get(kind, "")
    if condition == "Ready" and kind == "deployments":
        condition = "Available"
    if condition == "Available" and kind == "pods":
        condition = "Ready"
    return f"condition={condition}" if condition else None


INTENTS = (Intent("wait", ("waitverb:",), compose, rank=53),)
