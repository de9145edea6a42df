"""All intents that look closer, for the registry."""

from __future__ import annotations

from kai.nlu.intents import (
    Intent,
    attach,
    copy,
    debug,
    describe,
    event_counts,
    events,
    execute,
    explain,
    forward,
    logs,
    top,
)

INTENTS: tuple[Intent, ...] = (
    *logs.INTENTS,
    *execute.INTENTS,
    *attach.INTENTS,
    *copy.INTENTS,
    *forward.INTENTS,
    *top.INTENTS,
    *event_counts.INTENTS,
    *events.INTENTS,
    *explain.INTENTS,
    *describe.INTENTS,
    *debug.INTENTS,
)
