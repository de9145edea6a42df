"""Rows of whole answers (tests/cases/llm/answers.jsonl) as a scripted server gives them to kai.

with Serving(script_of(ROWS)) as server:   # in a thread of its own
    monkeypatch.setenv("OLLAMA_HOST", server.url)
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from kai.llm.scripted_server import Received, ScriptedServer

Row = Mapping[str, Any]

_FILE = Path(__file__).parent / "cases" / "llm" / "answers.jsonl"
ROWS: tuple[Row, ...] = tuple(map(json.loads, _FILE.read_text(encoding="utf-8").splitlines()))
FAMILIES = tuple(dict.fromkeys(row["family"] for row in ROWS))


def model(name: str) -> dict[str, Any]:
    """A model as the script of a server has it, small enough for any machine."""
    return {"name": name, "size": 1000, "context": 8192}


def script_of(rows: Sequence[Row], *models: str, ends: bool = False) -> dict[str, Any]:
    """The script of a server that says to each request what its row says, and to a repair what the
    row says then. The pieces come as they stand there: this server knows no `stop`; with `ends` it
    does, and its pieces are words."""
    answers: list[dict[str, Any]] = []
    for row in rows:
        if "then" in row:
            answers.append({"when": "".join(row["answer"]), **_said(row, "then", ends)})
    # Of all that a prompt holds (examples, what stands around) only its own request counts.
    answers += [
        {"when": f"Request: {row['request']}", **_said(row, "answer", ends)} for row in rows
    ]
    return {"models": [model(name) for name in models or ("tiny",)], "answers": [*answers, ""]}


def _said(row: Row, field: str, ends: bool) -> dict[str, Any]:
    """An answer in its pieces; one without an end is ended by what we asked for at most."""
    reason = "length" if row["family"] == "endless" else "stop"
    pieces = list(row[field])
    said = {"text": "".join(pieces), "ignores_limit": True, "reason": reason}
    return said if ends else {**said, "tokens": pieces}


class Serving:
    """A scripted server in a thread of its own, for what has no event loop or one of its own."""

    def __init__(self, script: Mapping[str, Any] | None = None, port: int = 0) -> None:
        self._server = ScriptedServer(script, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._end = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    def asked(self) -> list[Received]:
        """The requests that run a model and are no warming up: those with something to answer."""
        return [one for one in self._server.asked() if _predict(one) != 1]

    @property
    def server(self) -> ScriptedServer:
        """The server itself; it runs in another thread."""
        return self._server

    def __enter__(self) -> Serving:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with self._server:
            self._ready.set()
            await self._end.wait()


def _predict(request: Received) -> object:
    return (request.body.get("options") or {}).get("num_predict")
