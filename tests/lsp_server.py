"""The language server with a scripted model, for the tests: `python lsp_server.py '{...}'`.

The table says: `script`, what the model answers in turn; `gate`, a file that the model waits for
before it answers; `stopped`, a file that is written when the model is stopped while it waits;
`model`, a file with the state and the name of the model; `faulty`, a word: a document that holds it makes the reader raise.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from kai.model import Ask, Draft, Status, Text
from kai.provider import ModelStatus, Readiness, Rejected, ScriptedProvider
from kai_lsp.features import build
from kai_lsp.regions import Document


class GatedProvider(ScriptedProvider):
    """A model that thinks until its gate is open."""

    gate: Path | None = None
    stopped: Path | None = None

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Status | Draft]:
        yield Text("thinking ")
        try:
            while self.gate is not None and not self.gate.exists():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            if self.stopped is not None:
                self.stopped.write_text("stopped")
            raise
        async for said in super().ask(ask, rejected):
            yield said


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

    provider = None
    if given.get("script") is not None:
        provider = GatedProvider(given["script"])
        provider.gate = Path(given["gate"]) if given.get("gate") else None
        provider.stopped = Path(given["stopped"]) if given.get("stopped") else None
    model = FiledModel(Path(given["model"])) if given.get("model") else None
    sys.exit(build(provider=provider, model=model, read=read).start_io())


if __name__ == "__main__":
    main()
