"""Other spellings of one kubectl line, and small changes that make it another command."""

from __future__ import annotations

import random
from collections.abc import Sequence

from kai.kubectl.grammar import Word, quote
from kai.kubectl.invocation import Filter, Flag, Invocation, Pipeline
from kai.kubectl.resources import builtin

OBJECT_VERBS = frozenset(
    ("get", "describe", "delete", "edit", "patch", "scale", "autoscale", "wait")
)


def respell(pipeline: Pipeline, dice: random.Random) -> str:
    """The same command, spelled by chance: flag order and form, kinds, TYPE/NAME, quotes."""
    return " | ".join(
        _filter(stage) if isinstance(stage, Filter) else _call(stage, dice)
        for stage in pipeline.stages
    )


def change(pipeline: Pipeline, dice: random.Random) -> str | None:
    """Another command, one step away: a flag dropped, a value or an argument changed."""
    calls = [s for s in pipeline.stages if isinstance(s, Invocation) and (s.flags or s.args)]
    if not calls:
        return None
    call = dice.choice(calls)
    parts: list[Flag | Word] = [*call.flags, *call.args]
    part = dice.choice(parts)
    text = pipeline.text
    how = dice.randrange(3)
    if isinstance(part, Flag):
        if how == 0 or part.value is None:
            if len(part.spelled) == 1:
                return None  # in the middle of a cluster of shorthands
            return text[: part.start] + text[part.end :].lstrip(" ")
        new = str(dice.randrange(90)) if part.value.isdigit() else part.value + "x"
        if part.value_start == part.end:
            return None
        start, end = part.value_start, part.value_end
        inside = text[start : start + 1] not in "'\"" and text[part.start : start].count("'") % 2
        return text[:start] + (new if inside else _quoted(new)) + text[end:]
    if how == 0:
        return text[: part.start] + text[part.end :].lstrip(" ")
    return text[: part.start] + _quoted(part.value + "x") + text[part.end :]


def _quoted(value: str) -> str:
    try:
        return quote(value)
    except ValueError:
        return value


def _spell(value: str, dice: random.Random) -> str:
    if "'" not in value and dice.random() < 0.15 and not value.endswith("\\"):
        return f"'{value}'"
    return _quoted(value)


def _filter(stage: Filter) -> str:
    return " ".join(word.raw for word in stage.words)


def _call(call: Invocation, dice: random.Random) -> str:
    arguments = [[_spell(word, dice)] for word in _objects(call, dice)]
    flags = [_flag(flag, dice) for flag in call.flags]
    if len({flag.name for flag in call.flags}) == len(flags):
        dice.shuffle(flags)
    early = []
    if flags and dice.random() < 0.2 and call.flags and not call.xargs:
        early = [flag for flag in flags if flag[0].startswith(("-n", "--namespace"))][:1]
        flags = [flag for flag in flags if flag not in early]
    mixed = arguments
    at = 0
    for flag in flags:
        at = dice.randint(at, len(mixed))
        mixed = [*mixed[:at], flag, *mixed[at:]]
        at += 1
    words = [word.raw for word in call.xargs] + ["kubectl"]
    for unit in early:
        words.extend(unit)
    words.extend(word.raw for word in call.path_words)
    for unit in mixed:
        words.extend(unit)
    if call.after_dash is not None:
        words.append("--")
        words.extend(_spell(word.value, dice) for word in call.after_dash)
    return " ".join(words)


def _flag(flag: Flag, dice: random.Random) -> list[str]:
    """One flag in one of its spellings, as the words it takes."""
    spec, value = flag.spec, flag.value
    if spec is None or flag.spelled.lstrip("-") not in (spec.name, spec.short):
        dashed = flag.spelled if flag.spelled.startswith("-") else "-" + flag.spelled
        return [dashed if value is None else _spell(f"{dashed}={value}", dice)]
    if spec.type == "bool" and value is None:
        options = [f"--{spec.name}", f"--{spec.name}=true"]
        return [dice.choice(options + ([f"-{spec.short}"] if spec.short else []))]
    if value is None:
        return [f"--{spec.name}"]
    attached = [f"--{spec.name}={value}"]
    if spec.short and len(value) > 1:
        attached.append(f"-{spec.short}={value}")
        if spec.bare is None and value[0] != "=":
            attached.append(f"-{spec.short}{value}")
    if spec.bare is None and dice.random() < 0.5:
        names = [f"--{spec.name}"] + ([f"-{spec.short}"] if spec.short else [])
        return [dice.choice(names), _spell(value, dice)]
    return [_spell(dice.choice(attached), dice)]


def _objects(call: Invocation, dice: random.Random) -> Sequence[str]:
    """The arguments, with the resource type under another of its names or joined to the name."""
    args = [word.value for word in call.args]
    if not args or call.path[:1] not in {(verb,) for verb in OBJECT_VERBS} or "," in args[0]:
        return args
    catalogue = builtin()
    if "/" in args[0]:
        pairs = [arg.partition("/") for arg in args if "," not in arg]
        kinds = {kind for kind, _, _ in pairs}
        if len(pairs) < len(args) or not all(slash for _, slash, _ in pairs):
            return args
        if len(kinds) == 1 and dice.random() < 0.5:
            return [_alias(pairs[0][0], catalogue, dice), *(name for _, _, name in pairs)]
        return [f"{_alias(kind, catalogue, dice)}/{name}" for kind, _, name in pairs]
    kind, *names = args
    if names and dice.random() < 0.5:
        return [f"{_alias(kind, catalogue, dice)}/{name}" for name in names]
    return [_alias(kind, catalogue, dice), *names]


def _alias(kind: str, catalogue: object, dice: random.Random) -> str:
    found = builtin().find(kind)
    if found is None or "." in kind:
        return kind
    return dice.choice([found.plural, found.singular, *found.short_names])
