"""Small things that all readers of lines need."""

from __future__ import annotations

import re

from kai_lsp.regions.comments import Found
from kai_lsp.regions.values import AiComment, Place

_REQUEST = re.compile(r"#(?<!##)#*+[ \t]*+(?:(?i:k?ai)[ \t]*:|(?<![ \t])k?ai\b)")

_NAMES = ("kube", "KUBE", "Kube")
_JOINS = ("|", "&&", "|&", ";;", ";&", "=(")
_CASE = re.compile(r"(?:^|[;&|({ \t])case[ \t].*[ \t]in\Z")
LOOKED_BACK = 400
"""Characters before a comment that `joined` looks at."""


def joined(text: str, at: int, floor: int) -> bool:
    """Whether the line below a comment goes on with what stands before it: behind a pipe, `&&` or
    `||` the next command is not one of its own, between the branches of a case and in an array
    there is none."""
    floor = max(floor, at - LOOKED_BACK)
    line = line_start(text, at)
    front = text[max(line, floor) : at].strip()
    if front:
        return _goes_on(front)
    while line > floor:
        before = line_start(text, line - 1)
        bare = text[max(before, floor) : line].strip()
        line = before
        if bare and not bare.startswith("#"):
            return _goes_on(bare.rstrip("\\").rstrip())
    return False


def _goes_on(line: str) -> bool:
    return line.endswith(_JOINS) or (line.endswith("in") and _CASE.search(line) is not None)


def worth(text: str, start: int, end: int) -> bool:
    """Whether what stands between the two places is worth reading: for it names kubectl, by its own
    name or by that of a variable, or holds a request."""
    if any(text.find(name, start, end) >= 0 for name in _NAMES):
        return True
    return text.find("#", start, end) >= 0 and _REQUEST.search(text, start, end) is not None


_BLANK = re.compile(r"[ \t]*")


def indent_at(text: str, at: int) -> str:
    """The blanks at the beginning of the line that holds the place."""
    match = _BLANK.match(text, line_start(text, at))
    return match.group() if match else ""


def line_start(text: str, at: int) -> int:
    """Where the line that holds the place begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line that holds the place ends, before its line break."""
    newline = text.find("\n", at)
    if newline < 0:
        return len(text)
    return newline - 1 if newline > at and text[newline - 1] == "\r" else newline


def next_line(text: str, at: int) -> int:
    """Where the line behind the one that holds the place begins."""
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def placed(found: Found, place: Place, start: int = 0) -> AiComment:
    """The request with its place, in places counted from `start`."""
    return AiComment(
        found.request,
        found.start - start,
        found.end - start,
        found.request_start - start,
        place,
        found.trailing,
    )


def cut_at(text: str, at: int) -> int:
    """The first place from `at` on where a line begins."""
    return (
        min(at, len(text))
        if text.startswith("\n", at - 1) or at >= len(text)
        else next_line(text, at)
    )


_LOGICAL = re.compile(r"(?:[^\\\n]++|\\(?:\r\n|[\s\S]|\Z))*+\n?")


def logical_end(text: str, at: int) -> int:
    """Where the logical line ends that begins at the place: behind the first line break that no
    backslash stands before."""
    match = _LOGICAL.match(text, at)
    return match.end() if match else at


def _continues(text: str, start: int, end: int) -> bool:
    """Whether a line ends with a backslash that is not itself behind one."""
    count = 0
    while end - count - 1 >= start and text[end - count - 1] == "\\":
        count += 1
    return count % 2 == 1


def continues(text: str, at: int) -> bool:
    """Whether the line that holds the place goes on in the next one."""
    return _continues(text, line_start(text, at), line_end(text, at))


def common(one: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(one: str, other: str) -> int:
    """How many characters both end with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle :] == other[len(other) - middle :]:
            low = middle
        else:
            high = middle - 1
    return low
