"""What a slow check is given: a line, and the cluster that the user is on."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kai.kubectl.invocation import Filter, Flag, Invocation, Pipeline
from kai.kubectl.process import Completed
from kai.kubectl.resources import Catalogue
from kai.kubectl.targets import ResourceArg
from kai.model import Context, Finding, Names, Risk

SECONDS = 1.5
"""How long all checks of one line may take together, in real time."""

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.:@-]{0,251}[A-Za-z0-9])?", re.ASCII)
"""What may be handed to kubectl as a name: never a flag, a path or a list."""

IMPERSONATION = ("as", "as-group", "as-uid", "as-user-extra")
"""Flags that make the user somebody else, as the cluster allows it."""

ELSEWHERE = frozenset(
    (
        *("kubeconfig", "server", "cluster", "user", "username", "password", "token", "proxy-url"),
        *("client-certificate", "client-key", "certificate-authority", "tls-server-name"),
        *(
            "insecure-skip-tls-verify",
            "auth-provider",
            "auth-provider-arg",
            "exec-command",
            "kuberc",
        ),
    )
)
"""Flags of all commands that lead to another cluster, or make the user somebody else there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found; `hits` is how many objects the server says the command is about."""

    findings: tuple[Finding, ...] = ()
    hits: int | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """Where the user is at this moment, by the kubeconfig: nothing is ever asked anywhere else.

    `user` is what the kubeconfig calls the user of the context, "" where it does not say; `folder` is
    where file names count from, "" for the current one.
    """

    context: Context
    user: str = ""
    folder: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a cluster at all: without one kubectl would ask localhost:8080."""
        return bool(self.context.context and self.context.server)


Run = Callable[[Sequence[str]], Awaitable[Completed]]
"""Runs kubectl with these words; what is left of the deadline is its own."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line to be checked.

    `where` is the context it was asked for, `here` the one the user is on; they differ only for
    checks that ask nobody. `risk` is the judge's verdict; `names` gives the snapshot of a context
    by its name (`now` is the Unix time it is compared with); `harmless` says whether the judge calls
    a call of kubectl with these words `read`: kai itself runs no other.
    """

    pipeline: Pipeline
    risk: Risk | None
    catalogue: Catalogue
    where: Context
    here: Here
    now: float
    run: Run
    names: Callable[[str], Names | None]
    harmless: Callable[[Sequence[str]], bool]

    @property
    def tier(self) -> str | None:
        """The judge's tier; None where there is no judge."""
        return self.risk.tier if self.risk else None

    @property
    def alone(self) -> Invocation | None:
        """The call, where the line is one call of kubectl and nothing else."""
        stages = self.pipeline.stages
        if len(stages) != 1 or isinstance(stages[0], Filter) or stages[0].via:
            return None
        return stages[0]

    def namespace(self, call: Invocation) -> str:
        """The namespace that a call acts in, where it does not mean all of them."""
        return call.value("namespace") or self.where.namespace or "default"


def other_place(call: Invocation, here: Context) -> Flag | None:
    """The flag with which a call goes to another place than `here`; None where it stays."""
    for flag in call.flags:
        if flag.name in call.command.flags:
            continue  # the command's own, as in `config set-context --cluster`
        if flag.name in ELSEWHERE or (flag.name == "context" and flag.value != here.context):
            return flag
    return None


def is_own(target: ResourceArg) -> bool:
    """Whether a target is an object with a name that can be one."""
    return bool(target.name and target.resource and NAME.fullmatch(target.name))
