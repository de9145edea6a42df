"""What a request in a comment looks like, in every kind of comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE = re.compile(r"[^\r\n]*")
_BREAK = re.compile(r"\r\n|\r|\n")
_MOST_LINES = 40
"""Lines of one request that are read."""


class Found(NamedTuple):
    """A request as written: where its comment begins, its words, and where its last line ends."""

    start: int
    end: int
    request: str
    request_start: int
    trailing: bool
    looked: int
    """How far the text was looked at."""


class Marker:
    """Comments that begin with `sign` and go to the end of their line."""

    def __init__(self, sign: str) -> None:
        mark = re.escape(sign)
        repeated = f"(?:{re.escape(sign[0])})*+" if len(set(sign)) == 1 else ""
        self.sign = sign
        # Only behind the beginning of a line or a blank: http://ai:80 is none. What stands before it
        # is looked at last, so that the search can jump from sign to sign.
        self.pattern = re.compile(
            rf"{mark}(?<![^ \t\r\n\ufeff]{mark}){repeated}"
            rf"(?:(?P<blank>[ \t]*)(?i:k?ai)[ \t]*:|k?ai(?=[ \t]*(?:[\r\n]|\Z)|[ \t]+\w))"
            rf"[ \t]*(?P<request>[^\r\n]*)",
            re.MULTILINE,
        )
        self._next = re.compile(rf"([ \t]*){mark}{repeated}([ \t]*)([^\r\n]*)")

    def find(self, text: str, start: int, end: int) -> Iterator[Found]:
        """Every request between the two places; its further lines may stand behind `end`."""
        at = start
        while match := self.pattern.search(text, at, end):
            found = self.read(text, match)
            at = max(found.end, match.end())
            if not (found.trailing and self._in_comment(text, found.start)):
                yield found

    def read(self, text: str, match: re.Match[str]) -> Found:
        """The request that begins with a match of `pattern`, with its further lines."""
        start = match.start()
        line = text.rfind("\n", 0, start) + 1
        before = text[line:start]
        trailing = bool(before.strip(" \t\ufeff"))
        words = [match["request"].rstrip()]
        end = match.end()
        if text[end : end + 1] not in ("", "\n", "\r"):  # the search was limited
            whole = _LINE.match(text, end)
            end = whole.end() if whole else end
            words[0] = text[match.start("request") : end].rstrip()
        looked = end
        end = match.start("request") + len(words[0]) if words[0] else end
        blanks = len(match["blank"] or "")
        while not trailing and len(words) < _MOST_LINES and words[0]:
            further = self._further(text, looked, before.lstrip("\ufeff"), blanks, words[-1])
            if further is None:
                break
            words[-1] = words[-1].removesuffix("\\").rstrip()
            words.append(further[3].rstrip())
            end, looked = further.start(3) + len(words[-1]), further.end()
        words[-1] = words[-1].removesuffix("\\").rstrip() if len(words) > 1 else words[-1]
        request = " ".join(word for word in words if word)
        return Found(start, end, request, match.start("request"), trailing, looked + 200)

    def _in_comment(self, text: str, at: int) -> bool:
        line = text.rfind("\n", 0, at) + 1
        return text[line:at].lstrip(" \t\ufeff").startswith(self.sign)

    def _further(
        self, text: str, at: int, indent: str, blanks: int, last: str
    ) -> re.Match[str] | None:
        """The next line, if it goes on with the request: its text is further in, or the last line
        ended with a backslash."""
        newline = _BREAK.match(text, at)
        match = self._next.match(text, newline.end()) if newline else None
        if newline is None or match is None or not match[3].strip():
            return None
        if self.pattern.match(text, match.start() + len(match[1])) or match[1] != indent:
            return None
        return match if last.endswith("\\") or len(match[2]) >= blanks + 2 else None


HASH = Marker("#")
SLASHES = Marker("//")
DASHES = Marker("--")

_MARKUP = re.compile(
    r"<!--+[ \t]*(?i:k?ai)[ \t]*:[ \t]*+(?P<request>(?:(?!--+>)[^<]){0,4000})--+>", re.DOTALL
)
_FRONT = re.compile(r"[ \t\ufeff>]*")
_OPEN = re.compile(r"<!--+[ \t]*(?i:k?ai)[ \t]*:", re.DOTALL)


def find_markup(text: str, start: int, end: int) -> Iterator[Found]:
    """Every request between `<!-- ai:` and `-->` that begins between the two places."""
    at = start
    while opened := _OPEN.search(text, at, end):
        match = _MARKUP.match(text, opened.start())
        at = opened.end()
        if match is None:
            continue
        line = text.rfind("\n", 0, match.start()) + 1
        front = _FRONT.match(text, line)
        trailing = front is not None and front.end() < match.start()
        request = " ".join(match["request"].split())
        newline = text.find("\n", match.end())
        looked = len(text) if newline < 0 else newline
        at = match.end()
        yield Found(
            match.start(), match.end(), request, match.start("request"), trailing, looked + 2
        )


_QUOTES = re.compile(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|(['\"])", re.DOTALL)


def in_quotes(line: str) -> bool:
    """Whether a quote that was opened in `line` is still open at its end, as a shell sees it."""
    return any(match[1] for match in _QUOTES.finditer(line))
