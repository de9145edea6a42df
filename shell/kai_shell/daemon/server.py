"""The daemon's process and its event loop: it listens first and loads the rest behind that.

Nothing here waits without a deadline, and nothing wakes up by itself but the one timer of the idle
exit. A request that fails is answered with `fail`; the daemon goes on.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from kai import __version__
from kai.errors import KaiError
from kai_shell.daemon import protocol
from kai_shell.daemon.fifo import Fifo
from kai_shell.daemon.log import Log
from kai_shell.daemon.sockets import Limits, Sockets
from kai_shell.daemon.talk import Gone, Talk

if TYPE_CHECKING:
    from kai_shell.daemon.model import Models
    from kai_shell.daemon.work import Line


LIMITS = Limits()
"""What a running daemon allows."""


class Answering(Protocol):
    """`work.Worker`, or a fake of it."""

    async def answer(self, line: Line, /) -> bytes:
        """The answer to one line."""
        ...

    async def close(self) -> None:
        """Nothing is asked any more."""
        ...


_WORK = {"ask": 7, "guard": 8, "ran": 4, "model": 2}
"""Requests that need the worker, and how many fields follow."""

_FINISH_SECONDS = 1.0

IDLE, UPGRADED, STOPPED = "idle", "upgraded", "stopped"
"""Why a server ended."""


def stamp() -> tuple[int, int, int] | None:
    """What tells this installation from one that took its place; None while there is none."""
    import kai

    try:
        state = os.stat(kai.__file__)  # noqa: PTH116
    except OSError:
        return None
    return state.st_mtime_ns, state.st_ino, state.st_size


class Server:
    """Serves one runtime folder. `idle` is in seconds, 0 for ever; `warm`: load the model, too."""

    def __init__(
        self,
        folder: str,
        listener: socket.socket,
        log: Log,
        *,
        idle: float,
        installed: Callable[[], object] = stamp,
        worker: Answering | None = None,
        limits: Limits = LIMITS,
        warm: bool = False,
    ) -> None:
        self._worker, self._limits, self._warm = worker, limits, warm
        self._folder, self._listener, self._log, self._idle = folder, listener, log, idle
        self._installed, self._was = installed, installed()
        self._began = self._last = time.monotonic()
        self._requests = self._busy = 0
        self._state = "loading"
        self._ended: asyncio.Future[str] | None = None
        self._models: Models | None = None

    async def run(self) -> str:
        """Serve until there is a reason to stop, and say which."""
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        sockets = Sockets(self._listener, self._answer, self._log, limits=self._limits)
        sockets.open()
        fifo = Fifo(self._folder, self._answer)
        loading = loop.create_task(self._load())
        self._watch_idle()
        try:
            fifo.open()
            return await self._ended
        finally:
            sockets.close()
            # A kubectl that it may have started ends by itself, before its own deadline.
            await asyncio.wait({loading}, timeout=_FINISH_SECONDS)
            loading.cancel()
            await fifo.close()
            await asyncio.gather(loading, return_exceptions=True)
            await sockets.finish(_FINISH_SECONDS)
            if self._worker is not None:
                await self._worker.close()
            if self._models is not None:
                await self._models.close()

    def end(self, reason: str) -> None:
        """Let `run` end."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(reason)

    async def _load(self) -> None:
        await asyncio.sleep(0)
        try:
            from kai_shell.daemon import loading, panel

            await loading.load()
            self._state = "warm"
            gc.collect()
            gc.freeze()  # what is loaded stays: later collections need not look at it
            self._log.write(f"warm after {time.monotonic() - self._began:.2f} s")
            if await panel.load():
                gc.collect()
                gc.freeze()
            if self._warm:
                await self._worked("model", ["warm", ""], None)
            await loading.learn()
        except KaiError as error:
            self._state = "cold"
            self._log.write(f"loading: {error}")
        except Exception as error:  # noqa: BLE001 - who asks is told; here it must not end us
            self._state = "cold"
            self._log.fault("loading", error)

    def _watch_idle(self) -> None:
        """One timer, set again only when it rings: an idle daemon does not wake up."""
        if not self._idle:
            return
        last = time.monotonic() if self._busy else self._last
        left = last + self._idle - time.monotonic()
        if left <= 0:
            self.end(IDLE)
        else:
            asyncio.get_running_loop().call_later(left, self._watch_idle)

    # --- one request ----------------------------------------------------------------------------

    async def _answer(self, line: bytes, talk: Talk) -> bytes:
        """The last line of the answer to a line; never raises but for a task that is cancelled
        before a person is asked."""
        self._requests += 1
        self._busy += 1
        try:
            return await self._bounded(line, talk)
        except asyncio.CancelledError:
            if not talk.waiting:
                raise
            return protocol.answer("left", "kai's daemon has ended; press the key again")
        finally:
            self._busy -= 1
            self._last = time.monotonic()

    async def _bounded(self, line: bytes, talk: Talk) -> bytes:
        try:
            fields = protocol.decode(line)
            async with asyncio.timeout(self._limits.answer) as talk.deadline:
                talk.seconds = self._limits.answer
                answer = await self._answered(fields, talk)
        except Gone:
            return b""
        except protocol.Malformed as error:
            return protocol.answer("fail", f"kai could not read the request: {error}")
        except TimeoutError:
            return protocol.answer("fail", f"no answer within {self._limits.answer:g} s")
        except KaiError as error:
            return protocol.answer("fail", str(error))
        except Exception as error:  # noqa: BLE001 - every failure is answered
            self._log.fault("a request", error)
            return protocol.answer("fail", f"this is a fault in kai: {type(error).__name__}")
        if self._installed() != self._was:
            # This answer still goes out; the next request finds the new kai.
            asyncio.get_running_loop().call_soon(self.end, UPGRADED)
        return answer

    async def _answered(self, fields: list[str], talk: Talk) -> bytes:
        version, kind, *rest = [*fields, ""] if len(fields) < 2 else fields
        if version != protocol.VERSION:
            return protocol.answer(
                "fail", f"this kai speaks version {protocol.VERSION} of its protocol; run kai init"
            )
        if kind in _WORK and len(rest) == _WORK[kind]:
            return await self._worked(kind, rest, talk)
        if kind == "words" and len(rest) == 4:
            from kai_shell.daemon import words

            return await words.answer(rest, talk, self._shared())
        if kind == "hello" and not rest:
            return protocol.answer("hello", __version__, str(os.getpid()))
        if kind == "status" and not rest:
            return protocol.answer("status", *(f"{k}={v}" for k, v in self._status().items()))
        if kind == "stop" and not rest:
            asyncio.get_running_loop().call_soon(self.end, STOPPED)
            return protocol.answer("stopping", str(os.getpid()))
        raise protocol.Malformed("no such request")

    async def _worked(self, kind: str, rest: list[str], talk: Talk | None) -> bytes:
        """The answer to what needs the worker; without `talk` nobody can be asked anything."""
        from kai_shell.daemon import work

        if self._worker is None:
            self._worker = work.Worker(log=self._log.write, models=self._shared())
        if kind == "ask" and talk is not None:
            return await self._worker.answer(work.Line.of(rest, talk))
        try:
            module = importlib.import_module(f"kai_shell.daemon.{kind}")
        except ModuleNotFoundError:
            return protocol.answer("fail", "this version of kai has nothing for that")
        if kind == "guard" and talk is not None:
            answer: bytes = await module.answer(self._worker, work.Line.of(rest, talk))
        else:
            answer = await module.note(self._worker, rest)
        return answer

    def _shared(self) -> Models:
        """The models that this process may ask."""
        if self._models is None:
            from kai_shell.daemon.model import Models

            self._models = Models(log=self._log.write)
        return self._models

    def _status(self) -> dict[str, str]:
        return {
            "version": __version__,
            "pid": str(os.getpid()),
            "state": self._state,
            "uptime": f"{time.monotonic() - self._began:.0f}",
            "requests": str(self._requests),
            "memory": f"{_resident() / 1024 / 1024:.0f}",
        }


def _resident() -> int:
    """Bytes of memory in use; on systems without /proc the most there ever was."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource
        import sys

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def serve(
    folder: str, listener: socket.socket, log: Log, *, idle: float, warm: bool = False
) -> str:
    """Run a server in this process until it ends; SIGTERM and SIGINT end it in order."""

    async def main() -> str:
        server = Server(folder, listener, log, idle=idle, warm=warm)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.end, STOPPED)
        return await server.run()

    return asyncio.run(main())
