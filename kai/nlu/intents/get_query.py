"""What a request to see asks for, and the words about place and kinship: on which node, in which
zone, of which workload, by which name."""

from __future__ import annotations

from dataclasses import dataclass, field

from kai.nlu import fields
from kai.nlu.amounts import number_at
from kai.nlu.entities import CLUSTER_SCOPED, Target, looks_like_pod
from kai.nlu.frame import Frame
from kai.nlu.intents.get_view import View
from kai.nlu.target import is_plain_name


@dataclass(slots=True)
class Query:
    """What is asked for, before it is written as a command."""

    target: Target
    selector: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    """Field selector requirements."""
    pipe: list[list[str]] = field(default_factory=list)
    output: str = ""
    flags: list[tuple[str, str | None]] = field(default_factory=list)
    sort: str = ""
    restarts: int | None = None
    """The number of restarts that must be exceeded."""


def namespace_exceptions(f: Frame, query: Query) -> None:
    """`outside kube-system`, `except in kube-system`: all namespaces but that one."""
    keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
    for match in list(f.find_all("outside")) + list(f.find_all("neg")):
        at = match.end
        if f.low(match.start - 2) in keys and f.low(match.start - 1) in ("is", "are"):
            continue  # "where env is not prod"
        if f.low(match.start - 1) in keys or f.ending("labelled", match.start - 1):
            continue  # "label env not prod"
        while f.low(at) in ("the", "in", "namespace", "ns", "from", "of") and f.free(at):
            at += 1
        known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
        after = f.at("kind", at + 1, "namespaces")
        said = after is not None or f.low(at - 1) in ("namespace", "ns") or match.value == "place"
        word = f.low(at)
        if not word or not (said or word in known) or f.name_at(at, any_word=word in known) is None:
            continue
        f.use(match.start, after.end if after else at + 1)
        query.fields.append(f"metadata.namespace!={word}")
        while not after and f.low(at + 1) in ("and", "or", "nor") and f.name_at(at + 2) is not None:
            f.use(at + 1, at + 3)
            query.fields.append(f"metadata.namespace!={f.tokens[at + 2].low}")
            at += 2
        f.all_namespaces = True
        f.take("scope", "all")
        return


def take_node(f: Frame, query: Query, kinds: list[str]) -> None:
    """`on node worker-2`, `on worker-2`: a field selector of pods."""
    if kinds and not set(kinds) <= {"pods", "nodes", "namespaces"}:
        return
    said = [match.value for match in f.find_all("attr") if match.value != "node"]
    if kinds == ["nodes"] and said:
        return  # "what labels are on node worker-3"
    if not kinds and any(fields.path(name, "nodes") for name in said):
        return  # "kernel version on worker-7"
    for match in list(f.find_all("onnode", "on")):
        at = match.end
        kind = f.at("kind", at, "nodes")
        if kind is not None:
            at = kind.end
        if f.low(at) in ("called", "named"):
            at += 1
        name = f.name_at(at)
        if name is None:
            continue
        follows = f.at("kind", at + 1, "nodes")
        explicit = kind is not None or follows is not None
        if not explicit and not any(char.isdigit() or char == "-" for char in name):
            continue
        negation = f.ending("neg", match.start)
        start = negation.start if negation else match.start
        f.use(start, follows.end if follows else at + 1)
        query.fields.append(f"spec.nodeName{'!=' if negation else '='}{name}")
        if "nodes" in kinds:
            kinds.remove("nodes")
        if not kinds:
            kinds.append("pods")
        return


def take_topology(f: Frame, kinds: list[str]) -> list[str]:
    """`nodes in zone eu-west-1a`: the well-known label of the place."""
    found = []
    for match in list(f.find_all("attr", "zone", "region", "instancetype", "arch", "os")):
        key = fields.label(match.value) or {"arch": "kubernetes.io/arch"}.get(match.value)
        if key and "nodes" in kinds and f.is_open(match.end):
            f.use(match.start, match.end + 1)
            found.append(f"{key}={f.tokens[match.end].text}")
    return found


def take_app(f: Frame) -> list[str]:
    """`of app cart`, `the cart app`: the label most charts set."""
    for match in f.find_all("appword"):
        for at in (match.end, match.start - 1):
            if f.is_open(at) and f.name_at(at) is not None:
                f.use(min(at, match.start), max(at + 1, match.end))
                f.assumptions.append(f"the label app={f.tokens[at].text} marks them")
                return [f"app={f.tokens[at].text}"]
    return []


def belonging(f: Frame, query: Query) -> None:
    """`services of payments`: a list that belongs to a place; `pods of web`: to a workload."""
    target = query.target
    if query.selector or len(target.kinds) != 1:
        return
    if target.names and not {target.kind} <= {"resourcequotas", "limitranges"}:
        return
    for match in f.find_all("prep", "of"):
        at = match.end + (f.low(match.end) == "the")
        usual = is_plain_name(f, at) and target.kind != "pods" and _ends(f, at + 1)
        led = f.low(match.start) in ("of", "for", "belonging to")
        if target.kind.endswith("bindings") and f.low(match.start) == "for":
            continue  # a subject
        if not led or not (f.is_open(at) or usual):
            continue
        name = f.name_at(at, any_word=usual)
        if name is None:
            continue
        if target.kind == "pods" and _belongs_to_app(f, name):
            query.selector.append(f"app={name}")
            f.assumptions.append(f"the label app={name} marks them")
        elif f.namespace is None and not f.all_namespaces and target.kind not in CLUSTER_SCOPED:
            f.namespace = name
            f.assumptions.append(f"{name} is taken to be a namespace")
        else:
            return
        f.use(match.start, at + 1)
        return


def _ends(f: Frame, index: int) -> bool:
    polite = f.low(index) in ("please", "pls", "plz", "thanks", "thx")
    return index >= len(f.tokens) or f.tokens[index - 1].comma or polite


_PROGRAMS = frozenset(
    [
        *("web", "api", "frontend", "backend", "nginx", "redis", "postgres", "mysql", "worker"),
        *("proxy", "gateway", "coredns", "grafana", "prometheus", "kafka", "traefik", "envoy"),
    ]
)
"""Names of programs and parts rather than of teams and products."""


def _belongs_to_app(f: Frame, name: str) -> bool:
    """Whether `pods of NAME` are an application's or a namespace's; both are offered."""
    if f.names is not None:
        return name not in f.names.namespaces
    usual = name in _PROGRAMS or "-" in name
    placed = f.namespace is not None or f.all_namespaces
    if usual or placed:
        return True
    return f.choose(f"owner of pods {name}", ("namespace", "application")) == "application"


def relation(query: Query) -> None:
    """`endpoints of service web`, `hpa of deployment web`: the two share their name."""
    target = query.target
    if len(target.kinds) == 2 and len(target.pairs) == 1 and not target.and_joined:
        first, second = target.kinds
        if first in _NAMESAKES and target.pairs[0][0] == second:
            target.kinds, target.pairs = [first], [(first, target.name)]


_NAMESAKES = frozenset({"endpoints", "horizontalpodautoscalers", "poddisruptionbudgets"})
"""Kinds that by custom (endpoints: always) bear the name of the object they belong to."""


def pods_of(f: Frame, query: Query) -> None:
    """`nginx pods`, `pods of deployment web`: pods are found by the label app."""
    target = query.target
    others = [kind for kind in target.kinds if kind != "pods"]
    if "pods" not in target.kinds or not target.names or query.selector:
        return
    if not others and (not target.before or target.singular):
        return
    if len(target.names) > 1 or (not others and looks_like_pod(target.name)):
        return
    if len(others) == 1 and not target.and_joined:
        key = "job-name" if others[0] == "jobs" else "app"
        if others[0] in (
            "services",
            "deployments",
            "statefulsets",
            "daemonsets",
            "jobs",
            "replicasets",
        ):
            query.selector.append(f"{key}={target.name}")
            f.assumptions.append(f"the label {key}={target.name} marks them")
            query.target = Target(kinds=["pods"])
    elif not others:
        query.selector.append(f"app={target.name}")
        f.assumptions.append(f"the label app={target.name} marks them")
        query.target = Target(kinds=["pods"])


def take_name_filter(f: Frame) -> str:
    """`with web in the name`, `containing web`, `starting with web`."""
    for match in f.find_all("contains"):
        at = match.end
        if f.low(at) in ("the", "word", "string") and f.free(at):
            at += 1
        if f.free(at) and "=" not in f.tokens[at].text and (f.is_open(at) or match.value == "has"):
            f.use(match.start, at + 1)
            text = f.tokens[at].text
            bare = text.strip("*")
            if bare != text and bare and "*" not in bare:  # "named like *report*"
                return ("^" if text[0] != "*" else "") + bare
            return ("^" if match.value == "starts" else "") + text
    for match in f.find_all("inname"):
        at = match.start - 1
        if f.is_open(at):
            f.use(at, match.end)
            before = f.ending("labelled", at) or f.ending("contains", at)
            if before is not None:
                f.use(before.start, at)
            elif f.low(at - 1) in ("with", "having", "have", "has", "match") and f.free(at - 1):
                f.use(at - 1)
            return f.tokens[at].text
    return ""


def more_restarts(f: Frame, query: Query, view: View) -> bool:
    """`with more than 5 restarts`: the restart column, compared."""
    if query.restarts is not None:
        if query.target.kinds != ["pods"] or view.attributes:
            return False
        column = "$5" if f.all_namespaces else "$4"
        query.flags.append(("no-headers", None))
        query.pipe.append(["awk", f"{column}>{query.restarts}"])
        return True
    for match in f.find_all("more"):
        count = number_at(f, match.end)
        if count is None and f.low(match.start) == "over":
            continue  # "over in ns shop"
        if count is None or "restarts" not in view.attributes or query.target.kinds != ["pods"]:
            return False
        f.use(match.start, match.end + 1)
        view.attributes.remove("restarts")
        column = "$5" if f.all_namespaces else "$4"
        query.flags.append(("no-headers", None))
        query.pipe.append(["awk", f"{column}>{count - (match.value == 'least')}"])
        return True
    return True


def restrict_scope(f: Frame, query: Query, view: View) -> None:
    """All namespaces where the request can mean nothing else."""
    if "namespace" in view.attributes and query.target.names:
        view.attributes.remove("namespace")
        query.fields += [f"metadata.name={name}" for name in query.target.names[:1]]
        query.target.names, query.target.pairs = [], []
        f.all_namespaces = True
    node = any(item.startswith("spec.nodeName") for item in query.fields)
    if node and f.namespace is None and not f.all_namespaces:
        f.all_namespaces = True
        f.assumptions.append("in all namespaces")
    if view.per == "namespace" and f.namespace is None:
        f.all_namespaces = True
    if target_of_host(query) and f.namespace is None:
        f.all_namespaces = True
    _name_everywhere(f, query)


def target_of_host(query: Query) -> bool:
    """Whether ingresses are searched for a host: nobody knows the namespace then."""
    searched = [stage[1] for stage in query.pipe if stage[0] == "grep"]
    return query.target.kinds == ["ingresses"] and any("." in text for text in searched)


def _name_everywhere(f: Frame, query: Query) -> None:
    """`a service named redis anywhere`: kubectl takes a name in all namespaces as a field only."""
    target = query.target
    placed = len(target.kinds) == 1 and target.kind not in CLUSTER_SCOPED
    placed = placed and bool(f.matches.get("kind"))
    adjective = target.before and not target.singular  # "besteffort pods": no name
    if f.all_namespaces and placed and len(target.names) == 1 and not adjective:
        query.fields.append(f"metadata.name={target.name}")
        target.names, target.pairs = [], []
