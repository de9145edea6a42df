"""Properties of objects: where each stands in the API object, kind by kind (data/fields.json)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from kai.errors import TableError

_DATA = Path(__file__).parent / "data"
WORKLOAD_SPEC = {
    "pods": ".spec",
    "deployments": ".spec.template.spec",
    "statefulsets": ".spec.template.spec",
    "daemonsets": ".spec.template.spec",
    "replicasets": ".spec.template.spec",
    "replicationcontrollers": ".spec.template.spec",
    "jobs": ".spec.template.spec",
    "cronjobs": ".spec.jobTemplate.spec.template.spec",
}
"""Where each kind keeps its pod specification (Kubernetes API reference, workloads)."""


@lru_cache(maxsize=2)
def table(name: str) -> dict[str, dict[str, Any]]:
    """A JSON table of the lexicon's data folder.

    Raises:
        TableError: the file is missing or damaged.
    """
    try:
        loaded: dict[str, dict[str, Any]] = json.loads((_DATA / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"kai's table {name} cannot be read ({error}): reinstall kai") from error
    return loaded


def path(attribute: str, kind: str) -> str | None:
    """JSONPath of an attribute from the object's root, None where the kind has no such thing."""
    field = table("fields.json").get(attribute)
    if field is None:
        return None
    found = field.get(kind)
    if found is None and "podspec" in field and kind in WORKLOAD_SPEC:
        found = WORKLOAD_SPEC[kind] + field["podspec"]
    if found is None and "workload" in field and kind in WORKLOAD_SPEC and kind != "pods":
        found = field["workload"]
    return found or field.get("*")


def paths(attribute: str, kind: str) -> list[str | None]:
    """The paths that print an attribute of one object: several where it is two things at once."""
    field = table("fields.json").get(attribute, {})
    parts = field["columns"] if "spread" in field else [attribute]
    return [path(part, kind) for part in parts]


def columns(attribute: str, kind: str) -> list[tuple[str, str]]:
    """(header, path) of the columns an attribute is shown in; several for "requests and limits"."""
    field = table("fields.json").get(attribute)
    if field is None:
        return []  # the keys of a secret have no path of their own
    found = []
    for part in field.get("columns", [attribute]):
        where = path(part, kind)
        if where is not None:
            found.append((table("fields.json")[part]["header"], where))
    return found


def label(attribute: str) -> str | None:
    """The well-known label an attribute is read from, None where it is none."""
    field = table("fields.json").get(attribute, {})
    return field.get("label")


def sort_path(attribute: str, kind: str) -> str | None:
    """The path to sort by: the first element where the attribute is a list."""
    if attribute == "name":
        return ".metadata.name"
    found = path(attribute, kind)
    if found is None or "?(" in found or "}" in found:
        return None
    return found.replace("[*]", "[0]")


def state(kind: str, name: str) -> dict[str, str] | None:
    """How objects of a kind in a state are found: field selector, grep, awk, jq or label."""
    return table("states.json").get(kind, {}).get(name)
