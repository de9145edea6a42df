"""What a command cannot do without: how many arguments, which flags, which kinds it works on.

Both the rules that judge a command and the grammar that a model is held to read these tables.
Source: the Complete, Validate and Run functions of the commands in k8s.io/kubectl/pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Path = tuple[str, ...]
MANY = 1000
"""As many arguments as one likes."""


class Count(NamedTuple):
    """How many arguments; fewer are fine where one of the flags `instead` is given."""

    least: int
    most: int
    what: str
    instead: tuple[str, ...] = ()


FILES = ("filename", "kustomize")
"""Flags that name files where arguments would name objects."""

NO_ARGUMENTS = Count(0, 0, "")
COUNTS: Mapping[Path, Count] = {
    ("create",): NO_ARGUMENTS,
    ("apply",): NO_ARGUMENTS,
    ("diff",): NO_ARGUMENTS,
    ("version",): NO_ARGUMENTS,
    ("api-resources",): NO_ARGUMENTS,
    ("api-versions",): NO_ARGUMENTS,
    ("auth", "reconcile"): NO_ARGUMENTS,
    ("config", "view"): NO_ARGUMENTS,
    ("logs",): Count(1, 2, "give the name of a pod, TYPE/NAME or a selector (-l)", ("selector",)),
    ("exec",): Count(1, MANY, "give the name of a pod or TYPE/NAME", ("filename",)),
    ("attach",): Count(1, 2, "give the name of a pod or TYPE/NAME"),
    ("port-forward",): Count(2, MANY, "give POD or TYPE/NAME, then ports: 8080:80"),
    ("cp",): Count(2, 2, "give source and destination: POD:/path ./file"),
    ("run",): Count(1, MANY, "give a name for the pod"),
    ("cordon",): Count(1, MANY, "give the name of a node or a selector (-l)", ("selector",)),
    ("uncordon",): Count(1, MANY, "give the name of a node or a selector (-l)", ("selector",)),
    ("drain",): Count(1, MANY, "give the name of a node or a selector (-l)", ("selector",)),
    ("top", "pod"): Count(0, 1, ""),
    ("top", "node"): Count(0, 1, ""),
    ("explain",): Count(1, 1, "say which kind or field to explain, such as pods.spec"),
    ("debug",): Count(1, MANY, "give the name of a pod or node/NAME", ("filename",)),
    ("certificate", "approve"): Count(1, MANY, "give the name of a request (CSR)", FILES),
    ("certificate", "deny"): Count(1, MANY, "give the name of a request (CSR)", FILES),
    ("auth", "can-i"): Count(2, 2, "give a verb and a kind: list pods"),
    ("config", "use-context"): Count(1, 1, "give the name of a context"),
    ("config", "set-context"): Count(1, 1, "give a context or --current", ("current",)),
    ("config", "set-cluster"): Count(1, 1, "give the name of a cluster entry"),
    ("config", "set-credentials"): Count(1, 1, "give the name of a user entry"),
    ("config", "delete-context"): Count(1, 1, "give the name of a context"),
    ("config", "delete-cluster"): Count(1, 1, "give the name of a cluster entry"),
    ("config", "delete-user"): Count(1, 1, "give the name of a user entry"),
    ("config", "rename-context"): Count(2, 2, "give the old and the new name"),
    ("config", "set"): Count(2, 2, "give a property and its value"),
    ("config", "unset"): Count(1, 1, "give a property"),
    ("completion",): Count(1, 1, "give a shell: bash, zsh, fish or powershell"),
    ("kustomize",): Count(0, 1, ""),
}
"""How many arguments commands take that are not in BUILT."""

BUILT: Mapping[Path, bool] = {
    ("get",): True,
    ("describe",): True,
    ("edit",): True,
    ("apply", "view-last-applied"): True,
    ("delete",): False,
    ("patch",): False,
    ("scale",): False,
    ("autoscale",): False,
    ("expose",): False,
    ("wait",): False,
    ("label",): False,
    ("annotate",): False,
    ("set", "image"): False,
    ("set", "env"): False,
    ("set", "resources"): False,
    ("set", "subject"): False,
    ("set", "selector"): False,
    ("set", "serviceaccount"): False,
    ("rollout", "history"): True,
    ("rollout", "pause"): True,
    ("rollout", "restart"): True,
    ("rollout", "resume"): True,
    ("rollout", "status"): True,
    ("rollout", "undo"): True,
}
"""Commands whose arguments the builder reads as TYPE NAME... or TYPE/NAME...; True: a type alone is
enough (all objects of it)."""

_ANY_FILE = (("filename",), ("kustomize",))
REQUIRED: tuple[tuple[Path, tuple[tuple[str, ...], ...], str], ...] = (
    (("apply",), _ANY_FILE, "say what to apply: -f FILE or -k FOLDER"),
    (("diff",), _ANY_FILE, "say what to compare: -f FILE or -k FOLDER"),
    (("create",), (*_ANY_FILE, ("raw",)), "say what to create: -f FILE"),
    (("replace",), (*_ANY_FILE, ("raw",)), "say what to replace: -f FILE"),
    (("auth", "reconcile"), _ANY_FILE, "say what to reconcile: -f FILE"),
    (
        ("patch",),
        (("patch",), ("patch-file",)),
        "say what to change: -p PATCH or --patch-file FILE",
    ),
    (
        ("set", "resources"),
        (("limits",), ("requests",)),
        "say what to set: --requests or --limits",
    ),
    (
        ("set", "subject"),
        (("user",), ("group",), ("serviceaccount",)),
        "give --user, --group or --serviceaccount",
    ),
    (
        ("wait",),
        (("for",),),
        "say what to wait for: --for=condition=Ready or --for=delete",
    ),
    (("create", "job"), (("image",), ("from",)), "give --image or --from=cronjob/NAME"),
    (
        ("create", "rolebinding"),
        (("role",), ("clusterrole",)),
        "give --role or --clusterrole",
    ),
    (("create", "role"), (("verb",),), "give --verb"),
    (
        ("create", "clusterrole"),
        (("verb",), ("aggregation-rule",)),
        "give --verb, or --aggregation-rule",
    ),
    (
        ("create", "poddisruptionbudget"),
        (("min-available",), ("max-unavailable",)),
        "give --min-available or --max-unavailable",
    ),
    (("create", "poddisruptionbudget"), (("selector",),), "give --selector"),
    (
        ("create", "ingress"),
        (("rule",), ("default-backend",)),
        "give --rule=HOST/PATH=SERVICE:PORT or --default-backend",
    ),
    (
        ("create", "secret", "docker-registry"),
        (("from-file",), ("docker-username", "docker-password")),
        "give --docker-username and --docker-password, or --from-file",
    ),
    (("create", "secret", "tls"), (("cert", "key"),), "give --cert and --key"),
    (("apply", "set-last-applied"), (("filename",),), "say which file: -f FILE"),
    (("create", "service", "loadbalancer"), (("tcp",),), "give --tcp=PORT:TARGET"),
    (("create", "service", "nodeport"), (("tcp",),), "give --tcp=PORT:TARGET"),
    (
        ("create", "service", "clusterip"),
        (("tcp",), ("clusterip=None",)),
        "give --tcp=PORT:TARGET",
    ),
    (("create", "role"), (("resource",),), "give --resource"),
    (
        ("create", "clusterrole"),
        (("resource",), ("non-resource-url",), ("aggregation-rule",)),
        "give --resource or --non-resource-url",
    ),
    (("debug",), (("image",), ("copy-to",)), "give --image"),
)
"""What must be given, as kubectl says only when it runs: one of the alternatives, each of one flag or
of several together, and what is said where none is; NAME=VALUE is a flag with that very value. Flags
that kubectl's flag library requires come with the table of commands (`FlagSpec.required`)."""

_ROLLED = frozenset(("deployments.apps", "daemonsets.apps", "statefulsets.apps"))
_DEPLOYMENT = frozenset(("deployments.apps",))
_SCALED = frozenset(
    ("deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers")
)
_WITH_PODS = frozenset((*_ROLLED, *_SCALED, "pods", "jobs.batch"))
_REACHED = frozenset((*_WITH_PODS, "services"))
_TEMPLATES = frozenset((*_WITH_PODS, "cronjobs.batch"))
_EXPOSED = frozenset(
    ("replicationcontrollers", "services", "pods", "deployments.apps", "replicasets.apps")
)
FITTING: Mapping[Path, tuple[str, frozenset[str]]] = {
    ("rollout", "history"): ("have a rollout history", _ROLLED),
    ("rollout", "restart"): ("be restarted", _ROLLED),
    ("rollout", "status"): ("be watched rolling out", _ROLLED),
    ("rollout", "undo"): ("be rolled back", _ROLLED),
    ("rollout", "pause"): ("be paused", _DEPLOYMENT),
    ("rollout", "resume"): ("be resumed", _DEPLOYMENT),
    ("scale",): ("be scaled", _SCALED),
    ("autoscale",): ("be scaled", _SCALED),
    ("expose",): ("be exposed", _EXPOSED),
    ("logs",): ("have logs", _REACHED),
    ("exec",): ("run a command", _REACHED),
    ("attach",): ("be attached to", _REACHED),
    ("port-forward",): ("have ports to forward", _REACHED),
    ("debug",): ("be debugged", frozenset(("pods", "nodes"))),
    ("set", "image"): ("have images to set", _TEMPLATES),
    ("set", "env"): ("have variables to set", _TEMPLATES),
    ("set", "resources"): ("have resources to set", _TEMPLATES),
    ("set", "serviceaccount"): ("have a service account to set", _TEMPLATES),
    ("set", "selector"): ("have a selector to set", frozenset(("services",))),
    ("set", "subject"): (
        "have subjects",
        frozenset(
            (
                "rolebindings.rbac.authorization.k8s.io",
                "clusterrolebindings.rbac.authorization.k8s.io",
            )
        ),
    ),
}
"""What a command does and the kinds that it works on, where these are few. Source:
k8s.io/kubectl/pkg/polymorphichelpers, and which kinds serve a scale sub-resource."""
