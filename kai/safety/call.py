"""One call of kubectl as the rules of the judge see it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from posixpath import normpath

from kai.kubectl.govalues import go_bool
from kai.kubectl.invocation import Filter, Invocation, Pipeline
from kai.kubectl.resources import Catalogue
from kai.kubectl.targets import ResourceArg
from kai.model import Context, Level, Tier
from kai.safety.kuberc import Kuberc
from kai.safety.policy import NONE, Policies
from kai.safety.table import load as effects

UNKNOWN = "kai-unknown"
"""Stands in a word of a script for what only the running shell knows."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says about a call: the tier it asks for at least, and why, and where."""

    code: str
    tier: Tier
    message: str
    start: int
    end: int
    level: Level | None = None
    """How the finding is shown where that does not follow from the tier."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the user has set: numbers and names that rules compare with, policies, and what kubectl's
    own preferences change. `now` is the Unix time in seconds for policies (None: this moment)."""

    protected_contexts: tuple[str, ...] = ()
    max_replicas: int = 100
    max_objects: int = 20
    policies: Policies = NONE
    kuberc: tuple[Kuberc, ...] = ()
    now: float | None = None


DEFAULTS = Limits()


_RUN_A_PROGRAM = frozenset(
    (
        ("exec",),
        ("run",),
        ("debug",),
        *(("create", kind) for kind in ("deployment", "job", "cronjob")),
    )
)
"""Commands for which the words behind `--` are a program; for all others they are arguments."""


def with_arguments(pipeline: Pipeline) -> Pipeline:
    """The line with the words behind `--` among the arguments, where kubectl reads them as such."""
    if "--" not in {word.value for call in pipeline.invocations for word in call.words}:
        return pipeline
    return replace(pipeline, stages=tuple(_with_arguments(stage) for stage in pipeline.stages))


def _with_arguments(stage: Invocation | Filter) -> Invocation | Filter:
    if isinstance(stage, Filter) or not stage.after_dash or stage.path in _RUN_A_PROGRAM:
        return stage
    return replace(stage, args=(*stage.args, *stage.after_dash))


def named(stage: Invocation, pipeline: Pipeline, catalogue: Catalogue) -> tuple[ResourceArg, ...]:
    """What a call names, and what the `get` names whose output xargs hands to it."""
    targets = stage.resources(catalogue)
    before = pipeline.stages[0]
    if stage.via and isinstance(before, Invocation) and before.path == ("get",):
        return targets + before.resources(catalogue)
    return targets


def is_stdin(source: str) -> bool:
    """Whether a file is the standard input, under whatever name."""
    return source == "-" or normpath("/" + source.lstrip("/")).startswith(("/dev/", "/proc/"))


@dataclass(frozen=True, slots=True)
class Call:
    """A call of kubectl, what it names, and where it would act.

    `drafted` is True where kai itself would offer the line; found and typed text is judged with it
    False, which makes what kai must not write itself a matter of confirming.
    """

    invocation: Invocation
    pipeline: Pipeline
    index: int
    catalogue: Catalogue
    context: Context
    limits: Limits = DEFAULTS
    drafted: bool = True
    targets: tuple[ResourceArg, ...] = field(default=())

    @property
    def path(self) -> tuple[str, ...]:
        """The command path, aliases resolved."""
        return self.invocation.path

    @property
    def verb(self) -> str:
        """The first word of the path; "" for kubectl alone."""
        return self.path[0] if self.path else ""

    @property
    def start(self) -> int:
        """Where the call begins in the line."""
        return self.invocation.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.invocation.end

    def ruling(self, code: str, tier: Tier, message: str, flag: str = "") -> Ruling:
        """A ruling about the flag of that name where it is given, else about the whole call."""
        found = self.invocation.flag(flag) if flag else None
        start, end = (found.start, found.end) if found else (self.start, self.end)
        return Ruling(code, tier, message, start, end)

    # ------------------------------------------------------------------ what is hit
    @property
    def resources(self) -> frozenset[str]:
        """The kinds named, by their plain plural ("deployments"); categories as written."""
        return frozenset(
            target.resource.plural if target.resource else target.type_word.lower()
            for target in self.targets
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the objects, in order."""
        return tuple(target.name for target in self.targets if target.name)

    def named(self, *plurals: str) -> tuple[str, ...]:
        """The names of the objects of these kinds."""
        return tuple(
            target.name
            for target in self.targets
            if target.name and target.resource and target.resource.plural in plurals
        )

    @property
    def scope(self) -> str:
        """The namespace the call acts in; "" for all of them."""
        return "" if self.everywhere else self.home

    @property
    def home(self) -> str:
        """The namespace that is named or current, also where all of them are meant."""
        return self.invocation.value("namespace") or self.context.namespace or "default"

    @property
    def everywhere(self) -> bool:
        """Whether it is about all namespaces."""
        return self.on("all-namespaces")

    @property
    def cluster_scoped(self) -> bool:
        """Whether every kind named is in no namespace."""
        known = [target.resource for target in self.targets]
        return bool(known) and all(kind is not None and not kind.namespaced for kind in known)

    @property
    def selector(self) -> str | None:
        """The label selector, None where there is none."""
        return self.invocation.value("selector")

    # ------------------------------------------------------------------ flags
    def on(self, name: str) -> bool:
        """Whether a boolean flag of the command is on; what Go cannot read counts as on."""
        value = self.invocation.value(name)
        return value is not None and go_bool(value) is not False

    @property
    def source(self) -> Invocation | None:
        """The dry-run before it whose object this call takes from the standard input."""
        before = self.pipeline.stages[self.index - 1] if self.index else None
        if not isinstance(before, Invocation) or not any(is_stdin(name) for name in self.files):
            return None
        return before if _prints_an_object(before) else None

    @property
    def handed_on(self) -> bool:
        """Whether what this dry-run prints is what the next stage sends to the cluster."""
        behind = self.pipeline.stages[self.index + 1 : self.index + 2]
        if not behind or isinstance(behind[0], Filter) or not _prints_an_object(self.invocation):
            return False
        names = [part for value in behind[0].values("filename") for part in value.split(",")]
        if not any(is_stdin(name) for name in names) or _is_dry(behind[0]):
            return False
        cell = effects().commands.get(behind[0].path)
        return cell is None or cell.tier is not Tier.READ

    @property
    def dry(self) -> bool:
        """Whether the call changes nothing: a dry-run or --local that kubectl itself reads as one.

        Source: k8s.io/kubectl/pkg/cmd/util.GetDryRunStrategy: client, server and unchanged (the
        flag without a value) and what strconv.ParseBool takes for true.
        """
        return _is_dry(self.invocation) and not self.handed_on

    @property
    def files(self) -> tuple[str, ...]:
        """What -f and -k name, lists taken apart; "-" is the standard input."""
        listed = self.invocation.values("filename") + self.invocation.values("kustomize")
        if self.path == ("kustomize",):
            listed = [word.value for word in self.invocation.args] or ["."]
        return tuple(part for value in listed for part in value.split(","))


def _is_dry(invocation: Invocation) -> bool:
    flags = invocation.command.flags
    local = invocation.value("local") if "local" in flags else None
    if local is not None and go_bool(local) is True:
        return True
    value = invocation.value("dry-run") if "dry-run" in flags else None
    if value is None:
        return False
    return value in ("client", "server", "unchanged") or go_bool(value) is True


def _prints_an_object(invocation: Invocation) -> bool:
    """Whether a stage only prints the object it was told to make, from its own words."""
    if invocation.path[:1] not in (("create",), ("run",), ("expose",)):
        return False
    if invocation.values("filename"):
        return False
    return invocation.value("dry-run") in ("client", "unchanged", "true")
