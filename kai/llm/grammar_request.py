"""Which commands a request may mean: so that a model that was asked for a list cannot delete."""

from __future__ import annotations

import re

__all__ = ["LOOKS", "plausible"]

LOOKS = frozenset(
    (
        *("api-resources", "api-versions", "auth can-i", "auth whoami", "cluster-info"),
        *("config current-context", "config get-clusters", "config get-contexts"),
        *("config get-users", "config view", "describe", "diff", "events", "exec", "explain"),
        *("get", "kustomize", "logs", "plugin list", "rollout history", "rollout status", "top"),
        *("version", "wait"),
    )
)
"""What a question may take: commands that only look, and `exec`, with which one looks inside."""

_ASKS = re.compile(
    r"\W*+(?:(?:please|pls|hey|ok|kubectl|can you|could you|i want to|i need to|let me|just)\W++)?"
    r"(?:any|are|check|compare|count|display|do|does|find|get|give me|how|inspect|is|list|print|"
    r"see|show|tail|tell me|what|whats|what's|when|where|which|who|whos|who's|whose|why)\b",
    re.IGNORECASE,
)
"""How something begins that is asked for, and changes nothing."""

# Beginnings of words that speak of a change, wherever they stand.
_CHANGE_WORDS = (
    "add allow annotat appl assign attach autoscal back block bounc bring bump chang clean clear "
    "configur convert copi copy cordon creat cut decreas delet deploy destroy disabl discard "
    "drain do\\W+a drop edit empt enabl env evict expos forc forward generat get\\W+rid "
    "get\\W+(?:on|out|shot)\\b giv grant halt halv host increas insert install into kick kill "
    "label(?!s) launch lower make mark modif mov new nuk open overwrit patch paus port\\W*forward "
    "proxy prun purg put raise rebalanc reboot recreat recycl redeploy reduc refresh reload remov "
    "renam replac reset resiz restart(?!s) restor resum revert roll run(?!ning|s) save scal schedul "
    "scrap set shell shot shrink shut spawn spin start stop suspend(?!ed) swap switch tag(?!s) "
    "taint take tear terminat throw toggl trigger turn uncordon undo uninstal unlabel unpaus "
    "unschedul unset unsuspend unstick unstuck up\\b updat upgrad use wip write yaml zap"
)
_CHANGES = re.compile(rf"\b(?:{'|'.join(_CHANGE_WORDS.split())})", re.IGNORECASE)


def plausible(request: str) -> frozenset[str] | None:
    """The commands that a request may mean; None where nothing is ruled out.

    Changes are ruled out where a request begins as a question does and no word of it speaks of a
    change. In doubt nothing is: a model that may not write what was meant writes something else.
    """
    if _ASKS.match(request) and not _CHANGES.search(request):
        return LOOKS
    return None
