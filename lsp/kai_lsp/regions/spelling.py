"""How shell text is written where it is more than shell text: in YAML, Makefiles, templates."""

from __future__ import annotations

import re

from kai_lsp.regions.values import ShellRegion, Spelling

_UNSAFE = re.compile(
    r"^[\s\-?:,\[\]{}#&*!|>'\"%@`]|^(?:-|\?|:)$|:(?:\s|$)|\s#|\s$|[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ufeff]"
)
_WORDS = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|~)|[-+.\d][\d_.,eExXoO:+-]*|=|<<|---|\.\.\."
)


def as_template(text: str) -> str:
    """The text as a template of Helm, Ansible or Task has to spell it."""
    return text.replace("{{", '{{ "{{" }}')


def spelled(text: str, spelling: Spelling) -> str:
    """The text as it stands in a place of its own: a whole line, item or value."""
    match spelling:
        case Spelling.MAKE:
            return text.replace("$", "$$")
        case Spelling.JUST:
            return text.replace("{{", "{{{{")
        case Spelling.PLAIN:
            plain = not _UNSAFE.search(text) and text and not _WORDS.fullmatch(text)
            return text if plain else spelled(text, Spelling.SINGLE)
        case Spelling.SINGLE:
            return "'" + text.replace("'", "''") + "'"
        case Spelling.DOUBLE:
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Spelling.AS_IS:
            return text


def spelled_inside(region: ShellRegion, text: str) -> str | None:
    """The text as it stands among other text of a region; None where it cannot be told."""
    match region.spelling:
        case Spelling.AS_IS:
            return text if region.body.mapped.text else None
        case Spelling.MAKE | Spelling.JUST:
            return spelled(text, region.spelling)
        case Spelling.SINGLE:
            return text.replace("'", "''")
        case Spelling.DOUBLE:
            return text.replace("\\", "\\\\").replace('"', '\\"')
        case Spelling.PLAIN:
            bad = re.search(r":(?:\s|$)|(?:^|\s)#|[,\[\]{}]|[\x00-\x1f]|['\"]", text)
            return None if bad else text
