"""Requests of documents, answered: at once where that can be, else by the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kai.engine import Engine
from kai.model import (
    Answered,
    Ask,
    Outcome,
    Phase,
    SourceFilter,
    Status,
    Suggestion,
    Text,
    Tier,
)
from kai_lsp.core import Kept
from kai_lsp.documents import Open
from kai_lsp.edits import Question, TextChange
from kai_lsp.insertion import Below, Edit, generated_after, insertion
from kai_lsp.regions import AiComment, surroundings


@dataclass(frozen=True, slots=True)
class Request:
    """A comment of a document and what stands below it now; `offset` is its place."""

    comment: AiComment
    below: Below | None

    @property
    def by_kai(self) -> Below | None:
        """What stands below, if kai put it there and nobody has changed it."""
        return self.below if self.below is not None and self.below.by_kai else None


def requests(document: Open, start: int, end: int) -> list[Request]:
    """The requests on the lines between two places; those without words are none."""
    return [
        Request(comment, generated_after(document.content, comment, document.put))
        for comment in document.content.comment_at(start, end)
        if comment.request.strip()
    ]


def ask_for(document: Open, request: Request, kept: Kept, source: SourceFilter) -> Ask:
    """The request with what stands around it."""
    comment = request.comment
    return Ask(
        comment.request,
        context=kept.context,
        target=comment.place.target,
        surroundings=surroundings(document.content, comment.start),
        source=source,
    )


async def at_once(engine: Engine, ask: Ask) -> Outcome | None:
    """The answer that is kept or built in; None where a model would have to be asked."""
    events = engine.suggest(ask)
    async for event in events:
        if isinstance(event, Status | Text):
            await events.aclose()  # type: ignore[attr-defined] # it is a generator
            return None
        if isinstance(event, Outcome):
            async for _ in events:  # it keeps and records the answer
                pass
            return event
    return None


async def from_model(engine: Engine, ask: Ask, said: Callable[[str], None]) -> Outcome | None:
    """The answer, whoever gives it; `said` is told what the model has written so far."""
    written = ""
    events = engine.suggest(ask)
    outcome: Outcome | None = None
    async for event in events:
        if isinstance(event, Text):
            written = f"{written}{event.chunk}"[-400:]
            said(" ".join(written.split())[:120])
        elif isinstance(event, Status):
            said(event.detail or _PHASES[event.phase])
        elif isinstance(event, Outcome):
            outcome = event
    return outcome


_PHASES = {
    Phase.LOADING: "the model is loading",
    Phase.ASKING: "asking the model",
    Phase.CHECKING: "checking the answer",
}


def change(
    document: Open,
    request: Request,
    suggestion: Suggestion,
    *,
    explain: bool,
    instead: Below | None = None,
) -> tuple[TextChange, Edit]:
    """The edit that puts a command under its comment: in place of `instead`, if there is that.

    What destroys something gets a comment above it that says so, where `explain` is on.
    """
    above = [warning(suggestion)] if explain and destroys(suggestion) else []
    edit = insertion(
        document.content, request.comment, suggestion.command, above=above, instead_of=instead
    )
    return TextChange(edit.start, edit.end, edit.new), edit


def destroys(suggestion: Suggestion) -> bool:
    """Whether the command is more than a write."""
    return suggestion.risk is not None and suggestion.risk.tier == Tier.DESTRUCTIVE


def warning(suggestion: Suggestion) -> str:
    """One line for the comment above a destructive command."""
    risk = suggestion.risk
    parts = list(risk.reasons) if risk else []
    if risk and risk.radius and risk.radius.text:
        parts.append(f"hits {risk.radius.text}")
    return f"destructive: {'; '.join(parts)}"


def question(suggestion: Suggestion) -> Question | None:
    """What is asked before a destructive command is written; None for any other."""
    if not destroys(suggestion):
        return None
    return Question("kai: this command destroys something", warning(suggestion))


def usable(outcome: Outcome | None) -> Suggestion | None:
    """The suggestion of an outcome, if there is one."""
    return outcome.suggestion if isinstance(outcome, Answered) else None
