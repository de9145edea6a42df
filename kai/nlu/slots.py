"""Slots of new objects: keyword and value in free order, new names, images, container commands.

Words such as "port", "command" or "server" are keywords only where something is being made or set
up, and fine names elsewhere. So their lexicon (`data/make/*.txt`) is scanned only when an intent
of that family asks for it (`prepare`), and never makes a word count as known to other intents.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from kai.nlu import lexicon
from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.lexicon import Lexicon
from kai.nlu.patterns import pattern as lazily
from kai.nlu.scan import tag
from kai.nlu.tokens import NAME
from kai.nlu.typos import Speller
from kai.nlu.where import LACKING, take_context, take_namespace

_DATA = Path(__file__).parent / "data" / "make"
_LINKS = frozenset(
    [
        "is",
        "are",
        "=",
        "of",
        "to",
        "the",
        "a",
        "an",
        "as",
        "at",
        "be",
        "should",
        "equals",
        "equal",
        "set",
        "called",
        "named",
        "being",
        "like",
        "for",
        "my",
    ]
)
_CONNECTORS = frozenset(
    [
        "with",
        "using",
        "from",
        "of",
        "for",
        "on",
        "to",
        "at",
        "by",
        "into",
        "having",
        "via",
        "under",
        "in",
        "through",
        "about",
        "that",
        "which",
        "where",
        "has",
        "containing",
        "holding",
        "it",
        "its",
        "including",
        "plus",
        "against",
        "as",
    ]
)
_META = lazily(r"[;|&<>$`(){}\\\n]")
_SCHEMED = lazily(r"[a-z][a-z0-9+.-]*://")


@lru_cache(maxsize=1)
def words() -> Lexicon:
    """The lexicon of making things.

    Raises:
        TableError: a data file is damaged.
    """
    return lexicon.read(_DATA)


@lru_cache(maxsize=1)
def _speller() -> Speller:
    return Speller(words().words)


def listed(name: str) -> frozenset[str]:
    """A plain word list of the family's lexicon (`list-NAME`)."""
    return words().lists.get(f"list-{name}", frozenset())


def prepare(f: Frame) -> None:
    """Tag the request with the family's phrases, once for all its readings."""
    if "slot" in f.matches:
        return
    f.matches["slot"] = []
    table = words()
    spelled = [_spelling(f, index, table) for index in range(len(f.tokens))]
    tag(f.matches, table.find(spelled))
    if "dry" in f.matches:
        f.matches["dry"] = [match for match in f.matches["dry"] if not _names_preview(f, match)]


def _names_preview(f: Frame, match: Match) -> bool:
    """`create deployment preview`: a name, no dry run."""
    if match.end - match.start > 1 or f.low(match.start) != "preview":
        return False
    return f.ending("kind", match.start) is not None or f.ending("called", match.start) is not None


def _spelling(f: Frame, index: int, table: Lexicon) -> str:
    token = f.tokens[index]
    if token.quoted or token.selector:
        return ""
    for word in (token.low, token.low.replace("-", ""), token.fixed):
        if word in table.words:
            return word
    if len(token.low) < 6 or f.cover[index] or token.low in f.everyday or len(f.tokens) > 30:
        return token.low
    return _speller().nearest(token.low) or token.low


# ------------------------------------------------------------------ values
def skip_links(f: Frame, index: int) -> int:
    """The index behind words that only join a keyword and its value ("is", "the", "=")."""
    while f.free(index) and f.low(index) in _LINKS:
        index += 1
    return index


def value_after(
    f: Frame, *slots: str, pattern: str = "", inline: bool = True, category: str = "slot"
) -> str | None:
    """The value behind a keyword of `slots`, both consumed; `key=value` in one word counts too."""
    prepare(f)
    if inline and (value := _inline(f, slots, pattern, category)) is not None:
        return value
    for match in list(f.find_all(category, *slots)):
        at = skip_links(f, match.end)
        if f.free(at) and _fits(f, at, pattern):
            f.use(match.start, at + 1)
            return f.tokens[at].text
    return None


def _inline(f: Frame, slots: tuple[str, ...], pattern: str, category: str) -> str | None:
    for index in f.words():
        key, mark, value = f.tokens[index].text.partition("=")
        if not mark or not value:
            continue
        meanings = words().meanings(key.lower().lstrip("-"))
        fits = not pattern or re.fullmatch(pattern, value)
        own = category if category != "nothing" else "slot"
        if fits and any((own, slot) in meanings for slot in slots):
            f.use(index)
            return value
    return None


def _fits(f: Frame, index: int, pattern: str) -> bool:
    token = f.tokens[index]
    if pattern:
        return re.fullmatch(pattern, token.text) is not None
    if token.quoted:
        return True
    return f.at("slot", index) is None and not f.cover[index] & {"prep", "called", "labelled"}


def values_after(f: Frame, *slots: str, pattern: str = "", category: str = "slot") -> list[str]:
    """The list behind each keyword of `slots` ("a, b and c"), consumed."""
    prepare(f)
    found: list[str] = []
    for match in list(f.find_all(category, *slots)):
        at = skip_links(f, match.end)
        indexes = list_at(f, at, pattern)
        if indexes:
            f.use(match.start, indexes[-1] + 1)
            found += [part for index in indexes for part in _parts(f.tokens[index].text)]
    return found


def _parts(text: str) -> list[str]:
    return [part for part in text.split(",") if part] if "=" not in text else [text]


def list_at(f: Frame, index: int, pattern: str = "") -> list[int]:
    """Indexes of the values of a list that begins at `index`."""
    found: list[int] = []
    while f.free(index) and _fits(f, index, pattern):
        found.append(index)
        joined = f.tokens[index].comma
        index += 1
        if f.free(index) and f.low(index) in ("and", "or", "also", "plus"):
            index, joined = index + 1, True
        if not joined:
            break
    return found


def number_after(f: Frame, *slots: str) -> str | None:
    """The whole number (digits or words) behind or before a keyword, consumed."""
    from kai.nlu.amounts import number_at

    prepare(f)
    value = value_after(f, *slots, pattern=r"\d+")
    if value is not None:
        return value
    for match in list(f.find_all("slot", *slots)):
        after = skip_links(f, match.end)
        for at in (after, match.start - 1):
            number = number_at(f, at)
            if number is not None:
                f.use(min(at, match.start), max(at + 1, match.end))
                return str(number)
    return None


# ------------------------------------------------------------------ output and the rest
_WRITES = frozenset(["generate", "print", "render", "write", "emit", "spit", "dump", "draft"])
"""First words that ask for a manifest, so that a dry run has to print it."""


def take_dry_run(f: Frame, command: Command) -> None:
    """`--dry-run` and `--output` where the request only wants to see the manifest."""
    prepare(f)
    dry = output = ""
    for match in list(f.find_all("dry")):
        f.use(match.start, match.end)
        kind, _, form = match.value.partition("-")
        if kind in ("client", "server"):
            dry = kind if kind == "server" or not dry else dry
            output = form or output
        else:
            output = kind
    if output and not dry:
        dry = "client"
    if dry == "client" and not output and f.low(0) in _WRITES:
        output = "yaml"
    if dry:
        command.flag("dry-run", dry)
    if output:
        command.flag("output", output)


def take_flags(f: Frame, command: Command) -> None:
    """Flags typed as such (`--replicas=3`, `--rm`), consumed where the command knows them."""
    from kai.kubectl import spec

    table = None
    for index in f.words():
        text = f.tokens[index].text
        if not text.startswith("--") or len(text) < 4 or f.tokens[index].quoted:
            continue
        table = table or spec.load().commands.get(command.path)
        name, mark, value = text[2:].partition("=")
        known = table.flag(name) if table is not None else None
        if known is None or any(name == flag for flag, _ in command.flags):
            continue
        f.use(index)
        if not mark and known.bare is None and f.free(index + 1):
            f.use(index + 1)
            value, mark = f.tokens[index + 1].text, "="
        command.flag(name, value if mark else None)


def take_no_headers(f: Frame, command: Command) -> None:
    """`--no-headers` where the table is wanted without its first line, consumed."""
    if f.take_all("noheaders"):
        command.flag("no-headers")


def absorb(f: Frame) -> None:
    """Consume joining words beside explained ones, and words that say nothing in a making."""
    prepare(f)
    for match in list(f.find_all("slack")):
        if f.low(match.start) != "instead" or f.low(match.end) != "of":
            f.use(match.start, match.end)
    for index in f.words():
        if f.low(index) in ("the", "a", "an", "my", "our"):
            f.use(index)
    fillers = {at for m in f.matches.get("filler", ()) for at in range(m.start, m.end)}
    for index in reversed(list(f.words())):
        if f.low(index) not in _CONNECTORS or index + 1 >= len(f.tokens):
            continue
        after = index + 1
        while after < len(f.tokens) and not f.used[after] and after in fillers:
            after += 1
        if after < len(f.tokens) and f.used[after]:
            f.use(index)


def making(f: Frame) -> bool:
    """Consume the words that ask for something new; whether there were any."""
    wanted = take_clear(f, "makeit")
    return take_clear(f, "act", "create") or wanted


_ITS = frozenset(["a", "the", "its", "this", "that", "cron", "with", "on", "of"])
"""Words before "schedule" that make it no order to schedule something."""


def take_clear(f: Frame, category: str, *values: str) -> bool:
    """Consume phrases, but not inside longer ones of other meaning ("dont create it")."""
    prepare(f)
    kept: set[int] = set()
    for other in ("dry", "exposeit", "attachonly", "shell"):
        for match in f.find_all(other):
            kept.update(range(match.start, match.end))
    said = False
    for match in list(f.find_all(category, *values)):
        placed = f.low(match.start - 1) in ("in", "namespace", "ns", "named", "called")
        placed = placed and match.end == match.start + 1  # "ns web is missing"
        placed = placed or (category == "makeit" and f.low(match.start - 1) == "to")
        placed = placed or (f.low(match.start) == "schedule" and f.low(match.start - 1) in _ITS)
        if not placed and not kept.intersection(range(match.start, match.end)):
            f.use(match.start, match.end)
            said = True
    return said


def take_place(f: Frame, *, worded: bool = False) -> None:
    """Namespace and context; behind "namespace" any word is its name, also a kind ("ns jobs").

    `worded`: only what stands beside the word "namespace".
    """
    prepare(f)
    take_context(f, nouns=("context",))
    for match in list(f.find_all("kind", "namespaces")):
        called = f.at("called", match.end)
        at = called.end if called else match.end
        while f.free(at) and f.low(at) in ("of", "is", "="):
            at += 1
        if at > match.end and f.low(at) in LACKING:
            continue  # "gateway ns is missing ..."
        token = f.tokens[at] if f.free(at) else None
        if token is None or not NAME.fullmatch(token.text.lower()):
            continue
        if not token.quoted and (f.cover[at] & {"prep", "filler"} or token.low in ("with", "and")):
            continue
        f.namespace = token.text.lower()
        f.use(match.start, at + 1)
        before = match.start - 1
        while f.free(before) and f.low(before) in ("the", "my", "our"):
            f.use(before)
            before -= 1
        if f.free(before) and "prep" in f.cover[before]:
            f.use(before)
        return
    if not worded:
        take_namespace(f)
