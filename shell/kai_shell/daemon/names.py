"""The names of a cluster's objects are kept fresh while somebody works there, behind the answers.

A refresh begins after a request, for the context that its shell is in, and only where the snapshot is
old. It runs kubectl with little priority, one refresh at a time, each call and the whole under a
deadline; kubectl gets no terminal and no input, so that a credential plugin cannot ask anything.
Before each call it looks whether the shell's context is still the same. What failed is tried again
later and later. Without requests nothing happens at all.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kai import wiring
from kai.cluster.names import NAMESPACED, refresh
from kai.errors import KaiError, KubectlError
from kai.kubectl.process import Completed, RealKubectl
from kai.model import Context

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.kubectl.process import Kubectl

MAX_AGE = 600.0
"""Seconds after which a snapshot is old."""

CALL_SECONDS, ALL_SECONDS = 5.0, 20.0
"""Deadlines of one call of kubectl and of a refresh: nobody waits for it."""

FIRST_BACKOFF, LAST_BACKOFF = 120.0, 4 * 3600.0
"""Seconds until what failed is tried again: first, and at most; doubled each time."""

DELAY = 0.5
"""Seconds between a request and the refresh that follows it: the answer goes out first, and so does
the answer to a key pressed again."""

PLACES = 64
"""Contexts whose failures are remembered."""

_NICE = ("/usr/bin/nice", "/bin/nice")


@dataclass(frozen=True, slots=True)
class Place:
    """A shell's context, and the environment and the settings that say so."""

    loaded: Loaded
    env: Mapping[str, str]
    where: Context

    @property
    def key(self) -> tuple[str | None, str | None]:
        """The context and its server."""
        return self.where.context, self.where.server

    def still(self) -> bool:
        """Whether the kubeconfig still says so."""
        now = wiring.build_kubeconfig(self.loaded, self.env).context()
        return (now.context, now.server) == self.key


class Careful:
    """A kubectl that runs only while the user is in one place; `left` says that they are not."""

    def __init__(self, kubectl: Kubectl, still: Callable[[], bool]) -> None:
        self._kubectl, self._still, self.left = kubectl, still, False

    @property
    def path(self) -> str:
        """See `Kubectl`."""
        return self._kubectl.path

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - see the protocol
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """See `Kubectl`."""
        self.left = self.left or not self._still()
        if self.left:
            return Completed(1, stderr=b"the user has left")
        try:
            return await self._kubectl.run(args, timeout=timeout, stdin=stdin, env=env)
        except KubectlError as error:
            return Completed(1, stderr=str(error).encode())

    async def version(self) -> str:
        """See `Kubectl`."""
        return await self._kubectl.version()

    def cached_version(self) -> str | None:
        """See `Kubectl`."""
        return self._kubectl.cached_version()


def niced(place: Place) -> Kubectl:
    """The kubectl of the place, with little priority where the system has `nice`. Raises
    `KaiError`."""
    path = wiring.build_kubectl(place.loaded, place.env).path
    nice = next((path for path in _NICE if os.access(path, os.X_OK)), None)
    return RealKubectl(path, env=place.env) if nice is None else Niced(nice, path, place.env)


class Niced(RealKubectl):
    """A kubectl that `nice` becomes: it is the same process, and leads the same group."""

    def __init__(self, nice: str, path: str, env: Mapping[str, str]) -> None:
        super().__init__(path, env=env)
        self._nice = RealKubectl(nice, env=env)

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - see the protocol
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """See `Kubectl`."""
        words = ("-n", "10", self.path, *args)
        return await self._nice.run(words, timeout=timeout, stdin=stdin, env=env)


class Names:
    """Refreshes snapshots; `asked` after each request says where it came from."""

    def __init__(
        self,
        *,
        log: Callable[[str], None] = lambda text: None,
        kubectl: Callable[[Place], Kubectl] = niced,
        delay: float = DELAY,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._log, self._kubectl, self._delay = log, kubectl, delay
        self._monotonic, self._clock = monotonic, clock
        self._task: asyncio.Task[None] | None = None
        self._failed: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def asked(self, loaded: Loaded, env: Mapping[str, str], where: Context) -> None:
        """A request came from here. Takes some microseconds and raises nothing."""
        if self._task is not None or loaded.settings.cluster.names != "auto":
            return
        if where.context is None or where.server is None:
            return
        place = Place(loaded, env, where)
        not_before, _ = self._failed.get(place.key, (0.0, 0.0))
        if self._monotonic() < not_before:
            return
        age = self._clock() - wiring.build_names(loaded).written_at(where)
        if 0 <= age < MAX_AGE:
            return
        self._task = asyncio.get_running_loop().create_task(self._refreshed(place))
        self._task.add_done_callback(self._done)

    async def settled(self) -> None:
        """Wait for the refresh that runs, if one does."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """End the refresh that runs; its processes are gone then."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            self._log(f"names: a fault, {type(task.exception()).__name__}")

    async def _refreshed(self, place: Place) -> None:
        await asyncio.sleep(self._delay)
        began = self._monotonic()
        try:
            async with asyncio.timeout(ALL_SECONDS):
                count, why = await self._brought(place)
        except TimeoutError:
            count, why = None, f"not within {ALL_SECONDS:g} s"
        except KaiError as error:
            count, why = None, type(error).__name__
        took = f"{self._monotonic() - began:.1f} s"
        if why:
            self._log(f"names: none after {took} ({why}); again in {self._fail(place):.0f} s")
        elif count is not None:
            self._failed.pop(place.key, None)
            self._log(f"names: {count} in {took}")

    async def _brought(self, place: Place) -> tuple[int | None, str]:
        """How many names are kept now, or why not; neither where the user has left."""
        if not place.still():
            return None, ""
        store = wiring.build_names(place.loaded)
        contexts = tuple(wiring.build_kubeconfig(place.loaded, place.env).contexts)
        kubectl = Careful(self._kubectl(place), place.still)
        brought = await refresh(
            kubectl,
            place.where,
            contexts=contexts,
            previous=store.get(place.where),
            seconds=CALL_SECONDS,
            clock=self._clock,
        )
        if kubectl.left:
            return None, ""
        if len(brought.missing) > len(NAMESPACED):  # those, namespaces and nodes: nothing was told
            return None, "the cluster tells none"
        if not store.put(place.where, brought.names):
            return None, "they cannot be written"
        names = brought.names
        return len(names.objects) + len(names.namespaces) + len(names.nodes), ""

    def _fail(self, place: Place) -> float:
        _, last = self._failed.pop(place.key, (0.0, 0.0))
        wait = min(max(FIRST_BACKOFF, 2 * last), LAST_BACKOFF)
        self._failed[place.key] = (self._monotonic() + wait, wait)
        while len(self._failed) > PLACES:
            self._failed.popitem(last=False)
        return wait
