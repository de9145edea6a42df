"""Which guards can speak against an intent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from kai.nlu import guards
from kai.nlu.asking import asks_for_advice, only_exists
from kai.nlu.intents import Intent
from kai.nlu.meant import not_meant
from kai.nlu.newness import makes_new
from kai.nlu.once import Guard

_REACHING_IN = frozenset({"exec", "cp", "attach", "debug", "port-forward"})
"""Intents that show something too: "get output from running date in web-0"."""
_CHANGING = ("set ", "delete", "patch", "label", "replace")


@cache
def guarded() -> tuple[tuple[Intent, tuple[Guard, ...]], ...]:
    """Every intent in order of rank, with the guards of which none may hold for its requests."""
    from kai.nlu.intents.registry import INTENTS

    return tuple((intent, tuple(_guards(intent))) for intent in INTENTS)


def _guards(intent: Intent) -> Iterator[Guard]:
    name = intent.name
    if not (intent.reads or intent.enters or name in _REACHING_IN):
        yield _asks_to_see(name)
    if name.startswith("create"):
        yield guards.takes_out_old
    elif name.startswith(_CHANGING):
        yield guards.takes_out
    yield from makes_new(name)
    yield from not_meant(name)
    if name == "auth can-i":
        yield only_exists
    if name == "set env":
        yield guards.wants_key
    if name == "get":
        yield guards.commands_change
        yield asks_for_advice


def _asks_to_see(name: str) -> Guard:
    if name.startswith("patch"):
        return guards.asks_for_no_patch
    return guards.asks_to_see_new if name.startswith("create") else guards.asks_to_see
