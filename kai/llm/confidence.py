"""How sure a model's command is, from what can be known without asking anybody."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kai.llm.endpoint import Reach
from kai.model import Finding, Level, Suggestion

__all__ = ["THRESHOLD", "confidence", "in_words", "written_by"]

THRESHOLD = 0.5
"""Below it alternatives are asked for. Chosen: a model that tells nothing of its probabilities is
above it, one finding of an error is below it."""

_SURE = 0.9
"""What kai.engine calls sure as well: the word and what is done with a sure answer go together."""


def confidence(
    command: str,
    *,
    logprobs: Sequence[float] | None = None,
    agrees: bool | None = None,
    findings: Sequence[Finding] = (),
) -> float:
    """How sure a command is, from 0 to 1.

    `logprobs` are natural logarithms of the probability of each token, None where the server does
    not tell. `agrees`: whether the built-in engine reads the request alike; None: it reads nothing
    in it. The value grows with each probability and with agreement, and falls with each finding.
    """
    if not command:
        return 0.0
    value = _of_tokens(logprobs)
    if agrees is not None:
        value = value + (1 - value) * _AGREES if agrees else value * _DISAGREES
    for finding in findings:
        value *= _FACTOR[finding.level]
    return value


_UNTOLD = 0.7
"""Without probabilities. Chosen: likely, and not sure."""
_AGREES = 0.8
"""The share of doubt that agreement takes away. Chosen: two that came to the same on separate ways."""
_DISAGREES = 0.6
"""Chosen: brings what was likely below the threshold, and leaves a very sure answer above it."""
_FACTOR = {Level.ERROR: 0.3, Level.WARNING: 0.8, Level.INFO: 0.95}
"""Chosen: one error is unsure whatever else speaks for it, one warning alone is not."""


def _of_tokens(logprobs: Sequence[float] | None) -> float:
    """The geometric mean of the mean probability and the lowest one.

    The mean alone hides one wrong name in a long command; the lowest alone makes every name that
    the model had a choice of a doubt.
    """
    told = [min(value, 0.0) for value in logprobs or () if not math.isnan(value)]
    if not told:
        return _UNTOLD
    mean = sum(max(value, _FLOOR) for value in told) / len(told)
    lowest = max(min(told), _FLOOR)
    return math.exp((mean + lowest) / 2)


_FLOOR = -30.0
"""Logarithms below this are as good as impossible; -inf would make a sum of nothing."""


def in_words(value: float) -> str:
    """The confidence as people read it."""
    if value >= _SURE:
        return "sure"
    return "likely" if value >= THRESHOLD else "unsure"


def written_by(suggestion: Suggestion) -> str:
    """Who wrote a command, how far the request went for it, how sure it is, and what it cost where
    prices are set; "" for what no model wrote."""
    by = suggestion.author
    if by is None:
        return ""
    price = "" if by.cost is None else f", cost {by.cost:.6f}".rstrip("0").rstrip(".")
    where = _PLACES.get(by.reach, by.reach)
    return f"{by.model} on {where}, {in_words(suggestion.confidence)}{price}"


_PLACES: dict[str, str] = {Reach.OWN: "your own server", Reach.CLOUD: "a server in the cloud"}
