"""Which weights a server was last seen with, read without anything else of `kai.llm`.

A kept answer is found by them: whoever looks for one must not load what asks a model.
"""

from __future__ import annotations

import json
from pathlib import Path

from kai.config import LlmSettings
from kai.config.kept import read_private
from kai.hashing import sha256
from kai.llm import PROMPT

FILE = "models.json"
"""Where inventories are kept below kai's cache folder."""


def weights(cache: Path, url: str) -> list[tuple[str, str]]:
    """(name, digest) of the models that the server at `url` had when it was last asked.

    `cache` is kai's cache folder, `FILE` in it that of `kai.llm.inventory`; one that is damaged or
    missing has none.
    """
    try:
        content, _, problem = read_private(cache / FILE)
        models = json.loads(content)["servers"][url]["models"] if not problem else []
        return [(str(model["name"]), str(model["digest"])) for model in models]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def digest(llm: LlmSettings, cache: Path) -> str:
    """What tells the models of these settings from any others: what is asked, where, in which words,
    and the weights that were last seen there."""
    asked = [llm.provider, llm.url, llm.model, llm.fast_model, llm.quality_model, llm.variant]
    return sha256(json.dumps([PROMPT, asked, weights(cache, llm.url)]).encode()).hex()
