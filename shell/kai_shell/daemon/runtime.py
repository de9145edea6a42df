"""Where the socket lives: a folder that is ours alone, and nobody else's business.

The folder is `$XDG_RUNTIME_DIR/kai` where that variable names a folder of ours with mode 0700 (as
its specification demands; anything else is passed over), else `$XDG_STATE_HOME/kai/run`, which is
`~/.local/state/kai/run`. Never `/tmp`. Looked at with lstat: a link in its place is refused.

Imported by the small client: no pathlib, no dataclasses.
"""

from __future__ import annotations

import os
import stat
import sys

from kai.errors import DaemonError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    import socket
    from collections.abc import Mapping

SOCKET, LOCK, FIFO, REPLY, FILE = "kai.sock", "kai.lock", "ask.fifo", "reply.", "file."

MAX_PATH = 103
"""Bytes of a socket's path: `sun_path` holds 104 with its end on macOS and the BSDs, 108 on Linux."""

_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED = 0, 1, "=IIh"
"""macOS, <sys/un.h> and <sys/ucred.h>: struct xucred is version, uid, number of groups, groups."""


def folder(env: Mapping[str, str], *, create: bool = True) -> str:
    """The runtime folder, made where it misses and `create` says so. Raises `DaemonError`."""
    base = env.get("XDG_RUNTIME_DIR", "")
    if base.startswith("/") and not _fault(base):
        path = os.path.join(base, "kai")  # noqa: PTH118
    else:
        home = env.get("HOME", "")
        state = env.get("XDG_STATE_HOME", "")
        if not state.startswith("/"):
            home = home if home.startswith("/") else os.path.expanduser("~")  # noqa: PTH111
            state = os.path.join(home, ".local", "state")  # noqa: PTH118
        path = os.path.join(state, "kai", "run")  # noqa: PTH118
    _checked_length(path)
    if create:
        _make(path)
    fault = _fault(path)
    if fault:
        raise DaemonError(f"{path} {fault}; kai puts no socket there")
    _check_above(path)
    return path


def socket_path(runtime: str) -> str:
    """Where the daemon listens."""
    return os.path.join(runtime, SOCKET)  # noqa: PTH118


def _checked_length(path: str) -> None:
    length = len(os.fsencode(socket_path(path)))
    if length > MAX_PATH:
        raise DaemonError(
            f"{socket_path(path)} is too long for a socket ({length} bytes, {MAX_PATH} at most);"
            " set XDG_RUNTIME_DIR to a shorter folder of yours (mode 0700)"
        )


def _make(path: str) -> None:
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        os.mkdir(path, 0o700)  # noqa: PTH102
    except FileExistsError:
        return
    except OSError as error:
        raise DaemonError(f"{path} cannot be made: {error.strerror}") from None


def _fault(path: str) -> str:
    """What is wrong with a folder that should be ours alone; "" for nothing."""
    try:
        state = os.lstat(path)
    except OSError as error:
        return f"cannot be used ({error.strerror})"
    if not stat.S_ISDIR(state.st_mode):
        return "is not a folder"
    if state.st_uid != os.geteuid():
        return "belongs to somebody else"
    if state.st_mode & 0o077:
        return f"is open to others (chmod 700 {path})"
    return ""


def _check_above(path: str) -> None:
    """No folder above may be one in which anybody could rename ours away."""
    above = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    while True:
        state = os.stat(above)  # noqa: PTH116
        if state.st_uid not in (0, os.geteuid()):
            raise DaemonError(f"{above} belongs to somebody else; kai puts no socket below it")
        if state.st_mode & stat.S_IWOTH and not state.st_mode & stat.S_ISVTX:
            raise DaemonError(f"{above} can be written by everybody; kai puts no socket below it")
        if above == "/":
            return
        above = os.path.dirname(above)  # noqa: PTH120


class Lock:
    """The lock of the one daemon of a runtime folder; gone with its process, however that ends."""

    def __init__(self, runtime: str) -> None:
        self._path = os.path.join(runtime, LOCK)  # noqa: PTH118
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether it is ours now; the file then holds our process id. Raises `DaemonError`."""
        import fcntl

        handle = self._open()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle
        return True

    def release(self) -> None:
        """Let the next daemon have it; the file stays."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def holder(self) -> int | None:
        """The process that holds it, or None. A number is only believed while the lock is held."""
        import fcntl

        if not os.path.lexists(self._path):
            return None
        handle = self._open()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = os.pread(handle, 20, 0).strip()
            return int(text) if text.isdigit() else 0
        finally:
            os.close(handle)
        return None

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            handle = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise DaemonError(f"{self._path} cannot be opened: {error.strerror}") from None
        state = os.fstat(handle)
        if state.st_uid != os.geteuid() or not stat.S_ISREG(state.st_mode):
            os.close(handle)
            raise DaemonError(f"{self._path} is not a file of yours; remove it")
        return handle


def listen(runtime: str, backlog: int = 128) -> socket.socket:
    """A socket that listens, mode 0600; the caller holds the lock, so a dead one is in nobody's
    way. Raises `DaemonError` where what stands there is not ours or still answers."""
    import socket

    path = socket_path(runtime)
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(path)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise DaemonError(f"{path} cannot be made: {error.strerror}") from None
    finally:
        os.umask(before)
    listener.setblocking(False)
    return listener


def _remove_stale(path: str) -> None:
    import socket

    try:
        state = os.lstat(path)
    except FileNotFoundError:
        return
    if state.st_uid != os.geteuid() or not stat.S_ISSOCK(state.st_mode):
        raise DaemonError(f"{path} is not a socket of yours; remove it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            pass
        except OSError as error:
            raise DaemonError(f"{path} is in use ({error}); kai daemon stop") from None
        else:
            raise DaemonError(f"{path} is in use by another process; kai daemon stop")
    try:
        os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        return


def peer_uid(connection: _socket.socket, platform: str = sys.platform) -> int | None:
    """The user at the other end, from the kernel; None where it does not say."""
    import _socket  # the client has no need of `socket`, which costs 5 ms
    import struct

    try:
        if platform == "darwin" or platform.startswith("freebsd"):
            data = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 76)
            return int(struct.unpack_from(_XUCRED, data)[1])
        credentials = getattr(_socket, "SO_PEERCRED", None)
        if credentials is None:
            return None
        data = connection.getsockopt(_socket.SOL_SOCKET, credentials, struct.calcsize("3i"))
        return int(struct.unpack("3i", data)[1])
    except (OSError, struct.error):
        return None
