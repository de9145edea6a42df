"""Keys in the notation of zsh's bindkey, and the same keys as bash and fish write them."""

from __future__ import annotations

import re

from kai.errors import UsageError

_LONGEST = 16
_ESCAPE = "\x1b"
_LETTERS = {"a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_PART = re.compile(
    r"\^(?P<caret>[?@-~])"
    r"|\\x(?P<hex>[0-9A-Fa-f]{1,2})"
    r"|\\(?P<octal>[0-7]{1,3})"
    r"|\\C-?(?P<control>[?@-~])"
    r"|\\M-?(?P<meta>[!-~])"
    r"|\\(?P<letter>[abeEfnrtv])"
    r"|\\(?P<quoted>[^CMx0-9])"
    r"|(?P<plain>[^\\^])"
)
"""zshzle(1), "Zle Builtins": what stands for a key in a string of bindkey."""


def characters(notation: str) -> str:
    """What the key sends; "" for a key that is switched off.

    Raises `UsageError` for what is no key, and for one that is text: it would no longer be typed.
    """
    if not notation:
        return ""
    sent, at = "", 0
    while at < len(notation):
        part = _PART.match(notation, at)
        if part is None or not (notation.isascii() and notation.isprintable()):
            raise UsageError(f"{notation!r} is no key; write it as bindkey does, as in ^K or ^[k")
        sent += _sent(part)
        at = part.end()
    if len(notation) > _LONGEST:
        raise UsageError(f"{notation!r} is too long for a key; ^K is Ctrl-K, ^[k is Alt-K")
    if sent[0].isprintable():
        raise UsageError(f"{notation} would no longer be typed; write ^K for Ctrl-K, ^[k for Alt-K")
    return sent


def _sent(part: re.Match[str]) -> str:
    kind, text = part.lastgroup, part[part.lastgroup or 0]
    if kind in ("caret", "control"):
        return "\x7f" if text == "?" else chr(ord(text) & 0x1F)
    if kind == "hex":
        return chr(int(text, 16))
    if kind == "octal":
        return chr(int(text, 8) & 0xFF)
    if kind == "letter":
        return chr(_LETTERS[text])
    return _ESCAPE + text if kind == "meta" else text


def for_bash(notation: str) -> str:
    r"""The key as readline writes it, `\C-k`. Raises `UsageError`."""
    return "".join(_bash(char) for char in characters(notation))


def _bash(char: str) -> str:
    if char == _ESCAPE:
        return r"\e"
    if char in "\"\\'":
        return "\\" + char
    if char.isprintable() and char.isascii():
        return char
    letter = chr(ord(char) + 0x60)
    return rf"\C-{letter}" if letter.isalpha() and letter.isascii() else f"\\{ord(char):03o}"


def for_fish(notation: str) -> str:
    r"""The key as one word of fish, without quotes around it: `\ck`. Raises `UsageError`."""
    sent = characters(notation)
    if "\0" in sent:
        raise UsageError(f"fish knows no key {notation}; take another one")
    return "".join(_fish(char) for char in sent) or "''"


def _fish(char: str) -> str:
    if char == _ESCAPE:
        return r"\e"
    if char.isalnum() and char.isascii():
        return char
    letter = chr(ord(char) + 0x60)
    return rf"\c{letter}" if letter.isalpha() and letter.isascii() else f"\\x{ord(char):02x}"
