"""Commands of the server: each is answered at once, and its work goes on in the background.

It was the only way that worked in every editor with a slow model (docs/why.md). While the model
works the user types: the comment is looked for again before anything is edited, and where it is
gone nothing is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kai.errors import KaiError
from kai.model import Abstained, Answered, Failed, Outcome, Refused, SourceFilter
from kai_lsp.answers import Request, ask_for, change, from_model, question, requests
from kai_lsp.documents import Open
from kai_lsp.edits import Question, TextChange, asked_here, workspace_edit
from kai_lsp.progress import progress

if TYPE_CHECKING:
    from kai_lsp.server import Server

log = logging.getLogger("kai_lsp")

_APPLY_SECONDS = 300.0
"""How long an editor may take to apply an edit: it may show it to its user first."""


class Background:
    """The work that goes on behind answered commands; ended with the server."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it go on; what fails is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s behind a command", type(error).__name__)

    async def end(self) -> None:
        """Stop all of it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def generate(server: Server, uri: str, start: int, words: str) -> None:
    """Ask whoever can answer, the model too, and put the command under the comment."""
    document = server.documents.get(uri)
    request = _found_again(document, start, words) if document is not None else None
    if document is None or request is None:
        server.say("kai: the comment is gone; nothing was changed")
        return
    kept = server.core_for(document)
    ask = ask_for(document, request, kept, SourceFilter.ANY)
    try:
        async with progress(server, f"kai: {_short(words)}", shown=server.client.progress) as shown:
            outcome = await from_model(kept.engine, ask, shown.report)
    except asyncio.CancelledError:
        return  # the user stopped it, or the server ends
    except KaiError as error:
        server.say(f"kai: {error}", types.MessageType.Error)
        return
    request = _found_again(document, request.comment.start, words)
    if request is None or server.documents.get(uri) is not document:
        server.say("kai: the comment was changed meanwhile; nothing was written")
        return
    if not isinstance(outcome, Answered):
        server.say(
            f"kai, to \u201c{_short(words)}\u201d: {said(outcome)}", types.MessageType.Warning
        )
        return
    changed, edit = change(
        document,
        request,
        outcome.suggestion,
        explain=server.settings.explain_destructive,
        instead=request.by_kai,
    )
    document.remember(edit.block)
    await apply(server, document, [changed], question(outcome.suggestion))


async def generate_all(server: Server, uri: str) -> None:
    """Answer every request of a document that has no command below it, in one edit."""
    document = server.documents.get(uri)
    if document is None:
        return
    version = document.version
    changes: list[TextChange] = []
    asked: list[Question] = []
    unanswered = 0
    title = "kai: answering the requests of this file"
    try:
        async with progress(server, title, shown=server.client.progress) as shown:
            every = requests(document, 0, len(document.content.text))
            for number, request in enumerate(every, 1):
                if request.below is not None:
                    continue
                shown.report(f"{number} of {len(every)}: {_short(request.comment.request)}")
                kept = server.core_for(document)
                outcome = await from_model(
                    kept.engine, ask_for(document, request, kept, SourceFilter.ANY), shown.report
                )
                if not isinstance(outcome, Answered):
                    unanswered += 1
                    continue
                changed, edit = change(
                    document,
                    request,
                    outcome.suggestion,
                    explain=server.settings.explain_destructive,
                )
                document.remember(edit.block)
                changes.append(changed)
                if (one := question(outcome.suggestion)) is not None:
                    asked.append(one)
                await asyncio.sleep(0)  # other requests get their turn
    except asyncio.CancelledError:
        return
    if document.version != version or server.documents.get(uri) is not document:
        server.say("kai: the file was changed meanwhile; nothing was written. Ask again")
        return
    if changes:
        both = (
            Question(
                f"kai: {len(asked)} of {len(changes)} commands destroy something",
                "\n".join(one.description for one in asked),
            )
            if asked
            else None
        )
        await apply(server, document, changes, both)
    if unanswered:
        server.say(f"kai: {unanswered} requests have no answer; each says why in its own menu")


async def apply(
    server: Server, document: Open, changes: list[TextChange], asked: Question | None
) -> None:
    """Make an edit, after a yes where it destroys something; nothing where the document moved on."""
    client = server.client
    if not client.applies_edits:
        server.say("kai: this editor takes no edits from a language server")
        return
    version = document.version
    if asked_here(client, asked) and asked is not None and not await _yes(server, asked):
        return
    if server.documents.get(document.uri) is not document or document.version != version:
        server.say("kai: the file was changed meanwhile; nothing was written. Ask again")
        return
    edit = workspace_edit(client, document, changes, asked)
    try:
        async with asyncio.timeout(_APPLY_SECONDS):
            answer = await server.workspace_apply_edit_async(
                types.ApplyWorkspaceEditParams(edit=edit, label="kai")
            )
    except TimeoutError:
        return
    if not answer.applied and answer.failure_reason:
        server.say(f"kai: the editor did not take the edit ({answer.failure_reason})")


async def _yes(server: Server, asked: Question) -> bool:
    """Whether the user wants it, asked by the server; without a way to ask it is a no."""
    if not server.client.asks_questions:
        server.say(f"{asked.label}; this editor cannot ask. {asked.description}")
        return False
    write, leave = "Write it", "Leave it"
    answer = await server.window_show_message_request_async(
        types.ShowMessageRequestParams(
            type=types.MessageType.Warning,
            message=f"{asked.label}: {asked.description}",
            actions=[types.MessageActionItem(title=write), types.MessageActionItem(title=leave)],
        )
    )
    return answer is not None and answer.title == write


async def apply_prepared(server: Server, given: Mapping[str, Any]) -> None:
    """Make an edit that an action carried because the editor itself would not ask."""
    document = server.documents.get(str(given.get("uri")))
    if document is None or document.version != given.get("version"):
        server.say("kai: the file was changed meanwhile; nothing was written. Ask again")
        return
    start, end, new = given.get("start"), given.get("end"), given.get("new")
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(new, str)):
        return
    size = len(document.content.text)
    if not 0 <= start <= end <= size:
        return
    asked = Question("kai: this command destroys something", str(given.get("question", "")))
    await apply(server, document, [TextChange(start, end, new)], asked)


def _found_again(document: Open, start: int, words: str) -> Request | None:
    """The comment that asked, wherever it is now: the nearest with the same words."""
    same = [
        request
        for request in requests(document, 0, len(document.content.text))
        if request.comment.request == words
    ]
    return min(same, key=lambda one: abs(one.comment.start - start), default=None)


def said(outcome: Outcome | None) -> str:
    """Why there is no command."""
    match outcome:
        case Refused(reason=reason) | Failed(reason=reason):
            return reason
        case Abstained(reason=reason, hint=hint):
            return f"{reason}; {hint}" if hint else reason
        case _:
            return "no answer"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:76]} ..."
