"""Whether a request asks something, so that nothing may change by it."""

from __future__ import annotations

import re
from dataclasses import replace

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern

_ASKING = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "isnt",
        "arent",
        "what",
        "whats",
        "which",
        "who",
        "whose",
        "why",
        "when",
        "where",
        "wheres",
        "how",
        "hows",
        "does",
        "did",
        "has",
        "hasnt",
        "show",
        "list",
        "see",
        "display",
        "describe",
        "count",
        "find",
        "check",
        "tell",
        "view",
        "watch",
        "any",
        "should",
    ]
)
_COMMANDING = frozenset(["do", "to", "can", "would", "should", "could"])
"""Behind "how": the request is for a command after all ("how do i restart web")."""


def asks(f: Frame) -> bool:
    """Whether the request asks something, so that nothing may change by it."""
    at = 0
    while f.low(at) in (
        "please",
        "pls",
        "hey",
        "hi",
        "so",
        "and",
        "ok",
        "can",
        "you",
        "could",
        "me",
    ):
        at += 1
    first, second = f.low(at), f.low(at + 1)
    phrase = f.at("act", at)
    if phrase is not None and phrase.end - phrase.start > 2:
        return False  # "get everything off node n1"
    if first in ("get", "print", "output", "give"):
        return first == "get" and second not in ("rid",) and "cv" not in f.cover[at]
    if _asked_behind(f):
        return True
    if first not in _ASKING or (first == "how" and second in _COMMANDING):
        return False
    words = {token.low for token in f.tokens}
    return not (words & {"command"} or f.has("o-dry"))


_AUXILIARIES = frozenset(
    [
        "did",
        "does",
        "do",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "isnt",
        "didnt",
        "hasnt",
        "doesnt",
    ]
)


_STEP = pattern(
    r"\b(?:then|and|&)(?: please| pls| just)? (?:show|list|get|watch|check|tell|describe|follow|wait|see|give)\b"
    r"(?!.*\b(?:yaml|json|manifest)\b)",
    re.IGNORECASE,
)


def second_step(f: Frame) -> bool:
    """Whether something is to be seen after the change: two commands, of which one would be lost."""
    return _STEP.search(f.scan.text) is not None


def _asked_behind(f: Frame) -> bool:
    """`prometheus sts in obs, did it roll`: the question follows the object."""
    return any(
        f.tokens[index - 1].comma
        and f.low(index) in _AUXILIARIES
        and (
            f.low(index + 1) in ("it", "they", "that", "this", "he", "she")
            or f.scan.text.rstrip()[-1] == "?"
        )
        for index in range(1, len(f.tokens))
    )


def guarded(*intents: Intent) -> tuple[Intent, ...]:
    """The intents, those that change something deaf to questions."""
    return tuple(intent if intent.reads else _deaf(intent) for intent in intents)


def _deaf(intent: Intent) -> Intent:
    compose = intent.compose

    def checked(f: Frame) -> Command | None:
        return None if asks(f) else compose(f)

    return replace(intent, compose=checked)
