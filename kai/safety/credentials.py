"""Secrets: their names are harmless, what they hold is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kai.model import Tier
from kai.safety.call import Call, Ruling

_TABLES = frozenset(("", "name", "wide"))
_ITEMS = r"(?:\.items\[(?:\*|\d+|-1|-1:)?\])?"
_HARMLESS = re.compile(
    rf"\{{?{_ITEMS}\.?(?:type|kind|apiVersion|immutable"
    r"|metadata\.(?:name|namespace|uid|creationTimestamp|resourceVersion"
    r"|labels(?:[.\[][^{}]*)?|ownerReferences\[[*\d]+\]\.(?:name|kind)))\}?"
)


def secrets(call: Call) -> Iterator[Ruling]:
    """Reading a secret in a form that prints its data is a matter of confirming."""
    if call.path not in (("get",), ("apply", "view-last-applied")):
        return
    unread = bool(call.files)
    if not (unread or any(_holds_secrets(kind) for kind in call.resources)):
        return
    form = call.invocation.value("output")
    template = call.invocation.value("template")
    if call.path == ("get",) and not template and (form or "") in _TABLES:
        return
    if not template and form is not None and _only_metadata(form):
        return
    what = "what the file names, perhaps secrets" if unread else "what secrets hold"
    yield call.ruling("K420", Tier.WRITE, f"prints {what}", "output")


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
