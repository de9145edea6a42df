"""Where a command takes its content from, and what of this machine it touches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai.kubectl.invocation import Filter, Invocation
from kai.model import Tier
from kai.safety.call import Call, Ruling, is_stdin

_HOST = re.compile(r"(?:git::|[\w.-]+@|[a-z0-9.-]*\.[a-z]{2,}[/:])", re.IGNORECASE)
_ASKED = r"(?:verbose|exclude)(?:=[a-z0-9/_-]*)?"
_PROBES = re.compile(rf"/(?:healthz|readyz|livez)(?:/[a-z0-9/_-]*)?(?:\?{_ASKED}(?:&{_ASKED})*)?")
_PLAIN_RAW = frozenset(("/version", "/metrics"))


def is_remote(source: str, *, folder: bool) -> bool:
    """Whether a file, or with `folder` a folder for kustomize, is fetched over the network."""
    if "://" in source:
        return True
    if not folder or source.startswith((".", "/", "~")):
        return False
    return bool(_HOST.match(source)) or "?ref=" in source


def sources(call: Call) -> Iterator[Ruling]:
    """Remote manifests and bare standard input are nothing kai writes; files are not read here."""
    folders = set(call.invocation.values("kustomize"))
    for source in call.files:
        folder = call.verb == "kustomize" or any(source in value for value in folders)
        flag = "kustomize" if folder else "filename"
        if is_remote(source, folder=folder):
            message = "takes its content from the network: nobody knows what it will be"
            yield call.ruling("K413", _unread(call), message, flag)
        elif not folder and is_stdin(source):
            yield from _stdin(call)
        elif call.verb in ("apply", "create", "replace") and not call.dry:
            yield call.ruling("K415", Tier.WRITE, "the file's content is not read here", flag)
    patch = call.invocation.value("patch-file")
    if patch is not None and is_stdin(patch):
        message = "takes its patch from the standard input: nobody knows what it will be"
        yield call.ruling("K414", _unread(call, Tier.DESTRUCTIVE), message, "patch-file")
    elif patch is not None and not call.dry:
        message = "the patch stands in a file that is not read here"
        yield call.ruling("K415", Tier.DESTRUCTIVE, message, "patch-file")


def _unread(call: Call, typed: Tier = Tier.WRITE) -> Tier:
    return Tier.FORBIDDEN if call.drafted else typed


def _stdin(call: Call) -> Iterator[Ruling]:
    if call.source is not None:
        message = "takes what the dry-run before it prints"
        tier = Tier.READ if call.dry or call.verb == "diff" else Tier.WRITE
        yield call.ruling("K415", tier, message, "filename")
        return
    message = "takes its content from the standard input: nobody knows what it will be"
    yield call.ruling("K414", _unread(call), message, "filename")


def raw(call: Call) -> Iterator[Ruling]:
    """`get --raw` reads any path of the API, secrets too; only the probes are known to be harmless."""
    path = call.invocation.value("raw") if call.path == ("get",) else None
    if path is None or path in _PLAIN_RAW or _PROBES.fullmatch(path):
        return
    message = (
        "reads a path of the API itself: only /healthz, /readyz, /livez, /version and /metrics"
    )
    yield call.ruling("K416", _unread(call), message, "raw")


_WAYS_IN = frozenset(("exec", "attach", "portforward", "proxy"))
"""Sub-resources that reach into a pod or a node; kubectl takes any from 1.31 on (measured)."""


def subresource(call: Call) -> Iterator[Ruling]:
    """`get pod x --subresource=proxy` is a request to the pod itself, not to the API."""
    if call.invocation.value("subresource") in _WAYS_IN and call.path != ("auth", "can-i"):
        yield call.ruling("K403", Tier.WRITE, "reaches into the pod or the node", "subresource")


def piped_arguments(call: Call) -> Iterator[Ruling]:
    """xargs hands on what the stage before prints: only names cannot be flags."""
    if not call.invocation.via:
        return
    before = call.pipeline.stages[0]
    if not call.invocation.command.runnable or not call.path:
        yield call.ruling("K419", Tier.DESTRUCTIVE, "what xargs adds says what is done")
        return
    if isinstance(before, Invocation) and _prints_names(before):
        return
    message = "what xargs adds may be more than names"
    yield call.ruling("K419", Tier.WRITE, message)


_NAME_PATHS = re.compile(
    r"(?:\.items\[(?:\*|\d+)\]|\.|@)?\.?(?:metadata\.(?:name|namespace|uid)|spec\.nodeName|kind)"
)


def _prints_names(before: Invocation) -> bool:
    if before.path != ("get",):
        return before.path == ("api-resources",) and before.value("output") == "name"
    form = before.value("template") or before.value("output") or ""
    if form in ("", "name", "wide"):
        return not before.values("label-columns") and before.value("show-labels") is None
    body = form.partition("=")[2]
    if form.startswith("custom-columns="):
        return all(_NAME_PATHS.fullmatch(column.partition(":")[2]) for column in body.split(","))
    if form.startswith("jsonpath="):
        inside = re.findall(r"\{([^}]*)\}", body)
        return all(
            part in ("range .items[*]", "end") or part[:1] in "\"'" or _NAME_PATHS.fullmatch(part)
            for part in inside
        )
    return False


def decoded(call: Call) -> Iterator[Ruling]:
    """A pipe into `base64 -d` prints what was encoded, which is what credentials are."""
    for stage in call.pipeline.stages[call.index + 1 :]:
        if isinstance(stage, Filter) and stage.program == "base64":
            options = [word.value for word in stage.words[1:]]
            if any(option.lstrip("-").lower() in ("d", "decode") for option in options):
                yield Ruling("K420", Tier.WRITE, "prints what was encoded", stage.start, stage.end)
