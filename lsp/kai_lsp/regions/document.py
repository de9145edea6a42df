"""A document and what is in it, kept up while it changes.

A document is read in chunks that can each be read for themselves. A change reads the chunks again
that saw the changed place, until one ends where an old one began with the same state: what follows
is kept. What is read is the same as if the whole text had been read anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from kai.examine import Examined, Examiner
from kai.model import Target
from kai_lsp.positions import Lines
from kai_lsp.regions import (
    dockerfile,
    fish,
    justfile,
    makefile,
    markdown,
    pieces,
    plain,
    script,
    yaml,
)
from kai_lsp.regions.command import Command
from kai_lsp.regions.languages import Language, is_fish, language_of
from kai_lsp.regions.lines import common, common_end
from kai_lsp.regions.mapping import whole
from kai_lsp.regions.values import AiComment, Body, Chunk, Reader, Setting, ShellRegion

_CHUNK = 6000
"""Characters of a chunk, about: small enough to be read in a fraction of a millisecond."""
_NEAR = 8
"""Chunks from a change on whose regions are looked through for those that are the same."""
_BESIDE = 200
"""Characters beside a change in which is looked for what changes how the whole document is read."""
_ANYWHERE = {Language.MAKE: makefile.ANYWHERE, Language.JUST: justfile.ANYWHERE}
_LONE_RETURN = re.compile(r"\r(?!\n)")
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)")
_TEMPLATE = re.compile(
    r"(?:^|[/\\])(?:templates|roles|playbooks|handlers)[/\\]|(?:^|[/\\])(?:site|playbook|taskfile)[^/\\]*$"
    r"|\.(?:j2|tmpl|tpl|gotmpl|erb)$",
    re.IGNORECASE,
)
"""Files in which `{{` is for the template, by their usual names."""
_TEMPLATE_IDS = frozenset(
    ("helm", "helm-template", "yaml.helm-values", "ansible", "yaml.ansible", "gotmpl")
)
_NO_TEMPLATE = re.compile(
    r"(?:^|[/\\])(?:\.github|\.gitea|\.forgejo)[/\\]|(?:^|[/\\])\.?(?:gitlab-ci|azure-pipelines|travis)[^/\\]*$"
)


def reader_of(language: Language, path: str = "", language_id: str = "") -> Reader | None:
    """What reads documents in a language; None where nothing of it is known."""
    match language:
        case Language.SHELL:
            return script.read
        case Language.YAML:
            known = language_id.lower() in _TEMPLATE_IDS or _TEMPLATE.search(path) is not None
            return yaml.YamlReader(actions=_NO_TEMPLATE.search(path) is None, template=known)
        case Language.MAKE:
            return makefile.read
        case Language.DOCKER:
            return dockerfile.read
        case Language.MARKDOWN:
            return markdown.reader(_nested)
        case Language.JUST:
            return justfile.read
        case _:
            signs = _SIGNS.get(language)
            return plain.reader(*signs) if signs else None


_SIGNS = {
    Language.HASH: ("#",),
    Language.SLASHES: ("//",),
    Language.BOTH: ("#", "//"),
    Language.DASHES: ("--",),
    Language.MARKUP: ("<!--",),
}


def _nested(word: str) -> Reader | None:
    """The reader for a fenced block of that language."""
    language = language_of(word, f"x.{word}")
    return None if language is Language.MARKDOWN else reader_of(language)


class Document:
    """One document. `language_id` is the editor's word for its language, `path` its name.

    All places are code points of `text`. `language` says how it is read.
    """

    def __init__(self, text: str, language_id: str = "", path: str = "") -> None:
        self.language = language_of(language_id, path, text)
        self._spelled = fish.shell_text if is_fish(language_id, path, text) else whole
        self.lines = Lines(text)
        self._reader = reader_of(self.language, path, language_id)
        self._scanned = _line_feeds(text)
        self._look(text)
        self._chunks: list[Chunk] = []
        self._script = pieces.Script()
        self._said_with: object = None
        self._read(0, 0, len(text), len(text), [])

    @property
    def text(self) -> str:
        """What the document holds."""
        return self.lines.text

    # ------------------------------------------------------------------ changes
    def changed(self, start: int, end: int, new: str) -> None:
        """Put `new` between the two places, and read again what that touches."""
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        size = len(self.text)
        before = self.text[max(start - _BESIDE, 0) : end + _BESIDE]
        self.lines = self.lines.changed(start, end, new)
        self._scanned = _line_feeds(self.text)
        window = self.text[max(start - _BESIDE, 0) : start + len(new) + _BESIDE]
        self._look(window)
        if start and "\r" in self.text[start - 1 : start]:
            start -= 1
        old = self._chunks
        if any(word in before or word in window for word in _ANYWHERE.get(self.language, ())):
            old = []
        place, first = 0, 0
        for index, chunk in enumerate(old):
            if place + chunk.seen >= start:
                first = index
                break
            place += chunk.size
        else:
            first, place = max(len(old) - 1, 0), size - old[-1].size if old else 0
        self._chunks = old[:first]
        self._read(place, start, end, size, old[first:])

    def _look(self, text: str) -> None:
        if isinstance(self._reader, yaml.YamlReader):
            self._reader.look(text)

    def becomes(self, text: str) -> None:
        """Make `text` what it holds: the change is all between what both have in common."""
        old = self.text
        if text == old:
            return
        front = common(old, text)
        back = common_end(old[front:], text[front:])
        self.changed(front, len(old) - back, text[front : len(text) - back])

    def _read(self, at: int, start: int, end: int, old_size: int, old: list[Chunk]) -> None:
        """Read from `at` until the chunks of before can be kept. `old` began at `at`; the change
        was between `start` and `end` of the old text."""
        self._comments: tuple[AiComment, ...] | None = None
        self._shells: tuple[ShellRegion, ...] | None = None
        self._settings: tuple[Setting, ...] | None = None
        text, reader = self._scanned, self._reader
        if reader is None:
            return
        shift = len(text) - old_size
        keepable = _keepable(old, at, end)
        state = old[0].state if old else None
        bodies = {one.body.raw: one.body for chunk in old[:_NEAR] for one in chunk.shells}
        while at < len(text):
            while keepable and keepable[0][0] + shift < at:
                keepable.pop(0)
            if keepable and keepable[0][0] + shift == at:
                index = keepable[0][1]
                if old[index].state == state:
                    self._chunks += old[index:]
                    return
                keepable.pop(0)
            want = keepable[0][0] + shift - at if keepable else _CHUNK
            chunk = reader(text, at, state, want if 0 < want <= 3 * _CHUNK else _CHUNK)
            self._chunks.append(_with_bodies(chunk, bodies) if bodies else chunk)
            state = chunk.exit
            at += max(chunk.size, 1)

    # ------------------------------------------------------------------ what is in it
    @property
    def comments(self) -> tuple[AiComment, ...]:
        """Every request in a comment, in order."""
        if self._comments is None:
            found, at = [], 0
            for chunk in self._chunks:
                found += [one.moved(at) for one in chunk.comments]
                at += chunk.size
            self._comments = tuple(sorted(found, key=lambda one: one.start))
        return self._comments

    @property
    def shells(self) -> tuple[ShellRegion, ...]:
        """Every part that a shell runs and that may call kubectl, in order."""
        if self._shells is None:
            if self.language is Language.SHELL:
                body = Body(self._scanned, self._spelled)
                self._shells = (ShellRegion(0, len(self.text), Target.SCRIPT, body),)
            else:
                found, at = [], 0
                for chunk in self._chunks:
                    found += [one.moved(at) for one in chunk.shells]
                    at += chunk.size
                self._shells = tuple(sorted(found, key=lambda one: one.start))
        return self._shells

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The variables that a Makefile, Justfile or Dockerfile sets, in order."""
        if self._settings is None:
            settings, at = [], 0
            for chunk in self._chunks:
                settings += [one.moved(at) for one in chunk.settings]
                at += chunk.size
            self._settings = tuple(settings)
        return self._settings

    def comment_at(self, start: int, end: int) -> tuple[AiComment, ...]:
        """The requests that the lines between the two places touch."""
        first = self.lines.span(self.lines.line(min(start, end)))[0]
        last = self.lines.span(self.lines.line(max(start, end)))[1]
        return tuple(one for one in self.comments if one.start <= last and first <= one.end)

    def shell_at(self, offset: int) -> ShellRegion | None:
        """The region that holds the place; the innermost where they are nested."""
        inside = [one for one in self.shells if one.start <= offset <= one.end]
        return min(inside, key=lambda one: one.end - one.start, default=None)

    def before(self, end: int) -> Iterator[str]:
        """The text before a place, in pieces; all but the last are whole lines, and most of them are
        the same again after a change."""
        at = 0
        for chunk in self._chunks:
            if at + chunk.size > end:
                break
            yield self._scanned[at : at + chunk.size]
            at += chunk.size
        yield self._scanned[at:end]

    def commands(
        self, examiner: Examiner, aliases: Mapping[str, str] | None = None
    ) -> tuple[Command, ...]:
        """Every kubectl command with what there is to say about it, in order of place.

        What was said about a region is kept as long as the region, what the document sets for it
        and the examiner stay the same.
        """
        found: list[Command] = []
        for region in self.shells:
            front = self.prelude(region)
            key = (examiner, front, tuple((aliases or {}).items()))
            if self._said_with != key[::2]:
                self._script = pieces.Script()
                self._said_with = key[::2]
            script = self._script if self.language is Language.SHELL else pieces.Script()
            read = partial(_examined, examiner, front, aliases, script)
            found += [Command(region, *one) for one in region.body.remembered(key, read)]
        return tuple(sorted(found, key=lambda one: (one.start, one.end)))

    def prelude(self, region: ShellRegion) -> str:
        """The document's own settings that the region's text uses, as assignments of the shell."""
        if not self.settings:
            return ""
        lines = {one.name: one.line for one in self.settings if one.line}
        wanted = [name for name in _NAME.findall(region.text) if name in lines]
        for name in wanted:
            wanted += [
                one for one in _NAME.findall(lines[name]) if one in lines and one not in wanted
            ]
        return "".join(f"{line}\n" for name, line in lines.items() if name in wanted)


def _examined(
    examiner: Examiner,
    front: str,
    aliases: Mapping[str, str] | None,
    script: pieces.Script,
    text: str,
) -> list[tuple[Examined, int]]:
    """Every command of shell text behind what the document sets, with its distance from there."""
    if "kube" not in (front + text).lower() and not aliases:
        return []
    if not front:
        return script.examine(text, partial(examiner.script, aliases=aliases), aliases or {})
    every = examiner.script(front + text, aliases)
    return [(one, len(front)) for one in every if one.start >= len(front)]


def _with_bodies(chunk: Chunk, bodies: Mapping[str, Body]) -> Chunk:
    """The chunk with the regions' texts of before, where they are the same: what is known of them
    stays known."""
    shells = []
    for one in chunk.shells:
        body = bodies.get(one.body.raw)
        shells.append(one._replace(body=body) if body and body.same(one.body) else one)
    return replace(chunk, shells=tuple(shells))


def _keepable(old: list[Chunk], at: int, end: int) -> list[tuple[int, int]]:
    """Where the chunks begin, and their numbers, that the change up to `end` leaves as they are."""
    found: list[tuple[int, int]] = []
    for index, chunk in enumerate(old):
        if index and at - chunk.before >= end and at > end:
            found.append((at, index))
        else:
            found.clear()
        at += chunk.size
    return found


def _line_feeds(text: str) -> str:
    """The text with a line feed for each carriage return that is a line break of its own."""
    return _LONE_RETURN.sub("\n", text) if "\r" in text else text
