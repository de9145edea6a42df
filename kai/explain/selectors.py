"""Selectors and durations in words."""

from __future__ import annotations

from kai.explain_parts import listed
from kai.kubectl.govalues import go_duration

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_SETS = ((" notin ", "neither ", " nor ", " (or is not there)"), (" in ", "", " or ", ""))


def labels(text: str) -> str:
    """What a label selector asks for: "the label app is web and there is no label canary"."""
    return listed([_label(term.strip()) for term in _terms(text) if term.strip()]) or "anything"


def fields(text: str) -> str:
    """What a field selector asks for: "status.phase is not Running"."""
    return listed([_compared(term, "", "") for term in _terms(text) if term]) or "anything"


def duration(text: str) -> str:
    """A time as Go reads it, in words: "1 hour 30 minutes"; what is none stays as it is."""
    seconds = go_duration(text)
    if seconds is None or seconds != int(seconds) or seconds <= 0:
        return text
    left, words = int(seconds), []
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(words)


def _terms(text: str) -> list[str]:
    """The terms of a selector: cut at commas, but not inside brackets or behind a backslash."""
    terms, start, depth, escaped = [], 0, 0, False
    for index, char in enumerate(text):
        if char == "," and depth <= 0 and not escaped:
            terms.append(text[start:index])
            start = index + 1
        depth += (char == "(") - (char == ")")
        escaped = char == "\\" and not escaped
    return [*terms, text[start:]]


def _label(term: str) -> str:
    for operator, before, between, after in _SETS:
        key, found, rest = term.replace("(", " (", 1).partition(operator)
        values = rest.strip()
        if found and values[:1] == "(" and values[-1:] == ")":
            names = [value.strip() or "empty" for value in values[1:-1].split(",")]
            return f"the label {key.strip()} is {before}{between.join(names)}{after}"
    if term[0] == "!":
        return f"there is no label {term[1:].strip()}"
    if "=" in term:
        return _compared(term, "the label ", " (or is not there)")
    for mark, said in ((">", "above"), ("<", "below")):
        key, found, value = term.partition(mark)
        if found:
            return f"the label {key.strip()} is a number {said} {value.strip()}"
    return f"there is a label {term}"


def _compared(term: str, before: str, unless: str) -> str:
    """One comparison with =, == or !=; `unless` is what != lets through besides."""
    key, found, value = term.partition("=")
    if not found:
        return term
    negated = key.endswith("!")
    key, value = key.removesuffix("!").strip(), value.removeprefix("=").strip()
    said = f"{before}{key} is {'not ' if negated else ''}{value or 'empty'}"
    return said + unless if negated else said
