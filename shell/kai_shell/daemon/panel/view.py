"""What a panel looks like: its state becomes lines of styled text that fit the terminal.

Pure: no terminal, no prompt_toolkit but its table of character widths. Everything that is shown is
sanitised here, in one place (`_clean`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from prompt_toolkit.utils import get_cwidth

from kai.model import Finding, Level, Tier
from kai_shell.daemon.panel.state import Choice, LineEdit, Mode, State, hindrance, wrong
from kai_shell.daemon.protocol import shown
from kai_shell.panel import author

Fragment = tuple[str, str]
"""A style and text in it."""

Line = list[Fragment]

STYLES = {
    "bar": "dim", "bar.destructive": "ansired bold", "dim": "dim",
    "command": "bold", "key": "bold", "cursor": "reverse", "alternative": "", "ok": "ansigreen",
    "read": "ansigreen", "write": "ansiyellow", "destructive": "ansired bold reverse",
    "forbidden": "ansired bold reverse", "lost": "ansired bold", "error": "ansired",
    "warning": "ansiyellow", "info": "ansicyan", "": "",
}  # fmt: skip
"""The styles; every one of them says in colour what the words say too. Grey is no colour here: with
some palettes it is the background."""

TIERS = {
    Tier.READ: "only reads",
    Tier.WRITE: "changes something",
    Tier.DESTRUCTIVE: "DESTRUCTIVE",
    Tier.FORBIDDEN: "FORBIDDEN",
}

_CHECKS = {"names": "it is there", "access": "you may", "dry-run": "the server takes it"}


@dataclass(frozen=True, slots=True)
class Look:
    """The room there is, in columns and rows, and whether more than ASCII can be shown."""

    width: int
    height: int
    unicode: bool = True

    @property
    def inner(self) -> int:
        """Columns beside the bar; the last column stays free, for terminals that wrap early."""
        return max(self.width - 1 - len(self.bar), 4)

    @property
    def bar(self) -> str:
        """What stands before each line; nothing where it is narrow."""
        if self.width < 30:
            return ""
        return " │ " if self.unicode else " | "


@dataclass(frozen=True, slots=True)
class Block:
    """Text that belongs together, in at most `most` lines; of two blocks the one of lower `rank`
    goes first where there is no room. `ready` is a line that is drawn already."""

    style: str
    text: str
    rank: int
    head: Fragment | None = None
    most: int = 3
    ready: Line | None = None


def lines(state: State, look: Look) -> list[Line]:
    """All lines of the panel, at most `look.height`."""
    foot = _keys(state, look)
    blocks = list(_blocks(state, look))
    body = _fitted(blocks, look, look.height - len(foot))
    grave = state.choice is not None and state.choice.tier in (Tier.DESTRUCTIVE, Tier.FORBIDDEN)
    bar = "bar.destructive" if grave else "bar"
    mark = look.bar.replace("│", "┃") if grave else look.bar
    return [[(f"class:{bar}", mark), *line] if mark else line for line in (*body, *foot)]


def _blocks(state: State, look: Look) -> Iterator[Block]:
    if state.note:
        yield Block("warning", state.note, 95)
    if state.status:
        yield Block("dim", state.status, 60, most=1)
    if state.streamed and not state.choices:
        yield Block("command", state.streamed, 80)
    if state.typed is not None:
        yield from _typed(state)
    choice = state.choice
    if choice is None:
        return
    yield from _verdict(choice)
    if state.edit is not None and state.mode is Mode.EDIT:
        yield Block("", "", 100, ready=edited(state.edit, look))
        why = hindrance(choice)
        if why:
            yield Block("error", f"cannot be taken: {why}", 90)
    else:
        yield Block("command", choice.command, 100, most=6)
    if state.mode is Mode.EXPLAIN:
        yield from (
            Block(style, text, 50 - number, most=4)
            for number, (style, text) in enumerate(state.explained)
        )
        return
    yield from _place(state, choice)
    yield from _remarks(choice)
    if state.mode is Mode.CHOOSE:
        yield from _alternatives(state)


def question(
    tier: str, word: str, details: Sequence[str], edit: LineEdit, note: str, look: Look
) -> list[Line]:
    """The lines of the guard's question."""
    words = TIERS.get(Tier(tier), tier) if tier in tuple(Tier) else tier
    blocks = [Block(tier if tier in tuple(Tier) else "destructive", f"{words}: run it?", 99)]
    if look.width < 30:
        blocks[0] = replace(blocks[0], text=f"{words}!")
    blocks += [Block("lost" if not row else "", text, 80 - row) for row, text in enumerate(details)]
    if note:
        blocks.append(Block("error", note, 85))
    foot = [[("class:key", "y"), ("class:dim", " runs it, any of n, Enter, Esc leaves the line")]]
    if word:
        blocks.append(Block("", f"Type {word} and Enter to run it; Esc leaves the line", 98))
        foot = [edited(edit, look)]
    body = _fitted(blocks, look, look.height - len(foot))
    mark = look.bar.replace("│", "┃")
    foot = [_clipped(line, look) for line in foot]
    return [[("class:bar.destructive", mark), *line] if mark else line for line in (*body, *foot)]


def _clipped(line: Line, look: Look) -> Line:
    """The line, without what does not fit."""
    room, kept = look.inner, list[Fragment]()
    for style, text in line:
        while text and width(text) > room:
            text = text[:-1]  # noqa: PLW2901
        room -= width(text)
        kept.append((style, text))
    return kept


def _typed(state: State) -> Iterator[Block]:
    """What is wrong with the line as it stands, before the repair."""
    assert state.typed is not None  # noqa: S101 - the caller has looked
    for finding in wrong(state.typed.findings):
        yield Block(str(finding.level), f"your line: {_finding(finding)}", 85)


def _verdict(choice: Choice) -> Iterator[Block]:
    """Tier in words, reasons, what is hit: for what destroys, first what will be lost."""
    risk, tier = choice.verdict, choice.tier
    words = TIERS.get(Tier(tier)) if tier in tuple(Tier) else "FORBIDDEN"
    reasons = "; ".join(risk.reasons) if risk else ""
    told = f"{words}: {reasons}" if reasons and tier != Tier.READ else str(words)
    yield Block(tier, told, 99)
    if risk is not None and risk.radius is not None and tier != Tier.READ:
        kind = "lost" if tier == Tier.DESTRUCTIVE else ""
        yield Block(kind, f"hits {risk.radius.text}", 97)


def _place(state: State, choice: Choice) -> Iterator[Block]:
    """The current context, which the command may or may not leave."""
    where = state.where
    if where.context:
        text = f"context {where.context}, current namespace {where.namespace or 'default'}"
        yield Block("dim", text, 65 if choice.tier == Tier.READ else 93, most=1)


def _remarks(choice: Choice) -> Iterator[Block]:
    """What it does, what was assumed, what was found, and the checks as they come."""
    suggestion = choice.suggestion
    if suggestion.explanation:
        yield Block("", suggestion.explanation, 70)
    for step in suggestion.steps:
        yield Block("command", step, 94, ("class:dim", "then: "))
    if suggestion.author is not None:
        yield Block("dim", author(suggestion), 60, most=2)
    for assumption in suggestion.assumptions:
        yield Block("info", f"assumed: {assumption}", 75)
    for finding in wrong([*suggestion.findings, *choice.found]):
        yield Block(str(finding.level), _finding(finding), _FINDING_RANK[finding.level])
    if choice.passed:
        said = ", ".join(_CHECKS.get(name, name) for name in choice.passed)
        yield Block("ok", f"checked: {said}", 40, most=1)
    if choice.checking:
        yield Block("dim", "checking ...", 10, most=1)


_FINDING_RANK = {Level.ERROR: 88, Level.WARNING: 78, Level.INFO: 30}


def _alternatives(state: State) -> Iterator[Block]:
    for number, other in enumerate(state.choices):
        if number != state.index:
            yield Block("alternative", other.command, 45, ("class:dim", "or: "), most=1)


def _finding(finding: Finding) -> str:
    repair = f" (better: {finding.replacement})" if finding.replacement else ""
    return f"{finding.level}: {finding.message} [{finding.code}]{repair}"


# --- keys ----------------------------------------------------------------------------------------


def _keys(state: State, look: Look) -> list[Line]:
    """The last line: which keys there are, as many as fit."""
    if state.mode is Mode.EDIT:
        pairs = [("Enter", "takes it"), ("Esc", "back"), ("Ctrl-C", "leaves")]
        if state.edited is not None and hindrance(state.edited):
            del pairs[0]
    elif state.mode is Mode.EXPLAIN:
        pairs = [("Enter", "takes it"), ("?", "back"), ("Esc", "leaves")]
    elif not state.choices:
        pairs = [("Esc", "leaves")]
    else:
        pairs = [("Enter", "keeps it" if state.stands else "takes it"), ("Esc", "leaves")]
        if len(state.choices) > 1:
            pairs.insert(1, ("Tab", f"next ({state.index + 1}/{len(state.choices)})"))
        pairs[-1:-1] = [("e", "edit"), ("?", "explain")]
        if state.typed is None and not state.stands:
            pairs.insert(-1, ("r", "again"))
    gap = " · " if look.unicode else ", "
    texts = [f"{key} {does}" for key, does in pairs]
    if width(gap.join(texts)) > look.inner:
        texts, gap = [key for key, _ in pairs], " "
    if width(gap.join(texts)) > look.inner:
        pairs = [pair for pair in pairs if pair[0] in ("Enter", "Esc", "Tab")]
        texts = [key for key, _ in pairs]
    line: Line = []
    for number, (text, (key, _)) in enumerate(zip(texts, pairs, strict=True)):
        line.append(("class:dim", gap if number else ""))
        head = key if text.startswith(key) else ""
        line += [("class:key", head), ("class:dim", text[len(head) :])]
    return [[piece for piece in line if piece[1]]]


# --- fitting -------------------------------------------------------------------------------------


def _fitted(blocks: list[Block], look: Look, height: int) -> list[Line]:
    """The lines of the blocks; where there are too many, those that say least go first."""
    drawn = [_drawn(block, look) for block in blocks]
    ranks = [
        (block.rank - (_LATER + row if row else 0), number, row)
        for number, (block, told) in enumerate(zip(blocks, drawn, strict=True))
        for row in range(len(told))
    ]
    # Of lines that say equally little the last goes; a block loses its lines from its end.
    ranks.sort(key=lambda item: (item[0], -item[1], -item[2]))
    for _, number, _ in ranks[: max(len(ranks) - max(height, 1), 0)]:
        del drawn[number][-1]
        if drawn[number]:
            drawn[number][-1] = _ended(drawn[number][-1], look)
    return [line for told in drawn for line in told]


_LATER = 12
"""How much less the second line of a block says than its first."""


def _drawn(block: Block, look: Look) -> list[Line]:
    if block.ready is not None:
        return [block.ready]
    style = f"class:{block.style}" if block.style else ""
    head = block.head[1] if block.head else ""
    text = _clean(block.text, look)
    told = list(broken(text, look.inner - len(head)))
    if len(told) > block.most:
        told = told[: block.most]
        told[-1] = _shortened(told[-1], look.inner - len(head), look)
    rows: list[Line] = []
    for number, row in enumerate(told):
        first: Line = [block.head] if block.head and not number else []
        if block.head and number:
            first = [("", " " * len(head))]
        rows.append([*first, (style, row)])
    return rows


def _ended(line: Line, look: Look) -> Line:
    style, text = line[-1]
    room = look.inner - sum(width(part) for _, part in line[:-1])
    return [*line[:-1], (style, _shortened(text, room, look))]


def _shortened(text: str, room: int, look: Look) -> str:
    """The text with an end that says that there is more."""
    end = "…" if look.unicode else "..."
    while text and width(text) + len(end) > room:
        text = text[:-1]
    return text.rstrip() + end


def edited(edit: LineEdit, look: Look) -> Line:
    """The line that is edited, around its cursor, in one row."""
    room = max(look.inner - 2, 2)
    text = _clean(edit.text, look)  # printable already: as many characters as before
    before, under, after = text[: edit.at], text[edit.at : edit.at + 1] or " ", text[edit.at + 1 :]
    while width(before) + width(under) > room:
        before = before[1:]
    left = room - width(before) - width(under)
    while width(after) > left:
        after = after[:-1]
    style = "class:command"
    return [("class:key", "> "), (style, before), ("class:cursor", under), (style, after)]


def broken(text: str, room: int) -> Iterator[str]:
    """Rows of at most `room` columns, broken at blanks where there are any."""
    room = max(room, 2)
    for part in text.split("\n"):
        row = ""
        for word in _pieces(part, room):
            if row and width(row) + 1 + width(word) > room:
                yield row
                row = word
            else:
                row = f"{row} {word}" if row else word
        yield row


def _pieces(text: str, room: int) -> Iterable[str]:
    """The words; one that is wider than a row in pieces that are not."""
    for word in text.split(" "):
        rest = word
        while width(rest) > room:
            take = len(rest)
            while take > 1 and width(rest[:take]) > room:
                take -= 1
            yield rest[:take]
            rest = rest[take:]
        yield rest


def width(text: str) -> int:
    """Columns on the screen."""
    return len(text) if text.isascii() else sum(get_cwidth(char) for char in text)


def _clean(text: str, look: Look) -> str:
    """What may be shown: no control characters, and what the terminal's encoding has."""
    text = shown(text)
    return text if look.unicode else text.encode("ascii", "replace").decode()
