"""All intents that look closer, for the registry."""

from __future__ import annotations

from kai.nlu.intents import Intent, execute, logs

INTENTS: tuple[Intent, ...] = (*logs.INTENTS, *execute.INTENTS)
