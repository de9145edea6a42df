"""Immutable rules about the system's own namespaces and services: nothing lowers them."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Filter, Invocation
from kai.model import Tier
from kai.safety.call import Call, Ruling
from kai.safety.selectors import NAMESPACE_NAME, matches_every, wanted
from kai.safety.table import load

NAMESPACES = frozenset(
    (
        *("kube-system", "kube-public", "kube-node-lease", "kube-flannel"),
        *("calico-system", "calico-apiserver", "tigera-operator", "gke-managed-system"),
    )
)
"""Namespaces that hold the cluster's own parts (source: kubeadm, the network add-ons, GKE)."""

CRITICAL = frozenset(
    (
        *("coredns", "kube-dns", "kube-proxy", "etcd", "kube-apiserver", "kube-scheduler"),
        *("kube-controller-manager", "cloud-controller-manager", "konnectivity-agent"),
        *("calico-node", "calico-typha", "calico-kube-controllers", "cilium", "cilium-operator"),
        *("aws-node", "kube-flannel-ds", "kindnet", "metrics-server", "cluster-autoscaler"),
        *("ingress-nginx-controller", "istiod", "cert-manager", "cert-manager-webhook"),
    )
)
"""Services the rest of a cluster depends on: name resolution, network, admission, scheduling."""

_FORBIDDEN = frozenset(("delete", "patch", "edit", "replace", "set"))
_RAISED = frozenset(("apply", "label", "annotate", "autoscale", "rollout"))
_DONE = {
    "delete": "deleted",
    "patch": "patched",
    "edit": "edited",
    "replace": "replaced",
    "set": "changed",
}


def is_system(namespace: str) -> bool:
    """Whether a namespace holds parts of the cluster itself."""
    return namespace in NAMESPACES or namespace.startswith("openshift-")


def system_namespaces(call: Call) -> Iterator[Ruling]:
    """In system namespaces nothing is deleted, patched, set or edited; other changes weigh more."""
    cell = load().commands.get(call.path)
    if call.verb not in _FORBIDDEN | _RAISED or cell is None or cell.tier is Tier.READ:
        return
    hit = [name for name in call.named("namespaces") if is_system(name)]
    if is_system(call.home) and not call.cluster_scoped:
        hit.append(call.home)
    hit += [name for name in _selected(call) if is_system(name)]
    if call.source is not None:
        hit += [name for name in _made(call.source) if is_system(name)]
    if hit and call.verb in _FORBIDDEN:
        message = f"nothing is {_DONE[call.verb]} in {hit[0]}: the cluster runs on it"
        yield call.ruling("K450", Tier.FORBIDDEN, message, "namespace")
    elif hit:
        yield call.ruling("K454", Tier.DESTRUCTIVE, f"the cluster runs on {hit[0]}", "namespace")
    elif call.everywhere and not call.cluster_scoped:
        yield from _everywhere(call)


def _selected(call: Call) -> frozenset[str]:
    """The namespaces that a selector asks for by name."""
    fields = call.invocation.value("field-selector")
    chosen = wanted(fields, "metadata.namespace")
    if "namespaces" in call.resources:
        chosen |= wanted(call.selector, NAMESPACE_NAME) | wanted(fields, "metadata.name")
    return chosen


def _made(source: Invocation) -> list[str]:
    """The namespace of the object a dry-run prints, or that namespace itself."""
    if source.path == ("create", "namespace"):
        return [word.value for word in source.args]
    return [source.value("namespace") or ""]


def _everywhere(call: Call) -> Iterator[Ruling]:
    if call.verb == "delete" and call.on("all"):
        message = "reaches into kube-system too: name the namespace"
        yield call.ruling("K450", Tier.FORBIDDEN, message, "all-namespaces")
    else:
        message = "may reach into kube-system too"
        yield call.ruling("K454", Tier.DESTRUCTIVE, message, "all-namespaces")


def all_of_a_kind(call: Call) -> Iterator[Ruling]:
    """All namespaces, all nodes, all roles at once is the end of a cluster."""
    if call.verb != "delete":
        return
    kinds = call.resources if call.on("all") else all_listed(call)
    if call.selector is not None:
        kinds |= {kind for kind in call.resources if matches_every(kind, call.selector)}
    fatal = kinds & {"namespaces", "nodes", "clusterroles", "clusterrolebindings"}
    fatal |= kinds & {"customresourcedefinitions", "apiservices"}
    if fatal:
        message = f"all {sorted(fatal)[0]} at once: the cluster does not survive it"
        yield call.ruling("K452", Tier.FORBIDDEN, message, "all")


_CHOOSING = frozenset(("grep", "head", "sed", "jq", "uniq", "wc", "base64"))
"""Filters that hand on a part of the lines only, or other ones."""


def all_listed(call: Call) -> frozenset[str]:
    """The kinds of which xargs gets every name: no name, selector or filter before it chooses."""
    before = call.pipeline.stages[0]
    if not call.invocation.via or not isinstance(before, Invocation) or before.path != ("get",):
        return frozenset()
    if before.value("selector") or before.value("field-selector"):
        return frozenset()
    for stage in call.pipeline.stages[1 : call.index]:
        if isinstance(stage, Filter) and _chooses(stage):
            return frozenset()
    targets = before.resources(call.catalogue)
    if any(target.name for target in targets):
        return frozenset()
    return frozenset(target.resource.plural for target in targets if target.resource)


def _chooses(stage: Filter) -> bool:
    if stage.program == "awk":
        return not stage.words[-1].value.lstrip().startswith("{")
    return stage.program in _CHOOSING
