"""Programs that people run inside containers: how they are told from other words."""

from __future__ import annotations

import re

from kai.nlu.containers import image_like
from kai.nlu.frame import Frame
from kai.nlu.intents.looking import candidates, kind_of_ref, podlike, words
from kai.nlu.patterns import pattern

_SHELL_MARKS = pattern(r"[|;*`]|&&|\$[({A-Za-z]")
_PARTS = pattern(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")
_PATH = pattern(r"/[\w.-]+(?:/[\w.-]+)+")
_SCRIPT = pattern(r"(?:\.{0,2}/)?[\w./-]+\.(?:sh|py|rb|pl|php|js|jar)")
_ARGUMENT = pattern(
    r"(?:-{1,2}[A-Za-z0-9]|\.{0,2}/|~/).*|[\w./-]+\.(?:py|rb|js|sh|php|jar|conf|pl)"
)
_TALKING = frozenset(["prompt", "repl", "shell", "console", "cli", "client", "session", "terminal"])
_CLIENTS = frozenset(
    [
        *("psql", "mysql", "mongo", "mongosh", "redis-cli", "python", "python3", "node", "irb"),
        *("cqlsh", "sqlite3", "clickhouse-client", "ipython", "php", "cypher-shell", "rails"),
    ]
)
"""Programs that wait for what is typed, when started alone."""
_ALIASES = {"postgres": "psql", "redis": "redis-cli", "rails": "rails"}
_USERS = {"psql": "-U", "mysql": "-u"}
_NARROWING = frozenset(
    [
        *("except", "unless", "only", "if", "when", "until", "not", "but", "without", "older"),
        *("newer", "than", "every", "each", "all", "any", "instead", "before", "after", "both"),
    ]
)


_NEW = frozenset(
    [
        *("image", "img", "new", "create", "replicas", "port", "ports", "cron", "schedule"),
        *("busybox", "alpine", "ubuntu", "debian", "centos", "fedora"),
        *("labels", "label", "annotation", "named", "called", "temporary", "temp", "throwaway"),
    ]
)
"""Words of something to be created, which a command line would be part of."""


def programs() -> frozenset[str]:
    """Programs that people run inside containers."""
    return words().lists["list-programs"]


def split_command(text: str) -> list[str] | None:
    """A command line as words; through `sh -c` where only a shell can read it."""
    text = text.strip()
    if not text or ">" in text or "<" in text:
        return None
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    if _SHELL_MARKS.search(bare):
        return ["sh", "-c", text]
    parts = _PARTS.findall(text)
    return [re.sub(r"""'([^']*)'|"([^"]*)\"""", r"\1\2", part) for part in parts] or None


def opens_shell(f: Frame, index: int) -> bool:
    """A shell by its name and no arguments: what is asked for is the shell itself."""
    if index >= len(f.tokens) or f.tokens[index].text not in words().lists["list-shells"]:
        return False
    after = index + 1
    return after >= len(f.tokens) or not f.tokens[after].text.startswith("-")


def is_program(f: Frame, index: int) -> bool:
    """Whether the word is a program by its name or its path."""
    if not f.free(index):
        return False
    token = f.tokens[index]
    if token.quoted:
        return False
    if token.text.startswith(("/bin/", "/usr/bin/", "./", "bin/")):
        return True
    return token.text in programs() or _script(token.text)


def _script(text: str) -> bool:
    return "/" in text and (_SCRIPT.fullmatch(text) is not None or "/bin/" in text)


def is_path(f: Frame, index: int) -> bool:
    """Whether the word is an absolute path, so that behind "execute" it is what to run."""
    return f.free(index) and _PATH.fullmatch(f.tokens[index].text) is not None


def weak(f: Frame, index: int) -> bool:
    """A program whose name is a usual word too, and no argument behind it shows what is meant."""
    if f.tokens[index].text not in words().lists["list-weak"]:
        return False
    after = index + 1
    if f.tokens[index].text == "tail" and not any("/" in token.text for token in f.tokens[after:]):
        return True  # "tail -f web-0": its logs
    return not (f.free(after) and _ARGUMENT.fullmatch(f.tokens[after].text) is not None)


def client(f: Frame) -> list[str] | None:
    """`psql prompt as user app, db orders`, `python repl`, `rails console`; consumed."""
    for index in f.words():
        name = f.tokens[index].text
        talking = f.low(index + 1) in _TALKING and f.free(index + 1)
        if not talking and name in _USERS and _logging_in(f, index):
            f.use(index)
            return [name, *_login(f, name)]
        program = name if name in _CLIENTS else _ALIASES.get(name, "") if talking else ""
        if not program or not talking or f.ending("kind", index):
            continue
        if name in _ALIASES and name not in _CLIENTS and f.low(index + 1) not in ("prompt", "cli"):
            continue
        command = [program, "console"] if program == "rails" else [program]
        f.use(index, index + 2)
        return command + _login(f, program)
    return None


_LOGIN = pattern(r"\b(?:as|user|username|db|database)\b", re.IGNORECASE)


def _logging_in(f: Frame, index: int) -> bool:
    """`open psql inside pg-0, user app, database shop`: its user or database is told in words."""
    before = f.low(index - 1) if index else ""
    begun = not index or before in ("open", "start", "run", "launch", "a", "the", "into", "with")
    plain = index + 1 >= len(f.tokens) or not f.tokens[index + 1].text.startswith("-")
    return begun and plain and _LOGIN.search(f.scan.text[f.tokens[index].end :]) is not None


def _login(f: Frame, program: str) -> list[str]:
    """As whom and to which database, for the clients whose flags are known; consumed."""
    if program not in _USERS:
        return []
    found: list[str] = []
    user = _word_behind(f, ("as", "user"), ("user", "as")) or _word_at(f, "root")
    if user:
        found += [_USERS[program], user]
    if program == "mysql" and _asks_password(f):
        found.append("-p")
    base = _word_behind(f, ("db", "database"), ("the", "named", "called"))
    if base:
        found += ["-d", base] if program == "psql" else [base]
    return found


def _word_behind(f: Frame, keys: tuple[str, ...], links: tuple[str, ...]) -> str:
    for index in list(f.words()):
        if f.low(index) not in keys or f.tokens[index].comma:
            continue
        at = index + 1
        while f.low(at) in links and f.free(at):
            at += 1
        if f.free(at) and re.fullmatch(r"[\w.-]+", f.tokens[at].text) and not f.at("kind", at):
            f.use(index, at + 1)
            return f.tokens[at].text
    return ""


def _word_at(f: Frame, word: str) -> str:
    for index in list(f.words()):
        if f.low(index) == word:
            f.use(index)
            return word
    return ""


_PASSWORD = pattern(r"\b(?:prompt|ask)\w*(?: me)? for (?:the |a )?(?:pw|password|pass)\b", re.I)


def _asks_password(f: Frame) -> bool:
    match = _PASSWORD.search(f.scan.text)
    for index in list(f.words()) if match else ():
        if match and match.start() <= f.tokens[index].start < match.end():
            f.use(index)
    return match is not None


def take_tty(f: Frame) -> bool:
    """Whether a terminal is asked for; its words consumed, but no argument of a program."""
    found = False
    for match in list(f.find_all("x-tty")):
        if f.low(match.start).startswith("-") and is_program(f, match.start - 1):
            continue  # "nginx -t"
        f.use(match.start, match.end)
        found = True
    return found


_INSIDE = ("in", "inside", "on", "into", "from", "within")


def _object_before(f: Frame, end: int) -> bool:
    """Whether the object stands before `end`; words that cannot be it are consumed."""
    kinds = {match.value for match in f.find_all("kind") if match.start < end}
    if kinds - {"namespaces"} or any(kind_of_ref(f, index) for index in range(end)):
        return True
    names = [index for index in candidates(f, ()) if index < end]
    led = [index for index in names if f.low(index - 1) in _INSIDE]
    likely = [index for index in names if podlike(f.tokens[index].low)] or led
    if not likely:
        return False
    said = [f.tokens[index].text for index in names if index < likely[0]]
    for index in names:
        if index < likely[0] and f.low(index - 1) not in (
            "ns",
            "context",
            "container",
            "in",
            "-n",
            "-c",
        ):
            f.use(index)
    if said:
        f.assumptions.append(f'"{" ".join(said)}" is taken as the reason only')
    return True


_LOOKING = frozenset(["tail", "head", "grep", "find"])


_BESIDE = frozenset(["env", "printenv", "test", "host", "ip", "service", "date", "id", "cp", "mv"])
"""Programs whose names also stand in lists of properties: "pod web, env A=b"."""
_WITH = ("with", "via", "using", "through")
_HANDS = frozenset([*_WITH, "try", "by", "namely", "check", "run", "just", "do", "running", "use"])
_OWN_VERBS = frozenset(
    [
        *("restart", "scale", "delete", "patch", "label", "drain", "cordon", "rollout", "apply"),
        *("create", "expose", "rollback", "annotate", "evict", "describe", "logs", "log", "edit"),
        *("taint", "undo", "deploy", "copy", "upload", "download", "forward", "attach", "debug"),
        *("autoscale", "set", "uncordon", "replace", "tail", "follow", "grep"),
        *("new", "spin", "start", "launch", "make", "add", "install", "update", "put", "kill"),
    ]
)
"""Verbs of kubectl itself: what follows them is no reason for a command."""
_PLACE_BEHIND = r",\s*(?:in )?(?:ns|namespace|context|container)\b.*$"


def _mark(f: Frame, index: int) -> str:
    """What sets a command off from the words before it: ":", "(", "?", "," or "with"; else ""."""
    first = index
    while first > 1 and f.low(first - 1) in _HANDS:
        first -= 1
    gap = f.scan.text[f.tokens[first - 1].end : f.tokens[first].start]
    for mark in ":(?,":
        if mark in gap:
            return mark
    return "with" if f.low(index - 1) in _WITH and index > 1 else ""


def _set_off(f: Frame, index: int, mark: str) -> bool:
    """Whether the words from `index` on are a command, not a property or an aside."""
    token = f.tokens[index]
    if mark == ":":
        return True
    if any(f.low(at) in _OWN_VERBS for at in range(index)) and not _made_to(f):
        return False
    last = index + 1 >= len(f.tokens)
    if (weak(f, index) and not (last and mark in "(?")) or (token.text in _BESIDE and not last):
        return False
    if mark != "with":
        return True
    argued = not last and _ARGUMENT.fullmatch(f.tokens[index + 1].text) is not None
    return last or argued


def _made_to(f: Frame) -> bool:
    """`make nginx reload in web-0 (nginx -s reload)`: the program itself is made to do it."""
    return f.low(0) == "make" and is_program(f, 1)


def behind_colon(f: Frame) -> tuple[str, int]:
    """(command line, index of its first word) of `flush it on web-0: redis-cli flushall`."""
    for index in range(1, len(f.tokens)):
        token = f.tokens[index]
        mark = _mark(f, index)
        if not mark or not f.free(index):
            continue
        if token.text in programs() or is_path(f, index) or _script(token.text) or _sh(f, index):
            if token.text in _LOOKING and weak(f, index):
                continue  # "in context prod: tail 60 from web-0": its logs
            if opens_shell(f, index) or not _set_off(f, index, mark):
                continue
            if not _object_before(f, index):
                continue
            rest = f.scan.text[token.start :]
            tail = re.search(_PLACE_BEHIND, rest)
            rest = rest[: tail.start() if tail else None].rstrip(" ?.!" if mark != ":" else " ")
            if mark == "(" and rest.count(")") > rest.count("("):
                rest, _, more = rest.rpartition(")")
                if more.strip():
                    continue
            return rest, index
    return "", 0


def _sh(f: Frame, index: int) -> bool:
    """`sh -c '...'`"""
    shell = f.tokens[index].text in words().lists["list-shells"]
    return shell and f.low(index + 1) == "-c"


def _other_kind(f: Frame, index: int) -> bool:
    match = f.at("kind", index)
    return match is not None and f.low(index) != "everything"


def take_reason(f: Frame, end: int) -> bool:
    """Consume what the words before `end` say beside the object; False if they narrow it."""
    left = [index for index in f.words() if index < end]
    if any(f.low(index) in _NARROWING or _other_kind(f, index) for index in left):
        return False
    if any(f.low(index) in _NEW or ":" in f.tokens[index].text for index in left):
        return False
    others = [index for index in left if f.tokens[index].text != f.tokens[end].text]
    if any(image_like(f, index) for index in others):
        return False  # "pod looper on busybox, command: ...": a pod to be made
    said = " ".join(f.tokens[index].text for index in left)
    for index in left:
        f.use(index)
    if said:
        f.assumptions.append(f'"{said}" is taken as the reason only')
    return True
