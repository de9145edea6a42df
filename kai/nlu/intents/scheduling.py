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


_NEWER = frozenset(["new", "more", "further", "additional"])
_NEWER_OR_AGAIN = _NEWER | {"again"}
_NEVER = frozenset(["dont", "never", "not", "shouldnt", "mustnt", "cant", "wont"])
_LISTS = ("scheduling-placing", "scheduling-pods", "scheduling-new", "scheduling-taking")


def _placing(f: Frame, *, repeated: bool = False) -> str:
    """What a phrase on placing pods asks for, consumed: "cordon", "uncordon", or "" for neither.

    "no more scheduling on", "let pods land on", "scheduling: off". `repeated`: the request said it
    in other words before, and only a phrase that forbids is taken.
    """
    words = frozenset(["not"]).union(*(listed(f, name) for name in _LISTS))
    placing = listed(f, "scheduling-placing")
    end = 0
    for index in list(f.words()):
        if index < end or f.low(index) not in words:
            continue
        end = index
        while f.free(end) and f.low(end) in words:
            end += 1
        said = {f.low(at) for at in range(index, end)}
        again = said & listed(f, "scheduling-taking") and f.low(end) == "again"
        if not (said & placing or said & _NEWER or again):
            continue
        verb, start, stop = _asked(f, index, end, placed=bool(said & placing))
        if verb and (not repeated or verb == "cordon"):
            f.use(start, stop)
            if f.low(stop) in ("again", "away", "off", "anymore") and f.free(stop):
                f.use(stop)
            return verb
    return ""


def _asked(f: Frame, index: int, end: int, *, placed: bool) -> tuple[str, int, int]:
    """(verb, first token, token behind) of the phrase on placing at tokens[index:end]."""
    before = f.low(index - 1).replace("-", "") if f.free(index - 1) else ""
    verb = _verb(before, f, end, placed=placed)
    if verb == "uncordon" and f.low(index - 2) in _NEVER and f.free(index - 2):
        return "cordon", index - 2, end
    if verb:
        return verb, index - 1, end
    if any(f.low(at) == "not" for at in range(index, end)):
        return "cordon", index, end
    modal = f.low(index) in ("may", "can", "should") and f.low(end) == "again"
    if modal and f.low(index + 1) in listed(f, "scheduling-taking"):
        return "uncordon", index, end
    if f.low(index) == "from" or f.low(index) in listed(f, "scheduling-taking"):
        return _said_before(f, index, end)
    if f.low(end - 1) not in listed(f, "scheduling-placing"):
        return "", index, end
    at = end + (f.low(end) in ("is", "to", "back", "should"))
    said = f.low(at) if f.free(at) else ""
    turned = before in ("turn", "switch", "set", "flip")
    closed = at + 1 >= len(f.tokens) or f.tokens[at].comma or said not in ("on", "off")
    verb = _AFTERWARDS.get(said, "") if turned or closed else ""
    return verb, index - turned, at + 1


def _said_before(f: Frame, index: int, end: int) -> tuple[str, int, int]:
    """`keep node-3 from getting new pods`, `let worker-1 take new pods`: the verb stands before."""
    for at in range(max(0, index - 4), index):
        if not f.free(at):
            continue
        stops = f.low(at) in listed(f, "scheduling-stopping") and f.low(index) == "from"
        lets = f.low(at) in listed(f, "scheduling-allowing") and f.low(index) != "from"
        if not (stops or lets):
            continue
        never = lets and f.low(at - 1) in _NEVER and f.free(at - 1)
        f.use(at - never, at + 1)
        return "cordon" if stops or never else "uncordon", index, end
    return "", index, end


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
    placing = listed(f, "scheduling-placing")
    if not any(token.low in placing or token.low in _NEWER_OR_AGAIN for token in f.tokens):
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
