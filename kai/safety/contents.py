"""What a patch or an override says: parsed, never searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kai.kubectl.govalues import go_int
from kai.kubectl.patch_text import Unreadable, parse
from kai.model import Tier
from kai.safety.call import Call, Ruling
from kai.safety.scaling import of_number

_DEPTH = 40
_RBAC = frozenset(("clusterroles", "clusterrolebindings", "roles", "rolebindings"))
_BUDGETS = {"minAvailable": (0, "0", "0%"), "maxUnavailable": ("100%",)}
_POWERS = {
    "privileged": "gives the container the rights of its node",
    "hostNetwork": "uses the node's network",
    "hostPID": "sees the node's processes",
    "hostIPC": "sees the node's memory",
    "allowPrivilegeEscalation": "lets programs gain rights",
}
_DANGEROUS = {
    "finalizers": "changes what must happen before a deletion is done",
    "ownerReferences": "changes what is deleted with what",
    "claimRef": "changes whose data a volume holds",
    "hostPath": "gives the container files of its node",
    "capabilities": "gives the container rights of the kernel",
    "webhooks": "changes what the API accepts",
    "caBundle": "changes whom the API trusts",
    "conversion": "changes how the API stores objects",
    "aggregationRule": "takes over the rules of other roles",
    "activeDeadlineSeconds": "ends what runs after a time",
    "ttlSecondsAfterFinished": "deletes what has finished",
}
_LOSES_DATA = frozenset(
    ("persistentVolumeReclaimPolicy", "reclaimPolicy", "whenDeleted", "whenScaled")
)
"""Fields that say what becomes of the data; anything but Retain gives it up."""
_TO_NONE = frozenset(("replicas", "maxReplicas", "parallelism"))
_MARKS = ("metadata", "labels"), ("metadata", "annotations")


def contents(call: Call) -> Iterator[Ruling]:
    """The rules for --patch and --overrides."""
    for flag in ("patch", "overrides"):
        text = call.invocation.value(flag)
        if text is None or flag not in call.invocation.command.flags:
            continue
        try:
            yield from _judged(call, parse(text), flag)
        except Unreadable as error:
            message = f"the content cannot be read ({error})"
            yield call.ruling("K435", Tier.FORBIDDEN, message, flag)


def _judged(call: Call, content: Any, flag: str) -> Iterator[Ruling]:
    if isinstance(content, dict):
        yield from _merged(call, content, (), flag)
    elif isinstance(content, list):
        for operation in content:
            yield from _operation(call, operation, flag)
    else:
        raise Unreadable("neither a mapping nor a list of operations")


def _operation(call: Call, operation: Any, flag: str) -> Iterator[Ruling]:
    """One operation of a JSON patch (RFC 6902)."""
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise Unreadable("an operation without a path")
    name = operation.get("op")
    path = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
    if name in ("remove", "move"):
        gone = path if name == "remove" else str(operation.get("from", "")).split("/")[1:]
        if tuple(gone[:2]) not in _MARKS or len(gone) < 3:
            message = f"removes {'.'.join(gone) or 'everything'}"
            yield call.ruling("K434", Tier.DESTRUCTIVE, message, flag)
    if name in ("add", "replace"):
        if not path:
            yield call.ruling("K434", Tier.DESTRUCTIVE, "replaces the whole object", flag)
        value = operation.get("value")
        for part in reversed(path):
            value = {part: value}
        if isinstance(value, dict):
            yield from _merged(call, value, (), flag)
    elif name in ("copy", "move"):
        yield from _field(call, path[-1] if path else "", None, tuple(path[:-1]), flag)
    elif name not in ("remove", "test"):
        raise Unreadable("an operation JSON patch does not have")


def _merged(
    call: Call, content: dict[Any, Any], above: tuple[str, ...], flag: str
) -> Iterator[Ruling]:
    if len(above) > _DEPTH:
        raise Unreadable("nested too deeply")
    for key, value in content.items():
        name = str(key)
        here = (*above, name)
        if name.startswith("$"):
            message = f"{name} removes or replaces what is there"
            yield call.ruling("K434", Tier.DESTRUCTIVE, message, flag)
        elif value is None and flag == "patch" and above[:2] not in _MARKS:
            yield call.ruling("K434", Tier.DESTRUCTIVE, f"removes {'.'.join(here)}", flag)
        yield from _field(call, name, value, above, flag)
        if isinstance(value, dict):
            yield from _merged(call, value, here, flag)
        elif isinstance(value, list):
            yield from _listed(call, value, here, flag)


def _listed(
    call: Call, items: Sequence[Any], above: tuple[str, ...], flag: str
) -> Iterator[Ruling]:
    if len(above) > _DEPTH:
        raise Unreadable("nested too deeply")
    if not items and flag == "patch":
        yield call.ruling("K434", Tier.DESTRUCTIVE, f"empties {'.'.join(above)}", flag)
    for item in items:
        if isinstance(item, dict):
            yield from _merged(call, item, above, flag)
        elif isinstance(item, list):
            yield from _listed(call, item, (*above, "[]"), flag)


def _field(
    call: Call, name: str, value: Any, above: tuple[str, ...], flag: str
) -> Iterator[Ruling]:
    """One field that is known to matter."""
    if name in _DANGEROUS:
        yield call.ruling("K434", Tier.DESTRUCTIVE, _DANGEROUS[name], flag)
    if name in _POWERS and value is not False:
        yield call.ruling("K440", Tier.DESTRUCTIVE, _POWERS[name], flag)
    if name in _LOSES_DATA and value != "Retain":
        message = "the data goes when the claim goes"
        yield call.ruling("K439", Tier.DESTRUCTIVE, message, flag)
    if name in _BUDGETS and "poddisruptionbudgets" in call.resources and value in _BUDGETS[name]:
        message = "no longer keeps any pod from being evicted"
        yield call.ruling("K434", Tier.DESTRUCTIVE, message, flag)
    if name == "effect" and value == "NoExecute":
        yield call.ruling("K436", Tier.DESTRUCTIVE, "NoExecute evicts what runs there", flag)
    if name == "runAsUser" and value == 0:
        yield call.ruling("K440", Tier.DESTRUCTIVE, "runs as root", flag)
    if name in _TO_NONE and "metadata" not in above:
        number = value if isinstance(value, int) else go_int(str(value)) if value else 0
        if number is None:
            message = f"{name} cannot be read"
            yield call.ruling("K430", Tier.DESTRUCTIVE, message, flag)
        else:
            yield from of_number(call, int(number), flag)
    if call.resources & _RBAC and name not in ("labels", "annotations"):
        yield from _rights(call, name, value, above, flag)


def _rights(
    call: Call, name: str, value: Any, above: tuple[str, ...], flag: str
) -> Iterator[Ruling]:
    if above[:1] == ("metadata",):
        return
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    for text in texts:
        if not isinstance(text, str):
            continue
        if text in ("*", "cluster-admin", "escalate", "bind", "impersonate"):
            message = "gives somebody every right, or the right to take it"
            yield call.ruling("K453", Tier.FORBIDDEN, message, flag)
        elif text.startswith("system:") and not text.startswith("system:serviceaccount:"):
            message = f"{text} stands for the system itself or for everybody"
            yield call.ruling("K453", Tier.FORBIDDEN, message, flag)
    if name == "rules":
        yield call.ruling("K453", Tier.DESTRUCTIVE, "replaces the rules of a role", flag)
