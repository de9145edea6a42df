"""Intents: one function per command path and use, in families.

An `Intent` names the `act` values of the lexicon that call it. Its `compose` takes what it
understands out of the frame and returns the command, or None when the request is not its own.
The engine accepts the result only if nothing of the request is left unexplained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kai.nlu.compose import Command
from kai.nlu.frame import Frame

Compose = Callable[[Frame], Command | None]


@dataclass(frozen=True, slots=True)
class Intent:
    """One use of one command.

    `acts`: what calls it; one must be in the request, none means that it is always tried. Each is
    a value of category `act`, `category:value` of any other, `category:` for all its values, or
    `word:WORD` for a single word. `rank`: higher is tried first and wins over lower ranks.
    `reads`: the command changes nothing, so words that only ask to see are free. `enters`: it goes
    into a container or fetches from one, which people also ask for by "get" or "what".
    """

    name: str
    acts: tuple[str, ...]
    compose: Compose
    rank: int = 50
    reads: bool = False
    enters: bool = False
    confidence: float = 0.95
