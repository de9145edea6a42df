"""Many shells at once beside one daemon: a mix of every kind there is."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kai_shell.daemon import lifecycle
from kai_shell.daemon.runtime import LOCK
from tests.conftest import missing
from tests.e2e.shells import PYTHON, Place
from tests.shell_pty import ShellPty
from tools.soak_shells import KEY, KINDS, Kind

FULL = os.environ.get("KAI_SOAK") == "1"
"""Whether the full numbers are asked for (`make soak`) and not those that a busy machine does."""

_OF_BASH = ("reply.", "self.")

Member = tuple[Kind, ShellPty]


def environment(runtime: Path) -> dict[str, str]:
    """What the daemon has in common with the shells of this test."""
    return dict(os.environ) | {"XDG_RUNTIME_DIR": str(runtime.parent)}


@contextmanager
def fleet(count: int, home: Path) -> Iterator[tuple[Path, list[Member]]]:
    """The runtime folder and `count` shells that share it and the home; the daemon is ended after."""
    kinds = {name: kind for name, kind in KINDS.items() if shutil.which(name)}
    if len(kinds) < len(KINDS):
        missing(f"there is no {', '.join(sorted(set(KINDS) - set(kinds)))}")
    # A short name: a socket's path has 103 bytes.
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as under, ExitStack() as stack:
        scratch = Path(under).resolve()
        runtime = scratch / "kai"
        stack.callback(_end, runtime)
        members = []
        for number, (name, kind) in zip(range(count), itertools.cycle(kinds.items()), strict=False):
            place = Place(home, runtime, scratch / f"probe{number}", scratch / f"kai.{name}")
            starting = kind.start(place, before=kind.before(), python=PYTHON)
            members.append((kind, stack.enter_context(starting)))
        yield runtime, members


def _end(runtime: Path) -> None:
    """End the daemon; the shells have gone already, and nothing of it may be left."""
    lifecycle.stop(environment(runtime))
    # The FIFOs of a bash that was hung up go when the next one starts.
    left = {path.name for path in runtime.iterdir() if not path.name.startswith(_OF_BASH)}
    assert left == {LOCK}, left


def press(member: Member, words: str) -> str:
    """Type the words, press the key, and give the line."""
    kind, shell = member
    shell.keys(kind.clear + words.encode() + KEY)
    return shell.line(60)[0]


def again(member: Member) -> str:
    """Press the key again, and give the line."""
    shell = member[1]
    shell.keys(KEY)
    return shell.line(60)[0]
