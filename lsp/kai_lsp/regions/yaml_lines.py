"""The lines of YAML that matter: keys, dashes, the marks between documents."""

from __future__ import annotations

import re

_NAME = r"[^:\r\n#\"]*+(?::(?![ \t\r\n]|\Z)[^:\r\n#\"]*+)*+"
_KEY = (
    r"((?:\"[^\"\r\n]*+\"|'[^'\r\n]*+'|(?:[^\s#\"'\[\]{}&*!|>%@`,?-]|-(?=[^\s:-]))"
    + _NAME
    + r")[ \t]*+):(?=[ \t\r\n]|\Z)[ \t]*+"
)
LINE = re.compile(
    r"^( *+)(?:(-)(?=[ \t\r\n]|\Z)|(---|\.\.\.)(?=[ \t\r\n]|\Z)|" + _KEY + ")", re.MULTILINE
)
ITEM_KEY = re.compile(_KEY)
MATTERS = frozenset(("", *"\r\n#|>&!\"'[{"))
"""What a value begins with that is not all on its line, or has something to be known about."""
CLOSED = re.compile(
    r"\"(?:[^\"\\\r\n]|\\.)*+\"|'[^'\r\n]*+'|[\[{][^\r\n]*[\]}][ \t]*(?:#[^\r\n]*)?\r?$",
    re.MULTILINE,
)
BLANK = re.compile(r"[ \t]*")
NEXT = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*([ ]*)(?:(-)(?=[ \t\r\n]|\Z)|(?=[^\s#]))")
CALLS = re.compile(r"^[ \t]*(?:[-\w./]*[ \t]+)?kubectl[ \t]", re.MULTILINE)
SHEBANG_LINE = re.compile(r"\s*(#![^\r\n]*)")
SHELL_NAME = re.compile(r"(?:bash|sh|zsh|pwsh|powershell|cmd|python)[ \t]*\r?\n")
"""Where `shell` is the name of one, not its text."""
