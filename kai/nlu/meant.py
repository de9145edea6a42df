"""Changes read into a request that nobody asked for: told of what has happened, or of something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.once import Guard, once
from kai.nlu.patterns import pattern

_BRINGING = frozenset(
    ["from", "import", "imports", "load", "inject", "into", "populate", "pull", "feed", "read"]
) | frozenset(["use", "env", "environment", "vars", "variables", "envs", "var", "variable", "off"])
"""Words of which one says that the keys of a secret or config map become variables."""


def senseless(frame: Frame, command: Command) -> bool:
    """Whether the command is none that anybody would ask for in these words.

    `kill` without a process ("pods a and b: kill both"), variables that nothing brings in ("view
    minified with secrets raw"), an object by the name of what several do ("which pods misbehave").
    """
    if command.path == ("get",) and len(command.args) == 2:
        return _says_what_they_do(frame, command.args[1])
    if command.path == ("set", "env"):
        said = {token.low for token in frame.tokens}
        return any(name == "from" for name, _ in command.flags) and said.isdisjoint(_BRINGING)
    program = command.after_dash or []
    if program[:1] != ["kill"]:
        return False
    return not all(_PROCESS.fullmatch(word) for word in program[1:]) or len(program) < 2


_ASKS_WHICH = frozenset(["which", "what", "any", "do", "does", "did"])
_VERB = pattern(r"[a-z]+")


def _says_what_they_do(frame: Frame, name: str) -> bool:
    """Whether the name is a bare word that ends a question about several, and no known name."""
    last = frame.tokens[-1]
    if last.quoted or last.low != name or not _VERB.fullmatch(name):
        return False
    if not _ASKS_WHICH & {frame.low(index) for index in range(min(3, len(frame.tokens)))}:
        return False
    kind = frame.low(len(frame.tokens) - 2)
    known = frame.names.objects if frame.names else ()
    several = kind.endswith("s") and not kind.endswith(("ss", "is"))
    return several and all(item.name != name for item in known)


_PROCESS = pattern(r"-{1,2}\w+|\d+|%\d+")
_NODE_NAME = pattern(
    r"(?:.*-)?(?:node|worker|master|minion)-?\d+|ip-\d+-.*|.+\.internal|(?:gke|aks)-.+"
)


@once
def stops_a_node(frame: Frame) -> bool:
    """Whether pods are to be stopped on a node, which scales nothing: "stop pods on worker-1"."""
    return any(
        left.low == "on" and _NODE_NAME.fullmatch(right.low)
        for left, right in pairwise(frame.tokens)
    )


_PARTICIPLE = pattern(
    r"gone|deleted|removed|killed|nuked|purged|wiped|destroyed|terminated|evicted|drained|emptied|"
    r"cordoned|uncordoned|tainted|untainted|schedulingdisabled"
)
_WISHED = pattern(
    r"\b(?:should|shall|must|ensure|make sure|see to it|wants?|needs?|please|pls|plz|to be|can be|may be|"
    r"like|has to|have to|get|off|set|mark|make|put|leave|let)\b|[:\u2013\u2014]\s*(?:both |all |to be )?gone\b",
    re.IGNORECASE,
)
_WHAT_CAN = pattern(r"\b(?:that|which) (?:can|may|could|should|will|are to|is to) ", re.IGNORECASE)
_REMOVING = ("delete", "drain", "cordon", "uncordon", "taint")
_BEING = frozenset(["has", "have", "was", "were"])


@once
def reports(frame: Frame) -> bool:
    """Whether the request tells what has happened, or asks it: "deployment web is gone".

    Only participles say what is to be done then, and no word of wishing stands beside them.
    """
    if frame.matches.get("o-dry"):
        return False
    acts = [
        match
        for match in frame.scan.matches.get("act", ())
        if match.value in ("untaint", *_REMOVING)
    ]
    if not acts:
        return False
    told = [
        match
        for match in acts
        if _PARTICIPLE.fullmatch(frame.low(match.end - 1))
        or (match.value == "taint" and frame.low(match.start - 1) in _BEING)
    ]
    if len(told) < len(acts):
        return False
    if any(token.low == "be" for token in frame.tokens) and _WHAT_CAN.search(frame.scan.text):
        return True  # "all jobs that can be deleted"
    return _WISHED.search(frame.scan.text) is None


_APPLIED = pattern(r"\bundo\b.*\bappl", re.IGNORECASE)


@once
def undoes_apply(frame: Frame) -> bool:
    """Whether an apply is to be undone, which is no rollout: "undo kubectl apply -f app.yaml"."""
    return _APPLIED.search(frame.scan.text) is not None


def not_meant(name: str) -> Iterator[Guard]:
    """What tells that the intent of this name would make a change that nobody asked for."""
    if name.startswith("scale"):
        yield stops_a_node
    if name.startswith(_REMOVING):
        yield reports
    if name == "rollout undo":
        yield undoes_apply
