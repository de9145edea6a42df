"""Where: the namespace, all namespaces, the kubeconfig context."""

from __future__ import annotations

from kai.nlu.frame import Frame, Match

CLUSTER_SCOPED = frozenset(
    [
        *("nodes", "namespaces", "persistentvolumes", "storageclasses"),
        *("clusterroles", "clusterrolebindings", "customresourcedefinitions", "priorityclasses"),
        *("ingressclasses", "csidrivers", "csinodes", "volumeattachments"),
        *("certificatesigningrequests", "componentstatuses", "apiservices", "runtimeclasses"),
        *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
    ]
)
"""Kinds without a namespace (kubectl api-resources --namespaced=false)."""


_MINE = frozenset(["current", "this", "my", "same", "our"])


def _own_namespace_kind(f: Frame) -> bool:
    """Whether "namespace" is what the request is about, not where it happens."""
    kinds = {match.value for match in f.find_all("kind")}
    return kinds == {"namespaces"}


def take_namespace(f: Frame, *, kind_ok: bool = False, bare: bool = True) -> None:
    """Find the namespace, the scope "all namespaces" and the context, and consume them.

    `kind_ok`: the intent can act on namespaces themselves ("delete namespace x"), so a
    "namespace" that is the only kind stays unless a preposition stands before it. `bare`: a
    common namespace name counts without any preposition ("prod pods").
    """
    take_context(f)
    if f.take_all("scope", "all"):
        f.all_namespaces = True
        _drop_prepositions(f)
        return
    if _here(f):
        return
    if _flagged(f):
        return
    if _worded(f, keep=kind_ok and _own_namespace_kind(f)) or _after_preposition(f):
        _said_again(f)
        return
    if bare:
        _bare(f)


def _said_again(f: Frame) -> None:
    """`cert-manager pod X in cert-manager`: the namespace said twice."""
    for match in list(f.find_all("prep", "in")):
        if f.namespace and f.low(match.end) == f.namespace and f.free(match.end):
            f.use(match.start, match.end + 1)


def _here(f: Frame) -> bool:
    """`in the current namespace`; but "in the namespace staging" names one."""
    match = f.find("scope", "current")
    if match is None:
        return False
    phrase = {f.low(index) for index in range(match.start, match.end)}
    name = f.name_at(match.end, any_word=True)
    bare = f.low(match.end - 1) in ("namespace", "ns") and phrase.isdisjoint(_MINE)
    called = f.at("called", match.end)
    if bare and called is not None:
        name = f.name_at(called.end, any_word=True)
        return name is not None and _set_namespace(f, name, match.start, called.end + 1)
    if bare and name and not f.cover[match.end] & {"filler", "prep", "act", "ask", "neg"}:
        return _set_namespace(f, name, match.start, match.end + 1)
    f.use(match.start, match.end)
    return True


def _drop_prepositions(f: Frame) -> None:
    """A preposition whose noun was consumed says nothing more."""
    for match in f.find_all("prep"):
        if match.end < len(f.tokens) and f.used[match.end]:
            f.use(match.start, match.end)


def _flagged(f: Frame) -> bool:
    for index in [at for at in f.words() if f.tokens[at].low.startswith(("-", "n"))]:
        low = f.tokens[index].low
        if low in ("-n", "--namespace") and f.free(index + 1):
            f.namespace = f.tokens[index + 1].text.lower()
            f.use(index, index + 2)
            return True
        for prefix in ("--namespace=", "-n=", "ns=", "namespace=", "ns:", "namespace:"):
            if low.startswith(prefix) and len(low) > len(prefix):
                f.namespace = f.tokens[index].text[len(prefix) :]
                f.use(index)
                return True
        if low in ("-a", "--all-namespaces") and f.tokens[index].text != "-a":
            f.all_namespaces = True
            f.use(index)
            return True
    return False


def _set_namespace(f: Frame, name: str, start: int, end: int) -> bool:
    f.namespace = name
    f.use(start, end)
    before = start - 1
    while before >= 0 and f.free(before) and f.low(before) in ("the", "my", "our", "that", "this"):
        f.use(before)
        before -= 1
    led = before >= 0 and f.free(before) and "prep" in f.cover[before]
    if led and not f.tokens[before].comma:
        f.use(before)
    return True


def _worded(f: Frame, *, keep: bool) -> bool:
    """`namespace X`, `X namespace`, `ns X`."""
    for match in f.find_all("kind", "namespaces"):
        before, after = match.start - 1, match.end
        while before >= 0 and f.low(before) in ("the", "a") and f.free(before):
            before -= 1
        preposition = before >= 0 and f.free(before) and "prep" in f.cover[before]
        preposition = preposition and not f.tokens[before].comma
        led = before
        while led > 0 and f.low(led - 1) in ("the", "our", "my") and f.free(led - 1):
            led -= 1
        led_in = led > 0 and f.at("prep", led - 1, "in") is not None
        preposition = preposition or (
            led_in and f.name_at(match.start - 1, any_word=True) is not None
        )
        if keep and not preposition:
            continue
        lacks = f.low(after) == "is" and f.low(after + 1) in LACKING
        if f.low(after) in ("called", "named", "of", "is", "=") and not lacks:
            after += 1
        name = f.name_at(after, any_word=True)
        if name is not None and (
            _stands_apart(f, match, after) or not (f.cover[after] & {"kind", "act", "out"})
        ):
            return _set_namespace(f, name, match.start, after + 1)
        previous = f.name_at(match.start - 1, any_word=True)
        if f.low(match.start - 1) in f.everyday and not known_namespace(f, match.start - 1):
            previous = None
        taboo = {"scopeword"} if led_in else {"kind", "act", "ask", "scopeword"}
        if previous is not None and not f.cover[match.start - 1] & taboo:
            return _set_namespace(f, previous, match.start - 1, match.end)
    return False


def _stands_apart(f: Frame, match: Match, index: int) -> bool:
    """Whether "ns WORD" is a place whatever the word: `in ns events`, `(ns debug)`, `, ns release`."""
    if f.tokens[match.end - 1].comma and f.scan.text[f.tokens[match.end - 1].end] != ":":
        return False
    if match.end - match.start > 1 or f.tokens[match.start].low not in ("ns", "namespace"):
        return False
    before = f.at("prep", match.start - 1, "in") is not None and f.free(match.start - 1)
    apart = match.start > 0 and (
        f.tokens[match.start - 1].comma or f.scan.text[f.tokens[match.start].start - 1] == "("
    )
    last = f.tokens[index]
    ends = index + 1 >= len(f.tokens) or last.comma or f.scan.text[last.end : last.end + 1] == ")"
    return before or (apart and ends)


def known_namespace(f: Frame, index: int) -> bool:
    """Whether a word is a namespace of the cluster, or one that most clusters have."""
    word = f.tokens[index].low if index < len(f.tokens) else ""
    if f.names is not None and word in f.names.namespaces:
        return True
    return word in f.scan.lexicon.lists.get("list-namespaces", frozenset())


def _after_preposition(f: Frame) -> bool:
    """`in X`, `from X`; `of X`, `for X`, `on X` only where X is known as a namespace."""
    places = sorted(f.find_all("prep"), key=lambda match: not known_namespace(f, match.end))
    for match in places:
        at = match.end
        if any((said := f.at(form, match.start)) and said.end > at for form in _FORMS):
            continue  # "in plain-text output format"
        while f.low(at) in ("the", "our", "my") and f.free(at):
            at += 1
        name = f.name_at(at)
        if (
            name is None
            and f.free(at)
            and (known_namespace(f, at) or _place_noun(f, match.value, at))
        ):
            name = f.tokens[at].low
        if name is not None and name.endswith((".yaml", ".yml", ".json", ".txt", ".env")):
            continue  # "into web.yaml": a file
        if name is None or f.tokens[at].possessive or "/" in f.tokens[at].text:
            continue
        follows = f.at("kind", at + 1)
        if follows is not None and not f.tokens[at].comma and not known_namespace(f, at):
            continue  # "in the web pod": a name of that kind
        if f.at("noun", at + 1) is not None or _of_logs(f, at + 1):
            continue  # "in the api container", "in the api logs"
        if match.value == "in" or known_namespace(f, at):
            _use_between(f, match.start, at)
            if _is_context(f, name):
                f.target_context = name
                f.use(at)
                return True
            return _set_namespace(f, name, at, at + 1)
    return False


def _of_logs(f: Frame, index: int) -> bool:
    """Whether the word is "logs", explained or not: "in the api logs"."""
    found = f.matches.get("act", ())
    return any(match.start == index and match.value == "logs" for match in found)


_FORMS = ("ask", "out", "sort", "mode")
"""Categories of phrases that may begin like a place: "in order of", "in live mode"."""


def _is_context(f: Frame, name: str) -> bool:
    """Whether "in NAME" means a kubeconfig context: it is one, and no namespace of that name is.

    Without the cluster's namespaces to ask, both readings are offered.
    """
    if f.names is None or name not in f.names.contexts or name in f.names.namespaces:
        return False
    f.assumptions.append(f"{name} is a context of your kubeconfig")
    return f.choose(f"place {name}", ("context", "namespace")) == "context"


_GOES_ON = frozenset(
    [
        *("please", "pls", "plz", "thanks", "thx", "now", "that", "which", "who", "whose", "where"),
        *("are", "arent", "not", "right", "currently", "atm"),
    ]
)
"""Words that may follow a place: courtesy, and the clause that says more of the objects."""


def _place_noun(f: Frame, preposition: str, index: int) -> bool:
    """`in data`, `in search`: a known word that can only be a place, at the end of its phrase."""
    if preposition != "in":
        return False
    usual = f.tokens[index].low in f.scan.lexicon.lists.get("list-plainnames", frozenset())
    if not usual and (not f.is_word(index) or not f.cover[index] or f.low(index) in f.everyday):
        return False
    after = index + 1
    if not f.name_at(index, any_word=True):
        return False
    polite = f.low(after) in _GOES_ON or (after < len(f.tokens) and f.used[after])
    ends = after >= len(f.tokens) or f.tokens[index].comma or polite
    return ends or bool(f.cover[after] & {"prep", "sort", "out", "mode"})


def _use_between(f: Frame, start: int, end: int) -> bool:
    f.use(start, end)
    return True


LACKING = frozenset(["missing", "lacking", "without", "short", "not", "in", "still", "now", "to"])
"""What a namespace can be said to be, so that the word is none: "gateway ns is missing a secret"."""

_SINGULAR_S = frozenset(["ns", "ds", "rs", "sts", "ss", "cs", "endpoints", "ingress"])


def singular_kind(f: Frame, match: Match) -> bool:
    """Whether a kind was said in the singular, which asks for a name: "the demo deployment"."""
    token = f.tokens[match.end - 1]
    word = token.fixed or token.low
    return not word.endswith("s") or word.endswith("ss") or word in _SINGULAR_S


def _bare(f: Frame) -> bool:
    """A well-known namespace that stands beside a kind, or behind a comma at the end."""
    for index in f.words():
        if _behind_comma(f, index):
            f.assumptions.append(f"{f.tokens[index].low} is taken to be a namespace")
            return _set_namespace(f, f.tokens[index].low, index, index + 1)
        if not known_namespace(f, index) or f.tokens[index].quoted:
            continue
        follows = f.at("kind", index + 1)
        before_kind = follows is not None and not singular_kind(f, follows)
        after_kind = (
            f.ending("kind", index) is not None and f.ending("kind", index, "namespaces") is None
        )
        kind = f.ending("kind", index)
        verbs = f.scan.lexicon.lists.get("list-changeverbs", frozenset())
        named = kind is not None and singular_kind(f, kind) and f.low(0) in verbs
        if named and not any(f.is_open(at) and at != index for at in f.words()):
            continue  # "edit deployment demo": the only name there is
        last = index == len(f.tokens) - 1 and index > 0
        last = last or (index > 0 and f.tokens[index - 1].comma and f.tokens[index].comma)
        first = index == 0 and len(f.tokens) > 1
        if before_kind or after_kind or last or first:
            return _set_namespace(f, f.tokens[index].low, index, index + 1)
    return False


_SEVERAL = 2
"""So many kinds in the plural share no name: "secrets and configmaps, staging-2"."""


def _behind_comma(f: Frame, index: int) -> bool:
    """`restarts per pod, streaming`: a lone word at the end, where a list of a kind was asked for."""
    last = index == len(f.tokens) - 1 and index > 0 and f.tokens[index - 1].comma
    usual = f.free(index) and f.low(index) in f.scan.lexicon.lists.get("list-plainnames", ())
    if not last or not (f.is_open(index) or usual) or f.name_at(index, any_word=True) is None:
        return False
    kinds = [match for match in f.matches.get("kind", ()) if not singular_kind(f, match)]
    if ("-" in f.tokens[index].low and len(kinds) < _SEVERAL) or f.is_open(index - 1):
        return False
    kind = f.ending("kind", index)
    if kind is None:
        return bool(kinds) and not any(f.is_open(at) for at in f.words() if at != index)
    per = kind.start > 0 and f.low(kind.start - 1) in ("per", "each", "every")
    return per or not singular_kind(f, kind)


def _may_be_cluster(f: Frame, match: Match, at: int) -> bool:
    """Whether the word behind "cluster" names it: "in cluster blue", not "the cluster admin"."""
    word = f.low(at)
    distinct = "-" in word or any(char.isdigit() for char in word) or known_namespace(f, at)
    led = match.start > 0 and "prep" in f.cover[match.start - 1]
    return distinct or led or at > match.end


_DROPS = frozenset(["delete", "remove", "drop", "rename", "forget", "unset", "purge", "nuke"])
_THAT_ONE = frozenset(["the", "our", "my", "other", "that", "this"])


def take_context(f: Frame, *, nouns: tuple[str, ...] = ("context", "cluster")) -> None:
    """`context X`, `X cluster`, `--context X`: the kubeconfig context to act in."""
    for index in [at for at in f.words() if f.tokens[at].low.startswith(("-", "c"))]:
        low = f.tokens[index].low
        for prefix in ("--context=", "ctx=", "context=", "ctx:", "context:"):
            if low.startswith(prefix) and len(low) > len(prefix):
                f.target_context = f.tokens[index].text[len(prefix) :]
                f.use(index)
                return
        if low == "--context" and f.free(index + 1):
            f.target_context = f.tokens[index + 1].text
            f.use(index, index + 2)
            return
    for match in f.find_all("noun", *nouns):
        led = match.start - 1
        led -= f.low(led) in _THAT_ONE
        if f.low(led) in _DROPS:
            continue  # "delete the context old": no place
        named = match.end + (f.low(match.end) in ("called", "named"))
        for at in (named, match.start - 1):
            if at >= match.end and match.value == "cluster" and not _may_be_cluster(f, match, at):
                continue
            if f.is_open(at) or (f.free(at) and known_namespace(f, at) and at < match.start):
                f.target_context = f.tokens[at].text
                f.use(min(at, match.start), max(at + 1, match.end))
                if at == match.end and f.low(at + 1) in ("context", "cluster") and f.free(at + 1):
                    f.use(at + 1)
                before = min(at, match.start) - 1
                if (
                    at > match.start
                    and f.low(match.start) == "cluster"
                    and known_namespace(f, before)
                ):
                    before -= _use_between(f, before, before + 1)  # "the staging cluster context x"
                while before >= 0 and f.free(before) and f.low(before) in _THAT_ONE:
                    f.use(before)
                    before -= 1
                if before >= 0 and f.free(before) and "prep" in f.cover[before]:
                    f.use(before)
                return


_GETS = frozenset(["needs", "wants", "requires", "lacks", "misses", "gets", "is", "should", "must"])
_GIVEN = frozenset(
    ["give", "get", "for", "cap", "limit", "restrict", "protect", "to", "on", "into"]
)


def spoken_place(f: Frame) -> None:
    """The namespace where it is said as a receiver: `prod needs a ...`, `quota for team-red: ...`.

    For new objects whose name and parts are known already, so that an open word can be nothing else.
    """
    for index in list(f.words()):
        token = f.tokens[index]
        known = known_namespace(f, index)
        if not (known or f.is_open(index)) or f.name_at(index, any_word=known) is None:
            continue
        text = f.scan.text[token.end : token.end + 1]
        before = f.low(index - 1) if index else ""
        receives = f.low(index + 1) in _GETS and index < 3
        ends = text in ("", ",", ":") or f.low(index + 1) in ("at", "to", "a", "an", "with")
        ends = ends or index + 1 >= len(f.tokens)
        given = before in _GIVEN and (ends or f.used[index + 1])
        leading = index == 0 and text in (",", ":")
        if token.quoted or "." in token.low or not (receives or given or leading):
            continue
        f.namespace = token.low
        f.assumptions.append(f"{token.low} is taken to be a namespace")
        f.use(index - (given and f.free(index - 1)), index + 1)
        return
