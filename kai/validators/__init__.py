"""Whether kubectl would take a command as it stands, without asking it.

`check` reads a line, applies every rule of `CHECKS` and returns what is wrong as findings
(docs/rules.md): a command that brings back no error is one that kubectl accepts, as far as can be
told without the server. No rule runs anything or reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kai.kubectl.invocation import Pipeline, parse
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Finding
from kai.validators.arguments import check_arguments
from kai.validators.faults import each_call
from kai.validators.fits import check_fits
from kai.validators.flag_rules import check_flag_rules
from kai.validators.kinds import check_kinds, check_scope
from kai.validators.objects import check_objects
from kai.validators.pairs import check_pairs
from kai.validators.placeholders import check_placeholders
from kai.validators.required import check_required
from kai.validators.slips import check_bare_flags, check_exec
from kai.validators.values import check_values
from kai.validators.versions import check_versions

__all__ = ["CHECKS", "Check", "check"]

Check = Callable[[Pipeline, Spec, Catalogue], Iterable[Finding]]

#: The rules, in the order in which they run; none depends on another.
CHECKS: tuple[Check, ...] = tuple(
    each_call(rule)
    for rule in (
        check_kinds,
        check_scope,
        check_fits,
        check_objects,
        check_arguments,
        check_bare_flags,
        check_exec,
        check_flag_rules,
        check_required,
        check_values,
        check_pairs,
        check_versions,
        check_placeholders,
    )
)


def check(line: str | Pipeline, spec: Spec, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Everything that is wrong with a line, in order of place; the grammar's findings included.

    Never raises for any text. Where the grammar refuses the line there is nothing else to check.
    """
    pipeline = parse(line, spec) if isinstance(line, str) else line
    found = list(pipeline.findings)
    for rule in CHECKS:
        found.extend(rule(pipeline, spec, catalogue))
    if len(found) > 1:
        found = list(dict.fromkeys(found))
        found.sort(key=lambda finding: (finding.start, finding.end, finding.code))
    return tuple(found)
