"""kai's real language server with a model that never ends by itself.

It notes in the file of KAI_TEST_NOTES when it is asked and when it is stopped, and answers
`kai/status` with a context that is protected.
usage: slow_lsp.py (what an editor adds)
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from kai.model import Ask, Draft, Text
from kai.provider import Rejected
from kai_lsp.features import build
from kai_lsp.server import Server


class SlowProvider:
    """A model that says one word and goes on thinking."""

    digest = "slow"

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncIterator[Text | Draft]:
        """One word, then nothing until it is stopped."""
        note("asked")
        yield Text("kubectl ")
        try:
            await asyncio.Event().wait()
        finally:
            note("stopped")


def note(text: str) -> None:
    """Leave a line for the test."""
    with Path(os.environ["KAI_TEST_NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(f"{text}\n")


if __name__ == "__main__":
    server = build(provider=SlowProvider())

    @server.feature("kai/status")
    def status(ls: Server, params: object) -> dict[str, object]:
        return {"context": "prod-eu", "namespace": "shop", "protected": True, "model": "warm"}

    server.start_io()
