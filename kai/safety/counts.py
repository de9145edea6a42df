"""How many objects one command names: a long list is more than a person checks at a glance."""

from __future__ import annotations

from collections.abc import Iterator

from kai.model import Tier
from kai.safety.call import Call, Ruling
from kai.safety.table import load


def objects(call: Call) -> Iterator[Ruling]:
    """More names than the limit: a write is confirmed, a deletion kai does not draft at all.

    A person who wrote the names out has chosen them; there it stays a matter of confirming.
    """
    cell = load().commands.get(call.path)
    if cell is None or cell.tier is Tier.READ:
        return
    named = {(target.type_word, target.name) for target in call.targets if target.name}
    if len(named) <= call.limits.max_objects:
        return
    deletes = cell.tier is Tier.DESTRUCTIVE
    tier = Tier.FORBIDDEN if deletes and call.drafted else Tier.DESTRUCTIVE
    message = (
        f"names {len(named)} objects, more than the limit of {call.limits.max_objects}"
        " (safety.max_objects in the config file)"
    )
    yield call.ruling("K461", tier, message)
