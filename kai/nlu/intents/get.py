"""Seeing what is there: kubectl get with selectors, states, orders, outputs and filters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kai.nlu import fields
from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.entities import (
    CLUSTER_SCOPED,
    Target,
    looks_like_pod,
    take_namespace,
    take_selector,
    take_target,
)
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.get_view import View, take_view
from kai.nlu.target import take_redundant_kinds
from kai.nlu.tokens import is_file

_OPEN_STATES = frozenset({"running", "healthy", "available", "default"})
"""States that are also plain words: where the kind has no such state they say nothing."""
_GROUP_KIND = re.compile(r"[a-z0-9]+\.(?:[a-z0-9-]+\.)+[a-z]{2,}")


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


def compose(f: Frame) -> Command | None:
    """`pods not running in prod`, `which nodes are cordoned`, `image of deploy web`."""
    kinds = _kinds_said(f)
    query = Query(Target())
    _namespace_exceptions(f, query)
    query.selector = take_selector(f) + _topology(f, kinds)
    _node(f, query, kinds)
    name_filter = _name_filter(f)
    files = _files(f)
    states = _take_states(f, kinds)
    content = {"configmaps", "secrets"} & set(kinds) and f.take("content") is not None
    view = take_view(f, kinds)
    if content and not view.output and not view.attributes and not view.key:
        view.output = "yaml"
    take_namespace(f, kind_ok=True)
    query.selector += _app(f)
    if files:
        query.flags += files
        take_redundant_kinds(f, Target(kinds=kinds))
        return _write(f, query, view)
    query.target = _target(f, kinds, view, states)
    if not query.target.kinds:
        return None
    if query.target.pairs and query.target.pairs[0][0] == "grep":
        name_filter = query.target.pairs.pop()[1]
    f.take_all("state", *_OPEN_STATES)
    f.take_all("runs")
    _belonging(f, query)
    _relation(query)
    _restrict_scope(f, query, view)
    for name, negated in states:
        if query.target.names or (f.low(0) == "are" and query.target.every):
            if negated:
                return None
            continue  # "is pod web-0 running?" is answered by its row
        if not _apply_state(f, query, name, negated, view):
            return None
    _pods_of(f, query)
    if not _more_restarts(f, query, view):
        return None
    if name_filter:
        query.pipe.append(["grep", name_filter])
    return _write(f, query, view)


def _kinds_said(f: Frame) -> list[str]:
    return list(dict.fromkeys(match.value for match in f.find_all("kind")))


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
    if not target.kinds and not target.names:
        if f.take("all") is not None and (f.namespace or f.all_namespaces):
            target.kinds = ["all"]
        elif states or "image" in view.attributes or _running_question(f):
            target.kinds = ["pods"]
        return target
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


def _files(f: Frame) -> list[tuple[str, str | None]]:
    """`the objects defined in stack.yaml`: flags for files and kustomizations."""
    found: list[tuple[str, str | None]] = []
    for match in f.find_all("fromfile"):
        at = match.end
        text = f.tokens[at].text if f.free(at) else ""
        if not text or not (is_file(text) or f.is_open(at)):
            continue
        f.use(match.start, at + 1)
        if text.endswith("kustomization.yaml"):
            found.append(("kustomize", text.removesuffix("kustomization.yaml") or "."))
        else:
            found.append(("filename", text))
        break
    return found


def _running_question(f: Frame) -> bool:
    """`what is running in X`: people mean pods."""
    match = f.find("state", "running") or f.find("runs")
    return match is not None and f.low(0) in ("what", "whats", "anything", "whatever", "stuff")


# ------------------------------------------------------------------ states
def _take_states(f: Frame, kinds: list[str]) -> list[tuple[str, bool]]:
    """Every state said, with whether it was negated; consumed."""
    known = kinds or ["pods"]
    found: list[tuple[str, bool]] = []
    negative_list = False
    for match in list(f.find_all("state")):
        if any(f.used[match.start : match.end]):
            continue
        attribute = f.at("attr", match.start)
        if attribute and (
            attribute.end > match.end or f.low(match.end) in ("of", "on", "for", "does")
        ):
            continue
        if not any(fields.state(kind, match.value) for kind in known):
            if match.value in _OPEN_STATES and not _negated(f, match):
                f.use(match.start, match.end)
            continue
        negation = _negated(f, match)
        if match.value == "running" and negation is None and _merely_there(f, match):
            continue
        if negation is not None:
            f.use(negation.start, negation.end)
            negative_list = True
        joined = f.low(match.start - 1) in ("or", "nor", "and") and negative_list and bool(found)
        if joined or f.low(match.start - 1) in ("state", "status", "phase"):
            f.use(match.start - 1)
        f.use(match.start, match.end)
        entry = (match.value, negation is not None or joined)
        if entry not in found:
            found.append(entry)
    return found


def _negated(f: Frame, match: Match) -> Match | None:
    """The negation that stands before a state, fillers between them allowed."""
    at = match.start
    while at > 0 and "filler" in f.cover[at - 1] and "neg" not in f.cover[at - 1]:
        at -= 1
    if at > 0 and f.low(at - 1) in ("in", "state", "status", "phase", "currently"):
        at -= 1
    return f.ending("neg", at)


def _merely_there(f: Frame, match: Match) -> bool:
    """`pods running in prod`, `what is running`: running says no more than being there."""
    before, after = f.low(match.start - 1), f.low(match.end)
    if f.matches.get("attr") and any(m.value == "image" for m in f.matches["attr"]):
        return True
    if after in ("on", "in", "inside", "under") and before not in ("are", "is", "currently", "all"):
        return True
    return f.low(0) in ("what", "whats") and not f.has("count")


def _apply_state(f: Frame, query: Query, name: str, negated: bool, view: View) -> bool:
    for kind in query.target.kinds:
        entry = fields.state(kind, name)
        if entry is not None:
            break
    else:
        return False
    if "field" in entry:
        requirement = entry["field"]
        if negated:
            if "!=" in requirement:
                requirement = requirement.replace("!=", "=")
            else:
                requirement = requirement.replace("=", "!=", 1)
        query.fields.append(requirement)
        return True
    if "sort" in entry and not negated:
        query.sort = query.sort or entry["sort"]
        view.order = view.order or "most"
        return True
    if "label" in entry:
        key = entry["label"]
        query.selector.append(("!" + key).replace("!!", "") if negated else key)
        return True
    return _apply_filter(f, query, entry, negated, view)


def _apply_filter(f: Frame, query: Query, entry: dict[str, str], negated: bool, view: View) -> bool:
    if "grep" in entry:
        if negated and "not" in entry:
            words = entry["not"].split()
        else:
            words = entry["grep"].split()
            if negated:
                words = words[1:] if words[0] == "-v" else ["-v", *words]
        if "|" in words[-1]:
            words = ["-E", *words] if words[0] != "-v" else ["-Ev", *words[1:]]
        query.pipe.append(["grep", *words])
        return True
    if negated:
        return False
    if "awk" in entry:
        shift = 1 if f.all_namespaces else 0
        program = (
            entry["awk"].replace("$DESIRED", f"${2 + shift}").replace("$READY", f"${2 + shift}")
        )
        query.flags.append(("no-headers", None))
        query.pipe.append(["awk", program.replace("$DSREADY", f"${4 + shift}")])
        return True
    if "jq" in entry and not view.output:
        query.output = "json"
        name = ".metadata.name"
        if f.all_namespaces:
            name = '"\\(.metadata.namespace)/\\(.metadata.name)"'
        query.pipe.append(["jq", "-r", entry["jq"].replace("$NAME", name)])
        return True
    return False


# ------------------------------------------------------------------ where and whose
def _namespace_exceptions(f: Frame, query: Query) -> None:
    """`outside kube-system`, `except in kube-system`: all namespaces but that one."""
    for match in list(f.find_all("outside")) + list(f.find_all("neg")):
        at = match.end
        while f.low(at) in ("the", "in", "namespace", "ns", "from", "of") and f.free(at):
            at += 1
        known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
        after = f.at("kind", at + 1, "namespaces")
        said = (
            after is not None or f.low(at - 1) in ("namespace", "ns") or match.category == "outside"
        )
        word = f.low(at)
        if not word or not (said or word in known) or f.name_at(at, any_word=word in known) is None:
            continue
        f.use(match.start, after.end if after else at + 1)
        query.fields.append(f"metadata.namespace!={word}")
        f.all_namespaces = True
        f.take("scope", "all")
        return


def _node(f: Frame, query: Query, kinds: list[str]) -> None:
    """`on node worker-2`, `on worker-2`: a field selector of pods."""
    if kinds and not set(kinds) <= {"pods", "nodes"}:
        return
    for match in list(f.find_all("onnode")):
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


def _topology(f: Frame, kinds: list[str]) -> list[str]:
    """`nodes in zone eu-west-1a`: the well-known label of the place."""
    found = []
    for match in list(f.find_all("attr", "zone", "region", "instancetype", "arch", "os")):
        key = fields.label(match.value) or {"arch": "kubernetes.io/arch"}.get(match.value)
        if key and "nodes" in kinds and f.is_open(match.end):
            f.use(match.start, match.end + 1)
            found.append(f"{key}={f.tokens[match.end].text}")
    return found


def _app(f: Frame) -> list[str]:
    """`of app cart`, `the cart app`: the label most charts set."""
    for match in f.find_all("appword"):
        for at in (match.end, match.start - 1):
            if f.is_open(at) and f.name_at(at) is not None:
                f.use(min(at, match.start), max(at + 1, match.end))
                f.assumptions.append(f"the label app={f.tokens[at].text} marks them")
                return [f"app={f.tokens[at].text}"]
    return []


def _belonging(f: Frame, query: Query) -> None:
    """`services of payments`: a list that belongs to a place; `pods of web`: to a workload."""
    target = query.target
    if target.names or query.selector or len(target.kinds) != 1:
        return
    for match in f.find_all("prep", "of"):
        at = match.end + (f.low(match.end) == "the")
        if f.low(match.start) not in ("of", "for", "belonging to") or not f.is_open(at):
            continue
        name = f.name_at(at)
        if name is None:
            continue
        if target.kind == "pods":
            query.selector.append(f"app={name}")
            f.assumptions.append(f"the label app={name} marks them")
        elif f.namespace is None and not f.all_namespaces and target.kind not in CLUSTER_SCOPED:
            f.namespace = name
            f.assumptions.append(f"{name} is taken to be a namespace")
        else:
            return
        f.use(match.start, at + 1)
        return


def _relation(query: Query) -> None:
    """`endpoints of service web`, `hpa of deployment web`: the two share their name."""
    target = query.target
    if len(target.kinds) == 2 and len(target.pairs) == 1 and not target.and_joined:
        first, second = target.kinds
        if first in _NAMESAKES and target.pairs[0][0] == second:
            target.kinds, target.pairs = [first], [(first, target.name)]


_NAMESAKES = frozenset({"endpoints", "horizontalpodautoscalers", "poddisruptionbudgets"})
"""Kinds that by custom (endpoints: always) bear the name of the object they belong to."""


def _pods_of(f: Frame, query: Query) -> None:
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


def _name_filter(f: Frame) -> str:
    """`with web in the name`, `containing web`, `starting with web`."""
    for match in f.find_all("contains"):
        at = match.end
        if f.low(at) in ("the", "word", "string") and f.free(at):
            at += 1
        if f.free(at) and "=" not in f.tokens[at].text and (f.is_open(at) or match.value == "has"):
            f.use(match.start, at + 1)
            return ("^" if match.value == "starts" else "") + f.tokens[at].text
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


def _more_restarts(f: Frame, query: Query, view: View) -> bool:
    """`with more than 5 restarts`: the restart column, compared."""
    for match in f.find_all("more"):
        count = number_at(f, match.end)
        if count is None or "restarts" not in view.attributes or query.target.kinds != ["pods"]:
            return False
        f.use(match.start, match.end + 1)
        view.attributes.remove("restarts")
        column = "$5" if f.all_namespaces else "$4"
        query.flags.append(("no-headers", None))
        query.pipe.append(["awk", f"{column}>{count - (match.value == 'least')}"])
        return True
    return True


def _restrict_scope(f: Frame, query: Query, view: View) -> None:
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


# ------------------------------------------------------------------ writing
def _write(f: Frame, query: Query, view: View) -> Command | None:
    target = query.target
    scoped = all(kind in CLUSTER_SCOPED for kind in target.kinds)
    command = Command(("get",), _args(target))
    if query.selector:
        command.flag("selector", ",".join(query.selector))
    if query.fields:
        command.flag("field-selector", ",".join(query.fields))
    command.flags += query.flags
    sort = query.sort or view.sort_path(target.kind)
    if sort is None:
        return None
    if sort:
        command.flag("sort-by", sort)
    if not view.write(command, target, query.output, f.all_namespaces and not scoped):
        return None
    if query.pipe and view.attributes:
        return None  # a filter of the table's text has no column to look at
    stages = [*query.pipe, *view.pipe]
    if view.count and query.pipe and query.pipe[-1][0] == "grep":
        stages = [
            *query.pipe[:-1],
            ["grep", _counting(query.pipe[-1])[0], *_counting(query.pipe[-1])[1:]],
        ]
    command.pipe += stages
    return command


def _counting(grep: list[str]) -> list[str]:
    """A grep stage's words with -c joined to its own option."""
    words = grep[1:]
    if words[0].startswith("-"):
        return [words[0] + "c", *words[1:]]
    return ["-c", *words]


def _args(target: Target) -> list[str]:
    if target.pairs and len(target.kinds) > 1 and len(target.pairs) >= len(target.kinds):
        return [f"{kind}/{name}" for kind, name in target.pairs]
    if not target.kinds:
        return []
    kinds = ",".join(target.kinds)
    if len(target.kinds) == 1 and target.names:
        from kai.nlu.intents.rollout import one

        kinds = one(kinds) if len(target.names) == 1 else kinds
    return [kinds, *target.names]


INTENTS = (Intent("get", (), compose, rank=20, reads=True),)
