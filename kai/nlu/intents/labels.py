"""Labels and annotations: add, change, remove; and the labels with a meaning of their own."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    Objects,
    guarded,
    take_dry,
    take_objects,
    take_output,
    tidy,
    where,
)
from kai.nlu.intents.files import take_files
from kai.nlu.intents.special_labels import is_label
from kai.nlu.patterns import pattern
from kai.nlu.selectors import may_be_label
from kai.nlu.tokens import ASSIGNMENT

_KEY = pattern(r"[A-Za-z0-9]([\w./-]*[A-Za-z0-9])?")
_PAIR = pattern(r"([A-Za-z0-9][\w./-]*):\s+(.+)")
_SELECTING = ("labelled", "labeled", "where", "having", "whose", "matching", "selector", "-l")


def _selects(f: Frame, index: int) -> bool:
    """Whether the assignment at `index` chooses objects rather than being what is set."""
    before = f.ending("labelled", index)
    if before is None:
        if f.low(index - 1) in ("of", "in", "from", "for", "behind", "matching"):
            return f.ending("kind", index - 1) is not None and _several(f)  # "node of a=b: c=d"
        return f.low(index - 1) in ("-l", "--selector")
    words = [f.low(at) for at in range(before.start, before.end)]
    if any(word in _SELECTING for word in words):
        return True
    if words[0] not in ("with", "that", "which", "carrying", "tagged"):
        return False
    kind = f.ending("kind", before.start)
    plural = kind is not None and (
        f.tokens[kind.end - 1].low.endswith("s") or f.ending("all", kind.start) is not None
    )
    return plural and _several(f)


def _several(f: Frame) -> bool:
    return sum(1 for token in f.tokens if ASSIGNMENT.fullmatch(token.text)) > 1


def _take_selecting(f: Frame) -> list[str]:
    """The requirements that choose objects; what is to be set stays."""
    kept = [
        index
        for index in f.words()
        if ASSIGNMENT.fullmatch(f.tokens[index].text) and not _selects(f, index)
    ]
    noun = [m for m in f.matches.get("labelled", ()) if f.low(m.start) not in _SELECTING]
    hidden = [at for at in kept if f.free(at)]
    for m in noun:
        follows = f.tokens[m.end].text if m.end < len(f.tokens) else ""
        if not (ASSIGNMENT.fullmatch(follows) and _selects(f, m.end)):
            hidden += [at for at in range(m.start, m.end) if f.free(at)]
    for at in hidden:
        f.used[at] = True
    found = take_selector(f, loose=True)
    for at in hidden:
        f.used[at] = False
    return found


def _assignments(f: Frame) -> list[str]:
    """`k=v` words left, and quoted `k: v`."""
    found: list[str] = []
    for index in list(f.words()):
        token = f.tokens[index]
        pair = _PAIR.fullmatch(token.text) if token.quoted else None
        match = ASSIGNMENT.fullmatch(token.text)
        if pair:
            found.append(f"{pair[1]}={pair[2]}")
        elif match and match[2] == "=":
            text = re.sub(r"=(['\"])(.*)\1$", r"=\2", token.text)
            parts = text.split(",")
            found += parts if all("=" in part for part in parts) else [text]
        else:
            continue
        f.use(index)
        if f.low(index - 1) in ("and", "plus") and f.free(index - 1):
            f.use(index - 1)
    return found


def _key_at(f: Frame, index: int) -> bool:
    if not f.free(index) or not _KEY.fullmatch(f.tokens[index].text):
        return False
    return f.is_open(index) or "/" in f.tokens[index].text or f.name_at(index) is not None


def _loose_key(f: Frame, index: int) -> bool:
    """A key may be a plain word ("status", "version") where the noun label stands beside it."""
    if _key_at(f, index):
        return True
    closed = {"prep", "filler", "all", "labelled", "called", "guard"}
    return (
        f.free(index)
        and _KEY.fullmatch(f.tokens[index].text) is not None
        and not f.cover[index] & closed
        and f.low(index) not in ("labels", "label", "annotation", "annotations", "tag")
    )


def _worded(f: Frame, noun: str) -> list[str]:
    """`the label tier to frontend`, `annotation 'description' and the value 'my frontend'`."""
    for match in list(f.find_all("chn", noun)):
        at = match.end
        called = f.at("called", at)
        at = called.end if called else at
        if not _loose_key(f, at):
            continue
        key, step = f.tokens[at].text, at + 1
        linked = f.at("chn", step, "value")
        if linked is not None:
            step = linked.end
        elif f.low(step) in ("to", "as", "is", "=", "equals", "with", "set") or _colon(f, at):
            step += 0 if f.tokens[at].comma else 1
            linked = f.at("chn", step, "value")
            step = linked.end if linked is not None else step
        elif (far := _far_value(f, step)) is not None:
            f.use(match.start, at + 1)
            f.use(far - 1, far + 1)
            return [f"{key}={f.tokens[far].text}"]
        else:
            continue
        if f.free(step) and not f.cover[step] & {"kind", "filler", "prep"}:
            f.use(match.start, step + 1)
            return [f"{key}={f.tokens[step].text}"]
    return []


def _colon(f: Frame, index: int) -> bool:
    """Whether a colon follows: `the label tier: gold`, not `labels tier, env`."""
    return f.tokens[index].comma and f.scan.text[f.tokens[index].end :].lstrip("\"'")[:1] == ":"


def _far_value(f: Frame, start: int) -> int | None:
    """The value at the end of `the label env of pod web-0 to staging`."""
    if not f.has("cv", "change", "set") or f.has("cv", "add"):
        return None
    for index in range(start, len(f.tokens) - 1):
        linked = f.low(index) in ("to", "with") and f.free(index) and f.free(index + 1)
        if linked and "kind" not in f.cover[index + 1] and not f.at("labelled", index + 1):
            return index + 1
    return None


def _empty(f: Frame, noun: str) -> list[str]:
    """`the empty label experimental`."""
    for match in list(f.find_all("chn", noun)):
        before = f.ending("chn", match.start, "novalue")
        if before is not None and _loose_key(f, match.end):
            f.use(before.start, match.end + 1)
            return [f"{f.tokens[match.end].text}="]
    return []


def _removed(f: Frame, noun: str) -> list[str]:
    """Keys to be removed, each with its dash."""
    if found := _removed_dashes(f):
        return found
    for match in list(f.find_all("chn", noun)):
        if f.used[match.start]:
            continue
        called = f.at("called", match.end)
        at = called.end if called else match.end
        keys = _keys_from(f, at)
        if not keys:
            before = match.start - 1
            if _loose_key(f, before) and not f.cover[before] & {"cv", "kind"}:
                keys = [before]
        if keys:
            f.use(min(keys[0], match.start), max(keys[-1] + 1, match.end))
            return [f.tokens[key].text.removesuffix("=") + "-" for key in keys]
    return []


def _keys_from(f: Frame, at: int) -> list[int]:
    keys: list[int] = []
    while _loose_key(f, at) and not (f.at("kind", at) and not f.tokens[at].quoted):
        keys.append(at)
        joined = f.tokens[at].comma
        at += 1
        if f.low(at) == "and" and _key_at(f, at + 1):
            at, joined = at + 1, True
        if not joined:
            break
    return keys


def _object_behind(f: Frame) -> str | None:
    """`from web`, `off web`, `on web`: a name without a kind, which is no namespace here."""
    if any(match.value != "namespaces" for match in f.find_all("kind")):
        return None
    known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
    for match in list(f.find_all("prep")):
        if f.low(match.end - 1) in ("from", "off", "on", "of", "to", "for"):
            name = f.name_at(match.end)
            if name is not None and name not in known and "/" not in f.tokens[match.end].text:
                f.use(match.start, match.end + 1)
                return name
    return None


def _what(f: Frame, command: Command, behind: str | None, files: list[str]) -> bool:
    """Files or objects, added to the command before its labels."""
    selector = _take_selecting(f)
    if files:
        for file in files:
            command.flag("filename", file)
        f.take_all("kind", "pods")
        return not selector
    objects: Objects | None
    if behind is not None:
        objects = Objects(["deployments"], [("deployments", behind)])
        f.assumptions.append(f"{behind} is taken to be a deployment")
    else:
        default = "nodes" if _looks_like_nodes(f) else "deployments"
        objects = take_objects(f, default=default)
    if objects is None or not objects.kinds:
        return False
    if sum((bool(objects.pairs), bool(selector), objects.every and not selector)) != 1:
        return False
    command.args += objects.spaced()
    if selector:
        command.flag("selector", ",".join(selector))
    elif objects.every:
        command.flag("all")
    return True


_NODE = pattern(
    r"(worker|node|master|control-plane|cp|ip|gke|aks|eks|k3s|kind)-[a-z0-9][\w.-]*|.+\.internal|"
    r".+-(pool|nodepool|node|agent|vmss)-?[\w.-]+"
)


def _looks_like_nodes(f: Frame) -> bool:
    """Whether the first open word is named as nodes are: worker-3, ip-10-0-0-7.ec2.internal."""
    if any(match.value != "namespaces" for match in f.find_all("kind")):
        return False
    first = next((at for at in f.words() if f.name_at(at) is not None), None)
    return first is not None and _NODE.fullmatch(f.tokens[first].low) is not None


def _change(f: Frame, verb: str, noun: str) -> Command | None:
    command = Command((verb,))
    take_dry(f, command)
    take_output(f, command)
    local = f.take_all("o-local")
    removes = f.has("cv", "remove")
    overwrite = bool(f.take_all("o-overwrite")) or _changes(f)
    version = _resource_version(f)
    behind = _object_behind(f) if removes else None
    if removes and _whole_objects(f, noun):
        return None
    values = _empty(f, noun) or _worded(f, noun)
    if removes and not values:
        f.take_all("o-ifpresent")
        values = _removed(f, noun)
        overwrite = False
    payload = [
        at for at in f.words() if ASSIGNMENT.fullmatch(f.tokens[at].text) and not _selects(f, at)
    ]
    for at in payload:
        f.used[at] = True
    files, _ = take_files(f)
    where(f, kind_ok=True)
    for at in payload:
        f.used[at] = False
    if not _what(f, command, behind, files):
        return None
    values = values + _assignments(f) if not removes else values or _removed(f, noun)
    if not values:
        values, overwrite = _removed_dashes(f), False
    if not values or len({value.partition("=")[0] for value in values}) < len(values):
        return None  # "replace env=dev by env=prod": one key cannot have two values
    command.args += values
    if overwrite:
        command.flag("overwrite")
    if local:
        command.flag("local")
    if version:
        command.flag("resource-version", version)
    f.take_all("act", verb if verb == "label" else "annotate")
    f.take_all("cv")
    f.take_all("chn", noun, "value")
    f.take_all("o-label")
    f.take_all("labelled")
    tidy(f)
    return command


def _whole_objects(f: Frame, noun: str) -> bool:
    """`delete all the pods that have the label app set to x`: objects are to go, no labels."""
    verb = f.find("cv", "remove")
    if verb is None or f.low(verb.start) not in ("delete", "kill", "erase", "rm", "deleting"):
        return False
    at = verb.end
    while f.low(at) in ("the", "all", "of", "every", "each", "any", "my", "our"):
        at += 1
    kind, said = f.at("kind", at), f.find("chn", noun)
    return kind is not None and said is not None and kind.end <= said.start - 1


def _removed_dashes(f: Frame) -> list[str]:
    found = []
    for index in list(f.words()):
        text = f.tokens[index].text
        if text.endswith("-") and _KEY.fullmatch(text[:-1]):
            f.use(index)
            found.append(text)
    return found


def _changes(f: Frame) -> bool:
    """`change the label ...`: an existing value is meant; `update pod x with ...` adds one."""
    for match in f.find_all("cv", "change"):
        at = match.end
        while f.low(at) in ("the", "its", "their"):
            at += 1
        if f.at("chn", at, "label", "annotation"):
            return True
    return False


def _resource_version(f: Frame) -> str:
    """`only if the resource is unchanged from version 1`."""
    for match in list(f.find_all("unchanged")):
        if f.free(match.end) and f.tokens[match.end].text.isdigit():
            f.use(match.start, match.end + 1)
            return f.tokens[match.end].text
    return ""


def label(f: Frame) -> Command | None:
    """`add label team=core to deploy web`, `drop the debug label from pod x`."""
    if f.has("chn", "annotation") or f.has("act", "annotate"):
        return None
    nouns = f.has("chn", "label") or f.has("act", "label")
    if not nouns and f.low(0) in ("point", "route", "switch", "send", "direct", "select"):
        return None
    if not nouns and (f.has("chn", "env") or f.has("chn", "taint") or f.has("chn", "selector")):
        return None
    if not nouns and not any(is_label(t.text) and may_be_label(t.text) for t in f.tokens):
        return None
    if not nouns and f.has("cv", "remove"):
        return None
    return _change(f, "label", "label")


def annotate(f: Frame) -> Command | None:
    """`annotate deploy web with owner=alice`, `remove the oncall annotation from ...`."""
    cause = _change_cause(f)
    if cause is not None:
        return cause
    return _change(f, "annotate", "annotation")


def _change_cause(f: Frame) -> Command | None:
    """`record change cause "bump to 1.27" on deployment web`."""
    phrase = f.find("changecause")
    if phrase is None:
        return None
    quoted = [index for index in f.words() if f.tokens[index].quoted]
    if len(quoted) != 1:
        return None
    f.use(quoted[0])
    f.take_all("changecause")
    f.take_all("cv")
    f.take_all("act", "annotate")
    where(f)
    command = Command(("annotate",))
    if not _what(f, command, None, []):
        return None
    command.args.append(f"kubernetes.io/change-cause={f.tokens[quoted[0]].text}")
    tidy(f)
    return command


INTENTS = guarded(
    Intent("annotate", ("annotate", "changecause:yes"), annotate, rank=56),
    Intent(
        "label",
        ("label", "cv:add", "cv:set", "cv:remove", "cv:change", "o-overwrite:overwrite"),
        label,
        rank=54,
    ),
)
