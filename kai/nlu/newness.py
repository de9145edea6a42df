"""Is it about something new, or about what is there? Guards against taking the one for the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai.nlu.frame import Frame
from kai.nlu.once import Guard, once
from kai.nlu.patterns import pattern
from kai.nlu.tokens import is_file

_HOLDER = r"(?:new |fresh |plain |generic |opaque )?(?:config ?-?map|cm|secret)"
_FILLS_NEW = pattern(
    rf"\b(?:in|into|inside|as|to|onto) an? {_HOLDER}\b|\binto an? \w+ secret\b"
    rf"|\ban? (?:[\w-]+ )?{_HOLDER} (?:named|called)\b"
    rf"|^{_HOLDER} with \S+="
    rf"|\S\.\w+ (?:->|=>|into|as|to) (?:the )?{_HOLDER}\b",
    re.IGNORECASE,
    needs=("config", "cm", "secret"),
)
"""Where "a=b" is to go into a config map or secret that is yet to be made."""
_NEW_WORKLOAD = pattern(r"\b(?:a|an|new|fresh|another) (?:deploy|deployment)\b", re.IGNORECASE)
_BEGINS_NEW = pattern(
    r"^(?:please |pls |just )?an? (?:new )?[\w -]{0,20}?(?:deploy(?:ment)?|job|cron ?job|config ?map|cm|"
    r"secret|service ?account|namespace) (?:called|named) \S+ (?:running|with|from|using|that)\b",
    re.IGNORECASE,
)
"""`a deployment called web running nginx`: what there is already has no "a"."""


_RESTARTED_TOO = pattern(r"\S[./]\w.*\band (?:then )?restart\b", re.IGNORECASE)
"""`apply x.yaml and restart it`: two commands, of which one would be lost."""
_BEGUN = pattern(r"^start (?:the|a|an|up|my|our)\b", re.IGNORECASE)
"""An order: "start time of x" is none."""
_OPENS_NEW = pattern(
    r"^(?:please |pls )?(?:new|create|make|(?:i |we )?(?:need|want) an?) (?:a |an |new )*"
    r"(?:ns|namespace|deployment|cm|config ?map|secret|sa|service ?account|quota|pdb|job)\b",
    re.IGNORECASE,
)
_MANIFESTS = pattern(r"\boverlays?\b|\bkustomiz|\bmanifests?\b|\.ya?ml\b", re.IGNORECASE)
_MADE_AGAIN = pattern(
    r"(?:\band|\bthen|[,&]|^)\s*(?:then )?re-?create\b(?!.* by delet)|\bthen (?:create|make) it again\b",
    re.IGNORECASE,
)
"""Half of it would be to delete and leave it there."""
_MADE_TOO = pattern(
    r"^(?:please |pls )?(?:create|add|make an?) (?:a |an |the )?(?:new )?deployment\b",
    re.IGNORECASE,
)
_TOKEN_OF = pattern(r"^(?:a |the |short[- ]lived |bearer )*token\b", re.IGNORECASE)


_IN_PLACE = ("label", "annotate", "set env", "set image", "patch")
_CHANGING = ("set", "change", "update", "bump", "upgrade", "switch", "swap")
_DROPPING = ("drop", "delete", "remove", "rm", "kill")


def _holds(wrong: re.Pattern[str]) -> Guard:
    return once(lambda frame: wrong.search(frame.scan.text) is not None)


_TAKEN_FOR: tuple[tuple[tuple[str, ...], Guard], ...] = (
    (("delete", "delete apart"), _holds(_MADE_AGAIN)),
    (("expose", "expose spoken"), _holds(_MADE_TOO)),
    (("set serviceaccount",), _holds(_TOKEN_OF)),
    (("label", "annotate", "get"), _holds(_OPENS_NEW)),
    (_IN_PLACE, _holds(_FILLS_NEW)),
    (("rollout restart",), _holds(_RESTARTED_TOO)),
    (("exec", "get"), _holds(_BEGINS_NEW)),
    (("get",), _holds(_BEGUN)),
)
"""Intents, and how the requests begin or what they hold that are not theirs."""
APPLYING = frozenset(["apply", "last applied", "diff", "set env"])
"""The intents that can read a request to apply a file."""


def makes_new(name: str) -> Iterator[Guard]:
    """What tells that a request to make something is about to be read, by the intent of this name,
    as one about what is there.
    """
    yield from (guard for names, guard in _TAKEN_FOR if name in names)
    if name == "set env":
        yield _fills_no_variables
    if name == "set image":
        yield _makes_workload


def applies_file(frame: Frame) -> bool:
    """Whether the request begins so: "apply x.yaml and restart it"."""
    begun = frame.low(0) == "apply" and len(frame.tokens) > 1
    return begun and is_file(frame.tokens[1].text)


@once
def _fills_no_variables(frame: Frame) -> bool:
    if frame.has("chn", "env"):
        return applies_file(frame)
    held = frame.has("kind", "configmaps", "secrets")
    return held and (frame.low(0) in _DROPPING or frame.at("kind", 0) is not None)


@once
def _makes_workload(frame: Frame) -> bool:
    if frame.low(0) in _CHANGING:
        return False
    text = frame.scan.text
    return bool(_NEW_WORKLOAD.search(text) or _MANIFESTS.search(text))
