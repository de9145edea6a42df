"""What -o may say: the format, and the template behind it.

Source: k8s.io/cli-runtime/pkg/genericclioptions (PrintFlags) and kubectl's own get, api-resources,
version, delete and config commands.
"""

from __future__ import annotations

from kai.kubectl.distance import nearest
from kai.kubectl.invocation import Invocation
from kai.model import Level
from kai.validators import jsonpath
from kai.validators.faults import Fault

_JSONPATHS = ("jsonpath", "jsonpath-as-json")
_TEMPLATES = ("go-template", "template")
_FILES = ("go-template-file", "templatefile", "jsonpath-file", "custom-columns-file")
_WITH_TEMPLATE = (*_JSONPATHS, *_TEMPLATES, *_FILES, "custom-columns")
_ANY_CASE = frozenset(("json", "yaml", "name", "kyaml"))
_OPENS = frozenset(("range", "if", "with", "block", "define"))

Coded = tuple[str, Fault]


def output(call: Invocation, text: str, choices: tuple[str, ...]) -> Coded | None:
    """K227 to K230 for the value of -o; `choices` are the formats of the command."""
    if not text or not choices:
        return None
    name, equals, rest = text.partition("=")
    if text in choices and (text not in _WITH_TEMPLATE):
        return None
    if text.lower() in choices and text.lower() in _ANY_CASE:
        return None
    if name in choices and name in _WITH_TEMPLATE:
        return _with_template(call, name, equals, rest)
    shown = ", ".join(name for name in choices if name not in ("template", "templatefile"))
    guess = nearest(name, choices)
    if guess is None and name in choices:
        guess = name
    new = None
    if guess is not None and (guess in _WITH_TEMPLATE) == bool(equals):
        new = guess + equals + rest
    elif guess is not None and not equals:
        guess = None
    elif guess is not None and name == guess:
        new = guess
    hint = f"did you mean {guess}?" if guess else f"there are {shown}"
    return "K230", Fault(f"kubectl has no output '{name}' here; {hint}", 0, None, new)


def _with_template(call: Invocation, name: str, equals: str, rest: str) -> Coded | None:
    if not equals or not rest:
        if not name.startswith("custom-columns") and call.value("template"):
            return None
        example = {
            "custom-columns": "custom-columns=NAME:.metadata.name",
            "jsonpath": "'-o=jsonpath={.metadata.name}'",
        }.get(name, f"{name}=...")
        return "K230", Fault(f"{name} needs what to print: {example}")
    offset = len(name) + 1
    if name in _JSONPATHS:
        return _shifted("K227", jsonpath_output(rest), offset)
    if name in _TEMPLATES:
        return _shifted("K229", go_template(rest), offset)
    if name == "custom-columns":
        return _shifted("K228", columns(rest), offset)
    return None


def _shifted(code: str, fault: Fault | None, offset: int) -> Coded | None:
    if fault is None:
        return None
    end = None if fault.end is None else fault.end + offset
    return code, Fault(fault.message, fault.start + offset, end, fault.new, fault.level)


def jsonpath_output(text: str) -> Fault | None:
    """A JSONPath behind -o; without braces kubectl prints the text itself."""
    fault = jsonpath.template(text)
    if fault is None and "{" not in text:
        message = "without braces this text itself is printed; write {.metadata.name}"
        return Fault(message, 0, None, None, Level.WARNING)
    return fault


def columns(text: str) -> Fault | None:
    """`NAME:.metadata.name,NODE:.spec.nodeName`."""
    start = 0
    for part in text.split(","):
        head, colon, path = part.partition(":")
        if not colon:
            message = f"'{part}' is no column; write HEADER:.path (no commas within a path)"
            return Fault(message, min(start, len(text) - 1), max(start + len(part), 1))
        fault = jsonpath.relaxed(path)
        if fault is not None:
            at = start + len(head) + 1
            end = len(path) if fault.end is None else fault.end
            return Fault(fault.message, at + fault.start, at + end)
        start += len(part) + 1
    return None


def go_template(text: str) -> Fault | None:
    """Whether a Go template's braces close and its blocks end; what is inside is not judged."""
    depth, at = 0, 0
    while True:
        start = text.find("{{", at)
        if start < 0:
            break
        end = text.find("}}", start)
        if end < 0:
            return Fault("'{{' is never closed", start)
        body = text[start + 2 : end].strip().lstrip("-").strip()
        word = body.split(None, 1)[0] if body else ""
        if not body:
            return Fault("there is nothing between these braces", start, end + 2)
        if word in _OPENS:
            depth += 1
        elif word == "end":
            depth -= 1
            if depth < 0:
                return Fault("there is nothing to end here", start, end + 2)
        at = end + 2
    if depth:
        return Fault("a block is never closed; put {{end}} behind it")
    return None
