"""What may stand at a place: in a kubectl command, and behind `# ai:`, where it is what the user asked
before. Nothing is asked for it: tables, the snapshot of names on disk, the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kai.kubectl.resources import Resource
from kai.kubectl.spec import FlagSpec, Spec
from kai.model import Names
from kai_lsp import types
from kai_lsp.call import Typing, typing
from kai_lsp.client import Client
from kai_lsp.core import Kept
from kai_lsp.documents import Open
from kai_lsp.edits import TextChange, text_edit
from kai_lsp.places import containers, paths

MOST = 200
"""Items of one answer; where there would be more the editor asks again with the next letter."""
_HISTORY = 30

_OF_KIND = frozenset(
    [
        "get",
        "describe",
        "delete",
        "edit",
        "label",
        "annotate",
        "patch",
        "scale",
        "autoscale",
        "expose",
        "explain",
        "wait",
    ]
)
"""Commands whose first argument names a kind."""
_OF_ONE_KIND: dict[tuple[str, ...], str] = {
    **{(name,): "pods" for name in ("logs", "exec", "attach", "port-forward", "cp", "debug")},
    **{(name,): "nodes" for name in ("drain", "cordon", "uncordon")},
    ("top", "pod"): "pods",
    ("top", "node"): "nodes",
}
_ROLLED = ("deployments", "daemonsets", "statefulsets")
_SCALED = (*_ROLLED[::2], "replicasets", "replicationcontrollers")
_CONTEXT_ARGUMENT = frozenset(
    [("config", "use-context"), ("config", "delete-context"), ("config", "rename-context")]
)
_PATHS = frozenset(("filename", "kustomize"))
_FOR = ("condition=Ready", "condition=Available", "condition=Complete", "delete", "create")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that may stand there, in place of the last `typed` characters."""

    label: str
    new: str
    typed: str
    kind: types.CompletionItemKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known where something is typed; `folders` are where it may be run."""

    text: str
    kept: Kept
    folders: tuple[Path, ...]


def completion(
    document: Open, offset: int, kept: Kept, client: Client, folders: tuple[Path, ...] = ()
) -> types.CompletionList | None:
    """Everything that may stand at a place; None where kai knows nothing of it. Files are looked for
    in `folders`."""
    text = document.content.text
    for comment in document.content.comment_at(offset, offset):
        start = comment.request_start
        if start <= offset and not text[comment.end : offset].strip(" \t"):
            return _history(document, start, offset, kept, client)
    region = document.content.shell_at(offset)
    place = region.inside(offset) if region is not None else None
    if region is None or place is None:
        return None
    typed = typing(region.text, place, kept.examiner.spec)
    if typed is None:
        return None
    around = _Around(text, kept, folders)
    items = [item for item in _items(typed, around) if item.label.startswith(item.typed)]
    found = []
    for number, item in enumerate(items[:MOST]):
        begin = place - len(item.typed)
        if begin < place and not region.copies(begin, place):
            continue  # the document writes it in another way
        change = TextChange(offset - len(item.typed), offset, item.new)
        found.append(
            types.CompletionItem(
                label=item.label,
                kind=item.kind,
                detail=item.detail or None,
                filter_text=item.label,
                sort_text=f"{number:04}",
                text_edit=text_edit(document, change, client),
            )
        )
    return types.CompletionList(is_incomplete=len(items) > MOST, items=found)


def _history(
    document: Open, start: int, offset: int, kept: Kept, client: Client
) -> types.CompletionList | None:
    """What the user asked before, newest first; the list depends on every letter."""
    text = document.content.text
    if kept.journal is None or "\n" in text[start:offset] or "\r" in text[start:offset]:
        return None
    typed = text[start:offset].lstrip()
    records = kept.journal.search(typed, 4 * _HISTORY) if typed else kept.journal.recent(200)
    asked = dict.fromkeys(
        record.request
        for record in records
        if record.outcome == "answered"
        and record.taken is not False
        and record.request.strip()
        and "\n" not in record.request
        and record.request.lower().startswith(typed.lower())
        and record.request != typed
    )
    begin = start + len(text[start:offset]) - len(typed)
    items = [
        types.CompletionItem(
            label=request,
            kind=types.CompletionItemKind.Text,
            detail="asked before",
            filter_text=request,
            sort_text=f"{number:04}",
            text_edit=text_edit(document, TextChange(begin, offset, request), client),
        )
        for number, request in enumerate(list(asked)[:_HISTORY])
    ]
    return types.CompletionList(is_incomplete=True, items=items)


def _items(typed: Typing, around: _Around) -> Iterator[Item]:
    """Everything that may stand at the place, whatever stands there of it already."""
    command, word = typed.call.command, typed.word
    waiting = typed.waiting
    if waiting is not None:
        yield from _values(waiting, word, typed, around)
    elif typed.call.after_dash is not None or "--" in [one.raw for one in typed.words]:
        return
    elif word.startswith("--") and "=" in word:
        name, _, value = word[2:].partition("=")
        flag = command.flag(name)
        if flag is not None:
            yield from _values(flag, value, typed, around)
    elif word.startswith("-"):
        yield from _flags(typed)
    else:
        yield from _arguments(typed, around.kept)
        if not word:
            yield from _flags(typed)


def _flags(typed: Typing) -> Iterator[Item]:
    """The flags that are not given yet, the command's own first; with what they are for."""
    command = typed.call.command
    given = {flag.name for flag in typed.call.flags}
    for flags in (command.flags, command.global_flags):
        for name, flag in sorted(flags.items()):
            if flag.hidden or flag.deprecated or (name in given and not flag.repeatable):
                continue
            new = f"--{name}=" if flag.takes_value else f"--{name}"
            shown = f"-{flag.short}  " if flag.short else ""
            kind = types.CompletionItemKind.Property
            yield Item(f"--{name}", new, typed.word, kind, f"{shown}{_first_line(flag.help)}")


def _values(flag: FlagSpec, value: str, typed: Typing, around: _Around) -> Iterator[Item]:
    """The values that a flag may have, as far as there is a list of them."""
    kind = types.CompletionItemKind.Value
    names = around.kept.names()
    if flag.name in _PATHS:
        yield from _files(flag, value, around.folders)
        return
    values: Iterable[str] = flag.choices
    if flag.name == "namespace" and names is not None:
        values = names.namespaces
    elif flag.name == "context" and names is not None:
        values = names.contexts
    elif flag.name == "container":
        values = containers(around.text)
    elif flag.name == "for" and typed.call.path == ("wait",):
        values = _FOR
    elif flag.type == "bool":
        values = ("true", "false")
    for one in values:
        yield Item(one, one, value, kind, f"--{flag.name}")


def _files(flag: FlagSpec, value: str, folders: tuple[Path, ...]) -> Iterator[Item]:
    for path in paths(folders, value, only_folders=flag.name == "kustomize"):
        folder = path.endswith("/")
        kind = types.CompletionItemKind.Folder if folder else types.CompletionItemKind.File
        yield Item(path, path, value, kind, f"--{flag.name}")


def _arguments(typed: Typing, kept: Kept) -> Iterator[Item]:
    """Sub-commands, kinds, names."""
    command, word = typed.call.command, typed.word
    if not typed.call.args:
        yield from _commands(typed, kept.examiner.spec)
    if not command.runnable:
        return
    kinds = _kinds(typed, kept)
    names = kept.names()
    if command.path in _CONTEXT_ARGUMENT and names is not None and not typed.call.args:
        for one in names.contexts:
            yield Item(one, one, word, types.CompletionItemKind.Value, "context")
    if "/" in word:
        kind, _, name = word.partition("/")
        resource = kept.examiner.catalogue.find(kind)
        if resource is not None:
            yield from _names(typed, kept, names, resource, name)
        return
    only = _OF_ONE_KIND.get(command.path)
    if only is not None:
        resource = kept.examiner.catalogue.find(only)
        if resource is not None and (not typed.call.args or only == "nodes"):
            yield from _names(typed, kept, names, resource, word)
    elif kinds and not typed.call.args:
        yield from _kind_items(kinds, word)
    elif kinds and "/" not in typed.call.args[0].value:
        resource = kept.examiner.catalogue.find(typed.call.args[0].value.rpartition(",")[2])
        if resource is not None:
            yield from _names(typed, kept, names, resource, word)


def _commands(typed: Typing, spec: Spec) -> Iterator[Item]:
    command = typed.call.command
    for name in command.subcommands:
        child = spec.commands[(*command.path, name)]
        if not child.hidden and not name.startswith("__"):
            kind = types.CompletionItemKind.Function
            yield Item(name, name, typed.word, kind, _first_line(child.short_help))


def _kinds(typed: Typing, kept: Kept) -> list[Resource]:
    """The kinds that the command may be about; none where it is about none."""
    path = typed.call.path
    every = kept.examiner.catalogue.all
    if path[:1] == ("rollout",):
        return [one for one in every if one.plural in _ROLLED and one.group == "apps"]
    if path in (("scale",), ("autoscale",)):
        return [one for one in every if one.plural in _SCALED]
    if path[:1] == ("set",) and len(path) > 1:
        return [one for one in every if one.plural in (*_SCALED, "jobs", "cronjobs", "pods")]
    if path[:1] and path[0] in _OF_KIND:
        needed = {"get": "list", "describe": "get", "explain": ""}.get(path[0], path[0])
        needed = needed if needed in ("list", "get", "delete", "patch", "") else "patch"
        return [one for one in every if not needed or needed in one.verbs]
    return []


def _kind_items(kinds: list[Resource], word: str) -> Iterator[Item]:
    before, comma, last = word.rpartition(",")
    del before, comma
    seen: set[str] = set()
    for one in kinds:
        for name in (one.plural, *one.short_names):
            if name not in seen:
                seen.add(name)
                detail = one.kind if name == one.plural else f"{one.kind} ({one.plural})"
                yield Item(name, name, last, types.CompletionItemKind.Class, detail)


def _names(
    typed: Typing, kept: Kept, names: Names | None, resource: Resource, name: str
) -> Iterator[Item]:
    """What exists of a kind where the command looks, as far as the snapshot knows."""
    if names is None:
        return
    kind = types.CompletionItemKind.Reference
    if resource.plural == "namespaces":
        found: Iterable[str] = names.namespaces
    elif resource.plural == "nodes":
        found = names.nodes
    else:
        where = typed.call.value("namespace") or kept.context.namespace or "default"
        everywhere = typed.call.flag("all-namespaces") is not None
        found = dict.fromkeys(
            one.name
            for one in names.objects
            if one.resource in (resource.plural, resource.qualified)
            and (everywhere or one.namespace in (None, where))
        )
    given = {word.value for word in typed.call.args}
    for one in sorted(found):
        if one not in given:
            yield Item(one, one, name, kind, resource.kind)


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 120 else f"{line[:116]} ..."
