"""Commands of the server: each is answered at once, and its work goes on in the background.

It was the only way that worked in every editor with a slow model (docs/why.md). While the model
works the user types: the comment is looked for again before anything is edited, and where it is
gone nothing is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from kai.model import Answered, SourceFilter, Suggestion
from kai.verdicts import said
from kai_lsp import types
from kai_lsp.answers import (
    Request,
    Wanted,
    ask_for,
    change,
    from_model,
    question,
    requests,
    short,
    stands,
    wanted,
)
from kai_lsp.core import Kept
from kai_lsp.documents import Open
from kai_lsp.edits import Question, TextChange, asked_here, workspace_edit
from kai_lsp.markup import unlinked
from kai_lsp.progress import Reporter, progress
from kai_lsp.protocol import Refusal

if TYPE_CHECKING:
    from kai_lsp.server import Server

log = logging.getLogger("kai_lsp")

_TRIES = 3
"""How often an edit is made anew for an editor that has moved on."""

_BEHIND_SECONDS = 0.5
"""How long the news of a change may take longer than the answer to an edit: editors gather them."""

_APPLY_SECONDS = 300.0
"""How long an editor may take to apply an edit: it may show it to its user first."""


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
        async with progress(
            server, f"kai: {short(words, 80)}", shown=server.client.progress
        ) as shown:
            outcome = await from_model(kept.asking, ask, _reporting(server, shown))
    except asyncio.CancelledError:
        return  # the user stopped it, or the server ends
    finally:
        server.look()
    document.answered.pop(words, None)  # there was no answer at once; now one is kept
    if not isinstance(outcome, Answered):
        text = (
            f"kai, to \u201c{short(words, 80)}\u201d: {said(outcome) if outcome else 'no answer'}"
        )
        server.say(text, types.MessageType.Warning)
        return
    request = _found_again(document, start, words)
    own = request.by_kai if request is not None else None
    what = wanted(outcome.suggestion, explain=server.settings.explain_destructive, instead=own)
    if await put(server, uri, start, words, what):
        _remember(server, uri, words, what.command, str(outcome.suggestion.source))


async def generate_all(server: Server, uri: str) -> None:
    """Answer every request of a document that has no command below it, in one edit."""
    document = server.documents.get(uri)
    if document is None:
        return
    answers: list[tuple[int, str, Suggestion]] = []
    unanswered = 0
    title = "kai: answering the requests of this file"
    every = [one for one in requests(document, 0, len(document.content.text)) if not one.below]
    try:
        async with progress(server, title, shown=server.client.progress) as shown:
            for number, request in enumerate(every, 1):
                words = request.comment.request
                shown.report(f"{number} of {len(every)}: {short(words, 80)}")
                kept = server.core_for(document)
                ask = ask_for(document, request, kept, SourceFilter.ANY)
                outcome = await from_model(kept.asking, ask, _reporting(server, shown))
                if isinstance(outcome, Answered):
                    answers.append((request.comment.start, words, outcome.suggestion))
                else:
                    unanswered += 1
                await asyncio.sleep(0)  # other requests get their turn
    except asyncio.CancelledError:
        return
    if answers:
        await _put_all(server, uri, answers)
    if unanswered:
        server.say(f"kai: {unanswered} requests have no answer; each says why in its own menu")


def _reporting(server: Server, shown: Reporter) -> Callable[[str], None]:
    """Says how far the model is; with it the status may have changed."""

    def said(text: str) -> None:
        shown.report(text)
        server.look()

    return said


async def put(server: Server, uri: str, start: int, words: str, what: Wanted) -> bool:
    """Write a command under its comment, wherever that is by now; whether it stands there then.

    Neovim says that it made an edit also where its user declined it.
    """
    block = ""

    def changes(document: Open) -> list[TextChange]:
        nonlocal block
        request = _found_again(document, start, words)
        changed = change(document, request, what) if request is not None else None
        block = changed.block if changed is not None else ""
        return [changed] if changed is not None else []

    return await apply(server, uri, changes, what.question) and await _written(
        server, uri, words, block
    )


async def _written(server: Server, uri: str, words: str, block: str) -> bool:
    return await server.after_changes(
        lambda: stands(server.documents.get(uri), words, block), _BEHIND_SECONDS
    )


async def taken(server: Server, given: Mapping[str, Any]) -> None:
    """Remember what an action has put into a document, if it did: editors run the action's command
    also where their user declined its edit."""
    words = ("uri", "request", "command", "source", "block")
    uri, request, command, source, block = (str(given.get(name, "")) for name in words)
    if await _written(server, uri, request, block):
        _remember(server, uri, request, command, source)


async def _put_all(server: Server, uri: str, answers: list[tuple[int, str, Suggestion]]) -> None:
    explain = server.settings.explain_destructive
    put: list[tuple[str, Suggestion, str]] = []

    def changes(document: Open) -> list[TextChange]:
        found: list[TextChange] = []
        used: set[int] = set()
        put.clear()
        for start, words, suggestion in answers:
            request = _found_again(document, start, words, used)
            if request is not None and request.below is None:
                used.add(request.comment.start)
                changed = change(document, request, wanted(suggestion, explain=explain))
                if changed is not None:
                    found.append(changed)
                    put.append((words, suggestion, changed.block))
        return found

    asked = [one for _, _, suggestion in answers if (one := question(suggestion)) is not None]
    both = (
        Question(
            f"kai: {len(asked)} of {len(answers)} commands destroy something",
            "\n".join(one.description for one in asked),
        )
        if asked
        else None
    )
    if not await apply(server, uri, changes, both):
        return
    words, _, block = put[0]
    await _written(server, uri, words, block)  # they come together
    for words, suggestion, block in put:
        if stands(server.documents.get(uri), words, block):
            _remember(server, uri, words, suggestion.command, str(suggestion.source))


async def apply(
    server: Server,
    uri: str,
    changes: Callable[[Open], list[TextChange]],
    asked: Question | None,
) -> bool:
    """Make an edit, after a yes where it destroys something; whether it was made.

    `changes` is asked for the edit when it is sent: the text may have moved on while the model or the
    user thought. Where the editor has moved on even then, it is asked again.
    """
    client = server.client
    if not client.applies_edits:
        server.say("kai: this editor takes no edits from a language server")
        return False
    if asked is not None and asked_here(client, asked) and not await _yes(server, asked):
        return False
    applied, why = False, ""
    for _ in range(_TRIES):
        document = server.documents.get(uri)
        made = changes(document) if document is not None else []
        if document is None or not made:
            server.say("kai: the place was changed meanwhile; nothing was written")
            return False
        version = document.version
        edit = workspace_edit(client, document, made, asked)
        try:
            async with asyncio.timeout(_APPLY_SECONDS):
                answer = await server.ask("workspace/applyEdit", {"edit": edit, "label": "kai"})
            applied, why = _applied(answer)
        except TimeoutError:
            return False
        except Refusal as error:
            applied, why = False, error.message
        if applied or not await _moved_on(server, document, version):
            break
    if not applied:
        _not_taken(server, why)
    return applied


async def apply_as_it_is(server: Server, edit: Mapping[str, Any]) -> None:
    """Have an edit made that the editor has handed back."""
    try:
        answer = await server.ask("workspace/applyEdit", {"edit": edit, "label": "kai"})
        applied, why = _applied(answer)
    except Refusal as error:
        applied, why = False, error.message
    if not applied:
        _not_taken(server, why)


def _not_taken(server: Server, why: str) -> None:
    reason = f" ({why})" if why else ""
    server.say(f"kai: the editor did not take the edit{reason}; nothing was written")


async def _moved_on(server: Server, document: Open, version: int) -> bool:
    """Whether an edit was refused because it came too late: the document is another one by now."""
    return await server.after_changes(lambda: document.version != version, _BEHIND_SECONDS)


def _applied(answer: object) -> tuple[bool, str]:
    """Whether an editor has made an edit, and why not."""
    if not isinstance(answer, Mapping):
        return False, ""
    return answer.get("applied") is True, str(answer.get("failureReason") or "")


async def _yes(server: Server, asked: Question) -> bool:
    """Whether the user wants it, asked by the server; without a way to ask it is a no."""
    write, leave = "Write it", "Leave it"
    try:
        answer = await server.ask(
            "window/showMessageRequest",
            {
                "type": types.MessageType.Warning,
                "message": unlinked(f"{asked.label}: {asked.description}"),
                "actions": [{"title": write}, {"title": leave}],
            },
        )
    except Refusal:
        server.say(f"{asked.label}; this editor cannot ask, so it is not written")
        return False
    return isinstance(answer, Mapping) and answer.get("title") == write


async def apply_prepared(server: Server, given: Mapping[str, Any]) -> None:
    """Write what an action offered, because the editor itself would not ask."""
    uri, start, words = given.get("uri"), given.get("start"), given.get("request")
    command, instead = given.get("command"), given.get("instead")
    if not (isinstance(start, int) and isinstance(words, str) and isinstance(command, str)):
        return
    asked = given.get("question")
    what = Wanted(
        command,
        _texts(given.get("then")),
        _texts(given.get("remarks")),
        Question(*map(str, asked)) if isinstance(asked, list | tuple) and len(asked) == 2 else None,
        instead if isinstance(instead, str) else None,
    )
    if await put(server, str(uri), start, words, what):
        _remember(server, str(uri), words, command, "")


def _texts(given: object) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list | tuple) else ()


def _remember(server: Server, uri: str, words: str, command: str, source: str) -> None:
    """Remember what the user took."""

    def record(document: Open, kept: Kept) -> None:
        if kept.journal is None:
            return
        from kai.journal import Record

        where = kept.context
        kept.journal.add(
            Record(
                words,
                command,
                source=source or None,
                context=where.context,
                namespace=where.namespace,
                taken=True,
            )
        )

    server.with_document(uri, None, record)


def _found_again(
    document: Open, start: int, words: str, used: Collection[int] = ()
) -> Request | None:
    """The comment that asked, wherever it is now: the nearest with the same words."""
    same = [
        request
        for request in requests(document, 0, len(document.content.text))
        if request.comment.request == words and request.comment.start not in used
    ]
    return min(same, key=lambda one: abs(one.comment.start - start), default=None)
