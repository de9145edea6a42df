"""Which nodes a change is for, and what is said about the work on them."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents.change import take_objects
from kai.nlu.intents.remarks import take_count, take_run
from kai.nlu.patterns import pattern

AFTER = ("on", "off", "from", "onto", "for", "of", "to")
"""Prepositions behind which a node's name may stand."""
_NODE = pattern(
    r"(?:worker|wrk|node|master|minion|machine|host|control-plane|controlplane|cp|spot|ip|gke|aks|eks|k3s|rke|"
    r"kind|k8s|gpu|infra|edge|vm|srv|server|n|w|m)-?(?:[a-z0-9]+-)*[a-z]*\d[\w.-]*|.+\.(?:internal|local|lan)|"
    r"(?:gke|aks|eks|ip)-[a-z0-9][\w.-]*|.+-(?:pool|nodepool|node|agent|vmss|worker|wk|w)-?[\w.-]*\d[\w.-]*"
)


def node_like(f: Frame, name: str) -> bool:
    """Whether a name is a node's: one of the cluster's, or one that looks like it (`worker-3`)."""
    if f.names is not None and f.names.nodes:
        return name in f.names.nodes
    return _NODE.fullmatch(name) is not None


def said_nodes(f: Frame) -> bool:
    """Whether the request says that it is about nodes: by the word, or by what a name looks like."""
    words = {token.low for token in f.tokens if not token.quoted}
    if words & _WORDS:
        return True
    return any(f.name_at(at) is not None and node_like(f, f.tokens[at].low) for at in f.words())


_WORDS = frozenset(["node", "nodes", "machine", "machines", "host", "hosts", "box", "vm"])


NO_NODES = frozenset(["pool", "pools", "group", "groups", "class", "zone", "zones", "set"])
"""Words behind "node" that name something else: a node pool."""


def take_nodes(f: Frame, command: Command) -> bool:
    """Node names or a selector, added to the command; False where it is not sure which."""
    selector = take_selector(f, loose=True)
    objects = take_objects(f, default="nodes", kinds=("nodes",), after=AFTER)
    if objects is None or (objects.kinds and objects.kinds != ["nodes"]):
        return False
    if NO_NODES.intersection(objects.names) or any(".." in name for name in objects.names):
        return False
    f.take_all("nodeword")
    if objects.pairs:
        if selector or objects.every:
            return False
        take_count(f, len(objects.names))
        command.args += objects.names
        if f.assumptions and f.assumptions[-1].endswith("taken to be a node"):
            f.assumptions.pop()
        return True
    if selector:
        command.flag("selector", ",".join(selector))
        return True
    return False


def take_work(f: Frame) -> None:
    """Consume what is done to the machine: "for a kernel patch", "disk swapped", "maintenance over"."""
    take_run(f, "nodework", "nodeworkglue")
