"""Tiny models of the llama architecture, made in milliseconds: of random weights, or of chosen ones.

What a server does with a model (load, evaluate a prompt, stream, keep, cancel, count) does not
depend on what the weights say. All models read and write bytes: a prompt has as many tokens as
bytes, plus one for its beginning.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.models import gguf
from tests.e2e.models.gguf import Tensor, Value

UNKNOWN, BEGIN, END = 0, 1, 2
FIRST_BYTE = 3
BLANK = FIRST_BYTE + 256
BYTES = BLANK + 1
"""The vocabulary without words: three control tokens, one for each byte, one more for the blank."""

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""A chat template as files carry it (Jinja); Ollama keeps it only where it knows its like."""

_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6  # token types of llama.cpp


@dataclass(frozen=True, slots=True)
class Size:
    """How large a model is: memory and time grow with `layers` * `width`²."""

    layers: int = 2
    width: int = 64
    heads: int = 4
    context: int = 8192
    """Tokens that the file says the model was trained for."""

    @property
    def inner(self) -> int:
        """Width of the feed-forward part."""
        return self.width * 3

    @property
    def weights(self) -> int:
        """How many weights the layers have, about the file's bytes where it is quantized."""
        return self.layers * (4 * self.width**2 + 3 * self.width * self.inner)


TINY = Size()
"""Half a megabyte: loads in a quarter of a second."""

MIDDLE = Size(layers=4, width=512, heads=8)
"""15 MB quantized: evaluating a prompt of some hundred tokens takes seconds on one core."""

BIG = Size(layers=8, width=1024, heads=16)
"""108 MB quantized: some ten milliseconds and more for each token of a prompt."""


def _fields(name: str, size: Size, words: Sequence[str], template: str) -> dict[str, Value]:
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    # U+2581 stands for a blank in this kind of vocabulary; without a token of its own it is three.
    pieces += [word.replace(" ", "\u2581") for word in (" ", *words)]
    types = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256, _NORMAL, *[_NORMAL] * len(words)]
    fields: dict[str, Value] = {
        "general.architecture": "llama",
        "general.name": name,
        "llama.context_length": size.context,
        "llama.embedding_length": size.width,
        "llama.block_count": size.layers,
        "llama.feed_forward_length": size.inner,
        "llama.attention.head_count": size.heads,
        "llama.attention.head_count_kv": size.heads,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": size.width // size.heads,
        "llama.vocab_size": len(pieces),
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": pieces,
        "tokenizer.ggml.scores": [0.0] * len(pieces),
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.bos_token_id": BEGIN,
        "tokenizer.ggml.eos_token_id": END,
        "tokenizer.ggml.unknown_token_id": UNKNOWN,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_space_prefix": False,
    }
    if template:
        fields["tokenizer.chat_template"] = template
    return fields


def _layer_shapes(size: Size) -> dict[str, tuple[int, int]]:
    width, inner = size.width, size.inner
    return {
        "attn_q": (width, width),
        "attn_k": (width, width),
        "attn_v": (width, width),
        "attn_output": (width, width),
        "ffn_gate": (width, inner),
        "ffn_up": (width, inner),
        "ffn_down": (inner, width),
    }


def _ones(name: str, size: Size) -> Tensor:
    return gguf.floats(name, (size.width,), [1.0] * size.width)


def _uniform(name: str, shape: tuple[int, int], chance: random.Random, spread: float) -> Tensor:
    count = shape[0] * shape[1]
    values = [(2 * chance.random() - 1) * spread for _ in range(count)]
    return gguf.floats(name, shape, values)


def random_model(
    path: Path,
    *,
    seed: int = 1,
    size: Size = TINY,
    printable: bool = False,
    template: str = "",
) -> Path:
    """A model that writes noise without end, the same noise for the same `seed` and prompt.

    `printable`: at temperature 0 only ASCII from the blank to the tilde; otherwise bytes of every
    kind, with control bytes and broken UTF-8. It is quantized (Q8_0) from a width of 256 on.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret: the same weights every time
    make = gguf.quantized if size.width >= 256 else _uniform
    spread = (3 / size.width) ** 0.5  # keeps the variance from layer to layer
    tensors = [_uniform("token_embd.weight", (size.width, BYTES), chance, 1.0)]
    for layer in range(size.layers):
        prefix = f"blk.{layer}."
        tensors.append(_ones(f"{prefix}attn_norm.weight", size))
        tensors.append(_ones(f"{prefix}ffn_norm.weight", size))
        for part, shape in _layer_shapes(size).items():
            tensors.append(make(f"{prefix}{part}.weight", shape, chance, spread))
    tensors.append(_ones("output_norm.weight", size))
    first, last = (ord(" "), ord("~")) if printable else (0, 255)
    allowed = {BLANK, *range(FIRST_BYTE + first, FIRST_BYTE + last + 1)}
    rows: list[float] = []
    for token in range(BYTES):
        # A row of zeros is a score of exactly 0, which the best of many random ones beats.
        spoken = token in allowed
        rows += [(2 * chance.random() - 1) if spoken else 0.0 for _ in range(size.width)]
    tensors.append(gguf.floats("output.weight", (size.width, BYTES), rows))
    fields = _fields(f"random {seed}", size, (), template)
    fields["general.file_type"] = 7 if make is gguf.quantized else 0  # MOSTLY_Q8_0, ALL_F32
    return gguf.write(path, fields, tensors)


def scripted_model(
    path: Path,
    says: Sequence[str],
    *,
    endless: bool = False,
    template: str = "",
    file_type: int = 0,
) -> Path:
    """A model that answers every prompt with the pieces of `says`, one token each, and ends.

    The next token depends on the last one alone: after any byte comes the first piece, after each
    piece the next. Pieces must differ from each other and have three characters or more (shorter
    ones would be read in prompts, too); they may hold anything, line feeds too.
    At temperature 0 this is certain; at 1 nearly so. `endless`: the first comes again after the
    last. `file_type` is what the file claims about its quantization (2 is Q4_0, 10 is Q2_K).
    """
    assert len(set(says)) == len(says), "every piece needs a next one of its own"
    assert all(len(piece) >= 3 for piece in says), "a short piece would be read in a prompt"
    vocabulary = BYTES + len(says)
    size = Size(layers=1, width=-(-vocabulary // 64) * 64, heads=4)

    def one_hot(column: int, value: float) -> list[float]:
        return [value if place == column else 0.0 for place in range(size.width)]

    embeddings = [value for token in range(vocabulary) for value in one_hot(token, 1.0)]
    rows = [[0.0] * size.width for _ in range(vocabulary)]
    first, last = BYTES, vocabulary - 1
    for token in range(BYTES):
        rows[first][token] = 2.0
    for token in range(first, last):
        rows[token + 1][token] = 2.0
    rows[first if endless else END][last] = 2.0

    tensors = [gguf.floats("token_embd.weight", (size.width, vocabulary), embeddings)]
    for name in ("attn_norm", "ffn_norm"):
        tensors.append(_ones(f"blk.0.{name}.weight", size))
    for part, shape in _layer_shapes(size).items():
        # Zeros: the layer adds nothing to what it is given.
        tensors.append(gguf.floats(f"blk.0.{part}.weight", shape, [0.0] * (shape[0] * shape[1])))
    tensors.append(_ones("output_norm.weight", size))
    flat = [value for row in rows for value in row]
    tensors.append(gguf.floats("output.weight", (size.width, vocabulary), flat))
    fields = _fields("scripted", size, says, template)
    fields["general.file_type"] = file_type
    return gguf.write(path, fields, tensors)
