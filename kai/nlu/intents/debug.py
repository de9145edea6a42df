"""kubectl debug: ephemeral containers, copies of pods to try things on, shells on nodes."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.looking import OWNERS, connect, prepare, take_object, take_place, words
from kai.nlu.tokens import IMAGE, is_file

_AVOID = ("x-debugword", "x-debug")
_IMAGES = {"netshoot": "nicolaka/netshoot", "curl": "curlimages/curl"}
_BARE = ("busybox", "ubuntu", "alpine", "debian", "netshoot", "fedora", "centos", "nginx")
_PROFILES = ("general", "baseline", "restricted", "netadmin", "sysadmin", "legacy")


def debug(f: Frame) -> Command | None:
    """`debug pod web-0 with busybox`, `sysadmin debug shell on node gpu-1 with alpine`."""
    prepare(f)
    copying = f.has("x-debugword", "copy") and f.has("x-debugword", "command", "setimage", "share")
    copying = copying or (f.has("x-debugword", "copy") and f.has("kind", "pods"))
    on_node = f.has("act", "shell") and f.has("kind", "nodes")
    if not f.has("act", "debug") and not copying and not on_node:
        return None
    if "logging" in f.scan.text.lower() or "log level" in f.scan.text.lower():
        return None
    copy_said = f.has("x-debugword", "copy")
    set_image = _set_image(f)
    copy_to = _after(f, "to") if copy_said or "--copy-to" in f.scan.text else ""
    target = _after(f, "target", container=True)
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
        if not (f.has("act", "debug") or on_node) or copy_said:
            return None
        image = "busybox"
        f.assumptions.append("no image was said: busybox")
    if not (set_image == f"*={set_image[2:]}" and set_image and not image):
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
    command.after_dash = command_words
    _absorb(f)
    return command


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
        if f.cover[at] & {"prep", "filler", "act"} and not container:
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
    for match in list(f.find_all("x-debugword", "setimage")):
        if f.free(match.end) and IMAGE.fullmatch(f.tokens[match.end].text):
            f.use(match.start, match.end + 1)
            return f"*={f.tokens[match.end].text}"
    return ""


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
        while f.low(step) in ("to", "with", "an", "a", "interactive", "as", "the", "command"):
            step += 1
        if f.free(step) and f.tokens[step].text in words().lists["list-programs"]:
            f.use(match.start, step + 1)
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
        if text.lower() in _BARE or (tagged and not text.startswith(("node/", "pod/", "/"))):
            before = f.ending("x-debugword", index, "image")
            f.use(before.start if before else index, index + 1)
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


INTENTS = (Intent("debug", (), debug, rank=65, enters=True),)
