"""The cluster itself: versions, addresses, state, raw endpoints."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_namespace
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import absorb, prepare, take_flags
from kai.nlu.tokens import is_file
from kai.nlu.where import take_context

_GROUP = lazily(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def finish(f: Frame, command: Command) -> Command:
    """The command with typed flags taken over and joining words consumed."""
    take_flags(f, command)
    f.take_all("clusterfill")
    absorb(f)
    return command


def version(f: Frame) -> Command | None:
    """`kubectl version?`, `which version is the server`, `version as json`."""
    prepare(f)
    if not f.has("versionword") or f.has("kind") or f.has("apiver"):
        return None
    take_context(f, nouns=("context",))
    client = f.has("clientonly") and not _both(f)
    gitversion = f.take("gitversion")
    said = f.take_all("versionword")
    for category in ("clientonly", "serverword", "versionof"):
        f.take_all(category)
    command = Command(("version",))
    if client:
        command.flag("client")
    form = f.take("out", "json", "yaml")
    if form:
        command.flag("output", form)
    f.take_all("scope", "all")
    f.take_all("noun", "cluster", "context")
    if gitversion is not None:
        if client or form:
            return None
        command.flag("output", "json")
        command.pipe.append(["jq", "-r", f".{gitversion}Version.gitVersion"])
        f.take_all("onlysaid")
    elif f.take_all("versioncheck"):
        command.flags = [flag for flag in command.flags if flag[0] != "client"]
    return finish(f, command) if said or gitversion else None


def _both(f: Frame) -> bool:
    """`the client and server versions`"""
    said = " ".join(token.low for token in f.tokens if token.low != "the")
    return "client and server" in said or "server and client" in said


def info(f: Frame) -> Command | None:
    """`where is the control plane running`, `dump the cluster state of prod to /tmp/dump`."""
    prepare(f)
    if f.has("dumpword"):
        return _dump(f)
    if not f.has("infoword"):
        return None
    take_context(f, nouns=("context",))
    f.take_all("infoword")
    f.take_all("scope", "all")
    f.take_all("noun", "cluster", "context")
    f.take_all("state", "running")
    f.take_all("runs")
    return finish(f, Command(("cluster-info",)))


def _dump(f: Frame) -> Command | None:
    command = Command(("cluster-info", "dump"))
    form = f.take("out", "yaml", "json")
    take_context(f, nouns=("context",))
    folder = None
    for index in f.words():
        if is_file(f.tokens[index].text):
            if f.low(index).endswith((".json", ".yaml", ".yml", ".txt", ".log")):
                return None  # one file is the shell's to write
            folder = f.tokens[index].text
            f.use(index)
            if f.low(index - 1) in ("to", "into", "in", "under") and f.free(index - 1):
                f.use(index - 1)
            break
    spaces = _namespaces(f)
    f.take_all("dumpword")
    if not spaces:
        take_namespace(f)
        if f.all_namespaces:
            command.flag("all-namespaces")
        elif f.namespace:
            spaces = [f.namespace]
    if spaces:
        command.flag("namespaces", ",".join(spaces))
    if folder:
        command.flag("output-directory", folder)
    if form:
        command.flag("output", form)
    f.take_all("tostdout")
    f.take_all("infoword")
    f.take_all("noun", "cluster")
    return finish(f, command)


def _namespaces(f: Frame) -> list[str]:
    """`for ns a and b`: the namespaces to dump, consumed."""
    spaces: list[str] = []
    for match in list(f.find_all("kind", "namespaces")):
        indexes = []
        at = match.end
        while f.free(at) and _GROUP.fullmatch(f.tokens[at].low) and f.low(at) not in ("to", "into"):
            indexes.append(at)
            joined = f.tokens[at].comma
            at += 1
            if f.low(at) == "and":
                at, joined = at + 1, True
            if not joined:
                break
        if indexes and f.low(match.end) not in ("of", "in"):
            f.use(match.start, indexes[-1] + 1)
            spaces += [f.tokens[i].text for i in indexes]
    return spaces


_SERVED = ("/api", "/metrics", "/openapi", "/version", "/logs", "/healthz", "/readyz")


def raw(f: Frame) -> Command | None:
    """Raw endpoints: `healthz of the apiserver`, `readyz verbose`, `raw metrics of the api server`."""
    prepare(f)
    if f.has("canstart", "i"):
        return None
    path = None
    for index in f.words():
        low = f.tokens[index].low.lstrip("/")
        if low in ("healthz", "livez", "readyz"):
            path = f"/{low}"
            f.use(index)
            break
    if path is not None and f.take("verbose") is not None:
        path += "?verbose"
    endpoint = f.find("endpoint") if path is None else None
    if endpoint is not None:
        f.use(endpoint.start, endpoint.end)
        path = endpoint.value
        if "NODE" in path:
            node = _node(f)
            if node is None:
                return None
            path = path.replace("NODE", node)
    if path is None and f.has("rawword"):
        for index in f.words():
            text = f.tokens[index].text
            if text.startswith(_SERVED) and re.fullmatch(r"/[\w./?=&-]+", text):
                f.use(index)
                path = text
    if path is None:
        return None
    f.take_all("rawword")
    f.take_all("infoword")
    f.take_all("serverword")
    return finish(f, Command(("get",)).flag("raw", path))


def _node(f: Frame) -> str | None:
    for match in list(f.find_all("kind", "nodes")):
        name = f.name_at(match.end)
        if name is not None:
            f.use(match.start, match.end + 1)
            return name
    for index in f.words():
        if f.is_open(index) and f.name_at(index) is not None:
            f.use(index)
            return f.tokens[index].low
    return None


INTENTS = (
    Intent("version", ("versionword:",), version, rank=70, reads=True),
    Intent("cluster-info", ("infoword:", "dumpword:"), info, rank=70, reads=True),
    Intent("get --raw", (), raw, rank=70, reads=True),
)
