"""Arguments with a form: the names of what is created, ports, files, shells, verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kai.kubectl.distance import nearest
from kai.kubectl.invocation import Invocation
from kai.kubectl.words import Word
from kai.model import Finding, Level
from kai.validators import amounts, names
from kai.validators.faults import Fault, finding, in_word, is_mark, reads_cleanly
from kai.validators.placeholders import is_open

_SHELLS = ("bash", "zsh", "fish", "powershell")
#: Verbs of roles and of `auth can-i` (source: cmd/create/create_role.go, cmd/auth/cani.go).
_VERBS = (
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "proxy",
    "approve",
    "sign",
    "attest",
    "post",
    "put",
    "head",
    "options",
    "*",
)
_NAMES: dict[str, Callable[[str], Fault | None]] = {
    "namespace": names.namespace_name,
    "service": names.service_name,
    "role": names.path_name,
    "clusterrole": names.path_name,
    "rolebinding": names.path_name,
    "clusterrolebinding": names.path_name,
}


def argument_faults(call: Invocation) -> Iterator[Finding]:
    """K220, K231, K235 and K243 for the arguments of commands that give them a form."""
    path = call.path
    if not reads_cleanly(call):
        return
    if path[:1] == ("create",) and len(path) > 1:
        check = _NAMES.get(path[1], names.object_name)
        for word in call.args[:1]:
            yield from _judged(call, word, check, "K231")
    elif path == ("run",):
        for word in call.args[:1]:
            yield from _judged(call, word, names.object_name, "K231")
    elif path == ("port-forward",):
        for word in call.args[1:]:
            yield from _judged(call, word, amounts.forwarded_port, "K235")
    elif path == ("cp",) and len(call.args) == 2:
        yield from _copied(call, *call.args)
    elif path == ("completion",) and call.args:
        word = call.args[0]
        if word.value not in _SHELLS:
            guess = nearest(word.value, _SHELLS)
            message = f"there is no completion for '{word.value}'; there are {', '.join(_SHELLS)}"
            yield finding("K220", message, word.start, word.end, guess)
    elif path == ("auth", "can-i") and call.args:
        word = call.args[0]
        if word.value not in _VERBS and not is_mark(call, word.value):
            guess = nearest(word.value, _VERBS)
            message = f"'{word.value}' is no verb of the API, such as get, list or delete"
            yield finding("K220", message, word.start, word.end, guess, Level.WARNING)


def _judged(
    call: Invocation, word: Word, check: Callable[[str], Fault | None], code: str
) -> Iterator[Finding]:
    if is_mark(call, word.value) or is_open(word.value):
        return
    fault = check(word.value)
    if fault is not None:
        yield in_word(code, fault, word)


def _copied(call: Invocation, source: Word, destination: Word) -> Iterator[Finding]:
    """[[NAMESPACE/]POD:]PATH: one of both is in a pod, the other one here."""
    if is_mark(call, source.value) or is_mark(call, destination.value):
        return
    for word in (source, destination):
        pod, colon, path = word.value.partition(":")
        if colon and (not pod or pod.count("/") > 1 or not path):
            message = f"'{word.value}' is not [NAMESPACE/]POD:/path"
            yield finding("K243", message, word.start, word.end)
            return
    remote = [":" in word.value for word in (source, destination)]
    if all(remote):
        message = "kubectl copies from a pod or into one, not between pods"
        yield finding("K243", message, destination.start, destination.end)
    elif not any(remote):
        message = "one side must be in a pod: POD:/path"
        yield finding("K243", message, source.start, destination.end)
