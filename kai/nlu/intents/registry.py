"""Every intent, ordered by rank."""

from __future__ import annotations

from kai.nlu.intents import (
    Intent,
    apply,
    delete,
    get,
    labels,
    look,
    making,
    nodes,
    patch,
    rollout,
    scale,
    setters,
)

INTENTS: tuple[Intent, ...] = tuple(
    sorted(
        (
            *rollout.INTENTS,
            *scale.INTENTS,
            *labels.INTENTS,
            *nodes.INTENTS,
            *patch.INTENTS,
            *setters.INTENTS,
            *delete.INTENTS,
            *apply.INTENTS,
            *get.INTENTS,
            *look.INTENTS,
            *making.INTENTS,
        ),
        key=lambda intent: -intent.rank,
    )
)
