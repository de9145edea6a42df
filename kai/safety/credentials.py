"""Secrets: their names are harmless, what they hold is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai.kubectl.govalues import go_int
from kai.kubectl.invocation import Filter
from kai.model import Tier
from kai.safety.call import Call, Ruling

_TABLES = frozenset(("", "name", "wide"))
_READERS = frozenset((("get",), ("apply", "view-last-applied")))
_NO_OBJECTS = frozenset((("explain",), ("auth",)))
"""Commands that name a kind and print no object of it."""
_BODIES = 8
"""Verbosity from which answers are logged (source: k8s.io/client-go/rest, debugging round tripper)."""
_ITEMS = r"(?:\.items\[(?:\*|\d+|-1|-1:)?\])?"
_HARMLESS = re.compile(
    rf"\{{?{_ITEMS}\.?(?:type|kind|apiVersion|immutable"
    r"|status(?:[.\[][^{}]*)?"
    r"|metadata\.(?:name|namespace|uid|creationTimestamp|resourceVersion"
    r"|labels(?:[.\[][^{}]*)?|ownerReferences\[[*\d]+\]\.(?:name|kind)))\}?"
)


def secrets(call: Call) -> Iterator[Ruling]:
    """Printing a secret in a form that shows its data is a matter of confirming."""
    holds = any(_holds_secrets(kind) for kind in call.resources)
    unread = bool(call.files) and call.path in _READERS
    if call.path[:1] in _NO_OBJECTS:
        return
    fetched = holds or bool(call.files) or "serviceaccounts" in call.resources
    if fetched and _prints_bodies(call):
        message = "prints every answer whole, perhaps with what secrets hold"
        yield call.ruling("K420", Tier.WRITE, message, "v")
    if not (unread or holds):
        return
    form = call.invocation.value("output")
    template = call.invocation.value("template")
    printed = call.path == ("apply", "view-last-applied")
    if not printed and not template and (form or "") in _TABLES:
        return
    if not template and form is not None and (_only_metadata(form) or _only_names(call, form)):
        return
    what = "what secrets hold" if holds else "what the file names, perhaps secrets"
    yield call.ruling("K420", Tier.WRITE, f"prints {what}", "output")


def pruned(call: Call) -> Iterator[Ruling]:
    """`apply --prune` prints what it would delete in the form that is asked for, secrets too."""
    if call.path != ("apply",) or not call.on("prune"):
        return
    form = call.invocation.value("output") or ""
    if call.invocation.value("template") or (form not in _TABLES and not _only_metadata(form)):
        message = "prints what would be pruned whole, secrets too"
        yield call.ruling("K420", Tier.WRITE, message, "output")


_NAMES = re.compile(
    r"\s*(?:\.items\s*\|\s*length|(?:\.items\[\]\s*\|?\s*)?"
    r"(?:\.metadata\.(?:name|namespace)|\.type|\.data\s*\|\s*keys))\s*"
)


def _only_names(call: Call, form: str) -> bool:
    """Whether all that comes out of the JSON behind the next stage is names, keys, types or a count."""
    behind = call.pipeline.stages[call.index + 1 : call.index + 2]
    if form != "json" or not behind or not isinstance(behind[0], Filter):
        return False
    words = [word.value for word in behind[0].words if word.value not in ("-r", "--raw-output")]
    return len(words) == 2 and words[0] == "jq" and bool(_NAMES.fullmatch(words[1]))


def _prints_bodies(call: Call) -> bool:
    """Whether kubectl logs the bodies of what it receives: from verbosity 8 on."""
    verbosity = call.invocation.value("v")
    if call.invocation.value("vmodule"):
        return True
    if verbosity is None or call.verb == "kustomize":
        return False
    number = go_int(verbosity)
    return number is None or number >= _BODIES


def _holds_secrets(kind: str) -> bool:
    return kind == "secrets" or kind.partition(".")[0] in ("secrets", "secret")


def _only_metadata(form: str) -> bool:
    """Whether columns or JSONPath ask for names and the like, and for no data."""
    name, _, body = form.partition("=")
    if name == "custom-columns":
        return bool(body) and all(
            _HARMLESS.fullmatch(column.partition(":")[2]) for column in body.split(",")
        )
    if name == "jsonpath":
        inside = re.findall(r"\{([^{}]*)\}", body)
        return bool(inside) and all(
            part in ("range .items[*]", "end")
            or part[:1] in ("'", '"')
            or _HARMLESS.fullmatch(part)
            for part in inside
        )
    return False


_CHANGING_CONFIG = re.compile(r"users\..*(?:exec|auth-provider)|clusters\..*(?:insecure|proxy-url)")


def kubeconfig(call: Call) -> Iterator[Ruling]:
    """`config set users.x.exec...` makes every later command run a program."""
    if call.path != ("config", "set"):
        return
    for word in call.invocation.args[:1]:
        if _CHANGING_CONFIG.search(word.value):
            message = "changes how every later command logs in, or whom it trusts"
            yield Ruling("K417", Tier.DESTRUCTIVE, message, word.start, word.end)
