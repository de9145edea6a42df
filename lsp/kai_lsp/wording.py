"""What a request in a document says by pointing: `$NS` of the script, "this deployment" of the manifest.

Requests are read, checked and judged with a stand-in for each variable; the text for the document says
the variable again. What is written is judged once more as text of a script is: with the value that the
script gives the variable, and with the worst one where nobody knows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kai.examine import Examiner
from kai.kubectl.grammar import read
from kai.model import Finding, Level, Risk, Suggestion, Surroundings, Target, Tier

_VARIABLE = re.compile(
    r"(?P<quote>[\"'`]?)\$(?:\{(?P<braced>[A-Za-z_]\w*|[1-9])\}|(?P<bare>[A-Za-z_]\w*|[1-9]))(?P=quote)(?!\w)"
)
_NUMBER = re.compile(r"\d{1,9}")
_PLAIN = re.compile(r"[A-Za-z0-9](?:[\w.:/-]*[A-Za-z0-9])?")
_COUNTS = re.compile(
    r"(?:^|_)(?:replicas?|count|num|n|lines|port|tail|max|min)(?:_|$)", re.IGNORECASE
)
_NO_SHELL = frozenset((Target.MAKEFILE, Target.SHELL))
"""Where `$NS` in the shell text is not the variable that the document sets."""

_FIRST = 37
"""Stand-ins for numbers begin here, at those that the request does not hold itself."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A request as the engine gets it. `variables` are the stand-ins in it with their names."""

    request: str
    variables: Mapping[str, str]

    def spoken(self, text: str) -> str:
        """A text for people, with the variables in place of the stand-ins."""
        for stand_in, name in self.variables.items():
            text = re.sub(rf"(?<!\w){stand_in}(?!\w)", f"${name}", text)
        return text


def worded(request: str, around: Surroundings, target: Target) -> Wording:
    """The request with what it points at: stand-ins for variables, the object's name for "this"."""
    request = _with_object(request, around)
    if "$" not in request:
        return Wording(request, {})
    names: dict[str, str] = {}

    def put(match: re.Match[str]) -> str:
        name = match["braced"] or match["bare"]
        value = around.variables.get(name, "")
        if target in _NO_SHELL:
            return value if _PLAIN.fullmatch(value) else match.group()
        number = _NUMBER.fullmatch(value) or (not value and _COUNTS.search(name))
        known = {one: stand_in for stand_in, one in names.items()}
        stand_in = known.get(name) or (
            _free_number(request, names) if number else f"kaivar{len(names)}z"
        )
        names[stand_in] = name
        return stand_in

    return Wording(_VARIABLE.sub(put, request), names)


def _free_number(request: str, names: Mapping[str, str]) -> str:
    return next(
        shown
        for number in range(_FIRST, _FIRST + 1000)
        if (shown := str(number)) not in request and shown not in names
    )


def with_variables(
    suggestion: Suggestion, wording: Wording, around: Surroundings, examiner: Examiner
) -> Suggestion | None:
    """The suggestion with the variables in its command, judged as text of a script; None where it
    cannot be written so, or must not be."""
    if not wording.variables:
        return suggestion
    commands = [
        _expanded(one, wording.variables) for one in (suggestion.command, *suggestion.steps)
    ]
    written = [one for one in commands if one is not None]
    if len(written) != len(commands):
        return None
    front = "".join(
        f"{name}={_quoted(around.variables[name])}\n"
        for name in wording.variables.values()
        if name in around.variables and not name.isdigit()
    )
    script = front + "\n".join(written)
    examined = [one for one in examiner.script(script) if one.start >= len(front)]
    if len(examined) != len(written):
        return None
    if any(one.tier in (None, Tier.FORBIDDEN) for one in examined):
        return None
    if any(finding.level is Level.ERROR for one in examined for finding in one.findings):
        return None
    findings = tuple(_moved(one, -len(front)) for one in examined[0].findings)
    risk = suggestion.risk
    for one in examined:
        risk = _worse(risk, one.risk)
    others = (with_variables(one, wording, around, examiner) for one in suggestion.alternatives)
    return replace(
        suggestion,
        command=written[0],
        steps=tuple(written[1:]),
        findings=findings,
        risk=replace(risk, reasons=tuple(map(wording.spoken, risk.reasons))) if risk else None,
        explanation=wording.spoken(suggestion.explanation),
        alternatives=tuple(one for one in others if one is not None),
    )


def _expanded(command: str, variables: Mapping[str, str]) -> str | None:
    """The command with `"$NS"` for each stand-in; None where one of them is not in it as it was."""
    line = read(command)
    if line.findings:
        return None
    missing = set(variables)
    words = [word for stage in line.stages for word in stage]
    for word in reversed(words):
        inside = [one for one in variables if _stands(one, word.raw)]
        if not inside:
            continue
        missing -= set(inside)
        new = _word(word.raw, {one: variables[one] for one in inside})
        if new is None:
            return None
        command = command[: word.start] + new + command[word.end :]
    return None if missing else command


def _stands(stand_in: str, raw: str) -> bool:
    if not stand_in.isdigit():
        return stand_in in raw
    return re.search(rf"(?<!\d){stand_in}(?!\d)", raw) is not None


def _word(raw: str, variables: Mapping[str, str]) -> str | None:
    quoted = "'" in raw or '"' in raw or "\\" in raw
    if quoted and not (raw.count("'") == 2 and raw.endswith("'") and '"' not in raw):
        return None
    before, mark, value = raw.partition("=") if raw.startswith("--") else ("", "", raw)
    for stand_in, name in variables.items():
        if not value.count(stand_in):
            return None
        if quoted:
            value = value.replace(stand_in, f"'\"${{{name}}}\"'")
        else:
            value = re.sub(rf"{stand_in}(?=\w)", f"${{{name}}}", value)
            value = value.replace(stand_in, f"${name}")
    return f"{before}{mark}{value}" if quoted else f'{before}{mark}"{value}"'


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _moved(finding: Finding, by: int) -> Finding:
    return replace(finding, start=finding.start + by, end=finding.end + by)


def _worse(one: Risk | None, other: Risk | None) -> Risk | None:
    if one is None or other is None:
        return one or other
    return one if Tier(one.tier).rank > Tier(other.tier).rank else other


# --- the object around ------------------------------------------------------------------------

_GENERAL = "object|resource|workload|manifest|one"
_WHERE = re.compile(
    r"\b(?:namespace|ns|in|from|everywhere|all namespaces)\b|--namespace|-n\b", re.IGNORECASE
)


def _with_object(request: str, around: Surroundings) -> str:
    """ "restart this deployment" says its name, where it stands in a manifest of that kind."""
    if not (around.kind and around.name):
        return request
    kind = around.kind.lower()
    shown = f"{kind} {around.name}"
    words = rf"(?:{re.escape(kind)}|{_GENERAL})"
    follows = r"(?=\s*(?:$|[,.;:!?]|\s(?:in|with|until|to|and|is|now|from|for|by|on|at|every)\b))"
    new = re.sub(rf"\b(?:this|that)\s+{words}\b(?!-)", shown, request, flags=re.IGNORECASE)
    new = re.sub(rf"\bthe\s+{words}\b{follows}", shown, new, flags=re.IGNORECASE)
    new = (
        re.sub(rf"\b(?:this|it)\b{follows}", shown, new, count=1, flags=re.IGNORECASE)
        if new == request
        else new
    )
    if new != request and around.namespace and not _WHERE.search(request):
        new = f"{new} in namespace {around.namespace}"
    return new
