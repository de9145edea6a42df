"""What: kinds, names, and all of a kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from kai.nlu.frame import Frame, Match
from kai.nlu.tokens import POD_HASH
from kai.nlu.where import singular_kind


@dataclass(slots=True)
class Target:
    """Which objects: kinds (plural resource names), names, or all of a kind."""

    kinds: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    every: bool = False
    assumed: bool = False
    before: bool = False
    """The names stood before the kind: `nginx pods`."""
    singular: bool = False
    """The kind that has the names was said in the singular."""
    and_joined: bool = False
    """Kinds were listed: `pods and services`."""
    spans: list[int] = field(default_factory=list)
    """Where each kind phrase begins."""
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
    for category, value in f.scan.lexicon.meanings(word):
        if category == "kind":
            return value
    return ""


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
    said_singular = False
    for match in list(f.find_all("kind", *kinds)):
        if any(f.used[match.start : match.end]):
            continue
        said_singular = said_singular or singular_kind(f, match)
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
    elif target.kinds and not target.names and said_singular and not _in_a_place(f, target):
        _bare_names(f, target, "")
    return target


def take_redundant_kinds(f: Frame, target: Target) -> None:
    """`the deployment deployment/web`: the kind said twice."""
    for match in f.find_all("kind"):
        if match.value in target.kinds:
            f.use(match.start, match.end)


def _take_kind(f: Frame, match: Match, target: Target) -> None:
    f.use(match.start, match.end)
    target.spans.append(match.start)
    if match.value not in target.kinds:
        target.kinds.append(match.value)
    at = match.start
    while at > 0 and (f.used[at - 1] or "state" in f.cover[at - 1]):
        at -= 1  # "all pending pods"
    quantifier = f.ending("all", match.start) or f.ending("all", at)
    if quantifier is not None:
        f.use(quantifier.start, quantifier.end)
        target.every = True
    after = match.end
    called = f.at("called", after)
    if called is not None:
        after = called.end
    elif _owns_name(f, match) and f.low(after) in ("for", "of") and f.is_open(after + 1):
        f.use(after)  # "the hpa for web"
        after += 1
    apart = called is None and f.tokens[match.end - 1].comma and not singular_kind(f, match)
    apart = apart or (called is None and bool(f.ending("per", match.start)))
    indexes = [] if apart else f.names_from(after, any_word=called is not None)
    if not indexes and called is None:
        indexes = _names_before(f, match.start, one=True)
        target.before = bool(indexes)
        target.singular = singular_kind(f, match)
        after = match.end
    if not indexes and called is None and singular_kind(f, match) and _plain_noun(f, match.end):
        indexes = [match.end]
    if not indexes and called is None:
        indexes = _built_in(f, match)
    if not indexes:
        return
    if called is not None:
        f.use(called.start, called.end)
    found = f.use_list(indexes)
    target.names += [name for name in found if name not in target.names]
    target.pairs += [(match.value, name) for name in found]


_OF_A_PLACE = frozenset(["resourcequotas", "limitranges", "endpointslices", "events"])
"""Kinds that belong to a namespace rather than to an object: "the quota of team-blue"."""


def _in_a_place(f: Frame, target: Target) -> bool:
    """Whether the only word left is where the objects are: "the quota of team-blue"."""
    at = next((at for at in f.words() if f.is_open(at)), 0)
    kinds = _OF_A_PLACE | _BINDINGS
    return set(target.kinds) <= kinds and f.low(at - 1) in ("of", "for")


def _owns_name(f: Frame, match: Match) -> bool:
    """Whether "KIND of X" names the object X: "the hpa of web", but not "the quota of team-a"."""
    if match.value in _BINDINGS and f.low(match.end) == "for":
        return False  # "the rolebinding for bob": its subject
    return singular_kind(f, match) and match.value not in _OF_A_PLACE


_BINDINGS = frozenset(["rolebindings", "clusterrolebindings"])


def _plain_noun(f: Frame, index: int) -> bool:
    """Whether a known word right behind a singular kind ends its phrase, so that it is a name."""
    if f.low(index) in ("status", "state", "health", "list", "overview"):
        return False  # "follow pod status"
    if not is_plain_name(f, index):
        if not f.is_word(index) or not f.cover[index]:
            return False
        if f.name_at(index, any_word=True) is None or f.low(index) in f.everyday:
            return False
    after = index + 1
    ended = after >= len(f.tokens) or f.tokens[index].comma or f.used[after]
    return ended or bool(f.cover[after] & {"prep"}) or f.low(after) in _DOING


_BUILT_IN = {
    "clusterroles": ("view", "edit", "admin", "cluster-admin"),
    "serviceaccounts": ("default",),
    "services": ("kubernetes",),
    "endpoints": ("kubernetes",),
}
"""Objects that every cluster has under a name that is an everyday word."""


def _built_in(f: Frame, match: Match) -> list[int]:
    """`the clusterrole view`, `endpoints of kubernetes`: the name of what comes with a cluster."""
    names = _BUILT_IN.get(match.value, ())
    at = match.end + (f.low(match.end) in ("of", "for"))
    singular = singular_kind(f, match) or match.value == "endpoints"
    led = match.start - 1
    if singular and f.low(led) == "default" and "default" in names and f.free(led):
        if f.low(led - 1) in ("the", "a", "our"):
            f.use(led - 1)
        return [led]  # "the default service account"
    if not singular or not f.free(at) or f.tokens[at].low not in names:
        return []
    ended = at + 1 >= len(f.tokens) or f.tokens[at].comma or f.used[at + 1]
    if not ended and not f.cover[at + 1] & {"prep", "out"} and f.low(at) != "kubernetes":
        return []
    f.use(match.end, at)
    return [at]


_DOING = frozenset(
    [
        *("doing", "looking", "holding", "faring", "going", "behaving", "getting", "coming"),
        *("up", "ready", "healthy", "ok", "alive", "running", "still", "there", "available"),
        *(
            "use",
            "uses",
            "run",
            "runs",
            "have",
            "has",
            "need",
            "needs",
            "expose",
            "exposes",
            "serve",
        ),
        *("serves", "listen", "listens", "point", "points", "route", "routes", "mount", "mounts"),
        *("request", "requests", "pull", "pulls", "bind", "binds", "sit", "sits", "land", "select"),
        *("selects", "belong", "belongs", "refer", "refers", "start", "starts", "come", "comes"),
    ]
)
"""Verbs behind a name: "which image does deploy search use"."""


def is_plain_name(f: Frame, index: int) -> bool:
    """Whether the word, known or not, is one that people often name things by: search, cleanup."""
    names = f.scan.lexicon.lists.get("list-plainnames", frozenset())
    return f.free(index) and not f.tokens[index].quoted and f.tokens[index].low in names


def _names_before(f: Frame, end: int, *, one: bool = False) -> list[int]:
    """The name list that ends just before a kind: `web and api deployments`.

    `one`: the kind is singular, so "the search deployment" names it even by an everyday word.
    """
    found: list[int] = []
    at = end - 1
    if one and f.low(at - 1) in ("the", "our", "my") and is_plain_name(f, at):
        return [at]
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
        if target.kinds and f.low(index + 1) in ("of", "for") and f.used[index + 2 : index + 3]:
            continue  # "schmea of pvc": no name
        found = f.use_list(f.names_from(index))
        target.names += found
        if not target.kinds:
            kind = _grounded(f, found, default)
            if kind:
                target.kinds = [kind]
        target.pairs += [(target.kind, name) for name in found]
        return


_CONTROLLERS = ("deployments", "statefulsets", "daemonsets")


def _grounded(f: Frame, names: list[str], default: str) -> str:
    """The kind of a bare name: what exists in the cluster, what it looks like, or the default."""
    kind = _existing_kind(f, names, default)
    if kind:
        return kind
    if default == "deployments" and all(looks_like_pod(name) for name in names):
        f.assumptions.append(f"{names[0]} looks like a pod")
        return "pods"
    if default:
        kind = default[:-1] if default.endswith("s") else default
        f.assumptions.append(f"{names[0]} is taken to be a {kind}")
    return default


def _existing_kind(f: Frame, names: list[str], default: str) -> str:
    """The kind in which the name exists where the request points; "" where none does.

    A name that several controllers bear is a choice; an unknown one is remarked on.
    """
    if f.names is None:
        return ""
    namespace = f.namespace or f.context.namespace
    everywhere = [item for item in f.names.objects if item.name in names]
    here = [item for item in everywhere if item.namespace in (None, namespace)] or (
        [] if f.namespace else everywhere
    )
    existing = {item.resource for item in here}
    controllers = tuple(kind for kind in _CONTROLLERS if kind in existing)
    if default in _CONTROLLERS and controllers:
        if len(controllers) > 1:
            f.assumptions.append(f"{names[0]} exists as {' and '.join(controllers)}")
        return f.choose(f"kind of {names[0]}", controllers)
    if default and default in existing:
        return default
    if len(existing) == 1:
        return existing.pop()
    if not existing and f.names.objects:
        f.assumptions.append(f"nothing named {names[0]} is known in {namespace or 'this cluster'}")
    return ""


def looks_like_pod(name: str) -> bool:
    """Whether a name ends like a pod's: a replica set's hash and five characters."""
    if POD_HASH.fullmatch(name) is None:
        return False
    parts = name.rsplit("-", 2)
    if len(parts) == 3 and len(parts[2]) == 5 and 4 <= len(parts[1]) <= 10:
        marks = parts[1]
        if any(char.isdigit() for char in marks) and any(char.isalpha() for char in marks):
            return True  # web-5c6d7f8b9-abcde
    last = name.rsplit("-", 1)[1]
    return any(char.isdigit() for char in last) and len(last) >= 4
