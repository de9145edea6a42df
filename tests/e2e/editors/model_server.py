"""A kai-lsp whose model says what it is told to, as slowly as it is told to.

    python model_server.py SECONDS LOG COMMAND

Before the command SECONDS pass; LOG gets a line for each request, and one when it is stopped.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from kai.model import Ask, Draft, Source, Text
from kai.provider import Rejected
from kai_lsp.features import build


class SlowModel:
    """Says the same command to everything."""

    digest = "slow"

    def __init__(self, seconds: float, log: Path, command: str) -> None:
        self._seconds, self._log, self._command = seconds, log, command

    def _note(self, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Draft]:
        self._note(f"asked: {ask.request}")
        try:
            yield Text("let me think ")
            await asyncio.sleep(self._seconds)
        except (asyncio.CancelledError, GeneratorExit):
            self._note("stopped")
            raise
        self._note("answered")
        yield Draft(self._command, Source.MODEL, 0.8)


if __name__ == "__main__":
    build(provider=SlowModel(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])).start_io()
