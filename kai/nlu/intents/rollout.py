"""Rollouts: restart, undo, status, history, pause, resume."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import Target, number_at, take_duration, take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    Objects,
    guarded,
    one,
    take_acts,
    take_dry,
    take_objects,
    take_options,
    take_output,
    tidy,
    where,
)
from kai.nlu.intents.files import manifests, take_files
from kai.nlu.patterns import pattern

__all__ = ["INTENTS", "object_args", "one"]

ROLLABLE = ("deployments", "statefulsets", "daemonsets")


def object_args(target: Target) -> list[str]:
    """`deployment/web` for each object of a target; the bare kind where all of it is meant."""
    if target.pairs:
        return [f"{one(kind)}/{name}" for kind, name in target.pairs]
    if target.names:
        return [f"{one(target.kind)}/{name}" for name in target.names]
    return [",".join(target.kinds)]


def _target(f: Frame, command: Command, *, many: bool) -> Objects | None:
    """Namespace, selector and objects of a rollout, added to the command."""
    files, _ = take_files(f)
    if not manifests(f, files):
        return None
    where(f)
    selector = take_selector(f, loose=True) if many else []
    if many and not files and not selector and _everything(f):
        command.args.append("deployment")
        return Objects(kinds=["deployments"], every=True)
    objects = take_objects(
        f, default="" if files else "deployments", kinds=ROLLABLE, after=("of", "for")
    )
    if objects is None:
        return None
    if files:
        for file in files:
            command.flag("filename", file)
        return objects if not objects.pairs and not selector else None
    for match in list(f.find_all("kind", "all")) if many and objects.kinds else ():
        f.use(match.start, match.end)  # "everything ... (deployments)"
        objects.every = True
    if selector and not objects.pairs and f.take("all") is not None and not objects.kinds:
        objects.kinds = ["deployments"]
    if not objects.kinds or any(kind not in ROLLABLE for kind in objects.kinds):
        return None
    if bool(objects.pairs) == bool(selector or objects.every):
        return None
    command.args += objects.slashed()
    if selector:
        command.flag("selector", ",".join(selector))
    return objects


def _everything(f: Frame) -> bool:
    """`restart everything in staging`: its deployments; the word consumed."""
    said = list(f.find_all("kind"))
    everything = [match for match in said if f.low(match.start) == "everything"]
    if not f.namespace or not everything or len(said) > len(everything):
        return False
    f.use(everything[0].start, everything[0].end)
    f.assumptions.append(f"everything in {f.namespace} is taken to be its deployments")
    return True


_AS_IT_IS = frozenset(["redeploy", "re-deploy", "reroll", "re-roll", "relaunch", "rerun"])
"""Verbs that mean the same version once more: "without changing anything" is no dry run."""


def restart(f: Frame) -> Command | None:
    """`bounce the checkout deployment`, `restart web and api in prod`."""
    if f.low(0) == "let":
        return None  # "let it roll again": a resume as well
    again = frozenset(f.low(match.start) for match in f.find_all("act", "restart"))
    take_acts(f, "restart")
    command = Command(("rollout", "restart"))
    if again & _AS_IT_IS:
        for match in list(f.find_all("o-dry", "any")):
            if f.low(match.end - 2) in ("changing", "change"):
                f.use(match.start, match.end)  # "redeploy web without changing anything"
    take_dry(f, command)
    f.take_all("o-restart")
    for match in list(f.find_all("kind", "pods")):
        before = match.start - 1
        if f.low(match.start) == "pods" and f.is_open(before) and f.name_at(before):
            f.use(match.start, match.end)  # "restart the api pods": those of the deployment
    if _target(f, command, many=True) is None:
        return None
    if f.at("filler", 0) is None and f.low(0) in ("do", "give", "perform", "trigger"):
        f.use(0)
    f.take_all("cv", "set")
    tidy(f)
    return command


def take_revision(f: Frame) -> int | None:
    """`revision 4`, `rev 4`, `the second revision (number 2)`, `to 4`."""
    for match in list(f.find_all("chn", "revision")):
        if f.used[match.start]:
            continue
        for at in (match.end, match.end + 1):
            if f.low(at - 1) in ("to", "is", "=", "no", "nr") or at == match.end:
                value = number_at(f, at)
                if value is not None:
                    f.use(match.start, at + 1)
                    _ordinals(f, value)
                    return value
        value = _ordinal(f.low(match.start - 1))
        if value and f.free(match.start - 1):
            f.use(match.start - 1, match.end)
            _ordinals(f, value)
            return value
    return None


_ORDINALS = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)


def _ordinal(word: str) -> int:
    if word in _ORDINALS[1:]:
        return _ORDINALS.index(word)
    if len(word) > 2 and word[:-2].isdigit() and word[-2:] in ("st", "nd", "rd", "th"):
        return int(word[:-2])
    return 0


def _ordinals(f: Frame, value: int) -> None:
    """`the fourth revision (number 4)`: the same number said twice."""
    for index in f.words():
        if _ordinal(f.low(index)) == value:
            f.use(index)
    for match in list(f.find_all("chn", "revision")):
        if number_at(f, match.end) == value:
            f.use(match.start, match.end + 1)
    f.take_all("chn", "revision")


_TAKING = frozenset(["take", "bring", "put", "get", "set", "move", "switch", "go", "step", "send"])


def undo(f: Frame) -> Command | None:
    """`roll back web to revision 3`, `undo the last deploy of payments`."""
    command = Command(("rollout", "undo"))
    take_dry(f, command)
    revision = take_revision(f)
    take_acts(f, "undo")
    first = 1 if f.at("filler", 0) is not None else 0
    words = {token.low for token in f.tokens}
    if f.low(first) in _TAKING and words & {"back", "previous"} and f.free(first):
        f.use(first)  # "take web back to the previous version"
    f.take_all("chn", "previous")
    for index in f.words():
        low = f.low(index)
        numbered = re.fullmatch(r"(r|rev|v|#)\d{1,3}", low) is not None
        sure = low[:1] != "v" or f.low(index - 1) in ("to", "back", "version")
        if revision is None and numbered and sure:
            revision = int(low.lstrip("rev#"))
            f.use(index)
            continue
        if f.low(index) == "to" and (value := number_at(f, index + 1)) and revision is None:
            revision = value
            f.use(index, index + 2)
        elif f.low(index).startswith("--to-revision=") and f.low(index)[14:].isdigit():
            revision = int(f.low(index)[14:])
            f.use(index)
    f.take_all("chn", "rollout", *(("revision",) if revision is None else ()))
    if _target(f, command, many=False) is None:
        return None
    if revision is not None:
        command.flag("to-revision", str(revision))
    take_acts(f, "undo")
    for index in f.words():
        if f.low(index) == "back":
            f.use(index)
    f.take_all("cv", "set", "change")
    tidy(f)
    return command


def status(f: Frame) -> Command | None:
    """`is the web rollout done`, `wait until the rollout of api is done, 2 minutes at most`."""
    said = [m.value for m in f.find_all("act", "rstatus")]
    text = " ".join(f.low(index) for index in range(len(f.tokens)))
    waits = any(word in text for word in ("block until", "wait", "finish", "done", "complete"))
    if not said or (
        not any(
            word in text
            for word in ("roll", "update status", "deployment status", "deploy status", "deploying")
        )
        and not waits
    ):
        return None
    command = Command(("rollout", "status"))
    limited = f.has("timeoutword")
    timeout = take_duration(f, "timeoutword")
    take_acts(f, "rstatus")
    take_options(f, command, "o-rstatus")
    if timeout is None and limited:
        timeout = take_duration(f)
    f.take_all("timeoutword")
    revision = take_revision(f)
    f.take_all("chn", "rollout")
    objects = _target(f, command, many=False)
    if objects is None or not objects.pairs:
        return None
    if revision is not None:
        command.flag("revision", str(revision))
    if timeout is not None:
        command.flag("timeout", timeout)
    take_acts(f, "rstatus")
    f.take_all("ask")
    tidy(f)
    return command


_TO_REVISION = pattern(
    r"(?:\bto|->|=>|\u2192|\bonto|\bon) (?:the )?(?:rev|revision|version) ?\d", re.IGNORECASE
)
"""Where something is to go, not what is to be seen: "checkout -> rev 3"."""


def history(f: Frame) -> Command | None:
    """`rollout history of web`, `revision 3 of deploy api history`."""
    command = Command(("rollout", "history"))
    revision = take_revision(f)
    said = take_acts(f, "rhistory")
    if not said and (revision is None or _TO_REVISION.search(f.scan.text)):
        return None
    f.take_all("chn", "rollout", "revision")
    f.take_all("o-history")
    take_output(f, command)
    objects = _target(f, command, many=False)
    if objects is None or not objects.pairs:
        return None
    if revision is not None:
        command.flag("revision", str(revision))
    f.take_all("ask")
    take_acts(f, "rhistory")
    tidy(f)
    return command


def pause(f: Frame) -> Command | None:
    """`pause the rollout of web`."""
    paused = all(f.low(match.end - 1) == "paused" for match in f.find_all("act", "rpause"))
    if paused and f.has("act", "rresume"):
        return None  # "carry on with the paused rollout of web"
    return _plain(f, "rpause", "pause")


def resume(f: Frame) -> Command | None:
    """`carry on with the paused rollout of deploy/orders`."""
    return _plain(f, "rresume", "resume")


def _plain(f: Frame, act: str, verb: str) -> Command | None:
    take_acts(f, act)
    if not f.has("kind", "deployments"):
        f.take_all("cv", "set")
    f.take_all("chn", "rollout")
    command = Command(("rollout", verb))
    if _target(f, command, many=True) is None:
        return None
    if any(arg.partition("/")[0] != "deployment" for arg in command.args[:1]):
        return None
    f.take_all("cv", "set")
    f.take_all("chn", "rollout")
    take_acts(f, act)
    tidy(f)
    return command


INTENTS = guarded(
    Intent("rollout restart", ("restart",), restart, rank=48),
    Intent("rollout undo", ("undo",), undo, rank=52),
    Intent("rollout status", ("rstatus",), status, rank=49, reads=True),
    Intent("rollout history", ("rhistory", "chn:revision"), history, rank=51, reads=True),
    Intent("rollout pause", ("rpause",), pause, rank=52),
    Intent("rollout resume", ("rresume",), resume, rank=52),
)
