"""Understanding without a model: a request in words becomes a draft command, or an honest no."""

from __future__ import annotations

from kai.nlu.understand import VERSION, Reading, understand

__all__ = ["VERSION", "Reading", "understand"]
