"""The tables, and beyond them the flags that the installed kubectl turned out to have.

Nobody is asked before a command holds a flag that its table has not, and then once for each
command path and flag.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from kai.errors import KaiError
from kai.kubectl.invocation import Pipeline
from kai.kubectl.spec import FlagSpec, Spec, load

AskFlag = Callable[[tuple[str, ...], str], Awaitable[FlagSpec | None]]
"""Who knows a long flag of a command path; None: kubectl refuses it. May raise KaiError. Where no
event loop runs it must not suspend: the engine may be stepped by hand."""

MAX_ASKED = 4
"""Flags of one line that kubectl is asked about: each may start a process of about 40 ms."""

_MAX_KEPT = 1_000
_NO_COMMAND = frozenset({"K130", "K131"})


class LearntFlags:
    """Gives the table of a version, with what was learnt while this object lives.

    After the first failure nobody is asked any more: a kubectl that hangs must not delay every
    further command by its deadline.
    """

    def __init__(self, ask: AskFlag | None = None) -> None:
        self._ask = ask
        self._asked: set[tuple[tuple[str, ...], str]] = set()
        self._found: list[tuple[tuple[str, ...], FlagSpec]] = []
        self._extended: dict[str, Spec] = {}

    def spec(self, version: str | None) -> Spec:
        """`load(version)`, and the learnt flags in it."""
        spec = load(version)
        if not self._found:
            return spec
        if spec.version not in self._extended:
            self._extended[spec.version] = spec.with_flags(self._found)
        return self._extended[spec.version]

    async def learn(self, pipeline: Pipeline) -> bool:
        """Ask about the line's unknown flags; True where `spec` knows more than before."""
        before = len(self._found)
        for count, (path, name) in enumerate(dict.fromkeys(_unknown(pipeline))):
            if self._ask is None or count == MAX_ASKED:
                break
            if (path, name) in self._asked:
                continue
            try:
                flag = await self._ask(path, name)
            except KaiError:
                self._ask = None
                break
            if len(self._asked) >= _MAX_KEPT:
                self._asked.clear()
            self._asked.add((path, name))
            if flag is not None:
                self._found.append((path, flag))
        if len(self._found) == before:
            return False
        self._extended.clear()
        return True


def _unknown(pipeline: Pipeline) -> Iterator[tuple[tuple[str, ...], str]]:
    """Command path and name of each long flag that its command has not."""
    for call in pipeline.invocations:
        if any(finding.code in _NO_COMMAND for finding in call.findings):
            continue  # whose flag it is, nobody knows
        for flag in call.flags:
            name = flag.spelled.removeprefix("--")
            if flag.spelled.startswith("--") and call.command.flag(name) is None:
                yield call.path, name.replace("_", "-")
