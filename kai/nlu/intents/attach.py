"""kubectl attach: the standard streams of a running container."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.containers import take_container
from kai.nlu.intents.looking import OWNERS, connect, prepare, take_object, take_place
from kai.nlu.patterns import pattern

_GATE = pattern(r"\b(?:hook|latch|keyboard|stdin|stdout|plug|tap|clip|glue|bind)", re.IGNORECASE)
_AVOID = ("x-runtime", "x-tty")


def attach(f: Frame) -> Command | None:
    """`attach to pod web-0`, `attach interactively to container app in pod web-0`."""
    if not f.has("act", "attach") and not _GATE.search(f.scan.text):
        return None
    prepare(f)
    if not f.has("act", "attach") and not f.has("x-attach", "hook"):
        return None
    f.take_all("x-noop")
    quiet = bool(f.take_all("x-attach", "quiet"))
    keys = bool(f.take_all("x-attach", "keys"))
    hooked = bool(f.take_all("x-attach", "hook"))
    _main_container(f)
    tty = [
        f.scan.text[f.tokens[m.start].start : f.tokens[m.end - 1].end].lower()
        for m in f.find_all("x-tty")
    ]
    f.take_all("x-tty")
    acts = " ".join(f.low(i) for m in f.find_all("act", "attach") for i in range(m.start, m.end))
    f.take_all("act", "attach")
    container = take_container(f, _AVOID)
    take_place(f, avoid=_AVOID, any_name=True)
    thing = take_object(f, kinds=("pods", *OWNERS), avoid=_AVOID)
    if thing is None:
        return None
    command = Command(("attach",), [thing.ref])
    if container:
        command.flag("container", container)
    if keys or tty or "interactively" in acts:
        command.flag("stdin")
    both = any(re.search(r"it\b|ti\b|tty|terminal|interact|-t\b", text) for text in tty)
    if keys or both or "interactively" in acts:
        command.flag("tty")
    if quiet:
        command.flag("quiet")
    f.take_all("x-runtime")
    f.take_all("act", "shell")
    f.take_all("x-attach", "filler", "hook", "process")
    if hooked:
        f.take_all("act", "attach")
    connect(f)
    return command


_DEFAULT = ("main", "default", "first", "primary", "only", "normal", "regular")


def _main_container(f: Frame) -> None:
    """`the main container of web-0`: the one that is taken anyway, consumed."""
    for match in list(f.find_all("noun", "container")):
        first = match.start if f.low(match.start) != "the" else match.start + 1
        at = first - 1
        if f.low(at) in _DEFAULT and f.free(at) and f.low(match.end) in ("of", "in", "from", ""):
            f.use(at, match.end)


INTENTS = (Intent("attach", ("attach", "x-attach:hook"), attach, rank=64, enters=True),)
