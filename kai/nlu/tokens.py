"""A request as tokens: words with offsets, quoted text kept whole, shapes recognised.

Nothing is thrown away except blanks and sentence punctuation; a token remembers the comma or the
quotes that stood around it, because "web, api" and "'web'" mean something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from json import JSONDecoder

from kai.nlu.patterns import pattern

MAX_REQUEST = 2000
"""Longest request read, in characters; the strict line grammar (J1) has the same bound."""

_QUOTES = {"'": "'", '"': '"', "`": "`", "\u201c": "\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb"}
_CONTRACTIONS = frozenset(
    [
        "what",
        "that",
        "who",
        "let",
        "it",
        "where",
        "there",
        "here",
        "how",
        "when",
        "which",
        "why",
        "she",
        "he",
        "one",
        "everything",
    ]
)
_SET_SELECTOR = pattern(r"([A-Za-z0-9][\w./-]*)\s+(in|notin|not in)\s*\(([\w.,\s/-]+)\)", re.I)
_LEADING = "([{\u2026"
_TRAILING = ",.?!;:)]}\u2026"
_SYMBOLS = {
    "&": "and",
    "+": "and",
    "/": "and",
    "->": "to",
    "=>": "to",
    "\u2192": "to",
    "w/": "with",
    "w/o": "without",
}


@dataclass(slots=True)
class Token:
    """One word of the request. `text` as typed without quotes, `low` folded for the lexicon."""

    text: str
    low: str
    start: int
    end: int
    quoted: bool = False
    comma: bool = False
    """A comma, semicolon, colon or full stop followed the word."""
    possessive: bool = False
    selector: str = ""
    """A set selector that stood here: `env in (a,b)` as kubectl writes it."""
    fixed: str = field(default="")
    """The lexicon word this is most likely a slip of; empty when none."""


def _fold(word: str) -> str:
    return word.lower().replace("'", "").replace("\u2019", "")


def _closing(text: str, start: int) -> int:
    """Index of the quote that closes the one at `start`, -1 if it is an apostrophe or unclosed."""
    close = _QUOTES[text[start]]
    at = text.find(close, start + 1)
    while at != -1:
        after = text[at + 1 : at + 2]
        if not after or not after.isalnum() or text[start] in '"`':
            return at
        at = text.find(close, at + 1)
    return -1


def _word(text: str, start: int, end: int) -> Token | None:
    """The token of the blank-free run text[start:end], stripped of sentence punctuation."""
    raw = text[start:end]
    if raw in _SYMBOLS:  # of "w/" and "w/o", which look like folders, no letter is kept
        return Token(_SYMBOLS[raw] if raw[0] == "w" else raw, _SYMBOLS[raw], start, end)
    lead = len(raw) - len(raw.lstrip(_LEADING))
    raw, start = raw[lead:], start + lead
    kept = raw.rstrip(_TRAILING)
    if raw[len(kept) :].startswith(")") and "(" in kept:
        kept += ")"
    comma = any(mark in ",;:.?!" for mark in raw[len(kept) :])
    if not kept.strip("-\u2013\u2014*") or not kept:
        return None if kept != "*" else Token("*", "*", start, start + 1, comma=comma)
    possessive = False
    folded = kept.replace("\u2019", "'")
    if folded.lower().endswith("'s") and folded[:-2].lower() not in _CONTRACTIONS:
        kept, possessive = kept[:-2], True
    elif folded.endswith("s'"):
        kept, possessive = kept[:-1], True
    return Token(kept, _fold(kept), start, start + len(kept), comma=comma, possessive=possessive)


def _run_end(text: str, start: int) -> int:
    """End of the word at `start`; quotes that open inside it (`a="b c"`) belong to it."""
    at = start
    while at < len(text) and not text[at].isspace():
        if text[at] in "'\"" and at > start and text[at - 1] in "=:":
            close = text.find(text[at], at + 1)
            at = max(at, close)
        at += 1
    return at


def _json_end(text: str, at: int) -> int:
    """End of the JSON object or array that begins at `at`; -1 if none does."""
    if text[at + 1 : at + 2] not in ('"', "{", "}", " "):
        return -1
    try:
        return JSONDecoder().raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return -1


def tokenise(text: str) -> list[Token]:
    """All tokens of `text` in order. Never raises; unreadable marks become words."""
    tokens: list[Token] = []
    sets = {match.start(): match for match in _SET_SELECTOR.finditer(text)} if "(" in text else {}
    at, size = 0, len(text)
    while at < size:
        char = text[at]
        if char.isspace() or char in ",;":
            if char in ",;" and tokens:
                tokens[-1].comma = True
            at += 1
            continue
        if at in sets:
            match = sets[at]
            word = "in" if match[2].lower() == "in" else "notin"
            values = ",".join(part for part in re.split(r"[\s,]+", match[3]) if part)
            selector = f"{match[1]} {word} ({values})"
            tokens.append(Token(match[0], "", at, match.end(), selector=selector))
            at = match.end()
            continue
        if char in "{[" and (close := _json_end(text, at)) > at:
            tokens.append(Token(text[at:close], "", at, close, quoted=True))
            at = close
            continue
        begin = at + 1 if char == "(" and text[at + 1 : at + 2] in _QUOTES else at
        if text[begin] in _QUOTES:
            close = _closing(text, begin)
            if close > begin + 1:
                inner = text[begin + 1 : close]
                tokens.append(Token(inner, inner.lower(), begin, close + 1, quoted=True))
                at = close + 1
                if text[at : at + 2] in ("'s", "\u2019s"):
                    tokens[-1].possessive = True
                    at += 2
                while at < size and text[at] in _TRAILING:
                    tokens[-1].comma = tokens[-1].comma or text[at] in ",;:."
                    at += 1
                continue
        end = _run_end(text, at)
        token = _word(text, at, end)
        if token is not None:
            tokens.append(_unquoted_value(token))
        elif tokens:
            tokens[-1].comma = True  # a lone dash separates like a comma
        at = end
    return tokens


_QUOTED_VALUE = pattern(r"""([^\s'"=]+)=(["'])(.*)\2(-?)""", re.S)


def _unquoted_value(token: Token) -> Token:
    """`key="a b"` as one assignment without its quotes."""
    match = _QUOTED_VALUE.fullmatch(token.text) if "=" in token.text else None
    if match:
        token.text = f"{match[1]}={match[3]}{match[4]}"
        token.low = token.text.lower()
    return token


# ------------------------------------------------------------------ shapes
NAME = pattern(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
"""A Kubernetes object name (RFC 1123 subdomain)."""
ASSIGNMENT = pattern(r"([A-Za-z0-9_][A-Za-z0-9_./-]*)(==|!=|=)(.*)", re.S)
IMAGE = pattern(
    r"(?:[a-z0-9.-]+(?::\d+)?/)*[a-z0-9._-]+(?::[A-Za-z0-9_][\w.-]*)?(?:@sha256:[0-9a-f]+)?"
)
DURATION = pattern(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")
QUANTITY = pattern(r"\d+(?:\.\d+)?(?:m|k|K|M|G|T|P|Ki|Mi|Gi|Ti|Pi|mi|gi|ki|mb|gb|MB|GB|g)?")
CRON = pattern(r"(?:@(?:hourly|daily|weekly|monthly|yearly|annually|midnight)|\S+ \S+ \S+ \S+ \S+)")
TIMESTAMP = pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_FILE_ENDINGS = (
    ".yaml",
    ".yml",
    ".json",
    ".txt",
    ".conf",
    ".env",
    ".crt",
    ".key",
    ".pem",
    ".properties",
    ".toml",
    ".ini",
    ".cfg",
    ".xml",
    ".sh",
    ".log",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".sql",
    ".csr",
    "/",
)
POD_HASH = pattern(r".+-(?:[0-9a-f]{8,10}-[a-z0-9]{5}|[a-z0-9]{5}|\d+|[0-9a-f]{3,10})")
"""Looks like one pod of a workload: web-7d9f8c6b5d-x2k4q, web-x2k4q, web-0, checkout-7d9f."""


def is_file(text: str) -> bool:
    """Whether the word names a file or folder: has a slash at a telling place or a known ending."""
    if "://" in text or text in (".", "..") or text.startswith(("./", "../", "/", "~/")):
        return True
    return text.endswith(_FILE_ENDINGS)
