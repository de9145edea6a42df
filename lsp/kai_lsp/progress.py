"""Work that the user sees going on, and can stop."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lsprotocol import types

from kai_lsp.markup import unlinked
from kai_lsp.protocol import KaiLanguageServer

log = logging.getLogger("kai_lsp")

_CREATE_SECONDS = 2.0
"""How long an editor may take to make a place for the progress; then the work goes on without."""

_numbers = itertools.count(1)


class Reporter:
    """Tells how far the work is; says nothing where the editor shows no progress."""

    def __init__(self, server: KaiLanguageServer, token: str | None) -> None:
        self._server, self._token = server, token

    def report(self, message: str) -> None:
        """One line about what is being done now."""
        if self._token is not None:
            value = types.WorkDoneProgressReport(message=unlinked(message))
            self._server.work_done_progress.report(self._token, value)


@asynccontextmanager
async def progress(
    server: KaiLanguageServer, title: str, *, shown: bool
) -> AsyncIterator[Reporter]:
    """Show `title` while the body runs. The user's "cancel" cancels the current task; whatever
    happens, the progress is ended."""
    token = await _created(server) if shown else None
    if token is None:
        yield Reporter(server, None)
        return
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs is in one
    tokens = server.work_done_progress.tokens
    loop = asyncio.get_running_loop()
    tokens[token].add_done_callback(
        lambda future: loop.call_soon_threadsafe(task.cancel) if future.cancelled() else None
    )
    begin = types.WorkDoneProgressBegin(title=unlinked(title), cancellable=True)
    server.work_done_progress.begin(token, begin)
    said = "stopped"
    try:
        yield Reporter(server, token)
        said = "done"
    except Exception:
        said = "failed"
        raise
    finally:
        tokens.pop(token, None)
        server.work_done_progress.end(token, types.WorkDoneProgressEnd(message=said))


async def _created(server: KaiLanguageServer) -> str | None:
    token = f"kai-{next(_numbers)}"
    try:
        async with asyncio.timeout(_CREATE_SECONDS):
            await server.work_done_progress.create_async(token)
    except Exception as error:  # noqa: BLE001 - an editor that refuses does not stop the work
        log.warning("no progress: %s", type(error).__name__)
        return None
    return token
