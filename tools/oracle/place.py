"""The server that made-up lines meet: an API server that is not real, with something of most kinds."""

from __future__ import annotations

import json
from typing import Any

from bench._differential import OBJECTS
from kai.kubectl.resources import Resource, builtin
from tests.fake_api_server import TOKEN, FakeApiServer, an_object

SECRET = "aGlkZGVuLWluLWEtc2VjcmV0"  # noqa: S105 - made up
SECRETS = (SECRET, "hidden-in-a-secret", TOKEN)
"""What the secret on the server holds, as it is and decoded, and what the kubeconfig signs in with:
printed by nothing that is judged `read`."""
_READ = frozenset(("get", "list"))
_METRICS = tuple(
    Resource(plural, "", (), kind, "metrics.k8s.io", "v1beta1", ("v1beta1",), namespaced, _READ)
    for plural, kind, namespaced in (("nodes", "NodeMetrics", False), ("pods", "PodMetrics", True))
)
_PLAIN = {
    "metadata": {"labels": {"app": "api"}},
    "spec": {"containers": [{"name": "app", "image": "nginx"}]},
}
_USED = {"cpu": "10m", "memory": "10Mi"}


def _measured(kind: str, name: str, **more: Any) -> dict[str, Any]:
    head = {"apiVersion": "metrics.k8s.io/v1beta1", "kind": kind, "window": "10s"}
    return {**head, "timestamp": "2026-01-31T08:00:00Z", "metadata": {"name": name, **more}}


def _replica_set(revision: int) -> dict[str, Any]:
    """One revision of the deployment `web`, so that there is something to go back to."""
    template = {
        "metadata": {"labels": {"app": "web", "pod-template-hash": f"h{revision}"}},
        "spec": {"containers": [{"name": "app", "image": f"nginx:{revision}"}]},
    }
    made = an_object(
        "replicasets", f"web-{revision}", "default", spec={"template": template, "replicas": 1}
    )
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    made["metadata"].update(
        labels={"app": "web"},
        annotations={"deployment.kubernetes.io/revision": str(revision)},
        ownerReferences=[{**owner, "uid": "uid-deployments-web", "controller": True}],
    )
    return made


def _applied(thing: dict[str, Any]) -> dict[str, Any]:
    """An object as `apply` leaves it: with a copy of itself in an annotation."""
    copy = {**thing, "metadata": {"name": thing["metadata"]["name"], "namespace": "default"}}
    note = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(copy)}
    return {**thing, "metadata": {**thing["metadata"], "annotations": note}}


def _filled(thing: dict[str, Any]) -> dict[str, Any]:
    """What a real server fills in, and without which kubectl falls over or goes no further."""
    spec = thing.get("spec", {})
    if thing["kind"] == "Pod":
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-2", "uid": "u"}
        owners = [{**owner, "controller": True}]
        return {**thing, "metadata": {**thing["metadata"], "ownerReferences": owners}}
    if "template" not in spec:
        return thing
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
    filled = {**thing, "spec": {"replicas": 2, "strategy": rolling, **spec}}
    return _applied(filled) if thing["kind"] == "Deployment" else filled


def _objects() -> list[dict[str, Any]]:
    job = {"template": {"spec": {"containers": [{"name": "app", "image": "busybox"}]}}}
    return [
        *map(_filled, OBJECTS),
        _replica_set(1),
        _replica_set(2),
        an_object("cronjobs", "web", "default", spec={"jobTemplate": {"spec": job}}),
        _applied(an_object("secrets", "web", "default", data={"a": SECRET})),
        an_object("nodes", "node-2", spec={"unschedulable": True}),
        an_object(
            "deployments",
            "api",
            "default",
            spec={"template": _PLAIN, "replicas": 1, "paused": True},
        ),
        an_object("serviceaccounts", "web", "default"),
        an_object("namespaces", "default"),
        an_object("namespaces", "prod"),
        an_object("certificatesigningrequests", "csr-1", spec={"request": "eA=="}),
        {**_measured("NodeMetrics", "n1"), "usage": _USED},
        {
            **_measured("PodMetrics", "web", namespace="default"),
            "containers": [{"name": "app", "usage": _USED}],
        },
    ]


def made_up() -> FakeApiServer:
    """Such a server, not yet running."""
    return FakeApiServer(_objects(), (*builtin().all, *_METRICS), schemas=True)
