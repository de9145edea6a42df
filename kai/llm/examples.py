"""Commands that the user took before for similar requests: how they themselves say things.

Only what was taken or run, and ended well; only from the same kind of context (what was done in a
laboratory is no example for production); nothing that destroys; nothing that a secret was taken out
of. Where the journal is off there is nothing to take an example from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from kai.llm.cards import vocabulary
from kai.llm.words import alikeness, stems
from kai.model import Tier
from kai.redact import MARK, holds_secret

if TYPE_CHECKING:
    from kai.model import Ask

MOST = 2
LOOKED_AT = 500
"""The newest records that are compared."""
ALIKE = 0.3
"""The least share of what they say that two requests have in common."""

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


class Taken(Protocol):
    """What is read of a record of the journal; see `kai.journal.Record`."""

    @property
    def request(self) -> str:
        """What was asked."""
        ...

    @property
    def command(self) -> str | None:
        """What was offered."""
        ...

    @property
    def context(self) -> str | None:
        """The kubeconfig context it was asked in."""
        ...

    @property
    def taken(self) -> bool | None:
        """Whether the user took it."""
        ...

    @property
    def edited(self) -> str | None:
        """What they made of it."""
        ...

    @property
    def run_at(self) -> float | None:
        """When it was run, Unix time in seconds."""
        ...

    @property
    def exit_status(self) -> int | None:
        """How it ended."""
        ...


class Records(Protocol):
    """Where records are: `kai.journal.Journal`."""

    def taken(self, n: int) -> Sequence[Taken]:
        """Those of the last `n` records that were taken or run, newest first."""
        ...


def similar(
    ask: Ask, journal: Records, tier: Callable[[str], str], *, most: int = MOST
) -> tuple[Example, ...]:
    """The user's own examples nearest to a request, the nearest first.

    `tier` says how dangerous a command is (`kai.model.Tier`). Raises nothing.
    """
    asked = stems(ask.request)
    if not asked or most <= 0:
        return ()
    kind, telling = _kind(ask.context.context), vocabulary()
    scored: dict[Example, float] = {}
    for record in journal.taken(LOOKED_AT):
        example = _example(record)
        if example is None or example in scored or _kind(record.context) != kind:
            continue
        alike = alikeness(asked, stems(example.request), telling)
        if alike >= ALIKE:
            scored[example] = alike
    nearest: dict[str, Example] = {}
    for example in sorted(scored, key=lambda one: -scored[one]):
        if len(nearest) == most:
            break
        if example.request.lower() not in nearest and _is_good(example, tier):
            nearest[example.request.lower()] = example
    return tuple(nearest.values())


def _is_good(example: Example, tier: Callable[[str], str]) -> bool:
    harmless = tier(example.command) in (Tier.READ, Tier.WRITE)
    return harmless and not holds_secret(example.command)


def _example(record: Taken) -> Example | None:
    """What a record teaches; None where it was not taken, went wrong, or hides something."""
    ran = record.run_at is not None
    if not (record.taken or ran) or record.exit_status not in (None, 0):
        return None
    command = record.edited or record.command or ""
    if not command.startswith("kubectl ") or "\n" in command:
        return None
    if MARK in command or MARK in record.request:
        return None
    return Example(record.request, command)


@lru_cache(256)
def _kind(context: str | None) -> str:
    """What a context is for, by its name."""
    name = (context or "").lower()
    words = set(name.replace("_", "-").replace(".", "-").replace("/", "-").split("-"))
    for kind, signs in _KINDS:
        if words & set(signs):
            return kind
    return name
