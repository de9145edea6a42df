"""What kubectl's preferences (kuberc) make of a call: an alias, or flags that the line does not show."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.govalues import go_bool
from kai.model import Level, Tier
from kai.safety.call import Call, Ruling
from kai.safety.kuberc import Kuberc
from kai.safety.table import load


def preferences(call: Call, tier: Tier) -> Iterator[Ruling]:
    """An alias, or a write with changed defaults: kai drafts neither, and typed it is confirmed."""
    given = call.invocation.value("kuberc") is not None
    if given and tier is not Tier.READ:
        message = "another preferences file may give this command any flag"
        yield call.ruling("K462", Tier.DESTRUCTIVE, message, "kuberc")
    for kuberc in call.limits.kuberc:
        if kuberc.fault:
            yield _unread(call, tier, kuberc)
        elif not call.path:
            yield from _alias(call, kuberc)
        else:
            yield from _defaults(call, tier, kuberc)


def _weight(call: Call) -> Tier:
    return Tier.FORBIDDEN if call.drafted else Tier.DESTRUCTIVE


def _unread(call: Call, tier: Tier, kuberc: Kuberc) -> Ruling:
    if tier is Tier.READ:
        message = f"{kuberc.file} may change what this prints: {kuberc.fault}"
        return Ruling("K463", Tier.READ, message, call.start, call.end, Level.WARNING)
    message = f"{kuberc.file} may change what this does: {kuberc.fault}"
    return call.ruling("K462", _weight(call), message)


def _alias(call: Call, kuberc: Kuberc) -> Iterator[Ruling]:
    name = next((word.value for word in call.invocation.args[:1]), "")
    meant = kuberc.aliases.get(name)
    if meant is not None:
        message = f"{kuberc.file} makes {name} mean: kubectl {_short(meant)}"
        yield call.ruling("K462", _weight(call), message)


def _defaults(call: Call, tier: Tier, kuberc: Kuberc) -> Iterator[Ruling]:
    """Flags given on the line win over the file (measured); those are no change."""
    changed = [
        (name, value)
        for name, value in kuberc.defaults.get(" ".join(call.path), ())
        if call.invocation.value(name) is None and not _asks_first(call, name, value)
    ]
    if not changed:
        return
    shown = _short(" ".join(f"--{name}={value}" for name, value in changed))
    message = f"{kuberc.file} adds {shown}"
    if tier is not Tier.READ or any(_weighs(call, name) for name, _ in changed):
        yield call.ruling("K462", _weight(call), message)
    else:
        yield Ruling("K463", Tier.READ, message, call.start, call.end, Level.WARNING)


def _asks_first(call: Call, name: str, value: str) -> bool:
    """`delete --interactive`, the example of kubectl's own documents, can only prevent something."""
    return call.path == ("delete",) and name == "interactive" and go_bool(value) is True


def _weighs(call: Call, name: str) -> bool:
    """Whether the flag has a cell in the table of effects for this command."""
    effects = load()
    return (call.path, name) in effects.flags or name in effects.everywhere


def _short(text: str) -> str:
    """Text of a file that others may have written: printable, and no longer than a line."""
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return clean if len(clean) <= 100 else clean[:99] + "…"
