"""Taking secrets out of text before it is stored, logged or sent.

A rule is a name, the substrings without which it cannot match (so that most text costs no regular
expression at all), and a function from text to text. What is taken out becomes `[redacted]`; the
text around it stays, so that a journal remains readable.

Kept on purpose: names, label selectors, image digests (`sha256:...`, any pure hexadecimal),
JSONPath, references to variables (`$TOKEN`), files, and plain environment values whose name does
not say that they are secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

MARK = "[redacted]"

_SENSITIVE = (
    r"(?:password|passwd|passphrase|pwd|token|secret|credentials?"
    r"|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|auth[_-]?key|encryption[_-]?key)"
)
# A value in quotes to its end, or a bare one to the next blank or separator. References ($X),
# placeholders (<x>), JSONPath (.x, {x}) and what is already marked are no secrets.
_VALUE = (
    r"(?:\\?\"(?![$\[.{<])[^\"\n]+\"|'(?![$\[.{<])[^'\n]+'"
    r"|(?![$\[.{<\"'\\])[^\s,;&|\"'`)}\]]+)"
)
_WORD_BEFORE = r"(?<![A-Za-z0-9_.-])"


class _Rule(NamedTuple):
    """`triggers`: lower-case substrings, one of which must be there."""

    name: str
    triggers: tuple[str, ...]
    apply: Callable[[str], str]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _pem(text: str) -> str:
    """A block to its END line, or to the end of the text where that is cut off."""
    return re.sub(r"-----BEGIN [A-Z0-9 ]+-----(?s:.*?)(?:-----END [A-Z0-9 ]+-----|\Z)", MARK, text)


def _jwt(text: str) -> str:
    """header.payload[.signature], each base64url; JSON in base64 begins with `eyJ`."""
    pattern = r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"
    return re.sub(pattern, MARK, text)


def _authorization(text: str) -> str:
    basic = _compiled(r"(authorization[\"']?\s*[:=]\s*[\"']?(?:basic|token)\s+)[^\s\"']+")
    text = basic.sub(rf"\1{MARK}", text)
    bearer = _compiled(r"(\bbearer\s+)([A-Za-z0-9._~+/=-]{8,})")

    def replace(match: re.Match[str]) -> str:
        # "bearer authentication" is English; a token has digits or is very long.
        token = match[2]
        secret = len(token) >= 30 or any(char.isdigit() for char in token)
        return match[1] + MARK if secret else match[0]

    return bearer.sub(replace, text)


def _userinfo(text: str) -> str:
    return re.sub(r"([A-Za-z][A-Za-z0-9+.-]{0,20}://)[^\s/@\"']+@", rf"\1{MARK}@", text)


def _literals(text: str) -> str:
    """`--from-literal=key=value` and its forms; the key stays."""
    pattern = rf"(--from-literal[=\s]\s*([\"']?)[A-Za-z0-9._-]+=)(?:(?<=[\"'])|)({_VALUE})"
    quoted = _compiled(r"(--from-literal[=\s]\s*([\"'])[A-Za-z0-9._-]+=)(?!\$)[^\"'\n]+(\2)")
    text = quoted.sub(rf"\1{MARK}\3", text)
    return _compiled(pattern).sub(rf"\1{MARK}", text)


_HARMLESS = r"(?:true|false|null|none|[0-9]{1,4}|\[redacted\])"


def _assigned(match: re.Match[str]) -> str:
    """`name=value` with the value taken out, its quotes kept."""
    value = match["value"]
    if _compiled(_HARMLESS).fullmatch(value.strip("\\\"'")):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{quote}{MARK}{quote}"


def _assignments(text: str) -> str:
    """`token=x`, `DB_PASSWORD: x`, `"client_secret": "x"`: the name must end in the secret's word.

    `secret: web` and `secret=web` alone name a Secret more often than they hold one.
    """
    name = rf"(?:[A-Za-z0-9_.-]*{_SENSITIVE}[\"']?\s*[=:]\s*)"
    alone = _WORD_BEFORE + r"(?!(?:secret|credentials?)[\"']?\s*[=:])"
    return _compiled(rf"{alone}(?P<name>{name})(?P<value>{_VALUE})").sub(_assigned, text)


def _flags(text: str) -> str:
    """`--password VALUE`, `--token VALUE`, `--docker-password VALUE`."""
    flag = r"(?P<name>--(?:[a-z0-9]+-)*(?:password|passwd|passphrase|token|api-key|secret-key)\s+)"
    return _compiled(rf"{flag}(?P<value>(?!-){_VALUE})").sub(_assigned, text)


def _words(text: str) -> str:
    """`with password hunter2`: after the word, something no English sentence has."""
    pattern = (
        r"(\b(?:password|passphrase|passwd)\s+(?:(?:is|to|of|as)\s+)?)"
        r"(?=[^\s]*[0-9!@#$%^&*])(?![$\[.{<])([^\s\"',;]{4,})"
    )
    return _compiled(pattern).sub(rf"\1{MARK}", text)


def _provider_keys(text: str) -> str:
    """Keys that say whose they are: AWS, Google, GitHub, GitLab, Slack, model providers."""
    return re.sub(
        r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}"
        r"|gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{22,}|glpat-[0-9A-Za-z_-]{20,}"
        r"|xox[abeprs]-[0-9A-Za-z-]{10,}|sk-(?:proj|ant)-[0-9A-Za-z_-]{16,}|sk-[0-9A-Za-z]{32,})",
        MARK,
        text,
    )


def _secret_data(text: str) -> str:
    """Every value below `data:` and `stringData:` of a Secret, in YAML or JSON."""
    mapping = _compiled(r"((?:\"|')?(?:stringData|data)(?:\"|')?\s*:\s*\{)([^{}]*)(\})")
    pair = re.compile(r"([:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,\"']+)")
    text = mapping.sub(lambda m: m[1] + pair.sub(rf'\1"{MARK}"', m[2]) + m[3], text)
    lines, inside = [], -1
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        if inside >= 0 and bare and indent <= inside:
            inside = -1
        if inside >= 0 and bare and not bare.startswith("#"):
            key, colon, _ = bare.partition(":")
            lines.append(" " * indent + (f"{key}: {MARK}" if colon else MARK))
            continue
        if bare.rstrip() in ("data:", "stringData:"):
            inside = indent
        lines.append(line)
    return "\n".join(lines)


_RUN = r"(?<![A-Za-z0-9+/_.:-])[A-Za-z0-9+/]{16,}={0,2}(?![A-Za-z0-9+/_=.-])"


def _base64(text: str) -> str:
    """Long base64: 40 characters of mixed case with digits, or a padded one of 16 and more."""

    def replace(match: re.Match[str]) -> str:
        run = match[0]
        mixed = run != run.lower() and run != run.upper()
        if run.endswith("="):
            return MARK if mixed and len(run) % 4 == 0 else run
        # Paths have a slash every few letters; base64 has one in 32 characters.
        long = len(run) >= 40 and run.count("/") * 10 <= len(run)
        return MARK if long and mixed and any(char.isdigit() for char in run) else run

    return re.sub(_RUN, replace, text)


RULES: tuple[_Rule, ...] = (
    _Rule("pem", ("-----begin ",), _pem),
    _Rule("secret data", ("secret",), _secret_data),
    _Rule("jwt", ("eyj",), _jwt),
    _Rule("authorization", ("bearer", "authorization"), _authorization),
    _Rule("userinfo", ("://",), _userinfo),
    _Rule(
        "provider keys",
        ("akia", "asia", "aiza", "ya29.", "gh", "glpat-", "xox", "sk-"),
        _provider_keys,
    ),
    _Rule("literals", ("--from-literal",), _literals),
    _Rule("flags", ("passw", "passphrase", "token", "-key"), _flags),
    _Rule(
        "assignments",
        ("passw", "passphrase", "pwd", "token", "secret", "cred", "key"),
        _assignments,
    ),
    _Rule("words", ("passw", "passphrase"), _words),
)
"""In order: blocks first, then what a name announces. What only its shape gives away, base64,
comes last and has no trigger but its length."""


def redact(text: str) -> str:
    """`text` with every secret that a rule knows replaced by `[redacted]`. Idempotent."""
    lowered = text.lower()
    for rule in RULES:
        if any(trigger in lowered for trigger in rule.triggers):
            text = rule.apply(text)
    if any(len(word) >= 40 or "=" in word[15:] for word in text.split()):
        text = _base64(text)
    return text


def holds_secret(text: str) -> bool:
    """Whether `redact` would take something out."""
    return redact(text) != text
