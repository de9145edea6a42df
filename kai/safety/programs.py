"""What exec runs inside a container, as far as a program's name tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kai.model import Tier
from kai.safety.call import Call, Ruling

_DESTROYERS = frozenset(
    (
        *("rm", "rmdir", "unlink", "shred", "dd", "truncate", "wipefs", "fdisk", "parted"),
        *("kill", "killall", "pkill", "reboot", "shutdown", "halt", "poweroff", "dropdb"),
        *("mkswap", "nsenter", "chroot", "deluser", "userdel"),
    )
)
_LOOKING = {
    "kubectl": frozenset(("get", "describe", "logs", "top", "explain", "version", "events")),
    "etcdctl": frozenset(("get", "list", "health", "status", "hashkv", "version", "save")),
    "iptables": frozenset(("-L", "-S", "--list", "--list-rules", "-nL", "-nvL")),
}
"""Programs that change much, and the words with which they only look."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_STATEMENT = re.compile(
    r"\b(?:drop|truncate|delete\s+from|flushall|flushdb|dropdatabase|shutdown)\b", re.IGNORECASE
)


def programs(call: Call) -> Iterator[Ruling]:
    """A program that deletes, kills or leaves its container weighs more than one that looks."""
    if call.verb not in ("exec", "debug", "run"):
        return
    words = list(call.invocation.after_dash or call.invocation.args[1:])
    parts = [re.split(r"[^A-Za-z0-9_./-]+", word.value) for word in words]
    everything = [part for inside in parts for part in inside]
    before = 0
    for word, inside in zip(words, parts, strict=True):
        names = {name.rpartition("/")[2] for name in inside}
        named = names & _DESTROYERS or {name for name in names if name.startswith("mkfs")}
        named |= {name for name in names & _LOOKING.keys() if not _looks(name, everything[before:])}
        if "find" in names and "-delete" in everything:
            named.add("find -delete")
        if named or (len(_WORD.findall(word.value)) and _STATEMENT.search(word.value)):
            what = sorted(named)[0] if named else "this statement"
            message = f"{what} destroys or stops something inside the container"
            yield Ruling("K438", Tier.DESTRUCTIVE, message, word.start, word.end)
        before += len(inside)


def _looks(program: str, words: Sequence[str]) -> bool:
    """Whether one of the two words behind the program's name says that it only looks."""
    at = next(index for index, word in enumerate(words) if word.rpartition("/")[2] == program)
    looking = _LOOKING[program]
    behind = [word for word in words[at + 1 :] if word[:1] != "-" or word in looking]
    return bool(looking.intersection(behind[:2]))
