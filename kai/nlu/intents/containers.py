"""Which container of a pod a request means."""

from __future__ import annotations

from kai.nlu.amounts import duration_at
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.looking import NOT_A_NAME, OWNERS, candidates, hidden, phrase_ends, podlike
from kai.nlu.where import known_namespace

SIDECARS = frozenset(
    [
        "istio-proxy",
        "envoy",
        "linkerd-proxy",
        "fluent-bit",
        "fluentbit",
        "fluentd",
        "filebeat",
        "cloud-sql-proxy",
        "cloudsql-proxy",
        "vault-agent",
        "oauth2-proxy",
        "daprd",
        "consul-dataplane",
        "consul-connect-envoy-sidecar",
        "kube-rbac-proxy",
        "config-reloader",
        "promtail",
        "otc-container",
        "jaeger-agent",
        "datadog-agent",
        "nginx-exporter",
        "postgres-exporter",
        "redis-exporter",
        "linkerd-init",
        "istio-init",
        "git-sync",
    ]
)
"""Containers that usually stand beside the main one, by the names their projects give them."""


def take_container(f: Frame, avoid: tuple[str, ...] = ()) -> str:
    """The container said, consumed; "" when none is."""
    for index in f.words():
        low = f.tokens[index].low
        if low in ("-c", "--container") and f.free(index + 1):
            f.use(index, index + 2)
            return f.tokens[index + 1].text
        if low.startswith(("--container=", "-c=")):
            f.use(index)
            return f.tokens[index].text.partition("=")[2]
    beside = _joined_name(f)
    if beside:
        return beside
    named = ""
    for match in list(f.find_all("noun", "container", "initcontainer", "sidecar")):
        if any(f.used[match.start : match.end]):
            continue
        at = _container_name(f, match, avoid)
        if at is not None:
            f.use(min(at, match.start), max(at + 1, match.end))
            named = named or f.tokens[at].text.lower()
    if named:
        for match in list(f.find_all("noun", "initcontainer", "sidecar", "container")):
            f.use(match.start, match.end)
        return named
    sidecar = f.find("noun", "sidecar")
    if sidecar is not None:
        f.use(sidecar.start, sidecar.end)
        f.assumptions.append("the container is taken to be called sidecar")
        return "sidecar"
    return _known_sidecar(f, avoid)


def running_timeout(f: Frame) -> str:
    """`give the pod 2 minutes to come up`: --pod-running-timeout, consumed; "" if not said."""
    for index in list(f.words()):
        wait = f.ending("x-log", index, "wait")
        time = duration_at(f, index) if wait is not None else None
        if wait is not None and time is not None:
            f.use(wait.start, time[1])
            f.take_all("x-log", "started")
            return time[0]
    return ""


def _joined_name(f: Frame) -> str:
    """`init is called wait-for-db`, `web-0 / app`: a container without the word, consumed."""
    for index in f.words(1):
        if f.low(index) == "init" and f.low(index + 1) in ("is", "called", "named", "="):
            at = index + 1
            while f.low(at) in ("is", "called", "named", "="):
                at += 1
            if f.name_at(at, any_word=True):
                f.use(index, at + 1)
                for match in list(f.find_all("noun", "initcontainer")):
                    f.use(match.start, match.end)
                return f.tokens[at].text.lower()
        pod = f.tokens[index - 1].low
        if f.tokens[index].text == "/" and podlike(pod) and f.name_at(index + 1, any_word=True):
            f.use(index, index + 2)
            return f.tokens[index + 1].text.lower()
    return ""


def _known_sidecar(f: Frame, avoid: tuple[str, ...]) -> str:
    names = candidates(f, avoid)
    for index in names:
        others = [at for at in names if at != index and not known_namespace(f, at)]
        if f.ending("kind", index) or f.ending("called", index):
            continue
        low = f.tokens[index].low
        if (low in SIDECARS or low.endswith(("-container", "-sidecar"))) and (
            others or f.has("kind", "pods", *OWNERS)
        ):
            f.use(index)
            return f.tokens[index].low
    return ""


def _container_name(f: Frame, match: Match, avoid: tuple[str, ...]) -> int | None:
    after = match.end
    if match.value != "container" and f.low(after) in ("container", "ctr") and f.free(after):
        after += 1
    while f.low(after) in ("called", "named", "=", "is") and f.free(after):
        after += 1
    if _names_container(f, match, after, avoid):
        return after
    before = match.start - 1
    word = match.value == "container" and f.is_word(before) if before >= 0 else False
    name = f.name_at(before, any_word=word) if before >= 0 else None
    owned = before > 0 and f.tokens[before - 1].possessive  # "the web pod's nginx container"
    if name and (word or f.is_open(before)) and (owned or not f.ending("kind", before)):
        if hidden(f, before, avoid) or podlike(f.tokens[before].low):
            return None
        others = [at for at in candidates(f, avoid) if at != before]
        if match.value == "container" or others or f.has("kind", "pods", *OWNERS):
            return before
    return None


def _names_container(f: Frame, match: Match, at: int, avoid: tuple[str, ...]) -> bool:
    """Whether the word at `at`, behind "container", is its name."""
    if not f.free(at) or f.name_at(at, any_word=True) is None:
        return False
    introduced = at > match.end or f.low(match.end - 1) in ("called", "named")
    if match.value == "sidecar" and podlike(f.tokens[at].low):
        return False
    if introduced:
        return True
    noun = f.at("noun", at)
    if f.cover[at] & (NOT_A_NAME | {"filler"}) and (noun is None or noun.value == "lines"):
        return False
    known = not f.is_open(at) and f.name_at(at) is None
    if known and noun is None and not phrase_ends(f, at):
        return False
    return not hidden(f, at, avoid) or phrase_ends(f, at)
