"""A zsh with the guard on and a kubectl that only says what it was asked."""

from __future__ import annotations

from tests.e2e.shells import Place, zsh
from tests.fake_daemon import Behaviour, FakeDaemon, answering
from tests.shell_pty import ShellPty

DELETE = "kubectl delete namespace prod"
KUBECTL = "kubectl() { print -r RAN:$* }; sudo() { eval $* }; date() { print now }"


def said(*fields: str) -> Behaviour:
    """Answer with these fields."""
    return answering("\x1f".join(fields).encode() + b"\n")


def confirm(
    word: str = "", details: str = "deletes all of it", tier: str = "destructive"
) -> Behaviour:
    """Let the shell ask: for `word`, or for the key y."""
    return said("confirm", tier, word, details)


RUN = answering(b"run\n")


def guarded(place: Place, before: str = "", after: str = "", **env: str) -> ShellPty:
    """The shell."""
    return zsh(place, before=f"{KUBECTL}; {before}", after=after, guard=True, **env)  # type: ignore[arg-type]


def texts(daemon: FakeDaemon) -> list[str]:
    """The lines that the guard was asked about."""
    return [asked[-1] for asked in daemon.asked if asked[1] == "guard"]
