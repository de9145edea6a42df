"""Changing the kubeconfig's contexts: switch, the default namespace, rename, delete."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.kubeconfig import NAME, done, nameable, named
from kai.nlu.slots import prepare

_OBJECT = {"context": "ctxword", "cluster": "clusterword", "user": "userword"}


# ------------------------------------------------------------------ switching
def switch(f: Frame) -> Command | None:
    """`switch to context prod`, `use the minikube context`, `kubectl context -> staging-eu`."""
    prepare(f)
    if not f.has("ctxword") and not f.has("clusterswitch"):
        return None
    if f.has("renameverb") or f.has("dropverb") or f.has("act", "create") or f.has("nsword"):
        return None
    if f.has("clusterword", "entry") or f.has("ctxword", "entry") or f.has("userword", "entry"):
        return None
    switching = f.take_all("switchverb") + f.take_all("arrow")
    if len(f.tokens) == 2 and f.has("ctxword"):
        switching = ["ctx"]  # "ctx prod", as kubectx is used
    if not switching or f.has("field"):
        return None
    f.take_all("cfgword")
    f.take_all("defaultword")
    f.take_all("current")
    name = named(f, "ctxword") or _after_to(f)
    if name is None:
        name = named(f, "clusterword")
    if name is None:
        return None
    f.take_all("ctxword")
    f.take_all("clusterword")
    return done(f, Command(("config", "use-context"), [name]))


def _after_to(f: Frame) -> str | None:
    for index in f.words():
        before = f.low(index - 1)
        if (
            before in ("to", "at", "on", "use", "->", "into") or (index and f.used[index - 1])
        ) and nameable(f, index):
            f.use(index)
            return f.tokens[index].text
    return None


def namespace(f: Frame) -> Command | None:  # noqa: PLR0911  # one way out for each use
    """`set my default namespace to dev`, `stay in ns monitoring from now on`."""
    prepare(f)
    if len(f.tokens) == 2 and f.low(0) == "kubens" and nameable(f, 1):
        f.use(0, 2)
        command = Command(("config", "set-context")).flag("current")
        return done(f, command.flag("namespace", f.tokens[1].text))
    if not f.has("nsword") and not f.has("current"):
        return None
    back = _back_to_default(f)
    if back:
        f.take_all("dropverb", "unset")
    if f.has("dropverb") or f.has("clusterword") or f.has("userword"):
        return None
    if f.has("act", "create") and not (
        f.has("current") or f.has("defaultword") or f.has("ctxword")
    ):
        return None
    switching = bool(f.take_all("switchverb")) | bool(f.take_all("staying"))
    if not switching and not back:
        return None
    context = None
    if f.has("ctxword") and not _current_context(f):
        if any(f.low(match.end) == "to" for match in f.find_all("ctxword")):
            return None  # "switch ctx to prod and ns to web": two commands
        context = named(f, "ctxword")
        if context is None:
            return None
    f.take_all("cfgword")
    f.take_all("defaultword")
    name = "default" if back else _namespace_name(f)
    if name is None:
        return None
    for category in ("current", "defaultword", "nsword", "staying", "forall"):
        f.take_all(category)
    if context is not None:
        return done(f, Command(("config", "set-context"), [context]).flag("namespace", name))
    command = Command(("config", "set-context")).flag("current")
    return done(f, command.flag("namespace", name))


def _back_to_default(f: Frame) -> bool:
    """`set my namespace back to default`: the namespace of that name, consumed."""
    for index in f.words(1):
        last = index + 1 == len(f.tokens) or f.tokens[index].comma
        if f.low(index) == "default" and f.low(index - 1) in ("to", "=", "->") and last:
            f.use(index - (f.free(index - 1)), index + 1)
            if f.low(index - 2) == "back" and f.free(index - 2):
                f.use(index - 2)
            return True
    returns = any(f.low(index) in ("back", "return") for index in f.words())
    for match in list(f.find_all("nsword")) if returns else ():
        at = match.start if f.low(match.start) == "default" else match.start - 1
        if f.low(at) == "default":
            f.use(at, match.end)
            return True
    return False


def _current_context(f: Frame) -> bool:
    for match in list(f.find_all("ctxword")):
        before = f.ending("current", match.start)
        if before is not None:
            f.use(before.start, match.end)
            return True
    for match in list(f.find_all("current")):
        if f.low(match.end - 1) in ("context", "ctx", "current-context"):
            f.use(match.start, match.end)
            return True
    return False


def _namespace_name(f: Frame) -> str | None:
    for match in list(f.find_all("nsword")):
        at = match.end
        while f.free(at) and f.low(at) in (
            "to",
            "is",
            "=",
            "the",
            "called",
            "named",
            "preference",
            "for",
        ):
            at += 1
        if _word(f, at):
            f.use(match.start, at + 1)
            return f.tokens[at].text.lower()
    for match in list(f.find_all("nsword")):
        at = match.start - 1
        if _word(f, at):
            f.use(at, match.end)
            return f.tokens[at].text.lower()
    for index in f.words():
        if f.low(index - 1) in (
            "to",
            "make",
            "=",
            "use",
            "as",
            "on",
            "with",
            "set",
            "in",
        ) and _word(f, index):
            f.use(index)
            return f.tokens[index].text.lower()
    return None


def _word(f: Frame, index: int) -> bool:
    if nameable(f, index):
        return True
    token = f.tokens[index] if f.free(index) else None
    known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
    return token is not None and token.low in known


# ------------------------------------------------------------------ changing
def rename(f: Frame) -> Command | None:
    """`rename context a to b`."""
    prepare(f)
    if not f.has("renameverb") or not f.has("ctxword"):
        return None
    f.take_all("renameverb")
    old = named(f, "ctxword")
    f.take_all("cfgword")
    if old is None:
        return None
    for index in f.words():
        text = f.tokens[index].text
        if f.low(index - 1) in ("to", "into", "as", "=") and NAME.fullmatch(text):
            f.use(index - 1, index + 1)
            f.take_all("renamefill")
            return done(f, Command(("config", "rename-context"), [old, text]))
    f.take_all("renamefill")
    rest = [index for index in f.words() if nameable(f, index)]
    if len(rest) != 1 or f.tokens[rest[0]].text == old:
        return None
    f.use(rest[0])
    return done(f, Command(("config", "rename-context"), [old, f.tokens[rest[0]].text]))


def drop(f: Frame) -> Command | None:
    """`delete context old`, `drop the user jane from kubeconfig`, `unset the current context`."""
    prepare(f)
    if not f.has("dropverb"):
        return None
    said = f.has("cfgword")
    unset = f.has("dropverb", "unset")
    f.take_all("dropverb")
    if unset and f.take("current") is not None:
        f.take_all("ctxword")
        return done(f, Command(("config", "unset"), ["current-context"]))
    if f.has("nsword"):
        context = named(f, "ctxword")
        if context is None or (not unset and not said):
            return None
        f.take_all("nsword")
        return done(f, Command(("config", "unset"), [f"contexts.{context}.namespace"]))
    if f.take("contextfor") is not None:
        name = named(f, "clusterword") or _after_to(f)
        return done(f, Command(("config", "delete-context"), [name])) if name else None
    for what, category in _OBJECT.items():
        if not f.has(category) or (what != "context" and not said):
            continue
        name = named(f, category)
        if name is not None:
            return done(f, Command(("config", f"delete-{what}"), [name]))
    return None


INTENTS = (
    Intent("config use-context", ("ctxword:", "clusterswitch:"), switch, rank=60),
    Intent(
        "config set-context namespace", ("nsword:", "current:", "word:kubens"), namespace, rank=59
    ),
    Intent("config rename-context", ("renameverb:",), rename, rank=60),
    Intent("config delete", ("dropverb:",), drop, rank=60),
)
