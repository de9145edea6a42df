"""Values with a form of their own: literals, labels, rules, conditions, patches.

Sources: the commands in k8s.io/kubectl/pkg/cmd (create, run, wait, patch) and pkg/generate.
"""

from __future__ import annotations

import re

from kai.model import Level
from kai.validators import jsonpath, names
from kai.validators.faults import Fault

_LOOSE_RULE = re.compile(r"[^=]+=[^:=,]+:[^:=,]+(?:,.*)?")
_BACKEND = re.compile(r"[^:]+:[^:]+")
_OPERATIONS = frozenset(("add", "remove", "replace", "move", "copy", "test"))
_PAIRS = {"}": "{", "]": "["}


def literal(text: str) -> Fault | None:
    """`key=value` for a ConfigMap or a Secret."""
    key, equals, _ = text.partition("=")
    if not equals or not key:
        return Fault(f"'{text}' is not KEY=VALUE")
    return names.config_key(key)


def key_value(text: str) -> Fault | None:
    """`key=value` with any key; KEY- removes one where that means something."""
    key, equals, _ = text.partition("=")
    if (equals and key) or (text.endswith("-") and len(text) > 1):
        return None
    return Fault(f"'{text}' is not KEY=VALUE")


def url_path(text: str) -> Fault | None:
    """`/metrics`, or several with commas between them."""
    if all(part == "*" or part.startswith("/") for part in text.split(",")):
        return None
    return Fault("the path of a URL begins with '/'")


def variable(text: str) -> Fault | None:
    """`NAME=value` for a container."""
    name, equals, _ = text.partition("=")
    if not equals or not name:
        return Fault(f"'{text}' is not NAME=VALUE")
    return names.env_name(name)


def labels(text: str) -> Fault | None:
    """`app=web,tier=db`, as run and expose take it."""
    start = 0
    for part in text.split(","):
        key, equals, value = part.partition("=")
        fault: Fault | None = None
        if not equals or not key or "=" in value:
            fault = Fault(f"'{part}' is not KEY=VALUE", 0, len(part))
        else:
            fault = names.label_key(key)
            if fault is None and (found := names.label_value(value)) is not None:
                fault = Fault(found.message, len(key) + 1, len(part))
        if fault is not None:
            end = len(part) if fault.end is None else fault.end
            first = min(start + fault.start, max(len(text) - 1, 0))
            return Fault(fault.message, first, max(start + end, first + 1))
        start += len(part) + 1
    return None


def images(text: str) -> Fault | None:
    """One image, or several with commas between them."""
    start = 0
    for part in text.split(","):
        fault = names.image_to_store(part)
        if fault is not None:
            return Fault(fault.message, start, start + len(part), fault.new, fault.level)
        start += len(part) + 1
    return None


def container_images(text: str) -> Fault | None:
    """`web=nginx:1.27,*=busybox`, as debug --set-image takes it."""
    start = 0
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name:
            return Fault(f"'{part}' is not CONTAINER=IMAGE", start, start + len(part))
        fault = names.image(value)
        if fault is not None:
            at = start + len(name) + 1
            return Fault(fault.message, at, at + len(value), fault.new)
        start += len(part) + 1
    return None


def kind_and_name(text: str) -> Fault | None:
    """`pod/web`."""
    kind, slash, name = text.partition("/")
    if slash and kind and name and "/" not in name:
        return None
    return Fault(f"'{text}' is not KIND/NAME")


def account(text: str) -> Fault | None:
    """`namespace:name` of a service account."""
    namespace, colon, name = text.partition(":")
    if colon and namespace and name and ":" not in name:
        return None
    return Fault(f"'{text}' is no service account; write NAMESPACE:NAME")


def ingress_rule(text: str) -> Fault | None:
    """`host/path=service:port[,tls[=secret]]`."""
    if _LOOSE_RULE.fullmatch(text) and "/" in text.partition("=")[0]:
        return None
    return Fault(f"'{text}' is no rule; write HOST/PATH=SERVICE:PORT")


def backend(text: str) -> Fault | None:
    """`service:port`."""
    return None if _BACKEND.fullmatch(text) else Fault(f"'{text}' is not SERVICE:PORT")


def condition(text: str) -> Fault | None:
    """What wait --for takes: condition=NAME[=VALUE], jsonpath={...}[=VALUE], delete, create."""
    if text.lower() in ("delete", "create"):
        return None
    kind, equals, rest = text.partition("=")
    if kind == "condition":
        if rest:
            return None
        return Fault("say which condition: condition=Ready", 0, None, None, Level.WARNING)
    if kind == "jsonpath" and rest:
        return _waited_path(rest, len(kind) + 1)
    if kind.lower() in ("deleted", "deletion") and not equals:
        return Fault("write --for=delete", 0, None, "delete")
    if not equals and text.lower() in ("ready", "available", "complete", "completed", "failed"):
        name = "Complete" if text.lower() == "completed" else text.capitalize()
        return Fault(f"write --for=condition={name}", 0, None, f"condition={name}")
    if not equals and text.lower() == "running":
        return Fault("write --for=jsonpath='{.status.phase}'=Running, or condition=Ready")
    return Fault("write condition=NAME, jsonpath={.path}=VALUE, delete or create")


def _waited_path(text: str, offset: int) -> Fault | None:
    """The path and the value are divided at the last '=' that stands in no filter."""
    path, value = _divided(text)
    if value is not None and not value.strip("'\""):
        message = "give a value behind the '=', or leave the '=' out"
        return Fault(message, offset, offset + len(text))
    path = path.strip("'\"") if path[:1] in "'\"" else path
    fault = jsonpath.relaxed(path)
    if fault is None:
        return None
    return Fault(fault.message, offset, offset + len(text))


def _divided(text: str) -> tuple[str, str | None]:
    depth, at = 0, -1
    for index, char in enumerate(text):
        if char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
        elif char == "=" and depth <= 0:
            at = index
            break
    return (text, None) if at < 0 else (text[:at], text[at + 1 :])


def patch(text: str) -> Fault | None:
    """A patch in JSON or YAML: its brackets and quotes must close (the rest is the server's)."""
    open_brackets: list[tuple[str, int]] = []
    quote, start = "", 0
    index, size = 0, len(text)
    if text[:1] not in ("{", "["):
        return None
    while index < size:
        char = text[index]
        if quote:
            if char == "\\" and quote == '"':
                index += 1
            elif char == quote:
                quote = ""
        elif char in "\"'" and (index == 0 or text[index - 1] in " {[:,"):
            quote, start = char, index
        elif char in "{[":
            open_brackets.append((char, index))
        elif char in "}]":
            if not open_brackets or open_brackets[-1][0] != _PAIRS[char]:
                return Fault(f"'{char}' closes nothing in this patch", index, index + 1)
            open_brackets.pop()
        index += 1
    if quote:
        return Fault("this quote is never closed in the patch", start, start + 1)
    if open_brackets:
        bracket, at = open_brackets[-1]
        return Fault(f"'{bracket}' is never closed in this patch", at, at + 1)
    return None


def patch_of_type(text: str, kind: str) -> Fault | None:
    """A JSON patch is a list of operations, every other one an object."""
    if patch(text) is not None:
        return None
    first = text.lstrip()[:1]
    if kind == "json" and first == "{":
        return Fault('with --type=json a patch is a list: [{"op": ...}]')
    if kind != "json" and first == "[":
        return Fault("a list of operations needs --type=json")
    if kind == "json" and first == "[":
        return _operations(text)
    return None


def _operations(text: str) -> Fault | None:
    import json

    try:
        operations = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for operation in operations:
        if not isinstance(operation, dict):
            return Fault("each operation is an object with op, path and value")
        op, path = operation.get("op"), operation.get("path")
        if op not in _OPERATIONS:
            return Fault(f"there is no operation '{op}'; there are add, remove, replace, test")
        if not isinstance(path, str) or (path and not path.startswith("/")):
            return Fault("the path of an operation begins with '/': /spec/replicas")
        if op in ("add", "replace", "test") and "value" not in operation:
            return Fault(f"the operation '{op}' needs a value")
    return None
