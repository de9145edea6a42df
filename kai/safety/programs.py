"""What exec runs inside a container, as far as a program's name tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai.model import Tier
from kai.safety.call import Call, Ruling

_DESTROYERS = frozenset(
    (
        *("rm", "rmdir", "unlink", "shred", "dd", "truncate", "wipefs", "fdisk", "parted"),
        *("kill", "killall", "pkill", "reboot", "shutdown", "halt", "poweroff", "dropdb"),
        *("mkswap", "kubectl", "nsenter", "chroot", "iptables", "etcdctl", "deluser", "userdel"),
    )
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_STATEMENT = re.compile(
    r"\b(?:drop|truncate|delete\s+from|flushall|flushdb|dropdatabase|shutdown)\b", re.IGNORECASE
)


def programs(call: Call) -> Iterator[Ruling]:
    """A program that deletes, kills or leaves its container weighs more than one that looks."""
    if call.verb not in ("exec", "debug", "run"):
        return
    words = list(call.invocation.after_dash or call.invocation.args[1:])
    for word in words:
        names = {name.rpartition("/")[2] for name in re.split(r"[^A-Za-z0-9_./-]+", word.value)}
        named = names & _DESTROYERS or {name for name in names if name.startswith("mkfs")}
        if named or (len(_WORD.findall(word.value)) and _STATEMENT.search(word.value)):
            what = sorted(named)[0] if named else "this statement"
            message = f"{what} destroys or stops something inside the container"
            yield Ruling("K438", Tier.DESTRUCTIVE, message, word.start, word.end)
