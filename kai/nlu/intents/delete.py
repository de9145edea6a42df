"""`kubectl delete`. The strictest intent: never a wider deletion than was said.

A name, selector or field selector that was said is in the command or there is no command; "all"
stands only where it was said; a kind alone is never enough.
"""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import CLUSTER_SCOPED, take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    Objects,
    guarded,
    take_acts,
    take_dry,
    take_objects,
    take_options,
    take_output,
    tidy,
    where,
)
from kai.nlu.intents.deleting import (
    EMPTYING,
    PARTICLES,
    certain,
    joined,
    named_again,
    parted_verb,
    taken_from,
)
from kai.nlu.intents.drain import take_grace, take_timeout
from kai.nlu.intents.files import take_files
from kai.nlu.intents.node_targets import node_like
from kai.nlu.intents.remarks import take_count, take_run

_PHASES = {
    "failed": ("pods", "status.phase=Failed"),
    "succeeded": ("pods", "status.phase=Succeeded"),
    "pending": ("pods", "status.phase=Pending"),
    "evicted": ("pods", "status.phase=Failed"),
    "running": ("pods", "status.phase=Running"),
    "unknown": ("pods", "status.phase=Unknown"),
    "notrunning": ("pods", "status.phase!=Running"),
}
_OTHER_OBJECTS = ("label", "annotation", "taint", "env", "image", "limits", "requests")


def _fields(f: Frame) -> tuple[list[str], bool]:
    """Field selectors said as a state or a node, consumed; whether pods were meant by it."""
    found: list[str] = []
    for index in f.words():  # '"Evicted" pods', as kubectl prints it
        state = _PHASES.get(f.tokens[index].text.lower()) if f.tokens[index].quoted else None
        if state is not None and f.low(index + 1) == "pods":
            f.use(index)
            found.append(state[1])
    for match in list(f.find_all("delstate")):
        kind = f.at("kind", match.end)
        if (
            kind is None
            and f.ending("kind", match.start) is None
            and not _phase_behind(f, match.start)
        ):
            continue
        quantifier = f.ending("all", match.start)
        f.use(quantifier.start if quantifier else match.start, match.end)
        field = _PHASES[match.value][1]
        if kind is not None and kind.value == "jobs" and match.value == "succeeded":
            field = "status.successful=1"
        if match.value == "evicted":
            f.assumptions.append("evicted pods are found by their phase Failed")
        if field not in found:
            found.append(field)
    for match in list(f.find_all("onnode")):
        name = f.name_at(match.end)
        if name is not None:
            f.use(match.start, match.end + 1)
            f.take_all("nodeword")
            found.append(f"spec.nodeName={name}")
    return found, bool(found)


def _phase_behind(f: Frame, start: int) -> bool:
    """`pods that are failed`, `pods in failed state`."""
    at = start - 1
    while at > 0 and f.low(at) in (
        "that",
        "are",
        "is",
        "which",
        "in",
        "the",
        "have",
        "with",
        "phase",
    ):
        at -= 1
    return "kind" in f.cover[at] if at >= 0 else False


def delete(f: Frame) -> Command | None:
    """`kill pod web-0`, `delete failed pods in batch`, `tear down what is in old.yaml`."""
    verb = f.find("act", "delete")
    parted = parted_verb(f) if verb is None or f.low(verb.start) in PARTICLES else None
    if (verb is None and parted is None) or _something_else(f, verb.end if verb else 1):
        return None
    command = Command(("delete",))
    take_dry(f, command)
    take_run(f, "rebirth", "rebirthglue", _SO)
    _restarted(f)
    take_options(f, command, "o-delete")
    take_output(f, command)
    _grace_flags(f, command)
    take_acts(f, "delete")
    for index in f.words():
        if f.low(index) == "here":
            f.use(index)  # "delete what is here": no folder
    recursive = f.take("o-apply", "recursive") is not None
    files, kustomized = take_files(f)
    if files or kustomized:
        if recursive:
            command.flag("recursive")
        return _by_file(f, command, files, kustomized)
    bare = verb is not None and _kills(f, verb.start)
    if recursive or not _by_objects(f, command, bare, verb.end if verb is not None else 0):
        return None
    take_acts(f, "delete")
    tidy(f)
    return command


def _restarted(f: Frame) -> None:
    """Consume the "restart" of "restart pod web-0 by deleting it": what the deletion is for."""
    text = f.scan.text.lower()
    means = any(said in text for said in ("by deleting", "by killing", "by deletion"))
    if means and f.low(0) in ("restart", "bounce", "recreate", "recycle", "refresh", "cycle"):
        f.use(0)


def _by_objects(f: Frame, command: Command, bare: bool, behind: int) -> bool:
    """The objects deleted, added to the command. `bare`: the verb is said of pods without a kind."""
    everything = False
    for match in list(f.find_all("scope", "all")):
        if f.low(match.end - 1) == "thing":
            f.use(match.start, match.end)  # "whole thing": of what was named
    job = _of_job(f)
    if taken_from(f):
        return False
    fields, _ = _fields(f)
    for match in list(f.find_all("kind", "all")):
        f.use(match.start, match.end)  # "everything": the category all, said on purpose
        everything = True
    where(f, kind_ok=not (bare and f.is_open(behind)))
    if f.namespace and node_like(f, f.namespace) and not _known_place(f):
        return False  # "evict the app=batch pods from worker-6"
    selector = take_selector(f, loose=True) + job
    objects = take_objects(f, default="pods" if bare else "")
    if objects is None or not certain(f, objects):
        return False
    if not _which(f, command, objects, selector, fields, everything):
        return False
    if "nodes" in objects.kinds and (not objects.pairs or f.low(0) in EMPTYING):
        return False
    if len(objects.pairs) > 1:
        joined(f)
    if objects.pairs:
        take_count(f, len(objects.names))
        f.take_all("o-delnamed")
        take_run(f, "trouble", "troubleglue")
        named_again(f, objects.names)
    return True


def _of_job(f: Frame) -> list[str]:
    """`the pods of job importer`: the label that the job puts on its pods, as a selector."""
    for match in list(f.find_all("kind", "jobs")):
        before = match.start - 1 - (f.low(match.start - 1) in ("the", "our", "my"))
        led = f.low(before) in ("of", "from", "for", "by") and f.free(before)
        pods = led and f.ending("kind", before, "pods") is not None
        name = f.name_at(match.end)
        if pods and name is not None and not f.tokens[match.end - 1].low.endswith("s"):
            f.use(before, match.end + 1)
            return [f"job-name={name}"]
    return []


def apart(f: Frame) -> Command | None:
    """`kick pod x out of web`, where no verb of deletion stands in one piece."""
    if f.has("act", "delete") or not any(token.low in PARTICLES for token in f.tokens):
        return None
    return delete(f)


_SO = frozenset(["so", "to", "let"])


def _known_place(f: Frame) -> bool:
    """Whether what looks like a node is a namespace of the cluster, or was called one."""
    if f.names is not None and f.namespace in f.names.namespaces:
        return True
    said = {token.low for token in f.tokens}
    return bool(said & {"ns", "namespace", "-n", "--namespace"})


def _kills(f: Frame, start: int) -> bool:
    """ "kill x", "evict x" are said of pods; other verbs need a kind."""
    return f.low(start) in ("kill", "killing", "evict")


def _something_else(f: Frame, at: int) -> bool:
    """`delete the label ...`: a part of an object is to go, not the object."""
    while f.free(at) and ("filler" in f.cover[at] or "all" in f.cover[at]):
        at += 1
    for index in (at, at + 1):
        match = f.at("chn", index, *_OTHER_OBJECTS)
        if match is not None and f.at("kind", index) is None and not f.ending("kind", index):
            return True
    words = {token.low for token in f.tokens}
    return bool(words & {"finalizer", "finalizers", "annotation", "taint", "taints"})


def _grace_flags(f: Frame, command: Command) -> None:
    zero = any(name == "zero" for name, _ in command.flags)
    command.flags = [(name, value) for name, value in command.flags if name != "zero"]
    names = {name for name, _ in command.flags}
    grace = None if zero else take_grace(f)
    timeout = take_timeout(f)
    if zero or "force" in names:
        if "force" not in names:
            command.flag("force")
        command.flag("grace-period", "0")
    elif grace is not None:
        command.flag("grace-period", grace)
    if grace is not None:
        for index in f.words():
            if f.low(index) in ("give", "giving", "grant", "allow", "let"):
                f.use(index)
    if timeout is not None:
        command.flag("timeout", timeout)
        f.take_all("o-wait")


_OF_POD = frozenset(["in", "from", "on", "inside", "off", "out", "of", "within"])


def _inside_a_pod(f: Frame, files: list[str]) -> bool:
    """`delete /tmp/a from web-0`: a path that is no manifest, and where it lies."""
    paths = [index for index in range(len(f.tokens)) if f.tokens[index].text in files]
    return any(
        f.tokens[at].text.startswith("/")
        and not f.tokens[at].text.endswith(("/", ".yaml", ".yml", ".json"))
        and f.low(at + 1) in _OF_POD
        and f.low(at + 2) not in ("ns", "namespace", "context")
        and f.low(at - 1) not in ("-f", "--filename", "in", "under")
        and not f.has("chn", "folder", "kustomize")
        for at in paths
    )


def _by_file(f: Frame, command: Command, files: list[str], kustomized: list[str]) -> Command | None:
    if _inside_a_pod(f, files):
        return None
    where(f)
    selector = take_selector(f, loose=True)
    for file in files:
        command.flag("filename", file)
    for folder in kustomized:
        command.flag("kustomize", folder)
    if selector:
        command.flag("selector", ",".join(selector))
    for index in f.words():
        word, before = f.low(index), f.low(index + 1)
        said = any(word in path for path in (*files, *kustomized)) and len(word) > 2
        if f.is_open(index) and said:
            f.use(index)  # "uninstall metrics-server, its from https://.../metrics-server/..."
        elif word in ("use", "using", "with") and f.used[index + 1 : index + 2] and before:
            f.use(index)
    f.take_all("chn", "defined", "folder")
    for match in list(f.find_all("kind")):  # "delete a pod using the name in pod.json"
        if match.start <= 3 and f.low(match.start - 1) in ("a", "the", "delete", "an"):
            f.use(match.start, match.end)
    f.take_all("o-file")
    take_acts(f, "delete")
    tidy(f)
    return command


def _which(
    f: Frame,
    command: Command,
    objects: Objects,
    selector: list[str],
    fields: list[str],
    whole: bool,
) -> bool:
    """The objects, added to the command; False where it is not sure which ones are meant."""
    if not objects.kinds:
        everything = f.take("all") or f.take("everyresource") or whole or None
        if any(m.value not in ("namespaces", "all") for m in f.matches.get("kind", ())):
            return False
        if everything is None or not (selector or f.namespace) or f.all_namespaces:
            return False
        objects.kinds = ["all"]
        objects.every = True
    elif whole:
        return False
    f.take_all("everyresource")
    if f.take_all("themall") and not objects.pairs:
        objects.every = True
    if objects.pairs:
        if objects.every or selector or fields or f.all_namespaces:
            return False
        command.args = objects.spaced()
        return True
    jobs = fields == ["status.successful=1"]
    wrong = fields and objects.kinds != (["jobs"] if jobs else ["pods"])
    if wrong or not (objects.every or selector or fields):
        return False
    command.args = objects.spaced()
    if selector:
        command.flag("selector", ",".join(selector))
    if fields:
        command.flag("field-selector", ",".join(fields))
    if not selector and not fields:
        if f.all_namespaces or any(kind in CLUSTER_SCOPED for kind in objects.kinds):
            return False
        command.flag("all")
    return True


INTENTS = guarded(
    Intent("delete", ("delete",), delete, rank=45),
    Intent("delete apart", (), apart, rank=45),
)
