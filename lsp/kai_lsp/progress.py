"""Work that the user sees going on, and can stop."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kai_lsp.markup import unlinked
from kai_lsp.protocol import LanguageServer, Refusal

log = logging.getLogger("kai_lsp")

_CREATE_SECONDS = 2.0
"""How long an editor may take to make a place for the progress; then the work goes on without."""

_numbers = itertools.count(1)


class Reporter:
    """Tells how far the work is; says nothing where the editor shows no progress."""

    def __init__(self, server: LanguageServer, token: str | None) -> None:
        self._server, self._token = server, token

    def report(self, message: str) -> None:
        """One line about what is being done now."""
        self.tell(kind="report", message=unlinked(message))

    def tell(self, **value: object) -> None:
        """A value of the protocol: begin, report or end."""
        if self._token is not None:
            self._server.notify("$/progress", {"token": self._token, "value": value})


@asynccontextmanager
async def progress(server: LanguageServer, title: str, *, shown: bool) -> AsyncIterator[Reporter]:
    """Show `title` while the body runs. The user's "cancel" cancels the current task; whatever
    happens, the progress is ended."""
    token = await _created(server) if shown else None
    reporter = Reporter(server, token)
    if token is None:
        yield reporter
        return
    server.cancelled_by(token, asyncio.current_task())
    reporter.tell(kind="begin", title=unlinked(title), cancellable=True)
    said = "stopped"
    try:
        yield reporter
        said = "done"
    except Exception:
        said = "failed"
        raise
    finally:
        server.cancelled_by(token, None)
        reporter.tell(kind="end", message=said)


async def _created(server: LanguageServer) -> str | None:
    token = f"kai-{next(_numbers)}"
    try:
        async with asyncio.timeout(_CREATE_SECONDS):
            await server.ask("window/workDoneProgress/create", {"token": token})
    except (TimeoutError, Refusal) as error:  # it does not stop the work
        log.warning("no progress: %s", type(error).__name__)
        return None
    return token
