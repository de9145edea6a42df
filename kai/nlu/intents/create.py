"""Making workloads: deployments, jobs, cron jobs; namespaces, service accounts; from a file."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.containers import image_like, take_images, take_tail
from kai.nlu.entities import kind_of
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.naming import may_name, new_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.schedule import take_schedule
from kai.nlu.slots import (
    absorb,
    listed,
    making,
    number_after,
    prepare,
    skip_links,
    take_dry_run,
    take_flags,
    take_place,
    value_after,
)
from kai.nlu.where import spoken_place

_QUESTIONS = frozenset(
    [
        "what",
        "whats",
        "which",
        "who",
        "whose",
        "how",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "when",
        "where",
        "why",
        "list",
        "show",
        "watch",
        "describe",
        "explain",
        "delete",
        "remove",
        "should",
        "if",
        "count",
        "find",
        "wheres",
        "hows",
        "any",
    ]
)


_MANIFEST = lazily(
    r"(?:what(?:'?s| is| would| does)|how (?:would|does)) (?:the |a )?(?:yaml|json|manifest|spec)\b"
    r"|how would\b|what would\b",
    re.IGNORECASE,
)
"""How the manifest of something that is not there yet is asked for."""


def subject(f: Frame, *kinds: str, plural: bool = False) -> Match | None:
    """The kind to make, consumed; None when it is not said, or in the plural."""
    prepare(f)
    for match in list(f.find_all("kind", *kinds)):
        word = f.low(match.end - 1)
        if plural or not word.endswith("s") or word.endswith(("ns", "ss")) or word in ("sts", "ds"):
            f.use(match.start, match.end)
            return match
    return None


def asking(f: Frame) -> bool:
    """Whether the request asks something rather than for something new."""
    if f.has("dry") and (f.has("hypo") or _MANIFEST.match(f.scan.text)):
        return False  # "what would the manifest look like for ..."
    return f.low(0) in _QUESTIONS and not (f.has("dry") and f.low(0) in ("show", "print"))


def _asked_of_server(f: Frame, command: Command) -> None:
    """`would the server let me ...? dry run it`: the words of the question, and who answers it."""
    dry = next((at for at, (name, _) in enumerate(command.flags) if name == "dry-run"), None)
    if dry is None:
        return
    said = [f.low(at) for match in f.find_all("hypo") for at in range(match.start, match.end)]
    f.take_all("hypo")
    if {"server", "api", "cluster"} & set(said) and "would" in said:
        command.flags[dry] = ("dry-run", "server")


_UNPLACED = (("namespace",), ("clusterrole",), ("clusterrolebinding",), ("priorityclass",))
"""What is created outside all namespaces."""


def finish(f: Frame, command: Command) -> Command | None:
    """Typed flags, dry runs, "even if it exists"; and the joining words left."""
    take_flags(f, command)
    take_dry_run(f, command)
    _asked_of_server(f, command)
    if command.path[1:] not in _UNPLACED and f.namespace is None and not f.all_namespaces:
        spoken_place(f)
    bare = command.path[1:] in (("namespace",), ("serviceaccount",))
    if f.take_all("upsert") or (bare and f.take_all("ifmissing")):  # nothing an apply could change
        if any(name == "dry-run" for name, _ in command.flags):
            return None
        command.flag("dry-run", "client").flag("output", "yaml")
        command.pipe.append(["kubectl", "apply", "--filename=-"])
    if any(part.startswith("~") for _, value in command.flags for part in (value or "").split("=")):
        return None  # no shell expands a ~ behind an equals sign
    if f.has("saveconfig"):
        f.take_all("saveconfig")
        command.flag("save-config")
    absorb(f)
    return command


def deployment(f: Frame) -> Command | None:
    """`create deployment web from nginx:1.27 with 3 replicas`, `deploy redis:7 as cache`."""
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "deployments")
    bare = kind is None and f.has("act", "deploy")
    if kind is not None and kind.start == 0 and f.low(0) == "deploy":
        bare = image_like(f, kind.end)  # the verb, not the kind: "deploy redis:7 as cache"
    if kind is None and not bare:
        return None
    f.take_all("act", "deploy")
    made = making(f)
    name = new_name(f, None if bare else kind, before=False)
    replicas = number_after(f, "replicas") or f.take("times") or None
    images = take_images(f)
    if kind is not None and name is None and not f.has("dry"):
        name = _before(f, kind)
    if not images and kind is not None and name is not None and name in listed("images"):
        end = f.tokens[kind.end - 1].end
        called = _before(f, kind) if f.scan.text[end : end + 1] == ":" else None
        images, name = (
            ([name], called) if called else (images, name)
        )  # "sleeper deployment: busybox"
    if not images and name in listed("images") and name is not None and (made or bare):
        images = [name]
        f.assumptions.append(f"the image is {name}")
    if not images or not (made or bare or replicas or f.has("dry") or not _changing(f)):
        return None  # "deployment web to nginx:1.28" is a new image for it
    name = name or _image_name(f, images)
    port = value_after(f, "port", pattern=r"\d{1,5}")
    take_place(f)
    tail = take_tail(f)
    command = Command(("create", "deployment"), [name])
    for image in images:
        command.flag("image", image)
    if replicas is not None:
        command.flag("replicas", replicas)
    if port:
        command.flag("port", port)
    command.after_dash = tail
    return finish(f, command)


def _changing(f: Frame) -> bool:
    """Whether a request without a verb of making may want another image for what there is."""
    if f.has("cv", "change", "set") or f.has("neg") or f.has("guard"):
        return True
    words = ("to", "onto", "now", "instead", "again", "should")
    return any(f.low(at) in words for at in range(len(f.tokens)))


def _before(f: Frame, kind: Match) -> str | None:
    at = kind.start - 1
    if f.is_open(at) and may_name(f, at):
        f.use(at)
        return f.tokens[at].text.lower()
    return None


def _image_name(f: Frame, images: list[str]) -> str:
    name = image_base(images[0])
    f.assumptions.append(f"it is called {name} after its image")
    return name


def image_base(image: str) -> str:
    """The name of an image without registry, tag and digest, as an object name."""
    base = re.split(r"[:@]", image.rpartition("/")[2])[0].lower()
    return re.sub(r"[^a-z0-9-]", "-", base).strip("-")


def job(f: Frame) -> Command | None:
    """`job pi with image perl that runs ...`, `job from cronjob backup named backup-now`."""
    prepare(f)
    if asking(f):
        return None
    source = _source_cronjob(f)
    if source:
        kind = subject(f, "jobs")
        if kind is None:
            return None
        making(f)
        name = new_name(f, kind)
        return _from_cronjob(f, source, name)
    kind = subject(f, "jobs")
    if kind is None:
        return None
    making(f)
    name = new_name(f, kind, before=False)
    images = take_images(f)
    name = name or _before(f, kind)
    if len(images) != 1:
        return None
    take_place(f)
    tail = take_tail(f)
    command = Command(("create", "job"), [name or _image_name(f, images)])
    command.flag("image", images[0])
    command.after_dash = tail
    return finish(f, command)


def _source_cronjob(f: Frame) -> str | None:
    for index in f.words():
        kind, slash, name = f.tokens[index].text.partition("/")
        if slash and name and kind_of(f, kind.lower()) == "cronjobs":
            f.use(index)
            return name
    for match in list(f.find_all("slot", "fromcron")):
        called = f.at("called", match.end)
        at = called.end if called else skip_links(f, match.end)
        if may_name(f, at, introduced=True):
            f.use(match.start, at + 1)
            return f.tokens[at].text
        # "from the nightly cron job": the name between
    for match in list(f.find_all("kind", "cronjobs")):
        at = match.start - 1
        before = at - 1
        while f.low(before) in ("the", "my", "our", "a"):
            before -= 1
        if f.low(before) in ("from", "of", "off") and f.free(before) and may_name(f, at):
            f.use(before, match.end)
            return f.tokens[at].text
    return None


def _from_cronjob(f: Frame, source: str, name: str | None) -> Command | None:
    if name is None:
        name = f"{source}-manual"
        f.assumptions.append(f"the job is called {name}")
    take_place(f)
    return finish(f, Command(("create", "job"), [name]).flag("from", f"cronjob/{source}"))


def trigger(f: Frame) -> Command | None:
    """`run the backup cronjob now`, `manually trigger cronjob db-backup`."""
    prepare(f)
    if asking(f) or not f.has("topic", "trigger"):
        return None
    source = None
    for index in f.words():
        kind, slash, name = f.tokens[index].text.partition("/")
        if slash and name and kind_of(f, kind.lower()) == "cronjobs":
            f.use(index)
            source = name
    if source is None:
        match = subject(f, "cronjobs")
        if match is None:
            return None
        called = f.at("called", match.end)
        at = called.end if called else match.end
        if may_name(f, at, introduced=called is not None):
            f.use(match.end, at + 1)
        elif may_name(f, at := match.start - 1):
            f.use(at)
        else:
            return None
        source = f.tokens[at].text
    started = _started(f)
    f.take_all("topic", "trigger")
    f.take_all("oncenow")
    started = started or new_name(f, None)
    _job_word(f)
    return _from_cronjob(f, source, started)


def _started(f: Frame) -> str | None:
    """`start smoke-1 off the smoke-tests cronjob`: the job between the verb and its source."""
    for match in f.find_all("topic", "trigger"):
        at = match.end
        if may_name(f, at) and f.low(at + 1) in ("off", "from", "out", "of", "using", "based"):
            f.use(at, at + 2)
            return f.tokens[at].text.lower()
    return None


def _job_word(f: Frame) -> None:
    """`as a job called X`: the job a cron job is run as."""
    for match in list(f.find_all("kind", "jobs")):
        f.use(match.start, match.end)


def cronjob(f: Frame) -> Command | None:
    """`cronjob every night at 2 called backup running acme/backup:1.4`."""
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "cronjobs")
    if kind is None:
        return None
    making(f)
    name = new_name(f, kind, before=False)
    schedule = take_schedule(f)
    if schedule is None:
        return None
    restart = _restart_policy(f)
    images = take_images(f)
    name = name or _before(f, kind)
    if len(images) != 1:
        return None
    take_place(f)
    tail = take_tail(f)
    command = Command(("create", "cronjob"), [name or _image_name(f, images)])
    command.flag("image", images[0]).flag("schedule", schedule)
    if restart:
        command.flag("restart", restart)
    command.after_dash = tail
    return finish(f, command)


def _restart_policy(f: Frame) -> str:
    value = f.take("restarts")
    if value is None:
        policy = value_after(f, "restartpolicy", pattern=r"(?i)never|onfailure|always")
        names = {"never": "Never", "onfailure": "OnFailure", "always": "Always"}
        return names.get((policy or "").lower(), "")
    return value


INTENTS = (
    Intent("create deployment", ("kind:deployments", "deploy"), deployment, rank=62),
    Intent("create job", ("kind:jobs",), job, rank=62),
    Intent("create job from cronjob", ("kind:cronjobs",), trigger, rank=62),
    Intent("create cronjob", ("kind:cronjobs",), cronjob, rank=62),
)
