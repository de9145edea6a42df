"""One call of kubectl as the rules of the judge see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kai.kubectl.govalues import go_bool
from kai.kubectl.invocation import Invocation, Pipeline
from kai.kubectl.resources import Catalogue
from kai.kubectl.targets import ResourceArg
from kai.model import Context, Tier


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says about a call: the tier it asks for at least, and why, and where."""

    code: str
    tier: Tier
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers and names from the user's settings that rules compare with."""

    protected_contexts: tuple[str, ...] = ()
    max_replicas: int = 100
    max_objects: int = 20


DEFAULTS = Limits()


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
    def dry(self) -> bool:
        """Whether the call changes nothing: a dry-run or --local that kubectl itself reads as one.

        Source: k8s.io/kubectl/pkg/cmd/util.GetDryRunStrategy: client, server and unchanged (the
        flag without a value) and what strconv.ParseBool takes for true.
        """
        flags = self.invocation.command.flags
        local = self.invocation.value("local") if "local" in flags else None
        if local is not None and go_bool(local) is True:
            return True
        value = self.invocation.value("dry-run") if "dry-run" in flags else None
        if value is None:
            return False
        return value in ("client", "server", "unchanged") or go_bool(value) is True

    @property
    def files(self) -> tuple[str, ...]:
        """What -f and -k name, lists taken apart; "-" is the standard input."""
        listed = self.invocation.values("filename") + self.invocation.values("kustomize")
        if self.path == ("kustomize",):
            listed = [word.value for word in self.invocation.args] or ["."]
        return tuple(part for value in listed for part in value.split(","))
