"""The slow checks: what the cluster that the user is on says about a command.

`existence` looks into the snapshot of names and answers at once; `access` and `dry_run` ask the
cluster through kubectl. kai itself runs nothing but what the judge calls `read`, only in the
context that is current at that moment, and never for longer than `SECONDS` all together.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kai.errors import KubectlError
from kai.kubectl.invocation import Pipeline, parse
from kai.kubectl.process import Completed, Kubectl
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import load
from kai.model import Checked, Context, Finding, Level, Names, Risk, Tier
from kai.validators.live_case import SECONDS, Case, Here, other_place
from kai.validators.live_names import existence

if TYPE_CHECKING:
    import asyncio

Check = Callable[[Case], Awaitable[tuple[Finding, ...] | None]]
"""One slow check. None: it has nothing to ask about this line."""

AT_ONCE: tuple[tuple[str, Check], ...] = (("names", existence),)
"""Checks that start no process, with the names under which they answer."""

LIVE: tuple[tuple[str, Check], ...] = ()
"""Checks that ask the cluster; they run at the same time, under one deadline."""


@dataclass(frozen=True, slots=True)
class LiveChecks:
    """The slow checks of one user, who is `here` at this moment.

    `kubectl` is built when it is first needed, and may raise `KubectlError`; `judge` is the judge
    with no limits of the user's, for the lines that kai runs itself.
    """

    here: Here
    names: Callable[[str], Names | None]
    kubectl: Callable[[], Kubectl]
    judge: Callable[[Pipeline, Context, Catalogue], Risk]
    seconds: float = SECONDS
    clock: Callable[[], float] = time.time

    async def __call__(
        self, pipeline: Pipeline, tier: str | None, context: Context, catalogue: Catalogue, /
    ) -> AsyncGenerator[Checked]:
        """See `kai.parts.Live`."""
        if not pipeline.invocations or any(f.level is Level.ERROR for f in pipeline.findings):
            return
        here = self.here
        case = self._case(pipeline, tier, context, here, catalogue)
        for name, check in AT_ONCE:
            found = await check(case)
            if found is not None:
                yield Checked(found, check=name)
        if not here.known:
            return
        away = _away(pipeline, here.context, context)
        if away is not None:
            yield Checked((away,), check="place")
            return
        async with aclosing(self._asked(replace(case, where=here.context))) as answers:
            async for checked in answers:
                yield checked

    def _case(
        self,
        pipeline: Pipeline,
        tier: str | None,
        context: Context,
        here: Here,
        catalogue: Catalogue,
    ) -> Case:
        until = time.monotonic() + self.seconds
        spec = load(context.kubectl_version)
        where = context if context.context else here.context

        async def run(words: Sequence[str]) -> Completed:
            left = until - time.monotonic()
            if left <= 0:
                return Completed(-9, timed_out=True)
            return await self.kubectl().run(words, timeout=left)

        def harmless(line: str) -> bool:
            return self.judge(parse(line, spec), here.context, catalogue).tier == Tier.READ

        now = self.clock()
        return Case(pipeline, tier, catalogue, where, here, now, run, self.names, harmless)

    async def _asked(self, case: Case) -> AsyncGenerator[Checked]:
        """Every check that asks the cluster, as its answer comes."""
        import asyncio

        tasks = {asyncio.ensure_future(check(case)): name for name, check in LIVE}
        said: set[Finding] = set()
        try:
            waiting = set(tasks)
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    found = _result(task, case.pipeline)
                    if found is None or (found and said.issuperset(found)):
                        continue
                    yield Checked(tuple(f for f in found if f not in said), check=tasks[task])
                    said.update(found)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _away(pipeline: Pipeline, here: Context, asked: Context) -> Finding | None:
    """Why the line is not checked with the cluster the user is on: it is not about that one."""
    start, end = 0, len(pipeline.text)
    if asked.context is not None and (asked.context, asked.server) != (here.context, here.server):
        message = f"not checked with the cluster: you are on {here.context}, not {asked.context}"
        return Finding("K520", Level.INFO, message, start, end)
    for call in pipeline.invocations:
        flag = other_place(call, here)
        if flag is not None:
            message = f"not checked with the cluster: {flag.spelled} leads away from {here.context}"
            return Finding("K520", Level.INFO, message, flag.start, flag.end)
    return None


def _result(
    task: asyncio.Task[tuple[Finding, ...] | None], pipeline: Pipeline
) -> tuple[Finding, ...] | None:
    try:
        return task.result()
    except KubectlError as error:
        message = f"not checked with the cluster: {error}"
        return (Finding("K521", Level.INFO, message, 0, len(pipeline.text)),)


class ScriptedChecks:
    """Slow checks that ask nobody: what was scripted for a command, in order; `asked` holds them."""

    def __init__(self, script: Mapping[str, Sequence[Checked]] | None = None) -> None:
        self._script = dict(script or {})
        self.asked: list[str] = []

    async def __call__(
        self, pipeline: Pipeline, tier: str | None, context: Context, catalogue: Catalogue, /
    ) -> AsyncGenerator[Checked]:
        """See `kai.parts.Live`."""
        self.asked.append(pipeline.text)
        for checked in self._script.get(pipeline.text, ()):
            yield checked
