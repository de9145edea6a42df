"""Requests for a log that do not say the word: what a pod printed, its last lines, its errors."""

from __future__ import annotations

import re

from kai.nlu.amounts import duration_at
from kai.nlu.frame import Frame
from kai.nlu.intents.looking import OWNERS, kind_of_ref, podlike, prepare
from kai.nlu.patterns import pattern

_ERRORS_LATELY = pattern(
    r"^(?:any |show (?:me )?|get |find |look for )*(?:the )?(?:errors?|exceptions?|panics?|stack ?traces?|"
    r"tracebacks?|timeouts?)\b.*\b(?:last|past|since)\b",
    re.IGNORECASE,
    needs=("last", "past", "since"),
)
"""Errors of a stretch of time: only a log has them."""
_ERRORS_IN = pattern(
    r"\b(?:errors?|exceptions?|ex\w{6,7}ns|panics?|stack ?traces?|timeouts?) (?:in|from|of) "
    r"(?:(?:the )?(?:previous|prev|last|crashed|dead) (?:run|container|instance|one) of |(?:the )?(?:pod|po) )?"
    r"(?:[a-z0-9-]+-[a-z0-9]{5}|[a-z0-9-]+-\d+)(?![\w./-]*[\w/])(?!.* by )",
    re.IGNORECASE,
    needs=("-",),
)
"""Errors in what is named like one pod."""
_FOLLOWING = pattern(
    r"(?:^|[,:;.] *)(?:pls |please |can you |just |lets |live |in [\w-]+,? )*"
    r"(?:follow|stream|live-?tail|keep following)\b|[,;] *(?:and )?follow(?: it)?\W*$"
    r"|[,;] *(?:and )?follow with \d+",
    re.IGNORECASE,
    needs=("follow", "stream", "tail"),
)
_STRETCH = pattern(
    r"\b(?:last|past|latest|newest) (?:\d+|few|hundred) ?(?:m|mins?|minutes?|h|hrs?|hours?|lines?)? "
    r"(?:of|from|out of) (?!the\b|pods\b|nodes\b|events\b)",
    re.IGNORECASE,
    needs=("last", "past", "latest", "newest"),
)
_OUTPUT = pattern(
    r"\boutput (?:of|from) (?:the )?(?:pod|job|container|deployment|deploy)\b|"
    r"\b(?:output|console|stdout|stderr|print-?outs?|chatter|ramblings?) (?:of|from) (?:the )?"
    r"(?:[a-z0-9-]+-[a-z0-9]{5}|[a-z0-9-]+-\d+|(?:po|pod|job|deploy|deployment|sts|ds)/[\w.-]+)(?![\w./-])|"
    r"^(?:follow|stream) (?:the )?(?:pod|job|deployment|deploy|statefulset|sts|daemonset|ds) \S",
    re.IGNORECASE,
    needs=("output", "console", "std", "print", "chatter", "rambling", "follow", "stream"),
)
"""What only its log can mean: the output of a pod, a job to follow."""
_SPAN_BEHIND = pattern(
    r"[,:;] *(?:the )?(?:last|past|latest) \d+ ?(?:m|mins?|minutes?|h|hrs?|hours?|lines?)\b",
    re.IGNORECASE,
    needs=("last", "past", "latest"),
)
_BEFORE_END = pattern(
    r"\b(?:output|what (?:it|was) (?:said|printed|wrote|logged)|last words|dying words|final words)\b.*"
    r"\b(?:before|prior to|until|when|as) (?:it |the |its )?(?:last )?"
    r"(?:restart|crash|died|death|restarted|crashed|was killed|got killed|dying|went down)",
    re.IGNORECASE,
    needs=("output", "what ", "words"),
)
_WORDS = pattern(r"\b(?:last|dying|final) words of\b", re.IGNORECASE)
_OTHER_STREAMS = ("rstatus", "rhistory", "attach", "top", "forward", "exec", "copy")
_PRINTING = frozenset(
    [
        *("print", "prints", "printed", "printing", "say", "says", "said", "saying", "wrote"),
        *("write", "writes", "writing", "logged", "logging", "output", "outputs", "emit"),
        *("emits", "emitted", "spit", "spits", "spitting", "complain", "complains", "spat"),
        *("complained", "complaining", "log", "logs", "outputting", "whining", "whine"),
        *("barf", "barfs", "barfed", "mumbling", "mumbled", "moaning", "moaned", "spewing"),
        *("spew", "spewed", "muttering", "telling", "yelling", "reporting", "spamming"),
        *("emitting", "outputted", "dumping", "babbling", "chattering", "written"),
    ]
)
_HELPING = frozenset(["did", "does", "do", "has", "is", "was", "are", "were", "have", "had"])
_ALL_OF_IT = frozenset(["everything", "anything", "whatever", "all"])


def told(f: Frame) -> tuple[bool, bool]:
    """(what something printed is asked for, its errors are): then only its log can be meant."""
    text = f.scan.text
    printed = _printed(f) or _whole_output(f) or _came_out(f) or _for_itself(f)
    lately = _ERRORS_LATELY.search(text) is not None
    kinds = {match.value for match in f.find_all("kind")} - {"namespaces", "pods"}
    lately = lately or (_QUOTED.search(text) is not None and (_named_pod(f) or _labelled(f)))
    lately = lately or (_ERRORS_IN.search(text) is not None and not kinds)
    return printed or _of_one_pod(f), lately


_QUOTED = pattern(
    r"^(?:any |show |show me |find |look for |lines with |are there (?:any )?|do we (?:have|see) (?:any )?)*"
    r"(?P<mark>['\"])[^'\"]+(?P=mark).* (?:in|from|of|over) ",
    re.IGNORECASE,
)


def _labelled(f: Frame) -> bool:
    """Whether a label requirement is typed: `app=proxy`."""
    return any(re.fullmatch(r"[\w./-]+=[\w.-]+", token.text) for token in f.tokens)


def _named_pod(f: Frame) -> bool:
    """Whether a word of the request can only be one pod's name, or names a pod or an owner."""
    for index in f.words():
        token = f.tokens[index]
        if podlike(token.low) and f.name_at(index):
            return True
        if kind_of_ref(f, index) in ("pods", *OWNERS):
            return True
    return False


_BACKLOG = pattern(r"\blines? of (?:history|backlog)\b", re.IGNORECASE)


def _of_one_pod(f: Frame) -> bool:
    """`follow worker-blue-3`, `last 5 minutes of web-0`: what one thing writes, without "logs"."""
    text = f.scan.text
    others = {match.value for match in f.find_all("act", *_OTHER_STREAMS)}
    if "rhistory" in others and _BACKLOG.search(text):
        others.discard("rhistory")
    if others or f.has("kind", "events"):
        return False
    kinds = {match.value for match in f.find_all("kind")} - {"namespaces"}
    prepare(f)
    named = f.has("x-log", "prefix")
    if not kinds <= {"pods", *OWNERS} or (f.has("out") and not named) or f.has("state"):
        return False
    if _OUTPUT.search(text) and (kinds or _named_pod(f) or f.has("noun", "container")):
        return _use_output(f)
    if (_BEFORE_END.search(text) or _WORDS.search(text)) and (kinds or _named_pod(f)):
        return _use_output(f)
    if _FOLLOWING.search(text):
        return not _several(f) or f.has("x-log", "all-containers", "prefix")
    if f.has("x-log", "all-containers") and _containers_whole(f):
        return True
    if _SPAN_BEHIND.search(text) and _named_pod(f):
        return not f.has("attr") or f.has("noun", "container", "sidecar")
    return bool(_STRETCH.search(text)) and (not kinds or f.has("noun", "container"))


def _containers_whole(f: Frame) -> bool:
    """`both containers of web-0`, `every container of app=web, last 20 min`: only logs have that."""
    about = f.has("x-log", "prefix", "timestamps", "previous", "follow") or f.has("noun", "lines")
    timed = any(duration_at(f, index) for index in f.words())
    if about or timed:
        return True
    if {match.value for match in f.find_all("attr")} - {"containers"}:
        return False
    return _named_pod(f) and f.low(0) in ("both", "all", "every", "each", "the")


_STREAMS = ("output", "console", "stdout", "stderr", "chatter", "printout", "ramblings")


def _use_output(f: Frame) -> bool:
    f.take_all("attr")
    for index in f.words():
        if f.low(index) in _STREAMS:
            f.use(index)
    return True


def _several(f: Frame) -> bool:
    """Whether pods in the plural are said: to follow those is to watch their list."""
    return any(f.low(match.end - 1) == "pods" for match in f.find_all("kind", "pods"))


def _printed(f: Frame) -> bool:
    """`what did job db-migrate print`, `what the container said before it died`; consumed."""
    for index in range(len(f.tokens)):
        late = index > 3 and not f.tokens[index - 1].comma
        if f.low(index) not in ("what", "whats") or f.tokens[index].quoted or late:
            continue
        helped = f.low(index + 1) in _HELPING or f.low(index) == "whats"
        told = [at for at in f.words(index + 2) if f.low(at) in _PRINTING]
        if not told:
            return False
        ending = " ".join(f.low(at) for at in range(told[-1] + 1, told[-1] + 4))
        timed = re.match(r"in (?:the )?(?:last|past)\b", ending) is not None
        if ending.startswith("in") and not timed:
            return False
        if not helped and index == 0:
            return False
        f.use(index, index + 1 + (f.low(index + 1) in _HELPING))
        _use_verb(f, told[-1])
        return True
    return False


def _use_verb(f: Frame, at: int) -> None:
    f.use(at)
    if f.low(at + 1) in ("out", "about") and f.free(at + 1):
        f.use(at + 1)
    if f.low(at - 1) in _HELPING and f.free(at - 1):
        f.use(at - 1)


def _whole_output(f: Frame) -> bool:
    """`everything reports said in the past 2 hours`, `all that web-0 has logged`; consumed."""
    for index in range(min(4, len(f.tokens))):
        if f.low(index) not in _ALL_OF_IT or f.tokens[index].quoted:
            continue
        verbs = [at for at in f.words(index + 2) if f.low(at) in _PRINTING - {"log", "logs"}]
        subject = range(index + 1, verbs[0] if verbs else 0)
        if not verbs or len(subject) > 4 or any("prep" in f.cover[at] for at in subject):
            return False
        f.use(index, index + 1 + (f.low(index + 1) in ("that", "which")))
        _use_verb(f, verbs[0])
        return True
    return False


_CAME = pattern(
    r"\bwhat(?:'?s| is| has| have)? (?:(?:came|comes|come|coming|been coming) out of"
    r"|(?:been )?(?:going|goes|went) (?:on )?(?:in|to) the (?:log|logs|console) of)\b",
    re.IGNORECASE,
)


def _came_out(f: Frame) -> bool:
    """`what came out of web-0`: consumed up to the name."""
    match = _CAME.search(f.scan.text)
    if match is None or not (_named_pod(f) or f.has("kind", "pods", *OWNERS)):
        return False
    for index in list(f.words()):
        if match.start() <= f.tokens[index].start < match.end():
            f.use(index)
    return True


_ITSELF = pattern(
    r"\bwhat (?:has |does |did )?(?:\S+ ){1,3}(?:has|have|had) (?:got )?to say\b", re.IGNORECASE
)


def _for_itself(f: Frame) -> bool:
    """`see what web-0 has to say`: consumed but for the name."""
    match = _ITSELF.search(f.scan.text)
    if match is None or not (_named_pod(f) or f.has("kind", "pods", *OWNERS)):
        return False
    for index in list(f.words()):
        inside = match.start() <= f.tokens[index].start < match.end()
        if inside and f.low(index) in ("what", "has", "have", "had", "got", "to", "say", "does"):
            f.use(index)
    return True
