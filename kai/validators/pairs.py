"""What label, annotate, taint and set change: KEY=VALUE, KEY-, CONTAINER=IMAGE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.kubectl.targets import before_pairs
from kai.kubectl.words import Word
from kai.model import Finding
from kai.validators.faults import Fault, finding, in_word, is_mark, reads_cleanly
from kai.validators.names import (
    annotation_key,
    env_name,
    image_to_store,
    label_key,
    label_value,
)
from kai.validators.selectors import label_selector

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def check_pairs(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K232 to K234: what is to be changed is not what kubectl reads."""
    if not reads_cleanly(call):
        return
    path = call.path
    if path in (("label",), ("annotate",), ("set", "image"), ("set", "env")):
        targets = before_pairs(call.args)
        changes = call.args[len(targets) :]
        yield from _after_pairs(changes)
        for word in changes:
            if not is_mark(call, word.value):
                yield from _pair(path, word)
        yield from _both(path, changes)
    elif path == ("taint",):
        targets = before_pairs(call.args, taint=True)
        for word in call.args[len(targets) :]:
            if not is_mark(call, word.value):
                yield from _taint(word)
    elif path == ("set", "selector") and len(call.args) > 1:
        fault = label_selector(call.args[-1].value)
        if fault is not None:
            yield in_word("K225", fault, call.args[-1])


def _after_pairs(changes: Sequence[Word]) -> Iterator[Finding]:
    for word in changes:
        if "=" not in word.value and not word.value.endswith("-"):
            message = f"'{word.value}' stands behind the changes; name all objects before them"
            yield finding("K232", message, word.start, word.end)
            return


def _both(path: tuple[str, ...], changes: Sequence[Word]) -> Iterator[Finding]:
    given = {word.value.partition("=")[0] for word in changes if "=" in word.value}
    for word in changes:
        if "=" not in word.value and word.value[:-1] in given:
            message = f"'{word.value[:-1]}' is set and removed at once; delete one of both"
            yield finding("K232", message, word.start, word.end)


def _pair(path: tuple[str, ...], word: Word) -> Iterator[Finding]:
    text = word.value
    key, equals, value = text.partition("=")
    if not equals:
        key = text[:-1] if text.endswith("-") else ""
        if not key:
            return
    fault: Fault | None = None
    code = "K232"
    if path == ("label",):
        fault = label_key(key)
        if fault is None and equals:
            fault = _shifted(label_value(value), len(key) + 1)
    elif path == ("annotate",):
        fault = annotation_key(key)
    elif path == ("set", "env"):
        fault = env_name(key) if equals else None
    elif equals and not value:
        fault, code = Fault("give an image: CONTAINER=IMAGE"), "K234"
    elif equals:
        fault, code = _shifted(image_to_store(value), len(key) + 1), "K234"
    else:
        fault, code = Fault("an image cannot be removed; write CONTAINER=IMAGE"), "K234"
    if fault is not None:
        yield in_word(code, fault, word)


def _shifted(fault: Fault | None, offset: int) -> Fault | None:
    if fault is None:
        return None
    end = None if fault.end is None else fault.end + offset
    return Fault(fault.message, fault.start + offset, end, fault.new, fault.level)


def _taint(word: Word) -> Iterator[Finding]:
    text = word.value
    removing = text.endswith("-")
    body = text.removesuffix("-")
    before, colon, effect = body.partition(":")
    key, equals, value = before.partition("=")
    fault: Fault | None = None
    if not colon and not removing:
        fault = Fault("a taint needs an effect: KEY=VALUE:NoSchedule")
    elif colon and effect not in _EFFECTS:
        near = {name.lower(): name for name in _EFFECTS}.get(effect.lower())
        at = len(before) + 1
        message = f"'{effect}' is no effect; there are {', '.join(_EFFECTS)}"
        fault = Fault(message, at, at + len(effect), near)
    elif "=" in value or (equals and not colon):
        fault = Fault("write KEY=VALUE:EFFECT, or KEY- to remove every taint of that key")
    else:
        fault = label_key(key) or _shifted(label_value(value), len(key) + 1)
    if fault is not None:
        yield in_word("K233", fault, word)
