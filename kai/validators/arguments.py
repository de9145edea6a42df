"""Whether a command has as many arguments as it takes (`kai.kubectl.needs`)."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.needs import BUILT, COUNTS, FILES, NO_ARGUMENTS
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.targets import before_pairs
from kai.model import Finding, Level
from kai.validators.faults import finding, reads_cleanly
from kai.validators.objects import missing_target, targets_of

#: Commands whose words behind `--` count as arguments too.
_DASH_COUNTS = frozenset((("config", "use-context"), ("explain",), ("logs",), ("cp",)))
#: Without arguments there is nothing to do, and kubectl says so.
_NEEDS_CHANGE = {
    ("label",): ("a label: KEY=VALUE, or KEY- to remove it", ("list",)),
    ("annotate",): ("an annotation: KEY=VALUE, or KEY- to remove it", ("list",)),
    ("set", "image"): ("an image: CONTAINER=IMAGE", ()),
}


def check_arguments(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K210 and K211: too few and too many arguments."""
    path = call.path
    if not reads_cleanly(call) or call.flag("help") is not None:
        return
    if not call.via:
        yield from _missing(call)
    count = COUNTS.get(path)
    if path == ("auth", "can-i") and call.boolean("list"):
        count = NO_ARGUMENTS
    elif path[:1] == ("create",) and path != ("create",) and call.command.runnable:
        yield from _one_name(call)
        return
    elif path == ("config", "set-context") and call.boolean("current"):
        yield from _current_and_name(call)
        return
    if count is None:
        return
    given = len(call.args)
    if path in _DASH_COUNTS:
        given += len(call.after_dash or ())
    instead = any(call.flag(name) is not None for name in count.instead)
    if given < count.least and not instead and not call.via and not _raw(call):
        yield missing_target(call, count.what)
    elif given > count.most and len(call.args) > count.most:
        extra = call.args[count.most]
        message = _too_many(call, count.most)
        yield finding("K211", message, extra.start, call.args[-1].end)


def _raw(call: Invocation) -> bool:
    return call.flag("raw") is not None


def _too_many(call: Invocation, most: int) -> str:
    name = "kubectl " + " ".join(call.path)
    if most == 0:
        return f"{name} takes no arguments; delete this"
    return f"{name} takes {most} argument{'s' if most > 1 else ''}; delete what is too much"


def _one_name(call: Invocation) -> Iterator[Finding]:
    if len(call.args) > 1:
        extra, last = call.args[1], call.args[-1]
        message = f"kubectl {' '.join(call.path)} takes one name"
        if call.path[1] in ("job", "cronjob", "deployment"):
            message += "; put -- before the command to run"
        yield finding("K211", message, extra.start, last.end)
    elif not call.args and not call.via:
        yield missing_target(call, "give a name for what is created")


def _current_and_name(call: Invocation) -> Iterator[Finding]:
    if call.args:
        message = "kubectl takes either a context's name or --current; delete one of them"
        yield finding("K213", message, call.args[0].start, call.args[-1].end)


def _missing(call: Invocation) -> Iterator[Finding]:
    """Commands about objects: none is named, or nothing is to be changed on them."""
    path = call.path
    if path == ("taint",):
        yield from _taint(call)
        return
    if path not in BUILT or _raw(call):
        return
    files = any(call.flag(name) is not None for name in FILES)
    if not files and not call.args:
        yield missing_target(call, "say which objects: a kind and a name, or a file (-f)")
        return
    if path not in _NEEDS_CHANGE:
        return
    what, instead = _NEEDS_CHANGE[path]
    targets = targets_of(call)
    if len(targets) == len(call.args) and not any(call.boolean(name) for name in instead):
        yield missing_target(call, f"give {what}")


def _taint(call: Invocation) -> Iterator[Finding]:
    targets = before_pairs(call.args, taint=True)
    everything = call.boolean("all") or bool(call.value("selector"))
    if len(targets) == len(call.args):
        yield missing_target(call, "give a taint: KEY=VALUE:EFFECT, or KEY- to remove it")
    elif not targets or (len(targets) == 1 and not everything):
        yield missing_target(call, "say which node: node NAME, -l SELECTOR or --all")
    elif targets[0].value.lower() not in ("node", "nodes", "no"):
        word = targets[0]
        message = f"only nodes can be tainted; write: taint nodes {word.value} ..."
        level = Level.ERROR
        yield finding("K210", message, word.start, word.end, level=level)
