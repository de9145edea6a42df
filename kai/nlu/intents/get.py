"""Seeing what is there: kubectl get with selectors, states, orders, outputs and filters."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import CLUSTER_SCOPED, Target, take_namespace, take_selector, take_target
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import one
from kai.nlu.intents.get_fields import narrow, take_values
from kai.nlu.intents.get_files import take_files
from kai.nlu.intents.get_implied import (
    imply_by_state,
    imply_kind,
    take_restarts,
    take_users,
)
from kai.nlu.intents.get_query import (
    Query,
    belonging,
    more_restarts,
    namespace_exceptions,
    pods_of,
    relation,
    restrict_scope,
    take_app,
    take_name_filter,
    take_node,
    take_topology,
)
from kai.nlu.intents.get_states import (
    OPEN_STATES,
    apply_either,
    apply_state,
    counting,
    names_of_lines,
    take_states,
)
from kai.nlu.intents.get_view import View
from kai.nlu.intents.get_words import take_view
from kai.nlu.intents.listing import asks_about, begin, close, retracts, take_bound, wishes
from kai.nlu.patterns import pattern
from kai.nlu.requirements import take_conditions
from kai.nlu.target import kind_of, take_redundant_kinds

_BY_VENDOR = frozenset(
    ["customresourcedefinitions", "clusterroles", "clusterrolebindings", "apiservices"]
)
"""Cluster-wide kinds whose objects bear the name of what brought them."""
_GROUP_KIND = pattern(r"[a-z0-9]+\.(?:[a-z0-9-]+\.)+[a-z]{2,}")


def compose(f: Frame) -> Command | None:
    """`pods not running in prod`, `which nodes are cordoned`, `image of deploy web`."""
    if retracts(f):
        return None
    query = Query(Target())
    kinds = begin(f, query)
    paths = take_values(f, kinds)
    conditions = take_conditions(f)
    namespace_exceptions(f, query)
    query.selector = conditions + take_selector(f) + take_topology(f, kinds)
    narrow(f, query, kinds)
    take_node(f, query, kinds)
    name_filter = take_name_filter(f)
    files = take_files(f)
    take_users(f, query, kinds)
    imply_by_state(f, kinds)
    counted = View()
    query.restarts = take_restarts(f, kinds, counted)
    asks_where = f.low(0) in ("where", "wheres")
    said = take_states(f, kinds)
    states = [state for state in said if not asks_where or state != ("running", False)]
    content = {"configmaps", "secrets"} & set(kinds) and f.take("content") is not None
    inside = imply_kind(f, kinds)
    view = take_view(f, kinds)
    view.attributes = counted.attributes + view.attributes
    take_bound(f, kinds, view)
    view.paths = paths + view.paths
    if content and not view.attributes and not view.key:
        view.output = view.output or "yaml"
    _take_place(f, kinds, inside)
    query.selector += take_app(f)
    if asks_where and "pods" in kinds and not view.attributes:
        view.output = view.output or "wide"
    if files:
        query.flags += files
        take_redundant_kinds(f, Target(kinds=kinds))
        return _write(f, query, view)
    query.target = _target(f, kinds, view, states)
    if not query.target.kinds and f.all_namespaces and not query.target.names and not kinds:
        f.all_namespaces = False
        query.target.kinds = ["namespaces"]  # "show me all namespaces"
    if not query.target.kinds:
        return None
    if query.target.pairs and query.target.pairs[0][0] == "grep":
        name_filter = query.target.pairs.pop()[1]
    if not _names_fit(f, query) or (name_filter and query.target.names) or wishes(f, query.target):
        return None
    _relate(f, query, view)
    if not _apply_states(f, query, states, view):
        return None
    if not _coordinated(f, query.target) or not more_restarts(f, query, view):
        return None
    if (
        f.namespace
        and not name_filter
        and set(query.target.kinds) <= _BY_VENDOR
        and f.namespace not in _ENVIRONMENTS
    ):
        name_filter, f.namespace = f.namespace, None  # "the crds from cert-manager"
    if name_filter:
        query.pipe.append(["grep", name_filter])
    return _write(f, query, view)


def _relate(f: Frame, query: Query, view: View) -> None:
    """Take the words that say no more than the objects do, then those of kinship and scope."""
    f.take_all("state", *OPEN_STATES)
    f.take_all("runs")
    close(f, query.target.names, view)
    if not query.target.names:
        f.take_all("all")  # "are they all ready": a list shows every one
    belonging(f, query)
    relation(query)
    restrict_scope(f, query, view)
    pods_of(f, query)


_ENVIRONMENTS = frozenset(
    [
        *("prod", "production", "prd", "staging", "stage", "stg", "dev", "devel", "develop"),
        *("development", "test", "testing", "qa", "uat", "preprod", "pre-prod", "sandbox", "demo"),
    ]
)
"""Names that say which cluster is meant where the kind has no namespace."""
_ZONE = pattern(r"[a-z]+-[a-z]+-?\d[a-z]|[a-z]+-[a-z]+\d-[a-z]")
_ARCH = ("amd64", "arm64", "arm", "s390x", "ppc64le")


def _names_fit(f: Frame, query: Query) -> bool:
    """Whether names are ones: "istio crds" filters, "which node is hottest" names nothing."""
    target = query.target
    if target.kinds == ["nodes"] and f.namespace and not query.fields:
        if _ZONE.fullmatch(f.namespace):
            query.selector.append(f"topology.kubernetes.io/zone={f.namespace}")
        elif f.namespace not in _ENVIRONMENTS:
            return False
        f.namespace = None
    placeless = target.kinds and set(target.kinds) <= CLUSTER_SCOPED
    if placeless and f.namespace and f.namespace not in _ENVIRONMENTS:
        vendor = set(target.kinds) <= _BY_VENDOR and not query.pipe
        if not vendor:
            return False
    serves = any(f.low(at) in ("serves", "serve", "has", "handles") for at in range(len(f.tokens)))
    if target.kinds == ["ingresses"] and "." in target.name and serves:
        query.pipe.append(["grep", target.name])
        target.names, target.pairs = [], []
        f.all_namespaces = f.namespace is None
    if f.low(0) == "which" and 1 in target.spans and target.names and f.low(2) in ("is", "are"):
        return False
    if not (target.before and not target.singular and len(target.names) == 1):
        return True
    usual = f.scan.lexicon.lists["list-names"] | f.scan.lexicon.lists["list-plainnames"]
    slip = f.low(0) == target.name and len(target.name) < _SHORTEST  # "sho pods"
    if (slip or _ADJECTIVE.fullmatch(target.name)) and target.name not in usual and not f.names:
        return False
    if target.kinds == ["nodes"] and target.name in _ARCH:
        query.selector.append(f"kubernetes.io/arch={target.name}")
    elif target.kinds == ["nodes"] and target.name in ("windows", "linux"):
        query.selector.append(f"kubernetes.io/os={target.name}")
    elif target.kinds == ["pods"] or "-" in target.name or f.names is not None:
        return True
    elif target.kind not in _VENDORS.get(target.name, ()):
        query.pipe.append(["grep", target.name])
    target.names, target.pairs = [], []
    return True


_ADJECTIVE = pattern(
    r"(?:un|non|mis|over|under|in)[a-z]{4,}|[a-z]{3,}(?:ed|ing|able|ible|less|ful|ive|ous|est|ier|ish)"
)
"""Words that look like qualities: "unfinished jobs" names nothing that kubectl could filter by."""
_SHORTEST = 5
_VENDORS = {
    "istio": ("virtualservices", "gateways", "destinationrules", "serviceentries", "sidecars"),
    "cert-manager": ("certificates", "issuers", "clusterissuers", "certificaterequests"),
    "prometheus": ("servicemonitors", "podmonitors", "prometheusrules", "alertmanagers"),
    "argo": ("applications", "applicationsets", "rollouts", "workflows", "cronworkflows"),
    "argocd": ("applications", "applicationsets"),
    "flux": ("helmreleases", "kustomizations", "gitrepositories"),
    "keda": ("scaledobjects", "scaledjobs"),
    "velero": ("backups", "schedules", "restores"),
}
"""Kinds that are a vendor's own, so that its name beside them says nothing more."""


def _take_place(f: Frame, kinds: list[str], inside: int | None) -> None:
    place_only = kinds == ["namespaces"] and _running_question(f)
    if inside is not None:
        f.use(inside)  # a pod's name: no namespace
    refs = any(kind_of(f, token.low.partition("/")[0]) for token in f.tokens if "/" in token.low)
    take_namespace(f, kind_ok=not place_only and not refs and kinds[:1] == ["namespaces"])
    if inside is not None:
        f.used[inside] = False
    if place_only:
        kinds[0] = "pods"
    elif kinds == ["namespaces"] and f.low(0) == "what" and "deployed" in f.scan.text.lower():
        kinds[0] = "deployments"


def _apply_states(f: Frame, query: Query, states: list[tuple[str, bool]], view: View) -> bool:
    if not query.target.names and apply_either(f, query, states):
        return True
    for name, negated in states:
        all_of = f.low(0) == "are" and f.low(1) != "there" and query.target.every
        if query.target.names or all_of:
            if negated or name == "error" or not asks_about(f):
                return False
            continue  # "is pod web-0 running?" is answered by its row
        if not apply_state(f, query, name, negated, view):
            return False
    return True


def _target(f: Frame, kinds: list[str], view: View, states: list[tuple[str, bool]]) -> Target:
    for index in f.words():
        if f.is_open(index) and _GROUP_KIND.fullmatch(f.tokens[index].low) and not kinds:
            word = f.tokens[index].low
            f.use(index)
            target = take_target(f)
            target.kinds = [word]
            return target
    if "all" in kinds and len(kinds) > 1:
        for match in list(f.find_all("kind", "all")):
            f.use(match.start, match.end)  # "all resources of kind pods"
    target = take_target(f)
    if not target.kinds and kinds:
        target.kinds = kinds[:1]  # "what runs on node x"
    asked_of = re.search(r"\b(?:on|of|for) (?:the |our |my )?(?:namespace|ns)\b", f.scan.text, re.I)
    if target.kinds == ["namespaces"] and not target.names and f.namespace and asked_of:
        target.names, f.namespace = [f.namespace], None  # "labels on the namespace finance"
        target.pairs = [("namespaces", target.name)]
    if not target.kinds and not target.names:
        return _unsaid(f, target, view, states)
    if target.names and target.kinds == ["events"]:
        return Target()
    if target.kinds == ["all"] and f.namespace is None and not target.names:
        f.all_namespaces = f.all_namespaces or f.low(len(f.tokens) - 1) == "everything"
    if not target.kinds and (f.take("all") or f.take("find")) is not None:
        if target.names:
            query_name = target.names.pop()
            return Target(kinds=["all"], pairs=[("grep", query_name)])
        target.kinds = ["all"]
    if target.names and not target.kinds:
        if f.names is None:
            target.kinds, target.names = [], []
        return target
    return target


def _unsaid(f: Frame, target: Target, view: View, states: list[tuple[str, bool]]) -> Target:
    """The kind of a request that says none: "everything in prod", "what is crashing"."""
    if f.low(0) in ("what", "whats") and re.search(r"\bdeployed\b", f.scan.text, re.I):
        target.kinds = ["deployments"]
    elif f.take("all") is not None and (f.namespace or f.all_namespaces):
        target.kinds = ["all"]
    elif (
        (states and f.take("find") is not None)
        or states
        or "image" in view.attributes
        or _running_question(f)
    ):
        target.kinds = ["pods"]
    elif f.namespace and f.take("find") is not None:
        target.kinds = ["all"]  # "stuff in ns shop"
    return target


_SHORT = frozenset(
    [
        "po",
        "svc",
        "deploy",
        "ing",
        "sts",
        "ds",
        "cm",
        "pvc",
        "rs",
        "hpa",
        "pdb",
        "ep",
        "sa",
        "netpol",
    ]
)
"""Short names, which stand side by side for several kinds: "po svc in prod"."""
_JOINING = frozenset(["and", "or", "plus", "&", "with", "incl", "including", "also", "und"])


def _coordinated(f: Frame, target: Target) -> bool:
    """Whether several kinds were listed ("pods and services"); side by side they mean else."""
    if len(target.kinds) < 2:
        return True
    for start in target.spans[1:]:
        before = start - 1
        while before > 0 and f.low(before) in (
            "the",
            "all",
            "their",
            "its",
            "any",
            "every",
            "also",
        ):
            before -= 1
        side = f.low(before) in _SHORT and f.low(start) in _SHORT and before == start - 1
        if f.low(before) not in _JOINING and not f.tokens[before].comma and not side:
            return False
        if f.free(before) and f.low(before) in ("plus", "including", "incl"):
            f.use(before)
    return True


def _running_question(f: Frame) -> bool:
    """`what is running in X`: people mean pods."""
    match = f.find("state", "running") or f.find("runs")
    return match is not None and f.low(0) in ("what", "whats", "anything", "whatever", "stuff")


def _write(f: Frame, query: Query, view: View) -> Command | None:
    target = query.target
    scoped = all(kind in CLUSTER_SCOPED for kind in target.kinds)
    command = Command(("get",), _args(target))
    apart = any(item.startswith("metadata.namespace!=") for item in query.fields)
    if apart and f.namespace:
        return None  # "pods in prod except the ones in web"
    if target.names and (query.selector or (f.all_namespaces and not scoped)):
        return None  # kubectl takes a name or a selector, and a name in one namespace only
    if query.selector:
        command.flag("selector", ",".join(query.selector))
    if query.fields:
        command.flag("field-selector", ",".join(query.fields))
    command.flags += query.flags
    sort = query.sort or view.sort_path(target.kind)
    if sort is None:
        return None
    if query.sort and view.limit:
        view.pipe.append(["tail", f"-{view.limit}"])
    if sort:
        command.flag("sort-by", sort)
    if not view.write(command, target, query.output, f.all_namespaces and not scoped):
        return None
    if query.pipe and (view.attributes or view.output in ("json", "yaml")):
        return None  # a filter of the table's text has no column to look at
    if query.pipe and ("output", "name") in command.flags:
        names_of_lines(f, command, query)
    stages = [*query.pipe, *view.pipe]
    if view.count and query.pipe and query.pipe[-1][0] == "grep":
        stages = [
            *query.pipe[:-1],
            ["grep", counting(query.pipe[-1])[0], *counting(query.pipe[-1])[1:]],
        ]
    command.pipe += stages
    return command


def _args(target: Target) -> list[str]:
    if target.pairs and len(target.kinds) > 1 and len(target.pairs) >= len(target.kinds):
        return [f"{kind}/{name}" for kind, name in target.pairs]
    if not target.kinds:
        return []
    kinds = ",".join(target.kinds)
    if len(target.kinds) == 1 and target.names:
        kinds = one(kinds) if len(target.names) == 1 else kinds
    return [kinds, *target.names]


INTENTS = (Intent("get", (), compose, rank=20, reads=True),)
