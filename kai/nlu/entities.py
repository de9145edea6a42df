"""What every intent needs out of a request: where (namespace, context), what (kinds, names,
selectors), how many, how long, in which form."""

from __future__ import annotations

from dataclasses import dataclass, field

from kai.nlu.frame import Frame, Match
from kai.nlu.tokens import ASSIGNMENT, DURATION, POD_HASH

CLUSTER_SCOPED = frozenset(
    [
        "nodes",
        "namespaces",
        "persistentvolumes",
        "storageclasses",
        "clusterroles",
        "clusterrolebindings",
        "customresourcedefinitions",
        "priorityclasses",
        "ingressclasses",
        "csidrivers",
        "csinodes",
        "volumeattachments",
        "certificatesigningrequests",
        "componentstatuses",
        "apiservices",
        "runtimeclasses",
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
    ]
)
"""Kinds without a namespace (kubectl api-resources --namespaced=false)."""

_UNIT = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w"}
_HOURS = {"d": 24, "w": 168}


# ------------------------------------------------------------------ where
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
    if f.take("scope", "all") is not None:
        f.all_namespaces = True
        _drop_prepositions(f)
        return
    if f.take("scope", "current") is not None:
        return
    if _flagged(f):
        return
    if _worded(f, keep=kind_ok and _own_namespace_kind(f)) or _after_preposition(f):
        return
    if bare:
        _bare(f)


def _drop_prepositions(f: Frame) -> None:
    """A preposition whose noun was consumed says nothing more."""
    for match in f.find_all("prep"):
        if match.end < len(f.tokens) and f.used[match.end]:
            f.use(match.start, match.end)


def _flagged(f: Frame) -> bool:
    for index in f.words():
        low = f.tokens[index].low
        if low in ("-n", "--namespace") and f.free(index + 1):
            f.namespace = f.tokens[index + 1].text.lower()
            f.use(index, index + 2)
            return True
        for prefix in ("--namespace=", "-n="):
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
    if before >= 0 and f.free(before) and "prep" in f.cover[before]:
        f.use(before)
    return True


def _worded(f: Frame, *, keep: bool) -> bool:
    """`namespace X`, `X namespace`, `ns X`."""
    for match in f.find_all("kind", "namespaces"):
        before, after = match.start - 1, match.end
        while before >= 0 and f.low(before) in ("the", "a") and f.free(before):
            before -= 1
        preposition = before >= 0 and f.free(before) and "prep" in f.cover[before]
        if keep and not preposition:
            continue
        if f.low(after) in ("called", "named", "of", "is", "="):
            after += 1
        name = f.name_at(after, any_word=True)
        if name is not None and not (f.cover[after] & {"kind", "act", "ask", "out"}):
            return _set_namespace(f, name, match.start, after + 1)
        previous = f.name_at(match.start - 1, any_word=True)
        if previous is not None and not (
            f.cover[match.start - 1] & {"kind", "act", "ask", "scopeword"}
        ):
            return _set_namespace(f, previous, match.start - 1, match.end)
    return False


def _known_namespace(f: Frame, index: int) -> bool:
    word = f.tokens[index].low
    if f.names is not None and word in f.names.namespaces:
        return True
    return word in f.scan.lexicon.lists.get("list-namespaces", frozenset())


def _after_preposition(f: Frame) -> bool:
    """`in X`, `from X`; `of X`, `for X`, `on X` only where X is known as a namespace."""
    for match in f.find_all("prep"):
        at = match.end
        while f.low(at) in ("the", "our", "my") and f.free(at):
            at += 1
        name = f.name_at(at)
        if name is None and f.free(at) and _known_namespace(f, at):
            name = f.tokens[at].low
        if name is None or f.tokens[at].possessive or "/" in f.tokens[at].text:
            continue
        follows = f.at("kind", at + 1)
        if follows is not None and not f.tokens[at].comma and not _known_namespace(f, at):
            continue  # "in the web pod": a name of that kind
        if f.at("noun", at + 1) is not None:
            continue  # "in the api container"
        if match.value == "in" or _known_namespace(f, at):
            return _set_namespace(f, name, at, at + 1) and _use_between(f, match.start, at)
    return False


def _use_between(f: Frame, start: int, end: int) -> bool:
    f.use(start, end)
    return True


def _bare(f: Frame) -> bool:
    """A well-known namespace that stands beside a kind, or behind a comma at the end."""
    for index in f.words():
        if not _known_namespace(f, index) or f.tokens[index].quoted:
            continue
        before_kind = f.at("kind", index + 1) is not None
        after_kind = (
            f.ending("kind", index) is not None and f.ending("kind", index, "namespaces") is None
        )
        last = index == len(f.tokens) - 1 and index > 0
        first = index == 0 and len(f.tokens) > 1
        if before_kind or after_kind or last or first:
            return _set_namespace(f, f.tokens[index].low, index, index + 1)
    return False


def take_context(f: Frame) -> None:
    """`context X`, `X cluster`, `--context X`: the kubeconfig context to act in."""
    for index in f.words():
        low = f.tokens[index].low
        if low.startswith("--context=") and len(low) > 10:
            f.target_context = f.tokens[index].text[10:]
            f.use(index)
            return
        if low == "--context" and f.free(index + 1):
            f.target_context = f.tokens[index + 1].text
            f.use(index, index + 2)
            return
    for match in f.find_all("noun", "context", "cluster"):
        named = match.end + (f.low(match.end) in ("called", "named"))
        for at in (named, match.start - 1):
            if f.is_open(at) or (f.free(at) and _known_namespace(f, at) and at < match.start):
                f.target_context = f.tokens[at].text
                f.use(min(at, match.start), max(at + 1, match.end))
                before = min(at, match.start) - 1
                while before >= 0 and f.free(before) and f.low(before) in ("the", "our", "my"):
                    f.use(before)
                    before -= 1
                if before >= 0 and f.free(before) and "prep" in f.cover[before]:
                    f.use(before)
                return


# ------------------------------------------------------------------ what
@dataclass(slots=True)
class Target:
    """Which objects: kinds (plural resource names), names, or all of a kind."""

    kinds: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    every: bool = False
    assumed: bool = False
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """(kind, name) where several kinds have names of their own: `deploy/web svc/api`."""

    @property
    def kind(self) -> str:
        """The first kind; "" when none was said."""
        return self.kinds[0] if self.kinds else ""

    @property
    def name(self) -> str:
        """The first name; "" when none was said."""
        return self.names[0] if self.names else ""


def singular(f: Frame, match: Match) -> bool:
    """Whether the kind was said in the singular, which asks for a name."""
    word = f.tokens[match.end - 1].low
    return not word.endswith("s") or word.endswith(("ss", "ns", "ds", "rs", "sts", "ingress"))


def take_refs(f: Frame) -> list[tuple[str, str]]:
    """Every `kind/name` word of the request, consumed: (plural kind, name)."""
    refs: list[tuple[str, str]] = []
    for index in f.words():
        word, slash, name = f.tokens[index].text.partition("/")
        if not slash or not name or "/" in name:
            continue
        kind = kind_of(f, word.lower())
        if kind:
            refs.append((kind, name))
            f.use(index)
            if index and f.low(index - 1) == "and" and f.free(index - 1):
                f.use(index - 1)
    return refs


def kind_of(f: Frame, word: str) -> str:
    """The plural resource name a single word stands for; "" if it is no kind."""
    node = f.scan.lexicon.root.after.get(word)
    for category, value in node.entries if node else ():
        if category == "kind":
            return value
    return ""


_CALLED = ("called", "named", "name", "with name", "whose name is")


def take_target(f: Frame, *, default: str = "", kinds: tuple[str, ...] = ()) -> Target:
    """Find kinds and names and consume them.

    `default` is the kind assumed for a name without one; `kinds` restricts which kinds count (a
    kind outside it stays unexplained).
    """
    target = Target()
    refs = take_refs(f)
    if refs:
        target.pairs = refs
        target.kinds = list(dict.fromkeys(kind for kind, _ in refs))
        target.names = [name for _, name in refs]
        take_redundant_kinds(f, target)
        return target
    for match in list(f.find_all("kind", *kinds)):
        if any(f.used[match.start : match.end]):
            continue
        _take_kind(f, match, target)
    if not target.names:
        called = f.find("called")
        if called is not None and (name := f.name_at(called.end, any_word=True)) is not None:
            f.use(called.start, called.end + 1)
            target.names.append(name)
    if not target.kinds and not target.names:
        _bare_names(f, target, default)
    elif not target.kinds and default:
        target.kinds, target.assumed = [default], True
    elif target.kinds and not target.names:
        _bare_names(f, target, "")
    return target


def take_redundant_kinds(f: Frame, target: Target) -> None:
    """`the deployment deployment/web`: the kind said twice."""
    for match in f.find_all("kind"):
        if match.value in target.kinds:
            f.use(match.start, match.end)


def _take_kind(f: Frame, match: Match, target: Target) -> None:
    f.use(match.start, match.end)
    if match.value not in target.kinds:
        target.kinds.append(match.value)
    quantifier = f.ending("all", match.start)
    if quantifier is not None:
        f.use(quantifier.start, quantifier.end)
        target.every = True
    after = match.end
    called = f.at("called", after)
    if called is not None:
        after = called.end
    indexes = f.names_from(after, any_word=called is not None)
    if not indexes and called is None:
        indexes = _names_before(f, match.start)
        after = match.end
    if not indexes:
        return
    if called is not None:
        f.use(called.start, called.end)
    found = f.use_list(indexes)
    target.names += [name for name in found if name not in target.names]
    target.pairs += [(match.value, name) for name in found]


def _names_before(f: Frame, end: int) -> list[int]:
    """The name list that ends just before a kind: `web and api deployments`."""
    found: list[int] = []
    at = end - 1
    while at >= 0 and f.name_at(at) is not None and f.is_open(at):
        found.insert(0, at)
        if f.low(at - 1) in ("and", "or") and f.free(at - 1):
            at -= 2
        elif at > 0 and f.tokens[at - 1].comma:
            at -= 1
        else:
            break
    return found


def _bare_names(f: Frame, target: Target, default: str) -> None:
    """Names without a kind beside them: the first list of unknown words."""
    for index in f.words():
        if not f.is_open(index) or f.name_at(index) is None:
            continue
        found = f.use_list(f.names_from(index))
        target.names += found
        if not target.kinds:
            kind = _grounded(f, found, default)
            if kind:
                target.kinds = [kind]
        target.pairs += [(target.kind, name) for name in found]
        return


def _grounded(f: Frame, names: list[str], default: str) -> str:
    """The kind of a bare name: what exists in the cluster, what it looks like, or the default."""
    if f.names is not None:
        existing = {
            item.resource
            for item in f.names.objects
            if item.name in names and (f.namespace is None or item.namespace == f.namespace)
        }
        controllers = existing & {"deployments", "statefulsets", "daemonsets"}
        if default == "deployments" and len(controllers) == 1:
            return controllers.pop()
        if default and default in existing:
            return default
        if len(existing) == 1:
            return existing.pop()
    if default == "deployments" and all(looks_like_pod(name) for name in names):
        f.assumptions.append(f"{names[0]} looks like a pod")
        return "pods"
    if default:
        kind = default[:-1] if default.endswith("s") else default
        f.assumptions.append(f"{names[0]} is taken to be a {kind}")
    return default


def looks_like_pod(name: str) -> bool:
    """Whether a name ends like a pod's: a replica set's hash and five characters."""
    if POD_HASH.fullmatch(name) is None:
        return False
    last = name.rsplit("-", 1)[1]
    return any(char.isdigit() for char in last) and len(last) >= 4


# ------------------------------------------------------------------ selectors
def take_selector(f: Frame, *, loose: bool = True) -> list[str]:
    """Label requirements, consumed, each as kubectl writes it (`app=web`, `!canary`).

    `loose`: an assignment anywhere counts, for intents where `k=v` can mean nothing else.
    """
    found: list[str] = []
    for index in f.words():
        token = f.tokens[index]
        if token.selector:
            f.use(index)
            found.append(token.selector)
            _introduced(f, index)
        elif token.low in ("-l", "--selector") and f.free(index + 1):
            found.append(f.tokens[index + 1].text)
            f.use(index, index + 2)
        elif token.low.startswith(("--selector=", "-l=")):
            found.append(token.text.partition("=")[2])
            f.use(index)
    for index in f.words():
        if not f.free(index) or f.tokens[index].text.startswith("-"):
            continue
        text = f.tokens[index].text
        match = ASSIGNMENT.fullmatch(text)
        if match and (loose or _introduced_at(f, index)):
            f.use(index)
            _introduced(f, index)
            found += [part for part in text.replace("==", "=").split(",") if part]
            follows = index + 2 < len(f.tokens) and f.low(index + 1) == "and" and f.free(index + 1)
            if follows and ASSIGNMENT.fullmatch(f.tokens[index + 2].text):
                f.use(index + 1)
    found += _worded_requirements(f)
    return found


def _introduced_at(f: Frame, index: int) -> bool:
    return f.ending("labelled", index) is not None or f.ending("labelled", index - 1) is not None


def _introduced(f: Frame, index: int) -> None:
    """Consume the "with label" or "where" before a requirement."""
    before = f.ending("labelled", index)
    if before is not None:
        f.use(before.start, before.end)


def _worded_requirements(f: Frame) -> list[str]:
    """`with label app web`, `without the label canary`, `with a gpu label`."""
    found: list[str] = []
    for match in list(f.find_all("labelled")) + list(f.find_all("unlabelled")):
        at = match.end
        if not f.is_open(at):
            continue
        key = f.tokens[at].text
        if match.category == "unlabelled":
            f.use(match.start, at + 1)
            found.append(f"!{key}")
            continue
        step = at + 1
        negative = f.low(step) in ("not", "isnt")
        while f.low(step) in (
            "is",
            "equals",
            "equal",
            "to",
            "set",
            "being",
            "=",
            "value",
            "not",
            "isnt",
        ):
            negative = negative or f.low(step) == "not"
            step += 1
        if step > at + 1 and f.free(step) and not f.at("prep", step):
            f.use(match.start, step + 1)
            found.append(f"{key}{'!=' if negative else '='}{f.tokens[step].text}")
        elif key.endswith("-") is False:
            f.use(match.start, at + 1)
            found.append(key)
    return found


# ------------------------------------------------------------------ numbers and times
def number_at(f: Frame, index: int) -> int | None:
    """The whole number at `index`, in digits or words."""
    if not f.free(index):
        return None
    text = f.tokens[index].low.removesuffix("x")
    if text.isdigit() and len(text) <= 9:
        return int(text)
    match = f.at("num", index)
    return int(match.value) if match is not None else None


def take_number(f: Frame, *nouns: str) -> int | None:
    """The first number, consumed; with `nouns`, the one beside a `noun` phrase of that value."""
    for index in f.words():
        value = number_at(f, index)
        if value is None:
            continue
        width = f.at("num", index)
        end = width.end if width is not None else index + 1
        if not nouns:
            f.use(index, end)
            return value
        after = f.at("noun", end, *nouns)
        before = f.ending("noun", index, *nouns)
        if after is None and before is None and f.low(index - 1) in ("to", "of", "=", "at", "is"):
            before = f.ending("noun", index - 1, *nouns)
        beside = after or before
        if beside is not None:
            f.use(min(index, beside.start), max(end, beside.end))
            return value
    return None


def duration_at(f: Frame, index: int) -> tuple[str, int] | None:
    """(kubectl duration, index behind it) for `5m`, `5 minutes`, `an hour`, `half an hour`."""
    if not f.free(index):
        return None
    low = f.tokens[index].low
    if DURATION.fullmatch(low):
        return low, index + 1
    if low[:-1].isdigit() and low[-1:] in _HOURS:
        return f"{int(low[:-1]) * _HOURS[low[-1]]}h", index + 1
    for suffix in ("min", "mins", "sec", "secs", "hr", "hrs"):
        if low.endswith(suffix) and low.removesuffix(suffix).isdigit():
            return low.removesuffix(suffix) + suffix[0], index + 1
    phrase = f.at("time", index)
    if phrase is not None:
        return phrase.value, phrase.end
    count, at = number_at(f, index), index + 1
    if count is None and low in ("a", "an", "the", "last", "past"):
        count, at = 1, index + 1
        if low in ("the", "last", "past"):
            at = index if f.at("unit", index) else index + 1
    elif count is None and f.at("unit", index):
        count, at = 1, index
    unit = f.at("unit", at)
    if count is None or unit is None:
        return None
    letter = _UNIT[unit.value]
    if letter in _HOURS:
        return f"{count * _HOURS[letter]}h", unit.end
    return f"{count}{letter}", unit.end


def take_duration(f: Frame, category: str = "") -> str | None:
    """The first duration, consumed; with `category`, only right behind such a phrase."""
    for index in f.words():
        before = f.ending(category, index) if category else None
        if category and before is None:
            continue
        found = duration_at(f, index)
        if found is not None:
            f.use(before.start if before else index, found[1])
            return found[0]
    return None
