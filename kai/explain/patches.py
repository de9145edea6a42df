"""Which fields a patch sets or removes, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kai.kubectl.patch_text import Unreadable, parse

MOST = 12
"""Changes that are told one by one."""

_DEEPEST = 40
_KEYS = ("name", "containerPort", "mountPath", "key", "type", "port", "ip", "uid", "topologyKey")
"""Fields that merged lists are keyed by (source: x-kubernetes-patch-merge-key of the API types)."""

_DIRECTIVES = {
    "delete": "removes {}",
    "replace": "replaces all of {}",
    "merge": "merges {}",
}


def changes(text: str, kind: str) -> tuple[str, ...] | None:
    """What the patch does, field by field; None: it cannot be read.

    `kind` is "strategic", "merge", "json" (RFC 6902) or "override".
    """
    try:
        content = parse(text)
    except Unreadable:
        return None
    if isinstance(content, dict) and kind != "json":
        told = _merged(content, "", kind == "strategic", 0)
    elif isinstance(content, list) and kind in ("json", "override"):
        told = (_operation(item) for item in content)
    else:
        return None
    try:
        found = list(told)
    except (ValueError, RecursionError):
        return None
    more = len(found) - MOST
    return (*found[:MOST], f"and {more} more changes") if more > 0 else tuple(found)


def _merged(content: dict[Any, Any], path: str, strategic: bool, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError(path)
    if not content:
        yield f"leaves {path or 'the object'} as it is"
    for key, value in content.items():
        name = str(key)
        here = f"{path}.{_name(name)}" if path else _name(name)
        if name == "$patch":
            yield _DIRECTIVES.get(str(value), f"$patch {value}: {{}}").format(path or "the object")
        elif name.startswith("$"):
            directive, _, field = name[1:].partition("/")
            yield f"{_spaced(directive)} {f'of {field}: ' if field else ''}{_short(value)}"
        elif value is None:
            yield f"removes {here}"
        elif isinstance(value, dict) and value:
            yield from _merged(value, here, strategic, depth + 1)
        elif isinstance(value, list):
            yield from _listed(value, here, strategic, depth + 1)
        else:
            yield f"sets {here} to {_short(value)}"


def _listed(items: list[Any], path: str, strategic: bool, depth: int) -> Iterator[str]:
    if not strategic:
        yield f"replaces the list {path} by {_short(items)}"
        return
    for item in items:
        key = next((key for key in _KEYS if key in item), "") if isinstance(item, dict) else ""
        if not key:
            yield f"sets an element of {path} to {_short(item)}"
            continue
        rest = {name: value for name, value in item.items() if name != key}
        here = f"{path}[{key}={item[key]}]"
        if rest:
            yield from _merged(rest, here, strategic, depth + 1)
        else:
            yield f"sees to it that there is {here}"
    if not items:
        yield f"gives an empty list for {path}"


def _operation(item: Any) -> str:
    """One operation of a JSON patch."""
    if not isinstance(item, dict) or not isinstance(item.get("path"), str):
        raise ValueError(item)
    where, value = _pointer(item["path"]), _short(item.get("value"))
    added = f"inserts {value} at {where}" if where.endswith("]") else f"sets {where} to {value}"
    source = _pointer(str(item.get("from", "")))
    said = {
        "add": added,
        "replace": f"sets {where} to {value}",
        "remove": f"removes {where}",
        "move": f"moves {source} to {where}",
        "copy": f"copies {source} to {where}",
        "test": f"goes on only if {where} is {value}",
    }.get(str(item.get("op")))
    if said is None:
        raise ValueError(item)
    if item["op"] == "add" and item["path"].endswith("/-"):
        return f"adds {value} at the end of {_pointer(item['path'][:-2])}"
    return said


def _pointer(text: str) -> str:
    path = ""
    for part in text.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        path += f"[{name}]" if name.isdecimal() else f".{_name(name)}" if path else _name(name)
    return path or "the whole object"


def _name(key: str) -> str:
    return f"'{key}'" if "." in key or " " in key or not key else key


def _spaced(name: str) -> str:
    return "".join(f" {char.lower()}" if char.isupper() else char for char in name)


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value or "an empty text"
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
