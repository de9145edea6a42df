"""Whether a command works on a kind at all: a service cannot be scaled, a pod not restarted.

Source: k8s.io/kubectl/pkg/polymorphichelpers, and which kinds serve a scale sub-resource. Of custom
resources only the server knows; nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue, Resource, builtin
from kai.kubectl.spec import Spec
from kai.model import Finding
from kai.validators.faults import finding

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
_FITTING: dict[tuple[str, ...], tuple[str, frozenset[str]]] = {
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


def check_fits(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K218: the command does not work on this kind."""
    row = _FITTING.get(call.path)
    if row is None:
        return
    what, fitting = row
    seen: set[tuple[int, int]] = set()
    for target in call.resources(catalogue):
        kind = target.resource
        place = (target.start, target.end)
        if kind is None or not target.type_word or place in seen:
            continue
        seen.add(place)
        if kind.qualified not in fitting and _is_builtin(kind):
            names = ", ".join(sorted(name.partition(".")[0] for name in fitting))
            message = f"{kind.plural} cannot {what}; {names} can"
            yield finding("K218", message, *place)


def _is_builtin(kind: Resource) -> bool:
    return any(kind.qualified == known.qualified for known in builtin().all)
