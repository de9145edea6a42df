"""A kubectl line in words: `explain` says it in a sentence, `kai.explain.whole` part by part.

Offline, from the tables of kubectl's commands and flags and from phrases (`kai/data/explain*.json`);
no model is asked.
"""

from __future__ import annotations

from kai.explain.summary import explain, phrases

__all__ = ["explain", "phrases"]
