"""SHA-256 without the price of hashlib.

`import hashlib` loads OpenSSL: 2.5 ms of a cold start, more than the look-up it serves. CPython
carries its own SHA-256 (the standard library's `random` takes its SHA-512 the same way); where it
does not, hashlib it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def _sha256() -> Callable[[bytes], Any]:
    for name in ("_sha2", "_sha256", "hashlib"):  # CPython >= 3.12, 3.11, anything else
        try:
            found: Callable[[bytes], Any] = __import__(name).sha256
        except (ImportError, AttributeError):
            continue
        return found
    raise ImportError("this Python has no SHA-256")


def sha256(data: bytes) -> bytes:
    """The 32 bytes of the SHA-256 digest of `data`."""
    digest: bytes = _sha256()(data).digest()
    return digest
