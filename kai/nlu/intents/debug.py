"""kubectl debug: ephemeral containers, copies of pods to try things on, shells on nodes."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.looking import (
    OWNERS,
    connect,
    kind_of_ref,
    podlike,
    prepare,
    take_object,
    take_place,
    words,
)
from kai.nlu.patterns import pattern
from kai.nlu.tokens import IMAGE, is_file

_AVOID = ("x-debugword", "x-debug")
_IMAGES = {"netshoot": "nicolaka/netshoot", "curl": "curlimages/curl"}
_BARE = ("busybox", "ubuntu", "alpine", "debian", "netshoot", "fedora", "centos", "nginx")
_PROFILES = ("general", "baseline", "restricted", "netadmin", "sysadmin", "legacy")


def debug(f: Frame) -> Command | None:
    """`debug pod web-0 with busybox`, `sysadmin debug shell on node gpu-1 with alpine`."""
    prepare(f)
    copying = f.has("x-debugword", "copy") and f.has("x-debugword", "command", "setimage", "share")
    copying = copying or (f.has("x-debugword", "copy") and (f.has("kind", "pods") or _copied(f)))
    node = f.has("kind", "nodes") or any(kind_of_ref(f, i) == "nodes" for i in f.words())
    on_node = node and (f.has("act", "shell") or (_imaged(f) and f.has("x-debugword", "enter")))
    on_node = on_node or (node and _entered(f))
    copying = copying or (_imaged(f) and f.has("x-debugword", "profile", "ephemeral"))
    said = f.has("act", "debug")
    if not said and not copying and not on_node:
        return None
    if f.has("chn", "env") and not any(_VARIABLE.fullmatch(token.text) for token in f.tokens):
        return None  # "drop the DEBUG env var from web"
    if "logging" in f.scan.text.lower() or "log level" in f.scan.text.lower():
        return None
    copy_said = f.has("x-debugword", "copy")
    set_image = _set_image(f)
    copy_to = _after(f, "to") if copy_said or "--copy-to" in f.scan.text else ""
    target = _as_target(f) or _after(f, "target", container=True)
    variables = _variables(f)
    switches = f.take_all("x-debugword", "share", "same", "replace")
    profile = _profile(f)
    command_words, container = _command(f)
    container = container or (_after(f, "name") if not copy_said else "")
    files = _file(f)
    image = _image(f)
    take_place(f, avoid=_AVOID, any_name=True)
    thing = None if files else take_object(f, kinds=("pods", "nodes", *OWNERS), avoid=_AVOID)
    if not files and (thing is None or thing.several):
        return None
    if copy_said and not copy_to:
        return None
    if thing is not None and thing.kind == "pods" and _is_host(f, thing.name):
        thing.kind = "nodes"
    command = Command(("debug",), [] if thing is None else [thing.ref])
    if files:
        command.flag("filename", files)
    if not image and not set_image and not (copy_to and command_words):
        if not (said or on_node) or copy_said:
            return None
        image = "busybox"
        f.assumptions.append("no image was said: busybox")
    if image or not set_image:
        command.flag("stdin").flag("tty")
    for name, value in (
        ("image", image),
        ("target", target),
        ("copy-to", copy_to),
        ("set-image", set_image),
        ("container", container),
        ("profile", profile),
    ):
        if value:
            command.flag(name, value)
    for switch in switches:
        command.flag({"share": "share-processes", "same": "same-node"}.get(switch, switch))
    for variable in variables:
        command.flag("env", variable)
    command.after_dash = command_words
    _absorb(f)
    return command


def _copied(f: Frame) -> bool:
    """Whether a pod by its name, no file, is copied: "clone web-0 to web-0-dbg"."""
    paths = any("/" in t.text and not t.text[0].isalnum() for t in f.tokens)
    paths = paths or any(re.fullmatch(r"[\w.-]+:/\S*", t.text) for t in f.tokens)
    pod = any(podlike(f.tokens[i].low) for i in f.words() if f.is_open(i))
    ready = _imaged(f) or f.has("x-debugword", "command", "setimage", "share", "swap")
    return pod and ready and not paths


_STEPS = frozenset(["get", "hop", "jump", "log", "drop", "put", "go", "ssh", "land", "step"])


def _entered(f: Frame) -> bool:
    """`get into node worker-1`: a verb of going and where."""
    if f.low(0) in ("which", "what", "where", "on"):
        return False  # "which node did web-0 land on"
    return any(
        f.low(match.start) in _STEPS and f.low(match.end - 1) in ("into", "onto", "inside", "on")
        for match in f.find_all("x-debugword", "enter")
    )


def _imaged(f: Frame) -> bool:
    """Whether an image is told: by the word, or by what can be nothing else."""
    if any(f.low(i) in ("image", "img") for i in f.words()):
        return True
    return any(
        t.low in _BARE
        or (":" in t.text and _TAGGED.fullmatch(t.text) and not t.text.rpartition(":")[2].isdigit())
        for t in f.tokens
    )


_TAGGED = pattern(r"(?:[a-z0-9.-]+/)*[a-z0-9._-]+:[\w.-]*[a-z0-9][\w.-]*")


def _as_target(f: Frame) -> str:
    """`container web as target`: consumed."""
    for index in list(f.words()):
        if f.low(index) != "as" or not f.free(index + 1):
            continue
        end = index + 1 + (f.low(index + 1) in ("the", "its"))
        if f.low(end) != "target" or not f.name_at(index - 1, any_word=True):
            continue
        begin = index - 1
        while f.low(begin - 1) in ("container", "the", "its") and f.free(begin - 1):
            begin -= 1
        f.use(begin, end + 1)
        return f.tokens[index - 1].text
    return ""


_VARIABLE = pattern(r"[A-Z_][A-Z0-9_]*=\S+")


def _variables(f: Frame) -> list[str]:
    """`with DEBUG=1 in its environment`: variables of the debugging container, consumed."""
    found = [i for i in f.words() if _VARIABLE.fullmatch(f.tokens[i].text)]
    if not found:
        return []
    f.take_all("x-debugword", "env")
    for index in found:
        f.use(index)
        if f.low(index - 1) in ("and", "with", "plus", "env") and f.free(index - 1):
            f.use(index - 1)
    return [f.tokens[index].text for index in found]


def _is_host(f: Frame, name: str) -> bool:
    """Whether a name without a kind is a node's: "get on the host of ip-10-0-7-12.internal"."""
    said = re.search(r"\b(?:host|machine|vm)\b", f.scan.text, re.I) is not None
    return said and re.match(r"(?:ip|gke|aks|node|worker|vm|master)-", name) is not None


def _absorb(f: Frame) -> None:
    for category in ("x-debugword", "x-debug", "x-tty"):
        f.take_all(category)
    f.take_all("act", "debug", "attach", "shell", "copy", "exec")
    f.take_all("noun", "container", "sidecar")
    f.take_all("ask")
    connect(f)


def _after(f: Frame, value: str, *, container: bool = False) -> str:
    """The name behind a phrase of `value`, both consumed."""
    for match in list(f.find_all("x-debugword", value)):
        at = match.end
        while f.low(at) in (
            "container",
            "the",
            "a",
            "pod",
            "named",
            "called",
            "with",
            "name",
            "is",
        ):
            at += 1
        if f.name_at(at, any_word=True) is None or f.at("kind", at) or at >= len(f.tokens):
            continue
        introduced = value == "name" and f.low(match.end - 1) in ("it", "named", "called")
        if f.cover[at] & {"prep", "filler", "act"} and not (container or introduced):
            continue
        name = f.tokens[at].text.lower()
        if value in ("to", "name") and (name in _BARE or ":" in name):
            continue
        if (
            not f.is_open(at)
            and f.name_at(at) is None
            and not container
            and match.end == at
            and (value == "to" and f.low(match.end - 1) in ("as", "into"))
        ):
            continue
        f.use(match.start, at + 1)
        return name
    return ""


def _profile(f: Frame) -> str:
    for index in f.words():
        low = f.tokens[index].low.removeprefix("--profile=")
        if low in _PROFILES and (
            low != f.tokens[index].low or "profile" in (f.low(index - 1), f.low(index + 1))
        ):
            f.use(index)
            return low
    for index in f.words():
        if f.tokens[index].low in ("sysadmin", "netadmin"):
            f.use(index)
            return f.tokens[index].low
    return ""


def _set_image(f: Frame) -> str:
    for match in list(f.find_all("x-debugword", "swap")):
        at = match.end
        at += f.low(at) in ("container", "the")
        link = at + 1 + (f.low(at + 1) in ("container",))
        if f.low(link) not in ("to", "with", "by", "as", "=") or not f.free(link + 1):
            continue
        name = f.name_at(at, any_word=True)
        if name and IMAGE.fullmatch(f.tokens[link + 1].text):
            f.use(match.start, link + 2)
            return f"{name}={f.tokens[link + 1].text}"
    for match in list(f.find_all("x-debugword", "setimage")):
        if f.free(match.end) and IMAGE.fullmatch(f.tokens[match.end].text):
            f.use(match.start, match.end + 1)
            return f"*={f.tokens[match.end].text}"
    return ""


_RUNNING = frozenset(
    [
        *("to", "with", "an", "a", "interactive", "as", "the", "command", "running", "run", "runs"),
        *("started", "starting", "starts", "into", "just", "only", "plain", "at", "doing"),
    ]
)


def _command(f: Frame) -> tuple[list[str] | None, str]:
    """(command of the copy's container, that container): "start container app with sh"."""
    for match in list(f.find_all("x-debugword", "command")):
        at = match.end
        while f.low(at) in ("container", "the"):
            at += 1
        name = f.name_at(at, any_word=True)
        if name is None or f.cover[at] & {"prep", "filler"}:
            continue
        step = at + 1
        while f.low(step) in _RUNNING:
            step += 1
        if f.free(step) and f.tokens[step].text in words().lists["list-programs"]:
            f.use(match.start, step + 1)
            f.take_all("x-debugword", "instead")
            return [f.tokens[step].text], name
    literal = re.search(r"\s--\s+(\S.*)$", f.scan.text)
    if literal:
        for index, token in enumerate(f.tokens):
            if token.start >= literal.start(1):
                f.use(index)
        return literal[1].split(), ""
    return None, ""


def _file(f: Frame) -> str:
    for index in f.words():
        text = f.tokens[index].text
        if is_file(text) and re.search(r"\.(?:ya?ml|json)$", text):
            f.use(index)
            for match in list(f.find_all("kind", "pods")):
                f.use(match.start, match.end)
            if f.low(index - 1) in ("file", "-f"):
                f.use(index - 1)
            return text
    return ""


def _image(f: Frame) -> str:
    for index in f.words():
        text = f.tokens[index].text
        if text.startswith("--image="):
            f.use(index)
            return text[8:]
    for index in f.words():
        text = f.tokens[index].text
        if f.ending("kind", index) or f.ending("called", index):
            continue
        tagged = re.fullmatch(r"[a-z0-9./_-]+:[\w.-]+|[a-z0-9.-]+/[a-z0-9./_-]+", text)
        tagged = tagged if not kind_of_ref(f, index) else None
        if text.lower() in _BARE or (tagged and not text.startswith(("node/", "pod/", "/"))):
            before = f.ending("x-debugword", index, "image")
            f.use(before.start if before else index, index + 1)
            if f.low(index + 1) in ("image", "img", "container") and f.free(index + 1):
                f.use(index + 1)
            return _IMAGES.get(text.lower(), text)
    for match in list(f.find_all("x-debugword", "image")):
        at = match.end
        if (
            f.is_open(at)
            and IMAGE.fullmatch(f.tokens[at].text)
            and f.low(match.end - 1) in ("image", "using", "with")
        ):
            if f.at("kind", at + 1) or f.at("noun", at + 1, "container"):
                continue
            f.use(match.start, at + 1)
            return _IMAGES.get(f.tokens[at].low, f.tokens[at].text)
    return ""


_CALLING = (
    *("debug", "shell", "x-debugword:copy", "x-debugword:enter"),
    *("x-debugword:profile", "x-debugword:ephemeral"),
)
INTENTS = (Intent("debug", _CALLING, debug, rank=65, enters=True),)
