"""Regular expressions compiled at their first use.

The families hold some ninety patterns, and one request needs a few: compiling them all would take a
third of what loading the engine may take.
"""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("fullmatch", "match", "search", "sub", "finditer", "findall", "split")


class _Lazy:
    """Stands for a compiled pattern until one of its methods is wanted, then has them itself."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        made = re.compile(self._source, self._flags)
        self.__dict__.update({method: getattr(made, method) for method in _METHODS})
        return getattr(made, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile(source, flags)`, done when the pattern is first used.

    Raises at that first use:
        re.PatternError: the source is no regular expression (a test uses every pattern).
    """
    return cast("re.Pattern[str]", _Lazy(source, flags))
