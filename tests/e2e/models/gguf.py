"""Write a GGUF file: the format in which llama.cpp and Ollama keep a model.

By hand instead of with the `gguf` package, which brings numpy and five more packages (80 MB) for
what is a header, key-value pairs, a table of tensors and their bytes. The format:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 3, little endian).
"""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple, TypeAlias

ALIGNMENT = 32
"""Bytes: what every tensor's offset is a multiple of where a file says nothing else."""

BLOCK = 32
"""Weights in one block of Q8_0: a half-precision scale and a byte for each weight."""


class Kind(IntEnum):
    """How a tensor's weights are stored (ggml_type)."""

    F32 = 0
    Q8_0 = 8


class _Value(IntEnum):
    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9


Scalar: TypeAlias = str | bool | int | float
Value: TypeAlias = Scalar | Sequence[str] | Sequence[int] | Sequence[float]


class Tensor(NamedTuple):
    """A named matrix: `shape` has the fastest-running dimension first, as ggml counts them."""

    name: str
    shape: tuple[int, ...]
    kind: Kind
    data: bytes


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _scalar(value: Scalar) -> tuple[_Value, bytes]:
    match value:
        case bool():
            return _Value.BOOL, struct.pack("<?", value)
        case int():
            # Whole numbers of the specification are unsigned; only arrays of them are signed here.
            return _Value.UINT32, struct.pack("<I", value)
        case float():
            return _Value.FLOAT32, struct.pack("<f", value)
        case str():
            return _Value.STRING, _text(value)


def _value(value: Value) -> bytes:
    if isinstance(value, str | bool | int | float):
        kind, raw = _scalar(value)
        return struct.pack("<I", kind) + raw
    if value and isinstance(value[0], int):
        kind, raw = _Value.INT32, struct.pack(f"<{len(value)}i", *value)
    else:
        kind = _Value.STRING if value and isinstance(value[0], str) else _Value.FLOAT32
        raw = b"".join(_scalar(entry)[1] for entry in value)
    return struct.pack("<IIQ", _Value.ARRAY, kind, len(value)) + raw


def _padding(length: int) -> bytes:
    return b"\0" * (-length % ALIGNMENT)


def write(path: Path, fields: Mapping[str, Value], tensors: Sequence[Tensor]) -> Path:
    """Write `fields` and `tensors` to `path`, and return it."""
    head = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(fields))]
    head += [_text(name) + _value(value) for name, value in fields.items()]
    offset = 0
    for tensor in tensors:
        shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        head.append(_text(tensor.name) + shape + struct.pack("<IQ", tensor.kind, offset))
        offset += len(tensor.data) + len(_padding(len(tensor.data)))
    raw = b"".join(head)
    with path.open("wb") as file:
        file.write(raw + _padding(len(raw)))
        for tensor in tensors:
            file.write(tensor.data)
            file.write(_padding(len(tensor.data)))
    return path


def floats(name: str, shape: tuple[int, ...], values: Sequence[float]) -> Tensor:
    """A tensor of exactly these weights, row after row."""
    raw = array("f", values)
    assert raw.itemsize == 4, "this platform's float is not IEEE single precision"
    return Tensor(name, shape, Kind.F32, raw.tobytes())


def quantized(name: str, shape: tuple[int, int], chance: random.Random, spread: float) -> Tensor:
    """A large tensor of random weights between -`spread` and +`spread`, one byte each (Q8_0).

    One megabyte of blocks is made and repeated: to a server that reads and multiplies them it is
    the same, and making 200 MB takes no longer than writing them.
    """
    blocks = shape[0] * shape[1] // BLOCK
    assert shape[0] % BLOCK == 0, f"{name}: a row of {shape[0]} is no multiple of {BLOCK}"
    scale = struct.pack("<e", spread / 127)
    some = min(blocks, 32_749)  # a prime: rows do not repeat in step
    made = b"".join(scale + chance.randbytes(BLOCK) for _ in range(some))
    size = blocks * (len(scale) + BLOCK)
    return Tensor(name, shape, Kind.Q8_0, (made * (size // len(made) + 1))[:size])
