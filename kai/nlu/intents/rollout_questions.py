"""Questions about rollouts: has it landed, what holds it up, is it paused, which revision is live."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import take_duration
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import Objects, one, take_objects, tidy, where
from kai.nlu.intents.rollout import ROLLABLE, take_revision

_OPENINGS = frozenset(
    [
        "did",
        "has",
        "have",
        "is",
        "are",
        "hows",
        "how",
        "check",
        "see",
        "whats",
        "what",
        "was",
        "do",
        "which",
        "isnt",
    ]
)
_WAITING = frozenset(
    [
        "follow",
        "watch",
        "track",
        "monitor",
        "wait",
        "block",
        "until",
        "till",
        "fail",
        "error",
        "tail",
    ]
)
_SCALED = ("deployments", "statefulsets", "replicasets", "replicationcontrollers")


def _named(f: Frame, kinds: tuple[str, ...]) -> Objects | None:
    """The one kind of objects asked about, with where they are; None where they have no names."""
    where(f)
    objects = take_objects(f, default="deployments", kinds=kinds, after=("of", "for", "has", "is"))
    if f.all_namespaces or objects is None or not objects.pairs:
        return None
    if any(kind not in kinds for kind, _ in objects.pairs):
        return None
    return objects


def _question(f: Frame) -> bool:
    """Whether the request asks, anywhere in it, or waits for an end."""
    words = {f.low(index) for index in range(len(f.tokens))}
    behind = any(
        f.tokens[index - 1].comma and f.low(index) in _OPENINGS for index in range(1, len(f.tokens))
    )
    first = next((at for at in range(len(f.tokens)) if not f.at("rq-filler", at)), 0)
    asked = f.low(first) in _OPENINGS or f.scan.text.rstrip().endswith("?")
    return behind or asked or bool(words & _WAITING)


def progress(f: Frame) -> Command | None:
    """`did the api deploy land`, `ds vector, is it through yet`, `fail if web isnt out in 90s`."""
    strong = f.has("rq-done")
    if not (strong and _question(f)):
        return None
    command = Command(("rollout", "status"))
    timeout = take_duration(f, "timeoutword")
    revision = take_revision(f)
    f.take_all("rq-done")
    f.take_all("rq-ask")
    for match in list(f.find_all("rq-once")):
        f.use(match.start, match.end)
        command.flag("watch", "false")
    if revision is not None:
        _release_said(f, revision)
    objects = _named(f, ROLLABLE)
    if objects is None or len(objects.pairs) != 1:
        return None
    command.args += objects.slashed()
    if revision is not None:
        command.flag("revision", str(revision))
    if timeout is not None:
        command.flag("timeout", timeout)
    f.take_all("rq-ask")
    f.take_all("ask")
    tidy(f)
    return command


def _release_said(f: Frame, revision: int) -> None:
    """`release 12 (rev 12)`: the same number once more."""
    for index in f.words(1):
        if f.low(index) == str(revision) and f.low(index - 1) in ("release", "version", "build"):
            f.use(index - 1, index + 1)


def blocked(f: Frame) -> Command | None:
    """`whats stopping the rollout of api`, `why is the web deploy stuck`: its conditions, events."""
    f.take_all("rq-why")
    if f.has("act", "logs"):
        return None
    f.take_all("rq-done")
    f.take_all("rq-ask")
    objects = _named(f, (*ROLLABLE, "horizontalpodautoscalers"))
    if objects is None or len(objects.pairs) != 1:
        return None
    kind, name = objects.pairs[0]
    f.take_all("ask")
    tidy(f)
    return Command(("describe",), [one(kind), name])


_PATHS = {
    "paused": (".spec.paused", ("deployments",)),
    "revision": (r".metadata.annotations.deployment\.kubernetes\.io/revision", ("deployments",)),
    "replicas": (".spec.replicas", _SCALED),
}


def value(f: Frame) -> Command | None:
    """`is web paused`, `which revision of api is live`, `how many replicas should cart have`."""
    asked = f.take_all("rq-value")
    if len(asked) != 1 or not _question(f):
        return None
    f.take_all("rq-ask")
    path, kinds = _PATHS[asked[0]]
    objects = _named(f, kinds)
    if objects is None or len(objects.pairs) != 1:
        return None
    f.take_all("rq-value")
    f.take_all("rq-ask")
    f.take_all("ask")
    tidy(f)
    return Command(("get",), objects.slashed()).flag("output", f"jsonpath={{{path}}}")


INTENTS = (
    Intent("rollout progress", ("rq-done:yes",), progress, rank=50, reads=True),
    Intent("rollout blocked", ("rq-why:yes",), blocked, rank=71, reads=True),
    Intent(
        "rollout value",
        ("rq-value:paused", "rq-value:revision", "rq-value:replicas"),
        value,
        rank=71,
        reads=True,
    ),
)
