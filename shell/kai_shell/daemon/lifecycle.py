"""Starting, stopping and replacing the daemon."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

from kai import __version__
from kai.errors import DaemonError
from kai_shell.daemon import client, runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START_SECONDS = 10.0
"""How long a daemon may take to listen (50 ms on a quiet machine) before we say that it did not."""

STOP_SECONDS = 3.0
"""How long a daemon may take to end before it is killed."""

HELLO_SECONDS = 12.0
"""Longer than the daemon takes for any answer: it may be busy, and is then not taken for dead."""

_LISTENING_SECONDS = 2.0

GLANCE_SECONDS = 0.01
"""How long `begin` waits for a word of the daemon; who is busy longer is asked by the new one."""


def start(env: Mapping[str, str]) -> tuple[int, bool]:
    """See that a daemon of this version runs: its process id, and whether it was started now.

    A daemon of another version is stopped first. Raises `DaemonError`.
    """
    folder = runtime.folder(env)
    running = replaced(env, folder)
    if running is not None:
        return running, False
    ended = launch(env)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(client.NoDaemon):
            return hello(folder)[1], True
        if ended() and runtime.Lock(folder).holder() is None:
            break
        time.sleep(0.01)
    raise DaemonError("the daemon did not start; kai daemon logs says why")


def replaced(env: Mapping[str, str], folder: str) -> int | None:
    """The daemon of this version, if one runs; any other that holds the lock is stopped.

    Raises `DaemonError` where it cannot be.
    """
    lock = runtime.Lock(folder)
    until = time.monotonic() + _LISTENING_SECONDS
    while lock.holder() is not None:
        try:
            version, pid = hello(folder)
        except client.NoDaemon:
            if time.monotonic() < until:  # it may have been started only just now
                time.sleep(0.01)
                continue
        except DaemonError:
            pass  # it hangs
        else:
            if version == __version__:
                return pid
        stop(env)
    return None


def begin(env: Mapping[str, str]) -> bool:
    """See that a daemon of this version will run, and the model be loaded in it; waits for nothing.
    Whether one runs already. Raises `DaemonError`."""
    folder = runtime.folder(env)
    with contextlib.suppress(DaemonError):
        if hello(folder, seconds=GLANCE_SECONDS)[0] == __version__:
            return True
    launch(env, "--replace", "--warm")
    return False


def model(
    env: Mapping[str, str], action: str, *, seconds: float = HELLO_SECONDS
) -> tuple[str, str, str, str] | None:
    """How the model is: state, name, a line about it, seconds left ("": not in memory); "warm" has
    it loaded. None where no daemon runs, or one that knows of no model. Raises `DaemonError`."""
    theirs = {name: value for name, value in env.items() if name.startswith("KAI_")}
    theirs |= {name: env[name] for name in ("OLLAMA_HOST",) if name in env}
    lines = "\n".join(f"{name}={value}" for name, value in theirs.items() if value.isprintable())
    try:
        said = client.ask(runtime.folder(env), ["model", action, lines], seconds=seconds)
    except client.NoDaemon:
        return None
    if said[0] == "fail" and len(said) == 2:
        raise DaemonError(said[1])
    if said[0] != "model" or len(said) != 5:
        return None
    return said[1], said[2], said[3], said[4]


def launch(env: Mapping[str, str], *arguments: str) -> Callable[[], bool]:
    """Start a process and do not wait for it; what comes back tells whether it has ended.

    Its terminal, folder and files are not ours (`__main__._detach`); its errors go to the log.
    """
    command = [sys.executable, "-P", "-m", "kai_shell.daemon", *arguments]
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        pid = os.posix_spawn(
            sys.executable,
            command,
            dict(env),
            file_actions=[(os.POSIX_SPAWN_DUP2, nothing, number) for number in (0, 1, 2)],
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT],
        )
    except OSError as error:
        raise DaemonError(f"the daemon cannot be started: {error.strerror}") from None
    finally:
        os.close(nothing)

    def ended() -> bool:
        try:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return True

    return ended


def hello(folder: str, *, seconds: float = HELLO_SECONDS) -> tuple[str, int]:
    """Version and process id of the daemon. Raises `NoDaemon`, `DaemonError`."""
    answer = client.ask(folder, ["hello"], seconds=seconds)
    if len(answer) != 3 or answer[0] != "hello" or not answer[2].isdecimal():
        raise DaemonError("what answers is no daemon of this kai; kai daemon stop")
    return answer[1], int(answer[2])


def status(env: Mapping[str, str]) -> dict[str, str] | None:
    """What the daemon says of itself, or None where there is none. Raises `DaemonError`."""
    try:
        kind, *pairs = client.ask(runtime.folder(env), ["status"])
    except client.NoDaemon:
        return None
    if kind != "status":
        raise DaemonError("what answers is no daemon of this kai; kai daemon stop")
    return dict(pair.partition("=")[::2] for pair in pairs)


def stop(env: Mapping[str, str]) -> int | None:
    """End the daemon: by asking it, then SIGTERM, then SIGKILL; its process id, or None where none
    ran. It is gone when this returns. Raises `DaemonError`."""
    folder = runtime.folder(env)
    lock = runtime.Lock(folder)
    pid = lock.holder()
    if pid is None:
        return None
    with contextlib.suppress(DaemonError):
        client.ask(folder, ["stop"], seconds=STOP_SECONDS)
        if _gone(lock):
            return pid
    for number in (signal.SIGTERM, signal.SIGKILL):
        # The number is believed only while the lock is held: it is that of its holder.
        holder = lock.holder()
        if holder is None:
            return pid
        if holder <= 1 or holder == os.getpid():
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder, number)
        if _gone(lock):
            return pid
    raise DaemonError(f"the daemon (process {pid}) did not end; end it by hand")


def _gone(lock: runtime.Lock) -> bool:
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        if lock.holder() is None:
            return True
        time.sleep(0.01)
    return False
