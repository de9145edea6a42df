"""A pod described in whatever order: `sleeper pod: busybox, sleep 3600`, `nslookup x from a temp pod`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from kai.nlu.compose import Command
from kai.nlu.containers import image_like
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.create import asking, finish
from kai.nlu.intents.spans import take, use_span
from kai.nlu.naming import may_name
from kai.nlu.patterns import pattern as lazily
from kai.nlu.slots import listed, making, prepare, take_place
from kai.nlu.tokens import ASSIGNMENT, NAME

_END = (
    r"(?=$|[,;](?= )|\.$| please\b| pls\b| thanks\b|,? (?:and|then)\b|,? (?:in|ns|namespace|on) (?:ns|namespace|the)\b"
    r"| in (?:it|there)\b| as (?:a )?(?:pod|one-off)\b)"
)
_ENDED = lazily(
    r"[,;:(]? *(?:(?:and|then|which|that|it|it'?s|is|to|be|gets?|should|shall|will|must|auto-?|please|pls|can)[ ,]+)*"
    r"(?:rm|removed?|deleted?|destroy(?:ed)?|gone|go(?:es)?(?: away)?|clean(?:ed|s)?(?: it)? ?up|dropped?|killed?|"
    r"vanish(?:es)?|disappears?|thrown? away|throw it away)(?: it| the pod| pod| itself| again)*"
    r"(?: (?:on|at|upon|after|when|once|as soon as)? ?(?:the )?(?:exit|end|done|finished|completion|it exits|i exit|"
    r"i leave|i quit|i log out|im done|i'm done|i am done|its done|it's done|it is done|it finishes|it ends|it's over|"
    r"its finished|it's finished|it finished|exiting|leaving|use|it is over|afterwards?|after|later|again))+"
    r"|[,;:] *(?:and |then )*(?:it|the pod|that) can go(?: then| away| again)?(?= *$|[,;.])"
    r"|[,;:(] *(?:--)?rm(?= *$|[,;.)])",
    re.IGNORECASE,
)
_TEMPORARY = lazily(
    r"\b(?:temp|temporary|throw-?away|one-?off|one-?shot|disposable|ephemeral|short-?lived|scratch(?= pod))\b",
    re.IGNORECASE,
)
_SHELL = lazily(
    r"[,;]? *(?:and |then )*(?:(?:it |that )?(?:stays?|keep(?: it| s)?|be|is) )?(?:(?:with |give me |open |start |drop me into |get )?"
    r"(?:an? |the )?(?:interactive )?(?:(?P<bash>bash)|(?:sh )?shell|terminal|prompt|repl)(?: on it| in it| inside| to it| there)?"
    r"|interactive(?:ly)?(?: shell)?|-it|-ti)\b(?! *-)",
    re.IGNORECASE,
)
_WATCHED = lazily(
    r"[,;]? *(?:and |then )*(?:show|see|print|give|get|stream|watch)(?: me)? (?:the |its )?(?:output|result)\b",
    re.IGNORECASE,
)
_RESTART = lazily(
    r"[,;(]? *(?:and )?(?:with )?(?:(?:no|without) (?:restarts?|restarting)(?: policy)?|(?:don'?t|do not|never|not)(?: be)? restart(?:ed|ing)?(?: it)?"
    r"|(?:the )?restart(?:[ -]?policy)?[ =:]*(?P<how>never|always|on-?failure|on failure)|restart it (?P<when>on failure|always))\b",
    re.IGNORECASE,
)
_PULL = lazily(
    r"[,;]? *(?:(?P<first>always|never) pull(?:ing)?(?: the)?(?: image)?|(?:image)?[ -]?pull ?policy[ =:]*(?P<how>always|never|ifnotpresent)"
    r"|pull (?:the image )?(?P<last>always|never))\b",
    re.IGNORECASE,
)
_PRIVILEGED = lazily(r"\bprivileged\b", re.IGNORECASE)
_EXPOSED = lazily(
    r"[,;]? *(?:plus|and|with|also)(?: create| make| add)? (?:a |the )?(?:service|svc)(?: for it| in front| on top| to it)?"
    r"|[,;]? *(?:and )?expose it(?: as a service)?(?= *$|[,;.])",
    re.IGNORECASE,
)
_PORT = lazily(
    r"[,;]? *(?:and )?(?:(?:with|which|that|it) )?(?:(?:listen(?:s|ing)|serv(?:es|ing)|exposing|exposes|expose|opens|opening|having|has)"
    r" (?:on |at )?)?(?:the |its )?(?:(?:container)? ?ports?[ =:]*|(?<=listening on )|(?<=listens on )|(?<=serving on )|(?<=serves on ))(?P<port>\d{2,5})\b"
    r"|[,;]? *(?:listen(?:s|ing)|serv(?:es|ing)|exposing|exposes) (?:on |at )?(?:port )?(?P<other>\d{2,5})\b",
    re.IGNORECASE,
)
_SPOKEN_COMMAND = lazily(
    r"[,;]? *(?:and |with )?(?:the |an? )?(?P<noun>command|cmd|entrypoint|args|arguments|argument)(?: is| are)?[ =:]+ *(?P<what>\S.*?)"
    r"(?=$|, (?:ns|namespace|ports?|env|labels?|image|in|rm|remove|delete|restart|no restarts?|dry|plus|then|as|and|name|named)\b)",
    re.IGNORECASE,
)
_OVERRIDE = lazily(
    r"^(?:override|overwrite|replace|set|change) (?:the )?entry ?point (?:of|for) (?P<image>\S+) (?:with|by|to) (?P<what>[^,]+)",
    re.IGNORECASE,
)
_FILLED = r"(?:(?:please|pls|do|run|execute|try|just|a|an|quick|quickly|fast|let me|i need to|i want to) )*"


_CONSOLE = lazily(
    r"\b(?P<what>python3?|node|irb|ruby|psql|mysql|redis-cli|mongosh|php)(?: -i)? (?:repl|prompt|console|session)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Pod:
    name: str = ""
    image: str = ""
    env: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    annotations: list[str] = field(default_factory=list)
    flags: dict[str, str | None] = field(default_factory=dict)
    tail: list[str] = field(default_factory=list)
    whole: bool = False
    """The command replaces the image's own entry point."""
    temp: bool = False
    tty: bool = False
    once: bool = False


def compose(f: Frame) -> Command | None:
    """One pod, its parts in any order; None where image or name do not stand out."""
    if not _pods(f) or (asking(f) and f.low(0) != "would"):
        return None
    first = next((at for at in range(len(f.tokens)) if f.at("filler", at) is None), 0)
    if f.low(first) in listed("runothers"):
        return None
    if not any(image_like(f, index) for index in range(len(f.tokens))):
        return None
    if any(
        match.value not in ("pods", "namespaces", "services") and f.low(match.start - 1) != "pod"
        for match in f.find_all("kind")
    ):
        return None
    prepare(f)
    take_place(f, worded=True)
    pod = _Pod()
    if not _command(f, pod):
        return None
    _flags(f, pod)
    _assignments(f, pod)
    if not _image(f, pod) or not _name(f, pod):
        return None
    making(f)
    f.take_all("act", "run", "create", "deploy")
    f.take_all("topic", "run")
    f.take_all("temp")
    if pod.flags.get("restart") == "Never" or pod.temp:
        _once(f)
    _noise(f)
    if f.namespace is None:
        take_place(f)
    return _write(f, pod)


def _pods(f: Frame) -> list[int]:
    """Where "pod" stands; also inside a longer phrase ("pod: name web")."""
    return [index for index in f.words() if f.low(index) in ("pod", "po")]


# ------------------------------------------------------------------ parts
def _split(text: str) -> list[str]:
    """The words of a command line; [] where its quotes do not close or it needs a shell."""
    from shlex import split  # few requests need it

    try:
        words = split(text.strip())
    except ValueError:
        return []
    outside = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    prose = listed("runprose").intersection(outside.lower().split())
    return [] if prose or re.search(r"[;|&<>$`]", outside) else words


@lru_cache(maxsize=1)
def _programs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Where a known program begins a command line: behind a mark or a verb, or first of all."""
    programs = "|".join(sorted(map(re.escape, listed("programs")), key=len, reverse=True))
    programs += (
        "|nvidia-smi|mongo|kafkacat|kcat|grpcurl|mc|stress-ng|fio|hey|ab|host|dig|tcpdump|iperf"
    )
    leading = re.compile(
        rf"^{_FILLED}(?P<what>(?:{programs})\b.*?)(?:,| (?:from|in|inside|into|using|with|via)(?: inside| within)?(?= .*\bpod\b))",
        re.IGNORECASE,
    )
    behind = re.compile(
        rf"(?:(?:[,:;]|\b(?:running|runs|run|executing|executes|doing|then|to|exec)) )"
        rf"(?P<what>(?:{programs})(?= |,|$)(?!:).*?){_END}",
        re.IGNORECASE,
    )
    return behind, leading


def _command(f: Frame, pod: _Pod) -> bool:
    """What the container runs; False where it is said but cannot be taken over."""
    override = take(f, _OVERRIDE)
    if override is not None:
        pod.tail, pod.whole = _split(override["what"]), True
        pod.image = override["image"]
        return bool(pod.tail)
    said = take(f, _SPOKEN_COMMAND)
    if said is not None:
        pod.tail = _split(said["what"])
        pod.whole = said["noun"].lower() in ("command", "cmd", "entrypoint")
        return bool(pod.tail)
    console = take(f, _CONSOLE)
    if console is not None:
        pod.tail, pod.tty = [console["what"]], True
        return True
    behind, leading = _programs()
    for wanted in (behind, leading):
        match = wanted.search(f.scan.text)
        if match is None or not (words := _split(match["what"])):
            continue
        if words[1:2] == ["to"] and words[0] in ("curl", "ping"):
            words.pop(1)
        first = words[1:2] and words[1].lower() in ("pod", "repl", "shell", "into", "in", "image")
        first = first or (words[0] == "rm" and not " ".join(words[1:]).startswith(("-", "/")))
        first = first or (words[0] == "env" and len(words) > 1)  # "env STAGE=test"
        if first or f.scan.text[match.end("what") :].startswith(" pod"):
            continue
        use_span(f, match.start(), match.end("what"))
        for index in f.words():
            if f.tokens[index].text == words[0]:
                f.use(index)  # "psql into a throwaway pod: psql -h pg"
        pod.tail, pod.once = words, wanted is leading
        return True
    return True


def _flags(f: Frame, pod: _Pod) -> None:
    pod.temp = take(f, _TEMPORARY) is not None
    pod.temp = (take(f, _ENDED) is not None) or pod.temp
    restart = take(f, _RESTART)
    if restart is not None:
        how = (restart["how"] or restart["when"] or "never").lower().replace(" ", "-")
        pod.flags["restart"] = {"always": "Always", "never": "Never"}.get(how, "OnFailure")
    if (pull := take(f, _PULL)) is not None:
        how = (pull["first"] or pull["how"] or pull["last"]).lower()
        pod.flags["image-pull-policy"] = {"always": "Always", "never": "Never"}.get(
            how, "IfNotPresent"
        )
    if take(f, _PRIVILEGED) is not None:
        pod.flags["privileged"] = None
    if take(f, _EXPOSED) is not None:
        pod.flags["expose"] = None
    if (port := take(f, _PORT)) is not None:
        pod.flags["port"] = port["port"] or port["other"]
    while (shell := take(f, _SHELL)) is not None:
        pod.tty = True
        if not pod.tail and "repl" not in shell.group().lower():
            pod.tail = ["bash" if shell["bash"] else "sh"]
    pod.tty = (take(f, _WATCHED) is not None) or pod.tty


_SECTIONS = {
    **dict.fromkeys(("env", "envs", "envvar", "envvars", "environment", "var", "vars"), "env"),
    **dict.fromkeys(("variable", "variables"), "env"),
    **dict.fromkeys(("label", "labels", "labelled", "labeled", "tagged"), "labels"),
    **dict.fromkeys(("annotation", "annotations", "annotated"), "annotations"),
}


def _assignments(f: Frame, pod: _Pod) -> None:
    """`env A=1 B=2, labels tier=web`: each by the word before it, capitals for variables."""
    section = ""
    pending: list[int] = []
    for index in list(f.words()):
        token = f.tokens[index]
        if token.low in _SECTIONS and not token.quoted:
            section = _SECTIONS[token.low]
            pending.append(index)
            continue
        match = ASSIGNMENT.fullmatch(token.text)
        if match is None or match[2] != "=" or token.text.startswith("-"):
            continue
        kind = "env" if match[1].isupper() else section
        if kind:
            getattr(pod, kind).append(token.text)
            f.use(index)
            if f.low(index - 1) == "and" and f.free(index - 1):
                f.use(index - 1)
    if pod.env or pod.labels or pod.annotations:
        for index in pending:
            f.use(index)


def _image(f: Frame, pod: _Pod) -> bool:
    if pod.image:
        return True
    sure = [index for index in f.words() if image_like(f, index, known=False)]
    loose = [index for index in f.words() if f.tokens[index].low in listed("images")]
    if len(sure) > 1 or (not sure and len(loose) != 1):
        return False
    at = (sure or loose)[0]
    pod.image = f.tokens[at].text
    f.use(at)
    base = pod.image.rpartition("/")[2].partition(":")[0].partition("@")[0]
    for index in loose if sure else ():
        if f.tokens[index].low == base and f.low(index + 1) == "pod" != f.low(at + 1):
            f.use(index)  # "nginx pod called web from nginx:1.27"
    return True


def _name(f: Frame, pod: _Pod) -> bool:
    """The name behind "pod", "called", "name", or before "pod" and a colon."""
    called = [
        match
        for category in ("called", "nameit")
        for match in f.find_all(category)
        if f.low(match.end) != "pod"
    ]
    pods = _pods(f)
    for at, spoken in [*((m.end, True) for m in called), *((at + 1, False) for at in pods)]:
        introduced = spoken or _ends(f, at)
        told = introduced and f.low(at - 1) in ("called", "named") and f.free(at)
        if may_name(f, at, introduced=introduced) or (told and NAME.fullmatch(f.low(at))):
            pod.name = f.tokens[at].text.lower()
            f.use(at)
            break
    for at in pods:
        if not pod.name and may_name(f, at - 1) and f.is_open(at - 1):
            pod.name = f.tokens[at - 1].text.lower()
            f.use(at - 1)
        f.use(at)
    for match in called:
        if f.used[match.end] if match.end < len(f.tokens) else False:
            f.use(match.start, match.end)
    return bool(pod.name)


def _ends(f: Frame, index: int) -> bool:
    """Whether a known word behind "pod" can only be its name: `pod busy w/ busybox`, `pod rc, ...`."""
    if (
        not f.free(index)
        or f.tokens[index].low in listed("runglue")
        or f.cover[index] & {"prep", "filler"}
    ):
        return False
    after = index + 1
    ended = after >= len(f.tokens) or f.tokens[index].comma or f.used[after]
    return ended or f.low(after) in ("with", "from", "off", "using", "on", "running", "of")


def _once(f: Frame) -> None:
    """ "once", where nothing restarts the pod anyway."""
    for index in f.words():
        if f.low(index) == "once":
            f.use(index)


def _noise(f: Frame) -> None:
    """Consume the words that only join explained ones."""
    for index in reversed(list(f.words())):
        joined = index + 1 >= len(f.tokens) or f.used[index + 1]
        if f.low(index) in listed("runglue") and joined and not f.tokens[index].quoted:
            f.use(index)


def _write(f: Frame, pod: _Pod) -> Command | None:
    command = Command(("run",), [pod.name]).flag("image", pod.image)
    if pod.temp:
        command.flag("rm")
    if pod.temp or pod.tty or (pod.once and pod.temp):
        command.flag("stdin").flag("tty")
    if pod.temp or (pod.tty and pod.flags.get("restart") is None and "privileged" not in pod.flags):
        pod.flags.setdefault("restart", "Never")
    if "expose" in pod.flags and "port" not in pod.flags:
        return None
    for name in ("restart", "port", "image-pull-policy", "privileged", "expose"):
        if name in pod.flags:
            command.flag(name, pod.flags[name])
    for key in ("labels", "annotations"):
        values = getattr(pod, key)
        if values:
            command.flag(key, ",".join(values))
    for item in pod.env:
        command.flag("env", item)
    if pod.tail:
        command.after_dash = pod.tail
        if pod.whole:
            command.flag("command")
    return finish(f, command)


INTENTS = (Intent("run spoken", (), compose, rank=44),)
