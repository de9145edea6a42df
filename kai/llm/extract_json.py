"""Commands that a model has wrapped in JSON."""

from __future__ import annotations

import json
from typing import Any

_KEYS = ("command", "commands", "cmd", "kubectl_command", "kubectl", "steps", "answer", "result")
_WRAPS = ("arguments", "parameters", "input", "args", "response", "output", "properties")
_MOST_PLACES = 3  # an object that holds a command stands at the start of what is said
_DECODER = json.JSONDecoder(strict=False)


def from_json(text: str) -> list[str] | None:
    """The lines of the commands in the first object that has any; [] where it says there is none.

    None: the text is no JSON, or it holds no command.
    """
    if "{" not in text and "[" not in text:
        return None
    place = -1
    for _ in range(_MOST_PLACES):
        place = _next(text, place + 1)
        if place < 0:
            return None
        if "kubectl" in text[:place]:
            return None  # a patch inside a command, or something behind it
        try:
            value, _ = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            found = _torn(text, place)
            if found is not None:
                return found
            continue
        found = _commands(value, 0)
        if found is not None:
            return found
    return None


def _next(text: str, start: int) -> int:
    places = [at for at in (text.find("{", start), text.find("[", start)) if at >= 0]
    return min(places, default=-1)


def _torn(text: str, place: int) -> list[str] | None:
    """The command of an object that does not end: only where its string does."""
    for key in ("command", "cmd", "kubectl_command"):
        at = text.find(f'"{key}"', place, place + 400)
        quote = text.find('"', at + len(key) + 2) if at >= 0 else -1
        if quote < 0 or text[at + len(key) + 2 : quote].strip() != ":":
            continue
        try:
            value, _ = _DECODER.raw_decode(text, quote)
        except ValueError:
            continue
        if isinstance(value, str):
            return value.split("\n")
    return None


def _commands(value: Any, depth: int) -> list[str] | None:
    if depth > 4:  # "arguments" inside "function" inside "tool_calls" is three
        return None
    if isinstance(value, list):
        lists = [_commands(item, depth + 1) for item in value if isinstance(item, dict)]
        found = [line for lines in lists if lines for line in lines]
        strings = [item for item in value if isinstance(item, str)]
        if strings and all(item.lstrip().startswith("kubectl ") for item in strings):
            found.extend(strings)
        return found or None
    return _of_object(value, depth) if isinstance(value, dict) else None


def _of_object(value: dict[str, Any], depth: int) -> list[str] | None:
    if isinstance(value.get("verb"), str):
        from kai.llm.grammar_json import command_line

        line = command_line(value)
        if line is not None:
            return [line] if line else []
    for key in _KEYS:
        if key not in value:
            continue
        said = value[key]
        if said is None or said in ([], ""):
            return []
        if isinstance(said, str):
            return _spelled(said, value)
        if isinstance(said, list) and all(isinstance(item, str) for item in said):
            return _argv(said)
        found = _commands(said, depth + 1)
        if found is not None:
            return found
    for key in (*_WRAPS, "function", "tool_calls", "message", "content"):
        found = _commands(value.get(key), depth + 1)
        if found is not None:
            return found
    return None


def _spelled(said: str, value: dict[str, Any]) -> list[str] | None:
    args = value.get("args")
    if said.strip() == "kubectl" and isinstance(args, list):
        return _argv(["kubectl", *(str(item) for item in args)])
    return said.split("\n")


def _argv(words: list[str]) -> list[str] | None:
    """A list is either commands or the words of one."""
    if words[0] != "kubectl":
        return words
    from kai.kubectl.words import quote

    try:
        return [" ".join(quote(word) for word in words)]
    except ValueError:
        return None
