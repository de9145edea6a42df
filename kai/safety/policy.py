"""The user's policies: rules of their own that may raise a tier, and never lower one.

They stand in the files of `safety.policies` and in `.kai/policies.yaml` of the workspace. A policy
has no action that permits anything, so a workspace can only tighten. A file that cannot be read
makes the judge refuse every write until it is repaired: a rule that is missing would be a rule that
says yes. Reading stays free.

The checked form of each file is kept (`kai.config.kept`); PyYAML and pydantic are only loaded for a
file that is new or has changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kai.config.kept import keep, kept, read_regular, stamp
from kai.errors import ConfigError
from kai.hashing import sha256
from kai.model import Tier

WORKSPACE = Path(".kai") / "policies.yaml"
"""Where a workspace keeps its policies, below its own folder."""


class Action(StrEnum):
    """What a policy does with a command that it matches."""

    AUDIT = "audit"
    """A remark."""
    WARN = "warn"
    """A warning."""
    CONFIRM = "confirm"
    """At least destructive: it is confirmed in red."""
    DENY = "deny"
    """Forbidden."""


@dataclass(frozen=True, slots=True)
class Window:
    """Times at which a policy holds: on `days` (0 is Monday; empty: all) from minute `start` of the
    day to before minute `end`. A window over midnight belongs to the day on which it begins. `zone`
    is a name of the time zone database; "" is the zone of this machine."""

    days: tuple[int, ...] = ()
    start: int = 0
    end: int = 24 * 60
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule: what it matches, all parts together, and what it does then.

    An empty tuple or None matches everything. Texts are shell patterns. `tier` is the lowest tier
    that matches; None leaves dry runs out. `source` is `file:line`.
    """

    name: str
    action: Action
    message: str = ""
    source: str = ""
    verbs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    tier: Tier | None = None
    selector: bool | None = None
    time: Window | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies in force. `faults` are the files that could not be read, and why: while there
    are any, writes are refused. `digest` changes with every change of what is in force."""

    rules: tuple[Policy, ...] = ()
    faults: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    digest: str = ""


NONE = Policies()


def workspace_file(folder: Path, home: Path) -> Path | None:
    """The policies of the workspace around `folder`: the first on the way up to the home folder or
    the root of a git repository."""
    here = os.path.abspath(folder)  # noqa: PTH100 - links stay links, as in the shell
    top = str(home)
    while True:
        found = os.path.join(here, WORKSPACE)  # noqa: PTH118 - on the way of every request
        if os.path.lexists(found):
            return Path(found)
        parent = os.path.dirname(here)  # noqa: PTH120
        if here in (top, parent) or os.path.lexists(here + "/.git"):
            return None
        here = parent


def load(
    files: Sequence[str], *, home: Path, folder: Path | None = None, cache: Path | None = None
) -> Policies:
    """The policies of `files` (absolute, or `~/...`) and of the workspace around `folder`.

    `cache` is the folder for their checked forms. Never raises: what is wrong stands in `faults`.
    """
    paths = [home / name[2:] if name.startswith("~/") else Path(name) for name in files]
    mine = set(paths)
    found = workspace_file(folder, home) if folder is not None else None
    if found is not None and found not in mine:
        paths.append(found)
    if not paths:
        return NONE
    rules: list[Policy] = []
    faults: list[str] = []
    seen: list[str] = []
    for path in dict.fromkeys(paths):
        try:
            digest, read = read_policies(path, private=path in mine, cache=cache)
            rules += read
        except ConfigError as error:
            digest = str(error)
            faults.append(str(error))
        seen.append(f"{path}\n{digest}")
    digest = sha256("\n".join(seen).encode("utf-8", "surrogateescape")).hex()
    return Policies(tuple(rules), tuple(faults), tuple(map(str, dict.fromkeys(paths))), digest)


def read_policies(
    path: Path, *, private: bool = False, cache: Path | None = None
) -> tuple[str, tuple[Policy, ...]]:
    """Digest and policies of one file. `private`: nobody but us and root may be able to write it,
    for whoever can write it can take a policy away.

    Raises ConfigError, which names line and column where the file is wrong.
    """
    try:
        content, state, problem = read_regular(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    if not problem and private and state.st_uid not in (os.geteuid(), 0):
        problem = "belongs to somebody else"
    if not problem and private and state.st_mode & 0o022:
        problem = f"can be written by others (chmod go-w {path})"
    if problem:
        raise ConfigError(f"{path} {problem}")
    digest = sha256(content).hex()
    copy = _copy(cache, path)
    wanted = stamp(path, content, state)
    if copy is not None:
        policies = _from_rows(kept(copy, wanted))
        if policies is not None:
            return digest, policies
    from kai.safety.policy_border import parse  # pydantic and YAML: only a changed file pays

    rows = parse(content, str(path))
    policies = tuple(map(policy, rows))
    if copy is not None:
        keep(copy, wanted, rows)
    return digest, policies


def _copy(cache: Path | None, path: Path) -> Path | None:
    if cache is None:
        return None
    name = sha256(str(path).encode("utf-8", "surrogateescape")).hex()[:16]
    return cache / "policies" / f"{name}.json"


def _from_rows(rows: object) -> tuple[Policy, ...] | None:
    """The policies of a kept copy; None where there is none or it is damaged."""
    if not isinstance(rows, list):
        return None
    try:
        return tuple(map(policy, rows))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def policy(row: Mapping[str, Any]) -> Policy:
    """The policy of a checked row. Raises ValueError, KeyError or TypeError for a damaged one."""
    time = row["time"]
    return Policy(
        name=_text(row["name"]),
        action=Action(row["action"]),
        message=_text(row["message"]),
        source=_text(row["source"]),
        verbs=_texts(row["verbs"]),
        kinds=_texts(row["kinds"]),
        namespaces=_texts(row["namespaces"]),
        contexts=_texts(row["contexts"]),
        names=_texts(row["names"]),
        tier=None if row["tier"] is None else Tier(row["tier"]),
        selector=None if row["selector"] is None else bool(row["selector"]),
        time=None if time is None else _window(time),
    )


def _window(row: Mapping[str, Any]) -> Window:
    days = tuple(int(day) for day in row["days"])
    return Window(days, int(row["start"]), int(row["end"]), _text(row["zone"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("not a list")
    return tuple(map(_text, values))


def described(rule: Policy) -> Iterator[str]:
    """The parts of what a policy matches, in words."""
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        ("verb", rule.verbs),
        ("kind", rule.kinds),
        ("namespace", rule.namespaces),
        ("context", rule.contexts),
        ("name", rule.names),
    )
    for name, values in parts:
        if values:
            yield f"{name} {', '.join(values)}"
    if rule.tier is not None:
        yield f"{rule.tier} or worse"
    if rule.selector is not None:
        yield "with a selector" if rule.selector else "without a selector"
    if rule.time is not None:
        yield _time(rule.time)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days as policies write them; the first is 0."""


def _time(window: Window) -> str:
    days = ", ".join(DAYS[day] for day in window.days) or "every day"
    start, end = (f"{at // 60:02}:{at % 60:02}" for at in (window.start, window.end))
    return f"{days} {start} to {end} ({window.zone or 'local time'})"
