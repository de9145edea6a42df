"""Code actions: requests become commands, and commands that stand there already are mended.

Nothing here waits: what a model would have to say is a command, which works in the background.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kai.ignores import POLICY
from kai.model import Abstained, Answered, Failed, Outcome, Refused, SourceFilter, Suggestion
from kai.verdicts import said
from kai_lsp import types
from kai_lsp.answers import (
    Request,
    Wanted,
    ask_for,
    at_once,
    change,
    requests,
    short,
    wanted,
)
from kai_lsp.client import Client
from kai_lsp.core import Kept
from kai_lsp.diagnostics import told
from kai_lsp.documents import Open
from kai_lsp.edits import TextChange, asked_here, span, workspace_edit
from kai_lsp.examining import around
from kai_lsp.insertion import Below, stands_already
from kai_lsp.names import APPLY, EDIT, EXPLAIN, GENERATE, GENERATE_ALL, KIND, SAY, TAKEN
from kai_lsp.regions import Command
from kai_lsp.settings import EditorSettings
from kai_lsp.silencing import silencing

_MOST_ANSWERS = 250
_ANSWER_SECONDS = 5.0
"""How long an answer counts for a request with the same around it; names and settings may change."""

_MOST_REQUESTS = 4
"""Requests of a range that are answered in the menu; a selection may hold many."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is needed to offer actions for a range of a document."""

    document: Open
    start: int
    end: int
    kept: Kept
    client: Client
    settings: EditorSettings


async def actions(asking: Asking) -> list[types.CodeAction | types.Command]:
    """Every action for the lines of a range, in the order in which they are likely wanted."""
    found: list[types.CodeAction] = []
    for request in requests(asking.document, asking.start, asking.end)[:_MOST_REQUESTS]:
        found += await _for_request(asking, request)
    commands = around(asking.document, asking.kept.examiner, asking.start, asking.end)
    for command in commands:
        found += _repairs(asking, command)
    for command in commands:
        found.append(_explain(asking, command))
        found += _silencings(asking, command)
    every = [item for item in asking.document.content.comments if item.request.strip()]
    if len(every) > 1 and found:
        title = f"kai: answer all {len(every)} requests of this file"
        found.append(_command_action(title, GENERATE_ALL, [asking.document.uri]))
    return list(found) if asking.client.action_literals else list(_bare(found))


def asks_model(found: Sequence[types.CodeAction | types.Command]) -> bool:
    """Whether one of them would ask the model."""
    commands = (one.command if isinstance(one, types.CodeAction) else one for one in found)
    return any(one is not None and one.command == GENERATE for one in commands)


async def _for_request(asking: Asking, request: Request) -> list[types.CodeAction]:
    outcome = await _answer(asking, request)
    if isinstance(outcome, Answered):
        suggestion = outcome.suggestion
        found = list(_offers(asking, request, suggestion))
        for other in suggestion.alternatives:
            found += _offers(asking, request, other, alternative=True)
        return found
    if outcome is None:
        return [_generate(asking, request)]
    return [_told(asking, request, outcome)]


async def _answer(asking: Asking, request: Request) -> Outcome | None:
    """The answer of this moment: an editor asks again wherever the cursor rests."""
    document, kept = asking.document, asking.kept
    asked = ask_for(document, request, kept, SourceFilter.ANY)
    now = time.monotonic()
    known = document.answered.get(request.comment.request)
    if known is not None and known[0] == asked.ask and known[1] is kept and now < known[2]:
        return known[3]
    outcome = await at_once(kept.engine, asked)
    if known is None and len(document.answered) >= _MOST_ANSWERS:
        document.answered.clear()
    document.answered[request.comment.request] = (asked.ask, kept, now + _ANSWER_SECONDS, outcome)
    return outcome


def _offers(
    asking: Asking, request: Request, suggestion: Suggestion, *, alternative: bool = False
) -> Iterator[types.CodeAction]:
    """The action that puts the command there; two where a line of somebody's own stands there."""
    by = f" ({suggestion.author.model})" if suggestion.author else ""
    name = f"kai{by}, or" if alternative else f"kai{by}"
    below = request.below
    shown = short(", then ".join((suggestion.command, *suggestion.steps)))
    if below is None:
        yield from _edit_action(asking, request, suggestion, f"{name}: {shown}", None)
    elif stands_already(
        asking.document.content, request.comment, below, suggestion.command, suggestion.steps
    ):
        return
    elif below.by_kai:
        title = f"{name}: {shown} (in place of what kai put there)"
        yield from _edit_action(asking, request, suggestion, title, below)
    else:
        yield from _edit_action(asking, request, suggestion, f"{name}: {shown}", None)
        was = short(below.text.strip(), 50)
        title = f"{name}: {shown} in place of: {was}"
        yield from _edit_action(asking, request, suggestion, title, below)


def _edit_action(
    asking: Asking, request: Request, suggestion: Suggestion, title: str, instead: Below | None
) -> Iterator[types.CodeAction]:
    document, client = asking.document, asking.client
    what = wanted(suggestion, explain=asking.settings.explain_destructive, instead=instead)
    changed = change(document, request, what)
    if changed is None:
        return
    if asked_here(client, what.question) or not client.action_literals:
        # The editor would not ask, or takes no edits in actions: the server makes the edit itself.
        arguments = {**_place(asking, request), **as_arguments(what)}
        yield _command_action(title, APPLY, [arguments])
        return
    taken = None
    if asking.kept.journal is not None:  # what was taken is the user's history
        record = {
            "uri": document.uri,
            "request": request.comment.request,
            "command": what.command,
            "source": str(suggestion.source),
            "block": changed.block,
        }
        taken = types.Command(title="kai: remember", command=TAKEN, arguments=[record])
    edit = workspace_edit(client, document, [changed], what.question)
    yield types.CodeAction(title=title, kind=KIND, edit=edit, command=taken)


def as_arguments(what: Wanted) -> dict[str, object]:
    """What is wanted, for an editor to hand back."""
    asked = what.question
    return {
        "command": what.command,
        "then": list(what.then),
        "remarks": list(what.remarks),
        "question": [asked.label, asked.description] if asked else None,
        "instead": what.instead,
    }


def _place(asking: Asking, request: Request) -> dict[str, object]:
    return {
        "uri": asking.document.uri,
        "start": request.comment.start,
        "request": request.comment.request,
    }


def _generate(asking: Asking, request: Request) -> types.CodeAction:
    shown = short(request.comment.request, 60)
    return _command_action(f"kai: ask the model: {shown}", GENERATE, [_place(asking, request)])


_WHY = {
    Refused: "kai does not write this; show why",
    Abstained: "kai does not understand this; show what to try",
    Failed: "kai could not answer; show why",
}


def _told(
    asking: Asking, request: Request, outcome: Abstained | Refused | Failed
) -> types.CodeAction:
    """An action that only says why there is no command."""
    shown = short(request.comment.request, 60)
    text = f"kai, to \u201c{shown}\u201d: {said(outcome)}"
    if isinstance(outcome, Abstained) and not asking.settings.trusted:
        text += ". No model is asked, because this workspace is not trusted"
    return _command_action(_WHY[type(outcome)], SAY, [text])


# --- commands that stand there already --------------------------------------------------------


def _repairs(asking: Asking, command: Command) -> Iterator[types.CodeAction]:
    """Every fix that the checks know for a command."""
    document, client = asking.document, asking.client
    fixes = [item for item in told(document, command) if item.replacement is not None]
    for finding in fixes:
        new = finding.replacement or ""
        was = document.content.text[finding.start : finding.end]
        title = (
            f"kai: write {short(new, 60)} for {short(was, 40)}"
            if was
            else f"kai: add {new.strip()}"
        )
        yield types.CodeAction(
            title=title if new.strip() else f"kai: leave out {short(was, 60)}",
            kind=KIND,
            diagnostics=[
                _diagnosed(asking, finding.code, finding.message, finding.start, finding.end)
            ],
            edit=workspace_edit(client, document, [TextChange(finding.start, finding.end, new)]),
        )
    if len(fixes) > 1 and _apart([(item.start, item.end) for item in fixes]):
        changes = [TextChange(item.start, item.end, item.replacement or "") for item in fixes]
        yield types.CodeAction(
            title=f"kai: make all {len(fixes)} repairs of this command",
            kind=KIND,
            edit=workspace_edit(client, document, changes),
        )


def _apart(spans: list[tuple[int, int]]) -> bool:
    spans.sort()
    return all(one[1] <= other[0] for one, other in pairwise(spans))


def _silencings(asking: Asking, command: Command) -> Iterator[types.CodeAction]:
    """A comment that silences each code, for the line or for the file."""
    document, client = asking.document, asking.client
    seen: set[str] = set()
    for finding in told(document, command):
        if finding.code in seen or finding.code.startswith(POLICY):
            continue
        if asking.settings.severity.get(str(finding.level)) == "off":
            continue
        seen.add(finding.code)
        for title, changed in silencing(document, command, finding.code):
            yield types.CodeAction(
                title=title,
                kind=KIND,
                diagnostics=[
                    _diagnosed(asking, finding.code, finding.message, finding.start, finding.end)
                ],
                edit=workspace_edit(client, document, [changed]),
            )


def _explain(asking: Asking, command: Command) -> types.CodeAction:
    arguments = {"uri": asking.document.uri, "start": command.start}
    return _command_action("kai: explain this command", EXPLAIN, [arguments])


def _diagnosed(asking: Asking, code: str, message: str, start: int, end: int) -> types.Diagnostic:
    """The diagnostic that an action is for."""
    place = span(asking.document, start, end, asking.client)
    return types.Diagnostic(range=place, message=message, code=code, source="kai")


# --- helpers ----------------------------------------------------------------------------------


def _command_action(title: str, name: str, arguments: list[object]) -> types.CodeAction:
    command = types.Command(title=title, command=name, arguments=arguments)
    return types.CodeAction(title=title, kind=KIND, command=command)


def _bare(found: list[types.CodeAction]) -> Iterator[types.Command]:
    """For an editor that only takes commands: those, and edits through one."""
    for action in found:
        if action.command is not None:
            yield action.command
        elif action.edit is not None:
            yield types.Command(title=action.title, command=EDIT, arguments=[action.edit])
