"""Manifests: apply (and its last-applied sub-commands), diff, replace, edit."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    guarded,
    take_dry,
    take_objects,
    take_options,
    take_output,
    tidy,
    where,
)
from kai.nlu.intents.files import take_files
from kai.nlu.patterns import pattern as lazily
from kai.nlu.tokens import is_file


def _files(f: Frame, command: Command) -> bool:
    files, kustomized = take_files(f)
    for file in files:
        command.flag("filename", file)
    for folder in kustomized:
        command.flag("kustomize", folder)
    return bool(files) != bool(kustomized) and len(kustomized) <= 1


def _has_file(f: Frame) -> bool:
    if any(is_file(token.text) or "/" in token.text for token in f.tokens):
        return True
    return f.has("chn", "stdin", "here", "folder", "kustomize", "url") or (
        f.has("o-apply", "recursive")
    )


def _end(f: Frame, *acts: str) -> None:
    f.take_all("act", *acts)
    f.take_all("o-apply", "-")
    f.take_all("chn", "defined", "folder", "url", "stdin", "kustomize")
    f.take_all("cv", "set")
    tidy(f)


def apply(f: Frame) -> Command | None:
    """`apply -k overlays/prod`, `server side apply of crds.yaml`, `push out k8s/ recursively`."""
    if f.has("act", "lastapplied") or not _has_file(f):
        return None
    command = Command(("apply",))
    if f.find("act", "apply") is None and not f.has("o-apply", "server-side") and not _meant(f):
        return None
    server = f.has("o-apply", "server-side")
    if server:
        for match in list(f.find_all("o-apply", "server-side")):
            f.use(match.start, match.end)
        command.flag("server-side")
    take_dry(f, command)
    take_output(f, command)
    for match in list(f.find_all("act", "apply")):
        if match.end - match.start > 1:
            f.use(match.start, match.end)  # "bring up everything in"
    pruned = f.take("o-apply", "prune")  # before its "whatever" is taken for the file's contents
    if pruned:
        command.flag("prune")
    if not _files(f, command):
        return None
    _manager(f, command)
    where(f)
    take_options(f, command, "o-apply")
    selector = take_selector(f, loose=True)
    prunes = any(name == "prune" for name, _ in command.flags)
    everything = f.take("all") is not None
    f.take_all("act", "apply")
    if any(name == "dry-run" for name, _ in command.flags):
        f.take_all("validating")
        f.take_all("act", "diff")
    f.take_all("o-apply", "-")
    if selector:
        command.flag("selector", ",".join(selector))
    elif prunes:
        return None
    del everything
    f.take_all("act", "apply")
    if f.has("kind", "pods") and f.low(f.find("kind", "pods").start - 1) in ("a", "the"):  # type: ignore[union-attr]
        f.take("kind", "pods")
    _end(f, "apply")
    return command


_OTHERS = ("delete", "create", "diff", "replace", "edit", "expose", "logs", "exec")
_INTO = lazily(
    r"\b(?:in)?to (?:the )?(?:ns|namespace) \S+\W*$|^(?:everything|all)\b.* into \S+\W*$",
    re.I,
)


def _meant(f: Frame) -> bool:
    """An apply without its verb: `client dry run of web.yaml`, `a.yaml and b.yaml into ns search`."""
    if f.has("act", *_OTHERS) or f.has("kind", "pods", "deployments", "services"):
        return False
    if f.has("o-dry"):
        f.take_all("validating")
        return True
    return _INTO.search(f.scan.text) is not None


def _manager(f: Frame, command: Command) -> None:
    for match in list(f.find_all("manager")):
        if f.free(match.end):
            command.flag("field-manager", f.tokens[match.end].text)
            f.use(match.start, match.end + 1)


def last_applied(f: Frame) -> Command | None:
    """`what was last applied for deploy web`, `edit the last applied config of ...`."""
    sets, edits = f.has("cv", "set"), f.has("act", "edit")
    verb = "edit" if edits else "set" if sets else "view"
    command = Command(("apply", f"{verb}-last-applied"))
    if verb == "set":
        take_options(f, command, "o-apply")
    take_output(f, command)
    if any(value == "yaml" for name, value in command.flags if name == "output"):
        command.flags = [flag for flag in command.flags if flag[0] != "output"]
    f.take_all("act", "lastapplied")
    f.take_all("act", "edit")
    f.take_all("cv", "set", "change")
    if _files(f, command):
        where(f)
        f.take_all("o-lastapplied")
        _end(f, "apply", "lastapplied")
        return command
    where(f)
    objects = take_objects(f, default="deployments", after=("of", "for", "on"))
    if objects is None or not objects.pairs or verb == "set":
        return None
    command.args = objects.slashed()
    f.take_all("ask")
    f.take_all("o-lastapplied")
    _end(f, "lastapplied")
    return command


def diff(f: Frame) -> Command | None:
    """`what would change if i apply deploy.yaml`, `diff the kustomization in overlays/prod`."""
    if not _has_file(f) or f.has("o-dry", "client", "server"):
        return None  # a dry run is the apply's own
    command = Command(("diff",))
    f.take_all("act", "diff")
    f.take_all("difflive")
    if f.take_all("o-diff", "show-managed-fields"):
        command.flag("show-managed-fields")
    take_options(f, command, "o-apply")
    f.take_all("o-dry", "any")
    if not _files(f, command):
        return None
    where(f)
    selector = take_selector(f, loose=True)
    if selector:
        command.flag("selector", ",".join(selector))
    f.take_all("ask")
    _end(f, "diff", "apply")
    return command


_ONE = ("a", "the", "existing", "replace", "recreate", "replacing")


def replace(f: Frame) -> Command | None:
    """`replace the deployment with whats in deploy.yaml`, `delete and recreate what is in ...`."""
    if not _has_file(f):
        return None
    command = Command(("replace",))
    recreates = any(
        f.tokens[match.start].low in ("delete", "recreate", "re-create")
        or {"recreate", "force", "force-replace"}
        & {f.tokens[at].low for at in range(match.start, match.end)}
        for match in f.find_all("act", "replace")
    )
    f.take_all("act", "replace")
    take_dry(f, command)
    take_options(f, command, "o-apply")
    take_output(f, command)
    forced = any(name == "force" for name, _ in command.flags)
    if recreates and not forced:
        command.flag("force")
    if forced or recreates:
        for match in list(f.find_all("act", "delete")):
            if match.start <= 3:
                f.use(match.start, match.end)
    if not _files(f, command):
        return None
    where(f)
    for match in list(f.find_all("kind")):
        if match.start <= 8 and f.low(match.start - 1) in _ONE and not forced:
            f.use(match.start, match.end)
    f.take_all("act", "replace")
    _end(f, "replace")
    return command


_BY_HAND = lazily(r"\b(?:editor|vim?|nano|emacs|by hand|manually)\b", re.IGNORECASE)


def edit(f: Frame) -> Command | None:
    """`edit svc api in staging`, `open configmap app-conf in my editor`."""
    command = Command(("edit",))
    f.take_all("act", "edit")
    if _BY_HAND.search(f.scan.text):
        f.take("cv", "change")
    take_options(f, command, "o-edit")
    take_output(f, command)
    if f.take("o-apply", "save-config") is not None:
        command.flag("save-config")
    f.take_all("o-edit")
    files, _ = take_files(f)
    if files:
        for file in files:
            command.flag("filename", file)
        where(f)
        _end(f, "edit")
        return command
    where(f, kind_ok=True)
    selector = take_selector(f, loose=True)
    objects = take_objects(f, default="deployments")
    if objects is None or not objects.kinds or bool(objects.pairs) == bool(selector):
        return None
    if objects.every:
        return None
    command.args = objects.spaced()
    if selector:
        command.flag("selector", ",".join(selector))
    f.take_all("act", "edit")
    f.take_all("o-edit")
    tidy(f)
    return command


INTENTS = guarded(
    Intent("last applied", ("lastapplied",), last_applied, rank=62, reads=True),
    Intent("diff", ("diff", "difflive:vs"), diff, rank=56, reads=True),
    Intent("replace", ("replace",), replace, rank=55),
    Intent("apply", (), apply, rank=53),
    Intent("edit", ("edit",), edit, rank=46),
)
