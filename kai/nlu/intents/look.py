"""All intents that look closer, for the registry."""

from __future__ import annotations

from kai.nlu.intents import Intent, logs

INTENTS: tuple[Intent, ...] = (*logs.INTENTS,)
