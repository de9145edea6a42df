"""What is kept of an outcome, and what is recorded of it; the stores never raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kai.kubectl.invocation import parse
from kai.model import Answered, Ask, Draft, Outcome, SourceFilter, Suggestion
from kai.verdicts import destroys, errors

if TYPE_CHECKING:
    from kai.cache import Cache
    from kai.journal import Journal
    from kai.kubectl.spec import Spec


def keep(
    cache: Cache | None, key: Callable[[], str], ask: Ask, outcome: Outcome, spec: Spec
) -> None:
    """Keep an answer under its key, and drop what was kept where this one may not be: what kubectl
    would refuse, and what destroys something."""
    answer = outcome.suggestion if isinstance(outcome, Answered) else None
    if cache is None or answer is None or answer.cached or ask.source is not SourceFilter.ANY:
        return
    from kai.cache import Answer

    drafts = tuple(_draft(item) for item in (answer, *answer.alternatives))
    may = not errors(answer.findings) and not any(
        destroys(parse(command, spec), answer.risk) for command in (answer.command, *answer.steps)
    )
    cache.put(key(), ask.request, Answer(drafts[0], drafts[1:]), keep=may)


def record(journal: Journal | None, ask: Ask, outcome: Outcome) -> int:
    """Write down what was asked and what came of it; the number of the row, 0: there is none."""
    if journal is None:
        return 0
    from kai.journal import Record

    answer = outcome.suggestion if isinstance(outcome, Answered) else None
    return journal.add(
        Record(
            request=ask.request,
            command=answer.command if answer else None,
            outcome=outcome_name(outcome),
            source=str(answer.source) if answer else None,
            context=ask.context.context,
            namespace=ask.context.namespace,
        )
    )


def outcome_name(outcome: Outcome) -> str:
    """answered, abstained, refused or failed."""
    return type(outcome).__name__.lower()


def _draft(suggestion: Suggestion) -> Draft:
    return Draft(
        suggestion.command,
        suggestion.source,
        suggestion.confidence,
        suggestion.assumptions,
        suggestion.steps,
        suggestion.author,
    )
