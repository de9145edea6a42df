"""YAML checked against a pydantic model, where every error names line and column.

Imported only when a file is new or has changed: PyYAML and pydantic are slow to load.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kai.config.yaml_keys import refuse_doubled
from kai.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
Loc = Sequence[str | int]


class _Loader(yaml.SafeLoader):
    """Safe YAML in which scalars are text, true, false or null; no key twice, no aliases.

    `22:00` stays what it says (YAML 1.1 makes 1320 of it). Aliases can grow a small file without
    end. The loader in Python is used, for its marks; these files are small.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML declares it so
        first: [(tag, shape) for tag, shape in pairs if tag.endswith((":bool", ":null"))]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        refuse_doubled(node)
        return super().construct_mapping(node, deep=deep)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the values of a file stand."""

    file: str
    root: yaml.Node | None

    def at(self, loc: Loc, *, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `loc` (or of its key), or of what is nearest."""
        node, mark = self.root, self.root.start_mark if self.root else None
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            named, node = found
            mark = named.start_mark if key and step == loc[-1] else node.start_mark
        return (mark.line + 1, mark.column + 1) if mark else (1, 1)

    def error(self, loc: Loc, said: str, *, key: bool = False) -> ConfigError:
        """The error that `said` is wrong at `loc`."""
        line, column = self.at(loc, key=key)
        return ConfigError(f"{self.file}:{line}:{column}: {said}")


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value below `node`; of a list the value twice."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == step:
                return name, value
    return None


def read(content: bytes, file: str, model: type[Model]) -> tuple[Model, Places]:
    """What the file holds, and where. Raises ConfigError: `file:line:column: what is wrong`."""
    try:
        loader = _Loader(content.decode("utf-8-sig"))
        root = loader.get_single_node()
        raw = loader.construct_document(root) if root is not None else {}
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise ConfigError(f"{file}:{line}:{column}: not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ":1:1"
        expected = f"{error.context}, " if str(error.context).startswith("expected") else ""
        raise ConfigError(f"{file}{place}: {expected}{error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise ConfigError(f"{file}:1:1: not YAML that kai reads ({_first(error)})") from None
    places = Places(file, root)
    try:
        return model.model_validate(raw), places
    except ValidationError as error:
        raise _wrong(error, places, model) from None


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _wrong(error: ValidationError, places: Places, model: type[BaseModel]) -> ConfigError:
    """The first problem in the order of the file, and how many more there are."""
    problems = error.errors(include_url=False, include_context=False)
    # Of a list whose items are wrong pydantic says that it is too short, too.
    problems = [item for item in problems if item["type"] != "too_short"] or problems
    first = min(problems, key=lambda item: (item["type"] == "missing", places.at(item["loc"])))
    loc, kind = first["loc"], first["type"]
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    name = str(loc[-1]) if loc else "the file"
    if kind == "extra_forbidden":
        return places.error(loc, f"unknown key {name}{_nearest(loc, model)}{more}", key=True)
    if kind == "missing":
        return places.error(loc, f"{name} is missing{more}")
    if kind == "too_short":
        return places.error(loc, f"{name} must not be empty")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return places.error(loc, f"{name} must be a mapping: keys and values{more}")
    named = next((str(part) for part in reversed(loc) if isinstance(part, str)), "the file")
    said = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return places.error(loc, f"{named} must be {said[:1].lower()}{said[1:]}{more}")


def _nearest(loc: Loc, model: type[BaseModel]) -> str:
    """The valid keys at the place of an unknown one, as a remark."""
    here: Any = model
    for step in loc[:-1]:
        if isinstance(step, int):
            continue
        field = next(
            (item for name, item in here.model_fields.items() if step in (name, item.alias)), None
        )
        here = _model_in(field.annotation) if field else None
        if here is None:
            return ""
    known = [item.alias or name for name, item in here.model_fields.items()]
    return f" (valid: {', '.join(known)})"


def _model_in(annotation: Any) -> Any:
    """The model inside an annotation such as `tuple[Row, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
