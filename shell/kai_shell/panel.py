"""What stands around the command: a light panel on a terminal, plain remarks elsewhere.

The command itself is not in here: it goes to standard output, the panel to standard error, so that
a copied or captured command is the command alone. No library: drawing some lines must not cost
more than the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kai.model import Answered, Ask, Level, Risk, Source, Suggestion, Tier
from kai_shell.lines import columns, wrapped
from kai_shell.streams import Streams, one_line

_COLOURS = {"dim": "2", "bold": "1", Level.ERROR: "31", Level.WARNING: "33", Level.INFO: "36"}
_COLOURS |= {Tier.READ: "32", Tier.WRITE: "33", Tier.DESTRUCTIVE: "1;31", Tier.FORBIDDEN: "1;31"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a terminal is written to: `bar` stands before each line, `width` is in columns."""

    colour: bool
    width: int
    bar: str
    kept: str

    @classmethod
    def of(cls, streams: Streams, env: Mapping[str, str]) -> Look:
        """From the terminal and its variables: NO_COLOR, TERM=dumb, COLUMNS, its encoding."""
        dumb = env.get("TERM", "dumb") in ("", "dumb")
        encoding = (getattr(streams.stderr, "encoding", "") or "").lower()
        unicode = "utf" in encoding and not dumb
        return cls(
            colour=not dumb and not env.get("NO_COLOR"),
            width=columns(streams.stderr, env),
            bar="│" if unicode else "|",
            kept="⚡ " if unicode else "",
        )

    def painted(self, text: str, name: str) -> str:
        """`text` in a colour of the table, or as it is."""
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self.colour else text


def remarks(suggestion: Suggestion) -> Iterator[tuple[str, str]]:
    """What a person should know besides the command, as (colour, line)."""
    for step in suggestion.steps:
        yield "bold", f"then: {step}"
    if suggestion.author is not None:
        yield "dim", author(suggestion)
    for assumption in suggestion.assumptions:
        yield Level.INFO, f"assumed: {assumption}"
    for finding in suggestion.findings:
        repair = f" (better: {finding.replacement})" if finding.replacement else ""
        yield finding.level, f"{finding.level}: {finding.message} [{finding.code}]{repair}"
    for alternative in suggestion.alternatives:
        yield "bold", f"or: {alternative.command}"


def author(suggestion: Suggestion) -> str:
    """The model that wrote it, and why it was that one; "" for what no model wrote."""
    if suggestion.author is None:
        return ""
    from kai.llm.confidence import written_by

    why = f" ({suggestion.author.why})" if suggestion.author.why else ""
    return f"written by {written_by(suggestion)}{why}"


def verdict(risk: Risk) -> Iterator[tuple[str, str]]:
    """The judge's word where there is something to confirm: tier, reasons, and what is hit."""
    if risk.tier == Tier.READ:
        return
    yield risk.tier, f"{risk.tier}: {'; '.join(risk.reasons)}"
    if risk.radius is not None:
        yield "", f"hits {risk.radius.text}"


def panel(ask: Ask, answered: Answered, look: Look) -> str:
    """The lines below the command on a terminal."""
    suggestion = answered.suggestion
    lines = [("", suggestion.explanation)] if suggestion.explanation else []
    lines += verdict(suggestion.risk) if suggestion.risk else ()
    lines += remarks(suggestion)
    lines.append(("dim", _footer(ask, answered, look)))
    return "".join(f"{line}\n" for colour, text in lines for line in _drawn(text, colour, look))


def _drawn(text: str, colour: str, look: Look) -> Iterator[str]:
    for line in wrapped(one_line(text), look.width - 4):
        shown = look.painted(line, colour) if colour else line
        yield f"  {look.painted(look.bar, 'dim')} {shown}"


def _footer(ask: Ask, answered: Answered, look: Look) -> str:
    """Who answered, how long it took, and where the command would act."""
    source = {
        Source.CACHE: f"{look.kept}kept answer",
        Source.BUILTIN: "built in",
        Source.MODEL: "model",
    }[answered.suggestion.source]
    parts = [source, f"{answered.timings.get('total', 0):.0f} ms"]
    if answered.suggestion.risk and answered.suggestion.risk.tier == Tier.READ:
        parts.append("only reads")
    if ask.context.context:
        parts.append(f"context {ask.context.context}")
    if ask.context.namespace:
        parts.append(f"current namespace {ask.context.namespace}")
    return ", ".join(parts)
