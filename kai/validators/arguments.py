"""How many arguments a command takes.

Source: the Complete, Validate and Run functions of the commands in k8s.io/kubectl/pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.targets import before_pairs
from kai.model import Finding, Level
from kai.validators.faults import finding, reads_cleanly
from kai.validators.objects import BUILT, missing_target, targets_of

_MANY = 1000


class _Count(NamedTuple):
    """How many arguments; fewer are fine where one of the flags `instead` is given."""

    least: int
    most: int
    what: str
    instead: tuple[str, ...] = ()


_FILE = ("filename", "kustomize")
_NONE = _Count(0, 0, "")
_COUNTS: dict[tuple[str, ...], _Count] = {
    ("create",): _NONE,
    ("apply",): _NONE,
    ("diff",): _NONE,
    ("version",): _NONE,
    ("api-resources",): _NONE,
    ("api-versions",): _NONE,
    ("auth", "reconcile"): _NONE,
    ("config", "view"): _NONE,
    ("logs",): _Count(1, 2, "give the name of a pod, TYPE/NAME or a selector (-l)", ("selector",)),
    ("exec",): _Count(1, _MANY, "give the name of a pod or TYPE/NAME", ("filename",)),
    ("attach",): _Count(1, 2, "give the name of a pod or TYPE/NAME"),
    ("port-forward",): _Count(2, _MANY, "give POD or TYPE/NAME, then ports: 8080:80"),
    ("cp",): _Count(2, 2, "give source and destination: POD:/path ./file"),
    ("run",): _Count(1, _MANY, "give a name for the pod"),
    ("cordon",): _Count(1, _MANY, "give the name of a node or a selector (-l)", ("selector",)),
    ("uncordon",): _Count(1, _MANY, "give the name of a node or a selector (-l)", ("selector",)),
    ("drain",): _Count(1, _MANY, "give the name of a node or a selector (-l)", ("selector",)),
    ("top", "pod"): _Count(0, 1, ""),
    ("top", "node"): _Count(0, 1, ""),
    ("explain",): _Count(1, 1, "say which kind or field to explain, such as pods.spec"),
    ("debug",): _Count(1, _MANY, "give the name of a pod or node/NAME", ("filename",)),
    ("certificate", "approve"): _Count(1, _MANY, "give the name of a request (CSR)", _FILE),
    ("certificate", "deny"): _Count(1, _MANY, "give the name of a request (CSR)", _FILE),
    ("auth", "can-i"): _Count(2, 2, "give a verb and a kind: list pods"),
    ("config", "use-context"): _Count(1, 1, "give the name of a context"),
    ("config", "set-context"): _Count(1, 1, "give a context or --current", ("current",)),
    ("config", "set-cluster"): _Count(1, 1, "give the name of a cluster entry"),
    ("config", "set-credentials"): _Count(1, 1, "give the name of a user entry"),
    ("config", "delete-context"): _Count(1, 1, "give the name of a context"),
    ("config", "delete-cluster"): _Count(1, 1, "give the name of a cluster entry"),
    ("config", "delete-user"): _Count(1, 1, "give the name of a user entry"),
    ("config", "rename-context"): _Count(2, 2, "give the old and the new name"),
    ("config", "set"): _Count(2, 2, "give a property and its value"),
    ("config", "unset"): _Count(1, 1, "give a property"),
    ("completion",): _Count(1, 1, "give a shell: bash, zsh, fish or powershell"),
    ("kustomize",): _Count(0, 1, ""),
}
#: Commands whose words behind `--` count as arguments too.
_DASH_COUNTS = frozenset((("config", "use-context"), ("explain",), ("logs",), ("cp",)))
#: Without arguments there is nothing to do, and kubectl says so.
_NEEDS_CHANGE = {
    ("label",): ("a label: KEY=VALUE, or KEY- to remove it", ("list",)),
    ("annotate",): ("an annotation: KEY=VALUE, or KEY- to remove it", ("list",)),
    ("set", "image"): ("an image: CONTAINER=IMAGE", ()),
}


def check_arguments(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K210 and K211: too few and too many arguments."""
    path = call.path
    if not reads_cleanly(call) or call.flag("help") is not None:
        return
    if not call.via:
        yield from _missing(call)
    count = _COUNTS.get(path)
    if path == ("auth", "can-i") and call.boolean("list"):
        count = _NONE
    elif path[:1] == ("create",) and path != ("create",) and call.command.runnable:
        yield from _one_name(call)
        return
    elif path == ("config", "set-context") and call.boolean("current"):
        yield from _current_and_name(call)
        return
    if count is None:
        return
    given = len(call.args)
    if path in _DASH_COUNTS:
        given += len(call.after_dash or ())
    instead = any(call.flag(name) is not None for name in count.instead)
    if given < count.least and not instead and not call.via and not _raw(call):
        yield missing_target(call, count.what)
    elif given > count.most and len(call.args) > count.most:
        extra = call.args[count.most]
        message = _too_many(call, count.most)
        yield finding("K211", message, extra.start, call.args[-1].end)


def _raw(call: Invocation) -> bool:
    return call.flag("raw") is not None


def _too_many(call: Invocation, most: int) -> str:
    name = "kubectl " + " ".join(call.path)
    if most == 0:
        return f"{name} takes no arguments; delete this"
    return f"{name} takes {most} argument{'s' if most > 1 else ''}; delete what is too much"


def _one_name(call: Invocation) -> Iterator[Finding]:
    if len(call.args) > 1:
        extra, last = call.args[1], call.args[-1]
        message = f"kubectl {' '.join(call.path)} takes one name"
        if call.path[1] in ("job", "cronjob", "deployment"):
            message += "; put -- before the command to run"
        yield finding("K211", message, extra.start, last.end)
    elif not call.args and not call.via:
        yield missing_target(call, "give a name for what is created")


def _current_and_name(call: Invocation) -> Iterator[Finding]:
    if call.args:
        message = "kubectl takes either a context's name or --current; delete one of them"
        yield finding("K213", message, call.args[0].start, call.args[-1].end)


def _missing(call: Invocation) -> Iterator[Finding]:
    """Commands about objects: none is named, or nothing is to be changed on them."""
    path = call.path
    if path == ("taint",):
        yield from _taint(call)
        return
    if path not in BUILT or _raw(call):
        return
    files = any(call.flag(name) is not None for name in _FILE)
    if not files and not call.args:
        yield missing_target(call, "say which objects: a kind and a name, or a file (-f)")
        return
    if path not in _NEEDS_CHANGE:
        return
    what, instead = _NEEDS_CHANGE[path]
    targets = targets_of(call)
    if len(targets) == len(call.args) and not any(call.boolean(name) for name in instead):
        yield missing_target(call, f"give {what}")


def _taint(call: Invocation) -> Iterator[Finding]:
    targets = before_pairs(call.args, taint=True)
    everything = call.boolean("all") or bool(call.value("selector"))
    if len(targets) == len(call.args):
        yield missing_target(call, "give a taint: KEY=VALUE:EFFECT, or KEY- to remove it")
    elif not targets or (len(targets) == 1 and not everything):
        yield missing_target(call, "say which node: node NAME, -l SELECTOR or --all")
    elif targets[0].value.lower() not in ("node", "nodes", "no"):
        word = targets[0]
        message = f"only nodes can be tainted; write: taint nodes {word.value} ..."
        level = Level.ERROR
        yield finding("K210", message, word.start, word.end, level=level)
