"""`kubectl cordon` and `uncordon`: whether new pods may come to a node."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import take_context
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import guarded, take_dry, tidy
from kai.nlu.intents.node_targets import said_nodes, take_nodes, take_work
from kai.nlu.intents.remarks import listed


def cordon(f: Frame) -> Command | None:
    """`stop scheduling on worker-4`, `mark node-3 unschedulable`."""
    return _schedulable(f, "cordon")


def uncordon(f: Frame) -> Command | None:
    """`put worker-2 back in rotation`."""
    return _schedulable(f, "uncordon")


def _schedulable(f: Frame, verb: str) -> Command | None:
    if _only_inside(f, verb):
        return None
    take_context(f)
    command = Command((verb,))
    take_dry(f, command)
    f.take_all("act", verb)
    if verb == "cordon":
        _placing(f, repeated=True)
    f.take_all("cv", "set", "remove")
    take_work(f)
    if verb == "uncordon":
        _returned(f)
    f.take_all("o-cordon" if verb == "cordon" else "o-uncordon")
    if not take_nodes(f, command):
        return None
    f.take_all("o-node")
    tidy(f)
    return command


_AFTERWARDS = {
    "off": "cordon",
    "disabled": "cordon",
    "stopped": "cordon",
    "forbidden": "cordon",
    "frozen": "cordon",
    "blocked": "cordon",
    "on": "uncordon",
    "ok": "uncordon",
    "enabled": "uncordon",
    "allowed": "uncordon",
    "possible": "uncordon",
}


def _placing(f: Frame, *, repeated: bool = False) -> str:
    """What a phrase on placing pods asks for, consumed: "cordon", "uncordon", or "" for neither.

    "no more scheduling on", "let pods land on", "scheduling: off". `repeated`: the request said it
    in other words before, and only a phrase that forbids is taken.
    """
    for index in list(f.words()):
        end, placing, new = index, False, False
        while f.free(end) and (
            f.low(end)
            in listed(f, "scheduling-placing")
            | listed(f, "scheduling-pods")
            | listed(f, "scheduling-new")
        ):
            placing = placing or f.low(end) in listed(f, "scheduling-placing")
            new = new or f.low(end) in ("new", "more", "further", "additional")
            end += 1
        if end == index or not (placing or new):
            continue
        before = f.low(index - 1).replace("-", "") if f.free(index - 1) else ""
        start = index - 1
        verb = _verb(before, f, end, placed=placing)
        if not verb and f.low(end - 1) in listed(f, "scheduling-placing"):
            start, at = index, end + (f.low(end) in ("is", "to", "back", "should"))
            said = f.low(at) if f.free(at) else ""
            place = at + 1 >= len(f.tokens) or f.tokens[at].comma or said not in ("on", "off")
            verb = _AFTERWARDS.get(said, "") if place else ""
            end = at + 1
        if verb and (not repeated or verb == "cordon"):
            f.use(start, end)
            if f.low(end) in ("again", "away", "off") and f.free(end):
                f.use(end)
            return verb
    return ""


def _verb(before: str, f: Frame, end: int, *, placed: bool) -> str:
    if before in ("start", "restart") and not placed:
        return ""
    if before in listed(f, "scheduling-stopping"):
        away = f.low(end) in ("off", "away", "out")
        return "cordon" if before != "keep" or away else ""
    return "uncordon" if before in listed(f, "scheduling-allowing") else ""


def _only_inside(f: Frame, verb: str) -> bool:
    """Whether the verb is said only within its opposite: "lift the cordon on"."""
    said = [match for match in f.matches.get("act", ()) if match.value in ("cordon", "uncordon")]
    mine = [match for match in said if match.value == verb]
    return bool(mine) and all(
        any(
            other.value != verb
            and other.start <= match.start
            and match.end <= other.end
            and match.end - match.start < other.end - other.start
            for other in said
        )
        for match in mine
    )


def placing(f: Frame) -> Command | None:
    """`no more scheduling on worker-8`, `let pods schedule on worker-8 again`."""
    if not any(
        token.low in listed(f, "scheduling-placing") or token.low == "new" for token in f.tokens
    ):
        return None
    verb = _placing(f)
    return _schedulable(f, verb) if verb else None


def sidelined(f: Frame) -> Command | None:
    """`park node build-2`: a verb that says it of nodes only."""
    if f.low(0) not in listed(f, "scheduling-sidelining") or not said_nodes(f):
        return None
    f.use(0)
    return _schedulable(f, "cordon")


def returned(f: Frame) -> Command | None:
    """`return nodes a1 and a2 to the pool`, `bring node-5 back`, `worker-2: back to normal`."""
    if not said_nodes(f) or f.has("chn", "taint", "label", "annotation"):
        return None
    verb = next((at for at in f.words() if f.low(at) in listed(f, "scheduling-bringing")), None)
    again = next((at for at in f.words() if f.low(at) in listed(f, "scheduling-returning")), None)
    if again is not None:
        f.use(again)
    back, place = _returned(f)
    surely = place or (f.matches.get("kind") and f.has("kind", "nodes"))
    if not surely or (again is None and not back):
        return None
    if again is None and verb is None and not place:
        return None
    if again is None and verb is not None and f.free(verb):
        f.use(verb)
    return _schedulable(f, "uncordon")


def _returned(f: Frame) -> tuple[bool, bool]:
    """Consume "back to the pool", "for work again"; whether "back" or "again", and where to, was said."""
    back = place = False
    fold, glue = listed(f, "scheduling-fold"), listed(f, "scheduling-fold-glue")
    at = 0
    while at < len(f.tokens):
        end = at
        while f.free(end) and not f.tokens[end].quoted and f.low(end) in fold | glue:
            end += 1
        words = {f.low(index) for index in range(at, end)}
        again = bool(words & {"back", "again"})
        if again or (words & fold and words & {"to", "into", "in"}):
            f.use(at, end)
            back, place = back or again, place or bool(words & fold)
        at = max(end, at + 1)
    return back, place


INTENTS = guarded(
    Intent("cordon", ("cordon",), cordon, rank=58),
    Intent("uncordon", ("uncordon",), uncordon, rank=58),
    Intent("scheduling", (), placing, rank=58),
    Intent("cordon by setting aside", (), sidelined, rank=58),
    Intent("uncordon by returning", (), returned, rank=57),
)
