"""kai's real language server with a model that a test holds in its hands, by files of a folder.

    python model_server.py FOLDER

`answer`: the command it says, from the moment on that it is there; `model`: none, cold, loading or
warm; into `log` it writes what it was asked, and when it was stopped.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from kai.model import Ask, Draft, Source, Text
from kai.provider import ModelStatus, Readiness, Rejected
from kai_lsp.features import build


class SlowModel:
    """Says a word, and thinks until there is an answer."""

    digest = "slow"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _note(self, text: str) -> None:
        with (self._folder / "log").open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    def now(self) -> ModelStatus:
        """Its state, as the test wants it."""
        try:
            said = (self._folder / "model").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ModelStatus()
        return ModelStatus(Readiness(said), "small:1b", f"it is {said}")

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Draft]:
        self._note(f"asked: {ask.request}")
        answer = self._folder / "answer"
        try:
            yield Text("let me think ")
            while not answer.exists():  # noqa: ASYNC110 - the test, another process, writes it
                await asyncio.sleep(0.02)
        except (asyncio.CancelledError, GeneratorExit):
            self._note("stopped")
            raise
        yield Draft(answer.read_text(encoding="utf-8"), Source.MODEL, 0.8)


if __name__ == "__main__":
    model = SlowModel(Path(sys.argv[1]))
    sys.exit(asyncio.run(build(provider=model, model=model).serve(0, 1)))
