"""Every intent, ordered by rank."""

from __future__ import annotations

from kai.nlu.intents import Intent, rollout

INTENTS: tuple[Intent, ...] = tuple(sorted((*rollout.INTENTS,), key=lambda intent: -intent.rank))
