"""Values that are written differently and mean the same, each brought into one form.

Used for comparing commands only: a canonical value is not meant to be run.
"""

from __future__ import annotations

import json
import re

from kai.kubectl.govalues import go_duration

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|K|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_DECIMAL = {"": 1.0, "m": 1e-3, "k": 1e3, "K": 1e3}
_DECIMAL |= {letter: 1000.0 ** (index + 2) for index, letter in enumerate("MGTPE")}
_BINARY = {letter + "i": 1024.0 ** (index + 1) for index, letter in enumerate("KMGTPE")}
_UNITS = _DECIMAL | _BINARY
_SET_TERM = re.compile(r"([^\s=!()]+)\s+(in|notin)\s*\((.*)\)")
_EQUAL_TERM = re.compile(r"([^\s=!]+)\s*(==|!=|=)\s*(.*)")
_BLANKS = re.compile(r"\s+")
_SUBSCRIPT = re.compile(r"""\[(?:'([^']+)'|"([^"]+)")\]""")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def split_outside(text: str, separator: str = ",") -> list[str]:
    """Split at separators that stand outside quotes and brackets; blank parts are left out."""
    parts: list[str] = []
    depth, quote, start = 0, "", 0
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in _PAIRS:
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def duration(text: str) -> str:
    """`1m`, `60s` and `60` are one minute."""
    seconds = float(text) if text.isdigit() else go_duration(text)
    return text if seconds is None else f"{seconds:g}s"


def quantity(text: str) -> str:
    """`1Gi` and `1024Mi` are one amount, `500m` and `0.5` another."""
    match = _QUANTITY.fullmatch(text)
    return f"{float(match[1]) * _UNITS[match[2] or '']:.12g}" if match else text


def selector(text: str) -> str:
    """Label and field selectors: terms in one order, `in (x)` is `=x`, `==` is `=`."""
    return ",".join(sorted({_term(term) for term in split_outside(text)}))


def _term(term: str) -> str:
    match = _SET_TERM.fullmatch(term)
    if match:
        key, operator, inner = match.groups()
        values = sorted({value.strip() for value in inner.split(",")})
        if len(values) > 1:
            return f"{key} {operator} ({','.join(values)})"
        return f"{key}{'=' if operator == 'in' else '!='}{values[0]}"
    match = _EQUAL_TERM.fullmatch(term)
    if match:
        return f"{match[1]}{'!=' if match[2] == '!=' else '='}{match[3].strip()}"
    return _BLANKS.sub("", term)


def field_path(text: str) -> str:
    """`{.a.b}`, `'.a.b'`, `$.a.b`, `a.b` and `.a['b']` are `.a.b`."""
    text = text.strip().strip("'\"").strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    text = text.removeprefix("$").replace("[]", "[*]")
    text = _SUBSCRIPT.sub(lambda found: "." + (found[1] or found[2]).replace(".", "\\."), text)
    return text if text[:1] in ("", ".", "[") else "." + text


_OPENING = re.compile(r"\{\s*")
_CLOSING = re.compile(r"\s*\}")
_ROOTED = re.compile(r"\{(?:\$\.|@\.|(?:\$\.?|\.)?(?=[A-Za-z])(?!range\b|end\}))")
_RANGE = re.compile(r"range\s+[$@]?\.?")
_CONDITION = re.compile(r"\?\(\s*@?\.?")
_GROUP_END = re.compile(r" +\)")
_COMPARISON = re.compile(r"\s*(==|!=|>=|<=|>|<)\s*")
_NEWLINES = ("\\n", "{'\\n'}", "{' '}")


def jsonpath(text: str, *, strict: bool = False) -> str:
    """A JSONPath template; a newline at its end counts only where `strict`."""
    text = text.strip()
    if not text.startswith("{"):
        text = text.strip("'\"")
    if not text.startswith("{"):
        text = "{" + field_path(text) + "}"
    text = _CLOSING.sub("}", _OPENING.sub("{", text)).replace('"', "'")
    text = _RANGE.sub("range .", _ROOTED.sub("{.", text))
    text = _COMPARISON.sub(r"\1", _CONDITION.sub("?(@.", text)).replace("[]", "[*]")
    text = _GROUP_END.sub(")", text)
    return text if strict else _without(text, _NEWLINES)


def _without(text: str, endings: tuple[str, ...]) -> str:
    """Take every one of `endings` off the end, as often as there is one."""
    end, shorter = len(text), True
    while shorter:
        shorter = False
        for ending in endings:
            if text.endswith(ending, 0, end):
                end -= len(ending)
                shorter = True
    return text[:end]


def columns(text: str, *, strict: bool = False) -> str:
    """Custom columns; what the headers say counts only where `strict`."""
    pairs = (column.partition(":") for column in split_outside(text))
    return ",".join(f"{head if strict else ''}:{field_path(path)}" for head, _, path in pairs)


_TEMPLATE_OPEN = re.compile(r"\{\{-?\s*")
_TEMPLATE_CLOSE = re.compile(r"\s*-?\}\}")
_TEMPLATE_NEWLINES = ("\\n", '{{"\\n"}}', '{{""}}')


def template(text: str, *, strict: bool = False) -> str:
    """A Go template: blanks inside the braces and trim marks do not count."""
    text = _TEMPLATE_CLOSE.sub("}}", _TEMPLATE_OPEN.sub("{{", text.strip().strip("'")))
    text = re.sub(r"\s*\|\s*", "|", text)
    return text if strict else _without(text, _TEMPLATE_NEWLINES)


def json_text(text: str) -> str:
    """A JSON document with its keys in order; other text with single blanks."""
    try:
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return _BLANKS.sub(" ", text.strip())


def file_name(text: str) -> str:
    """`./a.yaml` is `a.yaml`, `dir/` is `dir`."""
    if text.startswith("./") and len(text) > 2:
        text = text[2:]
    return text.rstrip("/") if len(text) > 1 else text
