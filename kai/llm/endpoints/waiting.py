"""Waiting with a clock of our own: look-ups that cannot be cancelled, and whether anybody listens.

Nothing here needs a library: whether a server listens is known before one is imported (400 to 500
milliseconds for an Ollama client, measured).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kai.errors import ModelUnreachable
from kai.llm.endpoint import Reach
from kai.llm.reach import without_secrets

T = TypeVar("T")

_LATE = 0.03
"""Seconds for connections that were taken while this process did something else."""

_PASSES = 3
"""Of the event loop: from a socket that is ready to a task that has ended, however long they take."""

_MOST_ADDRESSES = 4
"""More addresses of one name than this are not knocked at."""


async def in_thread(work: Callable[[], T], seconds: float) -> T:
    """What `work` gives, or TimeoutError after `seconds`.

    The thread is a daemon: a look-up that hangs holds up neither this wait nor the end of kai
    (asyncio's own pool would be waited for).
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not answer.done():
            set_it(value)

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - handed over to who waits
            outcome: tuple[Callable[[Any], None], object] = (answer.set_exception, error)
        else:
            outcome = (answer.set_result, result)
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, daemon=True, name="kai-lookup").start()
    async with asyncio.timeout(seconds):
        return await answer


async def knock(url: str, seconds: float, reach: Reach, *, start: str = "") -> None:
    """Return when something takes connections at `url`. Raises `ModelUnreachable` with what to do.

    `start` is how a server of this kind is started on this machine. All addresses of a name are
    tried at once, so that one that swallows packets does not use up the time of the others.
    """
    shown = without_secrets(url)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    try:
        addresses = await _addresses(host, port, seconds)
    except TimeoutError:
        raise ModelUnreachable(
            f"{host} could not be looked up in {seconds:g} s; is there a network? (llm.url {shown})"
        ) from None
    except OSError:
        raise ModelUnreachable(f"there is no host named {host}; check llm.url ({shown})") from None
    tries = [asyncio.ensure_future(_connect(*address)) for address in addresses]
    try:
        async with asyncio.timeout_at(until):
            for one in asyncio.as_completed(tries):
                if await one:
                    return
    except TimeoutError:
        # A process that was busy itself comes to its clock before it comes to what has happened.
        await asyncio.wait(tries, timeout=_LATE)
        for _ in range(_PASSES):
            await asyncio.sleep(0)
        if any(one.done() and one.result() for one in tries):
            return
        raise ModelUnreachable(
            f"{shown} does not take connections (waited {seconds:g} s);"
            " is the server up, is llm.url right?"
        ) from None
    finally:
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    raise ModelUnreachable(nobody(shown, reach, start))


def nobody(shown: str, reach: Reach, start: str) -> str:
    """The message that nothing listens, and what to do: `start` a server on this machine."""
    if reach is Reach.MACHINE and start:
        return f"no model server listens at {shown}; start it with: {start} (or set llm.url)"
    return f"no model server listens at {shown}; start it, or set llm.url"


async def _addresses(host: str, port: int, seconds: float) -> list[tuple[int, tuple[Any, ...]]]:
    """(family, address) of a host; a name goes to the resolver, an address or localhost does not."""
    if host == "localhost":
        return [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port))]
    flags = socket.AI_NUMERICHOST
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        return [(int(row[0]), row[4]) for row in found]

    def look() -> list[tuple[int, tuple[Any, ...]]]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [(int(row[0]), row[4]) for row in found][:_MOST_ADDRESSES]

    try:
        return await in_thread(look, seconds)
    except UnicodeError as error:  # a label that is too long
        raise OSError(str(error)) from None


async def _connect(family: int, address: tuple[Any, ...]) -> bool:
    """Whether a connection is taken; it is closed again at once."""
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError:  # no IPv6 here
        return False
    with one:
        one.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(one, address)
        except OSError:
            return False
    return True
