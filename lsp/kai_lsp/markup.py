"""Words of a document inside Markdown and in messages, where they must stay words.

A file may come from anywhere: nothing in it may become a link, an image, HTML or a heading in the
editor, least of all one that runs a command of the editor (`command:`).
"""

from __future__ import annotations

import re

_SIGNS = re.compile(
    r"[\\`*\[\]<~]"  # code, emphasis, links, images, HTML, <http://autolinks>, strikethrough
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis; a _ inside of a word is none (CommonMark 6.2)
    r"|&(?=[#\w])"  # entities
    r"|:(?=//)|(?<=www)\.|(?<=\w)@"  # what GitHub's Markdown links by itself (GFM 6.9)
    r"|^[#>+=-]",  # headings, quotes, lists, rules
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def escaped(text: str) -> str:
    """Text on one line of Markdown, which shows it as it is."""
    line = _SIGNS.sub(r"\\\g<0>", " ".join(text.split()))
    return _NUMBERED.sub(r"\1\\\2", line)


def code(text: str) -> str:
    """Text as code in Markdown; backquotes in it do not end it."""
    line = " ".join(text.split())
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if longest else ""
    return f"{fence}{gap}{line}{gap}{fence}"


def unlinked(text: str) -> str:
    """Text for a message: VS Code makes links of `[words](address)`, also of commands, in plain
    messages."""
    return text.replace("](", "] (")
