"""Command lines that YAML spells as lists of words: `command: ["kubectl", "get", "pods"]`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kai_lsp.regions.mapping import Builder, Mapped
from kai_lsp.regions.yaml_scalars import Scalar, decode, scalar_at

_NEXT_DASH = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*( *)-(?=[ \t\r\n])[ \t]*")
_CODE_FLAG = re.compile(r"-[a-zA-Z]*c|CMD-SHELL")
_KUBECTL = re.compile(r"(?:\S*/)?kubectl")
_KUBECTL_IMAGE = re.compile(r"[\"']?\S*/(?:k8s-)?kubectl(?:[:@]\S+)?[\"']?|[\"']?kubectl:\S+")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What a list of words is: `code` a word that a shell runs, else the words of one command,
    behind `prefix` where another key or the image's own entry point gives the program."""

    code: Scalar | None = None
    prefix: str = ""


def block_items(text: str, at: int, column: int) -> tuple[list[Scalar], int]:
    """The scalars of the list of dashes that begins at `at` or behind blank lines."""
    items: list[Scalar] = []
    first = _NEXT_DASH.match(text, at)
    if first is None or len(first[1]) < column:
        return items, at
    dashes, match, end = len(first[1]), first, at
    while match and len(match[1]) == dashes:
        scalar = scalar_at(text, match.end(), dashes)
        if not scalar.style:
            break
        items.append(scalar)
        end = scalar.end
        if scalar.style not in "|>":
            newline = text.find("\n", end)
            end = len(text) if newline < 0 else newline + 1
        further = _NEXT_DASH.match(text, end)
        if further is None:
            break
        match = further
    return items, end


def value(text: str, scalar: Scalar) -> str:
    """The text that a scalar stands for."""
    builder = Builder()
    decode(builder, text, scalar)
    return builder.done().text


def command_line(
    text: str, items: Sequence[Scalar], siblings: Mapping[str, str]
) -> CommandLine | None:
    """What the words are; None where no shell and no kubectl gets them."""
    words = [value(text, item) if item.end - item.start < 200 else "" for item in items]
    for index, word in enumerate(words[:-1]):
        if _CODE_FLAG.fullmatch(word):
            return CommandLine(items[index + 1])
    before = siblings.get("command") or siblings.get("entrypoint") or siblings.get("path") or ""
    if re.search(r"[\s\"',\[]-[a-zA-Z]*c[\"'\s]*\]?\s*(?:#.*)?$", before):
        return CommandLine(items[0])
    if len(words) == 1 and _KUBECTL.fullmatch(words[0]):
        return None  # its arguments stand elsewhere
    if words and words[0] and re.search(r"\bkubectl\b", " ".join(words)):
        if _KUBECTL.fullmatch(words[0]) or any(_KUBECTL.fullmatch(word) for word in words[:8]):
            return CommandLine()
        if " " in words[0] and re.match(r"(?:\S*/)?kubectl\s", words[0]):
            return CommandLine(items[0])
    name = before.strip("[]\"' ")
    if before and _KUBECTL.fullmatch(name):
        return CommandLine(prefix="kubectl ")
    image = siblings.get("image") or siblings.get("name") or ""
    other = {"command", "entrypoint"} & siblings.keys()
    if not other and _KUBECTL_IMAGE.fullmatch(image.partition(" ")[0]):
        return CommandLine(prefix="kubectl ")
    return None


@dataclass(frozen=True, slots=True)
class WordsReader:
    """Reads words as one command line behind `prefix`; each that a shell would change is quoted."""

    words: tuple[Scalar, ...]
    prefix: str = ""

    def __call__(self, raw: str) -> Mapped:
        """The command line of a region."""
        builder = Builder()
        if self.prefix:
            builder.put(self.prefix, self.words[0].content, self.words[0].content)
        for number, item in enumerate(self.words):
            if number:
                builder.put(" ", self.words[number - 1].end, item.start)
            inner = Builder()
            decode(inner, raw, item)
            mapped = inner.done()
            shown = _shown(mapped.text)
            if shown == mapped.text:
                builder.add(mapped)
            else:
                builder.put(shown, item.start, item.end)
        return builder.done()


def words_reader(items: Sequence[Scalar], prefix: str = "") -> WordsReader:
    """The reader of a region that begins where the first of the words does."""
    start = items[0].start
    return WordsReader(tuple(one.moved(-start) for one in items), prefix)


def _shown(word: str) -> str:
    """The word as a shell would have to get it; what a template puts in stays unknown."""
    if "$" in word or "{{" in word:
        return '"' + re.sub(r"[\"`\\]", "", _unknown(word)) + '"'
    return shlex.quote(word)


def _unknown(word: str) -> str:
    word = re.sub(r"(?<!\$)\{\{", "${{", word)
    return re.sub(r"\$\((?:params|inputs|context|tasks)?\.?([\w.-]+)\)", r"${{ \1 }}", word)
