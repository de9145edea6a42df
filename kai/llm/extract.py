"""The commands in whatever a model answers: fences, prose, thinking, JSON, prompts, several lines.

Nothing here decides whether a command is a good one, and no shell reads anything: the text that is
found goes to the judge as it will be shown. What a reader could not see, or could read in two ways,
gives no command at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kai.llm.extract_json import from_json
from kai.llm.extract_lines import Found, Kind, find, is_script, split_chain, verbs

__all__ = ["LONGEST", "MOST", "Extracted", "displayable", "extract"]

LONGEST = 65_536
"""Characters of an answer that are read; 160 tokens have some 800. Chosen."""

MOST = 5
"""Commands that an answer may hold. More are a script, and a part of one would be no answer.
Chosen: the longest of the usual procedures (cordon, drain, wait, uncordon, look) has five."""

_SAYS_NONE = "the model knows no kubectl command for it"
_NOTHING = "the model's answer holds no kubectl command"
_EMPTY = "the model's answer is empty"
_THINKING = "the model did not get beyond thinking"
_HIDDEN = "the model's answer holds characters that cannot be seen"
_MANY = f"the model's answer holds more than {MOST} commands"
_SCRIPT = "the model's answer needs other programs than kubectl"
_CUT = "the model's answer was cut off"


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was found: the commands in the order in which they are to run.

    `none`: the model itself says that there is no command. `why` tells people why there is none.
    """

    commands: tuple[str, ...] = ()
    none: bool = False
    why: str = ""


def extract(text: str, *, prefill: str = "", cut: bool = False) -> Extracted:
    """Find the commands of an answer. Takes any text, in time proportional to its length.

    `prefill` is how the answer had to begin, which a model goes on from or repeats. `cut`: the
    answer ended because no more tokens were allowed, so its last line is not whole.
    """
    cut = cut or len(text) > LONGEST
    text = text[:LONGEST].removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\r")
    if cut:
        text, newline, _ = text.rpartition("\n")
        if not newline:
            return Extracted(why=_CUT)
    if not text.strip():
        return Extracted(why=_EMPTY)
    text, ended = _spoken(text)
    if not text.strip():
        return Extracted(why=_EMPTY if ended else _THINKING)
    wrapped = from_json(text)
    if wrapped is not None:
        text = "\n".join(wrapped) or "NONE"
        prefill = ""
    walk = _Walk()
    walk.run(_lines(_prefilled(text, prefill)))
    return walk.result()


# --- what the model says to itself ----------------------------------------------------------------

_THINK = ("think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad")
_OPENS = (
    *(f"<{name}>" for name in _THINK),
    "[THINK]",
    "◁think▷",
    "<seed:think>",
    "<|begin_of_thought|>",
)
_CLOSES = (
    *(f"</{name}>" for name in _THINK),
    "[/THINK]",
    "◁/think▷",
    "</seed:think>",
    "<|end_of_thought|>",
)
_FINAL = "<|channel|>final<|message|>"
_MARKS = re.compile("|".join(re.escape(mark) for mark in (*_OPENS, *_CLOSES)), re.IGNORECASE)
_TURN_BEGIN = re.compile(r"\A(?:\s|<\|[a-z_]{1,20}\|>|<s>|assistant\n)++")


def _spoken(text: str) -> tuple[str, bool]:
    """The answer without what the model says to itself, and whether that came to an end.

    A template may have opened the thinking: then there is only the mark that closes it.
    """
    if _FINAL in text:
        text = text.rpartition(_FINAL)[2]
    elif "<|channel|>analysis" in text:
        return "", False
    closes = {mark.lower() for mark in _CLOSES}
    kept: list[str] = []
    start = depth = 0
    for match in _MARKS.finditer(text):
        if match[0].lower() in closes:
            if not depth:
                kept.clear()
            depth = 0
        elif not depth:
            kept.append(text[start : match.start()])
            depth = 1
        start = match.end()
    if not depth:
        kept.append(text[start:])
    return _TURN_BEGIN.sub("", "\n".join(kept)), not depth


# --- lines ----------------------------------------------------------------------------------------

_FLAG_LINE = re.compile(r"[ \t]*+(?:--?[A-Za-z][\w-]*+(?=[ =]|\Z)(?! *[:\u2013\u2014-] )|\| *+\w)")


def _lines(text: str) -> list[str]:
    """The lines, those that go on in the next one put together."""
    lines: list[list[str]] = []
    going = False
    for line in text.split("\n"):
        bare = line.rstrip(" \t")
        goes_on = bare.endswith("\\") and not bare.endswith("\\\\")
        part = bare[:-1].rstrip(" \t") if goes_on else bare
        wrapped = bool(lines) and "kubectl" in lines[-1][0][:80] and _FLAG_LINE.match(line)
        if lines and (going or wrapped):
            # Put together: a flag that is left behind (--dry-run) would change everything.
            lines[-1].append(part.lstrip(" \t"))
        else:
            lines.append([part])
        going = goes_on
    return [" ".join(parts) for parts in lines]


_CONTINUES = re.compile(r"[a-z][a-z-]*+(?=[ \t\n]|\Z)|--?[A-Za-z]")


def _prefilled(text: str, prefill: str) -> str:
    """The answer with how it had to begin, unless the model began it anew."""
    begin = prefill.strip()
    if not begin:
        return text
    rest = text.lstrip(" \t\n")
    first = rest.partition("\n")[0].rstrip(" \t")
    if rest.startswith((begin, "kubectl ")) or _is_none(first):
        return text
    word = _CONTINUES.match(rest)
    if word is None or first.endswith(":"):
        return text
    if begin == "kubectl" and word[0] not in verbs() and word[0][0] != "-":
        # No verb that kubectl has. It is invented, or the answer is a sentence: then the command
        # stands elsewhere.
        if is_script(first, code=True) or any(find(line) for line in text.split("\n")[:200]):
            return text
        if len(first.split()) > 8 or first.endswith((".", "!", "?")):
            return text
    return f"{begin} {rest}"


# --- from line to line ----------------------------------------------------------------------------

_NONE = frozenset(("none", "n/a", "null", "no command", "no kubectl command", "kubectl none"))
_LABEL = re.compile(
    r"\A(?:the )?(?:kubectl )?(?:command|answer|output|result|response)s?(?: is)?:\s*+"
)
_NONE_REST = re.compile(r"none\b(?=\s*+(?:[-\u2013\u2014:.(,]|$))")
_NEXT_TURN = re.compile(
    r"[#*\s>]*+(?:(?:next )?(?:request|user|human|task|question|q|input|instruction|example)\b"
    r"[ \d]{0,4}[*]{0,2}:|<\|im_start\|>|<start_of_turn>|\[INST\])",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:or|alternatively|alternatives?|instead|another|others?|optionally|optional|(?:can|could|"
    r"may|might) also|if|example|e\.g|verify|confirm|double-check|similarly|equivalent|same|"
    r"explanation|breakdown|notes?|tips?|sample|output|you can|undo|revert|to (?:see|check|view|"
    r"monitor|watch|list|inspect))\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:^|\n)[\s#*>-]*+(?:step\s*+)?\d{1,2}+[.):]|\b(?:then|next|after(?:wards?| that)|finally|"
    r"lastly|second(?:ly)?|third(?:ly)?|now|once)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:(?:not|never|don'?t|don\u2019t|can'?t) (?:to )?(?:ever )?(?:run|use|execute|do|try|type|"
    r"issue|call|apply|enter)|avoid|instead of|rather than|unlike|wrong|incorrect)\b"
    r"[^.;]{0,120}\Z",
    re.IGNORECASE,
)
"""Ends with what is warned of."""

_CHOICE = re.compile(
    r"\b(?:options|ways|alternatives|possibilities|either|one of|several|methods|approaches)\b",
    re.IGNORECASE,
)
"""Says before the first command that several are no steps."""

_FENCE = re.compile(r"[ \t>*+-]*+(?:\d{1,2}+[.)][ \t]*+)?(```+|~~~+)(.*)\Z", re.DOTALL)
_DATA_LANGUAGES = "yaml yml json xml toml ini dockerfile python py go golang js diff hcl"
_DATA = frozenset(_DATA_LANGUAGES.split())


@dataclass(slots=True)
class _Walk:
    """Goes over the lines once and keeps what was found on the way."""

    found: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    inline_prose: list[str] = field(default_factory=list)
    stepped: bool = False
    inline_over: bool = False
    fence: str = ""
    data: bool = False
    none: bool = False
    script: bool = False
    hidden: bool = False
    choice: bool = False
    over: bool = False

    def run(self, lines: list[str]) -> None:
        for line in lines:
            if self.over:
                return
            self._line(line)

    def result(self) -> Extracted:
        if self.none:
            return Extracted(none=True, why=_SAYS_NONE)
        if self.script:
            return Extracted(why=_SCRIPT)
        commands = _once(self.found or self.inline or self.comments[:1])
        if not commands:
            return Extracted(why=_NOTHING)
        if self.hidden:
            return Extracted(why=_HIDDEN)
        if len(commands) > MOST:
            return Extracted(why=_MANY)
        return Extracted(tuple(commands))

    def _line(self, line: str) -> None:
        mark = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if mark is not None and self._fence(mark[1], mark[2]):
            return
        if self.data or not line.strip():
            return
        if not self.fence and (self.found or self.inline) and _NEXT_TURN.match(line):
            self.over = True  # the model goes on with a request of its own
            return
        if _is_none(line):
            self.none = not self.found
            self.over = True
            return
        commands = find(line)
        for command in commands:
            self._take(command)
        if not commands:
            if is_script(line, code=bool(self.fence)) and not line.rstrip().endswith(":"):
                aside = self.found and self.prose and not self.stepped
                self.script = self.script or not aside
            self.prose.append(line)
            self.inline_prose.append(line)
            self.stepped = self.stepped or _STEP.search(line) is not None

    def _fence(self, mark: str, info: str) -> bool:
        """A line with a fence on it; False where it holds more than that."""
        if self.fence:
            if mark[:3] != self.fence[:3]:
                return False
            self.fence, self.data = "", False
            return not info.strip()
        if info.rstrip().endswith(mark[:3]):
            return False  # opened and closed in one line
        self.fence = mark
        language, _, more = info.strip().partition(" ")
        self.data = language.lower() in _DATA
        if language == "kubectl" and more:
            more = info.strip()
        for command in find(more):
            self._take(command)
        return True

    def _take(self, found: Found) -> None:
        self.hidden = self.hidden or _hidden(found.command + found.after)
        if found.kind is Kind.COMMENT:
            self.comments.append(found.command)
            self.prose.append(found.before + found.command)
        elif found.kind is Kind.INLINE and not self.fence:
            self._take_inline(found)
        else:
            self._take_line(found)

    def _take_line(self, found: Found) -> None:
        between = "\n".join((*self.prose, found.before))
        self.prose = [found.after] if found.after else []
        self.stepped = False
        if _NOT.search(between[-160:]):
            return
        if self.found and not _goes_on(between):
            self.over = True
            return
        self.choice = self.choice or _CHOICE.search(between) is not None
        self.found.extend(split_chain(found.command))
        self.over = found.open or self.choice

    def _take_inline(self, found: Found) -> None:
        between = "\n".join((*self.inline_prose, found.before))
        self.inline_prose = [found.after]
        self.prose.append(found.before + found.command)
        if self.inline_over or _NOT.search(between[-160:]):
            return
        if self.inline and not (_STEP.search(between) and _goes_on(between)):
            self.inline_over = True
            return
        self.inline_over = _CHOICE.search(between) is not None
        self.inline.extend(split_chain(found.command))


def _goes_on(between: str) -> bool:
    """Whether what follows is the next step, and neither another way nor something beside it."""
    if not between.strip():
        return True
    other = _OTHER.search(between)
    if other is None:
        return True
    step = _STEP.search(between)
    return step is not None and other[0].lower() not in ("or", "alternatively", "alternative")


def _is_none(line: str) -> bool:
    text = line.strip(" \t`*_\"'#$>-.!,").lower()
    text = _LABEL.sub("", text).strip(" \t`*_\"'")
    return text in _NONE or _NONE_REST.match(text) is not None


def _once(commands: list[str]) -> list[str]:
    """The commands without what a model repeats: the same line again, the same lines again."""
    kept: list[str] = []
    for command in commands:
        if not kept or command != kept[-1]:
            kept.append(command)
    for period in range(1, min(MOST, len(kept) // 2) + 1):
        head = kept[:period]
        if all(command == head[index % period] for index, command in enumerate(kept)):
            return head
    return kept


# --- characters -----------------------------------------------------------------------------------

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffd").union(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x1810)))
)
"""Printable by their category, and nothing (or not what was written) to see."""

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*+"
    r"(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*+[0-Z\\`-~]"
)


def _hidden(text: str) -> bool:
    """Whether a reader could not see all of it."""
    if text.isascii():
        return not text.isprintable()
    return not text.isprintable() or not _BLANK.isdisjoint(text)


def displayable(chunk: str) -> str:
    """Streamed text as a terminal or an editor may show it: printable characters and line breaks.

    Terminal sequences, control characters, half characters, and what turns or hides text is left
    out. Of a sequence that is torn between two chunks the letters stay.
    """
    if chunk.isascii() and chunk.isprintable():
        return chunk
    text = _ESCAPE.sub("", chunk).replace("\t", " ")
    return "".join(
        char for char in text if char == "\n" or (char.isprintable() and char not in _BLANK)
    )
