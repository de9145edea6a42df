"""A command as JSON, for servers that hold a model to a JSON schema, and back as a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kai.kubectl.words import quote

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """One command as it is offered: its words, flags with a value, flags without, and whether it
    takes a kind, names or other words, and another command behind `--`."""

    path: tuple[str, ...]
    valued: tuple[str, ...]
    switches: tuple[str, ...]
    kind: bool
    names: bool
    runs: bool


def document(rows: Iterable[Row], kinds: tuple[str, ...]) -> str:
    """A JSON schema of commands: `command_line` turns what follows it into a line."""
    alternatives: list[dict[str, Any]] = [_object({"verb": {"enum": [_NONE]}})]
    for row in rows:
        properties: dict[str, Any] = {"verb": {"enum": [" ".join(row.path)]}}
        if row.kind:
            properties["kind"] = {"$ref": "#/$defs/kind"}
        if row.names:
            properties["names"] = {"$ref": "#/$defs/words"}
        if row.valued:
            flag = _object({"name": {"enum": row.valued}, "value": {"$ref": "#/$defs/word"}})
            properties["flags"] = {"type": "array", "maxItems": 8, "items": flag}
        if row.switches:
            items = {"enum": row.switches}
            properties["switches"] = {"type": "array", "maxItems": 6, "items": items}
        if row.runs:
            properties["command"] = {"$ref": "#/$defs/words"}
        alternatives.append(_object(properties))
    word = {"type": "string", "minLength": 1, "maxLength": 200}
    words = {"type": "array", "maxItems": 16, "items": {"$ref": "#/$defs/word"}}
    schema = {
        "$defs": {"word": word, "words": words, "kind": {"enum": ["", *kinds]}},
        "anyOf": alternatives,
    }
    return json.dumps(schema, separators=(",", ":"))


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_KEYS = frozenset(("verb", "kind", "names", "flags", "switches", "command"))


def command_line(value: dict[str, Any]) -> str | None:
    """The line that an object of `schema` stands for; "" where it says that there is none.

    None: it is no such object. What it does not understand it does not leave out, because a line
    without it might do more than is meant.
    """
    verb = value.get("verb")
    if not isinstance(verb, str) or not _KEYS.issuperset(value):
        return None
    if verb.strip().lower() == _NONE:
        return ""
    kind, flags = value.get("kind") or "", value.get("flags") or []
    lists = [value.get(key) or [] for key in ("names", "switches", "command")]
    if not isinstance(kind, str) or not isinstance(flags, list) or not all(map(_strings, lists)):
        return None
    names, switches, command = lists
    words = ["kubectl", *verb.split(), *([kind] if kind else []), *names]
    for flag in flags:
        if not isinstance(flag, dict) or flag.keys() != {"name", "value"}:
            return None
        if not _strings(list(flag.values())):
            return None
        words.append(f"--{flag['name']}={flag['value']}")
    words.extend(f"--{name}" for name in switches)
    words.extend(["--", *command] if command else [])
    try:
        return " ".join(quote(word) for word in words)
    except ValueError:
        return None


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
