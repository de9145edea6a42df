"""A prompt as the very bytes that a model was trained to read.

Templates are data (`data/models.json`, each with its source). The token that begins every text
(`<s>`, `<|begin_of_text|>`) is in none of them: the server puts it there itself, and twice is once
too often.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kai.errors import TableError
from kai.llm.endpoint import Prompt, Role

DATA = Path(__file__).parent / "data" / "models.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Template:
    """How turns are written; `{}` is where the text goes.

    `first` is the first request together with the system text, for models that have no role for it;
    then `system` is "". `opening` comes before the answer. `source` says where all this is from.
    """

    name: str
    system: str
    first: str
    user: str
    assistant: str
    opening: str
    stop: tuple[str, ...]
    source: str


@cache
def document() -> dict[str, Any]:
    """The table of models and templates. Raises `TableError` where it cannot be read."""
    try:
        read: dict[str, Any] = json.loads(DATA.read_bytes())
    except (OSError, ValueError) as error:
        message = f"the table of models cannot be read ({error}); install kai again"
        raise TableError(message) from None
    if read.get("format") != FORMAT:
        raise TableError("the table of models is of another version of kai; install kai again")
    return read


def names() -> tuple[str, ...]:
    """Every template there is."""
    return tuple(document()["templates"])


@cache
def template(name: str) -> Template:
    """One template. Raises `TableError` where there is none of that name."""
    row = document()["templates"].get(name)
    if row is None:
        raise TableError(f"there is no template {name!r}; there are {', '.join(names())}")
    return Template(
        name=name,
        system=row.get("system", ""),
        first=row.get("first", ""),
        user=row["user"],
        assistant=row["assistant"],
        opening=row["open"],
        stop=tuple(row["stop"]),
        source=row["source"],
    )


def stops(name: str) -> tuple[str, ...]:
    """What ends an answer in this template: its own control tokens; () for the server's own ("")."""
    return template(name).stop if name else ()


def render(prompt: Prompt, name: str) -> str:
    """The whole prompt as one text, up to the answer, `prefill` included.

    Where the last turn is the assistant's (the static part alone), the text ends with it, so that it
    is a prefix of every whole prompt. Raises `TableError` for a template that does not exist.
    """
    shape = template(name)
    parts = [_filled(shape.system, prompt.system)] if shape.system and prompt.system else []
    merge = shape.first if prompt.system else ""
    for turn in prompt.turns:
        if turn.role is Role.ASSISTANT:
            parts.append(_filled(shape.assistant, turn.text))
        elif merge:
            parts.append(_filled(merge, turn.text, prompt.system))
            merge = ""
        else:
            parts.append(_filled(shape.user, turn.text))
    if not prompt.turns or prompt.turns[-1].role is Role.USER:
        # A blank belongs to the token of the word that comes after it: the model writes both.
        begun = shape.opening + prompt.prefill
        parts.append(begun if prompt.prefill else begun.rstrip(" "))
    return "".join(parts)


def _filled(shape: str, text: str, system: str = "") -> str:
    """`shape` with its places filled; what is put in is never looked at for further places."""
    head, _, tail = shape.partition("{}")
    before, place, after = head.partition("{system}")
    return (before + system + after if place else head) + text + tail


@cache
def _control() -> re.Pattern[str]:
    """What may not stand in data: every control token there is, and all that looks like one."""
    tokens = {"<think>", "</think>", "<bos>", "<eos>", "<pad>", "<unk>", "<s>", "</s>"}
    # What begins with a line break cannot come about: data stand on one line.
    tokens |= {token for name in names() for token in template(name).stop if token[0] != "\n"}
    listed = "|".join(re.escape(token) for token in sorted(tokens, key=len, reverse=True))
    looks = r"<[|\uff5c]|[|\uff5c]>|\[/?[A-Z][A-Z_]{2,}\]|</?(?:start|end)_of_[a-z_]+>"
    return re.compile(f"{listed}|{looks}")


def harmless(text: str) -> str:
    """`text` in which no control token of any template can be read: a blank parts each.

    A blank only ever takes characters apart, so that nothing new can come together.
    """
    return _control().sub(lambda found: found[0][:1] + " " + found[0][1:], text)
