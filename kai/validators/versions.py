"""What is deprecated in the user's kubectl, was removed from it, or came later."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec, load, versions
from kai.model import Finding, Level
from kai.validators.faults import finding

#: What to write instead, where one flag took the place of another: path, old, new.
_RENAMED = {
    (("drain",), "delete-local-data"): "delete-emptydir-data",
    (("apply",), "prune-whitelist"): "prune-allowlist",
}
#: Flags of before 1.27: gone without another flag in their place, and what to do.
_GONE = {
    "export": "use -o yaml and delete the status by hand",
    "generator": "kubectl run makes pods only; use kubectl create deployment",
    "include-uninitialized": "delete it",
    "show-all": "delete it; finished pods are shown anyway",
    "heapster-namespace": "delete it",
    "serviceaccount": "use --overrides",
    "requests": "use --overrides, or set resources afterwards",
    "limits": "use --overrides, or set resources afterwards",
    "replicas": "use kubectl create deployment --replicas, kubectl run makes one pod",
    "schedule": "use kubectl create cronjob",
}
_GONE_FROM = frozenset(
    (
        (("get",), "export"),
        (("get",), "include-uninitialized"),
        (("get",), "show-all"),
        (("run",), "generator"),
        (("run",), "serviceaccount"),
        (("run",), "requests"),
        (("run",), "limits"),
        (("run",), "replicas"),
        (("run",), "schedule"),
        (("expose",), "generator"),
        (("autoscale",), "generator"),
        (("top", "pod"), "heapster-namespace"),
        (("top", "node"), "heapster-namespace"),
    )
)
#: `--cpu` came with the version in which `--cpu-percent` was deprecated.
_INSTEAD: dict[tuple[tuple[str, ...], str], str] = {
    (("autoscale",), "cpu"): "cpu-percent",
    (("autoscale",), "cpu-percent"): "cpu",
}


def check_versions(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K250 and K251: deprecated flags; flags that another kubectl has and this one has not."""
    for flag in call.flags:
        if flag.spec is not None and flag.spec.name == flag.spelled.lstrip("-").replace("_", "-"):
            if flag.spec.deprecated:
                message = f"{flag.spelled} is deprecated: {flag.spec.deprecated}"
                yield finding("K250", message, flag.start, flag.end, level=Level.WARNING)
            elif flag.name in ("dry-run", "cascade") and flag.value in (None, "true", "false"):
                yield from _old_boolean(call, flag.name, flag.value, flag.start, flag.end)
    for found in call.findings:
        if found.code == "K141":
            yield from _elsewhere(call, spec, found)


def _old_boolean(
    call: Invocation, name: str, value: str | None, start: int, end: int
) -> Iterator[Finding]:
    meant = {
        ("dry-run", None): "client",
        ("dry-run", "true"): "client",
        ("dry-run", "false"): "none",
        ("cascade", "true"): "background",
        ("cascade", "false"): "orphan",
    }.get((name, value))
    if meant is None:
        return
    new = f"--{name}={meant}"
    message = f"this way to write it is deprecated; write {new}"
    raw = next((word.raw for word in call.words if word.start == start and word.end == end), "")
    yield finding("K250", message, start, end, new if raw else None, Level.WARNING)


def _elsewhere(call: Invocation, spec: Spec, found: Finding) -> Iterator[Finding]:
    name = _name_at(call, found)
    if not name:
        return
    key = (call.path, name)
    if key in _RENAMED and call.command.flag(_RENAMED[key]) is not None:
        new = "--" + _RENAMED[key]
        message = f"--{name} is now {new}"
        yield finding("K251", message, found.start, found.end, new, Level.INFO)
        return
    if key in _GONE_FROM:
        message = f"--{name} is gone: {_GONE[name]}"
        yield finding("K251", message, found.start, found.end, level=Level.INFO)
        return
    having = [version for version in versions() if _has(version, call.path, name)]
    if not having:
        return
    here = _number(spec.version)
    if _number(having[0]) > here:
        message = f"--{name} needs kubectl {having[0]} or newer; yours is {spec.version}"
    else:
        message = f"--{name} was there up to kubectl {having[-1]}; yours is {spec.version}"
    other = _INSTEAD.get(key)
    if other is not None and call.command.flag(other) is not None:
        message += f"; use --{other}"
    yield finding("K251", message, found.start, found.end, level=Level.INFO)


def _name_at(call: Invocation, found: Finding) -> str:
    for flag in call.flags:
        if flag.start == found.start:
            return flag.spelled.lstrip("-").replace("_", "-")
    return ""


def _has(version: str, path: tuple[str, ...], name: str) -> bool:
    commands = load(version).commands
    return path in commands and commands[path].flag(name) is not None


def _number(version: str) -> int:
    return int(version.partition(".")[2])
