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
    from collections.abc import Sequence

    from kai_shell.daemon.work import Offer, Worker

NOTED = protocol.answer("noted")

_STATUSES = range(256)


async def note(worker: Worker, fields: Sequence[str]) -> bytes:
    """The answer to `ran SHELL ID STATUS TEXT`, which is always the same: nobody reads it."""
    _, number, status, text = fields
    offer = worker.offer(number)
    if offer is not None:
        # The row is written behind the answer: it may be on its way.
        row = await asyncio.shield(offer.asked.recorded)
        _write(worker, offer, row, text.strip(), int(status) if _is_status(status) else None)
    return NOTED


def _is_status(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) in _STATUSES


def _write(worker: Worker, offer: Offer, row: int, text: str, status: int | None) -> None:
    """Say in the row what was run. Text that has nothing to do with the offer is not kept: then the
    offer was not taken, and that is all there is to say."""
    try:
        loaded = config.load(worker.environment(offer.asked.line))
    except KaiError:
        return
    if not row or not loaded.settings.journal.enabled:
        return
    journal = wiring.build_journal(loaded)
    try:
        if "kubectl" in text:
            journal.ran(row, text, status)
        else:
            journal.update(row, taken=False)
    finally:
        journal.close()
