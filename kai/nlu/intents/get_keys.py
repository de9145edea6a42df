"""One key of a secret or config map: `the password in secret db`, `cm flags, value of LOG_LEVEL`."""

from __future__ import annotations

from kai.nlu.frame import Frame
from kai.nlu.intents.get_view import View
from kai.nlu.patterns import pattern

_HOLDERS = ("secrets", "configmaps")
_INTO = frozenset(["of", "in", "from", "inside", "for", "within", "on"])
_ADJECTIVES = frozenset(
    ["key", "value", "field", "entry", "plain", "clear", "actual", "stored", "data", "plaintext"]
)
_KEY = pattern(
    r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[A-Z][A-Z0-9]{2,}|\.[a-z][\w.-]*|"
    r"[\w-]+(?:\.[\w-]+)*\.(?:crt|key|pem|conf|cfg|ini|toml|ya?ml|json|properties|env|xml|txt|sh|html|"
    r"jks|p12|sql|config|cnf|rules|lua|py|js|password|secret|token|url|host|port|user)"
)
"""What no object is called: an environment variable's name, a file's."""


def take_key(f: Frame, view: View, kinds: list[str]) -> None:
    """The key of a secret or config map asked for, and whether it is to be decoded; consumed."""
    if not set(_HOLDERS) & set(kinds):
        return
    f.take("novalues")
    decode = f.take("decode") is not None
    encoded = f.take("encoded") is not None
    view.key = _behind_keyword(f) or _before_holder(f) or _shaped(f)
    if view.key and decode:
        _take_raw(f)
    view.decode = "secrets" in kinds and bool(view.key) and not encoded
    if decode and not view.key:
        f.take("attr", "data")
        view.attributes.append("data")
        view.decode = "secrets" in kinds


def _behind_keyword(f: Frame) -> str:
    """`key ca.crt of secret x`, `secret named password, key secret`: what follows "key"."""
    for match in f.find_all("keyword"):
        at = match.end
        at += f.low(at) in ("called", "named") and f.free(at)
        holder = f.at("kind", at, *_HOLDERS)
        said = f.free(at) and (f.is_word(at) or _KEY.fullmatch(f.tokens[at].text) is not None)
        twice = len([kind for kind in f.matches.get("kind", ()) if kind.value in _HOLDERS]) > 1
        if said or (holder is not None and twice and f.tokens[at].comma):
            f.use(match.start, at + 1)
            return f.tokens[at].text
    return ""


def _before_holder(f: Frame) -> str:
    """`password of secret db-creds`, `tls.crt out of the wildcard secret`."""
    for match in list(f.find_all("kind", *_HOLDERS)):
        at = match.start - 1
        named = at > 1 and f.name_at(at) is not None and f.low(at) not in _INTO
        if named and (f.low(at - 1) in _INTO or f.low(at - 1) in ("the", "our", "my")):
            at -= 1  # "from the db-creds secret"
        while at >= 0 and f.low(at) in ("the", "a", "my", "our"):
            at -= 1
        if at < 1 or f.low(at) not in _INTO or not f.free(at):
            continue
        end = at + 1
        at -= f.low(at) == "of" and f.low(at - 1) == "out" and f.free(at - 1)
        key = at - 1
        while key > 0 and f.low(key) in _ADJECTIVES and f.free(key):
            key -= 1
        shaped = f.free(key) and _KEY.fullmatch(f.tokens[key].text) is not None
        if shaped or (f.free(key) and (f.is_open(key) or "keyname" in f.cover[key])):
            start = key
            while start > 0 and f.low(start - 1) in _ADJECTIVES and f.free(start - 1):
                start -= 1
            f.use(start, end)
            return f.tokens[key].text
    return ""


def _shaped(f: Frame) -> str:
    """`cm feature-flags, value of LOG_LEVEL`: a word that can only be a key."""
    found = [
        index
        for index in f.words()
        if not f.tokens[index].text.startswith("-") and _KEY.fullmatch(f.tokens[index].text)
    ]
    if len(found) != 1 or f.low(found[0] - 1) in ("file", "-f", "as", "to", "into", "named"):
        return ""
    at = found[0]
    start, end = at, at + 1
    if f.low(end) in ("to", "into", "as", "for", "goes", "in") or (
        f.low(at - 1) in _SOURCE and f.low(at - 2) not in _ADJECTIVES
    ):
        return ""  # "redis.conf -> cm redis-config"
    shows = {f.low(index) for index in range(len(f.tokens))} & _SHOWING
    if "." in f.tokens[at].text and not shows:
        return ""  # a file that it might be made of
    while start > 0 and f.free(start - 1) and f.low(start - 1) in {*_ADJECTIVES, "of", "the"}:
        start -= 1
    while f.free(end) and f.low(end) in ("value", "key", "entry", "field", "setting"):
        end += 1
    f.use(start, end)
    return f.tokens[at].text


_SOURCE = frozenset(["from", "with", "using", "of", "file", "containing", "holding", "-f"])
_SHOWING = frozenset(
    [
        *("value", "key", "show", "print", "get", "what", "whats", "content", "contents", "entry"),
        *("see", "give", "display", "dump", "view", "read", "field", "data", "decoded", "decode"),
    ]
)


def _take_raw(f: Frame) -> None:
    """Consume the "raw" of "the raw ca.crt, decoded"."""
    for index in f.words():
        if f.low(index) in ("raw", "actual", "plain", "clear", "real") and f.used[index + 1]:
            f.use(index)
