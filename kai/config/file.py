"""Reading config.yaml: only a file that nobody else can write, validated once per change.

The validated form is kept as JSON in the cache folder, under the file's path, time, size and
digest and kai's version; its values go through the cheap checks again whenever it is read, so a
damaged or foreign copy can at worst be thrown away.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from kai import __version__
from kai.config.checks import CHECKS
from kai.config.paths import Paths
from kai.config.settings import Value
from kai.errors import ConfigError
from kai.hashing import sha256

MAX_BYTES = 1 << 20
"""A config file is some dozen lines; more than 1 MiB is a mistake or an attack."""


def read_file(paths: Paths) -> tuple[dict[str, Value], list[str]]:
    """The checked values of the config file by dotted name, and warnings.

    A file that somebody else owns or can write is ignored with a warning. Raises ConfigError for
    one that cannot be read, is not valid, or was named by `KAI_CONFIG` and is not there.
    """
    try:
        content, state, problem = read_private(paths.file)
    except FileNotFoundError:
        if paths.named:
            raise ConfigError(f"KAI_CONFIG names {paths.file}, which does not exist") from None
        return {}, []
    except OSError as error:
        raise ConfigError(f"{paths.file} cannot be read: {error.strerror}") from None
    if problem:
        return {}, [f"{paths.file} {problem}; it is ignored"]
    stamp = _stamp(paths.file, content, state)
    kept = _kept(paths, stamp)
    if kept is not None:
        return kept, []
    from kai.config.border import parse

    raw = parse(content, str(paths.file))
    values = {key: CHECKS[key](value) for key, value in raw.items()}
    _keep(paths, stamp, raw)
    return values, []


def read_private(path: Path) -> tuple[bytes, os.stat_result, str]:
    """Content, status and "" of a file that only its owner, us, can write; else what is wrong.

    The open file is examined, not its name, so that it cannot be swapped in between; O_NONBLOCK
    keeps a pipe of that name from hanging us. Raises OSError.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return b"", state, "is not a regular file"
        if state.st_uid != os.geteuid():
            return b"", state, "belongs to somebody else"
        if state.st_mode & 0o022:
            return b"", state, f"can be written by others (chmod 600 {path})"
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


def _stamp(path: Path, content: bytes, state: os.stat_result) -> dict[str, object]:
    return {
        "kai": __version__,
        "path": str(path),
        "mtime_ns": state.st_mtime_ns,
        "size": state.st_size,
        "sha256": sha256(content).hex(),
    }


def _kept_file(paths: Paths) -> Path:
    return paths.cache / "config.json"


def _kept(paths: Paths, stamp: Mapping[str, object]) -> dict[str, Value] | None:
    """The values kept for exactly this file, or None."""
    try:
        content, _, problem = read_private(_kept_file(paths))
        record = json.loads(content) if not problem else {}
        if record.get("stamp") != stamp:
            return None
        return {key: CHECKS[key](value) for key, value in record["values"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _keep(paths: Paths, stamp: Mapping[str, object], raw: Mapping[str, object]) -> None:
    record = json.dumps({"stamp": stamp, "values": raw})
    # A cache folder that cannot be written costs the next start some time, nothing else.
    with contextlib.suppress(OSError):
        write_private(_kept_file(paths), record.encode())
