"""Turns of phrase in requests for a list: what came of it, whose it is, where it merely stands."""

from __future__ import annotations

import re

from kai.nlu import fields
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.get_query import Query
from kai.nlu.intents.get_view import View
from kai.nlu.patterns import pattern
from kai.nlu.target import Target
from kai.nlu.where import singular_kind

_TOLD_BY_ROW = ("ready", "healthy", "succeeded", "bound")
"""States of one object that its row tells: "sts redis, ready?"."""


def begin(f: Frame, query: Query) -> list[str]:
    """The kinds of the request, after what is said in turns of phrase is taken from it."""
    kinds = kinds_said(f)
    only_a_place(f, kinds)
    take_outcome(f)
    take_bindings(f, kinds)
    take_storage_class(f, query, kinds)
    take_hosted(f, query, kinds)
    take_host(f, query, kinds)
    if kinds == ["storageclasses"] or kinds[:2] == ["nodes", "roles"]:
        _shown_anyway(f, kinds)
    return kinds


def _shown_anyway(f: Frame, kinds: list[str]) -> None:
    """`which storage class is default`, `nodes with roles`: the table marks it."""
    if kinds.pop() == "roles":
        said = f.find("kind", "roles")
        if said is not None and f.low(said.start - 1) in ("with", "and", "their"):
            f.use(said.start - 1, said.end)
        else:
            kinds.append("roles")
        return
    kinds.append("storageclasses")
    at = next((at for at in f.words() if f.low(at) == "default"), None)
    named = at is not None and f.ending("called", at) is not None
    if at is not None and not named:
        f.use(at - (f.low(at - 1) == "the" and f.free(at - 1)), at + 1)
        if f.low(at + 1) in ("one", "ones"):
            f.use(at + 1)


_HOST = pattern(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?")
_HOST_WORDS = frozenset(
    ["host", "hostname", "domain", "url", "fqdn", "serving", "serves", "for", "handles", "routing"]
)


def take_host(f: Frame, query: Query, kinds: list[str]) -> None:
    """`ingress for host shop.example.com`: the table's column, searched for the host."""
    if kinds != ["ingresses"]:
        return
    for index in f.words(1):
        name = f.tokens[index].low
        if not f.is_open(index) or not _HOST.fullmatch(name) or f.low(index - 1) not in _HOST_WORDS:
            continue
        start = index
        while f.free(start - 1) and f.low(start - 1) in (*_HOST_WORDS, "the", "with", "of", "that"):
            start -= 1
        f.use(start, index + 1)
        query.pipe.append(["grep", name.partition("/")[0]])
        return


def close(f: Frame, names: list[str], view: View) -> None:
    """Take what is said about objects that are already found and changes nothing about them."""
    take_participles(f)
    take_ones(f)
    if view.output in ("yaml", "json"):
        take_whole(f)
    take_watched(f, view)
    if not f.matches.get("kind"):
        f.take_all("find")  # "stuff on worker-2"
    take_up(f, view)
    if names and asks_about(f):
        f.take_all("state", *_TOLD_BY_ROW)


_PLACE_LED = frozenset(["in", "from", "inside", "within", "under", "for", "of", "on"])


def kinds_said(f: Frame) -> list[str]:
    """Every kind of the request; a kind's word that is a name by its place is none."""
    found: list[str] = []
    for match in f.find_all("kind"):
        if f.ending("called", match.start) is not None or _named_so(f, match):
            continue
        if match.value not in found:
            found.append(match.value)
    return found


def _named_so(f: Frame, match: Match) -> bool:
    """Whether the kind's word is a namespace: "in ns jobs", "the namespace secrets, count them"."""
    before = f.ending("kind", match.start, "namespaces")
    if before is None or match.end > match.start + 1 or not singular_kind(f, before):
        return False
    return place_led(f, before)


def place_led(f: Frame, match: Match) -> bool:
    """Whether the word "namespace" is led by a preposition or stands behind a comma."""
    at = match.start - 1
    if at > 0 and not f.cover[at] & {"prep", "filler"} and not f.tokens[at].comma:
        at -= 1  # "stuff, default namespace"
    while at >= 0 and f.low(at) in ("the", "our", "my"):
        at -= 1
    return at >= 0 and (f.low(at) in _PLACE_LED or f.tokens[at].comma)


def only_a_place(f: Frame, kinds: list[str]) -> None:
    """`what is terminating in ns legacy`: states of pods, in a namespace that is but the place."""
    if kinds != ["namespaces"]:
        return
    said = f.find("kind", "namespaces")
    states = [match.value for match in f.find_all("state")]
    images = f.has("attr", "image") or (f.low(0) in ("what", "who") and f.has("out", "wide"))
    if said is None or not place_led(f, said) or not singular_kind(f, said):
        return
    if not states and not images:
        if f.has("find") and not f.has("attr"):
            kinds.clear()  # "stuff in ns shop"
        return
    named = f.name_at(said.end, any_word=True) or f.name_at(said.start - 1, any_word=True)
    if named and all(fields.state("pods", state) for state in states):
        kinds[0] = "pods"
        if (noun := f.find("noun", "container")) is not None:
            f.use(noun.start, noun.end)


_ASKED = frozenset(["did", "has", "have", "is", "was", "are", "were", "hasnt", "didnt", "isnt"])
_OUTCOMES = frozenset(
    [
        *("finish", "finished", "complete", "completed", "succeed", "succeeded", "done", "through"),
        *("start", "started", "ready", "bound", "healthy", "alive", "pass", "passed", "work"),
        *("exist", "fail", "failed", "run", "ran", "live", "green", "available", "active"),
    ]
)


_CAUSATIVE = frozenset(["have", "make", "set", "get", "want", "need", "keep"])


def asks_about(f: Frame) -> bool:
    """Whether a state said of one object is asked, not wished for: "svc web: type NodePort"."""
    if "?" in f.scan.text:
        return True
    first = f.low(0)
    if first in _CAUSATIVE:
        return False
    asked = first in _ASKED or any(match.start == 0 for match in f.matches.get("ask", ()))
    return asked or any(f.low(at) in ("if", "whether", "status") for at in range(len(f.tokens)))


def wishes(f: Frame, target: Target) -> bool:
    """Whether a bare phrase may as well ask to make it: "sa robot in ci", "namespace called demo".

    Of kinds that need nothing but a name; an article, a question or a word of seeing tells.
    """
    if target.kinds == ["nodes"] and _GPU_NODES.search(f.scan.text):
        return True
    if target.kinds not in (["serviceaccounts"], ["namespaces"]) or not target.names:
        return False
    if target.name == "default":
        return False  # it is always there
    told = any(f.matches.get(category) for category in ("ask", "out", "mode", "state"))
    kinds = f.matches.get("kind", ())
    told = told or any(  # "labels on the namespace finance"; the "sa" of "sa robot" is the kind
        not any(kind.start < said.end and said.start < kind.end for kind in kinds)
        for said in f.matches.get("attr", ())
    )
    return not (told or "?" in f.scan.text or f.low(0) in ("the", *_ASKED, "does", "do"))


_GPU_NODES = pattern(r"(?<!many )(?<!per )\bgpu (?:nodes|machines|workers)\b", re.IGNORECASE)
"""Which nodes have them is told by labels that differ from cluster to cluster."""


def take_outcome(f: Frame) -> None:
    """`did job migrate in release finish`: the row of the object says what came of it."""
    last = len(f.tokens) - 1
    if f.low(last) in ("yet", "now", "already", "ok", "successfully", "correctly", "properly"):
        last -= 1
    if f.low(0) not in _ASKED or f.low(last) not in _OUTCOMES or last < 3 or not f.free(last):
        return
    if any(singular_kind(f, match) and _bears_name(f, match) for match in f.find_all("kind")):
        f.use(last)


def _bears_name(f: Frame, match: Match) -> bool:
    at = match.end + (f.ending("called", match.end + 1) is not None)
    return f.name_at(at) is not None and match.value != "namespaces"


_LEFT = frozenset(["set", "left", "claimed", "held", "kept", "granted", "issued", "remaining"])


def take_participles(f: Frame) -> None:
    """`limit ranges set in sandbox`, `any rcs left`: being there, said behind the kind or name."""
    for index in f.words(1):
        before = index - 1 - (f.low(index - 1) in ("are", "is", "been", "was", "were"))
        if f.low(index) not in _LEFT or not f.used[before]:
            continue
        after = index + 1
        while f.low(after) in ("over", "behind", "here", "there"):
            after += 1
        ends = after >= len(f.tokens) or f.tokens[index].comma or f.used[after]
        if ends or "prep" in f.cover[after]:
            f.use(index, after)


def take_whole(f: Frame) -> None:
    """`full pod spec`: a manifest is always whole."""
    for index in f.words():
        told = f.low(index) in ("full", "complete", "whole", "entire") and index + 1 < len(f.tokens)
        if told and f.used[index + 1]:
            f.use(index)


def take_ones(f: Frame) -> None:
    """`minus the running ones`, `crash looping stuff`: the noun that a state stands for."""
    for index in f.words(1):
        stands = any(match.end == index for match in f.matches.get("state", ()))
        if f.low(index) in _ONES and f.used[index - 1] and stands:
            f.use(index)


_ONES = frozenset(["ones", "stuff", "things", "guys", "fellows", "lot", "bunch"])


def take_up(f: Frame, view: View) -> None:
    """`how many replicas of web are up`: those that are ready, not those wished for."""
    if view.attributes == ["replicas"]:
        at = next((at for at in f.words(1) if f.low(at) in _UP), None)
        if at is not None:
            f.use(at)
            view.attributes = ["readyreplicas"]


_UP = frozenset(["up", "ready", "running", "alive", "healthy", "live", "serving", "actually"])
_ROLLING = frozenset(["roll", "rolling", "churn", "cycle", "start", "starting", "settle", "change"])
_ROLLING |= {"changes", "updates", "changing", "restart", "boot", "appear", "arrive"}


def take_watched(f: Frame, view: View) -> None:
    """`watch the pods roll in queue`, `only new pod changes`: what a watch shows, said as well."""
    for index in f.words(1) if view.watch else ():
        if f.low(index) in _ROLLING and (f.used[index - 1] or f.ending("kind", index)):
            f.use(index)


def take_storage_class(f: Frame, query: Query, kinds: list[str]) -> None:
    """`pvcs on storage class gp2`: the table's column, searched for the class's name."""
    if len(kinds) != 2 or kinds[1] != "storageclasses":
        return
    if kinds[0] not in ("persistentvolumeclaims", "persistentvolumes"):
        return
    said = f.find("kind", "storageclasses")
    if said is None or not singular_kind(f, said):
        return
    called = f.at("called", said.end)
    at = called.end if called else said.end + (f.low(said.end) in ("is", "=", "of"))
    name = f.name_at(at)
    if name is None or f.at("kind", at + 1):
        return
    start = said.start
    while start > 1 and f.free(start - 1) and f.low(start - 1) in _CLASSED:
        start -= 1
    f.use(start, at + 1)
    kinds.pop()
    query.pipe.append(["grep", name])


_CLASSED = frozenset(
    ["the", "on", "of", "with", "using", "use", "from", "that", "whose", "by", "in", "having", "a"]
)


def take_hosted(f: Frame, query: Query, kinds: list[str]) -> None:
    """`how many pods does node worker-3 run`, `pods of node worker-3`: a field of the pods."""
    node = f.find("kind", "nodes")
    if node is None or "pods" not in kinds or not singular_kind(f, node):
        return
    name, before = f.name_at(node.end), node.start - 1
    while f.low(before) in ("the", "our", "my"):
        before -= 1
    if name is None or f.low(before) not in _HOSTED:
        return
    f.use(node.start, node.end + 1)
    kinds.remove("nodes")
    query.fields.append(f"spec.nodeName={name}")
    after = node.end + 1
    if f.low(after) in _HOSTS and (after + 1 >= len(f.tokens) or "prep" in f.cover[after + 1]):
        f.use(after)


_HOSTED = frozenset(["does", "do", "did", "has", "can", "of", "from", "for", "by", "to", "is"])
_HOSTS = frozenset(
    ["run", "host", "have", "hold", "carry", "serve", "runs", "hosts", "got", "running", "hosting"]
)


def take_bindings(f: Frame, kinds: list[str]) -> None:
    """`roles with their bindings`: role bindings of the same scope."""
    pairs = {"roles": "rolebindings", "clusterroles": "clusterrolebindings"}
    if not kinds or kinds[0] not in pairs:
        return
    for index in f.words(1):
        joined = index - 1
        while f.low(joined) in ("their", "the", "its", "all"):
            joined -= 1
        if f.low(index) == "bindings" and f.low(joined) in ("with", "and", "plus", "&", "incl"):
            f.matches.setdefault("kind", []).append(
                Match(index, index + 1, "kind", pairs[kinds[0]])
            )
            kinds.append(pairs[kinds[0]])
            return


_BOUND_WHO = pattern(r"\bwho(?:m|s)?\b", re.IGNORECASE)
_BINDS = frozenset(["name", "names", "bind", "binds", "grant", "grants", "list", "cover", "covers"])
_BINDS |= {"include", "includes", "apply", "applies", "to", "for", "refer", "refers", "point"}
_BINDS |= {"bound", "has", "gets", "got", "given", "points", "it", "in", "does"}


def take_bound(f: Frame, kinds: list[str], view: View) -> None:
    """`clusterrolebinding ops - who does it name`: the wide table shows the subjects."""
    if not kinds or not set(kinds) <= {"rolebindings", "clusterrolebindings"}:
        return
    at = next((at for at in f.words(1) if f.low(at) in ("who", "whom")), None)
    if at is None or not f.tokens[at - 1].comma:
        return
    end = at + 1
    while end < len(f.tokens) and f.free(end) and f.low(end) in _BINDS:
        if f.low(end) in ("in", "for") and end + 1 < len(f.tokens):
            break
        end += 1
    f.use(at, end)
    view.output = "wide"


_RETRACTED = pattern(
    r"(?:\.{2,}|\u2026)\s*(?:no\b|just\b|actually\b|wait\b|rather\b|nah\b|sorry\b|hm+\b|scratch that)|"
    r"\b(?:scratch that|no wait|wait no|or rather|correction|i mean|strike that|on second thought)\b",
    re.IGNORECASE,
)


def retracts(f: Frame) -> bool:
    """Whether the request shows nothing: a part is taken back, or it is about rights or gifts.

    "which helm secrets... just all secrets", "who can list pods", "give pod web-0 a label".
    """
    text = f.scan.text
    other = _RIGHTS.search(text) or _GIVEN.search(text)
    return bool(other) or _RETRACTED.search(text) is not None or _taken_out(f)


_RIGHTS = pattern(
    r"\bwho (?:all )?(?:can|may|could|is able|are able|is allowed|are allowed|is permitted)\b|"
    r"\b(?:am i|are we|is \S+|are \S+) (?:allowed|permitted|able) to\b",
    re.IGNORECASE,
)
"""Questions about rights, whatever they name: "who can list pods"."""
_GIVEN = pattern(
    r"^(?:please |pls |can you |could you )*give (?!me\b|us\b|(?:a |the )?(?:list|overview)\b).*"
    r"\b(?:a|an|another|some|more)\b",
    re.IGNORECASE,
)
"""`give pod web-0 a label`: somebody else is to get something."""


_OUT_OF = pattern(
    r"\bout of (?:the |this |that |our )?(?:cluster|namespace|ns|list|way)\b", re.IGNORECASE
)


def _taken_out(f: Frame) -> bool:
    """`crd widgets.acme.io out of the cluster`: no verb, but something is to leave."""
    return _OUT_OF.search(f.scan.text) is not None and not f.matches.get("ask")
