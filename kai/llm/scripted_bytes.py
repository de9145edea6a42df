"""Bytes on the wire for `kai.llm.scripted_server`: answers as HTTP has them, and as it has not."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping

from kai.llm.scripted_apis import Json

_REASONS = {200: "OK", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


async def head(writer: asyncio.StreamWriter, kind: str) -> None:
    """The head of an answer that comes in chunks."""
    writer.write(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: " + kind.encode() + b"\r\n\r\n"
    )
    await writer.drain()


async def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    """One chunk; an empty one ends the answer."""
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def whole(
    writer: asyncio.StreamWriter, status: int, content: bytes, headers: Mapping[str, str]
) -> bool:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
    given = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    lines += [f"{name}: {value}" for name, value in given.items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
    await writer.drain()
    return True


async def play(writer: asyncio.StreamWriter, answer: Json, kind: str) -> bool:
    """The steps of a script. Whoever breaks off, or writes a head of its own, ends the connection."""
    own_head = answer.get("head") is False
    if not own_head:
        await head(writer, answer.get("type", kind))
    for step in answer["play"]:
        if step.get("hang"):
            await asyncio.Event().wait()
        if step.get("close"):
            return False
        if step.get("reset"):
            endpoint = writer.get_extra_info("socket")
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        await asyncio.sleep(step.get("wait", 0))
        await _send(writer, step, own_head)
    if not own_head:
        await chunk(writer, b"")
    return not own_head


async def _send(writer: asyncio.StreamWriter, step: Json, own_head: bool) -> None:
    data = bytes.fromhex(step["hex"]) if "hex" in step else str(step.get("send", "")).encode()
    data *= step.get("copies", 1)
    times = step.get("times", 1)
    sent = 0
    while data and (times is None or sent < times):
        sent += 1
        if own_head:
            writer.write(data)
            await writer.drain()
        else:
            await chunk(writer, data)
        await asyncio.sleep(step.get("every", 0))
