"""Flags that a command cannot do without."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.needs import REQUIRED
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Finding, Level
from kai.validators.faults import at_command


def _given(call: Invocation, flag: str) -> bool:
    name, equals, wanted = flag.partition("=")
    value = call.value(name)
    return value == wanted if equals else bool(value)


def check_required(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K212: flags that are missing."""
    path = call.path
    if not path or call.flag("help") is not None:
        return
    if path == ("create",) and call.args:
        return
    names = [flag.name for flag in call.command.flags.values() if flag.required]
    for name in names:
        if call.flag(name) is None:
            message = f"kubectl {' '.join(path)} needs --{name}"
            yield Finding("K212", Level.ERROR, message, *at_command(call))
    for wanted, ways, message in REQUIRED:
        if wanted == path and not any(all(_given(call, flag) for flag in way) for way in ways):
            yield Finding("K212", Level.ERROR, message, *at_command(call))
