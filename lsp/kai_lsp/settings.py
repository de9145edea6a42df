"""What an editor may set, under `kai` in its settings; checked by hand, for it is a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SEVERITIES = ("error", "warning", "information", "hint", "off")
"""How loudly something is said; the first four are those of the protocol."""

DEFAULT_SEVERITIES: Mapping[str, str] = {
    "error": "error",
    "warning": "warning",
    "info": "information",
    "write": "off",
    "destructive": "information",
    "forbidden": "warning",
}
"""By level of a finding of the checks, and by tier of a command."""


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """The settings of one client.

    `trusted` is False in a workspace that the user does not trust: then no process is started and
    no model is asked. `diagnostics` and `code_lens` switch those off; `explain_destructive` puts a
    comment above a command that destroys something; `severity` says how loudly what is said.
    """

    trusted: bool = True
    diagnostics: bool = True
    code_lens: bool = True
    explain_destructive: bool = True
    severity: Mapping[str, str] = field(default_factory=lambda: DEFAULT_SEVERITIES)


_FLAGS = {
    "diagnostics.enabled": "diagnostics",
    "codeLens.enabled": "code_lens",
    "explainDestructive": "explain_destructive",
}
_LEFT = frozenset(("serverPath", "trace", "path", "trusted"))
"""Keys that the editors' own parts read."""


def read(
    given: object, before: EditorSettings, warn: Callable[[str], None] = lambda text: None
) -> EditorSettings:
    """`before` with what is given; `warn` is told what cannot be used, which changes nothing.

    An empty list is an empty table: Lua does not tell them apart, and Neovim's settings are Lua's.
    `trusted` can only be taken away: a workspace may not trust itself.
    """
    if given is None or given == []:
        return before
    flat = dict(_flat(given)) if isinstance(given, Mapping) else None
    if flat is None:
        warn("the settings under kai are no table; kai goes on with those before")
        return before
    settings = before
    if flat.pop("trusted", True) is False:
        settings = replace(settings, trusted=False)
    severity = dict(settings.severity)
    for key, value in flat.items():
        if key in _FLAGS:
            if isinstance(value, bool):
                settings = replace(settings, **{_FLAGS[key]: value})  # type: ignore[arg-type]
            else:
                warn(f"kai.{key} is true or false, not {value!r}")
        elif key.startswith("severity."):
            name = key.removeprefix("severity.")
            if name in DEFAULT_SEVERITIES and value in SEVERITIES:
                severity[name] = str(value)
            else:
                warn(
                    f"kai.{key}: {value!r} cannot be; names are {', '.join(DEFAULT_SEVERITIES)},"
                    f" values {', '.join(SEVERITIES)}"
                )
        elif key.split(".")[0] not in _LEFT:
            known = ", ".join((*_FLAGS, "severity.*"))
            warn(f"there is no setting kai.{key}; there are {known}")
    return replace(settings, severity=severity)


def _flat(given: Mapping[Any, Any], before: str = "") -> list[tuple[str, object]]:
    """Nested tables as dotted names: editors send both."""
    flat: list[tuple[str, object]] = []
    for key, value in given.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            flat += _flat(value, f"{name}.")
        elif value is not None and value != []:
            flat.append((name, value))
    return flat
