"""Is it about something new, or about what is there? Guards against taking the one for the other."""

from __future__ import annotations

import re

from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern

_HOLDER = r"(?:new |fresh |plain |generic |opaque )?(?:config ?-?map|cm|secret)"
_FILLS_NEW = pattern(
    rf"\b(?:in|into|inside|as|to|onto) an? {_HOLDER}\b|\binto an? \w+ secret\b"
    rf"|\ban? (?:[\w-]+ )?{_HOLDER} (?:named|called)\b"
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


_MADE_AGAIN = pattern(
    r"(?:\band|\bthen|[,&]|^)\s*(?:then )?re-?create\b(?!.* by delet)|\bthen (?:create|make) it again\b",
    re.IGNORECASE,
)
"""Half of it would be to delete and leave it there."""
_MADE_TOO = pattern(
    r"(?:please |pls )?(?:create|add|make an?) (?:a |an |the )?(?:new )?deployment\b", re.IGNORECASE
)
_TOKEN_OF = pattern(r"(?:a |the |short[- ]lived |bearer )*token\b", re.IGNORECASE)


def makes_new(frame: Frame, intent: Intent) -> bool:
    """Whether a request to make something is about to be read as one about what is there."""
    if intent.name.startswith("delete"):
        return _MADE_AGAIN.search(frame.scan.text) is not None
    if intent.name.startswith("expose"):
        return _MADE_TOO.match(frame.scan.text) is not None
    if intent.name == "set env" and frame.low(0) in ("drop", "delete", "remove", "rm", "kill"):
        return frame.has("kind", "configmaps", "secrets") and not frame.has("chn", "env")
    if intent.name == "set env" and frame.at("kind", 0, "configmaps", "secrets") is not None:
        return not frame.has("chn", "env")
    if intent.name == "set serviceaccount":
        return _TOKEN_OF.match(frame.scan.text) is not None
    if intent.name == "set image" and _NEW_WORKLOAD.search(frame.scan.text):
        return frame.low(0) not in ("set", "change", "update", "bump", "upgrade", "switch", "swap")
    if intent.name in ("label", "annotate", "set env", "set image", "patch"):
        return _FILLS_NEW.search(frame.scan.text) is not None
    return intent.name in ("exec", "get") and _BEGINS_NEW.match(frame.scan.text) is not None
