"""Fetching a model: room on the disk first, progress as it comes, and where it stood after Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from kai.errors import ModelBusy, ModelMissing, ModelUnreachable, ProviderError, UsageError
from kai.llm import disk, known
from kai.llm.endpoint import Keeper, Progress, Reach
from kai.llm.inventory import Inventory, file, find
from kai.llm.memory import text
from kai_shell.streams import Streams, one_line

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.llm.endpoint import Installed

INTERRUPTED = 130

Show = Callable[[str, int, "int | None"], None]
"""Told what is done now, how many bytes have come, and of how many."""

_PULLING = "pulling"

_STEP_SECONDS = 1.0
"""Without a terminal a line is written for each tenth, but no more often than this."""


def keeper(loaded: Loaded, streams: Streams) -> Keeper:
    """The server whose models kai manages. Raises `UsageError` where it is none of Ollama's."""
    from kai.llm.endpoints import open_endpoint
    from kai.llm.endpoints.ollama import Ollama

    endpoint = open_endpoint(loaded.settings, streams.env)
    if not isinstance(endpoint, Ollama):
        raise UsageError(
            f"llm.provider is {loaded.settings.llm.provider}: only Ollama's models are kai's to"
            " manage; see the server's own documentation"
        )
    return endpoint


def pull(model: str, loaded: Loaded, streams: Streams, *, force: bool = False) -> int:
    """Fetch a model and say what came; the exit status. Raises `KaiError`."""
    server = keeper(loaded, streams)
    try:
        got = asyncio.run(_pulled(model, server, loaded, streams, force=force))
    except KeyboardInterrupt:
        streams.remark(f"stopped; kai pull {model} goes on where it stood")
        return INTERRUPTED
    streams.stdout.write(_said(got) + "\n")
    return 0


def offer(model: str, loaded: Loaded, streams: Streams) -> bool:
    """Ask a person whether a model that is missing shall be fetched, and fetch it.

    Whether it is there now. Nobody is asked where standard input or error is no terminal.
    """
    if not (streams.stdin.isatty() and streams.stderr.isatty()):
        return False
    about = known.find(model)
    size = f" ({text(about.size)})" if about else ""
    if not confirmed(f"fetch {model}{size} now?", streams):
        return False
    return pull(model, loaded, streams) == 0


def confirmed(question: str, streams: Streams) -> bool:
    """A person's yes; everything else, and the end of input, is a no."""
    streams.stderr.write(f"kai: {one_line(question)} [y/N] ")
    streams.stderr.flush()
    return streams.stdin.readline().strip().lower() in ("y", "yes")


async def _pulled(
    model: str, server: Keeper, loaded: Loaded, streams: Streams, *, force: bool
) -> Installed:
    inventory = Inventory(server, file(loaded.paths.cache))
    try:
        # Here for its errors: nobody listens, the key is wrong. What is there costs no room.
        there = find(await inventory.models(again=True), model)
        room = disk.free(streams.env) if server.reach is Reach.MACHINE and not force else None
        about = known.find(model)
        if there is None and about is not None:
            _check_room(model, about.size, room)
        with _shown(streams) as show:
            async for done, total, status in _summed(server, model):
                if there is None and total is not None and done == 0:
                    _check_room(model, total, room)
                show(status, done, total)
        got = find(await inventory.models(again=True), model)
        if got is None:
            raise ModelMissing(f"{server.url} took {model} and does not list it; kai models", model)
        return got
    except ProviderError as error:
        raise _clearer(error, model, server) from error
    finally:
        await server.close()


async def _summed(server: Keeper, model: str) -> AsyncIterator[tuple[int, int | None, str]]:
    """Bytes so far, bytes of all layers that are known, and what is done."""
    layers: dict[str, tuple[int, int]] = {}
    async with aclosing(server.pull(model)) as events:
        async for event in events:
            if event.total is not None:
                layers[event.status] = event.completed or 0, event.total
            done = sum(came for came, _ in layers.values())
            total = sum(size for _, size in layers.values()) if layers else None
            yield done, total, _phase(event)


def _phase(event: Progress) -> str:
    """`pulling 4f659a1e86d7` is one layer of several: no news for a person."""
    return _PULLING if event.total is not None else event.status


def _check_room(model: str, size: int, room: int | None) -> None:
    if room is not None and size + disk.SPARE > room:
        raise ModelBusy(
            f"{model} takes {text(size)} and {disk.folder()} has {text(room)} free, of which kai"
            f" leaves {text(disk.SPARE)}; make room there (kai models rm NAME), or take a smaller"
            " model; --force tries it all the same"
        )


def _clearer(error: ProviderError, model: str, server: Keeper) -> ProviderError:
    """What a server says of a pull that failed, in words that say what to do."""
    said = str(error).lower()
    if (
        "file does not exist" in said
        or "manifest unknown" in said
        or "pull model manifest: 40" in said
    ):
        near = _near(model)
        return ModelMissing(
            f"there is no model {model} to fetch{near}; names: ollama.com/library", model
        )
    if "no space left" in said or "disk quota" in said:
        return ModelBusy(
            f"the disk of {server.url} is full; make room (kai models rm NAME), then kai pull"
            f" {model} goes on where it stood"
        )
    words = (
        "no such host",
        "dial tcp",
        "network is unreachable",
        "i/o timeout",
        "tls",
        "proxyconnect",
    )
    if any(word in said for word in words):
        return ModelUnreachable(
            f"{server.url} cannot reach where models come from: is there a network, a proxy"
            f" (HTTPS_PROXY of ollama serve)? kai pull {model} goes on where it stood"
        )
    return error


def _near(model: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(model.lower(), [each.name for each in known.KNOWN], n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _said(got: Installed) -> str:
    size = f", {text(got.size)}" if got.size else ""
    digest = f", digest {got.digest.removeprefix('sha256:')[:12]}" if got.digest else ""
    return one_line(f"{got.name} is here{size}{digest}")


# --- what a person sees --------------------------------------------------------------------------


@contextlib.contextmanager
def _shown(streams: Streams) -> Iterator[Show]:
    """A bar on a terminal, plain lines elsewhere; both on standard error."""
    plain = streams.env.get("KAI_PLAIN") == "1" or streams.env.get("TERM") == "dumb"
    if plain or not streams.stderr.isatty():
        yield _Lines(streams)
        return
    from rich import progress as bar
    from rich.console import Console

    console = Console(file=streams.stderr, force_terminal=True)
    columns = (
        bar.TextColumn("{task.description}", markup=False),
        bar.BarColumn(),
        bar.DownloadColumn(),
        bar.TransferSpeedColumn(),
        bar.TimeRemainingColumn(),
    )
    with bar.Progress(*columns, console=console) as bars:
        task = bars.add_task("asking", total=None)

        def show(status: str, done: int, total: int | None) -> None:
            bars.update(task, description=one_line(status), completed=done, total=total)

        yield show


class _Lines:
    """Each new step and each tenth as a line of its own."""

    def __init__(self, streams: Streams, clock: Callable[[], float] = time.monotonic) -> None:
        self._streams, self._clock = streams, clock
        self._status, self._tenth, self._at = "", -1, 0.0

    def __call__(self, status: str, done: int, total: int | None) -> None:
        tenth = 10 * done // total if total and status == _PULLING else -1
        if status == self._status and tenth == self._tenth:
            return
        soon = self._clock() - self._at < _STEP_SECONDS
        if status == self._status and soon and tenth < 10:
            return
        self._status, self._tenth, self._at = status, tenth, self._clock()
        share = f": {10 * tenth} %, {text(done)} of {text(total or 0)}" if tenth >= 0 else ""
        self._streams.stderr.write(one_line(f"{status}{share}") + "\n")
        self._streams.stderr.flush()
