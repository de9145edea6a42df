"""`kubectl taint`."""

from __future__ import annotations

import re
from itertools import pairwise

from kai.nlu.compose import Command
from kai.nlu.entities import take_context, take_selector
from kai.nlu.frame import CLOSED, Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import guarded, take_dry, take_objects, tidy
from kai.nlu.intents.node_targets import AFTER, node_like
from kai.nlu.intents.remarks import take_count
from kai.nlu.patterns import pattern

_EFFECTS = {
    "noschedule": "NoSchedule",
    "no-schedule": "NoSchedule",
    "prefernoschedule": "PreferNoSchedule",
    "noexecute": "NoExecute",
    "no-execute": "NoExecute",
}
_TAINT = pattern(
    r"([A-Za-z0-9][\w./-]*)(?:=([\w.-]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?(-?)", re.I
)


def taint(f: Frame) -> Command | None:
    """`taint node gpu-1 dedicated=gpu:NoSchedule`, `remove the dedicated taint from gpu-1`."""
    take_context(f)
    command = Command(("taint", "nodes"))
    take_dry(f, command)
    verbs = set(f.take_all("act", "untaint", "taint"))
    f.take_all("o-taint")
    removes = "untaint" in verbs or f.has("cv", "remove") or f.has("act", "delete")
    overwrite = f.has("o-overwrite") or _changes(f)
    f.take_all("o-overwrite")
    f.take_all("o-ifpresent")
    literal = any(
        (m := _TAINT.fullmatch(token.text)) and m[2] is not None and m[3] for token in f.tokens
    )
    tainted = _literal_taints(f) if literal else []
    if (
        not removes
        and any((m := _TAINT.fullmatch(token.text)) and m[2] is not None for token in f.tokens)
        and not f.has("chn", "value")
    ):
        tainted = tainted or _literal_taints(f)
    changed = [] if tainted else _changed_value(f)
    overwrite = overwrite or bool(changed)
    tainted = tainted or changed or _worded_taint(f, removes) or _literal_taints(f, removes)
    if tainted and changed:
        removes = False
    if not tainted and "untaint" in verbs:
        tainted = _last_word(f)
    if not tainted:
        return None
    f.take_all("cv")
    f.take_all("o-node")
    f.take_all("act", "taint", "untaint", "delete")
    for match in list(f.find_all("chn", "taint")):
        quantifier = (f.ending("all", match.start) or f.ending("all", match.start - 1)) and removes
        f.use(
            match.start - 2 if quantifier and f.low(match.start - 1) == "the" else match.start,
            match.end,
        )
    selector = take_selector(f, loose=True)
    if selector:
        command.flag("selector", ",".join(selector))
    objects = take_objects(f, default="nodes", kinds=("nodes",), after=AFTER)
    if objects is None or objects.kinds not in ([], ["nodes"]):
        return None
    if bool(objects.names) + bool(selector) + bool(objects.every and not selector) != 1:
        return None
    if objects.every and not selector:
        command.flag("all")
    command.args = objects.names + [_ended(value, removes) for value in tainted]
    bad = [
        value
        for value in command.args[len(objects.names) :]
        if not value.endswith("-") and ":" not in value
    ]
    if bad:
        return None
    if overwrite and not removes:
        command.flag("overwrite")
    f.assumptions[:] = [text for text in f.assumptions if not text.endswith("to be a node")]
    take_count(f, len(tainted))
    tidy(f)
    return command


def _last_word(f: Frame) -> list[str]:
    """`untaint node worker-1 gpu`: the key stands behind the node."""
    last = len(f.tokens) - 1
    named = f.name_at(last, any_word=True) is not None and not f.cover[last] & CLOSED
    if last > 1 and named and f.name_at(last - 1) is not None:
        f.use(last)
        return [f.tokens[last].text]
    return []


def _changes(f: Frame) -> bool:
    """`change the taint ...`: there is one; `update node x with a taint` adds one."""
    for match in f.find_all("cv", "change"):
        at = match.end
        while f.low(at) in ("the", "its"):
            at += 1
        if f.at("chn", at, "taint"):
            return True
    return False


def _ended(value: str, removes: bool) -> str:
    return value + "-" if removes and not value.endswith("-") else value


def _effect(f: Frame, *, alone: bool = True) -> str:
    """The effect said as a word of its own, consumed."""
    for index in f.words():
        effect = _EFFECTS.get(f.tokens[index].low)
        if effect and (alone or f.ending("chn", index, "effect")):
            f.use(index)
            f.take_all("chn", "effect")
            return effect
    return ""


def _changed_value(f: Frame) -> list[str]:
    """`taint env from qa to prod`, `replace the value of taint dedicated by infra`: the new taint."""
    nouns = [match for match in f.matches.get("chn", ()) if match.value == "taint"]
    match = next((noun for noun in nouns if f.free(noun.end) and _key(f, noun.end)), None)
    if match is None:
        return []
    at, key = match.end + 1, f.tokens[match.end].text
    moved = next(
        (i for i in f.words(at) if f.low(i) == "from" and f.low(i + 2) in ("to", "into")), None
    )
    if moved is not None:
        value = moved + 3
        f.use(moved, value)
    else:
        said = f.ending("chn", match.start - (f.low(match.start - 1) in ("the", "of")), "value")
        by = next((i for i in f.words(at) if f.low(i) in ("by", "to", "with", "into")), None)
        if said is None or by is None:
            return []
        value = by + 1
        f.use(by)
        f.use(said.start, match.start)
    if not f.free(value) or not f.name_at(value, any_word=True):
        return []
    f.use(match.start, match.end + 1)
    f.use(value)
    effect = _effect(f) or _spoken_effect(f)
    return [f"{key}={f.tokens[value].text}:{effect}"] if effect else []


def _spoken_effect(f: Frame) -> str:
    """The effect told by what it does: "new pods only", "evict running pods too"."""
    if f.take("prefer"):
        return "PreferNoSchedule"
    return f.take("tainteffect") or ""


def _literal_taints(f: Frame, removes: bool = False) -> list[str]:
    """`key=value:Effect` words; an effect that stands apart is joined."""
    found = []
    for index in list(f.words()):
        text = f.tokens[index].text
        match = _TAINT.fullmatch(text)
        if match and (match[3] or (match[4] and not f.cover[index]) or match[2] is not None):
            labelled = f.ending("labelled", index)
            own = bool(match[3]) or _EFFECTS.get(f.low(index + 1)) is not None
            others = sum(1 for token in f.tokens if "=" in token.text) > 1
            selecting = labelled is not None and (
                f.low(labelled.start) not in ("with", "and")
                or (others and (labelled.value == "label" or _effects(f)))
            )
            if not own and (selecting or f.low(index - 1) in ("-l", "--selector")):
                continue
            effect = _EFFECTS[match[3].lower()] if match[3] else _own_effect(f, index)
            value = match[1] + (f"={match[2]}" if match[2] is not None else "")
            found.append((value, effect, match[4]))
            f.use(index)
        elif match and (
            (removes and "/" in text)
            or (not removes and f.low(index + 1) in _EFFECTS and _bare_key(f, index))
        ):
            found.append((text, _own_effect(f, index), ""))
            f.use(index)
    complete = any(effect or minus for _, effect, minus in found)
    apart = "" if complete and all(e for _, e, _ in found) else _effect(f)
    if found and not apart and not (complete and all(e for _, e, _ in found)):
        apart = _spoken_effect(f)
    return [
        value + (f":{effect or apart}" if effect or apart else "") + minus
        for value, effect, minus in found
    ]


def _effects(f: Frame) -> bool:
    """Whether an effect stands right behind one of the assignments."""
    return any(
        "=" in left.text and right.low in _EFFECTS for left, right in pairwise(f.tokens)
    ) or any(m is not None and m[3] for m in (_TAINT.fullmatch(t.text) for t in f.tokens))


def _own_effect(f: Frame, index: int) -> str:
    """The effect right behind a taint: `a=1 NoSchedule and b=2 NoExecute`."""
    effect = _EFFECTS.get(f.low(index + 1), "") if f.free(index + 1) else ""
    if effect:
        f.use(index + 1)
    return effect


def _worded_taint(f: Frame, removes: bool) -> list[str]:
    """`the dedicated taint`, `key tier and value frontend with the effect NoSchedule`."""
    key = value = ""
    for match in list(f.find_all("chn", "key")):
        if f.free(match.end) and not f.cover[match.end] & {"prep", "filler", "kind"}:
            key = f.tokens[match.end].text
            f.use(match.start, match.end + 1)
            break
    if not key:
        key, value = _beside_noun(f, removes)
    if not key:
        return []
    if f.take("chn", "novalue") is None:
        for match in list(f.find_all("chn", "value")):
            if f.free(match.end) and not f.cover[match.end] & {"prep", "filler"}:
                value = f.tokens[match.end].text
                f.use(match.start, match.end + 1)
                break
    effect = _effect(f) or ("" if removes else _spoken_effect(f))
    if ":" in value:
        value, _, effect = value.partition(":")
    return [key + (f"={value}" if value else "") + (f":{effect}" if effect else "")]


def _beside_noun(f: Frame, removes: bool) -> tuple[str, str]:
    """The key before or behind the word taint, and `to VALUE:EFFECT` behind it."""
    for match in list(f.matches.get("chn", ())):
        if match.value != "taint":
            continue
        before = match.start - 1
        if removes and f.free(before) and _EFFECTS.get(f.tokens[before].low):
            before -= 1
        whose = before >= 0 and (f.tokens[before].possessive or node_like(f, f.low(before)))
        if f.free(before) and not whose and _key(f, before):
            f.use(before - (removes and f.low(before - 1) == "all"), before + 1)
            return f.tokens[before].text, ""
        at = match.end + (f.low(match.end) in ("called", "named", "key"))
        bare = at == match.end and node_like(f, f.low(at))
        if f.free(at) and _key(f, at) and not f.at("kind", at) and not bare:
            key = f.tokens[at].text
            f.use(match.end, at + 1)
            for index in f.words(at):
                if f.low(index) == "to" and f.free(index + 1) and ":" in f.tokens[index + 1].text:
                    f.use(index, index + 2)
                    return key, f.tokens[index + 1].text
            return key, ""
    return "", ""


def _bare_key(f: Frame, index: int) -> bool:
    """`taint n1 gpu NoSchedule`: a word that can be the key, as a node is said elsewhere."""
    return f.is_open(index) and not node_like(f, f.low(index)) and not f.ending("kind", index)


def _key(f: Frame, index: int) -> bool:
    text = f.tokens[index].text
    known = f.cover[index] - {"guard"}
    return (
        "=" not in text
        and ":" not in text
        and (not known or "/" in text or "-" in text[1:-1] or f.is_word(index))
    )


def control_plane(f: Frame) -> Command | None:
    """`let pods run on the control plane node cp-1 again`: its usual taint is removed."""
    take_context(f)
    if f.take("controlplane") is None:
        return None
    command = Command(("taint", "nodes"))
    objects = take_objects(f, default="nodes", kinds=("nodes",), after=AFTER)
    if objects is None or (not objects.names and not objects.every):
        return None
    command.args = [*objects.names, "node-role.kubernetes.io/control-plane:NoSchedule-"]
    if not objects.names:
        command.flag("all")
    f.take_all("o-node")
    tidy(f)
    return command


def no_execute(f: Frame) -> Command | None:
    """`evict everything off node-7 with a NoExecute taint, key bad-disk`.

    Only that effect evicts; "taint it with a=b:NoSchedule and then drain it" are two steps.
    """
    if not f.has("chn", "taint") or "noexecute" not in f.scan.text.lower():
        return None
    if any(f.low(match.start - 1) in ("and", "then") for match in f.find_all("act", "drain")):
        return None
    f.take_all("act", "drain")
    return taint(f)


def literal(f: Frame) -> Command | None:
    """`remove dedicated=db:NoSchedule from node-5`: a taint by its form, not by the word."""
    if f.has("act", "taint") or f.has("act", "untaint") or f.has("chn", "taint"):
        return None
    found = (_TAINT.fullmatch(token.text) for token in f.tokens if ":No" in token.text)
    if not any(match is not None and match[3] for match in found) or not f.has("cv"):
        return None
    return taint(f)


INTENTS = guarded(
    Intent("taint by its form", ("cv:",), literal, rank=60),
    Intent("taint eviction", ("drain",), no_execute, rank=61),
    Intent("control plane taint", ("controlplane:yes",), control_plane, rank=62),
    Intent("taint", ("taint", "untaint", "chn:taint"), taint, rank=60),
)
