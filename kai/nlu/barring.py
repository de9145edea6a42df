"""Which guards can speak against an intent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from kai.nlu import guards
from kai.nlu.asking import asks_for_advice, only_exists
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.meant import not_meant
from kai.nlu.newness import APPLYING, applies_file, makes_new
from kai.nlu.once import Guard

_REACHING_IN = frozenset({"exec", "cp", "attach", "debug", "port-forward"})
"""Intents that show something too: "get output from running date in web-0"."""
_CHANGING = ("set ", "delete", "patch", "label", "replace")


Guarded = tuple[tuple[Intent, tuple[Guard, ...]], ...]
"""Intents in order of rank, with the guards of which none may hold for their requests."""


def intents_for(frame: Frame) -> Guarded:
    """The intents that can read the request."""
    return _applying() if applies_file(frame) else _all()


@cache
def _all() -> Guarded:
    from kai.nlu.intents.registry import INTENTS

    return tuple((intent, tuple(_guards(intent))) for intent in INTENTS)


@cache
def _applying() -> Guarded:
    return tuple((intent, guards) for intent, guards in _all() if intent.name in APPLYING)


def barred(guards: tuple[Guard, ...], frame: Frame) -> bool:
    """Whether one of the guards holds."""
    for guard in guards:  # noqa: SIM110 - any() with its generator takes three times as long
        if guard(frame):
            return True
    return False


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
