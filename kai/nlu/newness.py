"""Is it about something new, or about what is there? Guards against taking the one for the other."""

from __future__ import annotations

import re

from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern
from kai.nlu.tokens import is_file

_HOLDER = r"(?:new |fresh |plain |generic |opaque )?(?:config ?-?map|cm|secret)"
_FILLS_NEW = pattern(
    rf"\b(?:in|into|inside|as|to|onto) an? {_HOLDER}\b|\binto an? \w+ secret\b"
    rf"|\ban? (?:[\w-]+ )?{_HOLDER} (?:named|called)\b"
    rf"|^{_HOLDER} with \S+="
    rf"|\S+\.\w+ (?:->|=>|into|as|to) (?:the )?{_HOLDER}\b",
    re.IGNORECASE,
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
_TAKEN_FOR: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("delete", "delete apart"), _MADE_AGAIN),
    (("expose", "expose spoken"), _MADE_TOO),
    (("set serviceaccount",), _TOKEN_OF),
    (("label", "annotate", "get"), _OPENS_NEW),
    (_IN_PLACE, _FILLS_NEW),
    (("rollout restart",), _RESTARTED_TOO),
    (("exec", "get"), _BEGINS_NEW),
    (("get",), _BEGUN),
)
"""Intents, and how the requests begin or what they hold that are not theirs."""


def makes_new(frame: Frame, intent: Intent) -> bool:
    """Whether a request to make something is about to be read as one about what is there."""
    name, text = intent.name, frame.scan.text
    if any(name in names and wrong.search(text) for names, wrong in _TAKEN_FOR):
        return True
    first = frame.low(0)
    if name == "set env" and not frame.has("chn", "env"):
        held = frame.has("kind", "configmaps", "secrets")
        return held and (first in _DROPPING or frame.at("kind", 0) is not None)
    if name == "set image" and (_NEW_WORKLOAD.search(text) or _MANIFESTS.search(text)):
        return first not in _CHANGING
    if first == "apply" and len(frame.tokens) > 1 and is_file(frame.tokens[1].text):
        return name not in ("apply", "last applied", "diff")  # "apply x.yaml and restart it"
    return False
