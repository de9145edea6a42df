"""What the API server serves: kinds and their short names, groups and versions."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.cluster import finish
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import prepare, skip_links, take_no_headers, value_after
from kai.nlu.where import take_context

_VERBS = frozenset(
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
)
_GROUP = lazily(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def api_resources(f: Frame) -> Command | None:
    """`what resource types does the cluster know`, `namespaced api resources only`."""
    prepare(f)
    if f.has("permlist") or f.has("canstart", "i"):
        return None
    take_context(f, nouns=("context",))
    namespaced = f.find("namespaced")
    category = value_after(f, "category", pattern=r"[a-z][a-z-]*", category="apislot")
    verbs = _verbs(f)
    group = _group(f)
    if not _called_for(f, bool(namespaced or verbs or group or category), group):
        return None
    for index in list(f.words()):
        if group and f.tokens[index].low in group.split("."):
            f.use(index)  # "what did istio add, group networking.istio.io"
    exists, sought = _exists(f), _looked_for(f)
    if sought:
        f.take_all("apifind", "grep")
    asked = _Asked(f)
    f.take_all("apires", "strong")
    form = (f.take_all("apinames") or f.take_all("apiwide") or [""])[0]
    if not form and (output := f.take("out", "names", "name", "wide")):
        form = "wide" if output == "wide" else "name"
    f.take_all("apires")
    command = Command(("api-resources",))
    if group:
        command.flag("api-group", group)
    if namespaced is not None:
        f.take_all("namespaced")
        command.flag("namespaced", namespaced.value)
    if verbs:
        command.flag("verbs", ",".join(verbs))
    if category:
        command.flag("categories", category)
    asked.write(command)
    if form:
        command.flag("output", form)
    f.take_all("apicolumns")
    if not _filter(f, command, exists or "", sought or "", wide=form == "wide"):
        return None
    f.take_all("apiknows")
    for match in list(f.find_all("kind", "all")):
        f.use(match.start, match.end)
    f.take_all("all")
    f.take_all("scope", "all")
    return finish(f, command)


def _filter(f: Frame, command: Command, exists: str, sought: str, *, wide: bool) -> bool:
    """Count the list or look something up in it; False where both or neither can be written."""
    if f.take_all("count"):
        if sought or exists or wide:
            return False
        command.flag("no-headers")
        command.pipe.append(["wc", "-l"])
    if exists:
        command.pipe.append(["grep", exists])
    elif sought:
        command.pipe.append(["grep", "-i", sought])
    return True


class _Asked:
    """How the list is wanted: its order, from the cache, without its first line."""

    def __init__(self, f: Frame) -> None:
        self.order = f.take("apisort")
        self.cached = bool(f.take_all("cached"))
        self.bare = Command(())
        take_no_headers(f, self.bare)

    def write(self, command: Command) -> None:
        """Add the flags to the command."""
        if self.cached:
            command.flag("cached")
        command.flags += self.bare.flags
        if self.order:
            command.flag("sort-by", self.order)


def _called_for(f: Frame, narrowed: bool, group: str | None) -> bool:
    """Whether kinds are asked for: by name, or as "kinds" with something that narrows them."""
    strong, knows = f.has("apires", "strong"), f.has("apiknows")
    if f.has("act", "create") or (knows and not strong and f.has("kind", "pods")):
        return False
    return strong or (f.has("apires") and (narrowed or knows)) or (bool(group) and knows)


def _looked_for(f: Frame) -> str | None:
    """`short name for pdb`, `anything with snapshot in it`: what to look for in the list."""
    for match in list(f.find_all("apifind")):
        at = skip_links(f, match.end)
        if not f.free(at) or not _GROUP.fullmatch(f.tokens[at].low) or f.low(at) in _NO_PATTERN:
            continue
        if match.value == "grep":
            continue
        if match.value == "short" and not f.at("kind", at) and not f.is_open(at):
            continue
        if f.at("apires", at) or f.low(at) in ("everything", "them"):
            continue
        f.use(match.start, at + 1)
        after = f.at("apiwithin", at + 1)
        if after is not None:
            f.use(after.start, after.end)
        kinds = f.scan.matches.get("kind", ())
        whole = next((m for m in kinds if m.start == at and m.end > at + 1), None)
        if whole is not None:
            f.use(whole.start, whole.end)
            return whole.value
        return f.tokens[at].fixed or f.tokens[at].low
    return None


_NO_PATTERN = frozenset(["the", "all", "each", "every", "and", "or", "in", "with", "of"])


def _verbs(f: Frame) -> list[str]:
    """`support list and watch`, `with verb delete`."""
    for match in list(f.find_all("supports")):
        at, found = match.end, []
        while f.free(at) and (_verb(f, at) or f.low(at) in _VERB_LINKS):
            if _verb(f, at):
                found.append(_verb(f, at))
            at += 1
        if f.free(at) and re.fullmatch(r"[a-z]+(,[a-z]+)+", f.tokens[at].text):
            found += f.tokens[at].text.split(",")
            at += 1
        if found:
            f.use(match.start, at)
            after = f.at("verbword", at)
            if after is not None:
                f.use(after.start, after.end)
            return found
    return []


_VERB_LINKS = frozenset(["and", "the", ",", "both", "verb", "or", "be", "well", "as", "also", "+"])


def _verb(f: Frame, index: int) -> str:
    """The request verb a word stands for: list, listed, watched; "" if it is none."""
    word = f.tokens[index].low
    forms = (word, word.removesuffix("ed"), word.removesuffix("d"), word.replace("tched", "tch"))
    return next((form for form in forms if form in _VERBS), "")


def _group(f: Frame) -> str | None:
    for match in list(f.find_all("apigroup")):
        after = skip_links(f, match.end)
        for at in (after, match.start - 1):
            text = f.tokens[at].text if f.free(at) else ""
            said = f.free(at) and (
                f.tokens[at].quoted
                or "." in text
                or f.is_open(at)
                or text in ("apps", "batch", "core", "policy", "events")
            )
            said = said and f.low(at) not in ("category", "categories", "verb", "verbs")
            if said and _GROUP.fullmatch(text) and not f.at("apires", at):
                f.use(min(at, match.start), max(at + 1, match.end))
                return "" if text == "core" else text
    for match in list(f.find_all("apires")):
        at = match.end + 1 if f.low(match.end) in ("in", "from", "of") else match.start - 1
        if f.free(at) and "." in f.tokens[at].text and _GROUP.fullmatch(f.tokens[at].text):
            f.use(at)
            return f.tokens[at].text
    return None


def _exists(f: Frame) -> str | None:
    for match in list(f.find_all("isthere")):
        called = f.at("called", match.end)
        at = called.end if called else match.end
        if f.free(at) and _GROUP.fullmatch(f.tokens[at].low):
            f.use(match.start, at + 1)
            return f.tokens[at].text
    return None


def api_versions(f: Frame) -> Command | None:
    """`api versions`, `which batch api versions are served`."""
    prepare(f)
    match = f.find("apiver")
    if match is None or (f.has("kind") and not f.has("kind", "all")):
        return None
    command = Command(("api-versions",))
    at = match.start - 1
    if f.is_open(at) and _GROUP.fullmatch(f.tokens[at].low):
        f.use(at)
        command.pipe.append(["grep", f.tokens[at].text])
    sought = "" if command.pipe else _looked_for(f)
    if sought:
        command.pipe.append(["grep", sought])
        f.take_all("apifind", "grep")
    f.take_all("apiver")
    f.take_all("all")
    f.take_all("scope", "all")
    return finish(f, command)


INTENTS = (
    Intent("api-resources", ("apires:", "apiknows:"), api_resources, rank=70, reads=True),
    Intent("api-versions", ("apiver:",), api_versions, rank=70, reads=True),
)
