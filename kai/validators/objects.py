"""How a command says which objects it is about: names, TYPE/NAME, selectors, --all, files.

Source: k8s.io/cli-runtime resource.Builder (hasCombinedTypeArgs, splitResourceTypeName,
visitBySelector, visitByName, visitByPaths) and the commands that call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kai.kubectl.invocation import Flag, Invocation
from kai.kubectl.needs import BUILT, FILES
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.targets import before_pairs
from kai.kubectl.words import Word
from kai.model import Finding, Level
from kai.validators.faults import at_command, finding, is_mark, reads_cleanly

_WITH_PAIRS = frozenset((("label",), ("annotate",), ("set", "image"), ("set", "env")))
_WITH_LAST = frozenset((("set", "selector"), ("set", "serviceaccount")))
#: Commands whose names are of one kind and go with no selector.
_NAMES_ONLY = frozenset(
    (("logs",), ("top", "pod"), ("top", "node"), ("drain",), ("cordon",), ("uncordon",))
)
#: Commands that refuse --all with names; the others pass it by where names stand.
_ALL_SELECTS = frozenset((("delete",), ("apply", "view-last-applied")))


def targets_of(call: Invocation) -> Sequence[Word]:
    """The arguments that say which objects are meant, without what is to be changed on them."""
    if call.path in _WITH_PAIRS:
        return before_pairs(call.args)
    if call.path in _WITH_LAST:
        return call.args[:-1]
    return call.args


def check_objects(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K207 to K210: objects that are named in a way that kubectl refuses."""
    if not reads_cleanly(call):
        return
    yield from _two_selections(call)
    if call.path in _NAMES_ONLY:
        yield from _name_and_selector(call, call.args, call.flag("selector"))
        return
    if call.path not in BUILT or call.via:
        return
    words = targets_of(call)
    if _is_local(call) or call.flag("raw"):
        return
    malformed = tuple(_malformed(words, call))
    yield from malformed
    if malformed:
        return
    files = next((flag for name in FILES if (flag := call.flag(name))), None)
    if files is not None:
        if words:
            message = "kubectl takes either a file or a kind and names, not both; delete one"
            yield finding("K208", message, words[0].start, words[-1].end)
        return
    selector = _selector(call)
    if selector is not None and _named(words):
        yield from _name_and_selector(call, words, selector)
    elif selector is None and len(words) == 1 and "/" not in words[0].value:
        yield from _type_alone(call, words[0])


def _is_local(call: Invocation) -> bool:
    return call.boolean("local")


def _selector(call: Invocation) -> Flag | None:
    if call.path == ("expose",):
        return None  # there it is the selector of the new service
    for name in ("selector", "field-selector"):
        flag = call.flag(name)
        if flag is not None and flag.value:
            return flag
    if call.path in _ALL_SELECTS and call.boolean("all"):
        return call.flag("all")
    return None


def _named(words: Sequence[Word]) -> bool:
    return len(words) > 1 or any("/" in word.value for word in words)


def _name_and_selector(
    call: Invocation, words: Sequence[Word], selector: Flag | None
) -> Iterator[Finding]:
    if selector is None or not words or selector.value == "":
        return
    message = f"kubectl takes either names or {selector.spelled}, not both; delete one of them"
    yield finding("K208", message, selector.start, selector.end)


def _two_selections(call: Invocation) -> Iterator[Finding]:
    if not call.boolean("all") or call.path == ("wait",):
        return
    for name in ("selector", "field-selector"):
        flag = call.flag(name)
        if flag is not None and flag.value and call.command.flag("all") is not None:
            message = f"--all and --{name} exclude each other; delete one of them"
            yield finding("K209", message, flag.start, flag.end)


def _type_alone(call: Invocation, word: Word) -> Iterator[Finding]:
    if BUILT[call.path] or call.boolean("all"):
        return
    what = word.value
    message = f"which {what}? give a name"
    if call.command.flag("selector") is not None:
        message += ", a selector (-l)"
    if call.command.flag("all") is not None:
        message += " or --all"
    yield finding("K210", message, word.start, word.end)


def _malformed(words: Sequence[Word], call: Invocation) -> Iterator[Finding]:
    if len(words) > 1 and "/" not in words[0].value and len(_types(words[0].value)) > 1:
        # `get pods,services web` stands for pods/web services/web.
        slashed = [word for word in words[1:] if "/" in word.value]
        for word in slashed:
            message = "after several kinds only plain names can stand"
            yield finding("K207", message, word.start, word.end)
        return
    slashed = [word for word in words if "/" in word.value]
    if not slashed:
        return
    if len(slashed) < len(words):
        odd = next(word for word in words if "/" not in word.value)
        message = "write either KIND NAME... or KIND/NAME for every object; the forms do not mix"
        yield finding("K207", message, odd.start, odd.end)
        return
    for word in slashed:
        parts = word.value.split("/")
        if is_mark(call, word.value):
            continue
        if len(parts) != 2:
            message = "KIND/NAME has one slash only"
        elif not all(parts):
            message = "KIND/NAME needs a kind before the slash and a name behind it"
        elif len(_types(parts[0])) != 1:
            message = "KIND/NAME is for one kind; name each object on its own"
        else:
            continue
        yield finding("K207", message, word.start, word.end)


def _types(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def missing_target(call: Invocation, what: str) -> Finding:
    """K210 at the command: an argument is missing."""
    start, end = at_command(call)
    return Finding("K210", Level.ERROR, what, start, end)
