"""What a selector matches, as far as its text tells."""

from __future__ import annotations

import re

from kai.kubectl.canonical_values import split_outside

_ON_EVERY_NODE = re.compile(
    r"(?:beta\.)?kubernetes\.io/(?:os|arch|hostname)"
    r"(?:\s*==?\s*linux|\s+in\s*\([^)]*\blinux\b[^)]*\))?"
)
"""Labels the kubelet itself puts on every node (source: k8s.io/api/core/v1/well_known_labels.go)."""
_NEGATED = re.compile(
    r"!\s*\S+|[^\s=!]+\s*!=.*|\S+\s+notin\s*\(.*|(?:beta\.)?kubernetes\.io/(?:os|arch)\b.*"
)
_TERM = re.compile(r"([^\s=!]+)\s*(?:==?\s*(\S+)|\s+in\s*\(([^)]*)\))")
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label with its name that the API server puts on every namespace."""


def _terms(selector: str) -> list[str]:
    return [" ".join(term.split()) for term in split_outside(selector)]


def matches_nearly_all(selector: str) -> bool:
    """Whether every term only says what a thing is not: `!x` matches all that lack x (measured)."""
    return all(_NEGATED.fullmatch(term) for term in _terms(selector))


def matches_every_node(selector: str) -> bool:
    """Whether every node matches, as far as the text tells."""
    terms = _terms(selector)
    return bool(terms) and all(_ON_EVERY_NODE.fullmatch(term) for term in terms)


def matches_every(kind: str, selector: str) -> bool:
    """Whether every object of a kind matches, by the labels that all of them have."""
    if kind == "nodes":
        return matches_every_node(selector)
    return kind == "namespaces" and selector.strip() == NAMESPACE_NAME


def wanted(selector: str | None, *keys: str) -> frozenset[str]:
    """The values a selector asks for, of these keys or, without any, of all: `a=x`, `a in (x,y)`."""
    found: set[str] = set()
    for term in _terms(selector or ""):
        match = _TERM.fullmatch(term)
        if match and (not keys or match[1] in keys):
            listed = match[3].split(",") if match[3] is not None else [match[2]]
            found.update(value.strip() for value in listed)
    return frozenset(found)
