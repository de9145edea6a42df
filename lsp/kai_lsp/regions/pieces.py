"""Long scripts, taken apart: each command at the top with what it takes from the others.

A script is read as a whole to know what its variables, aliases and functions say. That takes too long
at every keystroke, so a long one is cut where a command at the top ends. Each piece that calls kubectl
is read together with the pieces that set a name which it uses, and read again only if those change.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kai.examine import Examined
from kai.safety.shell_text import ShellText
from kai_lsp.regions.lines import common, common_end

SHORT = 6000
"""Characters up to which a script is read as a whole: that takes a few milliseconds."""
MOST = 0.5
"""How much of a script's length pieces with their contexts may have together: with more to read anew
the script is read as a whole."""

_TOKEN = re.compile(
    r"\\(?:\r\n|.|\Z)|\$?'|\"|(?:^|(?<=[\s;&|()]))#[^\n]*|<<<|<<(-?)[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\""
    r"|\\.|[^\s'\"\\|&;()<>`])+)|[(){}`\n]"
    r"|(?<![\w$./=-])(?:if|case|for|while|until|select|fi|done|esac)(?![\w=./-])",
    re.DOTALL | re.MULTILINE,
)
_ANSI = re.compile(r"(?:[^'\\]|\\.)*+'", re.DOTALL)
_COMMAND_BEGINS = re.compile(r"(?:^|[;&|({!]|\b(?:then|do|else|elif|time))[ \t]*\Z")
_GOES_ON = re.compile(r"(?:\||&&|\(\)|\bfunction[ \t]+\S+)[ \t\r]*\Z")
_ENDS = {"fi": "if", "done": "loop", "esac": "case", ")": "(", "}": "{"}
_OPENS = {"if": "if", "case": "case"} | dict.fromkeys(("for", "while", "until", "select"), "loop")
_LOOSE = frozenset(("if", "loop", "case", "{"))
_MOST_LOOSE = 20
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_USED = re.compile(r"\$\{?[#!]?([A-Za-z_]\w*)")
_VARIABLES = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]\n]*\])?\+?=|\b(?:for|select)[ \t]+(\w+)")
_PROGRAMS = re.compile(
    r"([A-Za-z_][\w.:-]*)[ \t]*\([ \t]*\)|\bfunction[ \t]+([\w.:-]+)"
    r"|\balias[ \t]+(?:-g[ \t]+)?['\"]?([\w.:-]+)="
)
_MARKS = re.compile(r"[\\'\"]")
_MAY_SET = re.compile(r"=|\(|read|for|select|getopts|function|printf")
_READS = re.compile(r"\b(?:read|mapfile|readarray|getopts|printf[ \t]+-v)\b([^\n;|&]*)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A command at the top of a script with the blank lines and comments before it.

    `loose`: it is, or stands behind, one that is never closed, like an `if` while it is being typed.
    """

    start: int
    end: int
    loose: bool = False


def cut(text: str, start: int = 0) -> Iterator[Piece]:
    """The pieces of a script from a place on where one begins, in order and without gaps. What never
    closes is one piece to the end if it is a quotation, else its first line is one."""
    loose = False
    for place, forced in _boundaries(text, ShellText(text), start):
        loose = loose or forced
        yield Piece(start, place, loose)
        start = place
    if start < len(text):
        yield Piece(start, len(text), loose)


def cut_again(old: str, pieces: list[Piece], text: str) -> list[Piece]:
    """The pieces of a changed script: cut anew only where it changed."""
    front = common(old, text)
    back = common_end(old[front:], text[front:])
    last = bisect_right(pieces, min(front, len(old) - 1), key=lambda one: one.end)
    kept = pieces[: min(last, bisect_left(pieces, True, key=lambda one: one.loose))]
    loose = bool(pieces) and pieces[-1].loose
    shift = len(text) - len(old)
    ends = {one.end + shift: index for index, one in enumerate(pieces)}
    found = list(kept)
    for piece in cut(text, kept[-1].end if kept else 0):
        found.append(piece)
        index = ends.get(piece.end)
        if index is not None and piece.end >= len(text) - back and not (loose or piece.loose):
            found += [Piece(one.start + shift, one.end + shift) for one in pieces[index + 1 :]]
            break
    return found


def _boundaries(text: str, shell: ShellText, start: int) -> Iterator[tuple[int, bool]]:
    """Where pieces end, and whether that is only because something never does."""
    passed: set[int] = set()
    while True:
        stack: list[tuple[str, int]] = []
        yield from _closed(text, shell, start, stack, passed)
        opened = next((place for sign, place in stack if sign in _LOOSE), None)
        if shell.broken or opened is None or len(passed) >= _MOST_LOOSE:
            return
        passed.add(opened)
        start = text.find("\n", opened) + 1
        if not start:
            return
        yield start, True


def _closed(
    text: str, shell: ShellText, start: int, stack: list[tuple[str, int]], passed: set[int]
) -> Iterator[tuple[int, bool]]:
    """Where commands at the top end, up to one that does not; then `stack` is what is open, without
    regard to what `passed` names."""
    pending: list[tuple[str, bool]] = []
    at = line = start
    while match := _TOKEN.search(text, at):
        sign, at = match.group(), match.end()
        char = sign[0]
        if char in "\\#" or sign == "<<<":
            continue
        if sign == "\n":
            for word, strip in pending:
                document = shell.document(word, at, strip=strip)
                if document is None:  # what is typed further down may end it
                    stack[:] = [("<", at)]
                    return
                at = document.after
            pending.clear()
            if not stack and not _GOES_ON.search(text, line, match.start()):
                yield at, False
            line = at
        elif char in "'\"$":
            at = _quote_end(text, shell, sign, at)
            if shell.broken:
                return
        elif match[2]:
            if [sign for sign, _ in stack[-2:]] != ["(", "("]:  # else it shifts bits
                pending.append((match[2], bool(match[1])))
        elif match.start() not in passed:
            _nest(text, line, match, stack)


def _quote_end(text: str, shell: ShellText, sign: str, at: int) -> int:
    if sign == "'":
        return shell.single(at, len(text))
    if sign == '"':
        return shell.close(at, '"')
    match = _ANSI.match(text, at)
    return match.end() if match else len(text)


def _nest(text: str, line: int, match: re.Match[str], stack: list[tuple[str, int]]) -> None:
    """Keep up what is open: parentheses, braces, loops, conditions."""
    sign = match.group()
    top = stack[-1][0] if stack else ""
    if sign in ("`", "(", "{"):
        if sign == top == "`":
            stack.pop()
        else:
            stack.append((sign, match.start()))
    elif sign in (")", "}"):
        if top == _ENDS[sign]:
            stack.pop()
    elif not _COMMAND_BEGINS.search(text[max(line, match.start() - 80) : match.start()]):
        return
    elif sign in _OPENS:
        stack.append((_OPENS[sign], match.start()))
    elif any(_ENDS[sign] == other for other, _ in stack):
        while stack.pop()[0] != _ENDS[sign]:
            pass


@functools.lru_cache(maxsize=8192)
def names_set(text: str) -> frozenset[str]:
    """The names that shell text may give a meaning: programs as they are, variables with a `$`."""
    if not _MAY_SET.search(text):
        return frozenset()
    found = {name for groups in _PROGRAMS.findall(text) for name in groups if name}
    found.update("$" + name for groups in _VARIABLES.findall(text) for name in groups if name)
    if "alias" in text:
        found.update(name.removeprefix("$") for name in tuple(found))
    for words in _READS.findall(text):
        found.update("$" + name for name in _WORD.findall(words))
    return frozenset(found)


@functools.lru_cache(maxsize=8192)
def names_used(text: str) -> frozenset[str]:
    """The names that shell text may take from elsewhere, spelled alike."""
    return frozenset((*_WORD.findall(text), *("$" + name for name in _USED.findall(text))))


class Script:
    """What was said about a script, kept for when it changes. A script of up to `short` characters is
    read as a whole; so is one of which pieces with more than `most` of its length are new."""

    def __init__(self, short: int = SHORT, most: float = MOST) -> None:
        self._short, self._most = short, most
        self._text = ""
        self._pieces: list[Piece] = []
        self._said: dict[tuple[str, int], tuple[int, tuple[Examined, ...]]] = {}

    def examine(
        self, text: str, read: Callable[[str], tuple[Examined, ...]], aliases: Mapping[str, str]
    ) -> list[tuple[Examined, int]]:
        """Every command of the script, and by how much its places are ahead of the script's."""
        if len(text) <= self._short:
            return [(one, 0) for one in read(text)]
        self._pieces = cut_again(self._text, self._pieces, text)
        self._text = text
        parts = _with_contexts(text, self._pieces, aliases)
        known, self._said = self._said, {}
        new = [part for part in parts if part.key not in known]
        if sum(len(part.text) for part in new) > self._most * len(text):
            known |= _told_apart(new, read(text))
        found: list[tuple[Examined, int]] = []
        for part in parts:
            said = known.get(part.key)
            if said is None:
                last = part.first + part.piece.end - part.piece.start
                every = tuple(one for one in read(part.text) if part.first <= one.start < last)
                said = (part.first, every)
            self._said[part.key] = said
            ahead = said[0] - part.piece.start
            found += [(one, ahead) for one in said[1]]
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece, the text to read it in, and where it begins there."""

    piece: Piece
    text: str
    first: int

    @property
    def key(self) -> tuple[str, int]:
        return self.text, self.first


def _told_apart(
    parts: list[_Part], every: tuple[Examined, ...]
) -> dict[tuple[str, int], tuple[int, tuple[Examined, ...]]]:
    """What was said about the whole, for each piece; places count from the whole's beginning."""
    starts = [one.start for one in every]
    found = {}
    for part in parts:
        first = bisect_left(starts, part.piece.start)
        last = bisect_left(starts, part.piece.end)
        found[part.key] = (part.piece.start, every[first:last])
    return found


def _with_contexts(text: str, pieces: list[Piece], aliases: Mapping[str, str]) -> list[_Part]:
    """Each piece that may call kubectl, with what it takes from the others."""
    bodies = [text[piece.start : piece.end] for piece in pieces]
    setting: dict[str, list[int]] = defaultdict(list)
    for index, body in enumerate(bodies):
        for name in names_set(body):
            setting[name].append(index)
    parts = []
    for index in _callers(bodies, setting, aliases):
        chosen = _context(index, bodies, setting)
        front = "".join(bodies[one] for one in chosen if one < index)
        back = "".join(bodies[one] for one in chosen if one > index)
        parts.append(_Part(pieces[index], front + bodies[index] + back, len(front)))
    return parts


def _callers(
    bodies: list[str], setting: Mapping[str, list[int]], aliases: Mapping[str, str]
) -> list[int]:
    """The pieces that may call kubectl, by that name or by one that stands for it."""
    names = set(aliases)
    direct = {index for index, body in enumerate(bodies) if _calls(body)}
    while True:
        more = {name for name, where in setting.items() if not direct.isdisjoint(where)} - names
        if not more:
            return sorted(direct)
        names |= more
        direct |= {
            index
            for index, body in enumerate(bodies)
            if index not in direct and not more.isdisjoint(names_used(body))
        }


def _context(index: int, bodies: list[str], setting: Mapping[str, list[int]]) -> list[int]:
    """The pieces that set what a piece uses, and what those use."""
    chosen = {index}
    todo = [index]
    names = {"kubectl"}
    chosen.update(setting.get("kubectl", ()))
    while todo:
        for name in names_used(bodies[todo.pop()]) - names:
            names.add(name)
            for other in setting.get(name, ()):
                if other not in chosen:
                    chosen.add(other)
                    todo.append(other)
    return sorted(chosen)


@functools.lru_cache(maxsize=8192)
def _calls(body: str) -> bool:
    """Whether kubectl is named, also where quotes and backslashes are put into its name."""
    if "kube" in body or "KUBE" in body or "$'" in body:
        return True
    return "tl" in body and "kube" in _MARKS.sub("", body)
