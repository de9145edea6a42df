"""The values every part of kai shares. Plain data: no behaviour beyond what the data itself says.

Words: an `Ask` is a request in words, a `Draft` is untrusted command text, a `Suggestion` is what
the user sees. All offsets are code points, counted from 0, end exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is: an `ERROR` is refused by kubectl or changes what is meant."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark about a command: a stable code of docs/rules.md, where, and a sure repair if any.

    `replacement` is the text that should stand between `start` and `end`; None: no sure repair.
    """

    code: str
    level: Level
    message: str
    start: int
    end: int
    replacement: str | None = None


class Target(StrEnum):
    """What the command will be put into."""

    SHELL = "shell"
    SCRIPT = "script"
    YAML = "yaml"
    MAKEFILE = "makefile"
    DOCKERFILE = "dockerfile"
    MARKDOWN = "markdown"


class SourceFilter(StrEnum):
    """Who may answer: `BUILTIN` and `MODEL` never read the cache."""

    ANY = "any"
    BUILTIN = "builtin"
    MODEL = "model"


class Source(StrEnum):
    """Who did answer."""

    CACHE = "cache"
    BUILTIN = "builtin"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Context:
    """Where the user is: kubeconfig context, namespace and API server, and the kubectl they have.

    None means "not known": no kubeconfig, no current context, kubectl not found.
    """

    context: str | None = None
    namespace: str | None = None
    server: str | None = None
    kubectl_version: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around the request: the object of the manifest, the script's own variables."""

    kind: str | None = None
    name: str | None = None
    namespace: str | None = None
    selection: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as a front hands it to the engine."""

    request: str
    context: Context = Context()
    target: Target = Target.SHELL
    surroundings: Surroundings = Surroundings()
    source: SourceFilter = SourceFilter.ANY
    again: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectName:
    """A name that exists in the cluster; `namespace` is None for cluster-scoped kinds."""

    resource: str
    name: str
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """A snapshot of the names that exist in one context. `taken_at` is Unix time in seconds.

    `partial` are the kinds of which not every name of that moment is here: that one is not among
    them says nothing.
    """

    context: str
    taken_at: float
    objects: tuple[ObjectName, ...] = ()
    namespaces: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """The model that wrote a draft, how far the request went for it ("this machine", "own server",
    "cloud"), why this model was asked and no other, and what this answer cost (None: nobody named a
    price, or it was kept)."""

    model: str
    reach: str
    why: str = ""
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Untrusted command text and how sure its author is (0 to 1).

    `steps` are further commands, to be run after it, where one does not do. `author` is None for
    what no model wrote.
    """

    command: str
    source: Source
    confidence: float = 1.0
    assumptions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    author: Author | None = None


class Tier(StrEnum):
    """What kai does with a command, from the freest to what it never offers."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    FORBIDDEN = "forbidden"

    @property
    def rank(self) -> int:
        """0 for read to 3 for forbidden: the order of the tiers."""
        return _TIERS.index(self)


_TIERS = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Radius:
    """What a command hits, as far as its text tells.

    `kinds` are resource names ("deployments"; empty: not known). `reach` says how many at most:
    "one", "several" (named ones, `count` of them), "selector", "all" (of a namespace), "everywhere"
    (all namespaces, or all of a cluster-scoped kind), "file" (what a file holds), "unknown".
    """

    kinds: tuple[str, ...] = ()
    reach: str = "unknown"
    count: int | None = None
    namespace: str | None = None
    reversible: bool = True
    data_loss: bool = False
    text: str = ""
    """The same as one line for people."""


@dataclass(frozen=True, slots=True)
class Risk:
    """The judge's verdict: tier, a line for each reason, the findings behind it, what is hit."""

    tier: str
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    radius: Radius | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the user sees. `sure` is set by the engine alone.

    `steps` are further commands, to be run after this one; findings and risk are of all of them
    together. `author` is the model that wrote it, kept answers included.
    """

    command: str
    source: Source
    cached: bool = False
    confidence: float = 1.0
    sure: bool = False
    findings: tuple[Finding, ...] = ()
    risk: Risk | None = None
    explanation: str = ""
    assumptions: tuple[str, ...] = ()
    alternatives: tuple[Suggestion, ...] = ()
    steps: tuple[str, ...] = ()
    author: Author | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A chunk of streamed text; not a command yet."""

    chunk: str


class Phase(StrEnum):
    """What the engine is doing while the user waits."""

    LOADING = "loading"
    ASKING = "asking"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Status:
    """The engine entered a phase that may take a while."""

    phase: Phase
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion that passed the fast checks; slow checks may follow."""

    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Checked:
    """What a slow check found about the suggestion offered before; no findings: it has passed.

    `check` is its name (`kai.validators.live.LIVE`); `risk` takes the place of the suggestion's where
    the check has learnt more.
    """

    findings: tuple[Finding, ...]
    risk: Risk | None = None
    check: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The end: this is the answer. `timings` are milliseconds by stage."""

    suggestion: Suggestion
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abstained:
    """The end: an honest no. `hint` says what to try."""

    reason: str
    hint: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """The end: the judge forbids the draft."""

    reason: str
    findings: tuple[Finding, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The end: something broke; `reason` says what happened and what to do."""

    reason: str
    timings: Mapping[str, float] = field(default_factory=dict)


Outcome = Answered | Abstained | Refused | Failed
Event = Text | Status | Offered | Checked | Outcome
