"""kubectl's helpers: plugins, kustomize, the API proxy, completion, the list of options."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.cluster import finish
from kai.nlu.slots import prepare, value_after


def plugin(f: Frame) -> Command | None:
    """`which kubectl plugins do i have`."""
    prepare(f)
    if not f.take_all("pluginword"):
        return None
    command = Command(("plugin", "list"))
    if f.take_all("pluginnames"):
        command.flag("name-only")
    f.take_all("pluginword")
    f.take_all("all")
    return finish(f, command)


def kustomize(f: Frame) -> Command | None:
    """`render the kustomization in overlays/dev`."""
    prepare(f)
    if (
        not f.has("kustword")
        or f.has("notkust")
        or f.low(0) in ("apply", "delete", "diff", "deploy")
        or f.at("act", 0, "apply") is not None
    ):
        return None
    folder = _folder(f)
    if not folder:
        return None
    command = Command(("kustomize",), [folder])
    for flag in f.take_all("kustflag"):
        command.flag(flag)
    counted = f.take_all("kustcount")
    f.take_all("kustword")
    for match in list(f.find_all("kind", "kustomizations")):
        f.use(match.start, match.end)
    for index in f.words():
        if re.fullmatch(r"[\w./-]+\.ya?ml", f.tokens[index].text) and f.low(index - 1) in (
            "to",
            "into",
        ):
            f.use(index - 1, index + 1)
            command.flag("output", f.tokens[index].text)
    f.take("out", "yaml")
    if counted:
        command.pipe.append(["grep", "-c", "^kind:"])
    f.take_all("kustfill")
    return finish(f, command)


def _folder(f: Frame) -> str:
    """The folder with the kustomization, consumed: a path, `this folder`, `folder base`."""
    for index in f.words():
        if "/" in f.tokens[index].text or f.tokens[index].text in (".", ".."):
            f.use(index)
            return f.tokens[index].text
    sure = f.has("kustsure") or f.has("kind", "kustomizations")
    if not sure:
        return ""
    here = f.find("herefolder")
    if here is not None:
        f.use(here.start, here.end)
        return "."
    for index in f.words(1):
        placed = f.low(index - 1) in ("in", "at", "of", "from", "for") and f.free(index - 1)
        if placed and f.is_open(index) and f.name_at(index):
            f.use(index)
            return f.tokens[index].text
    for match in list(f.find_all("folderword")):
        for at in (match.end, match.start - 1):
            if f.is_open(at) and f.name_at(at):
                f.use(min(at, match.start), max(at + 1, match.end))
                return f.tokens[at].text
    return ""


def proxy(f: Frame) -> Command | None:
    """`start the api proxy on port 8001`, `kubectl proxy but on 8080`."""
    prepare(f)
    if not f.has("proxyword") or (f.has("cfgword") and not f.has("proxyword", "strong")):
        return None
    if f.has("kind"):
        return None
    to = next((i for i in f.words(1) if f.tokens[i].text == "2" and f.at("proxyword", i - 1)), None)
    if to is not None:
        f.use(to)  # "proxy 2 the apiserver"
    www_prefix = value_after(f, "wwwprefix", pattern=r"/\S*", category="proxyfield")
    prefix = value_after(f, "apiprefix", pattern=r"/\S*", category="proxyfield")
    www = value_after(f, "www", pattern=r"[\w./~-]*/[\w./~-]*", category="proxyfield")
    socket = value_after(f, "unixsocket", pattern=r"[\w./~-]*/[\w./~-]*", category="proxyfield")
    address = value_after(f, "address", pattern=r"\d+\.\d+\.\d+\.\d+", category="proxyfield")
    if address is None and f.take("everyaddress") is not None:
        address = "0.0.0.0"  # noqa: S104  # asked for in so many words
    hosts = ".*" if f.take("anyhost") is not None else None
    hosts = hosts or value_after(
        f, "accepthosts", pattern=r"\S*[\^$.*|\\]\S*", category="proxyfield"
    )
    f.take_all("standardport")
    port = (
        "0"
        if f.take("anyport") is not None
        else value_after(f, "port", "portish", pattern=r"\d{1,5}")
    )
    f.take_all("proxyword")
    f.take_all("act", "run")
    f.take_all("topic", "run")
    if socket and port:
        return None
    f.take_all("allapi")
    command = Command(("proxy",))
    if port and port != "8001":
        command.flag("port", port)
    for flag, value in (
        ("address", address),
        ("www", www),
        ("www-prefix", www_prefix),
        ("api-prefix", prefix),
        ("accept-hosts", hosts),
        ("unix-socket", socket),
    ):
        if value:
            command.flag(flag, value)
    return finish(f, command)


def completion(f: Frame) -> Command | None:
    """`bash completion code`: printing it; loading or saving it needs the shell."""
    prepare(f)
    if not f.take_all("complword"):
        return None
    shells = [i for i in f.words() if f.low(i) in ("bash", "zsh", "fish", "powershell")]
    if len(shells) != 1:
        return None
    f.use(shells[0])
    f.take_all("complword")
    f.take_all("complfill")
    return finish(f, Command(("completion",), [f.low(shells[0])]))


def options(f: Frame) -> Command | None:
    """`flags inherited by all kubectl commands`."""
    prepare(f)
    general = f.has("optionnoun") and f.has("optionscope")
    if not (f.take_all("optionword") or general):
        return None
    if f.has("kind"):
        return None
    for category in ("optionnoun", "optionscope", "optionfill"):
        f.take_all(category)
    return finish(f, Command(("options",)))


INTENTS = (
    Intent("plugin list", ("pluginword:",), plugin, rank=70, reads=True),
    Intent("kustomize", ("kustword:",), kustomize, rank=70, reads=True),
    Intent("proxy", ("proxyword:",), proxy, rank=54),
    Intent("completion", ("complword:",), completion, rank=70, reads=True),
    Intent("options", ("optionword:", "optionnoun:"), options, rank=70, reads=True),
)
