"""What came of an offer: the first line that was run after it, and how it ended, for the journal.

Only the journal of this machine learns it, in the row of the request, and only a line that has to do
with kubectl: whatever else somebody types is nobody's business.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kai import config, wiring
from kai.errors import KaiError
from kai_shell.daemon import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kai.journal import Journal
    from kai_shell.daemon.work import Asked, Worker

NOTED = protocol.answer("noted")

_STATUSES = range(256)


async def note(worker: Worker, fields: Sequence[str]) -> bytes:
    """The answer to `ran SHELL ID STATUS TEXT`, which is always the same: nobody reads it.

    Text that has nothing to do with kubectl is not kept: then the offer was not taken, and that is
    all there is to say.
    """
    _, number, status, text = fields
    offer = worker.offer(number)
    if offer is None:
        return NOTED
    if "kubectl" not in text:
        await declined(worker, offer.asked)
        return NOTED
    code = int(status) if _is_status(status) else None
    await _say(worker, offer.asked, lambda journal, row: journal.ran(row, text.strip(), code))
    return NOTED


async def declined(worker: Worker, asked: Asked) -> None:
    """Say that what was offered was not taken."""
    await _say(worker, asked, lambda journal, row: journal.update(row, taken=False))


def _is_status(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) in _STATUSES


async def _say(worker: Worker, asked: Asked, write: Callable[[Journal, int], None]) -> None:
    """Write something into the row of a request, where there is one."""
    # The row is written behind the answer: it may be on its way.
    row = await asyncio.shield(asked.recorded)
    if not row:
        return
    try:
        loaded = config.load(worker.environment(asked.line))
    except KaiError:
        return
    journal = wiring.build_journal(loaded)
    try:
        write(journal, row)
    finally:
        journal.close()
