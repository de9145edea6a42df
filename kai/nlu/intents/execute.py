"""kubectl exec and attach: a command or a shell inside a container, its standard streams."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.chores import counted, counted_later, query, task
from kai.nlu.intents.containers import take_container
from kai.nlu.intents.looking import (
    OWNERS,
    connect,
    kind_of_ref,
    podlike,
    prepare,
    take_object,
    take_place,
    words,
)
from kai.nlu.intents.programs import (
    behind_colon,
    client,
    is_path,
    is_program,
    opens_shell,
    programs,
    split_command,
    take_reason,
    take_tty,
    weak,
)
from kai.nlu.patterns import Gate, pattern
from kai.nlu.tokens import is_file
from kai.nlu.where import known_namespace

_GATE = Gate(
    r"exec|\brun|shell|\b(ba|z|a)?sh\b|terminal|console|session|prompt|command|into\b|inside|onto\b"
    r"|\benter|connect|files?\b|folder|director|\benv|disk|space|process|reload|hostname|resolv"
    r"|uptime|version|\bls\b|\bcat\b|\bps\b|\bdf\b|curl|wget|psql|mysql|redis-cli|nslookup|\bon\b|\bin\b|\bfrom\b|\bthrough\b| -- |\s/\w"
)
_MADE = pattern(
    r"\b(?:new|temp|temporary|throwaway|throw-away|disposable|fresh|one-off|oneoff)\b"
    r"|\b(?:a|an)\s+(?!running\b|shell\b)\S+\s+(?:pod|container)\b(?!\s+(?:of|in|from|for)\b)"
    r"|\b(?:a|an)\s+(?:pod|container)\s+(?:called|named|with|running)\b"
    r"|^am i\b|: (?:go|roll|take|get) (?:it )?back\b",
    re.I,
)
_IN = frozenset(
    [
        "in",
        "inside",
        "on",
        "from",
        "within",
        "into",
        "through",
        "via",
        "of",
        "onto",
        "for",
        "at",
        "against",
        "using",
    ]
)
_SURE = frozenset(["in", "inside", "on", "from", "within", "into", "through", "onto"])
_RUN = frozenset(["run", "running", "exec", "execute", "executing", "command", "invoke"])
_CONDITIONS = frozenset(
    [
        "but",
        "except",
        "excluding",
        "unless",
        "until",
        "only",
        "if",
        "when",
        "while",
        "older",
        "newer",
        "than",
        "every",
        "instead",
        "without",
        "owned",
        "that",
        "which",
        "for",
        "before",
        "after",
        "using",
        "afterwards",
        "twice",
        "again",
        "because",
        "so",
    ]
)
"""Words of a sentence, not of a command line: with them the command's end is not clear."""
_PROSE = frozenset(
    [
        *("the", "an", "my", "our", "its", "their", "this", "that", "these", "those", "times"),
        *("there", "here", "it", "them", "what", "how", "is", "are", "please", "file"),
        *("folder", "directory", "everything", "something", "anything", "inside", "per", "both"),
        *("just", "also", "too", "again", "now", "quickly", "once", "twice", "seconds", "minutes"),
    ]
)
"""Words that no command line holds outside its quotes: with them it is a sentence."""
_SAYS = frozenset(
    [
        "say",
        "says",
        "print",
        "prints",
        "return",
        "returns",
        "output",
        "show",
        "shows",
        "give",
        "gives",
        "tell",
    ]
)
_AVOID = ("x-runverb", "x-runtime", "x-tty")


def execute(f: Frame) -> Command | None:
    """`shell into web in prod`, `run ls /data in redis-0`, `cat /etc/hosts from pod web-0`."""
    begun = any(token.text in programs() for token in f.tokens)
    if not (begun or _GATE.search(f.scan.text)) and not f.has("act", "exec", "shell"):
        return None
    prepare(f)
    if _MADE.search(f.scan.text):
        return None
    f.take_all("x-noop")
    tty = take_tty(f)
    colon, begins = behind_colon(f)
    found = _literal(f) or _colon(f, colon, begins) or client(f)
    found = found or _quoted(f) or _spoken(f) or task(f)
    shell = ""
    if found is None:
        shell = _shell(f)
        if not shell:
            return None
        found = [shell]
    found = found[:-1] if found[-1:] == ["from"] else found  # "curl x from inside web-0"
    container = take_container(f, _AVOID)
    take_place(f, avoid=_AVOID, any_name=True)
    thing = take_object(f, kinds=("pods", *OWNERS), avoid=_AVOID)
    if thing is None:
        return None
    if colon and not take_reason(f, begins):
        return None
    command = Command(("exec",), [thing.ref], after_dash=found)
    if container:
        command.flag("container", container)
    if tty or _interactive(found):
        command.flag("stdin").flag("tty")
    _absorb(f)
    return command


def _colon(f: Frame, text: str, begins: int) -> list[str] | None:
    """The command line behind a colon, consumed."""
    if not text:
        return None
    end = f.tokens[begins].start + len(text)
    for index in range(begins, len(f.tokens)):
        if f.tokens[index].start < end:
            f.use(index)
    return split_command(text)


def _interactive(found: list[str]) -> bool:
    """Whether the program waits for what a person types."""
    if found == ["rails", "console"]:
        return True
    if found[0] not in words().lists["list-interactive"]:
        return found in (["redis-cli"], ["python"], ["python3"], ["node"])
    return not any(
        word in ("-c", "-e", "--execute", "-f", "--eval")
        or "<" in word
        or word.startswith(("-e", "--command", "--version"))
        for word in found[1:]
    )


def _absorb(f: Frame) -> None:
    f.take_all("act", "exec", "shell")
    f.take_all("x-runverb")
    f.take_all("x-runtime")
    f.take_all("x-exec")
    f.take_all("x-shellname")
    f.take_all("ask")
    f.take_all("x-whatwrong", "none")
    connect(f)


# ------------------------------------------------------------------ what to run
def _literal(f: Frame) -> list[str] | None:
    """`exec web-0 -- ls /tmp`: all behind the two dashes."""
    match = re.search(r"\s--\s+(\S.*)$", f.scan.text, re.S)
    if match is None or not f.has("act", "exec"):
        return None
    for index, token in enumerate(f.tokens):
        if token.start >= match.start(1):
            f.use(index)
    return split_command(match[1])


def _quoted(f: Frame) -> list[str] | None:
    for index in f.words():
        token = f.tokens[index]
        if not token.quoted:
            continue
        if (asked := query(f, index)) is not None:
            return asked
        first = token.text.split()[0] if token.text.split() else ""
        running = f.ending("x-runverb", index) or f.ending("act", index, "exec")
        if not (first in programs() or running or first.startswith(("/bin/", "/usr/"))):
            continue
        through = [f.low(at) for at in range(index, len(f.tokens))]
        f.use(index)
        if running and running.category == "x-runverb":
            f.use(running.start, running.end)
        for shell in ("sh", "bash"):
            if shell in through and f.low(index + 1) in ("through", "via", "with", "using", "in"):
                at = index + 2 + (f.low(index + 2) in ("a", "the"))
                if f.low(at) == shell:
                    f.use(index + 1, at + 1)
                    return [shell, "-c", token.text]
        rest = index + 1
        if f.free(rest) and f.low(rest) == "command":
            f.use(rest)
        return split_command(token.text)
    return None


def _spoken(f: Frame) -> list[str] | None:
    """The command as plain words: behind a verb of running, or a program at its place."""
    for match in list(f.find_all("x-runverb")):
        at = match.end
        while f.low(at) in ("the", "command", "a", "an", "shell") and f.free(at + 1):
            at += 1
        if not f.free(at):
            continue
        start = at
        if opens_shell(f, at):
            continue
        if is_program(f, at) or (match.value == "run" and is_path(f, at)):
            pass
        elif match.value == "run" and f.is_open(at) and is_program(f, at + 1):
            start = at + 1  # "exec web-0 ls"
        elif match.value == "see" or f.low(at - 1) in ("the", "a", "an") or not _odd_program(f, at):
            continue
        verb = {f.low(at) for at in range(match.start, match.end)}
        if weak(f, start) and match.value == "run" and not verb & _RUN:
            continue
        span = _span(f, start, single=match.value == "see")
        if span is not None:
            f.use(match.start, match.end)
            return span
    for index in f.words():
        if opens_shell(f, index):
            continue
        script = "/" in f.tokens[index].text and index and not f.tokens[index - 1].comma
        if script and not _place_first(f, index - 1):
            continue  # "peek at /app/settings.py on web-0"
        if is_program(f, index) and not weak(f, index) and _clause_begins(f, index):
            return _span(f, index)
    return None


def _odd_program(f: Frame, index: int) -> bool:
    """An unknown word to run: only where what follows says plainly in which pod."""
    token = f.tokens[index]
    if f.cover[index] & {"prep", "kind", "filler"} or token.quoted or ":" in token.text:
        return False
    for at in range(index + 1, len(f.tokens)):
        if f.low(at) in _SURE:
            after = at + 1
            while f.low(after) in ("the", "my", "our"):
                after += 1
            noun = f.at("kind", after, "pods", *OWNERS) or f.at("noun", after)
            name = f.tokens[after].low if after < len(f.tokens) else ""
            return noun is not None or podlike(name)
    return False


def _clause_begins(f: Frame, index: int) -> bool:
    at = index - 1
    while at >= 0 and (f.used[at] or f.cover[at] & {"filler", "ask"} or f.at("x-runtime", at)):
        if f.low(at) in ("called", "named"):
            return False
        at -= 1
    if at < 0 or f.tokens[at].comma or _place_first(f, at):
        return True
    return f.low(at) in ("and", "then", "with", "check", "of") and not f.at("kind", at)


def _place_first(f: Frame, index: int) -> bool:
    """`from web-0 curl localhost`: whether the word names where, at the very beginning."""
    if not f.is_open(index) or f.name_at(index) is None:
        return False
    at = index - 1
    while at >= 0 and (f.at("kind", at, "pods", *OWNERS) or f.low(at) in ("the", "our", "my")):
        at -= 1
    begins = at == 0 or (at > 0 and f.tokens[at - 1].comma)
    return begins and f.low(at) in _SURE


def _span(f: Frame, start: int, *, single: bool = False) -> list[str] | None:
    """The words from `start` up to where they say in which pod; consumed.

    `single`: a question, so that its verb ends it too ("what does date say").
    """
    end = start + 1
    pinging = f.tokens[start].text in ("ping", "ping6")
    times = 0
    while end < len(f.tokens) and f.free(end) and not _ends(f, start, end):
        if pinging and (times := counted(f, end)):
            break
        if single and f.low(end) in _SAYS:
            break
        end += 1
    if end < len(f.tokens) and f.low(end) in ("and", "then"):
        return None
    said = [f.low(at) for at in range(start + 1, end)]
    prose = _PROSE if f.tokens[start].text not in ("echo", "printf") else frozenset()
    if any(word in _CONDITIONS or word in prose for word in said):
        return None
    text = f.scan.text[f.tokens[start].start : f.tokens[end - 1].end]
    f.use(start, end)
    times = times or (counted_later(f, end) if pinging else 0)
    if times:
        text = f"{f.tokens[start].text} -c {times} {text.partition(' ')[2]}"
    return split_command(text)


def _ends(f: Frame, start: int, index: int) -> bool:
    token = f.tokens[index]
    if token.quoted:
        return False
    low = f.low(index)
    place = f.at("kind", index) or f.at("noun", index) or "prep" in f.cover[index]
    if f.tokens[index - 1].comma and (place or known_namespace(f, index) or low in f.everyday):
        return True
    flag = low.startswith("-") and index == start + 1
    if (f.at("x-tty", index) and not flag) or low in (
        "please",
        "pls",
        "thanks",
        "and",
        "then",
        "plz",
        "thx",
    ):
        return True
    if low in ("-n", "--namespace", "-c") and index == len(f.tokens) - 2 and index - start < 6:
        return f.tokens[start].text not in ("sh", "bash", "head", "tail", "netstat", "python")
    runtime = f.at("x-runtime", index)
    if runtime is not None and runtime.end - runtime.start > 1:
        return True
    if low not in _IN or index + 1 >= len(f.tokens):
        return False
    if f.used[index + 1]:
        return True
    return _leads(f, index + 1, sure=low in _SURE)


def _leads(f: Frame, index: int, *, sure: bool) -> bool:
    """Whether a target begins at `index`: "the pod", "container app", "web-0"."""
    while f.low(index) in ("the", "my", "our", "a", "one", "running", "existing", "any"):
        index += 1
    if index >= len(f.tokens):
        return False
    if f.at("kind", index) or f.at("noun", index, "container", "sidecar", "initcontainer"):
        return True
    if f.at("x-pick", index) or kind_of_ref(f, index):
        return True
    text = f.tokens[index].text
    if is_file(text) or f.name_at(index, any_word=True) is None or "://" in text:
        return False
    return podlike(text) or sure


def _shell(f: Frame) -> str:
    """The shell to open, "" if none is asked for."""
    name = f.take("x-shellname")
    asked = bool([*f.take_all("x-exec", "shell"), *f.take_all("act", "shell", "exec")])
    return name or ("sh" if asked else "")


INTENTS = (Intent("exec", (), execute, rank=60, enters=True),)
