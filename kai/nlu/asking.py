"""Questions that no change answers: whether something exists, what one ought to do."""

from __future__ import annotations

import re

from kai.nlu.frame import Frame
from kai.nlu.once import once
from kai.nlu.patterns import pattern

_EXISTS = pattern(
    r"^(?:so,? |ok,? |hey,? |hi,? )?(?:have (?:we|i|they)(?: got)?|do (?:we|they|i) (?:still |already )?have|"
    r"is there|are there|has any(?:one|body)|did any(?:one|body)) (?!.*\b(?:way|chance|option|possib\w*|how)\b)",
    re.IGNORECASE,
)
"""Questions whether something exists: "have we a namespace named x" makes none."""


_RIGHTS = pattern(r"\b(?:rights?|permi\w+|access|allowed|able|privileges?|can|may|grants?)\b", re.I)


@once
def only_exists(frame: Frame) -> bool:
    """Whether the request asks if something exists, and nothing about rights."""
    return asks_existence(frame) and not _RIGHTS.search(frame.scan.text)


@once
def asks_existence(frame: Frame) -> bool:
    """Whether the request asks if something is there: nothing is to be made then."""
    return _EXISTS.search(frame.scan.text) is not None


_ADVICE = pattern(
    r"\b(?:should(?:nt|n't)?|ought|must|better (?:to|than)|difference|best practices?|recommend(?:ed)?(?![\w-])|"
    r"supposed to|what(?:'?s| is|'?re| are) an?|good for|worth|makes? sense|why (?:do|would|use)|when (?:do|to|would) )\b",
    re.IGNORECASE,
)


_NEEDING = pattern(
    r"^(?!(?:what|which|who|whose|how|do|does|is|are|list|show|get|find|give|see|any|check|count)\b)"
    r"(?:(?!that\b|which\b|who\b)[\w./-]+,? ){1,8}?(?:needs?|wants?|gets|deserves?|requires?|has to|have to) "
    r"(?:\w+ ){0,4}[\w./-]+=\S"
    r"|:\s+(?:please |pls )?(?:label|tag|annotate|put|set|add)\b(?: \w+){0,4} [\w./-]+=\S",
    re.IGNORECASE,
)
"""`secrets in vault need a=b`, `pvcs of app=db: label backup=daily`: what is to become of them."""


_MAY_I = pattern(
    r"(?:can|may|could) (?:i|we) (?:also )?(?:get|list|watch|read)(?:,| and| or)? "
    r"(?!an?\b|the\b|me\b|my\b|all\b|some\b|every|only\b)",
    re.IGNORECASE,
)
"""`can i list pods and services`: whether one may, not a list of them."""


@once
def asks_for_advice(frame: Frame) -> bool:
    """Whether the request asks what to do or tells how things ought to be: no list answers that.

    "when should i use a daemonset", "all pods with app=web should get track=stable".
    """
    text = frame.scan.text
    formed = any(frame.matches.get(category) for category in ("out", "sort", "mode", "attr"))
    if _MAY_I.match(text) and not formed:
        return True
    for match in frame.matches.get("out", ()):  # "the header must not count"
        begin, end = frame.tokens[match.start].start, frame.tokens[match.end - 1].end
        text = text[:begin] + " " * (end - begin) + text[end:]
    return _ADVICE.search(text) is not None or ("=" in text and _NEEDING.search(text) is not None)
