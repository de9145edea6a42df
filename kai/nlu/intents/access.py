"""Who may do what: `auth can-i`, `auth whoami`, `auth reconcile`, `certificate`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import kind_of, take_namespace
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.slots import absorb, prepare, skip_links, take_flags, take_place

_SPECIAL = {
    "exec": ("create", "pods/exec"),
    "log": ("get", "pods/log"),
    "portforward": ("create", "pods/portforward"),
    "attach": ("create", "pods/attach"),
    "evict": ("create", "pods/eviction"),
}


_GRANTING = frozenset(
    ["give", "grant", "run", "bind", "assign", "add", "make", "use", "set", "let"]
)
"""First words that hand out a permission instead of asking about it."""


def can_i(f: Frame) -> Command | None:
    """`can i delete pods in staging`, `could user jane list secrets in prod`."""
    prepare(f)
    if not (f.has("canstart") or f.has("permlist") or f.has("admin")) or f.low(0) == "create":
        return None
    if f.low(0) in _GRANTING and f.low(1) not in ("me", "us"):
        return None
    who = _who(f)
    mine = f.has("canstart", "i")
    theirs = bool(who) and (f.has("canstart", "who") or f.has("permlist"))
    if not (mine or theirs or f.has("permlist", "list") or f.has("admin")):
        return None
    if f.has("admin") and not f.has("verb"):
        if not f.has("canstart") or f.has("act", "create"):
            return None
        f.take_all("admin")
        return _finish(f, ["*", "*"], who)
    if f.has("permlist", "list") or (f.has("permlist") and f.has("verb", "*") and not mine):
        return _list(f, who)
    what = _what(f)
    if what is None:
        return None if f.has("verb") and not f.has("permlist") else _list(f, who)
    return _finish(f, what, who)


def _finish(f: Frame, what: list[str], who: list[tuple[str, str]]) -> Command | None:
    f.take_all("canstart")
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
    command = _finish(f, [], who)
    if command is not None:
        command.flags.insert(0, ("list", None))
        f.take_all("ask")
    return command


def _who(f: Frame) -> list[tuple[str, str]]:  # noqa: PLR0912  # one way out for each use
    """`--as` and `--as-group` of the user, group or service account asked about."""
    found: list[tuple[str, str]] = []
    for match in list(f.find_all("slot", "subjectsa")):
        at = skip_links(f, match.end)
        if not f.free(at) or not re.fullmatch(r"[a-z0-9][\w.:/-]*", f.tokens[at].text):
            continue
        name = f.tokens[at].text.replace("/", ":")
        end, space = at + 1, ""
        step = end
        while f.free(step) and f.low(step) in ("in", "of", "from", "the"):
            step += 1
        word = f.at("kind", step, "namespaces")
        step = word.end if word else step
        if ":" not in name and step > end and f.name_at(step, any_word=True):
            space, end = f.tokens[step].text.lower(), step + 1
            after = f.at("kind", end, "namespaces")
            end = after.end if after else end
        if ":" in name:
            space, _, name = name.rpartition(":")
            space = space.removeprefix("system:serviceaccount:")
        space = space or f.context.namespace or ""
        if not space:
            return [("as", "")]
        f.use(match.start, end)
        worded = end > at + 1
        if (f.has("permlist") or worded) and not f.has("kind", "namespaces"):
            f.namespace = space
        return [("as", f"system:serviceaccount:{space}:{name}")]
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
    for index in f.words():
        if f.tokens[index].text.startswith("system:"):
            f.use(index)
            text = f.tokens[index].text
            return [*found, ("as", text)]
    if not found:
        match_one = f.find("canstart", "who")
        at = match_one.end if match_one else -1
        if match_one and f.low(match_one.start) in ("can", "could", "may", "is", "if", "whether"):
            between = f.at("canstart", at + 1, "who")
            verb_at = between.end if between else at + 1
            plain = f.is_open(at) or (f.free(at) and f.tokens[at].fixed)
            if plain and (f.at("verb", verb_at) or f.at("canspecial", verb_at)):
                f.use(at, verb_at)
                found.append(("as", f.tokens[at].text))
    return found


def _what(f: Frame) -> list[str] | None:
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
    verb = verb_match.value
    f.use(verb_match.start, verb_match.end)
    if verb == "*":
        f.take_all("kind", "all")
        resource_name = _resource(f)
        return ["*", resource_name or "*"]
    resource = _resource(f)
    if resource is None:
        return None
    if verb == "scale":
        return ["update", f"{resource}/scale"]
    if verb == "drain":
        return ["create", "pods/eviction"] if resource == "nodes" else None
    return [verb, resource]


def _resource(f: Frame) -> str | None:
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
            f.use(match.end)
            return f"{match.value}/{f.tokens[match.end].text}"
        return match.value
    return None


def whoami(f: Frame) -> Command | None:
    """`who am i`, `as which user am i logged in`, `whoami as yaml`."""
    prepare(f)
    if not f.take_all("whoami"):
        return None
    command = Command(("auth", "whoami"))
    form = f.take("out", "yaml", "json")
    if form:
        command.flag("output", form)
    f.take_all("canword")
    f.take("scope", "all")
    absorb(f)
    return command


def reconcile(f: Frame) -> Command | None:
    """`reconcile rbac from roles.yaml`."""
    prepare(f)
    if f.take("topic", "reconcile") is None:
        return None
    command = Command(("auth", "reconcile"))
    for index in f.words():
        if re.search(r"\.(ya?ml|json)$", f.tokens[index].text):
            f.use(index)
            command.flag("filename", f.tokens[index].text)
    f.take_all("filephrase")
    f.take_all("rbacnoun")
    if not command.flags:
        return None
    take_namespace(f)
    f.take_all("filephrase")
    absorb(f)
    return command


def certificate(f: Frame) -> Command | None:
    """`approve csr node-csr-abc12`, `deny certificate request mallory`."""
    prepare(f)
    verbs = {value for value in ("approve", "deny") if f.has("topic", value)}
    if len(verbs) != 1:
        return None
    verb = verbs.pop()
    f.take_all("topic", verb)
    names: list[str] = []
    for match in list(f.find_all("csrnoun")):
        indexes = f.names_from(match.end)
        if indexes:
            f.use(match.start, match.end)
            names += f.use_list(indexes)
    kinds = list(
        f.find_all("kind", "certificatesigningrequests", "certificates", "certificaterequests")
    )
    every = False
    for match in kinds:
        called = f.at("called", match.end)
        at = called.end if called else match.end
        indexes = f.names_from(at, any_word=called is not None)
        if not indexes and f.is_open(match.start - 1) and f.name_at(match.start - 1):
            indexes = [match.start - 1]
        f.use(match.start, match.end)
        if called and indexes:
            f.use(called.start, called.end)
        names += f.use_list(indexes)
        quantifier = f.ending("all", match.start) or f.ending("all", match.start - 1)
        every = every or quantifier is not None
    for index in f.words():
        if f.low(index).startswith(("csr-", "node-csr-")):
            f.use(index)
            names.append(f.tokens[index].text)
    if not names:
        return None
    absorb(f)
    return Command(("certificate", verb), names)


INTENTS = (
    Intent("auth can-i", (), can_i, rank=56, reads=True),
    Intent("auth whoami", (), whoami, rank=56, reads=True),
    Intent("auth reconcile", (), reconcile),
    Intent("certificate", (), certificate),
)
