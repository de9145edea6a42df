"""A line as an interactive shell takes it, written so that the finder of kubectl calls can read it.

The finder reads scripts of sh and bash. On a prompt there are aliases besides, which the shell puts in
before it reads the line, and words of zsh and fish that stand before a command. Places in the text
do not stay what they were: what is read here is judged, not pointed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_TEXT = 16_384
"""Characters from which on no alias is put in any more."""

_ROUNDS = 20

_BEFORE = r"(?:^|[\n;&|({]|\b(?:then|do|else|elif|if|while|until|time|sudo|begin)[ \t])[ \t]*"
_ASSIGNMENTS = r"(?:[A-Za-z_]\w*=[^\s'\"$`;&|()]*[ \t]+)*"
_COMMAND = re.compile(
    rf"(?P<before>{_BEFORE}{_ASSIGNMENTS})"
    r"(?P<own>(?:(?:noglob|nocorrect|grc|not|and|or|-|repeat[ \t]+\d+)[ \t]+)*)"
    r"(?P<name>=?[^\s;&|(){}<>'\"$`\\]+)(?=$|[\s;&|)}<>])"
)
"""Where a command begins, what zsh or fish take before it, and its name."""

_SAME = {"kubecolor": "kubectl", "=kubectl": "kubectl"}
"""Programs that take kubectl's own words, and zsh's way to write a path."""

_WORD = re.compile(r"([ \t]*)([^\s;&|(){}<>'\"$`\\]+)(?=$|[\s;&|)}<>])")


def readable(text: str, aliases: Mapping[str, str], shell: str = "") -> str:
    """The text with its aliases put in, and without what only that shell knows."""
    if shell == "fish":
        text = re.sub(r"(?<!\$)\(", "$(", text)  # every one is a substitution
    parts: list[str] = []
    at = 0
    for found in _COMMAND.finditer(text):
        if found.start() < at:
            continue
        parts += [text[at : found.start()], found["before"]]
        body, at = _put_in(found["name"], aliases), found.end()
        parts.append(body)
        # An alias that ends in a blank lets the next word be one too.
        while body.endswith((" ", "\t")):
            following = _WORD.match(text, at)
            if following is None:
                break
            body, at = _put_in(following[2], aliases), following.end()
            parts += [following[1], body]
        if sum(map(len, parts)) > MAX_TEXT:
            break
    return "".join((*parts, text[at:]))


def _put_in(name: str, aliases: Mapping[str, str]) -> str:
    """What stands for a name in the place of a command; an alias is put in once, as in the shell."""
    seen: set[str] = set()
    rest = ""
    for _ in range(_ROUNDS):
        name = _SAME.get(name, name)
        if name in seen or name not in aliases:
            break
        seen.add(name)
        found = _COMMAND.match(aliases[name])
        if found is None:
            return aliases[name] + rest
        rest = aliases[name][found.end() :] + rest
        name = found["name"]
        if found["before"]:
            return found["before"] + _SAME.get(name, name) + rest
    return name + rest
