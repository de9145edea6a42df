"""Whether a command works on a kind at all: a service cannot be scaled, a pod not restarted.

Of custom resources only the server knows; nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.needs import FITTING
from kai.kubectl.resources import Catalogue, Resource, builtin
from kai.kubectl.spec import Spec
from kai.model import Finding
from kai.validators.faults import finding


def check_fits(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K218: the command does not work on this kind."""
    row = FITTING.get(call.path)
    if row is None:
        return
    what, fitting = row
    seen: set[tuple[int, int]] = set()
    for target in call.resources(catalogue):
        kind = target.resource
        place = (target.start, target.end)
        if kind is None or not target.type_word or place in seen:
            continue
        seen.add(place)
        if kind.qualified not in fitting and _is_builtin(kind):
            names = ", ".join(sorted(name.partition(".")[0] for name in fitting))
            message = f"{kind.plural} cannot {what}; {names} can"
            yield finding("K218", message, *place)


def _is_builtin(kind: Resource) -> bool:
    return any(kind.qualified == known.qualified for known in builtin().all)
