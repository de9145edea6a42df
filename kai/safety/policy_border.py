"""The border to policy files: YAML in, plain checked rows out, or an error with line and column.

Imported only when a file is new or has changed.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
)

from kai.config.places import Places, read
from kai.safety.policy import DAYS

_STRICT = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,79}")
_PATTERN = re.compile(r"[A-Za-z0-9*?\[\]!_./:@ -]{1,253}")


def _listed(value: object) -> object:
    """One text stands for a list of it."""
    return (value,) if isinstance(value, str) else value


def _pattern(value: str) -> str:
    if not _PATTERN.fullmatch(value):
        raise ValueError("a shell pattern of letters, digits and * ? [ ] - _ . / : @")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name of letters, digits, blanks and - _ . / (80 at most)")
    return value


def _message(value: str) -> str:
    if not value.isprintable() or len(value) > 200:
        raise ValueError("one line of printable text, 200 characters at most")
    return value


def _days(value: object) -> object:
    """`mon`, `mon-fri` or a list of these, as numbers."""
    listed = value if isinstance(value, list) else [value]
    found: list[int] = []
    for item in listed:
        first, dash, last = str(item).lower().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(
                "mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, or a list"
            )
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 if dash else 0
        found += [(start + step) % 7 for step in range(length + 1)]
    return tuple(sorted(set(found)))


def _clock(value: object) -> object:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else 9999
    if minutes > 24 * 60:
        raise ValueError("a time of day such as 08:30, from 00:00 to 24:00")
    return minutes


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError("a time zone such as Europe/Berlin or UTC") from None
    except KeyError:
        raise ValueError("a time zone that this machine knows (such as Europe/Berlin)") from None
    return value


_Patterns = Annotated[
    tuple[Annotated[StrictStr, AfterValidator(_pattern)], ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=200),
]


class _Time(BaseModel):
    model_config = _STRICT
    days: Annotated[tuple[int, ...], BeforeValidator(_days)] = ()
    start: Annotated[int, BeforeValidator(_clock), Field(alias="from")] = 0
    end: Annotated[int, BeforeValidator(_clock), Field(alias="to")] = 24 * 60
    zone: Annotated[StrictStr, AfterValidator(_zone)] = ""


class _Match(BaseModel):
    """Each list under its name in the singular or the plural."""

    model_config = _STRICT
    verb: _Patterns = ()
    verbs: _Patterns = ()
    kind: _Patterns = ()
    kinds: _Patterns = ()
    namespace: _Patterns = ()
    namespaces: _Patterns = ()
    context: _Patterns = ()
    contexts: _Patterns = ()
    name: _Patterns = ()
    names: _Patterns = ()
    tier: Literal["read", "write", "destructive"] | None = None
    selector: StrictBool | None = None
    time: _Time | None = None

    def both(self, name: str) -> list[str]:
        """The patterns of a list, whichever way it is spelled."""
        return [*getattr(self, name.removesuffix("s")), *getattr(self, name)]


class _Policy(BaseModel):
    model_config = _STRICT
    name: Annotated[StrictStr, AfterValidator(_name)]
    match: _Match
    message: Annotated[StrictStr, AfterValidator(_message)] = ""
    action: Literal["audit", "warn", "confirm", "deny"]


class _File(BaseModel):
    model_config = _STRICT
    policies: Annotated[tuple[_Policy, ...], Field(max_length=500)]


def parse(content: bytes, file: str) -> list[dict[str, Any]]:
    """The policies of a file as plain rows (`kai.safety.policy.policy` reads them).

    Raises ConfigError: `file:line:column: what is wrong`.
    """
    checked, places = read(content, file, _File)
    names: set[str] = set()
    for index, item in enumerate(checked.policies):
        if item.name in names:
            raise places.error(("policies", index, "name"), f"the name {item.name} stands twice")
        names.add(item.name)
    return [_row(item, index, places) for index, item in enumerate(checked.policies)]


def _row(item: _Policy, index: int, places: Places) -> dict[str, Any]:
    match = item.match
    lists = ("verbs", "kinds", "namespaces", "contexts", "names")
    return {
        "name": item.name,
        "action": item.action,
        "message": item.message,
        "source": f"{places.file}:{places.at(('policies', index))[0]}",
        **{name: match.both(name) for name in lists},
        "tier": match.tier,
        "selector": match.selector,
        "time": match.time.model_dump() if match.time else None,
    }
