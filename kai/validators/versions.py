"""What is deprecated in the user's kubectl, was removed from it, or came later."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec, load, versions
from kai.model import Finding, Level
from kai.validators.faults import finding
from kai.validators.slips import swallowed

#: What to write instead, where one flag took the place of another: path, old, new.
_RENAMED = {
    (("drain",), "delete-local-data"): "delete-emptydir-data",
    (("apply",), "prune-whitelist"): "prune-allowlist",
}
_RUN_ONLY_PODS = "kubectl run makes one pod; use kubectl create deployment"
#: Flags that are gone, or never were and are often written: what to do.
_ADVICE = {
    (("get",), "export"): "it is gone; use -o yaml and delete the status by hand",
    (("get",), "include-uninitialized"): "it is gone; delete it",
    (("get",), "show-all"): "it is gone; finished pods are shown anyway",
    (("run",), "generator"): f"it is gone; {_RUN_ONLY_PODS}",
    (("run",), "replicas"): f"it is gone; {_RUN_ONLY_PODS} --replicas",
    (("run",), "serviceaccount"): "it is gone; use --overrides",
    (("run",), "requests"): "it is gone; use --overrides",
    (("run",), "limits"): "it is gone; use --overrides",
    (("run",), "schedule"): "it is gone; use kubectl create cronjob",
    (("expose",), "generator"): "it is gone; delete it",
    (("autoscale",), "generator"): "it is gone; delete it",
    (("top", "pod"), "heapster-namespace"): "it is gone; delete it",
    (("top", "node"), "heapster-namespace"): "it is gone; delete it",
    (("expose",), "node-port"): "use kubectl create service nodeport, or --overrides",
    (("create", "role"), "api-group"): "write the group behind the kind: --resource=KIND.GROUP",
    (("create", "clusterrole"), "api-group"): "write the group behind the kind: KIND.GROUP",
}
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
            elif swallowed(call, flag) is not None:
                continue
            elif flag.name in ("dry-run", "cascade") and flag.value in (None, "true", "false"):
                yield from _old_boolean(call, flag.name, flag.value, flag.start, flag.end)
    for found in call.findings:
        if found.code == "K141":
            yield from _elsewhere(call, spec, found)
        elif found.code == "K142" and _is_context_namespace(call, found):
            message = "config set-context has no -n; write --namespace"
            place = (found.start, found.end)
            yield finding("K251", message, *place, "--namespace", Level.INFO)


def _is_context_namespace(call: Invocation, found: Finding) -> bool:
    """`config set-context -n prod`, with the flag standing alone as a word."""
    alone = any((word.start, word.end) == (found.start, found.end) for word in call.words)
    return call.path == ("config", "set-context") and alone and _name_at(call, found) == "n"


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
    if key in _ADVICE:
        message = f"--{name}: {_ADVICE[key]}"
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
        if other == "cpu-percent" and _plain_number(call, found):
            new = f"--{other}"
            yield finding("K251", message, found.start, found.end, new, Level.INFO)
            return
    yield finding("K251", message, found.start, found.end, level=Level.INFO)


def _plain_number(call: Invocation, found: Finding) -> bool:
    """Whether the flag's value is a number of percent, which the other flag takes too."""
    return any(flag.start == found.start and (flag.value or "").isdigit() for flag in call.flags)


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
