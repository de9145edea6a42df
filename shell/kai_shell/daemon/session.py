"""One request and the engine it goes to: what an answer and a panel need of the engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kai.engine import Engine
from kai.model import Ask, Checked, Context, Event, Finding, Level, Suggestion, Tier

if TYPE_CHECKING:
    from kai.examine import Examiner


class Session:
    """A request under way. `examiner` is built when somebody wants an explanation."""

    def __init__(self, engine: Engine, ask: Ask, examiner: Callable[[], Examiner]) -> None:
        self._engine, self._examiner = engine, examiner
        self.ask = ask
        self.recorded = 0
        """The journal's number of the request, once its events have ended; 0: none."""

    @property
    def where(self) -> Context:
        """The context of the request."""
        return self.ask.context

    def suggest(self, ask: Ask | None = None) -> AsyncGenerator[Event]:
        """Everything that happens to the request. Read it to its end: it keeps and records."""
        return self._engine.suggest(ask or self.ask, recorded=self._record)

    def again(self) -> AsyncGenerator[Event]:
        """The same, and no kept answer counts."""
        return self.suggest(replace(self.ask, again=True))

    def _record(self, number: int) -> None:
        self.recorded = number

    async def examine(self, command: str) -> Suggestion:
        """What there is to say about a command that somebody wrote."""
        return await self._engine.examine(command, self.where)

    def checks(self, suggestion: Suggestion) -> AsyncGenerator[Checked]:
        """What the slow checks find about a suggestion, as it comes."""
        return self._engine.checks(suggestion, self.ask)

    def explain(self, command: str) -> Sequence[tuple[str, str]]:
        """The command part by part, as (style, line)."""
        from kai.explain.whole import explanation
        from kai_shell.explained import label

        examiner = self._examiner()
        examined = examiner.line(command)
        told = explanation(
            examined.pipeline,
            examiner.catalogue,
            findings=examined.findings,
            risk=examined.risk,
            context=self.where,
        )
        lines = [("", f"{told.summary} ({told.place})" if told.place else told.summary)]
        for part in told.parts:
            style = "error" if part.role in ("unknown", "error") else ""
            details = "; ".join(detail.strip() for detail in part.details)
            text = f"{label(command, part)}  {part.text}{f' {details}' if details else ''}"
            lines.append((style, text))
        return [line for line in lines if line[1]]

    async def repaired(self) -> tuple[Suggestion, Suggestion] | None:
        """The request as the kubectl command that it is, and the same with its sure repairs made;
        None where there are none, or where more than that is wrong."""
        text = self.ask.request
        if not text.isprintable():
            return None
        typed = await self.examine(text)
        sure = [
            finding
            for finding in typed.findings
            if finding.replacement is not None and finding.level is not Level.INFO
        ]
        if not sure or any(_is_error(item) and item not in sure for item in typed.findings):
            return None
        suggestion = await self.examine(applied(text, sure))
        risk = suggestion.risk
        bad = any(_is_error(finding) for finding in suggestion.findings)
        if bad or risk is None or risk.tier == Tier.FORBIDDEN or suggestion.command == text:
            return None
        return typed, suggestion


def _is_error(finding: Finding) -> bool:
    return finding.level == Level.ERROR


def applied(text: str, findings: Sequence[Finding]) -> str:
    """The text with every replacement in place; of two that overlap the first counts."""
    pieces: list[str] = []
    at = 0
    for finding in sorted(findings, key=lambda item: (item.start, item.end)):
        if finding.start >= at:
            pieces += [text[at : finding.start], finding.replacement or ""]
            at = finding.end
    return "".join((*pieces, text[at:]))
