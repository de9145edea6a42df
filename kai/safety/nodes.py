"""Nodes: evicting what runs there, and never all of them."""

from __future__ import annotations

from collections.abc import Iterator

from kai.kubectl.targets import before_pairs
from kai.model import Tier
from kai.safety.call import Call, Ruling
from kai.safety.selectors import matches_every_node, matches_nearly_all
from kai.safety.system import all_listed

_EFFECTS = ("NoExecute", "NoSchedule")


def nodes(call: Call) -> Iterator[Ruling]:
    """Draining, cordoning and tainting."""
    if call.verb in ("drain", "cordon"):
        yield from _out_of_service(call)
    elif call.verb == "taint":
        yield from _taint(call)


def _out_of_service(call: Call) -> Iterator[Ruling]:
    selector = call.selector
    every = selector is not None and matches_every_node(selector)
    if every or "nodes" in all_listed(call):
        yield _all_nodes(call, "selector")
    elif selector is not None and matches_nearly_all(selector):
        message = "may match every node"
        yield call.ruling("K437", Tier.DESTRUCTIVE, message, "selector")


def _all_nodes(call: Call, flag: str) -> Ruling:
    message = "all nodes at once: nothing would be left to run on"
    return call.ruling("K452", Tier.FORBIDDEN, message, flag)


def _taint(call: Call) -> Iterator[Ruling]:
    args = call.invocation.args
    pairs = args[len(before_pairs(args, taint=True)) :]
    effects = [effect for word in pairs for effect in _EFFECTS if word.value.endswith(f":{effect}")]
    if not effects:
        return
    selector = call.selector
    every = call.on("all") or (selector is not None and matches_every_node(selector))
    if every or "nodes" in all_listed(call):
        yield _all_nodes(call, "all" if call.on("all") else "selector")
    elif selector is not None and matches_nearly_all(selector):
        message = "may match every node"
        yield call.ruling("K437", Tier.DESTRUCTIVE, message, "selector")
    if "NoExecute" in effects:
        message = "NoExecute evicts what runs there"
        yield call.ruling("K436", Tier.DESTRUCTIVE, message)


def node_shell(call: Call) -> Iterator[Ruling]:
    """`debug node/x` starts a pod with the node's file system, in its name spaces."""
    if call.verb != "debug":
        return
    if "nodes" in call.resources:
        message = "starts a pod with the whole file system of the node"
        yield call.ruling("K440", Tier.DESTRUCTIVE, message)
    if call.invocation.value("profile") in ("sysadmin", "netadmin"):
        message = "gives the debugging container rights over its node"
        yield call.ruling("K440", Tier.DESTRUCTIVE, message, "profile")
