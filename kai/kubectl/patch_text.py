"""A patch or an override as one value: judged and explained from the same reading."""

from __future__ import annotations

import json
from typing import Any


class Unreadable(ValueError):
    """The text is no patch that kubectl would read in one way only."""


def parse(text: str) -> Any:
    """A patch in JSON or YAML.

    Raises:
        Unreadable: malformed, a key stands twice, or it is nested without end.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        pass
    from kai.kubectl.yaml_text import parse_yaml  # late: PyYAML is slow to load

    try:
        return parse_yaml(text)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise Unreadable("a key stands twice")
    return table


def _no_constant(name: str) -> Any:
    raise Unreadable(f"{name} is no JSON")
