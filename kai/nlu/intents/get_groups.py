"""Counting by a property: `how many nodes run each kubelet version`, `pods per image, counted`."""

from __future__ import annotations

from kai.nlu import fields
from kai.nlu.frame import Frame, Match

_EACH = frozenset(["each", "every", "per", "by"])
_HAVING = frozenset(
    ["use", "uses", "run", "runs", "have", "has", "are", "is", "on", "with", "using", "running"]
)


def take_group(f: Frame, kinds: list[str]) -> str:
    """The property by whose values objects are counted, consumed with the counting; "" if none."""
    if not kinds:
        return ""
    counted = _counted_kind(f, kinds)
    if counted is None:
        return ""
    count, kind = counted
    for match in list(f.find_all("attr")):
        if fields.path(match.value, kind.value) is None or match.start <= kind.start < match.end:
            continue
        span = _grouped_by(f, match, kind)
        if span is None or match.value in ("name", "namespace"):
            continue
        clash = next((k for k in f.find_all("kind") if match.start <= k.start < match.end), None)
        if clash is not None and clash.value in kinds and clash.value != kind.value:
            kinds.remove(clash.value)
        f.use(count.start, count.end)
        for start, end in span:
            f.use(start, end)
        return match.value
    return ""


def _counted_kind(f: Frame, kinds: list[str]) -> tuple[Match, Match] | None:
    """(the word of counting, the kind right behind it)."""
    for count in f.find_all("count"):
        at = count.end
        while f.low(at) in ("the", "of", "all", "our") and f.free(at):
            at += 1
        kind = f.at("kind", at)
        if kind is not None and kind.value in kinds:
            return count, kind
    return None


def _grouped_by(f: Frame, match: Match, kind: Match) -> list[tuple[int, int]] | None:
    """The spans that say "by PROPERTY": before it, or "each" at the end of what follows."""
    at = match.start - 1
    if f.low(at) in _EACH and f.free(at):
        start = at
        while start > kind.end and f.low(start - 1) in ("for", "of", "grouped", "with", "on", "in"):
            start -= 1
        while start > kind.end and f.low(start - 1) in _HAVING and f.free(start - 1):
            start -= 1
        return [(start, match.end)]
    end = len(f.tokens) - 1
    if match.end <= kind.start and f.low(end) == "each" and f.low(end - 1) in _HAVING:
        joined = kind.start - 1
        while joined > match.end and f.low(joined) not in ("and", "with"):
            joined -= 1
        spans = [(match.start, match.end), (end - 1, end + 1)]
        return [*spans, (joined, joined + 1)] if f.low(joined) in ("and", "with") else spans
    return None
