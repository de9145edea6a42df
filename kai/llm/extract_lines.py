"""One line of a model's answer: whether it is a command, and what stands around the command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

_HEAD = re.compile(r"(?<![\w./\\-])[Kk]ubectl(?=[ \t])")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+=")
_MARKS = " \t>$%*_+\u2022\u276f\u279c\u00bb\"'`-([\u201c\u2018"
_SYMBOLS = re.compile(r"[^\x00-\x7f\w\u201c\u2018]++[ \t]*+")
_NUMBER = re.compile(r"(?:[Ss]tep[ \t]*+)?\d{1,2}+[.):][ \t]*+")
_TAG = re.compile(r"<(?:command|cmd|code|answer|bash|shell|output|response|result|kubectl)>[ \t]*+")
_ENTITIES = {
    "&quot;": '"',
    "&#34;": '"',
    "&#x22;": '"',
    "&apos;": "'",
    "&#39;": "'",
    "&#x27;": "'",
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
}
_ENDS = ("<|", "</s>", "<end_of_turn>", "<eos>", "[/INST]", "[INST]", "</", "```")
"""What ends a command: the markers with which models' own turns end, closing tags, a fence."""

_SMART = (("\u201c", "\u201d", '"'), ("\u2018", "\u2019", "'"))

_ENCLOSE = (
    *((mark, mark) for mark in ("**", "__", '"', "'", "`", "*")),
    *((opening, closing) for opening, closing, _ in _SMART),
)
"""What stands around a whole command."""

_SCRIPT_WORDS = (
    "alias apt aws awk az base64 bash brew cat cd chmod command cp curl do docker done echo eksctl "
    "env etcdctl eval exec export fi for gcloud git grep helm if istioctl jq kill kind kubeadm "
    "kubectx kubens kustomize minikube mkdir mv nohup oc openssl pip podman ping printf python "
    "python3 read rm sed set sh sleep source ssh sudo systemctl tee terraform then time timeout "
    "unset until velero watch wget while xargs yq zsh"
)
_PROGRAMS = frozenset(_SCRIPT_WORDS.split())
"""Programs and words of shells with which a line of a script begins."""

_ENGLISH_WORDS = "cat command do done export find for if kill kind read set sleep source then time"
_ENGLISH = frozenset(f"{_ENGLISH_WORDS} until watch while".split())
"""Those with which a sentence may begin as well."""

_PROSE_WORDS = (
    "a also and are as can cannot can't client command commands could do does doesn't for has have "
    "in is isn't itself may might must needs offers or provides should supports that the tool "
    "was which will with won't would"
)
_PROSE = frozenset(_PROSE_WORDS.split())
"""What follows "kubectl" in a sentence about it."""


class Kind(Enum):
    """How sure it is that what was found is the answer."""

    LINE = "a line of its own, or behind a label"
    INLINE = "in backticks inside a sentence"
    COMMENT = "behind a '#', which is a comment or a prompt"


@dataclass(frozen=True, slots=True)
class Found:
    """A command of a line; `before` and `after` is what stands around it. `open`: what follows in
    the next lines still belongs to it (a quote, a here-document)."""

    command: str
    kind: Kind
    before: str = ""
    after: str = ""
    open: bool = False


@cache
def verbs() -> frozenset[str]:
    """The words with which a call of kubectl goes on."""
    from kai.kubectl.spec import load

    spec = load()
    names = [name for name in spec.root.subcommands if not name.startswith("__")]
    return frozenset(names).union(*(spec.commands[name,].aliases for name in names))


def outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    """Each character that stands in no shell quotes, with its place; (-1, quote) if one is open."""
    mark = ""
    skip = False
    for index, char in enumerate(text):
        if skip:
            skip = False
        elif mark:
            if char == mark:
                mark = ""
            skip = char == "\\" and mark == '"'
        elif char in "'\"":
            mark = char
        else:
            skip = char == "\\"
            yield index, char
    if mark:
        yield -1, mark


def find(line: str) -> list[Found]:
    """The commands of one line, in order. More than one is in it only as inline code."""
    text = line.strip(" \t")
    marked = _unmarked(text)
    if marked[:2] == "k " and marked[2:].lstrip(" ").partition(" ")[0] in verbs():
        cut = text.index(marked)
        text = f"{text[:cut]}kubectl {marked[2:].lstrip(' ')}"
    for head in _HEAD.finditer(text):
        follows = text[head.end() : head.end() + 40].split(None, 1)
        if follows and follows[0].strip(":,.;").lower() not in _PROSE:
            found = _from(text, head)
            # A marker that ends the answer may stand before the call itself.
            return [item for item in found if _HEAD.search(f"{item.command} ")]
    return []


def _from(text: str, head: re.Match[str]) -> Iterator[Found]:
    before, rest = text[: head.start()], "kubectl" + text[head.end() :]
    inside = before.count("`") % 2 == 1 or before.endswith("``")
    kind = None if inside else _kind(before)
    if kind is not None:
        yield _whole(_unwrapped(rest, before.rstrip(" \t")[-2:]), before, kind)
    elif not inside and _is_wrapper(_unmarked(before)):
        yield _whole(_unmarked(text), "")
    else:
        found = list(_inline(text))
        alone = len(found) == 1 and not _unmarked(found[0].before)
        if alone and text.rstrip(" \t`*_.").endswith(found[0].command):
            found = [replace(found[0], kind=Kind.LINE)]
        yield from found


def _is_wrapper(before: str) -> bool:
    """Whether a call of kubectl stands in a line of the shell: `KUBECONFIG=x`, `bash -c`, `watch`."""
    first = before.split(None, 1)[0] if before.strip() else ""
    return first in ("time", "watch") or (first not in _ENGLISH and _is_script(before))


def is_script(line: str, *, code: bool) -> bool:
    """Whether a line calls something else than kubectl; outside `code` where it is no sentence."""
    text = _unmarked(line.strip(" \t"))
    first = text.partition(" ")[0]
    if not code and (first in _ENGLISH or not (first in _PROGRAMS or first.isupper())):
        return first.partition("=")[0].isupper() and _is_script(text)
    return _is_script(text)


def _is_script(text: str) -> bool:
    first = text.split(None, 1)[0] if text.strip() else ""
    return first in _PROGRAMS or _ASSIGNMENT.match(first) is not None


def _unmarked(text: str) -> str:
    """The line without list marks, numbers and prompts at its start."""
    for _ in range(4):  # "> 1. $ ": more than four would be a drawing
        shorter = text.lstrip(_MARKS)
        for pattern in (_SYMBOLS, _NUMBER, _TAG):
            match = pattern.match(shorter)
            shorter = shorter[match.end() :] if match else shorter
        if shorter == text:
            break
        text = shorter
    return text


def _kind(before: str) -> Kind | None:
    """What the text in front of a command makes of it; None: it is a part of a sentence."""
    rest = _unmarked(before).rstrip(_MARKS)
    if rest in ("", "sudo"):
        return Kind.LINE
    if not rest.strip("# \t"):
        return Kind.COMMENT
    if rest[0] in "{[" and not _is_prompt(before.strip(" \t")):
        return None  # JSON that is none, or not whole
    if rest.endswith((":", "\uff1a")) or _is_prompt(before.strip(" \t")):
        return None if _is_script(rest) else Kind.LINE
    return None


def _is_prompt(text: str) -> bool:
    """`me@host:~$`, `[me@host dir]#`, `PS C:\\>`, `~ %`."""
    if text[-1:] not in ("$", "#", ">", "%") or len(text) > 80:
        return False
    return text.startswith(("PS ", "[", "~")) or (" " not in text and ("@" in text or ":" in text))


def _inline(text: str) -> Iterator[Found]:
    """The commands in backticks."""
    fenced = "```" in text
    parts = text.replace("```", "`").replace("``", "`").split("`")
    before = ""
    for index, part in enumerate(parts):
        code = part.strip(" \t")
        language, _, more = code.partition(" ")
        if fenced and language in ("bash", "sh", "shell", "console", "zsh"):
            code = more.lstrip(" ")
        code = code.removeprefix("$ ")
        if code[:2] == "k " and code[2:].partition(" ")[0] in verbs():
            code = f"kubectl {code[2:]}"
        inside = index % 2 == 1 and index < len(parts) - 1
        if inside and _HEAD.match(code) and len(code.split()) > 1:
            yield _whole("kubectl" + code[7:], before, Kind.INLINE)
            before = ""
        else:
            before += part


def _unwrapped(text: str, before: str) -> str:
    """Take off what encloses the whole command: bold, quotes, backticks."""
    for opening, closing in _ENCLOSE:
        if before.endswith(opening):
            at = text.find(closing)
            if at >= 0 and not text[at + len(closing) :].strip(" \t.,;:!"):
                return text[:at]
    return text


def _whole(text: str, before: str, kind: Kind = Kind.LINE) -> Found:
    for end in _ENDS:
        text, _, _ = text.partition(end)
    text = _mapped(text.rstrip(" \t"))
    after = ""
    opened = False
    previous = " "
    for index, char in outside_quotes(text):
        opened |= index < 0 or (char == "<" and text[index + 1 : index + 2] == "<")
        if char == "#" and index >= 0 and text[index - 1 : index] in (" ", "\t"):
            text, after = text[:index], text[index:]
            opened = False
            break
        previous = char
    if previous == "." and text[-2:-1].isalnum() and not after:
        text = text[:-1]  # the end of a sentence: no name ends in it
    if text.count("`") == 1 and text.endswith("`"):
        text = text[:-1]
    if text.endswith(";") and not opened and text[-2:-1] not in ("\\", ";", "&", "|"):
        text = text[:-1]  # nothing follows it
    if "'" not in text and '"' not in text:
        text = text.replace("\t", " ")
    text, dashed = _before_dash(text.strip(" \t"))
    return Found(text, kind, before, dashed or after, opened)


def _before_dash(text: str) -> tuple[str, str]:
    """Cut an explanation off: `kubectl get pods - lists the pods`."""
    for dash in (" - ", " \u2013 ", " \u2014 ", " \u2192 ", " -> "):
        at = text.find(dash)
        if at < 0 or not text[at + len(dash) :][:1].isalpha():
            continue
        command = text[:at].rstrip(" ")
        if " -- " in command or "|" in command or command.split()[-1].startswith("-"):
            continue
        if not any(index < 0 for index, _ in outside_quotes(command)):
            return command, text[at:]
    return text, ""


def _mapped(text: str) -> str:
    """Write what editors and web pages have made of quotes as quotes again, where that is sure."""
    if "&" in text:
        for entity, char in _ENTITIES.items():
            text = text.replace(entity, char)
    for opening, closing, plain in _SMART:
        if opening in text and plain not in text and text.count(opening) == text.count(closing):
            text = text.replace(opening, plain).replace(closing, plain)
    return text


def split_chain(command: str) -> list[str]:
    """`kubectl a && kubectl b` and `kubectl a; kubectl b` as two commands.

    Where a part is no call of kubectl the line stays whole: then the judge sees all of it.
    """
    if command.count("kubectl ") < 2:
        return [command]
    parts: list[str] = []
    start = 0
    for index, char in outside_quotes(command):
        if index < start:
            continue
        if char == ";":
            size = 1
        elif command.startswith("&&", index):
            size = 2
        else:
            continue
        parts.append(command[start:index].strip(" "))
        start = index + size
    parts.append(command[start:].strip(" "))
    if not parts[-1]:
        parts.pop()
    return parts if all(part.startswith("kubectl ") for part in parts) else [command]
