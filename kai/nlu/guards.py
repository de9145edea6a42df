"""Does a request ask to see or to change? Guards against taking the one for the other."""

from __future__ import annotations

import re

from kai.kubectl.spec import Spec
from kai.nlu.asking import asks_existence
from kai.nlu.frame import Frame
from kai.nlu.once import once
from kai.nlu.patterns import pattern


@once
def asks_to_see(frame: Frame) -> bool:
    """Whether the request can want no change: "cluster ip of svc api" asks to see, not to set.

    A request that begins with a word of seeing needs a verb of change besides.
    """
    return _never_changes(frame) or (_begins_seeing(frame) and _no_change_said(frame))


@once
def asks_to_see_new(frame: Frame) -> bool:
    """As `asks_to_see`, for an intent that makes something new: that may be wanted to be seen."""
    return asks_to_see(frame) and (_never_changes(frame) or _FOR_NEW.match(frame.scan.text) is None)


@once
def asks_for_no_patch(frame: Frame) -> bool:
    """As `asks_to_see`; a patch, the one change that a mere property could name, needs a verb."""
    return _never_changes(frame) or wants_key(frame) or _no_change_said(frame)


@once
def _never_changes(frame: Frame) -> bool:
    if _names_key(frame) or asks_existence(frame):
        return True
    if frame.low(0) == "config" and frame.low(1) == "view":
        return True
    # "on which node does web run"
    return frame.low(0) in ("on", "in", "at") and frame.low(1) in ("which", "what")


def _begins_seeing(frame: Frame) -> bool:
    return frame.low(0) in _SEEING and frame.low(1) not in ("rid", "into", "ready")


def _no_change_said(frame: Frame) -> bool:
    asking = _begins_seeing(frame)
    if asking and frame.matches.get("o-dry"):
        return False  # "what would happen if i deleted it? dry run"
    verbs = frame.scan.lexicon.lists.get("list-changeverbs", frozenset())
    words = {frame.low(index).replace("-", "") for index in range(len(frame.tokens))} & verbs
    return words <= _ASKING if asking else not words


_FOR_NEW = pattern(
    r"^(?:get|give|find|show) (?:me|us) an?\b|^(?:what(?:'?s| is| would| does)|how (?:would|does)|show me|see|"
    r"view|display|get) (?:the |a |me )*(?:yaml|json|manifest|spec)\b.*[=:,]|^(?:see|show me) (?:how|what) .*\bwould\b|^(?:what|how) would\b",
    re.IGNORECASE,
)
"""Seeing that can be about something new: `get me a deployment of nginx:1.27`."""

_TAKING_OUT = frozenset({"export", "dump", "print", "download"})
"""First words that ask for what is there, in a file or on the screen: never for a change."""


_OF_NEW = pattern(
    r"\b(?:yaml|manifest|json|spec)\b.*\b(?:for|of) (?:an?|new|the new)\b|\b(?:no|not|without|w/o|"
    r"don'?t) (?:actually )?(?:creat|appl)",
    re.IGNORECASE,
)
"""A manifest of what is not there yet."""


@once
def takes_out(frame: Frame) -> bool:
    """Whether something is to be exported or dumped, which changes nothing."""
    return frame.low(0) in _TAKING_OUT


@once
def takes_out_old(frame: Frame) -> bool:
    """As `takes_out`, but not where the manifest of something new is wanted."""
    return takes_out(frame) and _OF_NEW.search(frame.scan.text) is None


_KEY_OF = pattern(
    r"[\w-]\.[\w.-]+ (?:of|from|in|inside|out of) (?:the |our |my )?(?:[a-z0-9.-]+ )?"
    r"(?:secret|configmap|cm|config map)\b",
    re.IGNORECASE,
)
"""`nginx.conf from the configmap proxy`: a key of it."""


_ENV_LABEL = pattern(
    r"\b(?:where|whose|with|and|but|label|having)\s+(?:the )?env(?:ironment)?(?: label)? "
    r"(?:is|are|in|not|isn'?t|either|neither|equals|=|exists|set|unset|missing)\b",
    re.IGNORECASE,
    needs=("env",),
)
"""`where env is prod`: a label of that name, no variables."""


@once
def wants_key(frame: Frame) -> bool:
    """Whether the request names a key of a secret or config map and no verb of change."""
    return _ENV_LABEL.search(frame.scan.text) is not None or _names_key(frame)


def _names_key(frame: Frame) -> bool:
    text = frame.scan.text
    return "." in text and _KEY_OF.search(text) is not None and not _commands(frame)


def _commands(frame: Frame) -> bool:
    verbs = frame.scan.lexicon.lists.get("list-changeverbs", frozenset()) - _ASKING
    return any(frame.low(index).replace("-", "") in verbs for index in range(len(frame.tokens)))


_SEEING = frozenset(
    [
        "show",
        "get",
        "list",
        "display",
        "view",
        "see",
        "find",
        "which",
        "what",
        "whats",
        "where",
        "check",
    ]
)
_ASKING = frozenset(
    {"get", "give", "need", "want", "do", "back", "up", "down", "use", "run", "open"}
)
"""Verbs that ask for no change in a request that begins with "get", "show" or "which"."""


_STAYS = frozenset(
    [
        *("ingresses", "services", "configmaps", "secrets", "events", "namespaces", "jobs"),
        *("persistentvolumeclaims", "persistentvolumes", "networkpolicies", "endpoints", "roles"),
        *("rolebindings", "serviceaccounts", "resourcequotas", "customresourcedefinitions"),
    ]
)
"""Kinds that nobody scales: "bring up ingress admin" asks to see it."""


@once
def commands_change(frame: Frame) -> bool:
    """Whether the request begins with a verb of change: then its objects are not asked to be seen."""
    first = 0
    while (filler := frame.at("filler", first)) is not None:
        first = filler.end
    word = frame.low(first)
    attribute = frame.at("attr", first)
    ask = frame.at("ask", first)
    seen = word == "bring" and not _STAYS.isdisjoint(m.value for m in frame.find_all("kind"))
    if ask is not None and ask.end - first > 1 and (word != "bring" or seen):
        return False  # "pull up the endpoints"
    if frame.low(first + 1) == "subresource":
        return False
    if word.endswith("ed") and frame.at("kind", first + 1) and frame.at("state", first):
        return False  # "cordoned nodes"
    if attribute is not None and (attribute.end - first > 1 or word not in _PLAIN_COMMANDS):
        return False  # "restart count of pod web-0"
    listed = first + 1 < len(frame.tokens) and frame.tokens[first + 1].comma
    if word == "deploy" and not (
        frame.is_open(first + 1) or (frame.low(first + 1) == "a" and listed)
    ):
        return False  # "deploy and svc", "deploy -A": the kind
    verbs = frame.scan.lexicon.lists.get("list-changeverbs", frozenset())
    return word in verbs and word not in _SHOWING_TOO


_PLAIN_COMMANDS = frozenset(["suspend", "restart", "scale", "label", "annotate", "taint", "delete"])
"""Verbs of change that are names of properties only within a longer phrase."""
_SHOWING_TOO = frozenset(
    [
        "get",
        "give",
        "need",
        "want",
        "do",
        "use",
        "new",
        "back",
        "up",
        "down",
        "open",
        "keep",
        "request",
        "limit",
        "load",
        "list",
        "token",
        "export",
        "fire",
        "go",
        "hold",
        "force",
        "free",
        "schedule",
        "return",
        "order",
        "sort",
        "set",
    ]
)
"""Verbs of change that also begin requests to see: "give me", "keep watching", "new pods"."""


def take_connectives(frame: Frame) -> None:
    """Consume the "but" of "but only the names" and the "on" that ends "what image is web on"."""
    for index in frame.words():
        word, after = frame.low(index), frame.low(index + 1)
        if word == "but" and after in ("only", "just", "with", "sorted", "as", "in", "the"):
            frame.use(index)
        if word in ("only", "just") and index and frame.used[index - 1]:
            frame.use(index)  # "deployment names only"
    last = len(frame.tokens) - 1
    if frame.low(last) == "as" and frame.low(last - 1) in ("run", "runs", "running"):
        frame.use(last)  # "the account that web-0 runs as"
    asked = frame.low(0) in ("what", "which", "whats") or frame.low(last - 1) in _STAYING
    if asked and frame.low(last) in ("on", "at", "with", "in") and last > 2:
        frame.use(last)


_STAYING = frozenset(["live", "lives", "run", "runs", "sit", "sits", "reside", "belong", "belongs"])
"""Verbs that end "the zones our nodes live in"."""


def take_asks(frame: Frame) -> None:
    """Consume the words that only ask to see; "search" behind a kind is a name nobody took."""
    plain = frame.scan.lexicon.lists.get("list-plainnames", frozenset())
    for match in list(frame.find_all("ask")):
        single = match.end == match.start + 1 and frame.low(match.start) in plain
        if single and frame.ending("kind", match.start) is None and match.start > 0:
            before = frame.matches.get("kind", ())
            single = any(kind.end == match.start for kind in before)
        if not (single and match.start > 0):
            frame.use(match.start, match.end)


def is_command(request: str, spec: Spec) -> bool:
    """Whether the request is a command already, with nothing to remark on it."""
    from kai.kubectl.invocation import parse

    pipeline = parse(request, spec)
    if pipeline.findings:
        return False
    words = {word.value for stage in pipeline.invocations for word in stage.args}
    return not words & _PROSE


_PROSE = frozenset(
    [
        "a",
        "all",
        "and",
        "are",
        "as",
        "by",
        "for",
        "from",
        "in",
        "is",
        "me",
        "my",
        "not",
        "of",
        "on",
        "or",
        "that",
        "please",
        "the",
        "to",
        "which",
        "with",
    ]
)
"""Words that show that what begins with "kubectl" goes on as a sentence."""
