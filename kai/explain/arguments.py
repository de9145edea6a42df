"""Arguments that are no kinds and names: changes, ports, files to copy, names of new things."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kai.explain.part import Part
from kai.explain.summary import by_value
from kai.explain.table import table

if TYPE_CHECKING:
    from kai.kubectl.grammar import Word
    from kai.kubectl.invocation import Invocation
    from kai.kubectl.resources import Catalogue


def argument(call: Invocation, word: Word, index: int, catalogue: Catalogue) -> Part | None:
    """The argument at `index` of those that are no resources; None where others say it all."""
    path = " ".join(call.path)
    if path == "explain":
        return _field(call, word, catalogue)
    if path == "auth can-i":
        return _right(word, index)
    teller = _TELLERS.get(path)
    text = teller(word.value) if teller else ""
    if path == "cp":
        text = _copied(word.value, index)
    text = text or _placed(path, word.value, index)
    return Part(word.start, word.end, "argument", text.strip())


def _placed(path: str, value: str, index: int) -> str:
    phrases = table()["arguments"].get(path, [])
    if index < len(phrases) and phrases[index] != "...":
        return phrases[index].replace("{}", value)
    if phrases[-1:] == ["..."]:
        return phrases[-2].replace("{}", value)
    return f"an argument: {value}"


def _field(call: Invocation, word: Word, catalogue: Catalogue) -> Part | None:
    """The fields behind the kind in `explain pods.spec.containers`."""
    for item in call.resources(catalogue):
        if word.start <= item.start and item.end < word.end:
            fields = word.value[len(item.type_word) :].strip(".")
            return Part(item.end, word.end, "argument", f"its field {fields}".strip())
        if word.start <= item.start:
            return None
    return Part(word.start, word.end, "argument", f"an argument: {word.value}")


def _right(word: Word, index: int) -> Part:
    """The verb, a name or a URL of `auth can-i`."""
    value = word.value
    if index == 0:
        text = "what may be done: anything" if value == "*" else f"what is to be done: {value}"
        return Part(word.start, word.end, "argument", text)
    if value[:1] == "/":
        return Part(word.start, word.end, "argument", f"the path {value} of the server")
    return Part(word.start, word.end, "name", f"the object {value}")


# --- changes -------------------------------------------------------------------------------------


def _mark(what: str) -> Callable[[str], str]:
    def told(value: str) -> str:
        key, equals, new = value.partition("=")
        if equals:
            return f"sets the {what} {key} to {new or 'an empty text'}"
        return f"removes the {what} {value[:-1]}" if value.endswith("-") else ""

    return told


def _taint(value: str) -> str:
    removed = value.endswith("-")
    mark, _, effect = value.removesuffix("-").partition(":")
    said = by_value("taint", effect)
    if removed:
        return f"removes the taint {mark}{f' with the effect {effect}' if effect else ''}"
    if not effect:
        return f"adds the taint {mark}"
    return f"adds the taint {mark} with the effect {effect}{f': {said}' if said else ''}"


def _image(value: str) -> str:
    container, equals, image = value.partition("=")
    if not equals:
        return ""
    who = "every container" if container == "*" else f"the container {container}"
    return f"gives {who} the image {image}"


def _variable(value: str) -> str:
    if value == "-":
        return "the variables that come in on the standard input"
    return _mark("variable")(value)


def _selector(value: str) -> str:
    from kai.explain.selectors import labels

    return f"the new selector: {labels(value)}" if "=" in value else ""


def _port(value: str) -> str:
    here, colon, there = value.partition(":")
    if not here[:1].isdigit() and not colon:
        return ""
    if not colon:
        return f"port {here}, on this machine too"
    return (
        f"port {here} of this machine leads to port {there}"
        if here
        else (f"any free port of this machine leads to port {there}")
    )


def _copied(value: str, index: int) -> str:
    """[[NAMESPACE/]POD:]PATH."""
    way = ("from", "to")[index] if index < 2 else "and"
    pod, colon, path = value.partition(":")
    if not colon or pod[:1] in (".", "/"):
        return f"{way} {value} on this machine"
    namespace, slash, name = pod.partition("/")
    where = f"the pod {name} in the namespace {namespace}" if slash else f"the pod {pod}"
    return f"{way} {path or '.'} in {where}"


_TELLERS: dict[str, Callable[[str], str]] = {
    "label": _mark("label"),
    "annotate": _mark("annotation"),
    "taint": _taint,
    "set image": _image,
    "set env": _variable,
    "set selector": _selector,
    "port-forward": _port,
}
