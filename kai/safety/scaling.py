"""Replicas: none of them, too many of them, and of what."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.govalues import go_int
from kai.model import Tier
from kai.safety.call import Call, Ruling
from kai.safety.selectors import wanted
from kai.safety.system import CRITICAL, is_system

_COUNTS = ("replicas", "max", "min")
_MAKES = frozenset(("create", "run"))


def replicas(call: Call) -> Iterator[Ruling]:
    """Scaling to zero stops a service; a number beyond the limit is taken for a slip."""
    for flag in call.invocation.flags:
        if flag.name not in _COUNTS or flag.name not in call.invocation.command.flags:
            continue
        number = go_int(flag.meant or "", 32)
        if number is None:
            yield call.ruling("K404", Tier.FORBIDDEN, "the number cannot be read", flag.name)
        else:
            yield from of_number(call, number, flag.name)


def of_number(call: Call, number: int, flag: str) -> Iterator[Ruling]:
    """What a number of replicas means, given by a flag or a patch."""
    if number > call.limits.max_replicas:
        message = (
            f"{number} replicas are more than the limit of {call.limits.max_replicas}"
            " (safety.max_replicas in the config file)"
        )
        yield call.ruling("K431", Tier.FORBIDDEN, message, flag)
    if number > 0 or (call.verb in _MAKES and not call.handed_on) or flag == "min":
        return
    made = (word.value for word in call.invocation.args) if call.handed_on else ()
    critical = sorted(CRITICAL.intersection((*call.names, *made, *wanted(call.selector))))
    if critical:
        message = f"without {critical[0]} the cluster does not work"
        yield call.ruling("K451", Tier.FORBIDDEN, message, flag)
    if is_system(call.home):
        message = f"nothing is scaled to zero in {call.home}: the cluster runs on it"
        yield call.ruling("K450", Tier.FORBIDDEN, message, flag)
    yield call.ruling("K430", Tier.DESTRUCTIVE, "scales to zero: nothing runs any more", flag)
