"""Small JSON files that are ours alone: readable by nobody else, replaced in one step.

They hold things that can be made again, so nothing here raises: what cannot be read is None, what
cannot be written is False. A file that somebody else owns or could have written is not read.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024
_SHARED_WRITE = stat.S_IWGRP | stat.S_IWOTH


def read_json(path: Path, max_bytes: int = MAX_BYTES) -> object:
    """The value in the file; None where there is none, or it is not ours, too large or damaged."""
    try:
        # O_NONBLOCK: a pipe put in the file's place must not make us wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(handle)
            private = about.st_uid == os.geteuid() and not about.st_mode & _SHARED_WRITE
            if not stat.S_ISREG(about.st_mode) or not private or about.st_size > max_bytes:
                return None
            value: object = json.loads(file.read(max_bytes))
            return value
    except (OSError, ValueError, RecursionError):
        return None


def write_json(path: Path, value: object) -> bool:
    """Put the value there with mode 0600, whole or not at all; folders that miss become 0700."""
    passing = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(passing, flags, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, separators=(",", ":"))
        passing.replace(path)
    except (OSError, ValueError, TypeError):
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)
        return False
    return True
