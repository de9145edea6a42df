"""What every stream of an answer is held to: kai's own deadlines and a cap, whoever the server is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from kai.errors import ModelBroken, ModelTimeout, ProviderError
from kai.llm.endpoint import Chunk, Deadlines, Done, Loading

MAX_ANSWER = 64 * 1024
"""Bytes of one answer, thoughts included: a command line has some hundred."""

Events = AsyncGenerator[Loading | Chunk | Done]


async def timed(open_events: Callable[[], Events], deadlines: Deadlines, shown: str) -> Events:
    """The events, under the deadlines; exactly one `Done`, last.

    Only text moves the deadline on: a server that sends empty frames for ever says nothing, and a
    model that thinks has no longer for its first word than one that is loaded. Raises `ModelTimeout`, `ModelBroken` for an answer that is too long or breaks off, and what the events
    raise. Whatever ends this ends the request below.
    """
    loop = asyncio.get_running_loop()
    word = until = loop.time() + deadlines.first
    said, size = "nothing", 0
    async with aclosing(open_events()) as events:
        while True:
            try:
                async with asyncio.timeout_at(until):
                    event = await anext(events)
            except StopAsyncIteration:
                raise ModelBroken(
                    f"{shown} broke off before its answer was complete; ask again"
                ) from None
            except TimeoutError:
                if said == "thoughts" and loop.time() < word:
                    said = "words"  # it stopped before its time was up
                raise _late(shown, deadlines, said) from None
            asked = loop.time()
            if isinstance(event, Chunk):
                event = _readable(event)
                size += len(event.text.encode())
                if size > MAX_ANSWER:
                    raise ModelBroken(
                        f"the model said more than {MAX_ANSWER // 1024} KiB and was stopped;"
                        " ask again, or take another model"
                    )
            yield event
            if isinstance(event, Done):
                return
            now = loop.time()
            word += now - asked  # what the reader took to look at it is not the server's fault
            if not isinstance(event, Chunk) or not event.text:
                until += now - asked
            elif event.thinking and said != "words":
                until, said = min(now + deadlines.between, word), "thoughts"
            else:
                until, said = now + deadlines.between, "words"
            if said == "thoughts" and now >= word:
                raise _late(shown, deadlines, said)


def _readable(chunk: Chunk) -> Chunk:
    """The chunk without halves of surrogate pairs, which JSON can hold and no output can."""
    if chunk.text.isascii():
        return chunk
    pairs = chunk.text.encode("utf-16", "surrogatepass")
    return replace(chunk, text=pairs.decode("utf-16", "replace"))


def _late(shown: str, deadlines: Deadlines, said: str) -> ProviderError:
    """`said` is what came before: nothing, thoughts all the time, or words that then stopped."""
    if said == "nothing":
        return ModelTimeout(
            f"{shown} said nothing in {deadlines.first:g} s; is its model loading? Wait longer with"
            f" llm.timeout, or take a smaller model"
        )
    if said == "thoughts":
        return ModelTimeout(
            f"the model thought for {deadlines.first:g} s and said nothing; take one that does not"
            " think (kai models), or wait longer with llm.timeout"
        )
    return ModelTimeout(
        f"{shown} stopped in the middle of its answer (nothing in {deadlines.between:g} s);"
        " ask again, or raise llm.stall"
    )
