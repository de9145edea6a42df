"""The kubeconfig: contexts, clusters, users, the namespace that counts by default."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern
from kai.nlu.slots import absorb, prepare, skip_links, take_no_headers

FILE = pattern(r"(?:~|\.{1,2})?/[\w@./-]+|[\w-]+\.(?:ya?ml|conf|config|kubeconfig)")
NAME = pattern(r"[A-Za-z0-9][\w.:@/-]*")


def nameable(f: Frame, index: int) -> bool:
    """Whether the word can be the name of a context, cluster or user."""
    if not f.free(index) or not NAME.fullmatch(f.tokens[index].text):
        return False
    token = f.tokens[index]
    if token.quoted or "-" in token.low or any(ch.isdigit() for ch in token.low):
        return True
    if f.cover[index] & {"prep", "called", "filler", "act", "kind", "all", "scope"}:
        return False
    local = ("ctxword", "clusterword", "userword", "cfgword", "switchverb", "field", "nsword")
    return not (any(f.at(category, index) for category in local) or token.low in f.everyday)


def named(f: Frame, category: str, *, use: bool = True) -> str | None:
    """The name beside a word for context, cluster or user: `context prod`, `prod context`."""
    for match in list(f.find_all(category)):
        called = f.at("called", match.end)
        at = called.end if called else skip_links(f, match.end)
        if (called and f.free(at) and NAME.fullmatch(f.tokens[at].text)) or nameable(f, at):
            if use:
                f.use(match.start, at + 1)
            return f.tokens[at].text
    for match in list(f.find_all(category)):
        at = match.start - 1
        if nameable(f, at):
            if use:
                f.use(at, match.end)
            return f.tokens[at].text
    return None


def done(f: Frame, command: Command) -> Command:
    """The command, with joining words consumed."""
    f.take_all("cfgword")
    absorb(f)
    return command


# ------------------------------------------------------------------ seeing
def view(f: Frame) -> Command | None:  # noqa: PLR0911  # one way out for each use
    """`show my kubeconfig`, `config view minified`, `current ctx`, `list clusters`."""
    prepare(f)
    if _switching(f) or f.has("act", "create"):
        return None
    said = f.has("cfgword")
    current = f.has("current")
    if (
        f.has("nsword")
        and (f.has("defaultword") or (said and current))
        and not f.has("ask", "list")
    ):
        return _own_namespace(f)
    if f.has("nsword") and current and f.low(0) in _ASKS_WHICH:
        if f.low(0) not in ("current", "active"):
            f.use(0)
        return _own_namespace(f)
    special = _special(f, said)
    if special is not None:
        return special
    lists = (
        ("ctxplural", "get-contexts"),
        ("clusterplural", "get-clusters"),
        ("userplural", "get-users"),
    )
    file = _other_file(f) if said else ""
    if file:
        return _view(f, file)
    for category, sub in lists:
        if f.has(category) and (said or category == "ctxplural" or f.has("knows")):
            return _listing(f, category, sub)
    pointed = any(f.low(m.end - 1).endswith(("context", "ctx")) for m in f.find_all("current"))
    if (
        current
        and (pointed or f.has("ctxword") or (said and not f.has("viewword")))
        and not f.has("minify")
    ):
        f.take_all("current")
        f.take_all("ctxword")
        return done(f, Command(("config", "current-context")))
    if (f.has("ctxword") and not said) or (f.has("ctxword") and f.has("described")):
        name = named(f, "ctxword")
        f.take_all("described")
        if name is not None:
            for category in ("viewword", "clusterword", "userword", "nsword", "onlyword"):
                f.take_all(category)
            return done(f, Command(("config", "get-contexts"), [name]))
    if said and not f.has("kind", "configmaps"):
        return _view(f)
    return None


_ASKS_WHICH = frozenset(["what", "which", "whats", "in", "current", "active"])


def _switching(f: Frame) -> bool:
    """Whether a verb of switching is there: not the "use" of "the context in use"."""
    return any(
        f.low(match.start) != "use" or f.low(match.start - 1) not in ("in", "i", "to")
        for match in f.find_all("switchverb")
    )


def _special(f: Frame, said: bool) -> Command | None:
    """`which cluster am i talking to`, server URL, client certificate, password of a user."""
    if f.take("talking") is not None:
        f.take_all("cfgword")
        return done(f, Command(("config", "current-context")))
    if f.take("serverurl") is not None:
        f.take_all("current")
        f.take_all("clusterword")
        f.take_all("ctxword")
        command = Command(("config", "view")).flag("minify")
        return done(f, command.flag("output", "jsonpath={.clusters[0].cluster.server}"))
    secret = f.find("userfield")
    if secret is None:
        return None
    f.use(secret.start, secret.end)
    user = named(f, "userword")
    decode = f.take("decoded") is not None
    f.take_all("current")
    f.take_all("ctxword")
    f.take_all("raw")
    command = Command(("config", "view"))
    if user is None:
        command.flag("minify")
    command.flag("raw")
    which = "0" if user is None else f'?(@.name == "{user}")'
    command.flag("output", f"jsonpath={{.users[{which}].user.{secret.value}}}")
    if decode:
        command.pipe.append(["base64", "-d"])
    return done(f, command) if said or user or decode else None


def _own_namespace(f: Frame) -> Command | None:
    for category in ("nsword", "defaultword", "current", "ctxword", "cfgword"):
        f.take_all(category)
    command = Command(("config", "view")).flag("minify")
    return done(f, command.flag("output", "jsonpath={..namespace}"))


def _listing(f: Frame, category: str, sub: str) -> Command | None:
    f.take_all("listall")
    names = f.take_all("nameonly")
    f.take_all("knows")
    f.take_all(category)
    command = Command(("config", sub))
    if sub == "get-contexts":
        take_no_headers(f, command)
    counted = bool(f.take_all("count"))
    if sub == "get-contexts" and (names or counted):
        command.flags = [("output", "name")]
    if counted:
        if sub != "get-contexts":
            return None
        command.pipe.append(["wc", "-l"])
        f.take_all("knows")
    f.take_all("listfill")
    return done(f, command)


def _other_file(f: Frame) -> str:
    """A kubeconfig other than the usual one: `the config file ~/.kube/eks.yaml`, consumed."""
    if f.has("setverb") or f.has("dropverb") or f.has("switchverb"):
        return ""
    for index in f.words():
        text = f.tokens[index].text
        if not text.startswith("-") and FILE.fullmatch(text):
            f.use(index)
            f.take_all("notusual")
            return text
    return ""


def _view(f: Frame, file: str = "") -> Command | None:
    command = Command(("config", "view"))
    if file:
        command.flag("kubeconfig", file)
    minify = bool(f.take_all("minify"))
    raw = bool(f.take_all("raw"))
    first = f.take("firstuser")
    if minify:
        command.flag("minify")
    if raw:
        command.flag("raw")
    if f.take("flatten") is not None:
        command.flag("flatten")
    if first is not None:
        command.flag("output", "jsonpath={.users[0].name}")
    elif (form := f.take("out", "json", "yaml")) is not None:
        command.flag("output", form)
    f.take_all("viewword")
    return done(f, command)


_CALLING = (
    *("cfgword:", "nsword:", "ctxword:", "current:", "talking:", "serverurl:", "userfield:"),
    *("ctxplural:", "clusterplural:", "userplural:"),
)
INTENTS = (Intent("config view", _CALLING, view, rank=57, reads=True),)
