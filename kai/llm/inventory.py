"""Which models a server has, remembered on disk: their digests are known before anybody asks it.

A look at a server costs a connection and is good for a minute. What was measured of a model
(tokens a second, what it took in memory) stays with its digest, so that another one of that name
starts anew. The file is a convenience: a damaged or foreign one counts as none.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from kai.config.kept import read_private, write_private
from kai.llm import known
from kai.llm.endpoint import Done, Endpoint, Installed, Loaded
from kai.llm.weights import FILE

FRESH = 60.0
"""Seconds for which a look at a server is good."""

_T = TypeVar("_T")

VERSION = 1
JUST_LOADED = 0.1
"""Seconds of loading above which a model was not in memory (1 to 3 ms are said of one that was)."""

_SERVERS, _MODELS = 16, 512
"""At most so many are remembered; the file stays small."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was measured of a model: the last rate, and what it took when it was last loaded."""

    tokens_per_second: float | None = None
    load_seconds: float | None = None
    prompt_tokens_per_second: float | None = None
    """How fast it reads what it has not read before."""
    memory: int | None = None
    """Bytes in memory as the server says, with `context` tokens."""
    vram: int | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """A server's models, when it said so (Unix time), what was measured, GPU memory seen."""

    models: tuple[Installed, ...] = ()
    at: float = 0.0
    notes: tuple[tuple[str, Note], ...] = ()
    vram: int = 0

    def note(self, model: Installed) -> Note:
        """What was measured of this very model."""
        return dict(self.notes).get(_key(model), Note())

    def needs(self, model: Installed, num_ctx: int) -> int | None:
        """Bytes that the model takes: as measured where it had that context, else estimated."""
        note = self.note(model)
        if note.memory is not None and note.context == num_ctx:
            return note.memory
        return known.needs(model, num_ctx)


def file(cache: Path) -> Path:
    """Where inventories are kept below kai's cache folder."""
    return cache / FILE


def remembered(path: Path, url: str) -> Remembered:
    """What the server at `url` had when it was last asked; no connection is made, nothing raised."""
    try:
        content, _, problem = read_private(path)
        record = json.loads(content) if not problem else {}
        if not isinstance(record, dict) or record.get("version") != VERSION:
            return Remembered()
        return _server(record["servers"].get(url) or {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Remembered()


def find(models: tuple[Installed, ...], name: str) -> Installed | None:
    """The installed model of this name (`llama3.2` is `llama3.2:latest`), or None."""
    return next((model for model in models if known.same(model.name, name)), None)


class Inventory:
    """The models of one server. `path` is the file that remembers them (`file`)."""

    def __init__(
        self,
        endpoint: Endpoint,
        path: Path,
        *,
        fresh: float = FRESH,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._endpoint, self._path, self._fresh, self._clock = endpoint, path, fresh, clock
        self._server: Remembered | None = None
        self._stamp: tuple[int, int] | None = None

    def known(self) -> Remembered:
        """What is remembered of the server, without asking it; other processes may know more."""
        stamp = _stamp(self._path)
        if self._server is None or (stamp is not None and stamp != self._stamp):
            self._server, self._stamp = remembered(self._path, self._endpoint.url), stamp
        return self._server

    async def models(self, *, again: bool = False) -> tuple[Installed, ...]:
        """The models that the server has now, or had within the last minute unless `again`.

        Raises `ProviderError` where it cannot be asked.
        """
        server = self.known()
        if server.models and not again and 0 <= self._clock() - server.at < self._fresh:
            return server.models
        models = await self._endpoint.installed()
        here = {_key(model) for model in models}
        notes = tuple((key, note) for key, note in self.known().notes if key in here)
        self._keep(replace(self.known(), models=models, at=self._clock(), notes=notes))
        return models

    def forget(self) -> None:
        """The next look is at the server: models have come or gone."""
        old = self._clock() - self._fresh
        self._keep(replace(self.known(), at=min(self.known().at, old)))

    def loaded(self, models: tuple[Loaded, ...]) -> None:
        """Remember what the models in memory take."""
        server = self.known()
        vram = max(server.vram, sum(model.size_vram or 0 for model in models))
        notes = dict(server.notes)
        for there in models:
            model = find(server.models, there.name)
            if model is not None and there.size:
                key = _key(model)
                old = notes.get(key, Note())
                notes[key] = replace(
                    old, memory=there.size, vram=there.size_vram, context=there.context
                )
        self._keep(replace(server, vram=vram, notes=tuple(notes.items())))

    def measured(self, name: str, done: Done) -> None:
        """Remember how fast a model wrote; answers of a few tokens say nothing and are passed over."""
        server = self.known()
        model = find(server.models, name)
        if model is None:
            return
        notes = dict(server.notes)
        note = notes.get(_key(model), Note())
        if done.tokens is not None and done.seconds and done.tokens >= 5:
            rate = done.tokens / done.seconds
            old = note.tokens_per_second
            if old is None or abs(rate - old) > old / 10:  # the file is not written for nothing
                note = replace(note, tokens_per_second=round(rate, 2))
        if done.load_seconds is not None and done.load_seconds > JUST_LOADED:
            note = replace(note, load_seconds=round(done.load_seconds, 3))
            # Only now nothing of the prompt was read before: servers count what they have as well.
            if done.prompt_seconds and (done.prompt_tokens or 0) >= 50:
                read = (done.prompt_tokens or 0) / done.prompt_seconds
                note = replace(note, prompt_tokens_per_second=round(read, 1))
        notes[_key(model)] = note
        self._keep(replace(server, notes=tuple(notes.items())))

    def _keep(self, server: Remembered) -> None:
        """Remember it here and on disk; a folder that cannot be written costs a look later."""
        if server == self._server:
            return
        self._server = server
        servers = _servers(self._path)
        servers.pop(self._endpoint.url, None)
        servers[self._endpoint.url] = asdict(server)
        while len(servers) > _SERVERS:
            servers.pop(next(iter(servers)))
        record = {"version": VERSION, "servers": servers}
        with contextlib.suppress(OSError):
            write_private(self._path, json.dumps(record).encode())
            self._stamp = _stamp(self._path)


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when the file is written; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_ino


def _key(model: Installed) -> str:
    return model.digest or known.full(model.name)


def _servers(path: Path) -> dict[str, Any]:
    try:
        content, _, problem = read_private(path)
        record = json.loads(content) if not problem else {}
        servers = record["servers"] if record.get("version") == VERSION else {}
        return dict(servers)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _server(record: dict[str, Any]) -> Remembered:
    """The value of a record; what has another shape than ours raises TypeError or ValueError."""
    models = tuple(_read(Installed, item) for item in record.get("models", ())[:_MODELS])
    notes = tuple((str(key), _read(Note, item)) for key, item in record.get("notes", ())[:_MODELS])
    return Remembered(models, float(record.get("at", 0.0)), notes, int(record.get("vram", 0)))


def _read(kind: type[_T], item: dict[str, Any]) -> _T:
    """One value; a field of another type than it should be raises TypeError."""
    value = kind(**item)
    for name in getattr(kind, "__slots__", ()):
        if not isinstance(getattr(value, name), str | int | float | None):
            raise TypeError(name)
    return value
