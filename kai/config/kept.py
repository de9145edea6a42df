"""The validated form of a file, kept as JSON: reading YAML and checking it cost more than an answer.

A copy belongs to one file in one state (path, time, size, digest) and one version of kai. It is only
read where nobody else can write it; whoever reads it checks the values again, so that a damaged or
foreign copy can at worst be thrown away.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from kai import __version__
from kai.hashing import sha256

MAX_BYTES = 1 << 20
"""A file of settings is some dozen lines; more than 1 MiB is a mistake or an attack."""

Stamp = Mapping[str, object]


def read_private(path: Path) -> tuple[bytes, os.stat_result, str]:
    """Content, status and "" of a file that only its owner, us, can write; else what is wrong.

    Raises OSError.
    """
    content, state, problem = read_regular(path)
    if problem:
        return b"", state, problem
    if state.st_uid != os.geteuid():
        return b"", state, "belongs to somebody else"
    if state.st_mode & 0o022:
        return b"", state, f"can be written by others (chmod 600 {path})"
    return content, state, ""


def read_regular(path: Path) -> tuple[bytes, os.stat_result, str]:
    """Content, status and "" of a regular file of no more than MAX_BYTES; else what is wrong.

    The open file is examined, not its name, so that it cannot be swapped in between; O_NONBLOCK
    keeps a pipe of that name from hanging us. Raises OSError.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return b"", state, "is not a regular file"
        if state.st_size > MAX_BYTES:
            return b"", state, f"is larger than {MAX_BYTES} bytes"
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(MAX_BYTES + 1), state, ""
    finally:
        os.close(handle)


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path` at once or not at all, readable by us only (0600). Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def stamp(path: Path, content: bytes, state: os.stat_result) -> Stamp:
    """What a copy must have been made from to stand for this file."""
    return {
        "kai": __version__,
        "path": str(path),
        "mtime_ns": state.st_mtime_ns,
        "size": state.st_size,
        "sha256": sha256(content).hex(),
    }


def kept(copy: Path, wanted: Stamp) -> object:
    """The values kept in `copy` for exactly the file of this stamp, or None."""
    try:
        content, _, problem = read_private(copy)
        record = json.loads(content) if not problem else {}
        return record["values"] if record["stamp"] == wanted else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep(copy: Path, wanted: Stamp, values: object) -> None:
    """Keep the values; a folder that cannot be written costs the next start some time, no more."""
    record = json.dumps({"stamp": wanted, "values": values})
    with contextlib.suppress(OSError):
        write_private(copy, record.encode())
