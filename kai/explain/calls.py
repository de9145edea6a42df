"""The parts of one call of kubectl: command, kinds, names, other arguments, flags, words after --."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kai.explain.arguments import argument
from kai.explain.filters import xargs_parts
from kai.explain.flags import Faults, flag_part
from kai.explain.part import Part
from kai.explain.table import table
from kai.explain_parts import kind_name, listed

if TYPE_CHECKING:
    from kai.kubectl.grammar import Word
    from kai.kubectl.invocation import Invocation
    from kai.kubectl.resources import Catalogue, Resource
    from kai.kubectl.targets import ResourceArg

_IN_FLAGS = frozenset((("create", "job"), ("events",)))
"""Commands whose object stands in a flag, which says it."""

_NO_COMMAND = frozenset(("K130", "K131"))


def call_parts(call: Invocation, catalogue: Catalogue, faults: Faults) -> list[Part]:
    """Every part, in order of place; each word of the call is in one."""
    parts = list(xargs_parts(call.xargs)) if call.xargs else []
    parts += _command(call)
    if any(finding.code in _NO_COMMAND for finding in call.findings):
        if call.command.runnable and call.path:
            parts += (flag_part(call, flag, catalogue, faults) for flag in call.flags)
        parts += _unknown(call, parts, faults)
    else:
        resources = call.resources(catalogue)
        flagged = call.path in _IN_FLAGS
        mark = _mark(call)
        for item in () if flagged else resources:
            if mark and mark in (item.type_word, item.name):
                parts += _incoming(item, mark, catalogue)
            else:
                parts += _resource(item, resources, catalogue, faults)
        parts += (flag_part(call, flag, catalogue, faults) for flag in call.flags)
        parts += _others(call, resources, parts, catalogue, faults)
    unique = {(part.start, part.end): part for part in reversed(parts)}
    parts = _apart(call, sorted(unique.values(), key=lambda part: (part.start, part.end)))
    return sorted([*parts, *_left(call, parts, faults)], key=lambda part: part.start)


def _apart(call: Invocation, parts: list[Part]) -> list[Part]:
    """A flag whose value stands behind the command word (`-n get prod`) ends before that word."""
    for index, part in enumerate(parts[:-1]):
        following = parts[index + 1].start
        if part.end > following:
            ends = [word.end for word in call.words if part.start < word.end <= following]
            parts[index] = replace(part, end=max(ends, default=following))
    return parts


def _mark(call: Invocation) -> str:
    """What `xargs -I` replaces by what comes in; "" where it only adds arguments."""
    words = [word.value for word in call.xargs]
    for index, word in enumerate(words):
        if word == "-I":
            return "".join(words[index + 1 : index + 2])
        if word.startswith(("-I", "--replace=")):
            return word.removeprefix("-I").removeprefix("--replace=")
    return ""


def _command(call: Invocation) -> Iterator[Part]:
    """`kubectl` and the words of the command; apart where flags stand between."""
    words = (call.words[0], *call.path_words)
    help_text = call.command.short_help or f"the command {' '.join(call.path)}"
    if not call.path:
        help_text = "the program" if call.findings else "kubectl, without a command"
    together = [words[0]]
    for word in words[1:]:
        if call.words.index(word) != call.words.index(together[-1]) + 1:
            yield Part(together[0].start, together[-1].end, "command", "the program")
            together = []
        together.append(word)
    yield Part(together[0].start, together[-1].end, "command", help_text)


def _unknown(call: Invocation, done: list[Part], faults: Faults) -> Iterator[Part]:
    """A command that no table has: nobody knows what its words mean."""
    told = tuple(done)
    for word in call.words:
        if any(part.start < word.end and word.start < part.end for part in told):
            continue
        text = faults.get(word.start, "unknown, because the command is")
        yield Part(word.start, word.end, "unknown", text)


def _resource(
    item: ResourceArg, every: tuple[ResourceArg, ...], catalogue: Catalogue, faults: Faults
) -> Iterator[Part]:
    if item.type_word:
        known = item.resource is not None or item.type_word in (*catalogue.categories, "*")
        text = _kind(item, catalogue)
        if not known:
            fault = faults.get(item.start)
            text = f"{text}: {fault}" if fault else text
        yield Part(item.start, item.end, "kind" if known else "unknown", text)
    if item.name is not None:
        # `get po,svc web` means one object of each kind.
        same = (other for other in every if other.name_start == item.name_start)
        kinds = dict.fromkeys(_singular(other) for other in same if other.name is not None)
        text = f"the {listed(list(kinds))} {item.name}".strip()
        yield Part(item.name_start, item.name_end, "name", text)


def _incoming(item: ResourceArg, mark: str, catalogue: Catalogue) -> Iterator[Part]:
    """A kind or a name that xargs puts in."""
    if item.type_word == mark:
        yield Part(item.start, item.end, "argument", "what comes in")
    elif item.type_word:
        yield Part(item.start, item.end, "kind", _kind(item, catalogue))
    if item.name == mark:
        text = f"the {_singular(item)} whose name comes in"
        yield Part(item.name_start, item.name_end, "name", text)
    elif item.name is not None:
        yield Part(item.name_start, item.name_end, "name", f"the object {item.name}")


def _singular(item: ResourceArg) -> str:
    return kind_name(item.resource) if item.resource else item.type_word or "object"


def _kind(item: ResourceArg, catalogue: Catalogue) -> str:
    if item.resource is not None:
        return _described(item.resource)
    word = item.type_word
    if word == "*":
        return "every kind"
    if word in catalogue.categories:
        kinds = [kind_name(each, plural=True) for each in catalogue.all if word in each.categories]
        return f"every kind of the category {word}: {listed(kinds)}"
    return f"the kind {word}, which kai does not know: a custom one, or misspelt"


def _described(resource: Resource) -> str:
    """ "deployments, in a namespace: kind Deployment of the group apps, version v1"."""
    group = f"the group {resource.group}" if resource.group else "the core group"
    scope = "in a namespace" if resource.namespaced else "of the whole cluster"
    version = f", version {resource.version}" if resource.version else ""
    return f"{kind_name(resource, plural=True)}, {scope}: kind {resource.kind} of {group}{version}"


def _others(
    call: Invocation,
    resources: tuple[ResourceArg, ...],
    done: list[Part],
    catalogue: Catalogue,
    faults: Faults,
) -> Iterator[Part]:
    """The arguments that are no resources, and what stands behind `--`."""
    places = {part.start for part in done} | {item.name_start for item in resources if item.name}
    starts = sorted(places)
    count = 0
    for word in call.args:
        if any(word.start <= start < word.end for start in starts) and call.path != (
            "explain",  # there the kind and its fields are one word
        ):
            continue
        part = argument(call, word, count, catalogue)
        count += 1
        if part is not None and part.text.startswith("an argument: ") and word.start in faults:
            part = Part(word.start, word.end, "unknown", faults[word.start])
        if part is not None:
            yield part
    yield from _after_dash(call)


def _after_dash(call: Invocation) -> Iterator[Part]:
    if call.after_dash is None:
        return
    dash = next((word for word in call.words if word.value == "--" and _ends(call, word)), None)
    if dash is not None:
        yield Part(dash.start, dash.end, "dash", "ends the flags of kubectl")
    if not call.after_dash:
        return
    phrases = table()["after_dash"]
    path = " ".join(call.path)
    keys = [f"{path} --{flag.name}" for flag in call.flags if call.boolean(flag.name)]
    text = next((phrases[key] for key in (*keys, path) if key in phrases), phrases[""])
    first, last = call.after_dash[0], call.after_dash[-1]
    yield Part(first.start, last.end, "argument", text)


def _ends(call: Invocation, word: Word) -> bool:
    """Whether this `--` is the one that ends the flags."""
    after = call.after_dash or ()
    return not after or word.end <= after[0].start


def _left(call: Invocation, parts: list[Part], faults: Faults) -> Iterator[Part]:
    """Words that are in no part: kubectl would not read them either."""
    for word in (*call.xargs, *call.words):
        if not any(part.start < word.end and word.start < part.end for part in parts):
            yield Part(
                word.start, word.end, "unknown", faults.get(word.start, f"the word {word.value}")
            )
