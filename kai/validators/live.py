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
from kai.kubectl.words import quote
from kai.model import Checked, Context, Finding, Level, Names, Risk, Tier
from kai.validators.live_access import access
from kai.validators.live_case import IMPERSONATION, SECONDS, Answer, Case, Here, other_place
from kai.validators.live_dry_run import dry_run
from kai.validators.live_names import existence

if TYPE_CHECKING:
    import asyncio

Check = Callable[[Case], Awaitable[Answer | None]]
"""One slow check. None: it has nothing to ask about this line."""

AT_ONCE: tuple[tuple[str, Check], ...] = (("names", existence),)
"""Checks that start no process, with the names under which they answer."""

LIVE: tuple[tuple[str, Check], ...] = (("access", access), ("dry-run", dry_run))
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
        self, pipeline: Pipeline, risk: Risk | None, context: Context, catalogue: Catalogue, /
    ) -> AsyncGenerator[Checked]:
        """See `kai.parts.Live`."""
        if not pipeline.invocations or any(f.level is Level.ERROR for f in pipeline.findings):
            return
        here = self.here
        case = self._case(pipeline, risk, context, here, catalogue)
        for name, check in AT_ONCE:
            found = await check(case)
            if found is not None:
                yield Checked(found.findings, check=name)
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
        risk: Risk | None,
        context: Context,
        here: Here,
        catalogue: Catalogue,
    ) -> Case:
        until = time.monotonic() + self.seconds
        spec = load(context.kubectl_version)
        where = context if context.context else here.context

        async def run(words: Sequence[str]) -> Completed:
            if not harmless(words):
                raise KubectlError("kai runs nothing by itself that may do more than read")
            left = until - time.monotonic()
            if left <= 0:
                return Completed(-9, timed_out=True)
            return await self.kubectl().run(words, timeout=left)

        def harmless(words: Sequence[str]) -> bool:
            try:
                line = " ".join(map(quote, ("kubectl", *_as_oneself(words))))
            except ValueError:  # a word that no shell-proof spelling exists for
                return False
            return self.judge(parse(line, spec), here.context, catalogue).tier == Tier.READ

        now = self.clock()
        return Case(pipeline, risk, catalogue, where, here, now, run, self.names, harmless)

    async def _asked(self, case: Case) -> AsyncGenerator[Checked]:
        """Every check that asks the cluster, as its answer comes."""
        import asyncio

        tasks = {asyncio.ensure_future(check(case)): name for name, check in LIVE}
        said: set[object] = set()
        try:
            waiting = set(tasks)
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    found = _result(task, case.pipeline)
                    if found is None:
                        continue
                    new = tuple(f for f in found.findings if _topic(f) not in said)
                    if new or not found.findings:
                        said.update(map(_topic, new))
                        yield Checked(new, _learnt(case.risk, found.hits), tasks[task])
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


def _result(task: asyncio.Task[Answer | None], pipeline: Pipeline) -> Answer | None:
    try:
        return task.result()
    except KubectlError as error:
        message = f"not checked with the cluster: {error}"
        return Answer((Finding("K521", Level.INFO, message, 0, len(pipeline.text)),))


def _topic(found: Finding) -> object:
    """What is said once for a line: who may not, and why nobody was asked; the rest as it is."""
    return found.code if found.code in ("K510", "K521") else found


def _learnt(risk: Risk | None, hits: int | None) -> Risk | None:
    """The verdict with the number of objects that the server has counted; None: nothing is new."""
    if risk is None or risk.radius is None or hits is None:
        return None
    radius = replace(risk.radius, count=hits, text=f"{risk.radius.text} ({hits} now)")
    return replace(risk, radius=radius)


def _as_oneself(words: Sequence[str]) -> list[str]:
    """The words without where and as whom: the first is the user's own context, and the second, which
    the judge refuses kai itself, stands in the user's command."""
    flags = tuple(f"--{name}=" for name in ("context", *IMPERSONATION))
    end = words.index("--") if "--" in words else len(words)
    return [word for at, word in enumerate(words) if at > end or not word.startswith(flags)]


class ScriptedChecks:
    """Slow checks that ask nobody: what was scripted for a command, in order.

    `asked` and `risks` hold the commands that came, and their verdicts.
    """

    def __init__(self, script: Mapping[str, Sequence[Checked]] | None = None) -> None:
        self._script = dict(script or {})
        self.asked: list[str] = []
        self.risks: list[Risk | None] = []

    async def __call__(
        self, pipeline: Pipeline, risk: Risk | None, context: Context, catalogue: Catalogue, /
    ) -> AsyncGenerator[Checked]:
        """See `kai.parts.Live`."""
        self.asked.append(pipeline.text)
        self.risks.append(risk)
        for checked in self._script.get(pipeline.text, ()):
            yield checked
