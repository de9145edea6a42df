"""Which resource types and names a kubectl call is about.

Source: k8s.io/cli-runtime resource.Builder (ResourceTypeOrNameArgs, ResourceNames) and the Complete
functions of the commands in k8s.io/kubectl that split their arguments before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kai.kubectl.resources import Catalogue, Resource
from kai.kubectl.words import Word

if TYPE_CHECKING:
    from kai.kubectl.invocation import Invocation


@dataclass(frozen=True, slots=True)
class ResourceArg:
    """One resource type, or one object, that a call names.

    `type_word` is the type as written, "" where the command implies it (`logs POD`); `name` is None
    where only a type stands. `start` to `end` is the type as written, or the name where the type is
    implied; `name_start` to `name_end` the name (both `end` without one). `resource` is None for an
    unknown type and for a category such as `all`.
    """

    type_word: str
    name: str | None
    start: int
    end: int
    resource: Resource | None
    name_start: int
    name_end: int


#: Commands whose arguments are TYPE NAME..., TYPE/NAME... and nothing else.
_PLAIN = frozenset(
    (verb,)
    for verb in (
        "get",
        "describe",
        "delete",
        "edit",
        "patch",
        "scale",
        "autoscale",
        "expose",
        "wait",
    )
) | {
    ("apply", "view-last-applied"),
    ("apply", "edit-last-applied"),
    ("set", "resources"),
    ("set", "subject"),
}
#: Commands whose changes (KEY=VALUE, KEY-) follow the resources.
_WITH_PAIRS = frozenset((("label",), ("annotate",), ("set", "image"), ("set", "env"), ("taint",)))
#: Commands whose last argument is no resource.
_WITH_LAST = frozenset((("set", "selector"), ("set", "serviceaccount")))
#: Commands whose arguments are names, and the type of these unless TYPE/NAME says another.
_IMPLIED = {
    ("logs",): "pods",
    ("exec",): "pods",
    ("attach",): "pods",
    ("port-forward",): "pods",
    ("debug",): "pods",
    ("top", "pod"): "pods",
    ("top", "node"): "nodes",
    ("cordon",): "nodes",
    ("uncordon",): "nodes",
    ("drain",): "nodes",
    ("certificate", "approve"): "certificatesigningrequests.certificates.k8s.io",
    ("certificate", "deny"): "certificatesigningrequests.certificates.k8s.io",
}
#: Of these only the first argument is a target; the others are a container, a command, ports.
_ONE_TARGET = frozenset((("logs",), ("exec",), ("attach",), ("port-forward",)))
#: Flags whose value is TYPE/NAME.
_FLAGS = {("create", "job"): "from", ("events",): "for"}


def resource_args(  # noqa: PLR0911  # one return for each way to name objects
    invocation: Invocation, catalogue: Catalogue
) -> tuple[ResourceArg, ...]:
    """See `Invocation.resources`."""
    path, args = invocation.path, invocation.args
    if path in _PLAIN or (len(path) > 1 and path[0] == "rollout"):
        return tuple(_built(args, catalogue))
    if path in _WITH_PAIRS:
        return tuple(_built(before_pairs(args, taint=path == ("taint",)), catalogue))
    if path in _WITH_LAST:
        return tuple(_built(args[:-1], catalogue))
    if path == ("attach",) and len(args) == 2:
        return tuple(_built(args, catalogue))
    if path in _IMPLIED:
        words = args[:1] if path in _ONE_TARGET else args
        return tuple(_implied(words, _IMPLIED[path], catalogue))
    if path in _FLAGS:
        return _from_flag(invocation, _FLAGS[path], catalogue)
    if path == ("explain",):
        return tuple(_explained(word, catalogue) for word in args[:1])
    if path == ("auth", "can-i"):
        return tuple(_built(args[1:2], catalogue)) if args[1:] and args[1].value[:1] != "/" else ()
    return ()


def before_pairs(args: Sequence[Word], *, taint: bool = False) -> Sequence[Word]:
    """The arguments before the first change (KEY=VALUE, KEY-; for taints also KEY:EFFECT)."""
    for index, word in enumerate(args):
        value = word.value
        if "=" in value or value.endswith("-") or (taint and ":" in value):
            return args[:index]
    return args


def _built(words: Sequence[Word], catalogue: Catalogue) -> Iterator[ResourceArg]:
    if not words:
        return
    if "/" in words[0].value:
        for word in words:
            yield from _combined(word, catalogue)
        return
    for word, offset, part in _parts(words[:1]):
        start, end = word.span(offset, offset + len(part))
        resource = catalogue.find(part)
        if len(words) == 1:
            yield ResourceArg(part, None, start, end, resource, end, end)
        for name in words[1:]:
            yield ResourceArg(part, name.value, start, end, resource, name.start, name.end)


def _parts(words: Sequence[Word]) -> Iterator[tuple[Word, int, str]]:
    """Each comma-separated part of each word, and where it begins in the word's value."""
    for word in words:
        offset = 0
        for part in word.value.split(","):
            if part:
                yield word, offset, part
            offset += len(part) + 1


def _combined(whole: Word, catalogue: Catalogue) -> Iterator[ResourceArg]:
    for word, offset, part in _parts((whole,)):
        kind, slash, name = part.partition("/")
        start, end = word.span(offset, offset + len(kind))
        name_start, name_end = word.span(offset + len(kind) + len(slash), offset + len(part))
        if not slash:
            yield ResourceArg("", part, start, end, None, start, end)
            continue
        yield ResourceArg(kind, name, start, end, catalogue.find(kind), name_start, name_end)


def _implied(words: Sequence[Word], kind: str, catalogue: Catalogue) -> Iterator[ResourceArg]:
    for word in words:
        if "/" in word.value:
            yield from _combined(word, catalogue)
        else:
            resource = catalogue.find(kind)
            start, end = word.start, word.end
            yield ResourceArg("", word.value, start, end, resource, start, end)


def _from_flag(invocation: Invocation, name: str, catalogue: Catalogue) -> tuple[ResourceArg, ...]:
    flag = invocation.flag(name)
    if flag is None or not flag.value or "/" not in flag.value:
        return ()
    kind, _, object_name = flag.value.partition("/")
    start, end = flag.value_start, flag.value_start + len(kind)
    resource = catalogue.find(kind)
    return (ResourceArg(kind, object_name, start, end, resource, end + 1, flag.value_end),)


def _explained(word: Word, catalogue: Catalogue) -> ResourceArg:
    """`explain pods.spec.containers`: the longest beginning that is a type, then the fields."""
    parts = word.value.split(".")
    for size in range(len(parts), 0, -1):
        kind = ".".join(parts[:size])
        resource = catalogue.find(kind)
        if resource is not None or size == 1:
            start, end = word.span(0, len(kind))
            return ResourceArg(kind, None, start, end, resource, end, end)
    raise AssertionError  # pragma: no cover - a split is never empty
