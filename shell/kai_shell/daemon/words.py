"""`kai WORDS` answered in the daemon: `request.respond`, its streams kept and sent back.

The process that asks (`kai_shell.through`) has the variables, the folder and the streams; it gets
what is to be written, or `own` where it has to answer by itself: another kai or another home than
ours, a path that counts from its folder, and every fault, which it then finds and says itself.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import kai
from kai import config, wiring
from kai_shell.arguments import Options, Request
from kai_shell.daemon import protocol
from kai_shell.request import respond
from kai_shell.streams import Streams
from kai_shell.through import carried

if TYPE_CHECKING:
    from kai_shell.daemon.model import Models
    from kai_shell.daemon.talk import Talk

OWN = protocol.answer("own")
"""The process answers by itself."""

_AT_ONCE = 0.1
"""Seconds after which a process is told to wait: a model is asked."""

_PATHS = ("KUBECONFIG", "KUBERC", "KUBECACHEDIR", "KAI_CONFIG", "KAI_KUBECTL_PATH",
          "KAI_SAFETY_POLICIES", "KAI_CONFIG_DIR", "KAI_CACHE_DIR", "KAI_STATE_DIR")  # fmt: skip


class _Stream(io.StringIO):
    """Keeps what is written, in order with the other stream."""

    def __init__(self, number: str, said: list[str], encoding: str, *, terminal: bool) -> None:
        super().__init__()
        self._number, self._said, self._terminal = number, said, terminal
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override] # StringIO has none at all
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        if self._said[-2:-1] == [self._number]:
            self._said[-1] += text
        elif text:
            self._said += (self._number, text)
        return len(text)


async def answer(
    fields: list[str], talk: Talk, models: Models, env: Mapping[str, str] | None = None
) -> bytes:
    """The answer to FOLDER ENV OPTIONS TEXT; `env` is the daemon's environment. While a model
    writes the process is told to wait. Raises what `respond` raises, which is what the process
    would meet itself."""
    folder, theirs, options, text = fields
    ours = os.environ if env is None else env
    given, variables = protocol.pairs(options), protocol.pairs(theirs)
    if not _is_same(given, variables, ours) or _counts_from(folder, variables):
        return OWN
    kept = carried(ours)
    there = {name: value for name, value in ours.items() if name not in kept} | variables
    said: list[str] = []
    streams = Streams(
        io.StringIO(),
        _Stream("1", said, given.get("encoding", ""), terminal=bool(given.get("out"))),
        _Stream("2", said, given.get("encoding", ""), terminal=bool(given.get("err"))),
        there,
    )
    request = Request(
        text,
        Options(
            json="json" in given,
            again="again" in given,
            source=given.get("source", "any"),
            context=given.get("context"),
            namespace=given.get("namespace"),
            model=given.get("model"),
        ),
        read=True,
    )
    loaded = config.load(there, request.options.settings)
    models.asked(loaded, there)
    model = wiring.build_model(loaded, there, servers=models.servers)
    engine = wiring.build_engine(loaded, there, folder=Path(folder), provider=model)
    task = asyncio.ensure_future(respond(request, streams, loaded, engine))
    try:
        await asyncio.wait({task}, timeout=_AT_ONCE)
        status = await (task if task.done() else talk.during(_result(task)))
    finally:
        task.cancel()
        engine.close()
    return protocol.encode(["words", str(status), *said])


async def _result(task: asyncio.Future[int]) -> int:
    return await task


def _is_same(given: Mapping[str, str], theirs: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    """Whether the process is of this very kai and at home where we are."""
    home = theirs.get("HOME", "")
    return (
        (given.get("version"), given.get("kai")) == (kai.__version__, kai.__file__)
        and home.startswith("/")
        and home == ours.get("HOME")
    )


def _counts_from(folder: str, variables: Mapping[str, str]) -> bool:
    """Whether an answer depends on what a path means in the folder of the process."""
    named = [part for name in _PATHS for part in _split(variables.get(name, ""))]
    relative = any(not part.startswith("/") for part in named)
    return relative or folder in variables.get("PATH", "").split(os.pathsep)


def _split(text: str) -> list[str]:
    return [part for part in text.replace(",", os.pathsep).split(os.pathsep) if part]
