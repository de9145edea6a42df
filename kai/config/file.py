"""Reading config.yaml: only a file that nobody else can write, validated once per change.

The validated form is kept in the cache folder (`kai.config.kept`); its values go through the cheap
checks again whenever it is read.
"""

from __future__ import annotations

from kai.config.checks import CHECKS
from kai.config.kept import keep, kept, read_private, stamp
from kai.config.paths import Paths
from kai.config.settings import Value
from kai.errors import ConfigError


def read_file(paths: Paths) -> tuple[dict[str, Value], list[str]]:
    """The checked values of the config file by dotted name, and warnings.

    A file that somebody else owns or can write is ignored with a warning. Raises ConfigError for
    one that cannot be read, is not valid, or was named by `KAI_CONFIG` and is not there.
    """
    try:
        content, state, problem = read_private(paths.file)
    except FileNotFoundError:
        if paths.named:
            raise ConfigError(f"KAI_CONFIG names {paths.file}, which does not exist") from None
        return {}, []
    except OSError as error:
        raise ConfigError(f"{paths.file} cannot be read: {error.strerror}") from None
    if problem:
        return {}, [f"{paths.file} {problem}; it is ignored"]
    copy, wanted = paths.cache / "config.json", stamp(paths.file, content, state)
    values = _checked(kept(copy, wanted))
    if values is not None:
        return values, []
    from kai.config.border import parse

    raw = parse(content, str(paths.file))
    values = {key: CHECKS[key](value) for key, value in raw.items()}
    keep(copy, wanted, raw)
    return values, []


def _checked(raw: object) -> dict[str, Value] | None:
    """The kept values, or None where the copy is damaged."""
    if not isinstance(raw, dict):
        return None
    try:
        return {key: CHECKS[key](value) for key, value in raw.items()}
    except (ValueError, KeyError, TypeError):
        return None
