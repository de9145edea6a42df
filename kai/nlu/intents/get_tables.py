"""What a table shows anyway, and what is asked for beside it: label columns, wide columns."""

from __future__ import annotations

from kai.nlu import fields
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.get_view import View, shown_wide

_PLAIN_TABLE = {"services": {"clusterip", "externalip", "ports", "type"}}
"""Properties that the plain table of a kind shows."""
_WITH = frozenset(["with", "incl", "including", "include", "inc", "plus", "showing"])


def beside_table(f: Frame, view: View, kinds: list[str]) -> None:
    """`load balancer services with their external ips`: a table that has the column anyway."""
    kind = kinds[0] if kinds else ""
    said = {
        match.value: match for match in f.matches.get("attr", ()) if match.value in view.attributes
    }
    if not view.attributes or view.table or view.sort_by or len(said) < len(view.attributes):
        return
    for match in said.values():
        before = match.start - 1
        while f.low(before) in ("the", "their", "its"):
            before -= 1
        if f.low(before) not in _WITH:
            if view.attributes == ["ip"] and {"only", "just"} & {
                f.low(before),
                f.low(len(f.tokens) - 1),
            }:
                view.table = True  # "internal ips of the nodes only": no wide table
            return
        f.use(before, match.start)
    if set(view.attributes) <= _PLAIN_TABLE.get(kind, set()) and f.matches.get("state"):
        view.attributes = []
    elif (
        kind in fields.WORKLOAD_SPEC and set(view.attributes) <= shown_wide(kind) and kind != "pods"
    ):
        view.attributes, view.output = [], "wide"


def dwelling(f: Frame, match: Match) -> bool:
    """Whether "live" is what a thing does in a place: "which namespace does web-0 live in"."""
    if f.low(match.start) != "live" or match.end != match.start + 1:
        return False
    asked = any(
        f.low(at) in ("do", "does", "did", "which", "that", "where") for at in range(match.start)
    )
    if f.low(match.end) in ("in", "on", "at") and match.end == len(f.tokens) - 1:
        return True  # "zones our nodes live in"
    ends = match.end >= len(f.tokens) or f.low(match.end) in ("in", "on", "at", "under")
    return asked and ends and "," not in f.scan.text[: f.tokens[match.start].start]


def take_label_columns(f: Frame, view: View) -> None:
    """`with their team label as a column`, `the zone and pool labels as columns`."""
    for index in f.words(1):
        column = next((at for at in range(index + 1, index + 5) if f.low(at) in _COLUMN), None)
        if f.low(index) not in ("label", "labels") or column is None or not f.free(column):
            continue
        if not all(f.low(at) in _AS_A for at in range(index + 1, column)):
            continue
        at = index - 1
        keys: list[str] = []
        while f.free(at) and (f.is_word(at) or f.tokens[at].low in f.everyday):
            if f.low(at) in ("with", "show", "their", "the", "its"):
                break
            keys.insert(0, f.tokens[at].text)
            at -= 2 if f.low(at - 1) == "and" and f.free(at - 1) else 1
        while f.free(at) and f.low(at) in ("the", "their", "its", "with", "and", "plus", "w/"):
            at -= 1
        if keys:
            f.use(at + 1, column + 1)
            view.label_columns += keys
            return


_COLUMN = frozenset(["column", "columns", "col", "cols"])
_AS_A = frozenset(["as", "a", "an", "in", "extra", "additional", "own", "separate", "its", "their"])
