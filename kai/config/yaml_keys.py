"""The one check that every YAML reader of kai adds: no key twice. Loaded late, with PyYAML."""

from __future__ import annotations

import yaml


def refuse_doubled(node: yaml.MappingNode) -> None:
    """Raise `yaml.constructor.ConstructorError`, marked, where a plain key of a mapping stands twice.

    Keys that are no scalars are left to PyYAML, which refuses those it cannot hash.
    """
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in seen:
            said = f"the key {key.value} stands twice"
            raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
        seen.add(key.value)
