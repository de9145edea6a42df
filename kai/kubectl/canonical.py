"""Equal commands, one form: what a comparison of two lines has to look at.

Order and spelling of flags, short and long names, defaults, `TYPE/NAME` or `TYPE NAME`, quoting, and
the notations of selectors, durations, amounts, JSON patches and JSONPath do not count. The form is
for comparing only; it is JSON and no command.
"""

from __future__ import annotations

import json
from typing import Any

from kai.kubectl.canonical_command import command_form
from kai.kubectl.canonical_filters import filter_form, xargs_options
from kai.kubectl.invocation import Filter, Invocation, Pipeline, parse
from kai.kubectl.spec import Spec

#: Findings of a command that was read; with any other one its meaning is not known.
_READABLE = frozenset(("K141", "K142"))
#: Stages that change how a table looks and not what is in it.
_DECORATION = frozenset(("column",))

Stage = dict[str, Any]


def canonical(
    text_or_pipeline: str | Pipeline, spec: Spec | None = None, *, strict: bool = False
) -> str:
    """Give the canonical form of a line.

    A line that cannot be read (the grammar refuses it, it calls something else than kubectl, or a
    command kubectl does not have) is given as its own text with single blanks. Unless `strict`,
    these count as equal too: the namespace `default` and none, `/bin/sh` and `sh`, other headers of
    custom columns, a newline at the end of a JSONPath, how many arguments xargs takes at once.
    """
    pipeline = text_or_pipeline
    if isinstance(pipeline, str):
        pipeline = parse(pipeline, spec)
    if not pipeline.stages or any(f.code not in _READABLE for f in pipeline.findings):
        return " ".join(pipeline.text.split())
    stages: list[Stage] = []
    for stage in pipeline.stages:
        _add(stages, stage, strict)
    _fold_counting(stages)
    if not strict:
        _fold_headers(stages)
    return json.dumps(stages, sort_keys=True, separators=(",", ":"))


def same(left: str | Pipeline, right: str | Pipeline, spec: Spec | None = None) -> bool:
    """Tell whether two lines do the same, as far as their text says."""
    return canonical(left, spec) == canonical(right, spec)


def _add(stages: list[Stage], stage: Invocation | Filter, strict: bool) -> None:
    if isinstance(stage, Filter):
        words = filter_form([word.value for word in stage.words])
        if words == ["uniq"] and stages and stages[-1].get("filter", [""])[0] == "sort":
            stages[-1]["filter"] = ["sort", *sorted({*stages[-1]["filter"][1:], "u"})]
        elif words[0] not in _DECORATION:
            stages.append({"filter": words})
        return
    kubectl = command_form(stage, strict=strict) if stage.path else {"help": []}
    form: Stage = {"kubectl": kubectl}
    if stage.via:
        options = [word.value for word in stage.xargs]
        form["xargs"] = xargs_options(options, strict=strict)
    stages.append(form)


def _fold_counting(stages: list[Stage]) -> None:
    """`--no-headers | wc -l` and `-o name | wc -l` count the same."""
    if len(stages) != 2 or stages[1].get("filter") != ["wc", "l"]:
        return
    call = stages[0]["kubectl"]
    if call.get("command") != "get":
        return
    flags, output = call["flags"], call["flags"].get("output")
    if output == "name" or (flags.get("no-headers") and output in (None, "wide")):
        flags.pop("output", None)
        flags["no-headers"] = True


def _fold_headers(stages: list[Stage]) -> None:
    """What `grep WORD` keeps of a listing has no header in either case."""
    if len(stages) < 2 or "kubectl" not in stages[0]:
        return
    words = stages[1].get("filter", [""])
    if words[0] == "grep" and "v" not in words[1]:
        stages[0]["kubectl"].get("flags", {}).pop("no-headers", None)
