"""`kai config get|set|show`: one value read, one value written, all of them listed.

Writing changes the text of the one value and leaves the rest of the file, comments and all. The
new text is read back and compared before it replaces the file, so an edit is right or is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kai.config.checks import CHECKS, DURATIONS, duration_text, nearest, shown
from kai.config.kept import read_private, write_private
from kai.config.layers import Loaded
from kai.config.paths import Paths
from kai.config.settings import Value, flatten
from kai.errors import ConfigError
from kai.redact import redact


def get_value(loaded: Loaded, key: str) -> str:
    """One setting as people write it. Raises ConfigError for an unknown key."""
    _known(key)
    return shown(key, flatten(loaded.settings)[key])


def dump(loaded: Loaded) -> str:
    """Every setting on a line of its own with where it came from; passwords are taken out."""
    values = flatten(loaded.settings)
    width = max(map(len, values))
    return "\n".join(
        f"{key:{width}} = {redact(shown(key, value))}  ({loaded.origins[key]})"
        for key, value in values.items()
    )


def set_value(paths: Paths, key: str, text: str) -> None:
    """Write `key` into the config file (made with mode 0600 where there is none).

    Raises ConfigError for an unknown key, a bad value, a file that is not valid or not ours alone,
    and for one whose shape kai does not dare to edit.
    """
    _known(key)
    try:
        value = CHECKS[key](text)
    except ValueError as error:
        raise ConfigError(f"{key} must be {error}") from None
    before = _content(paths.file)
    from kai.config.border import parse  # pydantic and YAML: only who edits pays

    raw = parse(before.encode(), str(paths.file))
    expected = {name: CHECKS[name](item) for name, item in raw.items()} | {key: value}
    after = _edited(before, key, _yaml_text(key, value))
    try:
        found = {name: CHECKS[name](item) for name, item in parse(after.encode(), "edited").items()}
    except ConfigError:
        found = {}
    if found != expected:
        raise ConfigError(f"{paths.file} cannot be edited safely; set {key} there by hand")
    try:
        # A link (to somebody's dotfiles) stays a link; what it points to is replaced.
        write_private(paths.file.resolve(), after.encode())
    except OSError as error:
        raise ConfigError(f"{paths.file} cannot be written: {error.strerror}") from None


def _known(key: str) -> None:
    if key not in CHECKS:
        raise ConfigError(f"unknown setting {key}{nearest(key, list(CHECKS))}")


def _content(path: Path) -> str:
    try:
        content, _, problem = read_private(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    if problem:
        raise ConfigError(f"{path} {problem}")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8") from None


def _yaml_text(key: str, value: Value) -> str:
    """The value in YAML's flow style, which is JSON's: right at any indentation."""
    if key in DURATIONS and isinstance(value, int | float):
        return json.dumps(duration_text(value))
    return json.dumps(value, ensure_ascii=False)


def _edited(text: str, key: str, value: str) -> str:
    """The text with `value` in place of the key's value, or added in its section, or at the end."""
    import yaml  # only who edits pays

    section, _, name = key.partition(".")
    root = yaml.compose(text, yaml.SafeLoader)
    found = _find(root, section)
    if found is None:
        if isinstance(root, yaml.MappingNode) and root.flow_style:
            at = root.start_mark.index + 1
            return f"{text[:at]}{section}: {{{name}: {value}}}, {text[at:]}"
        return f"{_ended(text)}{section}:\n  {name}: {value}\n"
    head, body = found
    inside = _find(body, name)
    if inside is not None:
        name_node, old = inside
        return f"{text[: name_node.end_mark.index]}: {value}{text[_end(old) :]}"
    if isinstance(body, yaml.MappingNode) and body.flow_style:
        at = body.start_mark.index + 1
        comma = ", " if body.value else ""
        return f"{text[:at]}{name}: {value}{comma}{text[at:]}"
    # A block section, or one with nothing below it: a line of its own, right after the head.
    indent = " " * (body.start_mark.column if isinstance(body, yaml.MappingNode) else 2)
    at = text.find("\n", head.end_mark.index) + 1 or len(text)
    return f"{_ended(text[:at])}{indent}{name}: {value}\n{text[at:]}"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _find(node: Any, name: str) -> tuple[Any, Any] | None:
    """The key node and value node of `name` in a mapping node."""
    pairs = node.value if node is not None and node.id == "mapping" else ()
    return next((pair for pair in pairs if pair[0].value == name), None)


def _end(node: Any) -> int:
    """Where a value ends: YAML counts the comments behind a block collection to it, we do not."""
    if node.id == "scalar" or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
