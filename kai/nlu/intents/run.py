"""Starting pods: `kubectl run`, with throwaway shells, commands, labels, env and ports."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kai.nlu.compose import Command
from kai.nlu.containers import take_images, take_tail
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, image_base, subject
from kai.nlu.naming import new_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import (
    absorb,
    listed,
    making,
    prepare,
    take_clear,
    take_place,
    value_after,
    values_after,
)

_TOOLS = {
    "curl": "curlimages/curl",
    "netshoot": "nicolaka/netshoot",
    "psql": "postgres",
    "redis-cli": "redis",
    "mysql": "mysql",
    "dig": "nicolaka/netshoot",
}
_ENTRY = lazily(r"\bcommand \S+ with (?:the |its )?(?:arguments?|args)\b", re.IGNORECASE)
"""A program and its arguments told apart: the image's own entry point is not meant."""
_BASH = ("ubuntu", "debian", "centos", "fedora", "rockylinux", "amazonlinux")


@dataclass(slots=True)
class _Pod:
    """What is known of the pod to start, before it is written as a command."""

    name: str | None
    image: str
    port: str | None = None
    labels: list[str] = field(default_factory=list)
    env: list[str] = field(default_factory=list)
    tail: list[str] | None = None
    shell: str = ""
    temp: bool = False
    restart: str | None = None
    attach: bool = False
    exposed: list[str] = field(default_factory=list)


def compose(f: Frame) -> Command | None:
    """`run a throwaway busybox shell`, `start a pod named dbg with image x that sleeps 1h`."""
    prepare(f)
    if asking(f):
        return None
    take_place(f, worded=True)
    if _other_kind(f):
        return None
    kind = subject(f, "pods")
    attach = bool(f.take_all("attachonly"))
    temp = bool(f.take_all("temp"))
    started = take_clear(f, "act", "run") | take_clear(f, "topic", "run")
    started |= bool(f.take_all("act", "deploy")) and kind is not None
    shell = _shell(f) if temp or started or kind or f.has("act", "create") else ""
    made = making(f)
    dry = f.has("dry")
    if not (temp or started or made or dry) or not (kind or temp or started):
        return None
    labels = values_after(f, "label", pattern=r"[A-Za-z0-9./_-]+=\S+")
    env = values_after(f, "env", pattern=r"[A-Za-z_][\w.-]*=.*")
    name = new_name(f, kind, before=False)
    exposed = f.take_all("exposeit")
    port = value_after(f, "port", pattern=r"\d{1,5}")
    images = take_images(f)
    if f.namespace is None:
        take_place(f)
    image = images[0] if len(images) == 1 else ""
    if len(images) > 1:
        return None
    if not image and kind is not None:
        image = _before(f, kind.start - 1)
    restart = f.take("restarts")
    if not image:
        image, name = _tool(f, name)
    if not image and name is None and started:
        image = _bare(f)
    if not image and name in listed("images"):
        image = name or ""
        f.assumptions.append(f"the image is {image}")
    if not image:
        return None
    tail = None if shell else take_tail(f)
    if not (kind or shell or tail or temp or name or image in listed("images")):
        return None
    pod = _Pod(name, image, port, labels, env, tail, shell, temp, restart, attach, exposed)
    return _write(f, pod)


def _other_kind(f: Frame) -> bool:
    """Whether another kind than pods is to be made: "run a job"."""
    kinds = {match.value for match in f.find_all("kind")}
    return bool(
        kinds
        & {
            "jobs",
            "cronjobs",
            "deployments",
            "statefulsets",
            "roles",
            "clusterroles",
            "poddisruptionbudgets",
        }
    )


def _shell(f: Frame) -> str:
    bash = f.has("shell", "bash")
    return ("bash" if bash else "sh") if f.take_all("shell") else ""


def _before(f: Frame, index: int) -> str:
    """`busybox pod`, `nginx:1.27 pod`: the image before the kind."""
    if f.free(index) and (f.tokens[index].low in listed("images")):
        f.use(index)
        return f.tokens[index].text.lower()
    return ""


def _bare(f: Frame) -> str:
    """`run nginx`, `run acme/tool`: one open word is the image."""
    for index in f.words():
        if f.tokens[index].low in listed("images") or f.tokens[index].low in _TOOLS:
            f.use(index)
            return _TOOLS.get(f.tokens[index].low, f.tokens[index].text.lower())
    return ""


def _tool(f: Frame, name: str | None) -> tuple[str, str | None]:
    """`curl pod to hit URL`: a tool that stands for an image."""
    for index in f.words():
        low = f.tokens[index].low
        if low in _TOOLS and f.free(index):
            follows = f.tokens[index + 1].text if f.free(index + 1) else ""
            command = follows.startswith(("-", "http", "+")) or "." in follows
            if not command:
                f.use(index)
            return _TOOLS[low], name or (low if re.fullmatch(r"[a-z]+", low) else None)
    return (_TOOLS[name], name) if name in _TOOLS else ("", name)


def _write(f: Frame, pod: _Pod) -> Command | None:
    name, image, shell, tail = pod.name, pod.image, pod.shell, pod.tail
    if name is None:
        name = image_base(image)
        f.assumptions.append(f"the pod is called {name} after its image")
    command = Command(("run",), [name])
    command.flag("image", image)
    if pod.temp:
        command.flag("rm")
    if pod.temp or shell or pod.attach:
        command.flag("stdin").flag("tty")
    if pod.restart or pod.temp or shell or pod.attach:
        command.flag("restart", pod.restart or "Never")
    if pod.labels:
        command.flag("labels", ",".join(pod.labels))
    for item in pod.env:
        command.flag("env", item)
    if pod.port:
        command.flag("port", pod.port)
    if "yes" in pod.exposed:
        if not pod.port:
            return None
        command.flag("expose")
    if shell:
        shell = "bash" if image_base(image) in _BASH else shell
        tail = [shell]
    if tail and tail[0].startswith("http") and image_base(image) == "curl":
        tail = ["curl", *tail]
    command.after_dash = tail
    if tail and not shell and _ENTRY.search(f.scan.text):
        command.flag("command")
    if pod.temp and not tail and not shell:
        f.assumptions.append("it runs the image's own command")
    absorb(f)
    return finish(f, command)


_SHELL_IMAGES = ("busybox", "alpine", "ubuntu", "debian", "centos", "fedora", "netshoot")


def image_shell(f: Frame) -> Command | None:
    """`busybox shell please`: an image people only run for its shell."""
    prepare(f)
    for match in list(f.find_all("shell")):
        at = match.start - 1
        if f.low(at) in _SHELL_IMAGES and f.free(at) and f.low(at - 1) not in ("in", "into", "to"):
            f.use(at, match.end)
            low = f.low(at)
            image = _TOOLS.get(low, low)
            take_clear(f, "act", "run")
            f.take_all("temp")
            take_place(f)
            making(f)
            return _write(f, _Pod(low, image, shell=match.value, temp=True))
    return None


INTENTS = (
    Intent("run shell", tuple(f"word:{image}" for image in _SHELL_IMAGES), image_shell, rank=72),
    Intent("run", ("kind:pods", "run", "topic:run", "temp:"), compose, rank=45),
)
