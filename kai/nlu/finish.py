"""The end of a command: flags that were typed as such, and where it is to act."""

from __future__ import annotations

from kai.kubectl.spec import Spec
from kai.nlu.compose import Command
from kai.nlu.entities import CLUSTER_SCOPED
from kai.nlu.frame import Frame

_REFUSED_FLAGS = frozenset(
    [
        "kubeconfig",
        "server",
        "token",
        "as",
        "as-group",
        "as-uid",
        "user",
        "cluster",
        "insecure-skip-tls-verify",
        "certificate-authority",
        "client-certificate",
        "client-key",
        "tls-server-name",
        "profile",
        "profile-output",
        "cache-dir",
        "kuberc",
        "raw",
        "username",
        "password",
    ]
)
"""Global flags that redirect kubectl or write files: never in a draft."""


def take_flags(command: Command, left: list[str], spec: Spec | None) -> bool:
    """Take over flags that were typed as such (`--show-labels`, `-v=8`) where the command has them."""
    known = spec.commands.get(command.path) if spec is not None else None
    if known is None:
        return False
    found: list[tuple[str, str | None]] = []
    for word in left:
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or not name:
            return False
        flag = known.flag(name) if word.startswith("--") else known.shorthand(name)
        if flag is None or flag.name in _REFUSED_FLAGS or (flag.bare is None and not equals):
            return False
        found.append((flag.name, value if equals else None))
    command.flags += found
    return True


def finish(command: Command, frame: Frame) -> str | None:
    """Add where: namespace, scope and context. None if it cannot be written safely."""
    path = command.path[0]
    if path not in _PLACELESS:
        scoped = _cluster_scoped(command)
        if frame.all_namespaces and path in _ONE_NAMESPACE:
            return None
        if frame.all_namespaces and not scoped:
            command.flags.insert(0, ("all-namespaces", None))
        elif frame.namespace and not scoped:
            if "." in frame.namespace:
                return None  # a namespace is a DNS label: this is a file or a host
            command.flags.insert(0, ("namespace", frame.namespace))
    if frame.target_context and path != "config":
        command.flags.insert(0, ("context", frame.target_context))
    try:
        return command.text()
    except ValueError:
        return None


_PLACELESS = frozenset(
    [
        "config",
        "cordon",
        "uncordon",
        "drain",
        "taint",
        "api-resources",
        "api-versions",
        "cluster-info",
        "certificate",
        "version",
        "explain",
        "cp",
        "plugin",
        "completion",
        "options",
        "kustomize",
        "proxy",
    ]
)
"""Commands that take no namespace, or say it themselves."""


_ONE_NAMESPACE = frozenset(
    ["apply", "autoscale", "edit", "expose", "patch", "replace", "rollout", "run", "scale", "set"]
)
"""Commands without --all-namespaces (source: `kubectl CMD --help` of 1.27 to 1.33)."""


def _cluster_scoped(command: Command) -> bool:
    """Whether every kind of the command is cluster-scoped, so that a namespace means nothing."""
    if command.path[0] in ("top",):
        return command.path[1:2] == ("node",)
    if command.path[0] not in (
        "get",
        "describe",
        "delete",
        "label",
        "annotate",
        "edit",
        "patch",
        "wait",
    ):
        return False
    if not command.args:
        return False
    kinds = [arg.partition("/")[0] for arg in command.args if "/" in arg] or command.args[0].split(
        ","
    )
    return all(kind in CLUSTER_SCOPED or kind + "s" in CLUSTER_SCOPED for kind in kinds)
