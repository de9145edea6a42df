"""One kubectl call, brought into one form: what it does to what, and the flags that matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from kai.kubectl import canonical_values as form
from kai.kubectl.canonical_flags import Flags, flags_form, kind, kind_and_name
from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import builtin

Form = dict[str, Any]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = _names("get describe delete edit patch scale autoscale expose wait rollout")
_TARGETED = _names("logs exec attach debug port-forward")
_NODES = frozenset(("cordon", "uncordon", "drain"))
_UNBOUND = frozenset(("namespace", "clusterrole", "clusterrolebinding", "priorityclass"))
_SHELLS = _names("/bin/sh /bin/bash /usr/bin/bash /bin/ash /usr/bin/env /bin/ls")
_COPY_SIDE = re.compile(r"(?:([\w.-]+)/)?([\w.-]+):(.*)")


def command_form(invocation: Invocation, *, strict: bool = False) -> Form:
    """The canonical form of a call whose command is known."""
    path, flags = invocation.path, flags_form(invocation, strict=strict)
    args = [word.value for word in invocation.args]
    if path == ("help",) or flags.get("help") is True:
        topic = args if path == ("help",) else [*path]
        return {"help": topic}
    _fold_flags(path, flags, strict=strict)
    result: Form = {"command": " ".join(path)}
    _arguments(path, args, flags, result, invocation, strict)
    objects = result.get("objects", [])
    if objects and all(_is_cluster_scoped(item) for item in objects):
        flags.pop("namespace", None)
        flags.pop("all-namespaces", None)
    if path == ("expose",) and objects and flags.get("name") == objects[0].partition("/")[2]:
        flags.pop("name")
    if invocation.after_dash is not None:
        words = [word.value for word in invocation.after_dash]
        if words and words[0] in _SHELLS and not strict:
            words[0] = words[0].rpartition("/")[2]
        result["runs"] = words
    result["flags"] = flags
    return result


def _is_cluster_scoped(item: str) -> bool:
    found = builtin().find(item.partition("/")[0])
    return found is not None and not found.namespaced


def _fold_flags(path: tuple[str, ...], flags: Flags, *, strict: bool) -> None:
    """Apply what kubectl itself derives from combinations of flags."""
    verb = path[0]
    if flags.get("all-namespaces") is True:
        flags.pop("namespace", None)
    if not strict and flags.get("namespace") == "default" and verb != "config":
        flags.pop("namespace")
    rule = _FLAG_RULES.get(verb)
    if rule is not None:
        rule(flags)
    if verb == "create" and path[1:2] and path[1] in _UNBOUND:
        flags.pop("namespace", None)


def _fold_deletion(flags: Flags) -> None:
    if flags.pop("now", False):
        flags["grace-period"] = "1"
    if flags.get("force"):
        flags.setdefault("grace-period", "0")
    elif flags.get("grace-period") == "0":
        flags["grace-period"] = "1"  # kubectl raises it unless forced


def _fold_replacement(flags: Flags) -> None:
    if flags.get("force"):
        flags.pop("grace-period", None)


def _fold_autoscale(flags: Flags) -> None:
    if "cpu-percent" in flags:
        flags["cpu"] = f"{flags.pop('cpu-percent')}%"
    if flags.get("min") in ("1", "-1"):
        flags.pop("min")


def _drop(**defaults: str) -> Callable[[Flags], None]:
    """A rule that drops flags which say what is so anyway."""

    def rule(flags: Flags) -> None:
        for name, value in defaults.items():
            if flags.get(name) == value:
                flags.pop(name)

    return rule


def _fold_exposure(flags: Flags) -> None:
    if flags.get("target-port") == flags.get("port"):
        flags.pop("target-port", None)
    _drop(type="ClusterIP", protocol="TCP")(flags)


def _fold_forward(flags: Flags) -> None:
    if flags.get("address") in ("localhost", "127.0.0.1"):
        flags.pop("address")


_FLAG_RULES: dict[str, Callable[[Flags], None]] = {
    "delete": _fold_deletion,
    "replace": _fold_replacement,
    "autoscale": _fold_autoscale,
    "expose": _fold_exposure,
    "port-forward": _fold_forward,
    "patch": _drop(type="strategic"),
    "run": _drop(restart="Always"),
    "rollout": _drop(**{"to-revision": "0"}),
}


def _arguments(
    path: tuple[str, ...],
    args: list[str],
    flags: Flags,
    result: Form,
    invocation: Invocation,
    strict: bool,
) -> None:
    verb = path[0]
    if verb in _PLAIN or (verb == "apply" and len(path) > 1):
        _objects(args, result)
    elif verb in ("label", "annotate", "taint", "set"):
        _changes(path, args, flags, result, invocation)
    elif verb in _TARGETED:
        _target(verb, args, flags, result, invocation)
    elif verb == "cp":
        result["args"] = [_copy_side(arg, flags, strict) for arg in args]
    elif verb in _NODES:
        result["args"] = sorted(_without_node(arg) for arg in args)
        flags.pop("namespace", None)
    elif verb == "top":
        result["args"] = sorted(args)
        if path[1:] == ("node",):
            flags.pop("namespace", None)
            flags.pop("all-namespaces", None)
    elif verb == "explain":
        result["args"] = [_explained(arg) for arg in args]
    elif path == ("auth", "can-i"):
        result["args"] = [
            kind_and_name(arg) if index == 1 and arg[:1] != "/" else arg
            for index, arg in enumerate(args)
        ]
    else:
        if path == ("create", "job") and "from" in flags:
            flags["from"] = kind_and_name(str(flags["from"]))
        if verb == "kustomize":
            args = [form.file_name(arg) for arg in args] or ["."]
        result["args"] = args


def _objects(args: Sequence[str], result: Form) -> None:
    """TYPE, TYPE NAME... and TYPE/NAME... as one sorted list of `type` or `type/name`."""
    found: list[str] = []
    rest: Sequence[str] = ()
    if args and "/" in args[0]:
        size = next((i for i, arg in enumerate(args) if "/" not in arg), len(args))
        found = [kind_and_name(part) for arg in args[:size] for part in arg.split(",")]
        rest = args[size:]
    elif args:
        kinds = [kind(part) for part in args[0].split(",") if part]
        names = args[1:]
        found = [f"{k}/{name}" for k in kinds for name in names] if names else kinds
    result["objects"] = sorted(set(found))
    if rest:
        result["args"] = list(rest)


def _is_change(arg: str, taint: bool) -> bool:
    return "=" in arg or (taint and ":" in arg) or (arg.endswith("-") and len(arg) > 1)


def _changes(
    path: tuple[str, ...], args: list[str], flags: Flags, result: Form, invocation: Invocation
) -> None:
    """Commands of the form TYPE NAME... CHANGE..."""
    taint = path == ("taint",)
    if path[1:] == ("serviceaccount",):
        size = max(len(args) - 1, 0)
    else:
        size = next((i for i, arg in enumerate(args) if _is_change(arg, taint)), len(args))
    _objects(args[:size], result)
    changes = [arg.replace("=:", ":") if taint else arg for arg in args[size:]]
    given = invocation.values("env")
    if path == ("set", "env") and given:
        changes += [value for value in given if value != "-"]
        if given != ["-"]:
            flags.pop("env", None)
    result["changes"] = sorted(changes)


def _target(verb: str, args: list[str], flags: Flags, result: Form, invocation: Invocation) -> None:
    """Commands about one pod, given by its name or as TYPE/NAME."""
    if verb == "logs" and len(args) > 1 and "/" not in args[0] and builtin().find(args[0]):
        # kubectl refuses `logs deploy web`, so it is compared as what was meant, and marked.
        args = [f"{args[0]}/{args[1]}", *args[2:]]
        result["slip"] = True
    target = kind_and_name(args[0]) if args and "/" in args[0] else "".join(args[:1])
    result["target"] = target.removeprefix("pods/")
    more = args[1:]
    if verb == "logs":
        if more:
            flags.setdefault("container", more.pop(0))
        # With a selector kubectl shows ten lines of each pod, without one all of them.
        usual = "10" if "selector" in flags else "-1"
        tail = invocation.value("tail") or usual
        flags.pop("tail", None)
        if tail != usual:
            flags["tail"] = tail
    elif verb == "port-forward":
        pairs = (port.partition(":") for port in more)
        more = sorted(
            left if left == right else left + colon + right for left, colon, right in pairs
        )
    if more:
        result["args"] = more


def _copy_side(arg: str, flags: Flags, strict: bool) -> str:
    """`NAMESPACE/POD:PATH` and `POD:PATH` with --namespace are one thing."""
    match = None if arg.startswith(("/", "./")) else _COPY_SIDE.fullmatch(arg)
    if match is None:
        return form.file_name(arg) or arg
    namespace = match[1] or str(flags.pop("namespace", ""))
    if namespace == "default" and not strict:
        namespace = ""
    return f"{namespace}|{match[2]}:{match[3].rstrip('/') or '/'}"


def _without_node(arg: str) -> str:
    head, slash, name = arg.partition("/")
    return name if slash and head in ("node", "nodes", "no") else arg


def _explained(arg: str) -> str:
    head, *fields = arg.split(".")
    return ".".join((kind(head), *fields))
