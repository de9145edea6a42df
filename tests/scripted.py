"""A scripted model server in a thread of its own, for tests that call kai without an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from kai.llm.scripted_server import ScriptedServer


@contextlib.contextmanager
def scripted(script: Mapping[str, Any]) -> Iterator[ScriptedServer]:
    """The server while the block runs; see `kai.llm.scripted_server` for what a script says."""
    ready, box = threading.Event(), []
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        async with ScriptedServer(script) as server:
            box.append(server)
            ready.set()
            await ended.wait()

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serve())
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="scripted")
    thread.start()
    try:
        assert ready.wait(10)
        yield box[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        assert not thread.is_alive()
