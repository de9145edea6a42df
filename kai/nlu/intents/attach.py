"""kubectl attach: the standard streams of a running container."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.containers import take_container
from kai.nlu.intents.looking import OWNERS, connect, prepare, take_object, take_place

_AVOID = ("x-runtime", "x-tty")


def attach(f: Frame) -> Command | None:
    """`attach to pod web-0`, `attach interactively to container app in pod web-0`."""
    prepare(f)
    f.take_all("x-noop")
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
    if tty or "interactively" in acts:
        command.flag("stdin")
    both = any(re.search(r"it\b|ti\b|tty|terminal|interact|-t\b", text) for text in tty)
    if both or "interactively" in acts:
        command.flag("tty")
    f.take_all("x-runtime")
    f.take_all("act", "shell")
    f.take_all("x-attach")
    connect(f)
    return command


INTENTS = (Intent("attach", ("attach",), attach, rank=64, enters=True),)
