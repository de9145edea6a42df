"""Commands that the user took before for similar requests: how they themselves say things.

Only what was taken or run, and ended well; only from the same kind of context (what was done in a
laboratory is no example for production); nothing that destroys; nothing that a secret was taken out
of. Where the journal is off there is nothing to take an example from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kai.llm.words import alikeness, stems
from kai.model import Tier
from kai.redact import MARK, holds_secret

if TYPE_CHECKING:
    from kai.journal import Journal, Record
    from kai.model import Ask

MOST = 2
LOOKED_AT = 500
"""The newest records that are compared: about 2 ms."""
ALIKE = 0.3
"""The least share of words that two requests have in common."""

_KINDS = (
    ("production", ("prod", "production", "prd", "live")),
    ("staging", ("staging", "stage", "stg", "uat", "preprod", "qa", "test")),
    ("development", ("dev", "development", "sandbox", "lab", "preview")),
    ("local", ("kind", "minikube", "k3d", "docker", "desktop", "rancher", "colima", "orbstack")),
)
"""Words in the name of a context that say what it is for; the first that fits. Contexts without
such a word are of a kind each of their own."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request and the command that its user took for it."""

    request: str
    command: str


def similar(
    ask: Ask, journal: Journal, tier: Callable[[str], str], *, most: int = MOST
) -> tuple[Example, ...]:
    """The user's own examples nearest to a request, the nearest first.

    `tier` says how dangerous a command is (`kai.model.Tier`). Raises nothing.
    """
    asked = stems(ask.request)
    if not asked or most <= 0:
        return ()
    kind = _kind(ask.context.context)
    scored: dict[Example, float] = {}
    for record in journal.recent(LOOKED_AT):
        example = _example(record)
        if example is None or example in scored or _kind(record.context) != kind:
            continue
        alike = alikeness(asked, stems(example.request))
        if alike >= ALIKE:
            scored[example] = alike
    nearest: list[Example] = []
    for example in sorted(scored, key=lambda one: -scored[one]):
        told = {one.request.lower() for one in nearest}
        if example.request.lower() not in told and tier(example.command) in _HARMLESS:
            nearest.append(example)
        if len(nearest) == most:
            break
    return tuple(nearest)


_HARMLESS = (Tier.READ, Tier.WRITE)


def _example(record: Record) -> Example | None:
    """What a record teaches; None where it was not taken, went wrong, or hides something."""
    ran = record.run_at is not None
    if not (record.taken or ran) or record.exit_status not in (None, 0):
        return None
    command = record.edited or record.command or ""
    if not command.startswith("kubectl ") or "\n" in command:
        return None
    if MARK in command or MARK in record.request or holds_secret(command):
        return None
    return Example(record.request, command)


def _kind(context: str | None) -> str:
    """What a context is for, by its name."""
    name = (context or "").lower()
    words = set(name.replace("_", "-").replace(".", "-").replace("/", "-").split("-"))
    for kind, signs in _KINDS:
        if words & set(signs):
            return kind
    return name
