"""Who may do what: `auth can-i`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import kind_of
from kai.nlu.explicit import take_explicit_place
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.slots import absorb, prepare, skip_links, take_flags, take_no_headers, take_place

_SPECIAL = {
    "exec": ("create", "pods/exec"),
    "log": ("get", "pods/log"),
    "portforward": ("create", "pods/portforward"),
    "attach": ("create", "pods/attach"),
    "evict": ("create", "pods/eviction"),
}


_GRANTING = frozenset(
    ["give", "grant", "run", "bind", "binds", "assign", "add", "make", "use", "set", "let"]
)
"""First words that hand out a permission instead of asking about it."""


_LISTING = frozenset(["get", "list", "describe", "delete", "create", "apply"])
"""First words of requests that are to be made as somebody else."""


def can_i(f: Frame) -> Command | None:  # noqa: PLR0911  # one way out for each use
    """`can i delete pods in staging`, `could user jane list secrets in prod`."""
    prepare(f)
    if not (f.has("canstart") or f.has("permlist") or f.has("admin")) or f.low(0) in (
        "create",
        "on",
    ):
        return None
    if f.low(0) in _GRANTING and f.low(1) not in ("me", "us"):
        return None
    if len(f.tokens) == 1 and not f.has("permlist", "list"):
        return None
    if f.low(0) in _LISTING and f.has("actingas"):
        return None  # "get nodes as if i were user eve"
    if f.has("canspecial") and not f.has("canstart"):
        return None  # "access logs of web"
    if any(f.at("canstart", match.end) for match in f.find_all("kind", "namespaces")):
        take_explicit_place(f)  # "can i, in ns can-i, get pods"
    who = _who(f)
    mine = f.has("canstart", "i")
    theirs = bool(who) and (f.has("canstart", "who") or f.has("permlist"))
    if not (mine or theirs or f.has("permlist", "list") or f.has("admin")):
        return None
    if f.has("admin") and all(match.value == "*" for match in f.find_all("verb")):
        if not f.has("canstart") or f.has("act", "create"):
            return None
        for category in ("admin", "anyverb", "anyresource", "verb"):
            f.take_all(category)
        return _finish(f, ["*", "*"], who)
    asking = f.low(0) in _QUESTION or mine
    if f.has("permlist", "list") or (f.has("permlist") and f.has("verb", "*") and not asking):
        return _list(f, who)
    before = [*f.used]
    what = _what(f)
    if what is None:
        f.used = before
        return None if f.has("verb") and not f.has("permlist") else _list(f, who)
    return _finish(f, what, who)


_QUESTION = frozenset(["can", "could", "would", "may", "is", "does", "will"])


def _finish(f: Frame, what: list[str], who: list[tuple[str, str]]) -> Command | None:
    f.take_all("canstart")
    f.take_all("anyverb")
    quiet = f.take_all("quiet")
    before = f.namespace
    take_place(f)
    f.namespace = f.namespace or before
    command = Command(("auth", "can-i"), what)
    command.flags += who
    if quiet:
        command.flag("quiet")
    f.take_all("canword")
    take_flags(f, command)
    absorb(f)
    return command


def _list(f: Frame, who: list[tuple[str, str]]) -> Command | None:
    """`what am i allowed to do in prod`, `list my permissions`."""
    if not f.take_all("permlist"):
        return None
    for match in list(f.find_all("kind", "all")):
        f.use(match.start, match.end)
    bare = Command(())
    take_no_headers(f, bare)
    command = _finish(f, [], who)
    if command is not None:
        command.flags = [("list", None), *command.flags, *bare.flags]
        f.take_all("ask")
    return command


def _who(f: Frame) -> list[tuple[str, str]]:
    """`--as` and `--as-group` of the user, group or service account asked about."""
    account = _account(f)
    if account:
        return [("as", account)] if account != "?" else [("as", "")]
    found = _prefixed(f) or _users_and_groups(f)
    for index in f.words():
        text = f.tokens[index].text
        if text.startswith("system:"):
            f.use(index)
            found.append(("as", text))
            break
    tails = {text.rpartition(":")[2] for _, text in found if text.startswith("system:")}
    for index in f.words():
        if f.tokens[index].low in tails:
            f.use(index)  # "is anonymous allowed to, user is system:anonymous"
    if not any(flag == "as" for flag, _ in found) and (name := acting_as(f) or _holder(f)):
        found.insert(0, ("as", name))
    if not found and (name := _asked_about(f)):
        found.append(("as", name))
    return found


def _prefixed(f: Frame) -> list[tuple[str, str]]:
    """`user:alice`, `group:devs`, consumed."""
    found: list[tuple[str, str]] = []
    for index in f.words():
        kind, colon, name = f.tokens[index].text.partition(":")
        if colon and name and kind.lower() in ("user", "group"):
            f.use(index)
            found.append(("as" if kind.lower() == "user" else "as-group", name))
    return found


def _account(f: Frame) -> str:
    """The service account asked about, as a user name; "?": its namespace is not known."""
    for match in list(f.find_all("slot", "subjectsa")):
        at = skip_links(f, match.end)
        after = f.free(at) and not f.cover[at] & {"prep", "filler"} and not f.at("canstart", at)
        after = after and re.fullmatch(r"[a-z0-9][\w.:/-]*", f.tokens[at].text) is not None
        start, end = match.start, at + 1
        if not after or f.at("verb", at):
            at = match.start - 1
            start, end = at, match.end
            named = f.is_open(at) or (f.free(at) and f.low(at) == "default")
            if not named or f.name_at(at, any_word=True) is None:
                continue
        name = f.tokens[at].text.replace("/", ":")
        behind, space = end, ""
        step = end
        while f.free(step) and f.low(step) in ("in", "of", "from", "the"):
            step += 1
        word = f.at("kind", step, "namespaces")
        step = word.end if word else step
        if ":" not in name and step > end and f.name_at(step, any_word=True):
            space, end = f.tokens[step].text.lower(), step + 1
            after_word = f.at("kind", end, "namespaces")
            end = after_word.end if after_word else end
        if ":" in name:
            space, _, name = name.rpartition(":")
            space = space.removeprefix("system:serviceaccount:")
        space = space or f.context.namespace or ""
        if not space:
            return "?"
        f.use(start, end)
        worded = end > behind
        if (f.has("permlist") or worded) and not f.has("kind", "namespaces"):
            f.namespace = space
        return f"system:serviceaccount:{space}:{name}"
    return ""


def _users_and_groups(f: Frame) -> list[tuple[str, str]]:
    """`user jane`, `members of group devs`: --as and --as-group, consumed."""
    found: list[tuple[str, str]] = []
    for flag, slot in (("as", "subjectuser"), ("as-group", "subjectgroup")):
        for match in list(f.find_all("slot", slot)):
            at = skip_links(f, match.end)
            if f.low(match.end - 1) in ("to", "for") or not f.free(at):
                continue
            if re.fullmatch(r"[A-Za-z0-9][\w.:@-]*", f.tokens[at].text) and not f.at("verb", at):
                if f.cover[at] & {"prep", "kind", "filler"} and not f.tokens[at].quoted:
                    continue
                f.use(match.start, at + 1)
                found.append((flag, f.tokens[at].text))
                break
    return found


def acting_as(f: Frame) -> str:
    """`impersonating bob`, `as jane`: whom the request is to be made as, consumed."""
    for match in list(f.find_all("actingas")):
        at = skip_links(f, match.end)
        verbs = [item for item in f.find_all("verb") if item.value != "impersonate"]
        if f.at("verb", match.start) and not verbs:
            continue  # "can i impersonate bob"
        if f.is_open(at) and re.fullmatch(r"[A-Za-z0-9][\w.:@-]*", f.tokens[at].text):
            f.use(match.start, at + 1)
            return f.tokens[at].text
    return ""


def _holder(f: Frame) -> str:
    """`all rights alice has`, `what may bob do`: whose permissions are to be listed, consumed."""
    said = f.find("permlist")
    if said is None or f.has("canstart", "i"):
        return ""
    for match in list(f.find_all("permholder")):
        for at in (match.start - 1, match.end):
            person = f.is_open(at) and "/" not in f.tokens[at].text
            has = f.low(match.start) in _HAVING
            if person and has == (at < match.start) and not f.at("permlist", at):
                f.use(min(at, match.start), max(at + 1, match.end))
                return f.tokens[at].text
    return ""


_HAVING = frozenset(["has", "have", "got", "holds", "hold", "owns", "enjoys", "may", "can"])


def _asked_about(f: Frame) -> str:
    """`can jane delete pods`, `is bob allowed to list secrets`, consumed."""
    match = f.find("canstart", "who")
    if match is None:
        return ""
    at = match.end
    if f.low(match.start) not in ("can", "could", "may", "is", "if", "whether", "would", "does"):
        return ""
    between = f.at("canstart", at + 1, "who")
    verb_at = between.end if between else at + 1
    plain = f.is_open(at) or (f.free(at) and f.tokens[at].fixed)
    if plain and (f.at("verb", verb_at) or f.at("canspecial", verb_at)):
        f.use(at, verb_at)
        name = f.tokens[at].text
        return "system:anonymous" if name.lower() == "anonymous" else name
    return ""


def _what(f: Frame) -> list[str] | None:  # noqa: PLR0911  # one way out for each use
    """[verb, resource] asked about."""
    f.take_all("canstart", "i")
    url = next((i for i in f.words() if re.fullmatch(r"/[\w./*-]*", f.tokens[i].text)), None)
    if url is not None:
        f.use(url)
        f.take_all("verb")
        f.take_all("canword")
        return ["get", f.tokens[url].text]
    special = f.find("canspecial")
    if special is not None:
        f.use(special.start, special.end)
        pair = _SPECIAL[special.value]
        for match in list(f.find_all("kind", "pods")):
            f.use(match.start, match.end)
        return [*pair]
    verb_match = f.find("verb")
    if verb_match is None:
        return None
    seen = f.low(verb_match.end) in ("a", "an", "the") and f.low(verb_match.end + 1) in _VIEWS
    if seen or f.low(verb_match.start - 1) in ("and", "then"):
        return None  # "could i get a list of pods", "... and then restart it"
    verb = verb_match.value
    f.use(verb_match.start, verb_match.end)
    if f.low(verb_match.end) in ("and", "or") and f.at("verb", verb_match.end + 1):
        return None  # one verb at a time
    exact = _exact_verb(f)
    if exact:
        verb = exact
    if verb == "*":
        f.take_all("kind", "all")
        resource_name = _resource(f)
        return ["*", resource_name or "*"]
    resource = _resource(f)
    if resource is None and f.take("anyresource") is not None:
        resource = "*"
    if resource is None:
        return None
    if verb == "scale":
        for match in list(f.find_all("subresourceword")):
            f.use(match.start, match.end)
        return ["update", f"{resource.removesuffix('/scale')}/scale"]
    if verb == "drain":
        return ["create", "pods/eviction"] if resource == "nodes" else None
    return [verb, resource]


_VIEWS = frozenset(
    [
        *("list", "listing", "look", "view", "overview", "copy", "dump", "table", "count", "peek"),
        *("glance", "rundown", "summary", "yaml", "json", "manifest", "output", "status", "number"),
        *(
            "quick",
            "full",
            "short",
            "complete",
            "names",
            "breakdown",
            "report",
            "printout",
            "total",
        ),
    ]
)
"""What one gets to see, in "could i get a ... of"."""


def _exact_verb(f: Frame) -> str:
    """`edit (update) ingresses`, `binding clusterroles ... verb bind`: the verb said precisely."""
    text = f.scan.text
    for match in list(f.find_all("verb")):
        if match.end != match.start + 1 or match.value == "*":
            continue
        token = f.tokens[match.start]
        bracketed = text[: token.start].endswith("(") and text[token.end : token.end + 1] == ")"
        said = f.low(match.start - 1) == "verb" and f.free(match.start - 1)
        if bracketed or said:
            f.use(match.start - said, match.end)
            return match.value
    return ""


def _resource(f: Frame) -> str | None:  # noqa: PLR0911  # one way out for each form
    for index in f.words():
        text = f.tokens[index].text.lower()
        head = re.split(r"[./]", text)[0]
        if (
            text != head
            and (kind_of(f, head) or text.count(".") >= 1)
            and re.fullmatch(r"[a-z0-9./-]+", text)
        ):
            f.use(index)
            return text
        if f.low(index) in ("users", "groups") and not f.at("kind", index):
            f.use(index)
            return f.low(index)
    sub = f.find("subresource")
    if sub is not None:
        f.use(sub.start, sub.end)
        return sub.value
    for match in list(f.find_all("kind")):
        if match.value == "namespaces" and (f.ending("prep", match.start) is not None):
            continue
        one_space = match.value == "namespaces" and f.low(match.end - 1) in ("ns", "namespace")
        if one_space and (f.name_at(match.end) is not None or len(list(f.find_all("kind"))) > 1):
            continue
        f.use(match.start, match.end)
        if match.value == "all":
            return "*"
        sub = f.at("subword", match.end)
        if sub is not None:
            f.use(sub.start, sub.end)
            return f"{match.value}/{sub.value}"
        if (
            f.low(match.end - 1)[-1:] != "s"
            and f.name_at(match.end) is not None
            and f.is_open(match.end)
        ):
            if f.is_open(match.start - 1) and match.start > 1:
                return None  # "what the api pod prints"
            f.use(match.end)
            return f"{match.value}/{f.tokens[match.end].text}"
        return match.value
    return None


INTENTS = (Intent("auth can-i", ("canstart:", "permlist:", "admin:"), can_i, rank=56, reads=True),)
