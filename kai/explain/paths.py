"""JSONPath, custom columns and Go templates, told step by step.

How a path is cut was read from k8s.io/client-go/util/jsonpath/parser.go; a path that cannot be cut
is told as it stands. Whether kubectl would take it is the checks' matter.
"""

from __future__ import annotations

from collections.abc import Iterator

_ENDS_FIELD = frozenset(".[]{} \t")
_COMPARED = (
    ("==", "is"),
    ("!=", "is not"),
    ("<=", "is at most"),
    (">=", "is at least"),
    ("<", "is below"),
    (">", "is above"),
)
_CHARACTERS = {"\\n": "a line break", "\\t": "a tab", " ": "a blank", "": "nothing"}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def told(path: str) -> str:
    """One path in words: ".items[*].metadata.name" is "metadata.name of every element of items"."""
    text = path.strip().removeprefix("{").removesuffix("}").strip()
    text = text[1:] if text[:1] in ("$", "@") else text
    try:
        return _folded(list(_segments(text))) or "the whole object"
    except ValueError:
        return path


def template(text: str) -> list[str]:
    """What a JSONPath template prints, one line for each step; steps in a range stand deeper."""
    steps: list[str] = []
    depth, at = 0, 0
    while at < len(text):
        opening = text.find("{", at)
        if opening != at:
            end = len(text) if opening < 0 else opening
            steps.append("  " * depth + _literal(text[at:end]))
            at = end
            continue
        closing = _closing(text, opening)
        action = text[opening + 1 : closing].strip()
        at = closing + 1
        if action == "end":
            depth = max(depth - 1, 0)
        elif action.startswith("range"):
            steps.append(f"{'  ' * depth}for {told(action[5:])}:")
            depth += 1
        elif action[:1] in ("'", '"'):
            steps.append("  " * depth + _literal(action[1:-1]))
        else:
            steps.extend("  " * depth + told(path) for path in _several(action))
    return steps


def columns(text: str) -> list[str]:
    """What each of the custom columns shows: "NAME: metadata.name"."""
    shown = []
    for column in text.split(","):
        head, _, path = column.partition(":")
        shown.append(f"the column {head}: {told(path)}")
    return shown


def go_template(text: str) -> list[str]:
    """What a Go template prints, action by action."""
    steps: list[str] = []
    depth, at = 0, 0
    while at < len(text):
        opening = text.find("{{", at)
        if opening != at:
            end = len(text) if opening < 0 else opening
            steps.append("  " * depth + _literal(text[at:end]))
            at = end
            continue
        closing = text.find("}}", opening)
        closing = len(text) if closing < 0 else closing
        action = text[opening + 2 : closing].removeprefix("-").removesuffix("-").strip()
        at = closing + 2
        word, _, rest = action.partition(" ")
        if word in ("end", "else"):
            depth = max(depth - 1, 0)
        if word != "end":
            steps.append("  " * depth + _go_action(action, word, rest.strip()))
        if word in ("range", "if", "with", "else", "block", "define"):
            depth += 1
    return steps


def _go_action(action: str, word: str, rest: str) -> str:
    if word == "range":
        return f"for each of {told(rest)}:"
    if word in ("if", "with"):
        return f"where there is {told(rest)}:" if rest[:1] == "." else f"where `{rest}` holds:"
    if word == "else":
        return f"else{' ' + rest if rest else ''}:"
    if action[:1] == '"' == action[-1:]:
        return _literal(action[1:-1])
    if action[:1] == "." and " " not in action:
        return told(action)
    return f"the result of `{action}`"


def _literal(text: str) -> str:
    return _CHARACTERS.get(text) or f'the text "{text}"'


def _closing(text: str, opening: int) -> int:
    """Where the action that begins at `opening` ends: quotes may hold braces."""
    mark = ""
    for index in range(opening, len(text)):
        char = text[index]
        if mark:
            mark = "" if char == mark and text[index - 1] != "\\" else mark
        elif char in "'\"":
            mark = char
        elif char == "}":
            return index
    return len(text)


def _several(action: str) -> list[str]:
    """The paths of one action: `{.a .b}` prints both."""
    if "[" in action or '"' in action or "'" in action:
        return [action]
    return action.split() or [""]


def _segments(text: str) -> Iterator[tuple[str, str]]:
    """Each step of a path as (kind, text). Raises ValueError where it cannot be cut."""
    at = 0
    while at < len(text):
        char = text[at]
        if text.startswith("..", at):
            end = _field_end(text, at + 2)
            yield "deep", text[at + 2 : end]
        elif char == "[":
            end = _bracket_end(text, at)
            yield "bracket", text[at + 1 : end - 1].strip()
        elif char == ".":
            end = _field_end(text, at + 1)
            if end > at + 1:
                yield "field", text[at + 1 : end].replace("\\", "")
        elif at == 0 and char not in _ENDS_FIELD:
            end = _field_end(text, 0)
            yield "field", text[:end].replace("\\", "")
        else:
            raise ValueError(text)
        at = end


def _field_end(text: str, at: int) -> int:
    while at < len(text) and text[at] not in _ENDS_FIELD:
        at += 2 if text[at] == "\\" else 1
    return min(at, len(text))


def _bracket_end(text: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`; quotes may hold brackets."""
    mark, depth = "", 0
    for index in range(at, len(text)):
        char = text[index]
        if mark:
            mark = "" if char == mark else mark
        elif char in "'\"":
            mark = char
        elif char in "[]":
            depth += 1 if char == "[" else -1
            if not depth:
                return index + 1
    raise ValueError(text)


def _folded(segments: list[tuple[str, str]]) -> str:
    fields: list[str] = []
    below = ""
    for kind, text in segments:
        if kind == "field" and text != "*":
            fields.append(text)
            continue
        if kind == "bracket" and len(text) > 1 and text[0] == "'" == text[-1] and "," not in text:
            fields.append(text[1:-1])
            continue
        subject = _joined(fields, below) or "the object"
        fields = []
        if kind == "deep":
            within = "" if subject == "the object" else f" below {subject}"
            below = f"every {text if text not in ('', '*') else 'field'} at any depth{within}"
        elif kind == "field":
            below = f"every field of {subject}"
        else:
            below = _selected(text, subject)
    return _joined(fields, below)


def _joined(fields: list[str], below: str) -> str:
    name = ".".join(fields)
    return f"{name} of {below}" if name and below else name or below


def _selected(text: str, subject: str) -> str:
    if text in ("*", "", ":"):
        return f"every element of {subject}"
    if text.isdecimal():
        number = int(text) if len(text) < 4 else len(_ORDINALS)
        which = f"{_ORDINALS[number]} element" if number < len(_ORDINALS) else f"element [{text}]"
        return f"the {which} of {subject}"
    if text == "-1":
        return f"the last element of {subject}"
    if text[:2] == "?(" and text[-1:] == ")":
        return f"those elements of {subject} where {_condition(text[2:-1].strip())}"
    return f"the elements [{text}] of {subject}"


def _condition(text: str) -> str:
    for mark, said in _COMPARED:
        left, found, right = _cut(text, mark)
        if found:
            return f"{told(left)} {said} {_value(right.strip())}"
    return f"there is {told(text)}"


def _cut(text: str, mark: str) -> tuple[str, bool, str]:
    """`text` at the first `mark` outside quotes."""
    quote = ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif text.startswith(mark, index):
            return text[:index], True, text[index + len(mark) :]
    return text, False, ""


def _value(text: str) -> str:
    if len(text) > 1 and text[0] in "'\"" and text[0] == text[-1]:
        return text[1:-1] or "empty"
    return told(text) if text[:1] == "@" else text
