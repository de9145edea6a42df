"""YAML as kubectl reads it: one document, no key twice. Loaded late, for PyYAML is slow to load."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from kai.config.yaml_keys import refuse_doubled

_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc, valid-type]  # one of two classes, chosen above
    """Safe YAML without doubled keys and without aliases, which can grow without end."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        refuse_doubled(node)
        return dict(super().construct_mapping(node, deep=deep))


def parse_yaml(text: str) -> Any:
    """The one document in `text`.

    Raises:
        ValueError: it is not YAML, has aliases, a key twice, or more than one document.
    """
    if any(isinstance(token, yaml.AliasToken) for token in _tokens(text)):
        raise ValueError("aliases are not read")
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        raise ValueError("not JSON and not YAML") from None


def _tokens(text: str) -> list[yaml.Token]:
    try:
        return list(yaml.scan(text, _Base))
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ValueError("not JSON and not YAML") from None
