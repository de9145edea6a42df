"""Places left open: `<pod>`, `POD_NAME`, `your-namespace`, `...`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.words import Word
from kai.model import Finding, Level
from kai.validators.faults import finding, is_mark

#: `<pod-name>`, `{{ .Values.x }}` and `[pod]` as a word of its own; `...`.
_BRACKETED = re.compile(r"<[A-Za-z][\w .:/-]*>")
_MUSTACHE = re.compile(r"\{\{-? *[.$\w][^}]*\}\}")
_SQUARE = re.compile(r"\[[A-Za-z][\w -]*\]")
_SHELL = re.compile(r"\$\{?[A-Za-z_]\w*\}?")
_DOTS = re.compile(r"\.\.\.")
#: Capitals where names are in lower case: POD_NAME, MY-POD, NAMESPACE, POD.
_CAPITALS = re.compile(
    r"(?:[A-Z0-9]+[_-])*(?:POD|NODE|NAMESPACE|NAME|CONTAINER|DEPLOYMENT|SERVICE|CLUSTER|CONTEXT"
    r"|IMAGE|SELECTOR|LABEL|PORT|RESOURCE|TYPE|KIND|FILE|FILENAME|USER|SECRET|CONFIGMAP|NS)"
    r"(?:[_-][A-Z0-9]+)*"
)
_LOWER = re.compile(
    r"(?:your|my|some|the)[-_]?(?:pod|node|namespace|container|deployment|service|cluster|context|"
    r"image|secret|configmap|label|app|job|cronjob|statefulset|daemonset)(?:[-_]?name)?"
    r"|(?:pod|node|namespace|container|deployment|service|context|secret|configmap)[-_]name"
)
_YOUR = re.compile(r"your[-_].*")
#: Flags whose values are names of things, so that capitals there are a place left open.
_NAME_FLAGS = frozenset(("namespace", "container", "context", "cluster", "user", "image"))
#: Flags whose values are texts of their own: templates, patches, code.
_TEXTS = frozenset(("output", "template", "patch", "overrides", "from-literal", "sort-by", "raw"))
#: Commands in which capitals are no place left open: variables are set, fields are named.
_FREE = frozenset((("explain",), ("options",), ("completion",), ("plugin", "list")))


def is_open(text: str) -> bool:
    """Whether a name is no name yet, but a place left open."""
    return bool(
        _CAPITALS.fullmatch(text)
        or _LOWER.fullmatch(text)
        or _BRACKETED.search(text)
        or _MUSTACHE.search(text)
        or _SHELL.search(text)
    )


def check_placeholders(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K301 and K302: what surely has to be filled in, and what looks like it."""
    values = {flag.value_start: flag for flag in call.flags if flag.value}
    texts = [(flag.value_start, flag.value_end) for flag in call.flags if flag.name in _TEXTS]
    command = {word.start for word in call.after_dash or ()}
    for word in call.words[1:]:
        if word.start in command or is_mark(call, word.value):
            continue
        inside = any(start < word.end and word.start < end for start, end in texts)
        if not inside:
            yield from _brackets(word)
    if call.path in _FREE:
        return
    for word in call.args:
        if not is_mark(call, word.value):
            yield from _names(call, word, word.value, word.start, word.end)
    for flag in values.values():
        if flag.name in _NAME_FLAGS and flag.value and not is_mark(call, flag.value):
            yield from _names(call, None, flag.value, flag.value_start, flag.value_end)


def _brackets(word: Word) -> Iterator[Finding]:
    text = word.value
    for pattern in (_BRACKETED, _MUSTACHE, _SHELL):
        for match in pattern.finditer(text):
            start, end = word.span(*match.span())
            message = f"'{match.group()}' has to be filled in"
            yield finding("K301", message, start, end)
    if _DOTS.fullmatch(text) or _SQUARE.fullmatch(text):
        message = f"'{text}' has to be filled in"
        yield finding("K301", message, word.start, word.end)


def _names(
    call: Invocation, word: Word | None, value: str, start: int, end: int
) -> Iterator[Finding]:
    name, offset = value, 0
    if word is not None and "=" in value:
        return
    if word is not None and "/" in value:
        offset = value.index("/") + 1
        name = value[offset:]
        start, end = word.span(offset, len(value))
    if _CAPITALS.fullmatch(name) and not _is_kind(call, word, name):
        yield finding("K301", f"'{name}' has to be filled in", start, end)
    elif _LOWER.fullmatch(name):
        level = Level.ERROR if _YOUR.fullmatch(name) else Level.WARNING
        message = f"'{name}' looks like a place to fill in"
        if level is Level.ERROR:
            message = f"'{name}' has to be filled in"
            yield finding("K301", message, start, end)
        else:
            yield finding("K302", message, start, end, level=level)


def _is_kind(call: Invocation, word: Word | None, name: str) -> bool:
    """Whether the capitals name a kind: kubectl takes PODS for pods."""
    return word is not None and bool(call.args) and word is call.args[0] and "/" not in word.value
