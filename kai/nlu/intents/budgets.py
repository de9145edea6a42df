"""Making limits: quotas, disruption budgets, priority classes; and autoscalers."""

from __future__ import annotations

import re

from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.naming import may_name, new_name
from kai.nlu.slots import (
    making,
    prepare,
    skip_links,
    take_place,
    value_after,
    values_after,
)
from kai.nlu.tokens import QUANTITY

_COUNTED = [
    "pods",
    "services",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "replicationcontrollers",
    "resourcequotas",
]
_LISTED = {
    "deployments": "count/deployments.apps",
    "statefulsets": "count/statefulsets.apps",
    "jobs": "count/jobs.batch",
    "cronjobs": "count/cronjobs.batch",
    "ingresses": "count/ingresses.networking.k8s.io",
}
_MEASURED = {
    **dict.fromkeys(("cpu", "cpus", "cores", "core"), "cpu"),
    **dict.fromkeys(("memory", "mem", "ram"), "memory"),
    **dict.fromkeys(("loadbalancers", "loadbalancer", "lbs"), "services.loadbalancers"),
    **dict.fromkeys(("nodeports", "nodeport"), "services.nodeports"),
    **dict.fromkeys(("gpu", "gpus"), "requests.nvidia.com/gpu"),
    "storage": "requests.storage",
}
"""What a quota measures by other names (Kubernetes: "Resource Quotas", types)."""
_SCOPES = {
    "besteffort": "BestEffort",
    "notbesteffort": "NotBestEffort",
    "terminating": "Terminating",
    "notterminating": "NotTerminating",
    "priorityclass": "PriorityClass",
    "crossnamespacepodaffinity": "CrossNamespacePodAffinity",
}


def quota(f: Frame) -> Command | None:
    """`quota for ns dev called dev-quota: 10 cpu, 20Gi memory, 50 pods`."""
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "resourcequotas")
    if kind is None:
        return None
    making(f)
    name = new_name(f, kind)
    scopes = [_SCOPES.get(v.lower(), v) for v in values_after(f, "scope", pattern=r"[A-Za-z]+")]
    scopes += [_SCOPES[f.low(at)] for at in f.words() if f.low(at) in _SCOPES]
    for at in f.words():
        if f.low(at) in _SCOPES or f.low(at) in ("scoped", "scope"):
            f.use(at)
    hard = _hard(f)
    if name is None or not hard:
        return None
    command = Command(("create", "quota"), [name])
    command.flag("hard", ",".join(hard))
    if scopes:
        command.flag("scopes", ",".join(scopes))
    take_place(f)
    for match in list(f.find_all("slot", "hard")):
        f.use(match.start, match.end)
    return finish(f, command)


def _hard(f: Frame) -> list[str]:
    """Every limit of a quota: `10 cpu`, `memory=1Gi`, `requests.cpu to 4`, in their order."""
    found: list[tuple[int, str]] = []
    side = ""
    for index in list(f.words()):
        if not f.free(index):
            continue
        text = f.tokens[index].text
        low = f.low(index)
        if low in ("requests", "limits", "request") and _two_sided(f):
            side = "requests." if low.startswith("request") else "limits."
            f.use(index)
            continue
        if "=" in text:
            key = text.partition("=")[0]
            parts = text.split(",")
            if all(re.fullmatch(r"[\w./-]+=[\w.]+", part) for part in parts):
                f.use(index)
                bare = key in ("cpu", "memory")
                found.append((index, (side if bare else "") + text))
            continue
        limited = _resource(f, index)
        if limited is None:
            continue
        name, end = limited
        at = skip_links(f, end)
        if (most := f.at("slot", at, "hard", "maxunavail", "minavail")) is not None:
            at = skip_links(f, most.end)  # "configmaps max 100"
        for value, start, stop in ((index - 1, index - 1, end), (at, index, at + 1)):
            amount = _amount(f, value)
            if amount and not (value < index and f.tokens[value].comma):
                f.use(start, stop)
                prefix = side if name in ("cpu", "memory") else ""
                found.append((index, f"{prefix}{name}={amount}"))
                break
    return [item for _, item in sorted(found)]


def _two_sided(f: Frame) -> bool:
    lows = {token.low for token in f.tokens}
    return bool(lows & {"requests", "request"}) and "limits" in lows


def _resource(f: Frame, index: int) -> tuple[str, int] | None:
    low = f.tokens[index].low
    if re.fullmatch(r"(requests|limits)\.(cpu|memory|ephemeral-storage|storage)", low):
        return low, index + 1
    if low in _MEASURED:
        return _MEASURED[low], index + 1
    match = f.at("kind", index)
    if match is None:
        return None
    if match.value in _COUNTED:
        return match.value, match.end
    return (_LISTED[match.value], match.end) if match.value in _LISTED else None


def _amount(f: Frame, index: int) -> str | None:
    if not f.free(index):
        return None
    if QUANTITY.fullmatch(f.tokens[index].text):
        return f.tokens[index].text.replace("gb", "G").replace("GB", "G").replace("gi", "Gi")
    number = number_at(f, index)
    return None if number is None else str(number)


def budget(f: Frame) -> Command | None:
    """`pdb for app=web keeping at least 2 up, name web-pdb`."""
    if not f.has("kind", "poddisruptionbudgets") and "budget" not in f.scan.text:
        return None
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "poddisruptionbudgets")
    bare = next((at for at in f.words() if f.low(at) == "budget"), None)
    if kind is None and (bare is None or not f.has("slot", "minavail", "maxunavail")):
        return None
    making(f)
    name = new_name(f, kind, before=False)
    if kind is None and bare is not None:
        name = _behind_word(f, bare) or name
    selector = values_after(f, "selector", "label", pattern=r"[\w./-]+!?=[\w.-]*(,\S+)?")
    for index in f.words():
        if not selector and re.fullmatch(
            r"[\w./-]+=[\w.-]+(,[\w./-]+=[\w.-]+)*", f.tokens[index].text
        ):
            f.use(index)
            selector = [f.tokens[index].text]
    for match in list(f.find_all("slot", "label", "selector")):
        if match.start and f.used[match.start - 1]:
            f.use(match.start, match.end)
    lower = _count(f, "minavail") or _left(f)
    upper = _count(f, "maxunavail") if lower is None else None
    if name is None:
        name = value_after(f, "name", pattern=r"[a-z0-9][a-z0-9.-]*")
    if not selector and (lower or upper) and (app := _guarded_app(f)) is not None:
        selector, name = [f"app={app}"], name or app
    if name is None or not selector or (lower is None and upper is None):
        return None
    f.take_all("up")
    for match in list(f.find_all("kind", "pods")):
        f.use(match.start, match.end)
    take_place(f)
    command = Command(("create", "poddisruptionbudget"), [name])
    command.flag("selector", ",".join(selector))
    if lower is not None:
        command.flag("min-available", lower)
    elif upper is not None:
        command.flag("max-unavailable", upper)
    return finish(f, command)


def _behind_word(f: Frame, index: int) -> str | None:
    """`..., budget search-pdb`: the name behind the word, which is consumed."""
    f.use(index)
    if not may_name(f, index + 1):
        return None
    f.use(index + 1)
    return f.tokens[index + 1].text.lower()


def _left(f: Frame) -> str | None:
    """`half must stay up`, `75% available`: an amount without "at least"."""
    half = f.find("half")
    if half is not None and f.at("up", half.end):
        f.use(half.start, half.end)
        return half.value
    return None


def _guarded_app(f: Frame) -> str | None:
    """`pdb for web`: what it is for, by the label that workloads usually bear."""
    for index in f.words():
        if f.low(index - 1) in ("for", "of", "on", "protect", "protecting", "guard") and (
            may_name(f, index) and not f.at("kind", index)
        ):
            f.use(index - 1, index + 1)
            name = f.tokens[index].text.lower()
            f.assumptions.append(f"the pods of {name} have the label app={name}")
            return name
    return None


def _count(f: Frame, slot: str) -> str | None:
    for match in list(f.find_all("slot", slot)):
        at = skip_links(f, match.end)
        while f.free(at) and f.low(at) in ("available", "unavailable", "avail"):
            at += 1
        text = f.tokens[at].text if f.free(at) else ""
        half = f.at("half", at)
        if half is not None:
            f.use(match.start, half.end)
            return half.value
        number = number_at(f, at)
        if re.fullmatch(r"\d+%?", text):
            end = at + 1
            if f.low(end) in ("percent", "pct") and f.free(end):
                text, end = text + "%", end + 1
        elif number is not None:
            text, end = str(number), at + 1
        else:
            continue
        f.use(match.start, end)
        return text
    return None


def _lone_number(f: Frame) -> str | None:
    """`critical w/ 900000`, `polite = 5000`: the only number said."""
    numbers = [at for at in f.words() if re.fullmatch(r"-?\d+", f.tokens[at].text)]
    if len(numbers) != 1:
        return None
    at = numbers[0]
    joins = f.free(at - 1) and f.low(at - 1) in ("=", "with", "at", "is", "of", "as", "having")
    f.use(at - joins, at + 1)
    return f.tokens[at].text


def priority(f: Frame) -> Command | None:
    """`priorityclass high with value 100000`."""
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "priorityclasses")
    if kind is None:
        return None
    making(f)
    name = new_name(f, kind)
    value = value_after(f, "value", pattern=r"-?\d+") or _lone_number(f)
    description = value_after(f, "description", pattern=r".+")
    preempt = f.take("preempt")
    default = f.take("globaldefault")
    if name is None or value is None:
        return None
    command = Command(("create", "priorityclass"), [name]).flag("value", value)
    if default:
        command.flag("global-default")
    if description:
        command.flag("description", description)
    if preempt:
        command.flag("preemption-policy", preempt)
    return finish(f, command)


INTENTS = (
    Intent("create quota", ("kind:resourcequotas",), quota, rank=62),
    Intent("create poddisruptionbudget", (), budget, rank=62),
    Intent("create priorityclass", ("kind:priorityclasses",), priority, rank=62),
)
