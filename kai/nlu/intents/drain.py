"""`kubectl drain`: nodes emptied of their pods, however the moving is said."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import duration_at, take_context, take_duration
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import asks, guarded, take_dry, take_options, tidy
from kai.nlu.intents.node_targets import node_like, said_nodes, take_nodes, take_work
from kai.nlu.intents.remarks import listed
from kai.nlu.tokens import ASSIGNMENT


def drain(f: Frame) -> Command | None:
    """`drain worker-2 for maintenance, ignore daemonsets, give up after 10 minutes`."""
    take_context(f)
    command = Command(("drain",))
    text = " ".join(token.low for token in f.tokens)
    if any(word in text for word in ("daemonset", "daemon", " ds")) and re.search(
        r"(dont|not|never|without)( \w+)? ignor", text
    ):
        return None
    take_dry(f, command)
    take_options(f, command, "o-drain")
    _pods(f, command)
    both = f.take_all("act", "cordon")
    f.take_all("act", "drain")
    if both and "cordon" not in text.split()[0:1]:
        return None
    grace = take_grace(f)
    timeout = take_timeout(f)
    f.take_all("cv", "set")
    take_work(f)
    nodes = Command(("drain",))
    if not take_nodes(f, nodes):
        return None
    command.args = nodes.args
    command.flags = nodes.flags + command.flags
    if grace is not None:
        command.flag("grace-period", grace)
    if timeout is not None:
        command.flag("timeout", timeout)
    f.take_all("o-node")
    tidy(f)
    return command


def take_timeout(f: Frame) -> str | None:
    """`give up after 10 minutes`, `15 minutes max`, consumed."""
    found = take_duration(f, "timeoutword")
    if found is not None:
        return found
    for index in list(f.words()):
        span = duration_at(f, index)
        if span is None:
            continue
        end = span[1]
        if f.low(end) == "at" and f.low(end + 1) in ("most", "max"):
            end += 1
        if f.low(end) in ("max", "maximum", "tops", "most", "timeout", "limit") and f.free(end):
            f.use(index, end + 1)
            return span[0]
    return None


def take_grace(f: Frame) -> str | None:
    """`with a 60 second grace period`, `grace period of 15 minutes`: seconds, consumed."""
    for index in f.words():
        found = duration_at(f, index)
        if found is None and f.tokens[index].low.isdigit() and f.ending("graceword", index):
            found = (f.tokens[index].low + "s", index + 1)
        if found is None:
            continue
        after, before = f.at("graceword", found[1]), f.ending("graceword", index)
        if before is not None and f.tokens[before.end - 1].low == "with" and after is None:
            before = None
        if after is None and before is None:
            continue
        start = before.start if before is not None else index
        f.use(start, after.end if after is not None else found[1])
        return str(_seconds(found[0]))
    return None


def _seconds(duration: str) -> int:
    total = 0.0
    for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", duration):
        total += float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
    return round(total)


def _pods(f: Frame, command: Command) -> None:
    """`only the pods with app=web`: the pods to move, not the nodes."""
    for match in list(f.find_all("kind", "pods")):
        behind = f.at("labelled", match.end)
        at = behind.end if behind is not None else match.end
        if at < len(f.tokens) and f.free(at) and "=" in f.tokens[at].text:
            start = match.start
            while f.free(start - 1) and f.low(start - 1) in ("the", "only", "just", "all"):
                start -= 1
            command.flag("pod-selector", f.tokens[at].text)
            f.use(start, at + 1)
            f.take("chn", "replicas")
            if f.low(start - 1) in ("move", "evict") and f.free(start - 1):
                f.use(start - 1)
            return


_OFF = (("off", "of"), ("off", "from"), ("out", "of"), ("out", "from"), ("away", "from"))


def _load_end(f: Frame, at: int) -> tuple[int, str]:
    """(index behind a run that says pods or all of them, the pods' label selector in it)."""
    selector, said = "", False
    while f.free(at) and not f.tokens[at].quoted:
        text = f.tokens[at].text
        if f.low(at) in listed(f, "drain-load"):
            said = True
        elif f.tokens[at].selector:
            selector = f.tokens[at].selector
        elif ASSIGNMENT.fullmatch(text) and not selector:
            selector = text
        elif f.low(at) not in listed(f, "drain-load-glue"):
            break
        at += 1
    return (at, selector) if said else (0, "")


def _off_end(f: Frame, at: int) -> tuple[int, bool]:
    """(index behind "off", "out of", "from" at `at`, whether only a node can follow); 0: none."""
    for first, second in _OFF:
        if f.low(at) == first and f.low(at + 1) == second:
            return at + 2, first == "off"
    if f.low(at) in ("off", "from", "on"):
        return at + 1, f.low(at) == "off"
    return 0, False


def _nodes_follow(f: Frame, at: int) -> bool:
    while f.low(at) in ("the", "my", "our", "both", "all", "every", "each", "old", "that", "this"):
        at += 1
    if f.at("kind", at, "nodes") or f.at("nodeword", at):
        return True
    return f.name_at(at) is not None and node_like(f, f.tokens[at].low)


_QUESTIONS = frozenset(
    ["did", "do", "does", "is", "are", "was", "were", "have", "has", "how", "what", "which", "why"]
)


def _orders(f: Frame, verb: int, particle: int) -> bool:
    """Whether the verb wants pods moved: "get pods from node-3" asks to see them."""
    away = f.low(particle) in ("off", "out", "away")
    if f.low(particle) == "on":
        return f.low(verb) == "evict" and not asks(f)
    if f.low(verb) in listed(f, "drain-weak") and not away:
        return False
    return not asks(f) or (f.low(verb) == "get" and verb < 4 and f.low(0) not in _QUESTIONS)


def _node_first(f: Frame, verb: int) -> bool:
    """`node-3: evict all pods`: the node stands before the verb, with a colon or a comma."""
    if f.low(verb) in listed(f, "drain-weak") or asks(f) or verb == 0:
        return False
    return f.tokens[verb - 1].comma and _nodes_follow(f, 0)


def moving(f: Frame) -> Command | None:
    """`kick every pod off node-22`, `evict only the app=batch pods from worker-6`."""
    for index in list(f.words()):
        if f.low(index) not in listed(f, "drain-verbs"):
            continue
        end, selector = _load_end(f, index + 1)
        behind, surely = _off_end(f, end) if end else (0, False)
        if end and not behind and _node_first(f, index):
            end += f.low(end) in ("away", "elsewhere", "out", "off")
            f.use(index, end)
            command = drain(f) if end >= len(f.tokens) or f.tokens[end - 1].comma else None
            return command if not selector else None
        if not behind or not (surely or _nodes_follow(f, behind)):
            continue
        if not _orders(f, index, end):
            return None
        f.use(index, behind)
        command = drain(f)
        if command is not None and selector:
            command.flag("pod-selector", selector)
        return command
    return _emptied(f)


def _emptied(f: Frame) -> Command | None:
    """`clear node k8s-5 of pods`, `worker-3 free of everything`."""
    if f.low(0) not in listed(f, "drain-emptying") or not said_nodes(f) or asks(f):
        return None
    behind = 1 + (f.low(1) == "out")
    if _nodes_follow(f, behind) and f.low(behind) not in ("all", "every", "each"):
        f.use(0, behind)  # "clear out worker-5 for the kernel upgrade"
        for index in list(f.words(behind)):
            end, selector = _load_end(f, index + 1) if f.low(index) == "of" else (0, "")
            if end and not selector:
                f.use(index, end)
        return drain(f)
    for index in list(f.words(1)):
        if f.low(index) != "of":
            continue
        end, selector = _load_end(f, index + 1)
        if end and not selector:
            f.use(index, end)
            f.use(0)
            return drain(f)
    return None


INTENTS = (
    *guarded(Intent("drain", ("drain",), drain, rank=57)),
    Intent("drain by moving", (), moving, rank=56),
)
