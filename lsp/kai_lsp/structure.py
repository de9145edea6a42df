"""Values of the protocol: classes in Python, objects in JSON.

Only what kai says and reads has a class (`types.py`). Made at start-up by the dozen, they are as cheap
as they can be: a class is its annotations, an instance its dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

Uint = Annotated[int, "uinteger"]
"""A number from 0 to 2**31 - 1, as the protocol counts lines and characters."""


@dataclass_transform()
class Structure:
    """Base of the values of the protocol. Fields are the annotations, as in a dataclass; what is
    None is left out of the JSON."""

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._names = tuple(cls.__annotations__)

    def __init__(self, *values: object, **named: object) -> None:
        vars(self).update(zip(self._names, values, strict=False), **named)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(self) == vars(other)

    def __hash__(self) -> int:
        raise TypeError("values of the protocol hold lists")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"


S = TypeVar("S", bound=Structure)
Read = Callable[[Any], Any]


class Misfit(ValueError):
    """What came is no value of the type; the message says which field, never what stood there."""


def encoded(value: object) -> object:
    """What `json.dumps` cannot write itself, for its `default`."""
    if isinstance(value, Structure):
        return {_camel(name): one for name, one in vars(value).items() if one is not None}
    raise TypeError(f"{type(value).__name__} is no value of the protocol")


def decoded(kind: type[S], given: object) -> S:
    """JSON as a value; unknown keys are left out. Raises `Misfit`."""
    found: S = _reader(cast("Any", kind))(given)
    return found


@lru_cache(maxsize=256)
def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name.rstrip("_"))


@lru_cache(maxsize=256)
def _reader(kind: Any) -> Read:
    """What reads values of a type."""
    if kind is Any:
        return lambda given: given
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _optional(kind)
    if origin is Annotated:
        return _uint
    if origin is list:
        (inner,) = get_args(kind)
        return lambda given: [_reader(inner)(one) for one in _a(list, given)]
    if origin is dict:
        _, inner = get_args(kind)
        return lambda given: {str(key): _reader(inner)(one) for key, one in _a(dict, given).items()}
    if issubclass(kind, Structure):
        return _structure(kind)
    return lambda given: _a(kind, given)


def _optional(kind: Any) -> Read:
    """One of several types: None, or the first that fits."""
    readers = [_reader(one) for one in get_args(kind) if one is not NoneType]
    none = NoneType in get_args(kind)

    def read(given: Any) -> Any:
        if given is None and none:
            return None
        for one in readers[:-1]:
            try:
                return one(given)
            except Misfit:
                pass
        return readers[-1](given)

    return read


def _structure(kind: type[Structure]) -> Read:
    hints = get_type_hints(kind, include_extras=True)
    fields = [
        (name, _camel(name), _reader(hints[name]), hasattr(kind, name)) for name in kind._names
    ]

    def read(given: Any) -> Structure:
        made = kind()
        values = vars(made)
        _a(dict, given)
        for name, key, reads, optional in fields:
            if key in given:
                try:
                    values[name] = reads(given[key])
                except Misfit as misfit:
                    raise Misfit(f"{key}: {misfit}") from None
            elif not optional:
                raise Misfit(f"{key} is missing")
        return made

    return read


def _uint(given: Any) -> int:
    if type(given) is not int or not 0 <= given < 2**31:
        raise Misfit("no number from 0 to 2147483647")
    return given


def _a(kind: type, given: Any) -> Any:
    if not isinstance(given, kind) or (kind is int and type(given) is bool):
        raise Misfit(f"no {kind.__name__}")
    return given
