"""What the server calls its actions and commands: the words that editors' plugins know."""

from __future__ import annotations

KIND = "quickfix.kai"
"""Our own sub-kind: never run on save, never preferred."""

GENERATE, GENERATE_ALL, EXPLAIN, SAY = "kai.generate", "kai.generateAll", "kai.explain", "kai.say"
APPLY, EDIT, TAKEN = "kai.apply", "kai.edit", "kai.taken"

STATUS, STATUS_CHANGED = "kai/status", "kai/statusChanged"
"""A request and a notification of our own (docs/editors.md)."""

TRIGGERS = (" ", "-", "=", "/")
"""Characters behind which there may be something to complete."""
