"""Deletion: verbs apart from their particles, and whether it is certain what is to go."""

from __future__ import annotations

from kai.nlu.frame import Frame
from kai.nlu.intents.change import Objects
from kai.nlu.intents.node_targets import NO_NODES


def certain(f: Frame, objects: Objects) -> bool:
    """Whether it is sure what the names are, so that nothing goes that was not meant.

    "pod a in ns dev and configmap b in ns qa" deletes no namespace, "secret a or b" not both, and
    a node pool is no node.
    """
    if "namespaces" in objects.kinds and (len(objects.kinds) > 1 or _tidies(f)):
        return False
    if _pods_of(f, objects) or any(".." in name for name in objects.names):
        return False
    if _ASPECTS.intersection(objects.names) and not f.has("called"):
        return False
    if objects.pairs and any(token.low in ("or", "either") for token in f.tokens):
        return False
    if not objects.pairs:
        for index in list(f.words()):
            if f.low(index) == "--all" and objects.kinds:
                f.use(index)
                objects.every = True
    return "nodes" not in objects.kinds or not NO_NODES.intersection(objects.names)


_ASPECTS = frozenset(["log", "logs", "status", "events", "yaml", "ip", "ips", "health", "state"])
"""What is asked of an object, and no name: "cleanup pod log" is the log of a pod named cleanup."""

EMPTYING = frozenset(["clear", "clean", "empty", "flush", "wipe", "sweep", "purge", "cleanup"])
"""Said of a node they mean its pods, or its disk: never that the node is to be deleted."""


def joined(f: Frame) -> None:
    """Consume "along with", "plus" and the like between objects that are all named."""
    for index in list(f.words()):
        end = index + 1 + (f.low(index + 1) == "with")
        joins = f.low(index) in ("plus", "alongside") or (
            f.low(index) in ("along", "together") and end == index + 2
        )
        while f.free(end) and f.low(end) in ("the", "its", "also"):
            end += 1
        if joins and f.used[index - 1 : index] == [True] and f.used[end : end + 1] == [True]:
            f.use(index, end)


def named_again(f: Frame, names: list[str]) -> None:
    """Consume a name said twice: "the ingress grafana ... it's named grafana"."""
    for match in list(f.find_all("called")):
        if f.free(match.end) and f.tokens[match.end].low in names:
            f.use(match.start, match.end + 1)


PARTICLES: dict[str, frozenset[str]] = {
    "tear": frozenset(["down", "apart", "out"]),
    "take": frozenset(["out", "away"]),
    "throw": frozenset(["out", "away"]),
    "rip": frozenset(["out"]),
    "kick": frozenset(["out"]),
    "blow": frozenset(["away", "up"]),
    "clean": frozenset(["out", "up", "away"]),
    "clear": frozenset(["out", "up", "away"]),
    "wipe": frozenset(["out", "away", "clean"]),
    "sweep": frozenset(["out", "up", "away"]),
    "toss": frozenset(["out", "away"]),
    "chuck": frozenset(["out", "away"]),
    "boot": frozenset(["out"]),
    "finish": frozenset(["off"]),
    "kill": frozenset(["off"]),
}
"""Verbs that remove something with a particle that may stand behind the object: "tear X down"."""


def parted_verb(f: Frame) -> int | None:
    """The index of a verb whose particle stands apart from it ("kick pod x out of ns"); consumed."""
    for index in list(f.words()):
        particles = PARTICLES.get(f.low(index))
        if particles is None:
            continue
        for at in list(f.words(index + 2)):
            if f.low(at) in particles:
                f.use(index)
                if f.low(at + 1) != "of":  # "out of edge" says where
                    f.use(at)
                return index
    return None


def taken_from(f: Frame) -> bool:
    """`remove web-0 from the web service`: out of what selects or holds it, so not deleted."""
    places = ("namespaces", "nodes", "all")
    for match in f.matches.get("kind", ()):
        at = match.start - 1
        for _ in range(3):
            if f.low(at) in ("the", "our", "my", "its", "a") or f.is_open(at):
                at -= 1
        if match.value not in places and f.low(at) in ("from", "of") and at > 0:
            behind = f.low(at) == "from" or f.low(at - 1) == "out"
            if behind and any(other.start < at for other in f.matches["kind"]):
                return True
    return False


_TIDYING = frozenset(["clear", "clean", "empty", "flush", "sweep", "tidy", "mop", "cleanup"])


def _tidies(f: Frame) -> bool:
    """Whether the verb is said of what is in a namespace as well: "clean up namespace qa"."""
    verb = next((match for match in f.matches.get("act", ()) if match.value == "delete"), None)
    return verb is not None and f.low(verb.start) in _TIDYING


def _pods_of(f: Frame, objects: Objects) -> bool:
    """Whether a name before "pods" is that of their workload: "kill the web pods"."""
    for match in f.matches.get("kind", ()):
        name = f.low(match.start - 1)
        plural = match.value == "pods" and f.low(match.end - 1) == "pods"
        if plural and name in objects.names and not any(char.isdigit() for char in name):
            return True
    return False
