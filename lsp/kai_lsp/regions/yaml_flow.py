"""The flow mappings of YAML: `{run: kubectl get pods, name: x}`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kai_lsp.regions.yaml_scalars import FLOW_BLANK, Scalar, flow_scalar

LONGEST = 4000
"""Characters of a mapping; a longer one may be one that is not closed yet."""
_DEEPEST = 20


class Pair(NamedTuple):
    """A key with a scalar or with the scalars of a sequence; `siblings` are all keys beside it."""

    key: str
    parent: str
    siblings: dict[str, str]
    items: tuple[Scalar, ...]
    listed: bool = False


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is not closed yet; `name` is the key that waits for its value."""

    sign: str
    key: str
    name: str | None = None
    siblings: dict[str, str] = field(default_factory=dict)
    items: list[Scalar] = field(default_factory=list)


def flow_map(text: str, at: int) -> tuple[list[Pair], int] | None:
    """The pairs of the mapping that begins at `at`, and where it ends; None: nothing closes it."""
    limit = min(len(text), at + LONGEST)
    pairs: list[Pair] = []
    stack: list[_Open] = []
    while at < limit:
        blank = FLOW_BLANK.match(text, at, limit)
        if blank and blank.end() > at:
            if stack and "," in blank.group():
                stack[-1].name = None
            at = blank.end()
            continue
        char = text[at]
        if char in "[{":
            stack.append(_Open(char, (stack[-1].name or stack[-1].key) if stack else ""))
            at += 1
            if len(stack) > _DEEPEST:
                return None
        elif char in "]}":
            pairs += _closed(stack)
            at += 1
            if not stack:
                return pairs, at
        elif char == ":":
            at += 1
        else:
            scalar = flow_scalar(text, at)
            pairs += _scalar(text, stack[-1], scalar)
            at = max(scalar.end, at + 1)
    return None


def _closed(stack: list[_Open]) -> Iterator[Pair]:
    done = stack.pop()
    if stack and done.sign == "[" and stack[-1].name is not None and done.items:
        outer = stack[-1]
        yield Pair(done.key, outer.key, outer.siblings, tuple(done.items), listed=True)
    if stack:
        stack[-1].name = None


def _scalar(text: str, inside: _Open, scalar: Scalar) -> Iterator[Pair]:
    raw = text[scalar.start : scalar.end]
    if inside.sign == "[":
        inside.items.append(scalar)
    elif inside.name is None:
        inside.name = raw.strip("\"' \t")
    else:
        inside.siblings[inside.name] = raw
        yield Pair(inside.name, inside.key, inside.siblings, (scalar,))
        inside.name = None
