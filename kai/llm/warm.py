"""A model is in memory, with the beginning of every prompt read, before it is asked.

Whoever asks for it may go away: the load goes on in a task of its own, because a server breaks a
load off when its client hangs up, and would begin anew with the next one. Loads of one server take
turns. While the user is active the model is kept; an idle user's is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kai.errors import ModelBusy, ModelUnreachable, ProviderError
from kai.llm import known, memory, routing
from kai.llm.endpoint import Done, Endpoint, Generation, Loaded, Reach
from kai.llm.inventory import Inventory, find
from kai.llm.memory import Memory
from kai.provider import ModelStatus, Readiness

ACTIVE = 900.0
"""Seconds after which a user who asked nothing counts as idle."""

MARGIN = 60.0
"""Seconds before its end at which a model's stay is prolonged, at most a fifth of the stay."""

PAUSE = 10.0
"""Seconds between two requests that only prolong."""

FOREVER = 10 * 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Stay:
    """A model in memory as far as we know: until when (Unix time), what it takes, where."""

    until: float
    size: int | None = None
    size_vram: int | None = None


class Warm:
    """Loads the models of one server and knows how they are.

    `prompt` gives the request whose prompt begins as every request to that model does; `memory` the
    machine's memory. `log` is told what happens behind the answers.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        prompt: Callable[[str], Generation],
        *,
        inventory: Inventory | None = None,
        look: Callable[[Reach, tuple[Loaded, ...], int], Memory] | None = None,
        clock: Callable[[], float] = time.time,
        log: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._endpoint, self._prompt, self._inventory = endpoint, prompt, inventory
        self._look = look or _memory
        self._clock, self._log = clock, log
        self._turn = asyncio.Lock()
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._stays: dict[str, Stay] = {}
        self._touched: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._kept: dict[str, float] = {}
        self._wanted = ""
        self._trouble = ""
        self._changed = asyncio.Event()
        self._asking: list[str] = []
        self._quiet = asyncio.Event()
        self._quiet.set()

    # --- what is known --------------------------------------------------------------------------

    def status(self, model: str = "") -> ModelStatus:
        """How a model is; "" is the one that was asked for last."""
        name = model or self._wanted
        if not name:
            return ModelStatus(Readiness.NONE, "", self._trouble or "no model was asked for yet")
        stay = self._stay(name)
        if stay is not None:
            return ModelStatus(Readiness.WARM, name, f"{name}: {self._about(stay)}")
        if self._loading(name) or known.full(name) in self._asking:
            return ModelStatus(Readiness.LOADING, name, f"{name} is being loaded")
        why = self._trouble if name == self._wanted else ""
        return ModelStatus(Readiness.COLD, name, why or f"{name} is not in memory")

    def left(self, model: str = "") -> float | None:
        """Seconds that a model stays in memory from now on; None where it is not there, or where
        its server lets nothing go."""
        stay = self._stay(model or self._wanted)
        left = FOREVER if stay is None else stay.until - self._clock()
        return None if left > FOREVER / 2 else left

    def there(self) -> tuple[Loaded, ...]:
        """The models that are in memory as far as is known, without asking the server."""
        return tuple(
            Loaded(model, stay.size, stay.size_vram, stay.until)
            for model, stay in self._stays.items()
            if stay.until > self._clock()
        )

    def is_warm(self, model: str) -> bool:
        """Whether the model is in memory, as far as is known."""
        return self._stay(model) is not None

    def touch(self, model: str) -> None:
        """The user is active and may want this model. Takes no time and raises nothing."""
        self._wanted = model
        key = known.full(model)
        if key not in self._touched:
            self._changed.set()
        self._touched[key] = self._clock()

    @contextlib.contextmanager
    def asking(self, model: str) -> Iterator[None]:
        """While a request to the model runs: what is loaded only in case it is needed waits."""
        self.touch(model)
        key = known.full(model)
        self._asking.append(key)
        self._quiet.clear()
        try:
            yield
        finally:
            self._asking.remove(key)
            if not self._asking:
                self._quiet.set()

    async def quiet(self) -> None:
        """Wait until no request to a model runs."""
        await self._quiet.wait()

    def answered(self, model: str, keep_alive: float) -> None:
        """A request to the model has just ended: it stays so many seconds from now on."""
        self.touch(model)
        self._stays_for(model, keep_alive)

    def _stays_for(self, model: str, keep_alive: float) -> None:
        key = known.full(model)
        self._kept[key] = keep_alive
        if self._stays.get(key, Stay(0.0)).until > self._clock() + FOREVER / 2:
            return  # this server lets nothing go
        if keep_alive <= 0:
            self._stays.pop(key, None)
        else:
            old = self._stays.get(key, Stay(0.0))
            self._stays[key] = replace(old, until=self._clock() + keep_alive)
        self._changed.set()

    async def look(self) -> None:
        """Learn from the server what is in its memory. Raises `ProviderError`."""
        try:
            there = await self._endpoint.loaded()
            if there is None and self._endpoint.reach is not Reach.CLOUD:
                await self._endpoint.installed()  # whether it is still there at all
        except ModelUnreachable:
            self._stays.clear()  # with the server its memory has gone
            raise
        if there is None:  # such a server lets nothing go: what was once asked is there
            self._stays = {name: Stay(self._clock() + FOREVER) for name in self._stays}
            return
        if self._inventory is not None:
            self._inventory.loaded(there)
        self._stays = {
            known.full(each.name): Stay(self._until(each), each.size, each.size_vram)
            for each in there
        }
        self._changed.set()

    def _until(self, there: Loaded) -> float:
        """When a model's stay ends. Another machine's clock may go wrong: what we know is better."""
        now = self._clock()
        if there.expires_at is None:
            return now + FOREVER
        if self._endpoint.reach is Reach.MACHINE:
            return there.expires_at
        own = self._stay(there.name)
        return own.until if own is not None else max(there.expires_at, now + MARGIN)

    # --- loading --------------------------------------------------------------------------------

    async def warm(self, model: str) -> None:
        """See that the model is in memory with its prompt's beginning read; returns when it is.

        Who is cancelled here leaves the load alone. Raises `ProviderError`: `ModelBusy` where there
        is not the memory for it.
        """
        self.touch(model)
        if self._stay(model) is None:
            await asyncio.shield(self.begin(model))

    def begin(self, model: str) -> asyncio.Task[None]:
        """Load the model behind everything else; the task that does, which nobody has to await."""
        self._wanted = model
        key = known.full(model)
        task = self._loads.get(key)
        if task is None or task.done():
            task = asyncio.get_running_loop().create_task(self._load(model))
            self._loads[key] = task
            task.add_done_callback(self._ended)
        return task

    async def run(self) -> None:
        """Prolong the stay of what the user may want, until cancelled; sleeps while nothing is due."""
        while True:
            due = self._due()
            self._changed.clear()
            if due is None:
                await self._changed.wait()
                continue
            model, at = due
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, at - self._clock())):
                    await self._changed.wait()
                continue
            await self._prolong(model)

    async def close(self) -> None:
        """End what is being loaded."""
        tasks = [task for task in self._loads.values() if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _load(self, model: str) -> None:
        async with self._turn:
            try:
                await self._loaded(model)
            except ProviderError as error:
                self._stays.pop(known.full(model), None)
                self._trouble = str(error)
                self._log(f"model: {model} could not be loaded ({type(error).__name__})")
                raise
            self._trouble = ""

    async def _loaded(self, model: str) -> None:
        began = self._begun[known.full(model)] = self._clock()
        if self._endpoint.reach is Reach.CLOUD:  # it is always there, and every word costs
            self._stays[known.full(model)] = Stay(began + FOREVER)
            return
        generation = self._prompt(model)
        await self._room(model, generation.num_ctx)
        done = Done()
        request = replace(generation, num_predict=1, grammar=None)
        events = self._endpoint.stream(request)
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, Done):
                    done = event
        self._stays_for(model, generation.keep_alive)
        with contextlib.suppress(ProviderError):
            await self.look()
        if self._inventory is not None:
            self._inventory.measured(model, done)
        self._log(f"model: {model} is warm after {self._clock() - began:.1f} s")

    async def _room(self, model: str, num_ctx: int) -> None:
        """Raises `ModelBusy` where loading it would leave the machine without memory."""
        if self._inventory is None or self._endpoint.reach is not Reach.MACHINE:
            return
        there = await self._endpoint.loaded()
        if there is None or any(known.same(each.name, model) for each in there):
            return
        about = find(await self._inventory.models(), model)
        self._inventory.loaded(there)
        server = self._inventory.known()
        need = server.needs(about, num_ctx) if about is not None else None
        machine = self._look(self._endpoint.reach, there, server.vram)
        freed = sum((each.size or 0) - (each.size_vram or 0) for each in there)
        room = machine.room(freed)
        if need is not None and room is not None and need > room + machine.kept_free:
            raise ModelBusy(
                f"{routing.shortage(model, need, machine)}; close something, or name a smaller"
                " model (kai models)"
            )

    async def _prolong(self, model: str) -> None:
        """Let the model stay on, where the user is active; else forget that it is there."""
        touched = self._touched.get(model, 0.0)
        if self._clock() - touched > ACTIVE:
            self._touched.pop(model, None)
            return
        try:
            await self.begin(model)
        except ProviderError:
            self._touched.pop(model, None)  # the next request says what is wrong

    def _due(self) -> tuple[str, float] | None:
        """The model whose stay ends first of those that the user may want, and when to act."""
        ends: list[tuple[float, str]] = []
        for model in self._touched:
            stay = self._stays.get(model)
            if stay is None or self._loading(model):
                continue
            margin = min(MARGIN, self._kept.get(model, 5 * MARGIN) / 5)
            # However odd the times are that a server says, it is not asked without a pause.
            soonest = self._begun.get(model, 0.0) + PAUSE
            ends.append((max(stay.until - margin, soonest), model))
        if not ends:
            return None
        at, model = min(ends)
        return model, at

    def _loading(self, model: str) -> bool:
        task = self._loads.get(known.full(model))
        return task is not None and not task.done()

    def _stay(self, model: str) -> Stay | None:
        stay = self._stays.get(known.full(model))
        return stay if stay is not None and stay.until > self._clock() else None

    def _about(self, stay: Stay) -> str:
        """How long, how large, where."""
        left = stay.until - self._clock()
        parts = [f"in memory for {lasting(left)}"]
        if left > FOREVER / 2:
            parts = ["stays in memory" if stay.size else "always there"]
        if stay.size:
            parts.append(memory.text(stay.size))
            if stay.size_vram is not None:
                share = stay.size_vram / stay.size
                parts.append("CPU" if share == 0 else "GPU" if share > 0.99 else f"GPU {share:.0%}")
        return ", ".join(parts)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody may have waited for it: what went wrong stands in the status."""
        self._changed.set()
        if not task.cancelled():
            error = task.exception()
            if error is not None and not isinstance(error, ProviderError):
                self._trouble = f"this is a fault in kai: {type(error).__name__}"
                self._log(f"model: a fault, {type(error).__name__}")


def lasting(seconds: float) -> str:
    """A length of time for people: `28 min`, `40 s`."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _memory(reach: Reach, loaded: tuple[Loaded, ...], seen: int) -> Memory:
    return memory.now(reach=reach, loaded=loaded, seen=seen)
