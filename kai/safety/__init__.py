"""Is it dangerous? The judge reads every command, decides from tables, and fails closed."""

from __future__ import annotations

from kai.safety.call import DEFAULTS, Limits
from kai.safety.judge import judge

__all__ = ["DEFAULTS", "Limits", "judge"]
