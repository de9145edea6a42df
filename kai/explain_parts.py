"""Parts of an explanation: objects, selectors, output formats, conditions, filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kai.kubectl.grammar import Word
    from kai.kubectl.resources import Resource
    from kai.kubectl.targets import ResourceArg

_OUTPUTS = {
    "json": "as JSON",
    "yaml": "as YAML",
    "kyaml": "as KYAML",
    "wide": "with more columns",
    "name": "names only",
}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def kind_name(resource: Resource, *, plural: bool = False) -> str:
    """The kind as people say it: "network policies" for NetworkPolicy."""
    words = _HUMP.sub(" ", resource.kind).split()
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    if not plural:
        return text
    kind = resource.kind.lower()
    if kind == resource.plural:
        return text
    if resource.plural == kind[:-1] + "ies":
        return text[:-1] + "ies"
    ending = resource.plural[len(kind) :] if resource.plural.startswith(kind) else "s"
    return text + ending


def objects(resources: Sequence[ResourceArg], *, every: bool = False) -> str:
    """What a call is about: "pods", "the deployment web", "the pods a and b and the service c"."""
    names: dict[str, list[str]] = {}
    for item in resources:
        names.setdefault(_key(item), [])
        if item.name is not None:
            names[_key(item)].append(item.name)
    first = {_key(item): item for item in reversed(resources)}
    parts = []
    for key, found in names.items():
        if found:
            parts.append(f"the {_type(first[key], plural=len(found) > 1)} {listed(found)}")
        else:
            parts.append(("all " if every else "") + _type(first[key], plural=True))
    return listed(parts)


def _key(item: ResourceArg) -> str:
    return item.resource.qualified if item.resource else item.type_word


def _type(item: ResourceArg, *, plural: bool) -> str:
    if item.resource is not None:
        return kind_name(item.resource, plural=plural)
    if item.type_word == "all":
        return "the common workloads and services"
    return item.type_word or ("pods" if plural else "pod")


def selected(labels: str | None, fields: str | None) -> str:
    """ " with the labels app=web whose status.phase is not Running", or ""."""
    text = ""
    if labels:
        text += f" labelled {labels}"
    if fields:
        terms = [_term(term) for term in fields.split(",") if term]
        text += f" whose {listed(terms)}"
    return text


def _term(term: str) -> str:
    match = re.match(r"([^=!]+)(!=|==|=)(.*)", term, re.DOTALL)
    if match is None:
        return term
    field, operator, value = match.groups()
    return f"{field} is {'not ' if operator == '!=' else ''}{value or 'empty'}"


def output(value: str) -> str:
    """What `--output` shows."""
    kind, _, detail = value.partition("=")
    if not detail:
        return _OUTPUTS.get(value, f"as {value}")
    if kind.startswith("jsonpath"):
        return f"only the fields {detail}"
    if kind == "custom-columns":
        columns = [column.partition(":")[0] for column in detail.split(",")]
        return f"in the column{'s' if len(columns) > 1 else ''} {listed(columns)}"
    return f"formatted by {detail}"


def until(condition: str, *, plural: bool) -> str:
    """The condition of `kubectl wait --for`, as the end of "until the pod web ..."."""
    verb, has, end = ("are", "have", "exist") if plural else ("is", "has", "exists")
    kind, _, detail = condition.partition("=")
    if kind.lower() == "delete":
        return f"{verb} gone"
    if kind.lower() == "create":
        return end
    field, _, value = detail.partition("=")
    if kind.lower() == "condition":
        return f"{verb} not {field}" if value.lower() == "false" else f"{verb} {field}"
    if not field:
        return f"{verb} ready"
    return f"{has} {value} in {field}" if value else f"{has} {field}"


def filtered(words: Sequence[Word]) -> str:
    """What a filter behind a pipe does to the output."""
    program, *rest = (word.value for word in words)
    line = " ".join(word.raw for word in words)
    options = "".join(word.lstrip("-") for word in rest if re.fullmatch(r"-[a-zA-Z]+", word))
    plain = [word for word in rest if not word.startswith("-")]
    number = next((digits[0] for word in rest if (digits := re.findall(r"\d+", word))), "10")
    if program == "grep" and len(plain) == 1:
        verb = "counts" if "c" in options else "keeps"
        match = "do not match" if "v" in options else "match"
        case = " in any case" if "i" in options else ""
        return f"Then {verb} the lines that {match} {plain[0]}{case}."
    if program in ("head", "tail") and "+" not in line and "c" not in options:
        return f"Then keeps the {'first' if program == 'head' else 'last'} {number} lines."
    if program == "wc" and options == "l":
        return "Then counts the lines."
    if program == "sort" and not plain:
        return "Then sorts the lines."
    if program == "uniq" and not plain:
        return "Then drops repeated lines." if "c" not in options else "Then counts repeated lines."
    return f"The output then goes through `{line}`."
