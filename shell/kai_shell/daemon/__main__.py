"""The daemon's process: `python -P -m kai_shell.daemon`, started by `lifecycle.start`.

The socket listens before the event loop and the engine are even imported: who connects meanwhile
waits in the kernel's queue and is answered in turn.
"""

from __future__ import annotations

import contextlib
import os
import sys

from kai import __version__, config
from kai.errors import KaiError
from kai_shell.daemon import runtime
from kai_shell.daemon.log import Log

COMMAND = (sys.executable, "-P", "-m", "kai_shell.daemon")
"""-P: the folder where somebody happened to press a key is no place to import from."""


def main() -> int:
    """Serve this user's runtime folder until there is a reason to end."""
    _detach()
    log = Log(config.Paths.from_environment(os.environ).state / "daemon.log")
    try:
        reason = _run(log)
    except KaiError as error:
        log.write(f"not started: {error}")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - nobody reads a traceback of ours
        log.fault("the daemon", error)
        return 1
    if reason == "upgraded":
        log.write("kai was upgraded: starting again")
        os.execv(COMMAND[0], COMMAND)  # noqa: S606 - our own interpreter, no shell
    return 0


def _run(log: Log) -> str:
    folder = runtime.folder(os.environ)
    if "--replace" in sys.argv[1:]:
        from kai_shell.daemon import lifecycle

        running = lifecycle.replaced(os.environ, folder)
        if running is not None and "--warm" in sys.argv[1:]:
            # It was only too busy to answer who started us.
            with contextlib.suppress(KaiError):
                lifecycle.model(os.environ, "warm")
    lock = runtime.Lock(folder)
    if not lock.take():
        log.write("not started: one is running already")
        return ""
    try:
        listener = runtime.listen(folder)
        try:
            log.write(f"kai {__version__} listens")
            idle = _idle_seconds(log)
            from kai_shell.daemon.server import serve

            warm = "--warm" in sys.argv[1:]
            reason = serve(folder, listener, log, idle=idle, warm=warm)
        finally:
            # Removed while the lock is held: it cannot be the socket of the next daemon.
            with contextlib.suppress(OSError):
                os.unlink(runtime.socket_path(folder))  # noqa: PTH108
            listener.close()
    finally:
        lock.release()
    log.write(f"ended: {reason}")
    return reason


def _idle_seconds(log: Log) -> float:
    """The setting; broken settings must not keep the daemon from saying so in its answers."""
    try:
        return config.load().settings.shell.daemon_idle
    except KaiError as error:
        log.write(f"settings: {error}")
        return config.ShellSettings().daemon_idle


def _detach() -> None:
    """Belong to no terminal, no folder, and hold no file of who started us."""
    with contextlib.suppress(PermissionError):
        os.setsid()
    os.chdir("/")
    os.umask(0o077)
    try:
        handles = [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208
    except (OSError, ValueError):
        handles = list(range(3, 256))
    for handle in handles:
        if handle > 2:
            with contextlib.suppress(OSError):
                os.close(handle)


if __name__ == "__main__":
    sys.exit(main())
