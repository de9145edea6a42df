"""What each model needs: its template, sampling, window, how much it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from kai.llm.endpoint import Sampling
from kai.llm.templates import document, stops

NUM_CTX = 4096
"""Tokens of the window kai asks for: the same in every request, since another one loads the model
again. The longest prompt (static part, surroundings, cards, answer) takes 2,700."""
NUM_PREDICT = 160
THOUGHTS = 2048
"""Tokens for an answer with the thoughts before it, for models that always think."""
SMALL = 4.0
"""Billions of parameters below which a model gets the short prompt."""

REPAIR = Sampling(temperature=0.3, top_p=0.9, top_k=40, repeat_penalty=1.1)
"""For a second try: the first answer must not come again."""

_LONG_CARDS = (4, 1200)
_SHORT_CARDS = (2, 250)
_ANSWER_SECONDS = 1.0
"""Reading the cards may take this long."""
_BASE_TAGS = ("base", "text")
"""Tags of weights that were not trained to follow requests (the names of Ollama's library)."""
_PUBLISHERS = re.compile(r"^(?:meta|metaai|ibm|google|microsoft|mistralai|qwen_|unsloth|kai)[-_]")
_SIZE = re.compile(r"(?<![0-9a-z.])(?:(\d+)x)?(\d+(?:\.\d+)?)\s*([bm])(?![0-9a-z])")


@dataclass(frozen=True, slots=True)
class Preset:
    """How a model is asked.

    `template` "" leaves the writing of roles to the server (the prompt goes as messages); then
    `stop` holds no line break. `style` is "short" or "long". `cards` and `card_tokens` bound what is
    retrieved. `thinking` is False where the model can think aloud and shall not, None where it
    cannot. `tokens` is the vocabulary for `kai.llm.tokens.estimate`. `prefill` is how every answer
    begins, for models that only go on with text.
    """

    family: str
    style: str
    template: str
    sampling: Sampling
    repair: Sampling
    num_ctx: int
    num_predict: int
    stop: tuple[str, ...]
    thinking: bool | None
    cards: int
    card_tokens: int
    tokens: str = "default"
    prefill: str = ""
    known: bool = True

    def paced(self, prompt_speed: float) -> Preset:
        """The same with no more cards than a server reads in a second; tokens each second."""
        budget = min(self.card_tokens, max(_SHORT_CARDS[1], int(prompt_speed * _ANSWER_SECONDS)))
        cards = self.cards if budget > _SHORT_CARDS[1] else min(self.cards, _SHORT_CARDS[0])
        return replace(self, cards=cards, card_tokens=budget)


def preset(model: str, *, parameters: str = "", variant: str = "auto") -> Preset:
    """The preset for a model by its name; `parameters` as the server writes it ("7.6B").

    `variant` is "auto" (by size), "short" or "long". A model that nobody wrote down gets the long
    prompt by its size and its server's own template. Raises `TableError`.
    """
    name, tag = _split(model)
    row = _row(name, tag)
    size = billions(parameters) or billions(tag) or billions(name)
    small = size is not None and size < SMALL
    style = variant if variant in ("short", "long") else _style(row, small=small)
    template = str(row.get("template", ""))
    if template and _is_base(row, tag):
        template = "plain"
    window = min(NUM_CTX, int(row.get("context", NUM_CTX)))
    narrow = style == "short" or window < NUM_CTX
    cards, card_tokens = _SHORT_CARDS if narrow else _LONG_CARDS
    instruct = _instruct_only(name, tag)
    if instruct and template:
        template = str(row.get("instruct_template", template))
    num_predict = int(row.get("num_predict", NUM_PREDICT))
    if {"thinking", "reasoning"} & {*tag.split("-"), *name.split("-")}:
        # It cannot be kept from it: its server takes the thoughts apart, and they need room.
        template, num_predict = "", max(num_predict, THOUGHTS)
    thinking = False if row.get("thinking") and not instruct else None
    return Preset(
        family=str(row.get("family", "")),
        style=style,
        template=template,
        sampling=Sampling(temperature=_temperature(row, small=small)),
        repair=REPAIR,
        num_ctx=window,
        num_predict=num_predict,
        stop=_stop(template),
        thinking=thinking,
        cards=cards,
        card_tokens=card_tokens,
        tokens=str(row.get("tokens", "default")),
        prefill="kubectl" if template == "plain" else "",
        known=bool(row),
    )


def billions(text: str) -> float | None:
    """Parameters in billions as "7.6B", "qwen-1.5b-instruct", "8x7b" or "135M" say it."""
    found = _SIZE.search(text.lower().replace("_", "-"))
    if found is None:
        return None
    each = float(found[2]) * (1 if found[3] == "b" else 0.001)
    return each * int(found[1] or 1)


def _split(model: str) -> tuple[str, str]:
    """The name without registry, publisher and suffixes, and the tag; lower case."""
    name = model.lower().rsplit("/", 1)[-1]
    name, _, tag = name.partition(":")
    while (shorter := _PUBLISHERS.sub("", name)) != name:
        name = shorter
    return name, tag


@cache
def _index() -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """(name without marks, tag, row), the longest first: the nearest name wins."""
    found = []
    for row in document()["models"]:
        for full in row["names"]:
            name, _, tag = full.partition(":")
            found.append((_bare(name), tag, row))
    return tuple(sorted(found, key=lambda item: (-len(item[0]), -len(item[1]))))


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name)


def _row(name: str, tag: str) -> dict[str, Any]:
    """What is known of a model; {} for nothing. Names are compared from their beginning, so that a
    model that others made out of a known one (`dolphin-mistral`) is not taken for it."""
    bare = _bare(name)
    for known, known_tag, row in _index():
        if bare.startswith(known) and tag.startswith(known_tag):
            return row
    return {}


def _is_base(row: dict[str, Any], tag: str) -> bool:
    parts = set(tag.split("-"))
    return bool(parts & {*_BASE_TAGS, *row.get("base_tags", ())}) and "instruct" not in parts


def _instruct_only(name: str, tag: str) -> bool:
    """Releases of a thinking family that do not think: qwen3:4b-instruct-2507."""
    return "instruct" in tag.split("-") or "instruct" in name.split("-")


def _style(row: dict[str, Any], *, small: bool) -> str:
    return str(row.get("style", "short" if small else "long"))


def _temperature(row: dict[str, Any], *, small: bool) -> float:
    usual = float(row.get("temperature", 0.0))
    return float(row.get("small_temperature", usual)) if small else usual


def _stop(template: str) -> tuple[str, ...]:
    """Where kai writes the roles itself, the answer begins at once and ends with its line. A server's
    own template may have it begin with an empty line: nothing of the kind is asked for there."""
    return tuple(dict.fromkeys(("\n", *stops(template)))) if template else ()
