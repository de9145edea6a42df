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
_FOLDERS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
_LOOKING = {
    "kubectl": frozenset(("get", "describe", "logs", "top", "explain", "version", "events")),
    "etcdctl": frozenset(("get", "list", "health", "status", "hashkv", "version", "save")),
    "iptables": frozenset(("-L", "-S", "--list", "--list-rules", "-nL", "-nvL")),
}
"""Programs that change much, and the words with which they only look."""
_STATEMENT = re.compile(
    r"\b(?:drop|truncate|delete\s+from|flushall|flushdb|dropdatabase|shutdown)\b", re.IGNORECASE
)
_SCRIPT = re.compile(r"[\s;(]")
"""What makes a word a statement or a script of its own, and not a path or a name."""


def programs(call: Call) -> Iterator[Ruling]:
    """A program that deletes, kills or leaves its container weighs more than one that looks."""
    if call.verb not in ("exec", "debug", "run"):
        return
    words = list(call.invocation.after_dash or call.invocation.args[1:])
    parts = [re.split(r"[^A-Za-z0-9_./-]+", word.value) for word in words]
    everything = [part for inside in parts for part in inside]
    before = 0
    for word, inside in zip(words, parts, strict=True):
        script = bool(_SCRIPT.search(word.value))
        anywhere = script or word is words[0]  # elsewhere a path is what a program works on
        names = {
            name.rpartition("/")[2] if anywhere or name.startswith(_FOLDERS) else name
            for name in inside
        }
        named = names & _DESTROYERS or {name for name in names if name.startswith("mkfs")}
        named |= {name for name in names & _LOOKING.keys() if not _looks(name, everything[before:])}
        if "find" in names and "-delete" in everything:
            named.add("find -delete")
        statement = _STATEMENT.search(word.value) if script else _STATEMENT.fullmatch(word.value)
        if named or statement:
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
