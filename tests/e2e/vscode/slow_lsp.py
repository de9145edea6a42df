"""kai's real language server with a model that a test holds in its hands, by files of KAI_TEST_FOLDER.

`answer`: the command it says, from the moment on that it is there; `model`: cold, loading or warm;
into `notes` it writes what it was asked, and when it was stopped.
usage: slow_lsp.py (what an editor adds)
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from kai.model import Ask, Draft, Source, Text
from kai.provider import ModelStatus, Readiness, Rejected
from kai_lsp.features import build

FOLDER = Path(os.environ["KAI_TEST_FOLDER"])


class SlowProvider:
    """A model that says one word and thinks until there is an answer."""

    digest = "slow"

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Draft]:
        note(f"asked: {ask.request}")
        yield Text("kubectl ")
        try:
            while not (FOLDER / "answer").exists():  # noqa: ASYNC110 - the test, another process, writes it
                await asyncio.sleep(0.02)
        except (asyncio.CancelledError, GeneratorExit):
            note("stopped")
            raise
        yield Draft((FOLDER / "answer").read_text(encoding="utf-8"), Source.MODEL, 0.8)


class Told:
    """The model's state, as the test wants it."""

    def now(self) -> ModelStatus:
        said = (FOLDER / "model").read_text(encoding="utf-8").strip()
        return ModelStatus(Readiness(said), "small:1b", f"it is {said}")


def note(text: str) -> None:
    """Leave a line for the test."""
    with (FOLDER / "notes").open("a", encoding="utf-8") as notes:
        notes.write(f"{text}\n")


if __name__ == "__main__":
    build(provider=SlowProvider(), model=Told()).start_io()
