"""What stands where in a kubectl command, besides what `kai.kubectl.needs` says of it."""

from __future__ import annotations

from collections.abc import Mapping

from kai.kubectl.needs import BUILT, COUNTS

Path = tuple[str, ...]

_ROLE = '" " rolename'
_LAST = '" " name'
ARGUMENTS: Mapping[str, str] = {
    "auth can-i": '" " (right | "\'*\'") " " (about | urlpath)',
    "certificate approve": '(" " name){1,4}',
    "certificate deny": '(" " name){1,4}',
    "completion": '" " ("bash" | "zsh" | "fish" | "powershell")',
    "config get-contexts": '(" " entry){0,4}',
    "config set": '" " part " " value',
    "config unset": '" " part',
    "cordon": '(" " name){1,4}',
    "cp": '" " (podpath " " localpath | localpath " " podpath)',
    "create clusterrole": _ROLE,
    "create clusterrolebinding": _ROLE,
    "create namespace": '" " space',
    "create role": _ROLE,
    "create rolebinding": _ROLE,
    "drain": '(" " name){1,4}',
    "explain": '" " kind ("." field){0,8}',
    "kustomize": '(" " file)?',
    "port-forward": '" " ONE (" " forward){1,4}',
    "taint": '" " NODES (" " name){1,2}',
    "uncordon": '(" " name){1,4}',
    "cluster-info dump": "",
    "plugin list": "",
}
"""The arguments of commands, by command: ONE for the name of an object with or without its kind,
NODES for the word nodes. Others have as many as `COUNTS` says."""

ONE = frozenset(("attach", "debug", "exec", "logs"))
"""Commands whose one argument is an object, of a pod if no kind is said."""

CHANGES: Mapping[str, str] = {
    "label": '(" " mark){1,4}',
    "annotate": '(" " marking){1,4}',
    "set env": '(" " (variable | field "-")){1,4}',
    "set image": '(" " contained){1,4}',
    "set selector": '" " (labels | "\'" labels "\'")',
    "set serviceaccount": _LAST,
    "taint": '(" " taint){1,2}',
}
"""What follows the objects that are changed."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "label": ("list",),
    "annotate": ("list",),
    "set env": ("list", "from"),
    "auth can-i": ("list",),
}
"""Flags that stand where otherwise changes are needed."""

PATCHES = (
    ('" " patch',),
    ('" --type" eq ("merge" | "strategic")', '" " patch'),
    ('" --type" eq "json"', '" " listpatch'),
)
"""What `patch` needs: an object, or with --type=json a list of operations."""

RUNS: Mapping[str, str] = {
    "exec": ' " -- " arguments',
    **dict.fromkeys(
        ("debug", "run", "create deployment", "create cronjob", "create job"),
        ' (" -- " arguments)?',
    ),
}
"""The command to run behind the dashes."""

ATTACHED = frozenset(("run", "debug"))
"""Commands with -t and --rm only where there is -i as well, and then for real."""

_COPIED = ("copy-to", "replace", "same-node", "set-image", "share-processes")
EXCLUSIVE: Mapping[str, tuple[frozenset[str], ...]] = {
    "logs": (
        frozenset(("container", "since-time")),
        frozenset(("all-containers", "since-time")),
        frozenset(("all-containers", "since")),
    ),
    "apply": (frozenset(("force",)), frozenset(("server-side", "force-conflicts", "dry-run"))),
    "replace": (frozenset(("force", "grace-period")), frozenset(("dry-run",))),
    "config set-cluster": (
        frozenset(("insecure-skip-tls-verify",)),
        frozenset(("certificate-authority",)),
    ),
    "get": (frozenset(("show-labels",)), frozenset(("output",))),
    "debug": (frozenset(_COPIED), frozenset(("target",))),
}
"""Flags that exclude each other: in each way to write the command some are left out. Where a command
needs one of several flags, each has its way."""

TOGETHER: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apply", "force-conflicts"): ("server-side",),
    ("diff", "force-conflicts"): ("server-side",),
    ("run", "expose"): ("port",),
    ("get", "output-watch-events"): ("watch", "watch-only"),
    ("replace", "grace-period"): ("force",),
}
"""Flags that are only written beside one of others that they need."""

UNUSED: Mapping[str, frozenset[str]] = {
    "exec": frozenset(("filename",)),
    "create token": frozenset(("bound-object-uid", "bound-object-name")),
    "config view": frozenset(("merge",)),
    "create clusterrole": frozenset(("aggregation-rule",)),
}
"""Flags that are left out: with them a command is another one."""

WHOLE: Mapping[tuple[str, str], str] = {
    ("create token", "bound-object-kind"): '"--bound-object-kind" eq ("Pod" | "Secret" | "Node") '
    '" --bound-object-name" eq name (" --bound-object-uid" eq name)?',
    ("wait", "for"): """"--for" eq waited | "'--for=" waitedpath "'" """,
}
"""The rule of a whole flag, by command."""

VALUES: Mapping[tuple[str, str], str] = {
    ("create job", "from"): '("cronjob/" | "cj/" | "cronjobs/" | "cronjob.batch/") name',
    ("events", "for"): "object",
    ("events", "types"): '("Normal" | "Warning" | "Normal,Warning" | "Warning,Normal")',
    ("create role", "resource"): "abouts",
    ("create clusterrole", "resource"): "abouts",
    ("create role", "verb"): "rights",
    ("create clusterrole", "verb"): "rights",
    ("create clusterrole", "non-resource-url"): "urlpath",
    ("get", "sort-by"): '(jdots | "\'" (jdots | jexpr | jstep{1,7}) "\'")',
    ("set resources", "limits"): "amounts",
    ("set resources", "requests"): "amounts",
    ("create quota", "hard"): "amounts",
    (
        "create quota",
        "scopes",
    ): '("BestEffort" | "NotBestEffort" | "Terminating" | "NotTerminating")',
    ("create cronjob", "schedule"): "schedule",
    ("run", "env"): "variable",
    ("run", "labels"): "labels",
    ("run", "annotations"): "note",
    ("run", "port"): "port",
    ("run", "overrides"): '"\'" jobj8 "\'"',
    ("expose", "overrides"): '"\'" jobj8 "\'"',
    ("expose", "labels"): "labels",
    ("expose", "selector"): "labels",
    ("expose", "port"): "ports",
    ("expose", "target-port"): "reached",
    ("expose", "name"): "service",
    ("expose", "type"): '("ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName")',
    ("expose", "protocol"): '("TCP" | "UDP" | "SCTP")',
    ("expose", "session-affinity"): '("None" | "ClientIP")',
    ("create ingress", "rule"): "ingress",
    ("create ingress", "default-backend"): 'name ":" reached',
    ("create ingress", "annotation"): "note",
    ("create deployment", "port"): "port",
    ("create deployment", "replicas"): "count",
    ("create service nodeport", "node-port"): "port",
    ("create priorityclass", "preemption-policy"): '("PreemptLowerPriority" | "Never")',
    ("config set-credentials", "exec-env"): '(variable | key "-")',
    ("config set-credentials", "auth-provider-arg"): "marking",
    ("config set-credentials", "exec-interactive-mode"): '("Always" | "IfAvailable" | "Never")',
    ("logs", "tail"): '("-1" | int)',
    ("delete", "grace-period"): '("-1" | int)',
    ("run", "override-type"): '("json" | "merge" | "strategic")',
    ("expose", "override-type"): '("json" | "merge" | "strategic")',
    ("autoscale", "max"): "some",
    ("autoscale", "min"): "[1-9]",
    ("scale", "replicas"): "count",
    ("scale", "current-replicas"): "count",
    ("proxy", "port"): '("0" | port)',
    ("delete", "output"): '"name"',
    ("run", "restart"): '("Always" | "OnFailure" | "Never")',
    ("run", "image-pull-policy"): '("Always" | "IfNotPresent" | "Never")',
    ("debug", "image-pull-policy"): '("Always" | "IfNotPresent" | "Never")',
    ("top pod", "sort-by"): '("cpu" | "memory")',
    ("top node", "sort-by"): '("cpu" | "memory")',
    ("debug", "set-image"): '(contained ("," entry "=" image){0,2})',
    ("create clusterrolebinding", "serviceaccount"): "account",
    ("create rolebinding", "serviceaccount"): "account",
    ("set subject", "serviceaccount"): "account",
    **{
        (f"create service {kind}", "tcp"): "served"
        for kind in ("clusterip", "nodeport", "loadbalancer", "externalname")
    },
}
"""The rule of a flag's value, by command; before `NAMED`."""

NAMED: Mapping[str, str] = {
    "namespace": "namespace",
    "filename": "file",
    "kustomize": "file",
    "selector": "selector",
    "pod-selector": "selector",
    "field-selector": """(fields | "'" fields "'")""",
    "request-timeout": "seconds",
    "since-time": "time",
    "from-literal": "literal",
    "min-available": "share",
    "max-unavailable": "share",
    "image": "image",
    "template": '"\'" gotemplate "\'"',
    "context": "entry",
    "cluster": "entry",
    "user": "entry",
    "container": "name",
    "serviceaccount": "name",
    "role": "entry",
    "clusterrole": "entry",
}
"""The rule of a flag's value, by name."""

LEFT_OUT = frozenset(("__complete", "__completeNoDesc", "help", "options", "alpha", "kuberc"))
"""Commands that answer no request about a cluster, or settle what other commands mean."""

GLOBAL_FLAGS = ("namespace", "context", "request-timeout")
"""The flags of every command that may be written; the others change who asks and which server
answers, or write files (kai never offers them)."""

MORE_FLAGS: Mapping[str, tuple[str, ...]] = {"auth can-i": ("as",)}
"""Global flags that one command may have because it only asks with them."""


def arguments(path: Path) -> str:
    """The arguments of a command that is not about objects as `get` is."""
    name = " ".join(path)
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    if name in ONE:
        return '" " ONE'
    if path[0] == "create" and len(path) > 1:
        return '" " service' if path[1] == "service" else '" " name'
    count = COUNTS.get(path)
    if count is None or count.most == 0:
        return ""
    word = "entry" if path[0] == "config" else "name"
    repeat = f"{{{count.least},{min(count.most, 4)}}}" if count.most > 1 else ""
    if path[0] == "run":
        repeat = ""
    optional = "?" if count.least == 0 and not repeat else ""
    return f'(" " {word}){repeat}{optional}'


def takes(path: Path) -> tuple[bool, bool, bool]:
    """Whether a command takes a kind, names or other words, and another command behind `--`."""
    name = " ".join(path)
    given = arguments(path)
    kind = path in BUILT or name in ("taint", "explain", "apply edit-last-applied")
    return kind, kind or bool(given), name in RUNS
