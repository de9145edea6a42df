"""What the words of a shell script say: by what the script itself sets, or unknown.

An unknown part of a word is a token that fits any place; what stood there is kept, for people never
see a token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from kai.safety.shell_commands import Commands, Loop, Simple
from kai.safety.shell_text import Piece, ShellText

_TOKEN = re.compile(r"kai-unknown-\d+z")
_PARAMETER = re.compile(r"([A-Za-z_]\w*|[0-9@*#?$!-])(.*)", re.DOTALL)
_OPERATOR = re.compile(r":?([-=?+])")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)(\[[^\]]*\])?(\+?)=")
_ANSI = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "e": "\x1b", "b": "\b", "f": "\f"}
_CALMS = re.compile(r"dry[-_]run|--local|--help|--list|\b(?:client|server)\b|-h\b")
"""What makes a command change nothing: where it may be missing, it counts as missing."""
_OPENS = re.compile(r"(?<![\w-])(?:if|case|while|until|for|select)(?![\w=-])|[({]")
_CLOSES = re.compile(r"(?<![\w-])(?:fi|esac|done)(?![\w=-])|[)}]")
_LONGEST = 2000
"""Characters of a variable's value; a longer one counts as unknown."""
_DEEPEST = 10
"""How deep expansions within expansions are read."""
_MOST = 12
"""Values of one variable that are all tried; with more it counts as unknown."""

_DECLARES = frozenset(("export", "declare", "local", "readonly", "typeset"))
_LIST = re.compile(r"\s(?:ns|namespaces?|no|nodes?)(?=\s|$)")
_NARROWED = re.compile(
    r"\s(?:-l|--selector|--field-selector)|grep|head|tail|sed|select|awk\s+['\"]/"
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a token stands for, as written.

    `origin`: "value" for what is one value by the way it is set, "list" for any number of words,
    "nodes" or "namespaces" where it is all of them; "" where nothing is known. `default` is the text
    that counts where nothing else is set.
    """

    raw: str
    origin: str = ""
    default: str = ""
    body: str = ""
    """The commands of a substitution."""


@dataclass(frozen=True, slots=True)
class Field:
    """One word as the program gets it, and where it was written."""

    text: str
    start: int
    end: int
    quoted: bool = False
    loose: bool = False
    """Whether it is nothing but an unknown that the shell may split."""

    @property
    def tokens(self) -> list[str]:
        """The unknown parts of it."""
        return tokens(self.text)


def tokens(text: str) -> list[str]:
    """The unknown parts of a text."""
    return _TOKEN.findall(text) if "kai-unknown-" in text else []


@dataclass(slots=True)
class Values:
    """The variables of a script, and what its words say."""

    shell: ShellText
    text: str
    variables: dict[str, list[str]] = field(default_factory=dict)
    loops: dict[str, list[tuple[int, list[str]]]] = field(default_factory=dict)
    """Of the variables of loops: where each loop begins, and its values."""

    unknown: dict[str, Unknown] = field(default_factory=dict)
    pick: dict[str, int] = field(default_factory=dict)
    """Which of several values of a variable counts just now; the first where it stands not here."""

    used: dict[str, int] = field(default_factory=dict)
    """The variables with several values that were asked for, and how many they have."""

    _depth: int = 0
    _put: int = 0
    """Characters put in place of variables so far."""

    def token(self, raw: str, origin: str = "", default: str = "", body: str = "") -> str:
        """A new unknown."""
        name = f"kai-unknown-{len(self.unknown)}z"
        self.unknown[name] = Unknown(raw, origin, default, body)
        return name

    def spoken(self, text: str) -> str:
        """The text as it was written: no token left."""
        if "kai-unknown-" not in text:
            return text
        return _TOKEN.sub(lambda match: self._spoken(match.group()), text)

    def _spoken(self, name: str) -> str:
        known = self.unknown.get(name)
        return known.raw if known is not None else name

    # ------------------------------------------------------------------ what the script sets
    def learn(self, found: Commands) -> None:
        """Every variable that the script sets, with every value."""
        for loop in found.loops:
            self.loops.setdefault(loop.name, []).append((loop.at, self._looped(loop)))
        for several in self.loops.values():
            several.sort(key=lambda one: one[0])
        for pipeline in found.pipelines:
            for command in pipeline:
                self._learn(command)

    def _looped(self, loop: Loop) -> list[str]:
        """The values that a loop gives its variable."""
        texts: list[str] = []
        for start, end in loop.words:
            for item in self.fields(start, end):
                origin = self._origin(item.text)
                origin = origin if origin in ("nodes", "namespaces") else "value"
                text = self.token(f"${loop.name}", origin) if item.tokens else item.text
                if text not in texts:
                    texts.append(text)
        if not texts or len(texts) > _MOST:
            return [self.token(f"${loop.name}", "value")]
        return texts

    def _learn(self, command: Simple) -> None:
        if not command.words:
            for start, end in command.assignments:
                self._assign(start, end)
            return
        start, end = command.words[0]
        name = self.text[start:end] if end - start < 12 else ""
        if name in _DECLARES:
            for first, last in command.words[1:]:
                self._assign(first, last)
        elif name in ("read", "mapfile", "readarray", "getopts"):
            kind = "value" if name in ("read", "getopts") else "list"
            for first, last in command.words[1:]:
                self._told(self.text[first:last], kind)
        elif name == "printf" and self.text[slice(*(command.words[1:2] or [(0, 0)])[0])] == "-v":
            self._told(self.text[slice(*(command.words[2:3] or [(0, 0)])[0])], "value")

    def _told(self, name: str, kind: str) -> None:
        if name.isidentifier():
            self._set(name, self.token(f"${name}", kind))

    def _assign(self, start: int, end: int) -> None:
        match = _ASSIGNED.match(self.text, start, end)
        if match is None:
            return
        name, index, more = match.groups()
        if index or more or self.text.startswith("(", match.end()):
            kind = "list" if index or self.text.startswith("(", match.end()) else ""
            body = self.text[match.end() : min(end, match.end() + _LONGEST)] if kind else ""
            self._set(name, self.token(f"${name}", kind, body=body))
            return
        for text in self._texts(match.end(), end):
            self._set(name, text)
            if _CALMS.search(text) and not self._always(start):
                self._set(name, "")

    def _always(self, start: int) -> bool:
        """Whether an assignment surely happens: at the beginning of a line, in no block."""
        before = self.text[:start]
        if before and before[-1] != "\n":
            return False
        return len(_OPENS.findall(before)) == len(_CLOSES.findall(before))

    def _texts(self, start: int, end: int) -> list[str]:
        """What an assignment sets: no splitting; each value of a variable in it once."""
        self.used.clear()
        texts = [self._whole(start, end)]
        for name, count in list(self.used.items())[:3]:
            for index in range(1, count):
                self.pick = {name: index}
                texts.append(self._whole(start, end))
        self.pick = {}
        return texts

    def _whole(self, start: int, end: int) -> str:
        if self._depth >= _DEEPEST:
            return self.token(self.text[start:end])
        self._depth += 1
        try:
            return "".join(self._piece(piece) for piece in self.shell.pieces(start, end))
        finally:
            self._depth -= 1

    def _set(self, name: str, text: str) -> None:
        values = self.variables.setdefault(name, [])
        if len(values) >= _MOST:
            values[:] = [self.token(f"${name}", self._origin(values[-1]))]
        elif text not in values:
            values.append(text)

    def _origin(self, text: str) -> str:
        known = self.unknown.get(text)
        return known.origin if known is not None else ""

    # ------------------------------------------------------------------ what a word says
    def fields(self, start: int, end: int) -> list[Field]:
        """What the shell makes of a word: one, none where it is empty, or several."""
        done: list[str] = []
        current: list[str] = []
        firm = split = False
        marks = self.text[start : start + 1] in ("'", '"')
        for piece in self.shell.pieces(start, end):
            text = self._piece(piece)
            firm = firm or piece.quoted
            if piece.quoted or piece.kind == "text" or not text or text.split() == [text]:
                current.append(text)
                continue
            split = True
            parts = text.split()
            if text[0].isspace() and current:
                done.append("".join(current))
                current = []
            for part in parts:
                done.append("".join((*current, part)))
                current = []
            if not text[-1].isspace():
                current = [done.pop()] if done else []
        last = "".join(current)
        if last or firm or not (split or self._expands(start, end)):
            done.append(last)
        return [
            Field(text, start, end, marks and not split, not firm and bool(_TOKEN.fullmatch(text)))
            for text in done
        ]

    def _expands(self, start: int, end: int) -> bool:
        return self.text.find("$", start, end) >= 0 or self.text.find("`", start, end) >= 0

    def _piece(self, piece: Piece) -> str:
        body = self.text[piece.start : piece.end]
        if piece.kind == "text":
            return unescaped(body, quoted=piece.quoted)
        if piece.kind == "single":
            return body
        if piece.kind == "ansi":
            return _ANSI.sub(_control, body)
        raw = self.text[piece.raw_start : piece.raw_end]
        if piece.kind == "variable":
            return self._variable(body, raw, piece)
        if piece.kind == "command":
            return self.token(raw, _listed(body) or "value", body=body.strip())
        return self.token(raw, "value")

    def _variable(self, body: str, raw: str, piece: Piece) -> str:
        match = _PARAMETER.fullmatch(body)
        if match is None:
            return self.token(raw, "value")
        name, rest = match.groups()
        if name in "@*" or rest.startswith(("[@]", "[*]")):
            return self.token(raw, "list", body=self._elements(name))
        if rest.startswith("[") and "kubectl" not in self._elements(name):
            return self.token(raw)  # one element of an array, as unknown as any variable
        if not rest:
            return self._named(name, raw, piece.raw_start)
        operator = _OPERATOR.match(rest)
        if operator is None:
            return self.token(raw, self._origin(self._named(name, raw, piece.raw_start)) or "value")
        operand = piece.start + len(name) + operator.end()
        if operator[1] == "+":
            text = self._whole(operand, piece.end)
            return "" if _CALMS.search(text) else text  # it may as well be nothing
        if name in self.variables or name in self.loops:
            return self._named(name, raw, piece.raw_start)
        default = self._whole(operand, piece.end) if operator[1] in "-=" else ""
        return self.token(raw, "", default)

    def _elements(self, name: str) -> str:
        """What the script puts into an array, as written."""
        known = (self.unknown.get(text) for text in self.variables.get(name, ()))
        return " ".join(one.body for one in known if one is not None and one.origin == "list")

    def _known(self, name: str, at: int) -> list[str]:
        """The values of a variable: in a loop over it those of the loop, else all it is set to."""
        loops = self.loops.get(name)
        values = self.variables.get(name, [])
        if not loops:
            return values
        last = bisect_right(loops, at, key=lambda one: one[0]) - 1
        if last >= 0 and not values:
            return loops[last][1]
        every = dict.fromkeys(values + [text for _, texts in loops for text in texts])
        return list(every)[:_MOST]

    def _named(self, name: str, raw: str, at: int) -> str:
        values = self._known(name, at)
        if not values:
            return self.token(raw, "value" if name in "0123456789#?$!-" else "")
        if len(values) > 1:
            self.used[name] = len(values)
        text = values[min(self.pick.get(name, 0), len(values) - 1)]
        self._put += len(text)
        if len(text) > _LONGEST or self._put > 5 * len(self.text) + 100_000:
            return self.token(raw)
        known = self.unknown.get(text)
        if known is None:
            return text
        return self.token(raw, known.origin, known.default, known.body)


def _listed(body: str) -> str:
    """Whether a substitution prints all nodes or all namespaces."""
    words = body.split()
    if "get" not in words[:6] or _NARROWED.search(body):
        return ""
    match = _LIST.search(body.partition("|")[0].partition(">")[0])
    if match is None:
        return ""
    follower = body[match.end() :].split()
    if follower and not follower[0].startswith(("-", "|", "2", ">")):
        return ""
    return "namespaces" if match.group().strip().startswith(("ns", "namespace")) else "nodes"


def _control(match: re.Match[str]) -> str:
    sixteen, unicode, eight, other = match.groups()
    if other is not None:
        return _CONTROL.get(other, other)
    code = int(eight, 8) if eight else int(sixteen or unicode, 16)
    return chr(code)


def unescaped(text: str, *, quoted: bool) -> str:
    """A text without the backslashes that the shell takes away."""
    if "\\" not in text:
        return text
    if text == "\\\n":
        return ""
    if quoted:
        return text[1:] if text[1:] and text[1:] in '$`"\\' else text
    return text[1:]


def join(items: Iterable[Field]) -> str:
    """The words as one text, for looking into."""
    return " ".join(item.text for item in items)
