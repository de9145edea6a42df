"""kubectl explain: what fields a kind has and what they mean."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from kai.errors import TableError
from kai.kubectl.resources import builtin
from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.intents import Intent
from kai.nlu.intents.change import one
from kai.nlu.intents.looking import connect, prepare, repaired
from kai.nlu.patterns import pattern
from kai.nlu.target import kind_of

_FIELDS = Path(__file__).parent.parent / "data" / "explain.json"
_GATE = pattern(
    r"expl[ai]+n|\bdocs?\b|document|schema|\bfields?\b|what does|manual|man page|syntax|reference"
    r"|[a-z]\.(?:spec|status|metadata)\b|structure|^(?:so )?what(?:'?s| is) an? [\w -]+\??$|\bwhat (?:does )?an? .*\blooks? like|how (?:do i|to) (?:write|specify)|what goes in|what can (?:i put|go)|options|structured|values?\b|accepts?|what (?:goes|lives|is) under|break down"
    r"|settings?\b|\btree\b|all levels|made (?:up )?of|openapi|remind me|consists? of|forgot|\bsub ?fields|\bkeys\b|propert"
    r"|(?-i:\b[a-z]+[A-Z][A-Za-z]+\b)",
    re.I,
)
_PATH = pattern(r"[A-Za-z]+(?:\.[A-Za-z]+)*")
_ROOTS = ("spec", "status", "metadata", "data", "stringData", "rules", "subjects", "roleRef")
_API = pattern(r"(?:[a-z0-9.-]+/)?v\d+(?:(?:alpha|beta)\d+)?")
_TEMPLATES = {
    "deployments": "spec.template.",
    "statefulsets": "spec.template.",
    "daemonsets": "spec.template.",
    "replicasets": "spec.template.",
    "jobs": "spec.template.",
    "cronjobs": "spec.jobTemplate.spec.template.",
    "replicationcontrollers": "spec.template.",
}


@lru_cache(maxsize=1)
def field_paths() -> dict[str, dict[str, str]]:
    """Plural kind to (field as people say it, folded, to its path); "*" holds every kind's.

    Raises:
        TableError: the data file is missing or damaged.
    """
    try:
        found = json.loads(_FIELDS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"kai's field paths cannot be read ({error}): reinstall kai") from error
    return {str(kind): dict(paths) for kind, paths in found.items()}


def explain(f: Frame) -> Command | None:
    """`explain pod.spec.tolerations`, `what fields does a cronjob have`, `docs of hpa spec`."""
    if not _GATE.search(repaired(f)) and not f.has("act", "explain"):
        return None
    prepare(f)
    if not f.has("act", "explain") and not f.has("x-explain"):
        return None
    for index in f.words():
        phrase = [f.low(at) for at in range(index, index + 2)]
        if phrase in (["looks", "like"], ["look", "like"], ["to", "me"], ["to", "us"]):
            f.use(index, index + 2)
    version = _version(f)
    plaintext = bool(f.take_all("x-explainword", "plaintext"))
    sought = _sought(f)
    recursive = bool(f.take_all("x-explainword", "recursive")) or bool(sought)
    target = _dotted(f) or _worded(f)
    if target is None:
        return None
    command = Command(("explain",), [target])
    if version:
        command.flag("api-version", version)
    if recursive and not _only_asks(f, target):
        command.flag("recursive")
    if plaintext:
        command.flag("output", "plaintext-openapiv2")
    if sought:
        command.pipe.append(["grep", "-i", sought])
        f.take_all("x-explainword", "grep")
    f.take_all("act", "explain")
    f.take_all("x-explain")
    f.take_all("x-explainword", "filler")
    f.take_all("ask")
    connect(f)
    return command


def _sought(f: Frame) -> str:
    """`some field with grace in the name`: a word to look for among the fields, consumed."""
    for match in list(f.find_all("x-explainword", "with")):
        at = match.end
        while f.low(at) in ("the", "a", "any", "word", "string") and f.free(at):
            at += 1
        if not (f.free(at) and f.tokens[at].text.isalnum()):
            continue
        after = f.at("x-explainword", at + 1, "inname")
        if after is not None:
            f.use(match.start, after.end)
            return f.tokens[at].text
    for match in list(f.find_all("x-explainword", "grepfor")):
        if f.is_open(match.end) and f.tokens[match.end].text.isalnum():
            f.use(match.start, match.end + 1)
            return f.tokens[match.end].text
    return ""


def _only_asks(f: Frame, target: str) -> bool:
    return f.scan.text.lower().startswith("what ") and "." not in target


def _version(f: Frame) -> str:
    for index in f.words():
        text = f.tokens[index].text
        if text.startswith("--api-version="):
            f.use(index)
            return text[14:]
        if re.fullmatch(r"v\d+(?:(?:alpha|beta)\d+)?", text) and (near := _kind_match(f)):
            resource = builtin().find(near.value)
            if near.end == index and resource is not None and resource.group:
                f.use(index)
                return f"{resource.group}/{text}"
        if _API.fullmatch(text) and ("/" in text or f.ending("x-explainword", index, "version")):
            before = f.ending("x-explainword", index, "version")
            f.use(before.start if before else index, index + 1)
            return text
    return ""


def _dotted(f: Frame) -> str | None:
    """`deployment.spec.strategy`, or a kind and `spec.metrics` beside it."""
    for index in f.words():
        token = f.tokens[index]
        if "." not in token.text or _PATH.fullmatch(token.text) is None:
            continue
        first, _, rest = token.text.partition(".")
        kind = kind_of(f, first.lower())
        if kind:
            f.use(index)
            return f"{one(kind)}.{rest}"
        match = _kind_match(f)
        if match is not None:
            path = token.text
            if first not in _ROOTS:
                path = _path(match.value, first) or ""
                path = f"{path}.{rest}" if path else ""
            if path:
                f.use(index)
                f.use(match.start, match.end)
                return f"{one(match.value)}.{path}"
    return _custom(f)


_GROUPED = pattern(r"[a-z]+s(?:\.[a-z0-9-]+){2,}")
"""A kind with its API group: certificates.cert-manager.io."""


def _custom(f: Frame) -> str | None:
    """`crontabs.spec`: a path into a kind nobody knows here, consumed with its name said before."""
    for index in f.words():
        if _GROUPED.fullmatch(f.tokens[index].text):
            f.use(index)
            return f.tokens[index].text
        first, _, rest = f.tokens[index].text.partition(".")
        if rest.partition(".")[0] not in ("spec", "status") or not first.islower():
            continue
        if _PATH.fullmatch(f.tokens[index].text) is None:
            continue
        f.use(index)
        for other in f.words():
            if f.tokens[other].low in (first, first.removesuffix("s"), "crd", "crds", "spec"):
                f.use(other)
        return f.tokens[index].text
    return None


def _kind_match(f: Frame) -> Match | None:
    kinds = [match for match in f.find_all("kind") if match.value != "all"]
    return kinds[0] if len({match.value for match in kinds}) == 1 else None


def _worded(f: Frame) -> str | None:
    """A kind, and the words of a field beside it: `tolerations in a pod`, `svc spec type`."""
    matches = [match for match in f.find_all("kind") if match.value != "all"]
    if not matches and _of_containers(f):
        matches = [Match(0, 0, "kind", "pods")]
    if not matches:  # inside a longer phrase: "deployment strategy"
        matches = [
            Match(at, at + 1, "kind", kind) for at in f.words() if (kind := kind_of(f, f.low(at)))
        ][:1]
    kinds = list(dict.fromkeys(match.value for match in matches))
    templated = _of_template(f, kinds)
    if templated:
        return templated
    if not kinds or len(kinds) > 2:
        return None
    match = matches[0]
    if len(kinds) == 2:  # "the ingress rules field" has none, "containers of pods" has one
        return None
    f.use(match.start, match.end)
    for other in matches[1:]:
        f.use(other.start, other.end)
    path = ""
    for root in _ROOTS:
        at = next((i for i in f.words() if f.tokens[i].text == root), None)
        if at is not None:
            f.use(at)
            named = "" if _follows(f, at) else _named_field(f, match.value)
            if named.startswith(root):
                return f"{one(match.value)}.{named}"
            path = root
            while f.free(at + 1) and _field_word(f, at + 1):
                at += 1
                f.use(at)
                path += "." + f.tokens[at].text
            return f"{one(match.value)}.{path}"
    path = _named_field(f, match.value)
    return f"{one(match.value)}.{path}" if path else one(match.value)


def _of_template(f: Frame, kinds: list[str]) -> str:
    """`a deployment's pod template affinity`: a field of the pods that a workload makes."""
    if len(kinds) != 2 or kinds[0] not in _TEMPLATES or kinds[1] not in ("pods", "podtemplates"):
        return ""
    said = f.find("x-explainword", "template")
    if said is None and kinds[1] == "pods":
        return ""
    for match in list(f.find_all("kind", *kinds)):
        f.use(match.start, match.end)
    f.take_all("x-explainword", "template")
    path = _named_field(f, "pods")
    stem = f"{one(kinds[0])}.{_TEMPLATES[kinds[0]]}"
    return stem + path if path else stem.rstrip(".")


def _follows(f: Frame, index: int) -> bool:
    """Whether a field's name stands right behind the root: "spec strategy"."""
    return f.free(index + 1) and _field_word(f, index + 1)


def _of_containers(f: Frame) -> bool:
    """A field that only containers have, and no kind: "livenessProbe of a container"."""
    pods = field_paths()["pods"]
    said = [pods.get(f.tokens[i].low.replace("-", ""), "") for i in f.words()]
    plain = {match.value for match in f.find_all("noun", "container")}
    return any(path.startswith("spec.containers.") for path in said) and bool(plain)


def _field_word(f: Frame, index: int) -> bool:
    text = f.tokens[index].text
    if f.low(index) in f.everyday:
        return False
    return text.isalpha() and not f.cover[index] & {"prep", "filler", "neg", "kind"}


def _named_field(f: Frame, kind: str) -> str:
    """The path of a field said by its name, consumed."""
    best: tuple[int, int, int, str] = (0, 0, 0, "")
    for index in f.words():
        for width in (1, 2, 3):
            run = range(index, index + width)
            if index + width > len(f.tokens) or not all(f.free(at) for at in run):
                break
            word = "".join(f.tokens[at].low for at in run).replace("-", "")
            path = _path(kind, word)
            found = (path.count(".") + 1, width, index, path)
            if path and found[:2] > best[:2]:
                best = found
    if best[3]:
        f.use(best[2], best[2] + best[1])
    return best[3]


def _path(kind: str, word: str) -> str:
    table = field_paths()
    folded = word.lower()
    own = table.get(kind, {}).get(folded)
    if own:
        return own
    pod = table["pods"].get(folded)
    if pod and kind in _TEMPLATES:
        return _TEMPLATES[kind] + pod
    return table["*"].get(folded, "")


INTENTS = (Intent("explain", ("explain", "x-explain:"), explain, rank=61, reads=True),)
