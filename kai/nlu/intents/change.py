"""What the intents that change something share: objects, files, options, dry runs, glue words."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from kai.nlu.compose import Command
from kai.nlu.entities import kind_of, take_namespace, take_refs
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.asking import asks, guarded, second_step
from kai.nlu.intents.beside import beside, more_names, plain_words
from kai.nlu.patterns import pattern
from kai.nlu.target import _grounded, _names_before

__all__ = ["asks", "guarded", "second_step"]  # what every intent of a change needs besides

WORKLOADS = ("deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers")
TEMPLATED = (*WORKLOADS, "pods", "jobs", "cronjobs")
"""Kinds with a pod template (or that are pods): what `kubectl set` takes."""

_GLUE = frozenset(
    ["to", "of", "for", "on", "at", "in", "from", "into", "onto", "as", "with", "off", "over"]
)
_BACKWARD = frozenset(["to", "of", "for", "on", "in", "with", "as", "at"])


def one(kind: str) -> str:
    """The singular of a plural resource name."""
    if kind.endswith(("sses", "shes", "xes")):
        return kind[:-2]
    if kind.endswith("ies"):
        return kind[:-3] + "y"
    return kind[:-1] if kind.endswith("s") and kind != "endpoints" else kind


@dataclass(slots=True)
class Objects:
    """Which objects a change is for; `kinds` alone with `every` or a selector."""

    kinds: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    every: bool = False
    shared: bool = False
    """Several kinds share the names: `deployment,service web`."""

    @property
    def kind(self) -> str:
        """The first kind, "" when none was said."""
        return self.kinds[0] if self.kinds else ""

    @property
    def names(self) -> list[str]:
        """The names in order, each once."""
        return list(dict.fromkeys(name for _, name in self.pairs))

    def slashed(self) -> list[str]:
        """`deployment/web`, `deployment web api` for several of a kind, bare kinds without."""
        if not self.pairs:
            return [",".join(one(kind) for kind in self.kinds)]
        if self.shared or (len(self.pairs) > 1 and len(self.kinds) == 1):
            return self.spaced()
        return [f"{one(kind)}/{name}" for kind, name in self.pairs]

    def spaced(self) -> list[str]:
        """`pod web-0 web-1`; `kind/name` where kinds differ; plural kinds without names."""
        if not self.pairs:
            return [",".join(self.kinds)]
        if self.shared or len(self.kinds) == 1:
            return [",".join(one(kind) for kind in self.kinds), *self.names]
        return [f"{one(kind)}/{name}" for kind, name in self.pairs]


def take_objects(
    f: Frame, *, default: str = "", kinds: tuple[str, ...] = (), after: tuple[str, ...] = ()
) -> Objects | None:
    """Kinds and names, consumed; None where it is not certain which names belong to which kind.

    `after`: prepositions behind which a name without a kind may stand ("off worker-3").
    """
    found = Objects()
    refs = take_refs(f)
    if refs:
        found.pairs, found.kinds = refs, list(dict.fromkeys(kind for kind, _ in refs))
        for match in list(f.find_all("kind")):
            if match.value in found.kinds and f.free(match.start):
                f.use(match.start, match.end)
        return found if not kinds or all(kind in kinds for kind in found.kinds) else None
    bare: list[Match] = []
    for match in list(f.find_all("kind", *kinds)):
        if any(f.used[match.start : match.end]):
            continue
        _one_kind(f, match, found, bare)
    if any(match.value not in [kind for kind, _ in found.pairs] for match in bare):
        if found.pairs and not _share(f, found, bare):
            return None
        if not found.pairs and not found.every:
            _called(f, found)
    if len(found.kinds) > 1 and not found.pairs and not _one_list(f, found):
        return None
    if not found.kinds and not _called(f, found):
        _bare_names(f, found, default, after)
    return found


def _one_kind(f: Frame, match: Match, found: Objects, bare: list[Match]) -> None:
    quantifier = f.ending("all", match.start)
    if quantifier is None and f.low(match.start - 1) in ("the", "of", "existing", "running"):
        at = match.start - 1
        quantifier = f.ending("all", at) if f.free(at) else None
    indexes: list[int] = []
    after = match.end
    called = f.at("called", after)
    if called is not None:
        indexes = f.names_from(called.end, any_word=True)
    elif quantifier is None:
        alone = not f.tokens[match.end - 1].low.endswith("s")
        indexes = f.names_from(after) or _names_before(f, match.start, one=alone)
        indexes = more_names(f, indexes) or beside(f, match)
    if match.value not in found.kinds:
        found.kinds.append(match.value)
    f.use(match.start, match.end)
    if quantifier is not None:
        f.use(quantifier.start, match.start)
        found.every = True
    if not indexes:
        bare.append(match)
        return
    if called is not None:
        f.use(called.start, called.end)
    found.pairs += [(match.value, name) for name in f.use_list(indexes)]


def _called(f: Frame, found: Objects) -> bool:
    """`... called web`, apart from the kind."""
    match = f.find("called")
    if match is None or not (indexes := f.names_from(match.end, any_word=True)):
        return False
    f.use(match.start, match.end)
    names = f.use_list(indexes)
    found.pairs = [(kind, name) for kind in found.kinds or [""] for name in names]
    found.shared = len(found.kinds) > 1
    return bool(found.kinds)


def _one_list(f: Frame, found: Objects) -> bool:
    """Whether several kinds without names stand in one list ("all services and deployments")."""
    said = [match for match in f.matches["kind"] if match.value in found.kinds]
    joining = ("and", "the", "all", "every", "")
    return all(
        f.low(index) in joining
        for left, right in pairwise(said)
        for index in range(left.end, right.start)
    )


def _share(f: Frame, found: Objects, bare: list[Match]) -> bool:
    """`deploy and svc named web`: the kinds stand in one list, then the names of all of them.

    A kind without a name anywhere else ("... and also delete the pvc") is not understood.
    """
    named = {kind for kind, _ in found.pairs}
    if len(named) != 1:
        return False
    owner = next((m for m in f.matches["kind"] if m.value in named and m.end > bare[-1].end), None)
    if owner is None:
        return False
    for left, right in pairwise([*bare, owner]):
        between = [f.low(index) for index in range(left.end, right.start)]
        if any(word not in ("and", "the") for word in between):
            return False
        if "and" not in between and not f.tokens[left.end - 1].comma:
            return False  # "the hpa deployment web": which of the two is said of the other
    found.pairs = [(kind, name) for kind in found.kinds for name in found.names]
    found.shared = True
    return True


def _bare_names(f: Frame, found: Objects, default: str, after: tuple[str, ...]) -> None:
    """A name list without a kind: behind the verb, behind `after`, else the first one."""
    if not default:
        return
    starts = [at for at in f.words() if f.is_open(at) and f.name_at(at) is not None]
    starts = [at for at in starts if not f.tokens[at].text.isdigit()]
    plain = [] if starts else plain_words(f, after)
    if not starts and not plain:
        starts = [at for at in f.words() if f.name_at(at) is not None][:1]
    if not starts and not plain:
        return
    behind = [at for at in starts if f.low(at - 1) in after]
    indexes = plain or f.names_from((behind or starts)[0])
    known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
    if len(indexes) > 1 and f.namespace is None and f.tokens[indexes[-1]].low in known:
        last = indexes.pop()  # "web, prod": a namespace behind a comma
        if f.tokens[last - 1].comma:
            f.namespace = f.tokens[last].low
            f.use(last)
    names = f.use_list(indexes)
    kind = _grounded(f, names, default)
    found.kinds = [kind]
    found.pairs = [(kind, name) for name in names]


def _slashed(f: Frame) -> list[int]:
    """Indexes of words like `deploy/web`."""
    return [at for at in f.words() if "/" in f.tokens[at].low]


def where(f: Frame, *, kind_ok: bool = False) -> None:
    """Namespace and context; with `kind_ok` a request about namespaces keeps their names."""
    kinds = {match.value for match in f.find_all("kind")}
    refs = any(f.tokens[at].low.startswith(("ns/", "namespace/")) for at in f.words())
    others = any(kind_of(f, f.tokens[at].low.partition("/")[0]) for at in _slashed(f))
    about = kind_ok and (refs or (kinds == {"namespaces"} and not others))
    for match in list(f.find_all("kind", "namespaces")) if about else ():
        before = match.start - 1
        while f.low(before) in ("the", "our", "my"):
            before -= 1
        if f.low(before) in ("to", "on", "from", "for", "off", "of", "onto") and f.free(before):
            f.use(before)
    take_namespace(f, kind_ok=kind_ok and not others, bare=not about)
    if f.target_context:
        f.take_all("noun", "cluster", "context")


def take_acts(f: Frame, *values: str) -> list[str]:
    """Consume the verbs of an intent, but no name that only looks like one ("called scale")."""
    found: list[str] = []
    for match in list(f.find_all("act", *values)):
        kind = f.ending("kind", match.start)
        named = f.ending("called", match.start) is not None or (
            kind is not None and found and not f.tokens[kind.end - 1].low.endswith("s")
        )
        placed = f.low(match.start - 1) == "in" and match.start > 1  # "in ns scratch, in drop"
        if not named and not placed and not any(f.used[match.start : match.end]):
            f.use(match.start, match.end)
            found.append(match.value)
    return found


def take_options(f: Frame, command: Command, category: str) -> None:
    """Consume the phrases of an option category and add their flags."""
    for match in list(f.find_all(category)):
        f.use(match.start, match.end)
        if f.low(match.start - 1) == "but" and f.free(match.start - 1):
            f.use(match.start - 1)  # what follows is explained, so the "but" narrows nothing else
        value = match.value
        if value.startswith("-"):
            continue
        name, equals, setting = value.partition("=")
        if all(flag != name for flag, _ in command.flags):
            command.flag(name, setting if equals else None)


_WHAT_WOULD = pattern(
    r"(?:(?:(?:show|tell|list|see)(?: me)? )?(?:what|which) )?(?=.*\b(?:would|will|does|happens?)\b)"
)
_WOULD = frozenset(["would", "will", "happen", "happens", "does"])
_WOULD_BE = frozenset(
    ["it", "do", "be", "get", "go", "evict", "remove", "delete", "deleted", "removed", "evicted"]
) | frozenset(["if", "i", "we", "happen", "affected", "away"])
"""How a dry run is asked for: "what would a drain of node-6 do? dry run"."""


def take_dry(f: Frame, command: Command) -> None:
    """`dry run`, on the server unless the client is said: it sees what really would happen."""
    modes = f.take_all("o-dry")
    if not modes:
        return
    mode = next((mode for mode in modes if mode != "any"), "server")
    if mode == "server" and "server" not in modes:
        f.assumptions.append("the dry run asks the server")
    command.flag("dry-run", mode)
    opening = _WHAT_WOULD.match(" ".join(f.low(at) for at in range(len(f.tokens))))
    if opening is not None:
        f.use(0, len(opening.group().split()))
        for index in list(f.words()):
            end = index + 1
            while f.low(index) in _WOULD and f.free(end) and f.low(end) in _WOULD_BE:
                end += 1
            if f.low(index) in _WOULD:
                f.use(index, end)
        if f.low(len(f.tokens) - 1) in ("work", "succeed"):
            f.use(len(f.tokens) - 1)


def take_output(f: Frame, command: Command) -> None:
    """`as yaml`; "only print the yaml" asks for nothing else, so nothing may change by it."""
    shown = any(
        f.low(index) in ("only", "just")
        for match in f.find_all("o-out", "yaml", "json")
        for index in range(match.start - 1, match.end)
    )
    found = f.take_all("o-out")
    if found:
        command.flag("output", found[0])
    if shown and not f.has("o-dry"):
        command.flag("dry-run", "client")


def tidy(f: Frame) -> None:
    """Consume prepositions that only join explained words, and the verb of a lone particle."""
    for index in reversed(range(len(f.tokens))):
        if f.used[index] or f.low(index) not in _GLUE:
            continue
        at = index + 1
        while at < len(f.tokens) and not f.used[at] and "filler" in f.cover[at]:
            at += 1
        if (at < len(f.tokens) and f.used[at]) or (
            at >= len(f.tokens) and f.low(index) in _BACKWARD
        ):
            f.use(index)
