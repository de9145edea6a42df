"""Things people look at inside containers, said in words: a folder, a variable, the disk, a query."""

from __future__ import annotations

import re

from kai.nlu.amounts import number_at
from kai.nlu.frame import Frame
from kai.nlu.intents.looking import OWNERS, podlike
from kai.nlu.patterns import pattern

_READS = frozenset(["show", "read", "print", "view", "display", "see"])
_VARIABLE = pattern(r"\$?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|\$[A-Z][A-Z0-9_]+")
_FILE_IN_IT = pattern(r".*/[^/]*(?:\.(?!d$)[A-Za-z]\w*|hosts|passwd|fstab|hostname|os-release)")
"""A path that ends in a file by its name: what is in it is its text."""
_QUERY = {"psql": "-c", "mysql": "-e", "sqlite3": "", "cqlsh": "-e", "mongosh": "--eval"}
_SQL = pattern(r"\s*(?:select|insert|update|delete|show|drop|create|alter|with|vacuum)\b", re.I)


def _inside_pod(f: Frame) -> bool:
    if f.has("kind", "pods") or f.has("noun", "container", "sidecar"):
        return True
    return any(podlike(f.tokens[index].low) for index in f.words() if f.is_open(index))


def task(f: Frame) -> list[str] | None:
    """What to run for `disk space in pod web-0`, `files under /data on web-0`; consumed."""
    if not _inside_pod(f):
        return None
    owner = f.has("kind", *OWNERS)
    variable = _variable(f)
    if variable:
        return variable
    for index in f.words():
        near = {f.low(index - 1), f.low(index - 2)}
        if re.fullmatch(r"/[\w./-]+\w", f.tokens[index].text) and near & _READS:
            f.use(index)
            return ["cat", f.tokens[index].text]
    for match in list(f.find_all("x-task")):
        value = match.value.split()
        if value in (["ls"], ["cat"], ["du", "-sh"], ["in"]):
            path = next(
                (
                    at
                    for at in (match.end, match.end + 1)
                    if f.free(at) and f.tokens[at].text.startswith(("/", "~/"))
                ),
                None,
            )
            if path is None:
                continue
            f.use(match.start, path + 1)
            return _look_at(f, value, f.tokens[path].text)
        if value[0] == "env" and owner:
            continue
        system = value[0] == "uname" or "os-release" in value[-1]
        if system and not f.has("kind", "pods") and _on_machine(f):
            continue  # "kernel version on worker-7": a node's
        f.use(match.start, match.end)
        return value
    return None


_MACHINE = pattern(r"(?:ip|gke|aks|eks|node|worker|vm|master|host|edge)-?.*")


def _on_machine(f: Frame) -> bool:
    return any(_MACHINE.fullmatch(f.tokens[i].low) for i in f.words() if f.is_open(i))


def _look_at(f: Frame, value: list[str], path: str) -> list[str]:
    if value == ["in"]:
        value = ["cat"] if _FILE_IN_IT.fullmatch(path) else ["ls"]
    options = "".join(f.take_all("x-lsword")) if value == ["ls"] else ""
    letters = "".join(letter for letter in "lah" if letter in options)
    return [*value, *([f"-{letters}"] if letters else []), path]


def _variable(f: Frame) -> list[str] | None:
    """`value of DATABASE_URL in pod web-0`: one variable of its environment, consumed."""
    found = [i for i in f.words() if _VARIABLE.fullmatch(f.tokens[i].text) and f.free(i)]
    asked = list(f.find_all("x-varword"))
    if len(found) != 1 or not asked or f.has("kind", *OWNERS, "configmaps", "secrets"):
        return None
    for match in asked:
        f.use(match.start, match.end)
    f.use(found[0])
    return ["printenv", f.tokens[found[0]].text.lstrip("$")]


def query(f: Frame, index: int) -> list[str] | None:
    """`"select 1" with psql -U app`: the statement at `index` for the client behind it; consumed."""
    if f.low(index + 1) not in ("with", "using", "through", "via", "in"):
        return None
    at = index + 2
    name = f.tokens[at].text if at < len(f.tokens) else ""
    if name not in _QUERY or not _SQL.match(f.tokens[index].text):
        return None
    end = at + 1
    while f.free(end) and f.tokens[end].text.startswith("-"):
        valued = re.fullmatch(r"-[A-Za-z]", f.tokens[end].text) and _argument(f, end + 1)
        end += 2 if valued else 1
    words = [f.tokens[i].text for i in range(at, end)]
    f.use(index, end)
    flag = _QUERY[name]
    return [*words, *([flag] if flag else []), f.tokens[index].text]


def _argument(f: Frame, index: int) -> bool:
    if not f.free(index) or f.tokens[index].text.startswith("-"):
        return False
    return not f.cover[index] & {"prep", "kind"}


_TIMES = ("times", "packets", "pings", "probes", "rounds")


def counted(f: Frame, end: int) -> int:
    """How often, of `three times` right at `end`; consumed. 0 where it is not said."""
    count = number_at(f, end)
    if count is not None and f.low(end + 1) in _TIMES and f.free(end + 1):
        f.use(end, end + 2)
        return count
    if f.low(end) in ("once", "twice", "thrice") and f.free(end):
        f.use(end)
        return ("once", "twice", "thrice").index(f.tokens[end].low) + 1
    return 0


def counted_later(f: Frame, start: int) -> int:
    """`ping db from web-0 5 times`: how often, told behind the place; consumed."""
    return next((count for at in list(f.words(start)) if (count := counted(f, at))), 0)
