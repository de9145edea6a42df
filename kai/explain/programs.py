"""Small programs of awk, jq and sed in words, as far as they are of the everyday kind."""

from __future__ import annotations

import re

from kai.explain import paths
from kai.explain_parts import listed

Told = tuple[str, tuple[str, ...]]

_AWK = re.compile(r"([^{}]*)\{([^{}]*)\}")
_PRINT = re.compile(r"print(?: +|$)(.*)")
_FIELD = re.compile(r"\$([0-9]+|NF)")
_SED = re.compile(r"s([/|#,])([^/|#,]*)\1([^/|#,]*)\1([gpI]*)")
_SELECT = re.compile(r"select\((.*)\)")
_CALLS = {
    "length": "how long it is",
    "keys": "its keys",
    "sort": "in order",
    "unique": "each once",
    "add": "added up",
    "first": "the first one",
    "last": "the last one",
    "reverse": "the other way round",
    "flatten": "nested lists made one",
    "tojson": "as JSON text",
    "tostring": "as text",
    "tonumber": "as a number",
    "to_entries": "as a list of key and value",
    "from_entries": "from a list of key and value",
    "not": "turned round",
    "type": "of what type it is",
    "min": "the smallest",
    "max": "the largest",
    "@tsv": "as fields parted by tabs",
    "@csv": "as fields parted by commas",
    "@base64d": "decoded from base64",
    "@base64": "encoded in base64",
    "@text": "as text",
    "@json": "as JSON",
}


def awk(text: str) -> Told:
    """`{print $1}`: "prints field 1"."""
    match = _AWK.fullmatch(text.strip())
    if match is None:
        return ("only lines that are so: " + text.strip()), ()
    where, action = match[1].strip(), match[2].strip()
    printed = _PRINT.fullmatch(action)
    said = f"does `{action}`"
    if printed is not None and not printed[1]:
        said = "prints the line"
    elif printed is not None and all(
        _FIELD.fullmatch(part.strip()) for part in printed[1].split(",")
    ):
        said = f"prints {listed([_field(part.strip()) for part in printed[1].split(',')])}"
    if where == "BEGIN":
        return f"before the first line: {said}", ()
    if where == "END":
        return f"behind the last line: {said}", ()
    if where == "NR>1":
        return f"behind the first line: {said}", ()
    return f"where `{where}` holds: {said}" if where else f"of each line: {said}", ()


def _field(text: str) -> str:
    number = text[1:]
    return (
        "the line" if number == "0" else "the last field" if number == "NF" else f"field {number}"
    )


def jq(text: str) -> Told:
    """The steps of a jq filter, parted by `|`."""
    steps = [_step(step.strip()) for step in _piped(text)]
    if len(steps) == 1:
        return steps[0], ()
    return "step by step:", tuple(steps)


def _piped(text: str) -> list[str]:
    """The text cut at `|` outside quotes and brackets."""
    steps, start, depth, quoted = [], 0, 0, False
    for index, char in enumerate(text):
        if char == '"' and text[index - 1 : index] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "|" and depth == 0 and text[index + 1 : index + 2] != "=":
            steps.append(text[start:index])
            start = index + 1
    return [*steps, text[start:]]


def _step(text: str) -> str:
    if text == ".":
        return "all of it"
    if text in _CALLS:
        return _CALLS[text]
    match = _SELECT.fullmatch(text)
    if match is not None:
        return f"only those where `{match[1]}`"
    if text[:1] == "." and not set(text) & set(" ,(){}|?\"'+*/<>=:"):
        return paths.told(text.replace("[]", "[*]"))
    return f"`{text}`"


def sed(text: str) -> Told:
    """`s/a/b/g`: "replaces a by b"."""
    match = _SED.fullmatch(text.strip())
    if match is None:
        return f"as the script `{text}` says", ()
    often = "everywhere" if "g" in match[4] else "once in each line"
    case = ", in any case" if "I" in match[4] else ""
    return f"replaces {match[2] or 'nothing'} by {match[3] or 'nothing'}, {often}{case}", ()
