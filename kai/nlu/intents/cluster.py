"""The cluster and kubectl itself: kinds served, versions, addresses, health, plugins, helpers."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_namespace
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import absorb, prepare, skip_links, take_flags, value_after
from kai.nlu.tokens import is_file

_VERBS = frozenset(
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
)
_GROUP = lazily(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def _end(f: Frame, command: Command) -> Command:
    take_flags(f, command)
    f.take_all("clusterfill")
    absorb(f)
    return command


def api_resources(f: Frame) -> Command | None:
    """`what resource types does the cluster know`, `namespaced api resources only`."""
    prepare(f)
    namespaced = f.find("namespaced")
    verbs = _verbs(f)
    group = _group(f)
    strong = f.has("apires", "strong")
    if not strong and not (f.has("apires") and (namespaced or verbs or group)):
        return None
    exists = _exists(f)
    f.take_all("apires", "strong")
    form = (f.take_all("apinames") or f.take_all("apiwide") or [""])[0]
    f.take_all("apires")
    command = Command(("api-resources",))
    if group:
        command.flag("api-group", group)
    if namespaced is not None:
        f.take_all("namespaced")
        command.flag("namespaced", namespaced.value)
    if verbs:
        command.flag("verbs", ",".join(verbs))
    order = f.take("apisort")
    if order:
        command.flag("sort-by", order)
    if form:
        command.flag("output", form)
    f.take_all("apicolumns")
    if exists:
        command.pipe.append(["grep", exists])
    for match in list(f.find_all("kind", "all")):
        f.use(match.start, match.end)
    f.take_all("all")
    f.take_all("scope", "all")
    return _end(f, command)


def _verbs(f: Frame) -> list[str]:
    """`support list and watch`, `with verb delete`."""
    for match in list(f.find_all("supports")):
        at, found = match.end, []
        while f.free(at) and (_verb(f, at) or f.low(at) in ("and", "the", ",", "both", "verb")):
            if _verb(f, at):
                found.append(_verb(f, at))
            at += 1
        if f.free(at) and re.fullmatch(r"[a-z]+(,[a-z]+)+", f.tokens[at].text):
            found += f.tokens[at].text.split(",")
            at += 1
        if found:
            f.use(match.start, at)
            after = f.at("verbword", at)
            if after is not None:
                f.use(after.start, after.end)
            return found
    return []


def _verb(f: Frame, index: int) -> str:
    """The request verb a word stands for: list, listed, watched; "" if it is none."""
    word = f.tokens[index].low
    forms = (word, word.removesuffix("ed"), word.removesuffix("d"), word.replace("tched", "tch"))
    return next((form for form in forms if form in _VERBS), "")


def _group(f: Frame) -> str | None:
    for match in list(f.find_all("apigroup")):
        after = skip_links(f, match.end)
        for at in (after, match.start - 1):
            text = f.tokens[at].text if f.free(at) else ""
            said = f.free(at) and (
                f.tokens[at].quoted
                or "." in text
                or f.is_open(at)
                or text in ("apps", "batch", "core", "policy", "events")
            )
            if said and _GROUP.fullmatch(text) and not f.at("apires", at):
                f.use(min(at, match.start), max(at + 1, match.end))
                return "" if text == "core" else text
    return None


def _exists(f: Frame) -> str | None:
    for match in list(f.find_all("isthere")):
        called = f.at("called", match.end)
        at = called.end if called else match.end
        if f.free(at) and _GROUP.fullmatch(f.tokens[at].low):
            f.use(match.start, at + 1)
            return f.tokens[at].text
    return None


def api_versions(f: Frame) -> Command | None:
    """`api versions`, `which batch api versions are served`."""
    prepare(f)
    match = f.find("apiver")
    if match is None or (f.has("kind") and not f.has("kind", "all")):
        return None
    command = Command(("api-versions",))
    at = match.start - 1
    if f.is_open(at) and _GROUP.fullmatch(f.tokens[at].low):
        f.use(at)
        command.pipe.append(["grep", f.tokens[at].text])
    f.take_all("apiver")
    f.take_all("all")
    f.take_all("scope", "all")
    return _end(f, command)


def version(f: Frame) -> Command | None:
    """`kubectl version?`, `which version is the server`, `version as json`."""
    prepare(f)
    if not f.has("versionword") or f.has("kind") or f.has("apiver"):
        return None
    client = f.has("clientonly")
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
    return _end(f, command) if said else None


def info(f: Frame) -> Command | None:
    """`where is the control plane running`, `dump the cluster state of prod to /tmp/dump`."""
    prepare(f)
    if f.has("dumpword"):
        return _dump(f)
    if not f.take_all("infoword"):
        return None
    f.take_all("scope", "all")
    f.take_all("noun", "cluster", "context")
    f.take_all("state", "running")
    f.take_all("runs")
    return _end(f, Command(("cluster-info",)))


def _dump(f: Frame) -> Command | None:
    command = Command(("cluster-info", "dump"))
    folder = None
    for index in f.words():
        if is_file(f.tokens[index].text):
            folder = f.tokens[index].text
            f.use(index)
            if f.low(index - 1) in ("to", "into", "in", "under") and f.free(index - 1):
                f.use(index - 1)
            break
    spaces: list[str] = []
    for match in list(f.find_all("kind", "namespaces")):
        indexes = []
        at = match.end
        while f.free(at) and _GROUP.fullmatch(f.tokens[at].low) and f.low(at) not in ("to", "into"):
            indexes.append(at)
            at += 1
            if f.low(at) in ("and",):
                at += 1
        if indexes and f.low(match.end) not in ("of", "in"):
            f.use(match.start, indexes[-1] + 1)
            spaces += [f.tokens[i].text for i in indexes]
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
    f.take_all("tostdout")
    f.take_all("infoword")
    f.take_all("noun", "cluster")
    return _end(f, command)


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
            if re.fullmatch(r"/[\w./?=&-]+", f.tokens[index].text) and f.tokens[
                index
            ].text.startswith(
                (
                    "/api",
                    "/apis",
                    "/metrics",
                    "/openapi",
                    "/version",
                    "/logs",
                    "/healthz",
                    "/readyz",
                )
            ):
                f.use(index)
                path = f.tokens[index].text
    if path is None:
        return None
    f.take_all("rawword")
    f.take_all("infoword")
    f.take_all("serverword")
    return _end(f, Command(("get",)).flag("raw", path))


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
    return _end(f, command)


def kustomize(f: Frame) -> Command | None:
    """`render the kustomization in overlays/dev`."""
    prepare(f)
    if (
        not f.has("kustword")
        or f.has("notkust")
        or f.low(0) in ("apply", "delete", "diff", "deploy")
    ):
        return None
    folder = next(
        (i for i in f.words() if "/" in f.tokens[i].text or f.tokens[i].text in (".", "..")), None
    )
    if folder is None:
        return None
    f.take_all("kustword")
    for match in list(f.find_all("kind", "kustomizations")):
        f.use(match.start, match.end)
    f.use(folder)
    command = Command(("kustomize",), [f.tokens[folder].text])
    for index in f.words():
        if re.fullmatch(r"[\w./-]+\.ya?ml", f.tokens[index].text) and f.low(index - 1) in (
            "to",
            "into",
        ):
            f.use(index - 1, index + 1)
            command.flag("output", f.tokens[index].text)
    f.take("out", "yaml")
    return _end(f, command)


def proxy(f: Frame) -> Command | None:
    """`start the api proxy on port 8001`, `kubectl proxy but on 8080`."""
    prepare(f)
    if not f.has("proxyword") or (f.has("cfgword") and not f.has("proxyword", "strong")):
        return None
    if f.has("kind"):
        return None
    www_prefix = value_after(f, "wwwprefix", pattern=r"/\S*", category="proxyfield")
    prefix = value_after(f, "apiprefix", pattern=r"/\S*", category="proxyfield")
    www = value_after(f, "www", pattern=r"[\w./~-]*/[\w./~-]*", category="proxyfield")
    address = value_after(f, "address", pattern=r"\d+\.\d+\.\d+\.\d+", category="proxyfield")
    port = (
        "0"
        if f.take("anyport") is not None
        else value_after(f, "port", "portish", pattern=r"\d{1,5}")
    )
    f.take_all("proxyword")
    f.take_all("act", "run")
    f.take_all("topic", "run")
    f.take_all("allapi")
    command = Command(("proxy",))
    if port and port != "8001":
        command.flag("port", port)
    for flag, value in (
        ("address", address),
        ("www", www),
        ("www-prefix", www_prefix),
        ("api-prefix", prefix),
    ):
        if value:
            command.flag(flag, value)
    return _end(f, command)


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
    return _end(f, Command(("completion",), [f.low(shells[0])]))


def options(f: Frame) -> Command | None:
    """`flags inherited by all kubectl commands`."""
    prepare(f)
    if not f.take_all("optionword"):
        return None
    return _end(f, Command(("options",)))


INTENTS = (
    Intent("api-resources", (), api_resources, rank=70, reads=True),
    Intent("api-versions", (), api_versions, rank=70, reads=True),
    Intent("version", (), version, rank=70, reads=True),
    Intent("cluster-info", (), info, rank=70, reads=True),
    Intent("get --raw", (), raw, rank=70, reads=True),
    Intent("plugin list", (), plugin, rank=70, reads=True),
    Intent("kustomize", (), kustomize, rank=70, reads=True),
    Intent("proxy", (), proxy, rank=54),
    Intent("completion", (), completion, rank=70, reads=True),
    Intent("options", (), options, rank=70, reads=True),
)
