"""Every intent, ordered by rank."""

from __future__ import annotations

from kai.nlu.intents import (
    Intent,
    apply,
    delete,
    drain,
    get,
    get_questions,
    images,
    labels,
    look,
    making,
    nodes,
    patch,
    resources,
    rollout,
    rollout_questions,
    scale,
    scheduling,
    setters,
    special_labels,
    variables,
)

INTENTS: tuple[Intent, ...] = tuple(
    sorted(
        (
            *rollout.INTENTS,
            *rollout_questions.INTENTS,
            *scale.INTENTS,
            *labels.INTENTS,
            *nodes.INTENTS,
            *scheduling.INTENTS,
            *drain.INTENTS,
            *patch.INTENTS,
            *setters.INTENTS,
            *variables.INTENTS,
            *images.INTENTS,
            *resources.INTENTS,
            *special_labels.INTENTS,
            *delete.INTENTS,
            *apply.INTENTS,
            *get.INTENTS,
            *get_questions.INTENTS,
            *look.INTENTS,
            *making.INTENTS,
        ),
        key=lambda intent: -intent.rank,
    )
)
