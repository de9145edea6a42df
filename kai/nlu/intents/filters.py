"""Filters behind a command: grep for what is looked for, count it, only the first lines."""

from __future__ import annotations

import re

from kai.nlu.amounts import number_at
from kai.nlu.frame import Frame
from kai.nlu.patterns import pattern as lazily

_LINKS = frozenset(["the", "word", "string", "text", "term", "pattern", "for", "a", "any", "all"])
_STOP = frozenset(["and", "or", "then", "with", "case", "ignoring", "since"])


def take_filters(f: Frame, *acts: str) -> list[list[str]]:
    """The filter stages the request asks for, consumed. `acts` end a pattern ("in the logs")."""
    count = _counting(f)
    invert = _pattern(f, "invert", acts)
    insensitive = bool(f.take_all("x-grep", "ignorecase"))
    context = _context(f)
    pattern, quoted = _pattern(f, "match", acts)
    if not pattern:
        pattern, quoted = _loud(f)
    flags = ""
    if not pattern:
        pattern, flags = _known_words(f)
    elif alternatives := _alternatives(f, pattern):
        pattern, flags = "|".join(alternatives), "E"
    elif not quoted and (known := _spoken(pattern)):
        pattern, flags = known
    stages: list[list[str]] = []
    if not invert[0] and acts and (noise := _noise(f)):
        invert = (noise, True)
    if invert[0]:
        stages.append(["grep", "-v", invert[0]])
    if pattern:
        flags = ("i" if insensitive and "i" not in flags else "") + flags
        flags += "c" if count else ""
        around = ["-C", context] if context else []
        stages.append(["grep", *([f"-{flags}"] if flags else []), *around, pattern])
        for match in list(f.find_all("x-grepword")):
            if match.value in pattern.lower():
                f.use(match.start, match.end)  # "exceptions of web-0, grep Exception"
        f.take_all("x-grep", "in")
    elif count:
        stages.append(["wc", "-l"])
    return stages


def _context(f: Frame) -> str:
    """`with 3 lines of context`: how many lines around each, consumed; "" if it is not said."""
    for index in list(f.words()):
        count = number_at(f, index)
        lines = f.at("noun", index + 1, "lines")
        if count is None or lines is None:
            continue
        end = lines.end
        if f.low(end) in ("of", "as") and f.low(end + 1) == "context" and f.free(end + 1):
            before = f.low(index - 1) in ("with", "and", "plus", "including")
            f.use(index - before, end + 2)
            return str(count)
        if f.low(end) == "around" and f.free(end):
            f.use(index, end + 1 + (f.low(end + 1) in ("it", "them", "each")))
            return str(count)
    return ""


_LEVELS = frozenset(["ERROR", "WARN", "WARNING", "FATAL", "PANIC", "INFO", "DEBUG", "CRITICAL"])


def _loud(f: Frame) -> tuple[str, bool]:
    """`ERROR lines of web-0`, `any 'connection refused' in it`: the text itself, consumed."""
    for index in list(f.words()):
        token = f.tokens[index]
        lines = f.at("noun", index + 1, "lines")
        if token.text in _LEVELS and lines is not None:
            f.use(index, lines.end)
            return token.text, True
        begins = index == 0 and f.low(1) in ("in", "from", "inside", "within")
        led = f.low(index - 1) in ("any", "for", "all", "find", "say", "says", "saying", "see")
        if token.quoted and (lines is not None or led or begins) and not f.at("kind", index - 1):
            f.use(index, lines.end if lines is not None else index + 1)
            return token.text, True
    return "", False


def _alternatives(f: Frame, pattern: str) -> list[str]:
    """`'refused' or 'reset'`, `WARN or ERROR`: all of them, consumed; [] where there is but one."""
    found = [pattern]
    index = next((at for at, token in enumerate(f.tokens) if token.text == pattern), -1)
    while 0 <= index < len(f.tokens) and f.low(index + 1) in ("or", "and", "|"):
        if index + 2 >= len(f.tokens) or not f.free(index + 2):
            break
        token, last = f.tokens[index + 2], f.tokens[index]
        same = token.quoted if last.quoted else token.text.isupper()
        if not same or not (last.quoted or last.text.isupper()):
            break
        f.use(index + 1, index + 3)
        found.append(token.text)
        index += 2
    return found if len(found) > 1 else []


def _counting(f: Frame) -> bool:
    match = f.find("x-grep", "count")
    if match is None:
        return False
    f.use(match.start, match.end)
    return True


def _pattern(f: Frame, value: str, acts: tuple[str, ...]) -> tuple[str, bool]:
    """(what follows a "grep for", whether it is to be taken to the letter)."""
    for match in list(f.find_all("x-grep", value)):
        at = match.end
        if match.end - match.start == 1 and _is_named(f, match.start):
            continue
        if _the_logs_of(f, at):
            wanted = next((i for i in f.words(at) if f.low(i) in ("for", "on")), None)
            if wanted is None or not f.free(wanted + 1):
                continue
            f.use(match.start, match.end)  # "grep the web deployment's logs for x"
            f.use(wanted)
            at = wanted + 1
        while f.low(at) in _LINKS and f.free(at) and f.free(at + 1):
            at += 1
        if not f.free(at):
            continue
        if f.tokens[at].quoted:
            f.use(match.start, match.end)
            f.use(at - 1 if f.low(at - 1) in _LINKS else at, at + 1)
            return f.tokens[at].text, True
        end = at
        while end < at + 4 and f.free(end) and not _stops(f, end, acts, first=end == at):
            end += 1
            if f.tokens[end - 1].comma:
                break
        if end > at:
            spoken = f.tokens[at].text.islower() and f.low(at - 1) == "for" and match.end < at - 1
            literal = "grep" in {f.low(index) for index in range(match.start, match.end)}
            literal = literal and not spoken
            if match.end <= at and all(f.low(i) in _LINKS for i in range(match.end, at)):
                f.use(match.start, at)
            f.use(match.start, match.end)
            f.use(at, end)
            return " ".join(token.text for token in f.tokens[at:end]), literal
    return "", False


def _the_logs_of(f: Frame, index: int) -> bool:
    """Whether what is to be searched, not what for, begins at `index`."""
    if f.low(index) in ("the", "our", "my") and f.free(index):
        index += 1
    if index >= len(f.tokens) or f.tokens[index].quoted:
        return False
    logs = any(m.start <= index + 2 and m.end > index for m in f.find_all("act", "logs"))
    owned = f.tokens[index].possessive or (
        f.at("kind", index + 1) is not None and f.tokens[index + 1].possessive
    )
    beside = f.at("kind", index + 1) or f.at("act", index, "logs") or f.at("act", index + 1, "logs")
    return logs and (owned or beside is not None)


def _is_named(f: Frame, index: int) -> bool:
    """`the search deployment`: a word of searching that is a name."""
    led = f.low(index - 1) in ("the", "our", "my", "of", "for", "from")
    return led and (f.at("kind", index + 1) is not None or f.low(index + 1) in ("", "in"))


_NOISE = frozenset(
    [
        *("noise", "spam", "chatter", "lines", "line", "entries", "messages", "requests"),
        *("clutter", "crap", "junk", "calls", "probes", "checks", "pings", "hits"),
    ]
)


def _noise(f: Frame) -> str:
    """`excluding the healthz noise`: what is to be left out of the lines, consumed."""
    for match in list(f.find_all("x-grep", "noise")):
        at = match.end
        while f.low(at) in ("the", "all", "those", "these", "any") and f.free(at):
            at += 1
        if f.free(at) and (f.name_at(at, any_word=True) or f.tokens[at].quoted):
            quoted = f.tokens[at].quoted
            noisy = f.low(at + 1) in _NOISE and f.free(at + 1)
            if noisy or quoted:
                f.use(match.start, at + 1 + noisy)
                return f.tokens[at].text
    return ""


def _stops(f: Frame, index: int, acts: tuple[str, ...], *, first: bool) -> bool:
    if f.tokens[index].quoted or f.low(index) in _STOP:
        return True
    cover = f.cover[index]
    if "prep" in cover or f.at("act", index, *acts) or f.at("kind", index):
        return not first or "prep" in cover or f.at("act", index, *acts) is not None
    known = bool(f.cover[index]) or f.low(index) in f.everyday or f.at("x-log", index) is not None
    return known and not first


def _spoken(pattern: str) -> tuple[str, str] | None:
    """A pattern that is a word for a sort of lines ("errors") rather than the text itself."""
    if pattern in ("errors", "warnings", "exceptions", "timeouts", "panics"):
        return pattern.removesuffix("s"), "i"
    return ("error", "i") if pattern == "error" else None


def _known_words(f: Frame) -> tuple[str, str]:
    """`errors in the logs`: a sort of lines, as (pattern, flags of grep)."""
    found: list[str] = []
    upper = ""
    for index in f.words():
        code = re.fullmatch(r"([45]\d\d)s?", f.low(index))
        if code and (f.low(index).endswith("s") or f.low(index + 1) in ("errors", "responses")):
            f.use(index, index + 1 + (not f.low(index).endswith("s")))
            return code[1], ""
    for match in list(f.find_all("x-grepword")):
        word = next((t.text for t in f.tokens[match.start : match.end] if t.text.isupper()), "")
        upper = upper or word
        f.use(match.start, match.end)
        for joiner in (match.start - 1, match.end):
            if f.low(joiner) in ("or", "and") and f.free(joiner):
                f.use(joiner)
        if match.value not in found:
            found.append(match.value)
    if not found:
        return "", ""
    if len(found) == 1:
        return (upper, "") if upper and " " not in found[0] else (found[0], "i")
    return "|".join(found), "iE"


def take_first(f: Frame) -> int | None:
    """`first 20 lines`: how many lines from the beginning."""
    for match in list(f.find_all("x-log", "first")):
        count = number_at(f, match.end)
        lines = f.at("noun", match.end + 1, "lines")
        if count is not None and lines is not None:
            f.use(match.start, lines.end)
            return count
    return None


_STORY = lazily(
    r"\b(?:while|whilst|as) (?:i|we|im|i'm|were|we're|they|you)\b[^,;]*"
    r"|\bfor (?:the|a|our|my|this) (?:demo|ticket|report|incident|post-?mortem|review|stand-?up|meeting|"
    r"customer|on-?call|retro|handover|audit|call|boss|screenshot)\b"
    r"|\b(?:during|before) (?:the|my|our) (?:demo|deploy|release|meeting|stand-?up|call)\b",
    re.IGNORECASE,
)


def take_story(f: Frame) -> None:
    """Consume what tells why or meanwhile what: "while i deploy", "for the demo"."""
    for match in _STORY.finditer(f.scan.text):
        for index in list(f.words()):
            if match.start() <= f.tokens[index].start < match.end():
                f.use(index)
