"""Every intent, ordered by rank."""

from __future__ import annotations

from kai.nlu.intents import Intent, get, rollout

INTENTS: tuple[Intent, ...] = tuple(
    sorted((*rollout.INTENTS, *get.INTENTS), key=lambda intent: -intent.rank)
)
