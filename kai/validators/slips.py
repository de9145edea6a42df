"""Slips of the tongue: what reads well and means something else to kubectl."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Flag, Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.words import Word
from kai.model import Finding, Level
from kai.validators.faults import finding

#: Flags that never take the next word, and the values people write behind a blank.
_BARE = {
    "dry-run": frozenset(("none", "client", "server", "true", "false")),
    "cascade": frozenset(("background", "foreground", "orphan", "true", "false")),
    "validate": frozenset(("strict", "warn", "ignore", "true", "false")),
}
_EXEC_DASH_SINCE = 31


def check_bare_flags(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K216: `--dry-run client`, where client becomes a name."""
    for flag in call.flags:
        following = swallowed(call, flag)
        if following is not None:
            new = f"{flag.spelled}={following.value}"
            message = (
                f"{flag.spelled} never takes the next word, '{following.value}' becomes a name"
            )
            yield finding("K216", f"{message}; write {new}", flag.start, following.end, new)


def swallowed(call: Invocation, flag: Flag) -> Word | None:
    """The word behind a bare flag that was meant as its value and becomes a name."""
    if flag.spec is None or flag.spec.bare is None or flag.value is not None:
        return None
    if not flag.spelled.startswith("--"):
        return None
    words = call.words
    index = next((at for at, word in enumerate(words) if word.start == flag.start), len(words))
    if index + 1 >= len(words) or words[index + 1] not in call.args:
        return None
    following = words[index + 1]
    values = _BARE.get(flag.name, frozenset(("true", "false")))
    return following if following.value in values else None


def check_exec(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K215: exec without `--` in front of the command, or without a command."""
    if call.path != ("exec",) or call.flag("help") is not None:
        return
    files = call.flag("filename") is not None
    if call.after_dash is not None:
        if not call.after_dash and not call.via:
            message = "say which command to run behind --"
            yield finding("K215", message, call.start, call.end)
        return
    if len(call.args) > 1 or (call.args and files):
        word = call.args[0] if files else call.args[1]
        if call.via and not files:
            return
        message = "put -- before the command: kubectl exec POD -- COMMAND"
        removed = int(spec.version.partition(".")[2]) >= _EXEC_DASH_SINCE
        level = Level.ERROR if removed else Level.WARNING
        clean = not any(found.code.startswith("K14") for found in call.findings)
        last = call.words[-1]
        new = f"-- {word.raw}" if clean and _ends_line(call, word.start) else None
        start, end = (word.start, word.end) if new else (word.start, last.end)
        yield finding("K215", message, start, end, new, level)
    elif call.args and not call.via:
        message = "say which command to run: kubectl exec POD -- COMMAND"
        yield finding("K215", message, call.start, call.end)


def _ends_line(call: Invocation, start: int) -> bool:
    """Whether only arguments stand from there on: then the dashes can be put there."""
    return all(flag.end <= start for flag in call.flags)
