"""Messages over two file descriptors, framed as the protocol frames them.

They are read by a thread, for any kind of file can be waited for so, and without making it
non-blocking: the other end of it may be shared with programs that do not expect that.
"""

from __future__ import annotations

import json
import logging
import os
import re
import select
import threading
from collections.abc import Callable, Iterator, Mapping

from kai_lsp.structure import encoded

log = logging.getLogger("kai_lsp")

_CHUNK = 1 << 16
_LONGEST_HEAD = 1 << 14
_LONGEST = 1 << 30
"""Bytes of a head and of a message; who sends more is no editor."""
_PATIENCE = 5.0
"""Seconds in which an editor that lives reads something."""
_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def messages(source: int) -> Iterator[bytes]:
    """Each message that comes from a file descriptor, until its end. A head without a length is
    passed over.

    Behind a message whose length was wrong the next one is found again: a head counts also where the
    rest of another message stands in front of it.
    """
    buffer = bytearray()

    def more() -> bool:
        try:
            chunk = os.read(source, _CHUNK)
        except OSError:  # the connection was reset
            return False
        buffer.extend(chunk)
        return bool(chunk)

    while True:
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if len(buffer) > _LONGEST_HEAD:
                del buffer[:-_LONGEST_HEAD]
            if not more():
                return
        size = _length(bytes(buffer[: end + 1]))
        del buffer[: end + 4]
        if size is None:
            log.error("a message without its length")
            continue
        while len(buffer) < size:
            if not more():
                return
        body = bytes(buffer[:size])
        del buffer[:size]
        yield body


def _length(head: bytes) -> int | None:
    """The length that a head tells, the last one if there are several; None: it tells none."""
    told = _LENGTH.findall(head)
    return int(told[-1]) if told and int(told[-1]) <= _LONGEST else None


def listen(source: int, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
    """Hand each message to `received`, from a thread that does not keep the program from ending."""

    def read() -> None:
        try:
            for body in messages(source):
                received(body)
        finally:
            ended()

    threading.Thread(target=read, daemon=True, name="kai-reading").start()


def send(
    target: int, message: Mapping[str, object], source: int = -1, patience: float = _PATIENCE
) -> None:
    """Write a message, all of it. Raises `OSError` where nobody reads any more: nobody is there, or
    who wrote to `source` has gone and does not read for `patience` seconds."""
    body = json.dumps(message, default=encoded, separators=(",", ":")).encode()
    left = memoryview(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    ready = select.poll()
    ready.register(target, select.POLLOUT)
    while left:
        if ready.poll(patience * 1000):
            # So much is taken without waiting, also where somebody has made it non-blocking.
            left = left[os.write(target, left[: select.PIPE_BUF]) :]
        elif source >= 0 and _gone(source):
            raise BrokenPipeError("nobody reads")


def _gone(source: int) -> bool:
    """Whether the other end is closed, whatever has still to be read."""
    end = select.poll()
    end.register(source, getattr(select, "POLLRDHUP", 0))
    return bool(end.poll(0))
