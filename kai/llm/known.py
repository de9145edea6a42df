"""The models that kai knows by name: how large they are, what they need, what they are good for.

`size` is what a pull of that name brings, as the Ollama library says it. `per_token` is what the key
and value cache takes in 16 bits: 2 (K and V) x layers x KV heads x head size x 2 bytes, from the
configuration that each model is published with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kai.llm.endpoint import Installed
from kai.llm.memory import GB

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Known:
    """A model: its name, bytes of a pull, bytes of cache for each token of context."""

    name: str
    size: int
    per_token: int


def _known(name: str, gigabytes: float, kib: int) -> Known:
    return Known(name, int(gigabytes * GB), kib * _KIB)


KNOWN = (
    _known("qwen2.5-coder:7b", 4.7, 56),  # 28 x 4 x 128
    _known("phi3:14b", 7.9, 200),  # 40 x 10 x 128
    _known("qwen2.5-coder:14b", 9.0, 192),  # 48 x 8 x 128
    _known("llama3.1:8b", 4.9, 128),  # 32 x 8 x 128
    _known("codellama:7b-instruct", 3.8, 512),  # 32 x 32 x 128
    _known("llama3.2:3b", 2.0, 112),  # 28 x 8 x 128
    _known("qwen2.5-coder:3b", 1.9, 36),  # 36 x 2 x 128
    _known("phi3:3.8b", 2.2, 384),  # 32 x 32 x 96
    _known("granite-code:3b", 2.0, 320),  # 32 x 32 x 80
    _known("qwen2.5-coder:1.5b", 1.0, 28),  # 28 x 2 x 128
    _known("llama3.2:1b", 1.3, 32),  # 16 x 8 x 64
)
"""From the one that kai would rather ask to the one it would ask last, for a request that is hard."""

FAST, DEFAULT, QUALITY = "llama3.2:3b", "qwen2.5-coder:7b", "phi3:14b"
"""What kai recommends: for simple requests, for everything, and for hard ones where it fits."""

SMALLEST = "llama3.2:1b"
"""What kai offers where nothing else fits."""

GOOD = 5
"""So many of `KNOWN`, from its beginning, are good enough for hard requests."""

FAST_ONES = (
    FAST,
    "qwen2.5-coder:3b",
    "phi3:3.8b",
    "granite-code:3b",
    "qwen2.5-coder:1.5b",
    SMALLEST,
)
"""For simple requests, in this order."""

_OVERHEAD = 300_000_000
"""Bytes for the buffers of a computation; an estimate, used until a server has said what it took."""

_PARAMETERS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([MB])", re.IGNORECASE)
_LATEST = ":latest"


def same(name: str, other: str) -> bool:
    """Whether two names mean one model: `llama3.2` is `llama3.2:latest`."""
    return full(name) == full(other)


def full(name: str) -> str:
    """The name with its tag, in small letters."""
    name = name.strip().lower()
    return name if ":" in name.rpartition("/")[2] else name + _LATEST


def parameters(text: str) -> float | None:
    """How many parameters "7.6B" or "270M" says; None where it says nothing."""
    found = _PARAMETERS.search(text)
    if found is None:
        return None
    return float(found[1]) * (1e9 if found[2].upper() == "B" else 1e6)


def find(name: str, said: str = "") -> Known | None:
    """What kai knows of a model of this name; `said` is its number of parameters as a server says.

    Other quantisations, `latest` and other people's copies of it count: they are the same model.
    """
    base, _, tag = full(name).rpartition(":")
    base = base.rpartition("/")[2]
    count = parameters(said) or parameters(tag.partition("-")[0])
    near = [known for known in KNOWN if known.name.partition(":")[0] == base]
    for known in near:
        size = parameters(known.name.partition(":")[2]) or 0.0
        if count is not None and abs(count - size) <= 0.2 * size:
            return known
    return None


def needs(installed: Installed, num_ctx: int) -> int | None:
    """Bytes of memory that the model takes with this context, estimated; None: nobody knows.

    Weights, the cache of keys and values, and buffers. Where the model is not a known one the cache
    is taken for that of a model of its size with grouped queries, a quarter larger to be safe.
    """
    if installed.size is None:
        return None
    known = find(installed.name, installed.parameters)
    if known is not None:
        per_token = known.per_token
    else:
        # Llama 3.1 8B: 128 KiB; widths and layers grow with about the square root each.
        count = parameters(installed.parameters) or installed.size * 8 / 4.85  # bits of Q4_K_M
        per_token = int(
            1.25 * 128 * _KIB * min(1.0, count / 8e9) ** 0.75 * max(1.0, count / 8e9) ** 0.5
        )
    return installed.size + per_token * num_ctx + min(_OVERHEAD, installed.size // 4 + 50_000_000)


def is_coarse(quantisation: str) -> bool:
    """Whether weights are kept in two or three bits: a smaller model in four or five does better."""
    return re.match(r"(?:IQ|TQ|Q)[123](?:\D|$)", quantisation.upper()) is not None


def is_elsewhere(name: str) -> bool:
    """Whether Ollama hands a model of this name on to ollama.com (its documentation, "Cloud")."""
    return name.lower().endswith(("-cloud", ":cloud"))


def is_embedding(installed: Installed) -> bool:
    """Whether a model only makes vectors and cannot answer."""
    text = f"{installed.family} {installed.name}".lower()
    return "bert" in text or "embed" in text or "minilm" in text
