"""Scripts of fish, spelled as the reader of shell text wants them: `(x)` runs x, `and` is a word."""

from __future__ import annotations

import re

from kai_lsp.regions.mapping import Builder, Mapped

_TOKEN = re.compile(
    r"\\.|'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"|(?:^|(?<=[\s;|&(]))#[^\n]*"
    r"|(?P<group>(?<!\$)\()|(?:^|(?<=[;|&\n(]))(?P<front>[ \t]*(?:else[ \t]+)?(?:(?:if|while)[ \t]+)?)"
    r"(?P<word>(?:and|or|not|begin|builtin)(?=[ \t;\n]))",
    re.DOTALL,
)


def shell_text(raw: str) -> Mapped:
    """The script with `$(` where fish writes `(`, and without the words that only join commands."""
    builder = Builder()
    at = 0
    for match in _TOKEN.finditer(raw):
        if match["group"]:
            builder.copy(raw[at : match.start()], at)
            builder.put("$(", match.start(), match.end())
        elif match["word"]:
            builder.copy(raw[at : match.start("word")], at)
            builder.put(" ", match.start("word"), match.end("word"))
        else:
            continue
        at = match.end()
    builder.copy(raw[at:], at)
    return builder.done()
