"""The words of a request that say how the answer should look, read into a `View`."""

from __future__ import annotations

from kai.nlu import fields
from kai.nlu.amounts import number_at
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.get_fields import take_class, take_container, take_listed_status
from kai.nlu.intents.get_groups import take_group
from kai.nlu.intents.get_keys import take_key
from kai.nlu.intents.get_tables import beside_table, dwelling, take_label_columns
from kai.nlu.intents.get_view import View, shown_wide
from kai.nlu.patterns import pattern
from kai.nlu.target import kind_of
from kai.nlu.where import singular_kind

_QUOTED_KEYS = {"creationtimestamp": "created", "name": "name", "age": "created"}


def _addresses(f: Frame, view: View) -> bool:
    """`the ips of the nodes, nothing else`: the values alone."""
    return view.attributes == ["ip"] and not f.has("out", "name")


def take_view(f: Frame, kinds: list[str]) -> View:
    """Everything in the request that says how the answer should look; consumed.

    Kinds that turn out to be properties ("node of each pod") are taken off `kinds`.
    """
    view = View()
    alone = any(f.low(match.start) == "nothing" for match in f.find_all("columns"))
    view.table = bool(f.take_all("columns"))
    for match in f.find_all("out", "name"):
        longer = match.end - match.start > 1
        said = [kind_of(f, f.low(at)) for at in range(match.start, match.end)] if longer else []
        implied = next((kind for kind in said if kind), "")
        if implied and implied not in kinds:
            kinds.insert(0, implied)  # "pod name and node", "just the pod names"
    for match in list(f.find_all("mode", "watch")):
        if dwelling(f, match):
            f.use(match.start, match.end)
    _modes(f, view)
    take_class(f, view, kinds)
    _subresource(f, view)
    _label_columns(f, view)
    _per_phase(f, view)
    _per_place(f, view)
    _first_few(f, view)
    view.group = take_group(f, kinds)
    _order(f, view, kinds)
    take_key(f, view, kinds)
    view.container = take_container(f)
    flat = len(list(f.find_all("attr"))) > 1 and f.take("flatvalues") is not None
    _attributes(f, view, kinds)
    view.flat = any((f.take_all("flat"), flat, alone and _addresses(f, view)))
    view.newline = f.take("newline") is not None
    view.lines = f.take("perline") is not None
    view.unique = bool(f.take_all("unique"))
    if view.unique:
        f.take("sort", "sort")
    _paths(f, view)
    view.count = f.take("count") is not None
    _per(f, view, kinds)
    for value in f.take_all("out"):
        if value in ("yaml", "json", "wide"):
            view.output = value
        elif value == "name":
            view.table = view.table or bool(view.attributes)
            whole = view.output in ("json", "yaml")
            view.output = "both" if whole else view.output or ("" if view.attributes else "name")
        elif value == "labels":
            view.switches.append("show-labels")
        else:
            flag = {
                "noheaders": "no-headers",
                "notfound": "ignore-not-found",
                "kindlabel": "show-kind",
            }
            view.switches.append(flag.get(value, value))
    beside_table(f, view, kinds)
    if view.output == "wide" and view.attributes:
        if any(set(view.attributes) <= shown_wide(kind) for kind in kinds[:1]):
            view.attributes = []  # "extended output with kernel and runtime"
        else:
            view.output = ""
    return view


def _modes(f: Frame, view: View) -> None:
    """Whether the list is to be watched."""
    for match in list(f.find_all("mode")):
        if f.low(match.start) == "live" and f.low(match.end) in ("in", "on", "at"):
            f.use(match.start)  # "the zones our nodes live in"
    modes = f.take_all("mode")
    if modes:
        view.watch = "watch-only" if "watchonly" in modes else "watch"


def _per_phase(f: Frame, view: View) -> None:
    """`count pods by phase`, `how many pods per status`."""
    by = [match for match in f.find_all("prep", "of") if f.low(match.start) == "by"]
    for match in [*f.find_all("per"), *by] if f.has("count") else ():
        if f.low(match.end) in _GROUPS and f.free(match.end):
            f.use(match.start, match.end + 1)
            view.per = "phase"
            return


def _per_place(f: Frame, view: View) -> None:
    """`how many pods has each namespace`: the scope that is what they are counted by."""
    for match in f.find_all("scope", "all"):
        words = [f.low(index) for index in range(match.start, match.end)]
        if f.has("count") and words[-1] in ("namespace", "ns") and {"each", "every"} & set(words):
            f.use(match.start, match.end)
            view.per = "namespace"
            return


def _per(f: Frame, view: View, kinds: list[str]) -> None:
    """`how many pods per node`."""
    if not view.count:
        return
    for match in f.find_all("per"):
        for kind, name in (("nodes", "node"), ("namespaces", "namespace")):
            follows = f.at("kind", match.end, kind)
            if follows is not None:
                f.use(match.start, follows.end)
                view.per = name
                if kind in kinds:
                    kinds.remove(kind)
                return


def _subresource(f: Frame, view: View) -> None:
    for index in f.words():
        word = f.tokens[index - 1].low if index else ""
        if f.low(index) == "subresource" and word in ("scale", "status"):
            view.subresource = word
            f.use(index - 1, index + 1)
            return


def _label_columns(f: Frame, view: View) -> None:
    """`with columns app and version`, `with a column for the label app`."""
    take_label_columns(f, view)
    for index in f.words(1):
        if (
            f.low(index) in ("label", "labels")
            and f.is_word(index - 1)
            and not f.tokens[index].comma
        ):
            follows = f.low(index + 1) in ("of", "for", "on")
            if follows and "=" not in f.tokens[index - 1].text:
                f.use(index - 1, index + 1)
                view.label_columns.append(f.tokens[index - 1].text)
                return
    for match in f.find_all("labelcolumns"):
        if _columns_after(f, match, view):
            return


def _columns_after(f: Frame, match: Match, view: View) -> bool:
    """`with columns for the app and version labels`: the labels, consumed."""
    at = match.end
    while f.low(at) in ("the", "for", "label", "labels") and f.free(at) and f.free(at + 1):
        at += 1
    while f.is_word(at):
        f.use(match.start, at + 1)
        view.label_columns.append(f.tokens[at].text)
        if f.low(at + 1) in ("label", "labels") and f.free(at + 1):
            f.use(at + 1)
        at += 2 if f.low(at + 1) in ("and", "plus") and f.is_word(at + 2) else 1
    return bool(view.label_columns)


def _first_few(f: Frame, view: View) -> None:
    """`top 5`, `last 10`: how many of the sorted list, at which end of it."""
    for index in f.words():
        count = number_at(f, index + 1)
        if count is None or not f.free(index) or f.low(index) not in ("top", "last", "first"):
            continue
        if f.at("unit", index + 2) or f.at("time", index) or not 0 < count < 1000:
            continue
        sorts = any(match.value != "verb" for match in f.find_all("sort"))
        if f.low(index) == "top" and not sorts and not f.has("state", "restarting"):
            continue
        f.use(index, index + 2)
        view.limit = count
        if f.low(index) == "first":
            view.order = "least" if sorts else ""
        elif not sorts and not f.has("state", "restarting"):
            view.order = "newest"
        return


_GROUPING = frozenset(["grouped", "bucketed", "clustered", "group", "bundled"])
_GROUPS = frozenset(["phase", "status", "state"])
"""What pods are counted by: "count pods by phase" sorts nothing."""


def _order(f: Frame, view: View, kinds: list[str]) -> None:
    for match in list(f.find_all("sort")):
        if any(f.used[match.start : match.end]):
            continue
        if match.value == "verb" or (f.has("count") and f.low(match.end) in _GROUPS):
            continue
        if match.value != "sort":
            f.use(match.start, match.end)
            view.order = match.value
            nth = _ORDINALS.get(f.low(match.start - 1), 0) if f.free(match.start - 1) else 0
            if nth and match.value in ("newest", "oldest"):
                f.use(match.start - 1)
                view.limit, view.nth = nth, True
            count = number_at(f, match.start - 1) or number_at(f, match.end)
            if count is not None and (number_at(f, match.start - 1) is None) != f.free(
                match.start - 1
            ):
                at = match.start - 1 if number_at(f, match.start - 1) is not None else match.end
                f.use(at)
                view.limit = count
            continue
        at = match.end
        while f.free(at) and f.low(at) in ("the", "their", "its"):
            at += 1
        if f.free(at) and f.tokens[at].text.startswith((".", "{")):
            view.sort_raw = f.tokens[at].text
            f.use(match.start, at + 1)
            continue
        if f.free(at) and f.tokens[at].quoted and f.tokens[at].low in _QUOTED_KEYS:
            view.sort_by = _QUOTED_KEYS[f.tokens[at].low]
            f.use(match.start, at + 1)
            continue
        attribute = f.at("attr", at)
        key = f.at("sortkey", at)
        chosen = max(
            (found for found in (attribute, key) if found), key=lambda m: m.end, default=None
        )
        if chosen is not None and (chosen.category == "sortkey" or _sortable(chosen.value, kinds)):
            grouped = f.low(match.start) in _GROUPING
            f.use(match.start, chosen.end)
            view.sort_by = chosen.value
            if grouped and chosen.value == "node":
                view.output = "wide"

    if view.order in ("newest", "oldest") and view.limit is None:
        alone = [match for match in f.find_all("kind", *kinds[:1]) if singular_kind(f, match)]
        view.limit = 1 if alone and kinds else None
    _order_ends(f, view)


_ORDINALS = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5}


def _order_ends(f: Frame, view: View) -> None:
    """Consume what only repeats that the list is sorted."""
    if view.sort_by or view.order:
        f.take("sort", "verb")
        for match in list(f.find_all("sort", "sort")):
            if f.tokens[match.end - 1].comma or match.end == len(f.tokens):
                f.use(match.start, match.end)  # "by name, sorted"
    if view.order:
        f.take("sortend")


def _sortable(attribute: str, kinds: list[str]) -> bool:
    return any(fields.sort_path(attribute, kind) for kind in kinds or ["pods"])


def _attributes(f: Frame, view: View, kinds: list[str]) -> None:
    for match in list(f.find_all("attr")):
        if any(f.used[match.start : match.end]):
            continue
        if match.value == "owner" and (
            f.ending("kind", match.start) is not None
            or (f.low(match.end - 1) == "by" and match.end < len(f.tokens))
        ):
            continue  # "the ingress controller"
        if match.value == "env" and f.low(match.start - 1) == "in":
            continue  # "in env prod"
        clash = _clashing_kind(f, match)
        others = [kind for kind in kinds if kind != (clash.value if clash else "")]
        if clash is not None and clash.end > match.end:
            continue
        if clash is not None and not _is_property(f, match, others):
            continue
        implied = kind_of(f, f.low(match.start)) if match.end - match.start > 1 else ""
        if implied and not kinds and fields.path(match.value, implied):
            kinds.append(implied)
            others = [implied]
        owners = others or (["pods"] if not clash else [])
        special = match.value in ("keys", "namespace")
        if not special and not any(fields.path(match.value, kind) for kind in owners):
            continue
        if match.value == "namespace" and not others:
            continue
        quantifier = f.ending("all", match.start)
        f.use(quantifier.start if quantifier else match.start, match.end)
        if clash is not None and clash.value in kinds:
            kinds.remove(clash.value)
        if f.low(match.end) in ("column", "columns", "col") and f.free(match.end):
            f.use(match.end)
        if f.low(match.end) in ("of", "for", "per") and f.free(match.end):
            f.use(match.end)
        if f.low(match.start - 1) in ("plus", "incl", "including", "&") and view.attributes:
            f.use(match.start - 1)
        if match.value not in view.attributes:
            view.attributes.append(match.value)
    take_listed_status(f, view, kinds)
    _settle(f, view)


def _settle(f: Frame, view: View) -> None:
    """Consume the words that only spread the properties over objects."""
    if {"replicas", "desiredready"} <= set(view.attributes):
        view.attributes.remove("replicas")
    if {"volumes", "claimnames"} <= set(view.attributes):
        view.attributes.remove("volumes")  # "volumes with the claim names"
    last = len(f.tokens) - 1
    again = f.low(last) == "ip" and not {"just", "only"}.isdisjoint(
        (f.low(last - 1), f.low(last - 2))
    )
    if again and any(name != "ip" and name.endswith("ip") for name in view.attributes):
        view.attributes[:] = [name for name in view.attributes if name != "ip"]  # "just the ip"
    if len(view.attributes) > 1 and f.low(_of_containers(f)) == "of":
        view.attributes.remove("containers")
    for match in list(f.find_all("per")):
        if f.low(match.end) in ("line", "row"):
            continue
        if view.attributes and f.low(match.start) in ("per", "each", "grouped", "group"):
            f.use(match.start, match.end)


def _of_containers(f: Frame) -> int:
    """Where "of the containers" begins, behind a property of theirs; -1 where it is not said."""
    for match in f.matches.get("attr", ()):
        if match.value == "containers":
            before = match.start - 1
            return before - (f.low(before) in ("the", "its", "all"))
    return -1


_PATH = pattern(r"\{?\.?((?:status|spec|metadata)(?:\.[\w\-]+|\[[\d*]*\])+)\}?")


def _paths(f: Frame, view: View) -> None:
    """Fields named by their path: `status.hostIP`, `.spec.containers[*].image`."""
    for index in list(f.words()):
        match = _PATH.fullmatch(f.tokens[index].text)
        if match:
            f.use(index)
            view.paths.append("." + match[1])
            if f.low(index - 1) == "field" and f.free(index - 1):
                f.use(index - 1)


def _clashing_kind(f: Frame, match: Match) -> Match | None:
    """The kind phrase that shares words with an attribute phrase."""
    for kind in f.find_all("kind"):
        if kind.start < match.end and match.start < kind.end:
            return kind
    return None


def _is_property(f: Frame, match: Match, others: list[str]) -> bool:
    """Whether a word that is also a kind is meant as a property of another kind here."""
    if not any(fields.path(match.value, kind) for kind in others):
        return False
    before, after = f.low(match.start - 1), f.low(match.end)
    if any(f.at("kind", per.end, *others) for per in f.find_all("per")):
        return True  # "ingress class and hosts per ingress"
    if before in ("their", "its") or after in _RELATING or f.tokens[match.start - 1].possessive:
        return True
    ends = match.end == len(f.tokens) or f.tokens[match.end - 1].comma
    if before in ("which", "what", "whats") and (ends or f.has("ask", "linkverb", "runsverb")):
        return True
    if before in ("which", "what") and f.low(match.start - 2) in ("on", "in", "at", "onto"):
        return True
    back = match.start - 1 - (before == "and")
    row = f.tokens[back].comma or before == "and"
    if row and f.used[back] and "attr" in f.cover[back] and back > 0:
        return True  # "name, ip, node"
    if before == "and" and f.ending("out", match.start - 1) is not None:
        return True  # "name and node"
    listed = after == "and" or f.tokens[match.end - 1].comma
    nearby = [m for m in f.find_all("attr") if m.start in (match.end, match.end + 1)]
    return listed and bool(nearby) and f.low(nearby[-1].end) in _RELATING


_RELATING = frozenset(["of", "for", "per", "does", "do", "used", "uses", "on", "that", "behind"])
