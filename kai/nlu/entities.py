"""What every intent needs out of a request, gathered from the modules that find it."""

from __future__ import annotations

from kai.nlu.amounts import duration_at, number_at, take_duration, take_number
from kai.nlu.selectors import take_selector
from kai.nlu.target import Target, kind_of, looks_like_pod, take_refs, take_target
from kai.nlu.where import CLUSTER_SCOPED, singular_kind, take_context, take_namespace

__all__ = [
    "CLUSTER_SCOPED",
    "Target",
    "duration_at",
    "kind_of",
    "looks_like_pod",
    "number_at",
    "singular_kind",
    "take_context",
    "take_duration",
    "take_namespace",
    "take_number",
    "take_refs",
    "take_selector",
    "take_target",
]
