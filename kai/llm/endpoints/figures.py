"""Figures as servers tell them: what cannot be one counts as not told."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

_MOST = 10**15
"""No count of tokens and no time in nanoseconds is larger (eleven days)."""


def count(value: Any) -> int | None:
    """A number of tokens."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= _MOST else None


def seconds(value: Any, unit: float) -> float | None:
    """A time that was given in `unit`s to a second."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) / unit if number and 0 <= value <= _MOST else None


def logprobs(values: Iterable[Any]) -> list[float]:
    """Logarithms of probabilities: never above 0. What is no number is left out."""
    numbers = (one for one in values if isinstance(one, int | float) and abs(one) <= _MOST)
    return [min(float(one), 0.0) for one in numbers if math.isfinite(one)]
