"""What a container is: its image, and the command it runs."""

from __future__ import annotations

import re

from kai.nlu.amounts import duration_at
from kai.nlu.frame import Frame
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import list_at, listed, prepare, skip_links, value_after
from kai.nlu.tokens import IMAGE, is_file

_META = lazily(r"[;|&<>$`(){}\\\n]")
_SCHEMED = lazily(r"[a-z][a-z0-9+.-]*://")


# ------------------------------------------------------------------ images
def image_like(f: Frame, index: int, *, known: bool = True) -> bool:
    """Whether the word can only be an image: it has a tag or a path, or is a known one."""
    if not f.free(index):
        return False
    text = f.tokens[index].text
    if known and text.lower() in listed("images"):
        return True
    if IMAGE.fullmatch(text) is None or _SCHEMED.match(text) or text[0] in "./-":
        return False
    name, colon, tag = text.rpartition(":")
    if colon and name and "/" not in tag and not name.isdigit():
        return not re.fullmatch(r"[\d.]+", name)
    return "/" in text and not is_file(text) and bool(re.match(r"[a-z0-9]", text))


def take_images(f: Frame) -> list[str]:
    """The images said, consumed; [] when none is."""
    prepare(f)
    found: list[str] = []
    inline = value_after(f, "image", pattern=IMAGE.pattern, category="nothing")
    if inline is not None:
        return [inline]
    tagged = any(
        ":" in f.tokens[at].text and image_like(f, at, known=False) and not f.tokens[at].quoted
        for at in f.words()
    )
    for match in list(f.find_all("slot", "image", "images")):
        if any(f.used[match.start : match.end]):
            continue
        at = skip_links(f, match.end)
        strict = match.value == "image" and f.low(match.end - 1) not in ("image", "images", "img")
        indexes = [i for i in list_at(f, at, IMAGE.pattern) if _image_word(f, i)]
        if strict and found and f.low(match.start) in ("running", "runs", "that", "which"):
            continue  # "with image x running python load.py": a command
        if strict:
            indexes = [i for i in indexes if image_like(f, i, known=not tagged)][:1]
        elif match.value == "image":
            indexes = indexes[:1] if not image_word(f, indexes) else indexes
        if indexes and not f.at("slot", indexes[0]):
            end = indexes[-1] + 1
            end += f.low(end) in ("image", "images", "img", "container") and f.free(end)
            f.use(match.start, end)
            found += [f.tokens[index].text for index in indexes]
        elif not strict and f.free(match.start - 1) and _bare_image(f, match.start - 1):
            f.use(match.start - 1, match.end)
            found.append(f.tokens[match.start - 1].text)
    for index in f.words() if not found else ():
        if image_like(f, index, known=False) and not f.tokens[index].quoted:
            f.use(index)
            found.append(f.tokens[index].text)
            break
    return found or _known_image(f)


def _image_word(f: Frame, index: int) -> bool:
    token = f.tokens[index]
    return token.quoted or token.low in listed("images") or token.low not in f.everyday


def image_word(f: Frame, indexes: list[int]) -> bool:
    """Whether every word of a list looks like an image, so that several are meant."""
    return all(image_like(f, index) for index in indexes)


def _bare_image(f: Frame, index: int) -> bool:
    return image_like(f, index) or f.is_open(index)


def _known_image(f: Frame) -> list[str]:
    for index in f.words():
        if f.tokens[index].low in listed("images") and not f.tokens[index].quoted:
            f.use(index)
            return [f.tokens[index].text.lower()]
    return []


# ------------------------------------------------------------------ container commands
_STOPS = frozenset(
    [
        "without",
        "unless",
        *("older", "newer", "than", "excluding", "besides"),
        "only",
        "except",
        "if",
        "when",
        "until",
        "while",
        "as",
        "because",
        "not",
        "dont",
        "so",
        "instead",
        "after",
        "tomorrow",
        "tonight",
        "later",
        "except",
        "privileged",
    ]
) | frozenset(
    [
        "and",
        "then",
        "with",
        "in",
        "every",
        "using",
        "on",
        "from",
        "named",
        "called",
        "at",
        "but",
        "to",
        "for",
    ]
)


def take_tail(f: Frame) -> list[str] | None:
    """What the container runs ("running sleep 3600", "that prints hello"), consumed."""
    prepare(f)
    for match in list(f.find_all("slot", "sleep")):
        span = duration_at(f, match.end)
        if span is not None:
            f.use(match.start, span[1])
            return ["sleep", str(_seconds(span[0]))]
    dry = {at for match in f.find_all("dry") for at in range(match.start, match.end)}
    for match in list(f.find_all("slot", "command", "echo", "fetch")):
        if match.start in dry:
            continue
        if f.low(match.end - 1) == "to" and f.low(match.end) not in listed("programs"):
            continue
        at = match.end
        while f.free(at) and f.low(at) in ("the", "a", "is", "of", "=", "command"):
            at += 1
        tail = _tail_from(f, at)
        if tail:
            f.use(match.start, at)
            _behind(f, at + len(tail))
            verb = {"echo": ["echo"], "fetch": ["curl"]}.get(match.value, [])
            return _command(verb, tail)
        if match.value == "command" and (f.low(match.end) in ("once",) or _is_used(f, match.end)):
            f.use(match.start, match.end)
    for match in list(f.find_all("asargs")):
        if f.free(match.start - 1) and f.tokens[match.start - 1].quoted:
            f.use(match.start - 1, match.end)
            return _command([], [(f.tokens[match.start - 1].text, True)])
    for index in f.words():
        low = f.tokens[index].low
        apart = index > 0 and (
            f.tokens[index - 1].comma
            or f.low(index - 1) in ("and", "then", "running", "run")
            or (f.used[index - 1] and ":" in f.tokens[index - 1].text)
        )
        if apart and low in listed("programs") and not f.tokens[index].quoted and f.free(index + 1):
            tail = _tail_from(f, index)
            return _command([], tail)
    return None


def _seconds(duration: str) -> int:
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(n) * units[u] for n, u in re.findall(r"(\d+)([hms])", duration))


def _is_used(f: Frame, index: int) -> bool:
    return 0 <= index < len(f.tokens) and f.used[index]


def _behind(f: Frame, index: int) -> None:
    """ "to standard output" and the like behind what is printed."""
    match = f.at("slack", index)
    if match is not None:
        f.use(match.start, match.end)


def _tail_from(f: Frame, index: int) -> list[tuple[str, bool]]:
    """Consumed words of a command line that begins at `index`: (text, was quoted)."""
    found: list[tuple[str, bool]] = []
    while f.free(index):
        token = f.tokens[index]
        joint = f.at("arguments", index) if found else None
        if joint is not None:
            f.use(joint.start, joint.end)
            index = joint.end
            continue
        if not token.quoted and (token.low in _STOPS if found else False):
            break
        if not token.quoted and found and _idle(f, index):
            break
        if not found and not token.quoted and (f.at("slot", index) or token.low in _STOPS):
            break
        f.use(index)
        found.append((token.text, token.quoted))
        index += 1
        if token.comma:
            break
    return found


def _idle(f: Frame, index: int) -> bool:
    """Whether words that say nothing begin here; but "up" may be what a program is told."""
    match = f.at("slack", index)
    return match is not None and not (
        f.low(index) in _TOLD and f.low(index - 1) not in ("sleep", "bash", "sh")
    )


_TOLD = frozenset(["up", "new", "setup", "resource", "resources", "object", "kubernetes", "single"])
"""Words of no weight elsewhere that are arguments behind a program: `./migrate up`."""


def _command(verb: list[str], tail: list[tuple[str, bool]]) -> list[str]:
    if not verb and len(tail) == 1 and tail[0][1] and " " in tail[0][0]:
        text = tail[0][0]
        if _META.search(text) or '"' in text or "'" in text:
            return ["/bin/sh", "-c", text]
        return text.split()
    if verb == ["echo"] and len(tail) == 1 and re.search(r"[;|]", tail[0][0]):
        return ["/bin/sh", "-c", tail[0][0]]
    return [*verb, *(text for text, _ in tail)]
