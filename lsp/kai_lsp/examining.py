"""The commands of a document with what there is to say about them, without holding up anybody.

A script of thousands of lines takes seconds to judge, and what one line sets counts for all others.
So a long text is read in a thread once the typing has stopped; until then an answer for some lines
looks at those and the ones beside them.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from kai.examine import Examined, Examiner
from kai_lsp.documents import Open, Told
from kai_lsp.regions import Command, Language, ShellRegion

Result = TypeVar("Result")
Every = tuple[Examined, ...]

QUICK = 6_000
"""Characters of shell text that are judged on the spot: some 30 ms."""

_WINDOW = 12
"""Lines around those asked for that are looked at while the whole is not read yet."""
_USED = re.compile(r"\$\{?([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class _Part:
    """A region, the settings of the document that it uses, and its own text."""

    region: ShellRegion
    front: str

    def kept(self, examiner: Examiner, read: Callable[[str], Every]) -> Every:
        """What was said before about its text with these settings, else what `read` says."""
        return self.region.body.remembered((examiner, self.front), read)

    def keep(self, examiner: Examiner, every: Every) -> None:
        """Remember what was said about its text, which never changes."""
        self.kept(examiner, lambda _: every)


class _Unread(Exception):
    """Nobody has looked at this text."""


def known(document: Open, examiner: Examiner) -> tuple[Command, ...] | None:
    """Every command in order of place; None where it would take long to find out."""
    told = document.told
    if told is not None and told.lines is document.lines and told.examiner is examiner:
        return told.commands
    parts = _parts(document)
    unread = [part for part in parts if _kept(part, examiner) is None]
    if sum(len(part.region.text) for part in unread) > QUICK:
        return None
    return _put_together(document, examiner, parts)


def around(document: Open, examiner: Examiner, start: int, end: int) -> list[Command]:
    """The commands on the lines between two places, at once."""
    lines = document.lines
    first = lines.span(lines.line(min(start, end)))[0]
    last = lines.span(lines.line(max(start, end)))[1]
    if known(document, examiner) is not None and document.told is not None:
        spans = document.told.spans
        return [command for one, other, command in spans if one <= last and first <= other]
    found: list[Command] = []
    for part in _parts(document):
        if part.region.start <= last and first <= part.region.end:
            if _kept(part, examiner) is not None or len(part.region.text) <= QUICK:
                found += _commands(part, examiner)
            elif _as_written(document, part.region):
                found += _window(document, part.region, examiner, first, last)
    return [one for one in found if one.start <= last and first <= one.end]


def _as_written(document: Open, region: ShellRegion) -> bool:
    """Whether the document is a script, and its shell text the document as it is: not in fish."""
    return document.content.language is Language.SHELL and region.text == document.content.text


async def whole(document: Open, examiner: Examiner) -> tuple[Command, ...]:
    """Every command in order of place; what takes long is read in a thread, one for a document.

    The document may change meanwhile: then it is those of the new text. Raises what reading raises.
    """
    while (found := known(document, examiner)) is None:
        reading = document.reading
        if reading is None or reading.done():
            reading = document.reading = asyncio.create_task(_read_next(document, examiner))
        # Who waits may be cancelled: the thread goes on all the same, and what it finds is kept.
        await asyncio.shield(reading)
    return found


async def _read_next(document: Open, examiner: Examiner) -> None:
    for part in _parts(document):
        if _kept(part, examiner) is None:
            read = partial(_read, examiner, part.front, part.region.text)
            part.keep(examiner, await in_thread(read))
            return


async def in_thread(work: Callable[[], Result]) -> Result:
    """What `work` gives, made in a thread that does not keep the program from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def done(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: Result | None = None
        fault: BaseException | None = None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - it is handed to who waits
            fault = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(done, result, fault)

    threading.Thread(target=run, daemon=True, name="kai-examining").start()
    return await future


def _parts(document: Open) -> list[_Part]:
    content = document.content
    return [_Part(region, content.prelude(region)) for region in content.shells]


def _kept(part: _Part, examiner: Examiner) -> Every | None:
    def read(text: str) -> Every:
        raise _Unread

    try:
        return part.kept(examiner, read)
    except _Unread:
        return None


def _commands(part: _Part, examiner: Examiner) -> list[Command]:
    every = part.kept(examiner, partial(_read, examiner, part.front))
    return [Command(part.region, one, len(part.front)) for one in every]


def _read(examiner: Examiner, front: str, text: str) -> Every:
    if "kube" not in (front + text).lower():
        return ()
    every = examiner.script(front + text)
    return tuple(one for one in every if one.start >= len(front))


def _put_together(document: Open, examiner: Examiner, parts: list[_Part]) -> tuple[Command, ...]:
    found = [command for part in parts for command in _commands(part, examiner)]
    spans = sorted(
        ((command.start, command.end, command) for command in found), key=lambda one: one[:2]
    )
    commands = tuple(command for _, _, command in spans)
    document.told = Told(document.lines, examiner, commands, tuple(spans))
    return commands


def _window(
    document: Open, region: ShellRegion, examiner: Examiner, first: int, last: int
) -> list[Command]:
    """The commands of some lines of a long script, judged with the variables they use."""
    lines, text = document.lines, document.content.text
    one, other = lines.line(first), lines.line(last)
    low, high = max(one - _WINDOW, 0), min(other + _WINDOW, len(lines) - 1)
    while low and text[slice(*lines.span(low - 1))].endswith("\\"):
        low -= 1
    start, end = lines.span(low)[0], lines.span(high)[1]
    shown = text[start:end]
    front = "".join(f"{line}\n" for line in _assignments(text[:start], shown))
    every = examiner.script(front + shown)
    # Places count from the window: less than nothing is put before it where it is further down.
    return [
        Command(region, found, len(front) - start) for found in every if found.start >= len(front)
    ]


def _assignments(before: str, shown: str) -> list[str]:
    """The last plain assignment above of each variable that is used."""
    found = []
    for name in dict.fromkeys(_USED.findall(shown)):
        pattern = re.compile(
            rf"^[ \t]*(?:export[ \t]+)?({name}=(?:\"[^\"\n`$]*\"|'[^'\n]*'|[^\s;&|()`$\"']*))[ \t]*\r?$",
            re.MULTILINE,
        )
        every = pattern.findall(before)
        found += every[-1:]
    return found
