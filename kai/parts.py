"""The engine's collaborators: what each must do, and the set of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kai.kubectl.learnt import AskFlag
from kai.model import Checked, Context, Finding, Names, Risk, Surroundings

if TYPE_CHECKING:
    from kai.cache import Cache
    from kai.journal import Journal
    from kai.kubectl.invocation import Pipeline
    from kai.kubectl.resources import Catalogue
    from kai.kubectl.spec import Spec
    from kai.nlu import Reading
    from kai.provider import Provider


class Understand(Protocol):
    """`kai.nlu.understand`, or a fake of it."""

    def __call__(
        self,
        request: str,
        *,
        context: Context,
        surroundings: Surroundings,
        names: Names | None,
        spec: Spec,
    ) -> Reading:
        """A draft for the request, or why there is none."""
        ...


class Check(Protocol):
    """`kai.validators.check`, or a fake of it."""

    def __call__(
        self, pipeline: Pipeline, spec: Spec, catalogue: Catalogue, /
    ) -> tuple[Finding, ...]:
        """What is wrong with a command."""
        ...


class Live(Protocol):
    """`kai.validators.live.LiveChecks`, or a fake of it."""

    def __call__(
        self, pipeline: Pipeline, risk: Risk | None, context: Context, catalogue: Catalogue, /
    ) -> AsyncGenerator[Checked]:
        """What the cluster that the user is on says about a command with this verdict.

        `context` is where the command was asked for. It ends by itself within 2 s.
        """
        ...


async def no_checks(
    pipeline: Pipeline, risk: Risk | None, context: Context, catalogue: Catalogue, /
) -> AsyncGenerator[Checked]:
    """No cluster is asked."""
    nothing: tuple[Checked, ...] = ()
    for checked in nothing:
        yield checked


Explain = Callable[["Pipeline", "Catalogue"], str]
"""A command in words."""

Judge = Callable[["Pipeline", Context], Risk]
"""How dangerous a command is. The tier "forbidden" is never offered."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The engine's collaborators, put together by `kai.wiring` or by a test; None: it is not there.

    `flag` asks kubectl about a flag that its table has not, `live` the cluster about a command.
    `names_since` tells since when (Unix time) `names` has been the same. `versions` (lexicon,
    prompt, policy) are in the cache key.
    """

    understand: Understand
    check: Check
    explain: Explain
    catalogue: Callable[[Context], Catalogue]
    names: Callable[[Context], Names | None] = lambda context: None
    names_since: Callable[[Context], float] = lambda context: 0.0
    cache: Cache | None = None
    journal: Journal | None = None
    provider: Provider | None = None
    judge: Judge | None = None
    flag: AskFlag | None = None
    live: Live = no_checks
    versions: Sequence[str] = ()
