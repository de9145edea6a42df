"""Reading the help text that `kubectl COMMAND --help` and `kubectl options` print.

Pure functions. Two callers: the extractor (`kai.kubectl.extract`), which completes what the text
says with probes, and `kai.kubectl.help_lookup`, which has only the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The three flags that are not booleans and still may stand without a value, with what they then
#: mean. No output of kubectl tells the value; source: NoOptDefVal in k8s.io/kubectl,
#: pkg/cmd/util/helpers.go (dry-run, validate) and pkg/cmd/delete/delete_flags.go (cascade).
BARE_VALUES = {"dry-run": "unchanged", "validate": "strict", "cascade": "background"}

_FLAG = re.compile(r"^ {4}(?:-(?P<short>\w), )?--(?P<name>[\w-]+)=(?P<default>.*):$")
_HEADING = re.compile(r"^(?P<title>[A-Z][^\n]*):$")
_ROW = re.compile(r"^ {2}(?P<name>[\w-]+) {2,}(?P<text>\S.*)$")
_CHOICES = re.compile(
    r"(?i:\b(?:one of|must be(?: one of)?|(?:valid|legal|supported) (?:values|kinds)(?: are)?"
    r"|options are|can be either|in which to render the schema)):? (?P<listed>\(.*?\)|\[.*?\]|.*?)(?:[.;](?=\s|$)|$)"
)
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<value>[\w./-]+)(?P=quote)")
_DURATION = re.compile(r"^(?:\d+(?:\.\d+)?(?:h|m|s|ms|us|ns))+$")


@dataclass(frozen=True, slots=True)
class FlagText:
    """One flag as the help text shows it; `default` is what stands after the equals sign."""

    name: str
    short: str
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class HelpText:
    """One command's help. `subcommands` maps each listed name to its line of help."""

    summary: str
    usage: str
    aliases: tuple[str, ...]
    subcommands: dict[str, str]
    flags: tuple[FlagText, ...]


def read_help(text: str) -> HelpText:
    """Take the output of `kubectl COMMAND --help` apart; unknown sections are passed over."""
    sections = _sections(text)
    subcommands: dict[str, str] = {}
    for title, lines in sections:
        if "Commands" in title:
            found = (_ROW.match(line) for line in lines)
            subcommands.update((row["name"], row["text"].strip()) for row in found if row)
    by_title = dict(sections)
    names = [name.strip() for line in by_title.get("Aliases", []) for name in line.split(",")]
    return HelpText(
        summary=next((line.strip() for line in by_title[""] if line.strip()), ""),
        usage=next((line.strip() for line in by_title.get("Usage", []) if line.strip()), ""),
        # The first name of the list is the command's own.
        aliases=tuple(name for name in names if name)[1:],
        subcommands=subcommands,
        flags=read_flags(text),
    )


def _sections(text: str) -> list[tuple[str, list[str]]]:
    """Split at headings in the first column; what stands before the first one has the title ""."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading:
            sections.append((heading["title"], []))
        else:
            sections[-1][1].append(line)
    return sections


def read_flags(text: str) -> tuple[FlagText, ...]:
    """Read every flag of a help text; also takes the output of `kubectl options`."""
    flags: list[FlagText] = []
    lines = text.splitlines()
    for index, line in enumerate(lines):
        match = _FLAG.match(line)
        if match:
            help_lines = []
            for following in lines[index + 1 :]:
                if not following.startswith("\t"):
                    break
                help_lines.append(following.strip())
            flags.append(
                FlagText(
                    name=match["name"],
                    short=match["short"] or "",
                    default=match["default"],
                    help=" ".join(" ".join(help_lines).split()),
                )
            )
    return tuple(flags)


def plain_default(shown: str) -> str:
    """Turn a shown default into the value itself: `'none'` is none, `[]` and `''` are empty."""
    if shown == "[]":
        return ""
    if len(shown) >= 2 and shown[0] == shown[-1] == "'":
        return shown[1:-1]
    return shown


def type_from_default(shown: str) -> str:
    """Guess a flag's type from its default alone, where probing is not wanted."""
    if shown in ("true", "false"):
        return "bool"
    if shown.startswith("["):
        return "stringSlice"
    if re.fullmatch(r"-?\d+", shown):
        return "int"
    if _DURATION.match(shown):
        return "duration"
    return "string"


def choices(text: str) -> tuple[str, ...]:
    """Find the values that a flag's help enumerates: `One of: (json, yaml)`, `Must be "a" or "b"`.

    Empty where it enumerates none. `strict (or true)` counts as both.
    """
    match = _CHOICES.search(re.sub(r" \(or (\w+)\)", r", \1", text))
    if match is None:
        return ()
    listed = match["listed"]
    if listed[:1] in ("(", "["):
        values = re.findall(r"[^\s,|]+", listed[1:-1])
    elif _QUOTED.match(listed):
        values = [found["value"] for found in _QUOTED.finditer(listed)]
    else:
        # Free text: only a list of single words is one.
        values = [word.strip() for word in re.split(r",|\bor\b|\band\b", listed)]
        values = [word for word in values if word]
        if len(values) < 2:
            return ()
    if any(not re.fullmatch(r"[\w./-]+", value) for value in values):
        return ()
    return tuple(values)


def first_sentence(text: str, limit: int = 110) -> str:
    """Shorten a help text to its first sentence, at most `limit` characters."""
    sentence = re.split(r"(?<=[^.\s]{2}[.!])\s+(?=[A-Z\"'(])", text.strip(), maxsplit=1)[0]
    sentence = sentence.rstrip(".")
    if len(sentence) <= limit:
        return sentence
    return sentence[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
