"""The language server with a scripted model, for the tests: `python lsp_server.py '{...}'`.

The table says: `script`, what the model answers in turn; `gated`, whether the model waits for the notification
`test/open` before it answers; `stopped`, a file that is written when the model is stopped while it
waits, which is told by `test/stopped` too; `author`, the name of the model;
`model`, a file with the state and the name of the model; `faulty`, a word: a document that holds it makes the reader raise.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kai.model import Ask, Author, Draft, Status, Text
from kai.provider import ModelStatus, Readiness, Rejected, ScriptedProvider
from kai_lsp.features import build
from kai_lsp.regions import Document


class GatedProvider(ScriptedProvider):
    """A model that thinks until its gate is open, and calls `stopped` when it is stopped then."""

    def __init__(self, script: Sequence[str], stopped: Callable[[], None], author: str) -> None:
        super().__init__(script)
        self._author = Author(author, "this machine", "scripted") if author else None
        self.gate = asyncio.Event()
        self._stopped = stopped

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Status | Draft]:
        yield Text("thinking ")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self._stopped()
            raise
        async for said in super().ask(ask, rejected):
            yield replace(said, author=self._author) if isinstance(said, Draft) else said


class FiledModel:
    """A model whose state stands in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> ModelStatus:
        state, name = self._file.read_text().split()
        return ModelStatus(Readiness(state), name, f"{name} is {state}")


def main() -> None:
    given = json.loads(sys.argv[1])

    def read(text: str, language: str, name: str) -> Document:
        if given.get("faulty") and given["faulty"] in text:
            raise RuntimeError("this reader has a fault")
        return Document(text, language, name)

    def stopped() -> None:
        if given.get("stopped"):
            Path(given["stopped"]).write_text("stopped")
        server.notify("test/stopped", {})

    script = given.get("script")
    provider = (
        GatedProvider(script, stopped, given.get("author", "")) if script is not None else None
    )
    model = FiledModel(Path(given["model"])) if given.get("model") else None
    server = build(provider=provider, model=model, read=read)
    if provider is not None:
        if not given.get("gated"):
            provider.gate.set()

        @server.feature("test/open")
        def opened(params: object) -> None:
            provider.gate.set()

    sys.exit(server.start_io())


if __name__ == "__main__":
    main()
