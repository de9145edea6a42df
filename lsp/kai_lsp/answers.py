"""Requests of documents, answered: at once where that can be, else by the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kai.engine import Engine
from kai.examine import Examiner
from kai.model import (
    Abstained,
    Answered,
    Ask,
    Failed,
    Offered,
    Outcome,
    Phase,
    Refused,
    SourceFilter,
    Status,
    Suggestion,
    Text,
    Tier,
)
from kai_lsp.core import Kept
from kai_lsp.documents import Open
from kai_lsp.edits import Question, TextChange
from kai_lsp.insertion import Below, generated_after, insertion
from kai_lsp.regions import AiComment, surroundings
from kai_lsp.wording import Wording, with_variables, worded


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
        Request(
            comment,
            generated_after(document.content, comment, document.put_below(comment.end)),
        )
        for comment in document.content.comment_at(start, end)
        if comment.request.strip()
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the engine gets it, and the way back into the document's own words."""

    ask: Ask
    wording: Wording
    examiner: Examiner

    def back(self, outcome: Outcome | None) -> Outcome | None:
        """The outcome with the document's variables in it."""
        wording = self.wording
        if not wording.variables or outcome is None:
            return outcome
        if isinstance(outcome, Answered):
            around = self.ask.surroundings
            suggestion = with_variables(outcome.suggestion, wording, around, self.examiner)
            if suggestion is None:
                names = ", ".join(f"${name}" for name in wording.variables.values())
                return Abstained(f"{names} cannot be written into a command that is safe then")
            return Answered(suggestion)
        if isinstance(outcome, Abstained):
            return Abstained(wording.spoken(outcome.reason), wording.spoken(outcome.hint))
        return replace(outcome, reason=wording.spoken(outcome.reason))


def ask_for(document: Open, request: Request, kept: Kept, source: SourceFilter) -> Asked:
    """The request with what stands around it."""
    comment = request.comment
    around = surroundings(document.content, comment.start)
    if request.by_kai is not None:
        # Its own answer is no neighbour: with it there the same request would be another one.
        own = {line.strip() for line in request.by_kai.text.splitlines()}
        others = tuple(one for one in around.neighbours if one.strip() not in own)
        around = replace(around, neighbours=others)
    wording = worded(comment.request, around, comment.place.target)
    ask = Ask(
        wording.request,
        context=kept.context,
        target=comment.place.target,
        surroundings=around,
        source=source,
    )
    return Asked(ask, wording, kept.examiner)


async def at_once(engine: Engine, asked: Asked) -> Outcome | None:
    """The answer that is kept or built in; None where a model would have to be asked.

    What is only offered is not kept: half-typed requests would push out what people took.
    """
    events = engine.suggest(asked.ask)
    try:
        async for event in events:
            match event:
                case Status() | Text():
                    return None
                case Offered(suggestion=suggestion):
                    return asked.back(Answered(suggestion))
                case Abstained() | Refused() | Failed():
                    return asked.back(event)
                case _:
                    pass
    finally:
        await events.aclose()
    return None


async def from_model(engine: Engine, asked: Asked, said: Callable[[str], None]) -> Outcome | None:
    """The answer, whoever gives it; `said` is told what the model has written so far."""
    written = ""
    events = engine.suggest(asked.ask)
    outcome: Outcome | None = None
    async for event in events:
        if isinstance(event, Text):
            written = f"{written}{event.chunk}"[-400:]
            said(" ".join(written.split())[:120])
        elif isinstance(event, Status):
            said(event.detail or _PHASES[event.phase])
        elif isinstance(event, Outcome):
            outcome = event
    return asked.back(outcome)


_PHASES = {
    Phase.LOADING: "the model is loading",
    Phase.ASKING: "asking the model",
    Phase.CHECKING: "checking the answer",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command that is to stand under a comment, those that follow it, the remarks above, and what
    is asked before.

    `instead` is the text of the lines that it takes the place of, None: of none.
    """

    command: str
    then: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    question: Question | None = None
    instead: str | None = None


def wanted(suggestion: Suggestion, *, explain: bool, instead: Below | None = None) -> Wanted:
    """What becomes of a suggestion: what destroys something gets a comment above it that says so,
    where `explain` is on, and a question."""
    remarks = (warning(suggestion),) if explain and destroys(suggestion) else ()
    return Wanted(
        suggestion.command,
        suggestion.steps,
        remarks,
        question(suggestion),
        instead.text if instead else None,
    )


def change(document: Open, request: Request, what: Wanted) -> TextChange | None:
    """The edit that puts a command under its comment; None where the lines that it was to take the
    place of have become others. The document knows the new lines again as kai's own."""
    below = request.below
    if what.instead is not None and (below is None or below.text != what.instead):
        return None
    edit = insertion(
        document.content,
        request.comment,
        what.command,
        then=what.then,
        above=what.remarks,
        instead_of=below if what.instead is not None else None,
    )
    document.remember(edit.block)
    return TextChange(edit.start, edit.end, edit.new, edit.block)


def stands(document: Open | None, words: str, block: str) -> bool:
    """Whether such a request has these lines of kai's own below it."""
    return document is not None and any(
        request.comment.request == words and request.by_kai and request.by_kai.text == block
        for request in requests(document, 0, len(document.content.text))
    )


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


def short(text: str, most: int = 120) -> str:
    """Text on one line of at most so many characters, for titles and messages."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 4]} ..."
