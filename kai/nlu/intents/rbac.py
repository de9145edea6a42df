"""Making permissions: roles, cluster roles and their bindings."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import kind_of
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish, subject
from kai.nlu.naming import may_name, new_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import (
    making,
    prepare,
    skip_links,
    take_place,
    values_after,
)

_VERBS = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "impersonate",
    "bind",
    "escalate",
    "use",
    "approve",
    "sign",
    "proxy",
]
_SUBJECT = lazily(r"[A-Za-z0-9][\w.:@/-]*")


def role(f: Frame) -> Command | None:
    """`role pod-reader in dev that can get list and watch pods`."""
    return _rules(f, "roles", "role")


def clusterrole(f: Frame) -> Command | None:
    """`clusterrole node-viewer, get/list on nodes`, non-resource URLs, aggregation."""
    return _rules(f, "clusterroles", "clusterrole")


def _rules(f: Frame, plural: str, singular: str) -> Command | None:
    prepare(f)
    if asking(f) or f.has("kind", "rolebindings", "clusterrolebindings") or f.has("bindword"):
        return None
    kind = subject(f, plural)
    if kind is None:
        return None
    name = new_name(f, kind)
    verbs = _verbs(f, kind.end)
    made = making(f)
    if name is None:
        return None
    command = Command(("create", singular), [name])
    aggregation = values_after(f, "aggregation", pattern=r"[\w./-]+=\S+")
    if aggregation:
        return finish(f, command.flag("aggregation-rule", aggregation[0]))
    if not verbs or not (made or f.matches["slot"]):
        return None
    urls = _urls(f) if singular == "clusterrole" else []
    if singular == "role":
        take_place(f)
    resources = _resources(f)
    names = values_after(f, "resourcename", pattern=r"[a-z0-9][\w.-]*") if resources else []
    names = names or _listed_names(f, resources)
    if not resources and not urls:
        return None
    command.flag("verb", ",".join(verbs))
    if resources:
        command.flag("resource", ",".join(resources))
    for item in names:
        command.flag("resource-name", item)
    for url in urls:
        command.flag("non-resource-url", url)
    _rest(f)
    return finish(f, command)


def _rest(f: Frame) -> None:
    """Words between verbs and resources that only tie them ("allowing", "access to", "group")."""
    for category in ("slot", "rbacword"):
        for match in list(f.find_all(category)):
            if category == "rbacword" or match.value in ("verbs", "resources"):
                f.use(match.start, match.end)


def _verb(word: str) -> str:
    word = {"read": "", "view": ""}.get(word, word)
    return word if word in _VERBS else ""


def _verbs(f: Frame, start: int) -> list[str]:
    """The verbs in order: `get, list and watch`, `get/list`, `read-only`, `everything`."""
    found: list[str] = []
    last = -2
    for index in f.words(start):
        text = f.tokens[index].text.lower()
        parts = [part for part in re.split(r"[/,+|]", text) if part]
        if parts and all(_verb(part) for part in parts):
            if found and index - last > 3 and f.low(index - 1) not in ("and", "or"):
                continue
            if f.low(index - 1) in ("and", "or", "plus") and f.free(index - 1):
                f.use(index - 1)
            f.use(index)
            found += [part for part in parts if part not in found]
            last = index
    if found and set(found) <= {"get", "list", "watch"}:
        f.take_all("verbset", "get list watch")  # "role to read secrets (get,list)"
    if not found:
        level = f.take("verbset")
        if level is not None:
            return level.split()
    return found


def _resources(f: Frame) -> list[str]:
    """Resources as `create role --resource` wants them: `pods,deployments.apps,pods/log`."""
    found: list[str] = []
    for index in list(f.words()):
        if not f.free(index):
            continue
        text = f.tokens[index].text.lower()
        if (re.fullmatch(r"[a-z]+(\.[a-z0-9.-]+)?/[a-z]+", text) and kind_of(f, _head(text))) or (
            re.fullmatch(r"[a-z]+\.[a-z0-9.-]+", text) and kind_of(f, _head(text))
        ):
            f.use(index)
            found.append(text)
        elif "," in text and all(kind_of(f, _head(part)) for part in text.split(",")):
            f.use(index)
            found += [kind_of(f, part) or part for part in text.split(",")]
        elif text == "*" and f.low(index - 1) in ("on", "for", "all"):
            f.use(index)
            found.append("*")
        else:
            match = f.at("kind", index)
            sub = f.at("subresource", index)
            if sub is not None:
                f.use(sub.start, sub.end)
                found.append(sub.value)
            elif match is not None:
                f.use(match.start, match.end)
                resource = "*" if match.value == "all" else match.value
                found.append(resource + _group(f, match.end))
    return list(dict.fromkeys(found))


def _head(text: str) -> str:
    return re.split(r"[./]", text)[0]


def _group(f: Frame, index: int) -> str:
    """`.apps` for `in the apps api group`, `of group apps`."""
    at = index
    while f.free(at) and f.low(at) in ("in", "of", "the", "from", "api"):
        at += 1
    if at == index:
        return ""
    if f.low(at) in ("group", "apigroup") and f.free(at + 1):
        f.use(index, at + 2)
        return f".{f.tokens[at + 1].text.lower()}"
    end = at + 1
    if f.low(end) == "api":
        end += 1
    if f.low(end) in ("group", "apigroup") and f.free(at):
        f.use(index, end + 1)
        return f".{f.tokens[at].text.lower()}"
    return ""


def _listed_names(f: Frame, resources: list[str]) -> list[str]:
    """`on the pods a and b only`: names right behind the resource."""
    if len(resources) != 1 or not f.has("slot", "resourcename"):
        return []
    for index in f.words():
        if f.used[index - 1] and f.is_open(index) and index > 0:
            names = f.use_list(f.names_from(index))
            only = f.find("slot", "resourcename")
            if only is not None:
                f.use(only.start, only.end)
            return names
    return []


def _urls(f: Frame) -> list[str]:
    found = []
    for index in list(f.words()):
        if re.fullmatch(r"/[\w./*-]*", f.tokens[index].text):
            before = f.ending("slot", index, "nonresource")
            f.use(before.start if before else index, index + 1)
            if f.low(index - 1) == "and" and f.free(index - 1):
                f.use(index - 1)
            found.append(f.tokens[index].text)
    return found


# ------------------------------------------------------------------ bindings
def binding(f: Frame) -> Command | None:
    """`rolebinding read-pods giving role pod-reader to user jane in dev`, also "bind ..."."""
    prepare(f)
    if asking(f):
        return None
    kind = subject(f, "rolebindings", "clusterrolebindings")
    bare = kind is None
    if bare and not (f.has("bindword") or _promotes(f)):
        return None
    making(f)
    f.take_all("bindword")
    accounts = _accounts(f)
    builtin = ("view", "edit", "admin", "cluster-admin")
    name = new_name(f, kind) or _after_binding(f)
    role_flag = _role(f)
    users = _subjects(f, "subjectuser")
    groups = _subjects(f, "subjectgroup")
    groups += [user for user in users if re.fullmatch(r"groups?[-\d].*|.*-group", user)]
    users = [user for user in users if user not in groups]
    if role_flag is None or not (users or groups or accounts):
        return None
    if bare and role_flag[1] in builtin:
        role_flag = ("clusterrole", role_flag[1])
    cluster = kind.value == "clusterrolebindings" if kind else _wide(f)
    if cluster and role_flag[0] != "clusterrole":
        role_flag = ("clusterrole", role_flag[1])
    take_place(f)
    if bare and not cluster and f.namespace is None and role_flag[0] == "clusterrole":
        return None  # cluster-wide or here: not said
    flags = [*(("user", u) for u in users), *(("group", g) for g in groups)]
    for account in accounts:
        where, _, who = account.rpartition(":")
        where = where or f.namespace or f.context.namespace or ""
        if not where:
            return None
        if cluster and f.namespace == where:
            f.namespace = None
        flags.append(("serviceaccount", f"{where}:{who}"))
    if name is None:
        if not bare:
            return None
        name = f"{flags[0][1].rpartition(':')[2]}-{role_flag[1]}".lower()
        f.assumptions.append(f"the binding is called {name}")
    if cluster:
        f.namespace = None
    if not bare:
        f.take_all("bindtie")
    path = ("create", "clusterrolebinding" if cluster else "rolebinding")
    command = Command(path, [name]).flag(*role_flag)
    for flag, value in flags:
        command.flag(flag, value)
    return finish(f, command)


def _after_binding(f: Frame) -> str | None:
    """`..., binding sre-nodes`: the name behind the bare word."""
    for index in f.words():
        if f.low(index - 1) == "binding" and may_name(f, index):
            f.use(index)
            return f.tokens[index].text.lower()
    return None


def _promotes(f: Frame) -> bool:
    """`make group x cluster-admin`."""
    return f.has("subjectkind") and any(t.low in ("cluster-admin", "admin") for t in f.tokens)


def _wide(f: Frame) -> bool:
    if f.take("scope", "all") is not None or f.take("widely") is not None:
        return True
    return any(token.low == "cluster-admin" for token in f.tokens)


def _role(f: Frame) -> tuple[str, str] | None:
    """(flag, role name): `clusterrole view`, `the admin cluster role`, `role admin`."""
    for flag in ("clusterrole", "role"):
        for match in sorted(f.find_all("slot", flag), key=lambda m: m.start - m.end):
            if any(f.used[match.start : match.end]):
                continue
            after = skip_links(f, match.end)
            for at in (after, match.start - 1):
                word = f.tokens[at].text if f.free(at) else ""
                plain = re.fullmatch(r"[a-z0-9][\w:.-]*", word) and (
                    may_name(f, at)
                    or f.is_open(at)
                    or word in ("view", "edit", "admin")
                    or ":" in word
                    or "-" in word
                )
                if plain:
                    f.use(min(at, match.start), max(at + 1, match.end))
                    return flag, word
    for index in f.words():
        if f.low(index) in ("cluster-admin", "view", "edit", "admin"):
            f.use(index)
            return "clusterrole", f.tokens[index].text
    return None


def _accounts(f: Frame) -> list[str]:
    """Service accounts as `namespace:name`, or the bare name where none is said."""
    found = []
    for match in list(f.find_all("slot", "subjectsa")):
        at = skip_links(f, match.end)
        if f.free(match.start - 1) and f.tokens[match.start - 1].text.count("/") == 1:
            f.use(match.start - 1, match.end)  # "external-dns/external-dns sa"
            found.append(f.tokens[match.start - 1].text.replace("/", ":"))
            continue
        if not f.free(at) or not _SUBJECT.fullmatch(f.tokens[at].text):
            continue
        name = f.tokens[at].text
        f.use(match.start, at + 1)
        step = at + 1
        while f.free(step) and f.low(step) in ("in", "of", "from", "the"):
            step += 1
        space = f.at("kind", step, "namespaces")
        if space is not None:
            step = space.end
        if step > at + 1 and ":" not in name and f.name_at(step, any_word=True):
            name = f"{f.tokens[step].text}:{name}"
            if (f.has("kind", "namespaces") and space is None) or f.namespace is None:
                f.namespace = f.tokens[step].text.lower()
            f.use(at + 1, step + 1)
            after = f.at("kind", step + 1, "namespaces")
            if after is not None:
                f.use(after.start, after.end)
        elif f.tokens[at].text.count("/") == 1:
            name = name.replace("/", ":")
        found.append(name)
    return found


def _subjects(f: Frame, slot: str) -> list[str]:
    found: list[str] = []
    other = "subjectgroup" if slot == "subjectuser" else "subjectuser"
    for match in list(f.find_all("slot", slot)):
        at = skip_links(f, match.end)
        while f.free(at) and _SUBJECT.fullmatch(f.tokens[at].text):
            known = f.at("slot", at, other, "subjectsa", "role", "clusterrole")
            if known is not None or f.cover[at] & {"prep", "called", "kind", "filler"}:
                break
            if at > match.end + 1 and f.cover[at] & {"act", "cv"} and not f.tokens[at].quoted:
                break  # "group oncall and restart it"
            f.use(match.start, at + 1)
            found.append(f.tokens[at].text)
            comma = f.tokens[at].comma
            at += 1
            if (
                f.low(at) in ("and",)
                and f.free(at)
                and not f.at("slot", at + 1, other, "subjectsa")
            ):
                at += 1
            elif not comma:
                break
        if not f.used[match.start] and match.end - match.start == 1 and f.is_open(match.start - 1):
            f.use(match.start - 1, match.end)  # "sre group"
            found.append(f.tokens[match.start - 1].text)
    return found


INTENTS = (
    Intent("create role", ("kind:roles",), role, rank=62),
    Intent("create clusterrole", ("kind:clusterroles",), clusterrole, rank=62),
    Intent(
        "create binding",
        ("kind:rolebindings", "kind:clusterrolebindings", "bindword:", "subjectkind:"),
        binding,
        rank=62,
    ),
)
