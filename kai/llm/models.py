"""The models of one process: loaded before they are asked, kept while somebody works, told of.

Nothing is imported and no connection opened before somebody works or says `begin`; where nobody
listens at the server's address, that is all there is to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kai.errors import KaiError, ModelForbidden, ModelMissing, ModelUnreachable
from kai.provider import ModelStatus, Readiness

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.llm.servers import Server, Servers

AGAIN = 60.0
"""Seconds until what could not be loaded is tried again, if somebody still works."""

DELAY = 0.5
"""Seconds between a request and the load that follows it: a model that the request itself asks comes
first."""

PLACES = 8
"""Servers that are remembered; a shell's own variables may name others."""

_LOOK_SECONDS = 0.3
"""Deadline of asking a server what it has in memory."""


@dataclass(slots=True)
class _Place:
    """What the settings name: what is known of it while there is no server, and its tasks."""

    status: ModelStatus
    server: Server | None = None
    task: asyncio.Task[None] | None = None
    keeper: asyncio.Task[None] | None = None
    tried: float | None = None
    model: str = ""


@dataclass(slots=True)
class Told:
    """How a model is, and how many seconds it stays in memory (None: it is not there)."""

    status: ModelStatus
    left: float | None = field(default=None)


class Models:
    """What the settings of this process name. `asked` after each request keeps them warm.

    `servers` are those that answers come from; None: this makes some of its own.
    """

    def __init__(
        self,
        servers: Servers | None = None,
        *,
        log: Callable[[str], None] = lambda text: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers, self._log, self._monotonic = servers, log, monotonic
        self._places: dict[object, _Place] = {}

    @property
    def servers(self) -> Servers:
        """The servers that answers come from."""
        if self._servers is None:
            from kai.llm.servers import Servers

            self._servers = Servers(log=self._log)
        return self._servers

    def asked(self, loaded: Loaded, env: Mapping[str, str]) -> None:
        """Somebody works with these settings. Takes some microseconds and raises nothing."""
        llm = loaded.settings.llm
        if not llm.enabled or llm.warm == "off":
            return
        place = self._place(loaded)
        if place.server is not None and place.model:
            place.server.warm.touch(place.model)
            if place.server.warm.is_warm(place.model):
                return
        if place.tried is None or self._monotonic() - place.tried > AGAIN:
            self.begin(loaded, env, delay=DELAY)

    def begin(self, loaded: Loaded, env: Mapping[str, str], *, delay: float = 0.0) -> None:
        """Load the model that simple requests go to, and its prompt, behind everything else: after
        `delay` seconds, and when no request to a model runs any more, so that one that is loaded by
        then is taken."""
        place = self._place(loaded)
        if place.task is not None:
            return
        place.tried = self._monotonic()
        place.status = ModelStatus(Readiness.LOADING, loaded.settings.llm.model, "looking for it")
        place.task = asyncio.get_running_loop().create_task(self._warmed(place, loaded, env, delay))
        place.task.add_done_callback(lambda task: self._done(place, task))

    def now(self, loaded: Loaded) -> ModelStatus:
        """How the model is, from memory. See `kai.provider.ModelState`."""
        if not loaded.settings.llm.enabled:
            return ModelStatus(Readiness.OFF, "", "llm.enabled is false")
        place = self._place(loaded)
        if place.server is None or not place.model:
            return place.status
        return place.server.warm.status(place.model)

    async def told(self, loaded: Loaded) -> Told:
        """The same, after a look at the server where there is one; within 0.3 s."""
        place = self._place(loaded)
        loading = self.now(loaded).readiness is Readiness.LOADING
        if place.server is not None and place.model and not loading:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await place.server.warm.look()
            except (KaiError, TimeoutError) as error:
                why = str(error) or f"its server does not answer within {_LOOK_SECONDS:g} s"
                return Told(ModelStatus(Readiness.COLD, place.model, why))
        left = place.server.warm.left(place.model) if place.server and place.model else None
        return Told(self.now(loaded), left)

    async def close(self) -> None:
        """End what is loading, and let go of the servers."""
        tasks = [
            task
            for place in self._places.values()
            for task in (place.task, place.keeper)
            if task is not None
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._servers is not None:
            await self._servers.close()

    def _place(self, loaded: Loaded) -> _Place:
        settings = loaded.settings
        key = (settings.llm, settings.privacy)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = _Place(
                ModelStatus(Readiness.COLD, settings.llm.model, "nobody has asked for a model yet")
            )
            idle = [name for name, each in self._places.items() if not (each.task or each.keeper)]
            for name in idle[: max(0, len(self._places) - PLACES)]:
                if name != key:
                    del self._places[name]
        return place

    async def _warmed(
        self, place: _Place, loaded: Loaded, env: Mapping[str, str], delay: float
    ) -> None:
        from kai.llm.warm import FOREVER
        from kai.model import Ask

        try:
            await asyncio.sleep(delay)
            server = await self.servers.at(loaded, env)
            await server.warm.quiet()
            place.model = (await server.choose(Ask(""), env)).model
            place.server = server
            if place.keeper is None or place.keeper.done():
                place.keeper = asyncio.get_running_loop().create_task(server.warm.run())
            # As requests ask it, with the same window: another one would load it again.
            told = await server.told(place.model)
            if told.can.elsewhere:  # always there, and every word goes out and costs
                server.warm.answered(place.model, FOREVER)
                return
            load = server.warm.begin(place.model)
            await asyncio.to_thread(_prepare, loaded)
            await asyncio.shield(load)
        except ModelMissing as error:
            place.status = ModelStatus(Readiness.NONE, error.model, str(error))
        except (ModelForbidden, ModelUnreachable) as error:
            off = isinstance(error, ModelForbidden)
            place.status = ModelStatus(Readiness.OFF if off else Readiness.NONE, "", str(error))
        except KaiError as error:
            place.status = ModelStatus(Readiness.COLD, place.model, str(error))
        else:
            return
        place.server = None  # what it told before is not so any more

    def _done(self, place: _Place, task: asyncio.Task[None]) -> None:
        place.task = None
        if not task.cancelled() and task.exception() is not None:
            fault = type(task.exception()).__name__
            place.status = ModelStatus(Readiness.COLD, place.model, f"a fault in kai: {fault}")
            self._log(f"model: a fault, {fault}")


def _prepare(loaded: Loaded) -> None:
    """Load what the first request to a model would have to: the modules on its way, the cards."""
    from kai.llm import asking, confidence, examples, extract, prompt, templates  # noqa: F401
    from kai.llm.cards import at

    with contextlib.suppress(KaiError):  # the request itself says what is wrong
        at(loaded.paths.cache).find("pods")


class State:
    """See `kai.provider.ModelState`: how the model of the settings in force is."""

    def __init__(self, models: Models, loaded: Callable[[], Loaded]) -> None:
        self._models, self._loaded = models, loaded

    def now(self) -> ModelStatus:
        """See `ModelState`; settings that cannot be read name no model."""
        try:
            return self._models.now(self._loaded())
        except KaiError as error:
            return ModelStatus(Readiness.NONE, "", str(error))
