"""The border to config.yaml: YAML in, plain checked values out, or a ConfigError that helps.

Imported only when the file is new or has changed: PyYAML and pydantic are slow to load.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model

from kai.config.checks import CHECKS, nearest
from kai.config.yaml_keys import refuse_doubled
from kai.errors import ConfigError

_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc, valid-type]  # one of two classes, chosen above
    """Safe YAML in which a key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        refuse_doubled(node)
        return dict(super().construct_mapping(node, deep=deep))


def _model() -> type[BaseModel]:
    """Sections and keys as a frozen model that forbids anything else; the values' own checks."""
    config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    sections: dict[str, dict[str, Any]] = {}
    for key, check in CHECKS.items():
        section, _, name = key.partition(".")
        kind = Annotated[Any, BeforeValidator(check)]
        sections.setdefault(section, {})[name] = (kind, None)
    models: dict[str, Any] = {
        name: (create_model(name, __config__=config, **fields) | None, None)
        for name, fields in sections.items()
    }
    return create_model("ConfigFile", __config__=config, **models)


def parse(content: bytes, file: str) -> dict[str, Any]:
    """The values in a config file by dotted name, as YAML gives them, all of them checked.

    Raises ConfigError naming `file`, the key and what is allowed or the nearest valid key.
    """
    raw = _yaml(content, file)
    try:
        checked = _model().model_validate(raw)
    except ValidationError as error:
        raise ConfigError(_explained(error, file)) from None
    return {
        f"{section}.{name}": raw[section][name]
        for section in checked.model_fields_set
        for name in raw[section] or ()
    }


def _yaml(content: bytes, file: str) -> dict[str, Any]:
    try:
        raw = yaml.load(content.decode("utf-8"), _Loader)  # noqa: S506 - a safe loader
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: byte {error.start} is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{file}{line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ConfigError(f"{file} is not valid YAML") from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise ConfigError(f"{file} must be a mapping of sections, such as `llm:`")
    return raw


def _explained(error: ValidationError, file: str) -> str:
    """One line for the first problem, and how many more there are."""
    problems = error.errors(include_url=False, include_context=False)
    first, more = problems[0], len(problems) - 1
    path = [str(part) for part in first["loc"]]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        text = f"{file}: unknown key {key}{_nearest(path)}"
    elif first["type"] in ("model_type", "model_attributes_type"):
        text = f"{file}: {key} must be a section: keys below it, indented"
    elif first["type"] == "invalid_key":
        text = f"{file}: the key {key} must be text"
    else:
        text = f"{file}: {key} must be {first['msg'].removeprefix('Value error, ')}"
    return text + (f" ({more} more)" if more else "")


def _nearest(path: list[str]) -> str:
    """The nearest valid key: in the same section, else anywhere; for a section: a section."""
    sections = list(dict.fromkeys(key.split(".")[0] for key in CHECKS))
    if len(path) == 1:
        return nearest(path[0], sections) or f" (valid: {', '.join(sections)})"
    inside = [key for key in CHECKS if key.startswith(path[0] + ".")]
    same = [key for key in CHECKS if key.endswith("." + path[-1])]
    if same:
        return f" (did you mean {same[0]}?)"
    return nearest(".".join(path), inside) or f" (valid: {', '.join(inside)})"
