"""Scaling and rollouts: scale, autoscale, rollout status/history/undo/restart/pause/resume."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import Target, take_namespace, take_selector, take_target
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent

WORKLOADS = ("deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers")


def object_args(target: Target) -> list[str]:
    """`deployment/web` for each object of a target; the bare kind where all of it is meant."""
    if target.pairs:
        return [f"{one(kind)}/{name}" for kind, name in target.pairs]
    if target.names:
        return [f"{one(target.kind)}/{name}" for name in target.names]
    return [",".join(target.kinds)]


def one(kind: str) -> str:
    """The singular of a plural resource name."""
    if kind.endswith("sses"):
        return kind[:-2]
    if kind.endswith("ies"):
        return kind[:-3] + "y"
    return kind[:-1] if kind.endswith("s") and kind != "endpoints" else kind


def restart(f: Frame) -> Command | None:
    """`bounce the checkout deployment`, `restart web and api in prod`."""
    f.take_all("act", "restart")
    take_namespace(f)
    selector = take_selector(f, loose=True)
    target = take_target(f, default="deployments", kinds=WORKLOADS[:3])
    if not target.kinds or (not target.names and not selector and not target.every):
        return None
    command = Command(("rollout", "restart"), object_args(target))
    if selector:
        command.flag("selector", ",".join(selector))
    return command


INTENTS = (Intent("rollout restart", ("restart",), restart),)
