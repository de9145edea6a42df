"""What stands around a place: the object of a manifest, the variables set, the commands nearby."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kai.model import Surroundings
from kai_lsp.regions.document import Document
from kai_lsp.regions.languages import Language
from kai_lsp.regions.values import ShellRegion

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_TOP = re.compile(r"^( *)(?:- )?(kind|metadata|apiVersion):[ \t]*([^\r\n]*)", re.MULTILINE)
_CHILD = re.compile(r"( *)(name|namespace):[ \t]*([^\r\n]*)")
_ENV = re.compile(
    r"^( *)(- )?(?:env|variables|environment|vars):[ \t]*(?:#[^\r\n]*)?\r?$", re.MULTILINE
)
_PAIR = re.compile(r"( *)([A-Za-z_]\w*):[ \t]+([^\r\n]+)")
_ASSIGNMENT = re.compile(
    r"(?:^|[;&|]|\b(?:then|do|else))[ \t]*(?:(?:export|local|readonly|declare|typeset)[ \t]+(?:-\w+[ \t]+)*)?"
    r"([A-Za-z_]\w*)=(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|\$\([^()\n]*\)|[^\s;&|()]*)",
    re.MULTILINE,
)
_LOOP = re.compile(r"\bfor[ \t]+([A-Za-z_]\w*)[ \t]+in[ \t]+([^\n;]*)")
_NAMESPACE = re.compile(
    r"\bkubectl\s+config\s+set-context\b[^\n;&|]*?--namespace[= ]([^\s;&|]+)"
    r"|\bkubens[ \t]+([^\s;&|-][^\s;&|]*)|\boc[ \t]+project[ \t]+([^\s;&|]+)"
)
_CALL = re.compile(r"^[^\n#]*\bkubectl\b(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
_BEFORE = 3
_AFTER = 2
_PIECES = 256
"""Pieces of scripts, of some 6,000 characters, of which it is kept what they set."""
_LONGEST = 300
"""Characters of a value or a command that are told."""


@dataclass(frozen=True, slots=True)
class _Object:
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None


def surroundings(document: Document, offset: int, selection: str = "") -> Surroundings:
    """What stands around a place of the document; `selection` is what the user has selected."""
    region = document.shell_at(offset)
    text = document.text
    kind = name = namespace = None
    if document.language is Language.YAML:
        found = _object(text, offset)
        kind, name, namespace = found.kind, found.name, found.namespace
    variables = {one.name: one.value for one in document.settings if one.start < offset}
    if document.language is Language.YAML:
        variables.update(_environment(text, offset))
    neighbours: tuple[str, ...] = ()
    if region is not None:
        place = _inside(region, offset)
        shell = region.text
        script = document.language is Language.SHELL  # the region is the document
        *pieces, last = document.before(place) if script else (shell[:place],)
        for assigned, current in (*map(_kept, pieces), _set(last)):
            variables.update(assigned)
            namespace = current or namespace
        neighbours = _neighbours(shell, place)
    if len(neighbours) < _BEFORE and document.language is not Language.SHELL:
        neighbours = (*_other_regions(document, region, offset, _BEFORE), *neighbours)[-5:]
    return Surroundings(kind, name, namespace, selection, variables, neighbours)


def _inside(region: ShellRegion, offset: int) -> int:
    """The place in the region's text; the nearest one before, where the place itself is not in it."""
    for back in range(min(offset - region.start, 2000) + 1):
        found = region.inside(offset - back)
        if found is not None:
            return found
    return 0


# ---------------------------------------------------------------------- manifests
def _object(text: str, offset: int) -> _Object:
    """The object of the manifest around the place: of its document, or of an item of a list."""
    start, end = 0, len(text)
    for match in _SEPARATOR.finditer(text):
        if match.start() <= offset:
            start = match.end()
        else:
            end = match.start()
            break
    if not re.search(r"^[^#\s]", text[start:end], re.MULTILINE) and end < len(text):
        start, further = end + 3, _SEPARATOR.search(text, end + 3)
        end = further.start() if further else len(text)
    best = _Object()
    for item in _items(text, start, end):
        first, last, found = item
        if first <= offset <= last or best.kind in (None, "List"):
            best = found
    return best


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, int, _Object]]:
    """Each object with its range: the keys at one column, from the dash or the margin on."""
    groups: list[list[re.Match[str]]] = []
    for match in _TOP.finditer(text, start, end):
        column = match.start(2) - match.start()
        if column > 12:
            continue
        dashed = match.end(1) < match.start(2)
        last = groups[-1] if groups else None
        same = last is not None and last[0].start(2) - last[0].start() == column
        if last is None or not same or dashed:
            if column and not dashed and match[2] != "apiVersion":
                continue  # the metadata of a template inside
            groups.append([match])
        else:
            last.append(match)
    for number, group in enumerate(groups):
        column = group[0].start(2) - group[0].start()
        behind = groups[number + 1][0].start() if number + 1 < len(groups) else end
        if column:
            yield group[0].start(), behind, _told(text, group)
        else:
            yield start, end, _told(text, group)


def _told(text: str, group: list[re.Match[str]]) -> _Object:
    kind = name = namespace = None
    for match in group:
        if match[2] == "kind":
            kind = _plain(match[3])
        elif match[2] == "metadata":
            column = match.start(2) - match.start()
            place, inner = match.end(), -1
            for _ in range(60):
                newline = text.find("\n", place)
                if newline < 0:
                    break
                line = text[
                    newline + 1 : (text.find("\n", newline + 1) + len(text) + 1) % (len(text) + 1)
                ]
                place = newline + 1
                bare = line.lstrip(" ")
                blanks = len(line) - len(bare)
                if not bare.strip() or bare[0] == "#" or bare.startswith("{{"):
                    continue
                if blanks <= column:
                    break
                inner = blanks if inner < 0 else inner
                child = _CHILD.match(line)
                if child and blanks == inner:
                    if child[2] == "name":
                        name = name or _plain(child[3])
                    else:
                        namespace = namespace or _plain(child[3])
    return _Object(kind, name, namespace)


def _plain(value: str) -> str | None:
    """A value on its line without quotes and comment; None where a template makes it."""
    value = re.sub(r"(?:^|[ \t]+)#.*$", "", value).strip().strip("\"'")
    return None if not value or "{{" in value or value[0] in "&*!|>[{" else value


def _environment(text: str, offset: int) -> dict[str, str]:
    """The variables that keys like `env` and `variables` set for the place; inner ones last."""
    found: list[tuple[int, dict[str, str]]] = []
    for match in _ENV.finditer(text):
        column = len(match[1]) + len(match[2] or "")
        first, last = _mapping(text, match.start(), column)
        if first <= offset <= last:
            found.append((column, dict(_pairs(text, match.end(), column))))
    found.sort(key=lambda one: one[0])
    return {name: value for _, pairs in found for name, value in pairs.items()}


def _pairs(text: str, at: int, column: int) -> Iterator[tuple[str, str]]:
    for line in text[at + 1 :].split("\n", 200)[:200]:
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        pair = _PAIR.match(line)
        if len(line) - len(line.lstrip(" ")) <= column:
            return
        value = _plain(pair[3]) if pair else None
        if pair and value is not None and len(value) <= _LONGEST:
            yield pair[2], value


def _mapping(text: str, at: int, column: int) -> tuple[int, int]:
    """The range of the mapping that has a key in that column at that line."""
    if not column:
        return 0, len(text)
    outside = re.compile(rf"^ {{0,{column - 1}}}(?=[^ \r\n#])", re.MULTILINE)
    behind = outside.search(text, text.find("\n", at) + 1 or len(text))
    last = behind.start() if behind else len(text)
    first, line = at, at
    while line:
        if text[line : line + column].strip(" "):
            first = line
            break
        line = text.rfind("\n", 0, line - 1) + 1
        first = line
    return first, last


# ---------------------------------------------------------------------- scripts
def _set(shell: str) -> tuple[dict[str, str], str | None]:
    """The variables that shell text sets, and the namespace that it makes the current one."""
    return _assigned(shell), _current_namespace(shell)


_kept = lru_cache(maxsize=_PIECES)(_set)
"""A long script is looked through once, not at every request."""


def _assigned(shell: str) -> dict[str, str]:
    """The variables set in shell text, with what the last assignment says."""
    found: list[tuple[int, str, str]] = []
    for match in _ASSIGNMENT.finditer(shell):
        found.append((match.start(), match[1], match[2].strip("\"'")))
    for match in _LOOP.finditer(shell):
        found.append((match.start(), match[1], match[2].strip()))
    found.sort()
    return {name: value for _, name, value in found if len(value) <= _LONGEST}


def _current_namespace(shell: str) -> str | None:
    """The namespace that an earlier command made the current one."""
    last = None
    for match in _NAMESPACE.finditer(shell):
        last = match[1] or match[2] or match[3]
    return last.strip("\"'") if last else None


def _neighbours(shell: str, place: int) -> tuple[str, ...]:
    """The calls of kubectl next to a place, in the order of the text."""
    low, high = max(place - 4000, 0), place + 2000
    before = [m.group() for m in _CALL.finditer(shell, low, place)][-_BEFORE:]
    behind = [m.group() for m in _CALL.finditer(shell, place, high)][:_AFTER]
    return tuple(_one_line(call) for call in (*before, *behind) if len(call) <= _LONGEST)


def _other_regions(
    document: Document, region: ShellRegion | None, offset: int, count: int
) -> list[str]:
    """The calls of the regions before, the nearest last."""
    found: list[str] = []
    start = region.start if region else offset
    for other in reversed([one for one in document.shells if one.end <= start]):
        calls = [_one_line(m.group()) for m in _CALL.finditer(other.text)]
        found = [*(call for call in calls if len(call) <= _LONGEST), *found]
        if len(found) >= count:
            break
    return found[-count:]


def _one_line(call: str) -> str:
    return " ".join(call.replace("\\\n", " ").replace("\\\r\n", " ").split())
