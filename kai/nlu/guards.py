"""Does a request ask to see or to change? Guards against taking the one for the other."""

from __future__ import annotations

import re
from itertools import pairwise

from kai.kubectl.spec import Spec
from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.patterns import pattern


def asks_for_change(frame: Frame, intent: Intent) -> bool:
    """Whether the request can want a change: "cluster ip of svc api" asks to see, not to set.

    A request that begins with a word of seeing needs a verb of change besides; a patch, the one
    change that a mere property could name, needs one always.
    """
    if intent.name in _REACHING_IN:
        return True
    if wants_key(frame):
        return False
    asking = frame.low(0) in _SEEING and frame.low(1) not in ("rid", "into", "ready")
    if not asking and not intent.name.startswith("patch"):
        return True
    if intent.name.startswith("create") and _FOR_NEW.match(frame.scan.text):
        return True
    if asking and frame.matches.get("o-dry"):
        return True  # "what would happen if i deleted it? dry run"
    verbs = frame.scan.lexicon.lists.get("list-changeverbs", frozenset())
    wanted = verbs - _ASKING if asking else verbs
    words = [frame.low(index).replace("-", "") for index in range(len(frame.tokens))]
    return any(word in wanted for word in words)


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


def takes_out(frame: Frame, intent: Intent) -> bool:
    """Whether a request to export or dump something is about to be read as a change of it."""
    changes = intent.name.startswith(("set ", "create", "delete", "patch", "label", "replace"))
    if intent.name.startswith("create") and _OF_NEW.search(frame.scan.text):
        return False
    return changes and frame.low(0) in _TAKING_OUT


_HOLDER = r"(?:new |fresh |plain |generic |opaque )?(?:config ?-?map|cm|secret)"
_FILLS_NEW = pattern(
    rf"\b(?:in|into|inside|as|to|onto) an? {_HOLDER}\b|\binto an? \w+ secret\b"
    rf"|\ban? (?:[\w-]+ )?{_HOLDER} (?:named|called)\b",
    re.IGNORECASE,
)
"""Where "a=b" is to go into a config map or secret that is yet to be made."""
_NEW_WORKLOAD = pattern(r"\b(?:a|an|new|fresh|another) (?:deploy|deployment)\b", re.IGNORECASE)
_BEGINS_NEW = pattern(
    r"^(?:please |pls |just )?an? (?:new )?[\w -]{0,20}?(?:deploy(?:ment)?|job|cron ?job|config ?map|cm|"
    r"secret|service ?account|namespace) (?:called|named) \S+ (?:running|with|from|using|that)\b",
    re.IGNORECASE,
)
"""`a deployment called web running nginx`: what there is already has no "a"."""


def makes_new(frame: Frame, intent: Intent) -> bool:
    """Whether a request to make something is about to be read as one about what is there."""
    if intent.name == "set image" and _NEW_WORKLOAD.search(frame.scan.text):
        return frame.low(0) not in ("set", "change", "update", "bump", "upgrade", "switch", "swap")
    if intent.name in ("label", "annotate", "set env", "set image", "patch"):
        return _FILLS_NEW.search(frame.scan.text) is not None
    return intent.name in ("exec", "get") and _BEGINS_NEW.match(frame.scan.text) is not None


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
)
"""`where env is prod`: a label of that name, no variables."""


def wants_key(frame: Frame) -> bool:
    """Whether the request names a key of a secret or config map and no verb of change."""
    text = frame.scan.text
    if _ENV_LABEL.search(text):
        return True
    return _KEY_OF.search(text) is not None and not _commands(frame)


def _commands(frame: Frame) -> bool:
    verbs = frame.scan.lexicon.lists.get("list-changeverbs", frozenset()) - _ASKING
    return any(frame.low(index).replace("-", "") in verbs for index in range(len(frame.tokens)))


_REACHING_IN = frozenset({"exec", "cp", "attach", "debug", "port-forward"})
"""Intents that show something too: "get output from running date in web-0"."""
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
    if word == "deploy" and not frame.is_open(first + 1):
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
        "order",
        "sort",
        "set",
    ]
)
"""Verbs of change that also begin requests to see: "give me", "keep watching", "new pods"."""


_ADVICE = pattern(
    r"\b(?:should(?:nt|n't)?|ought|must|better (?:to|than)|difference|best practices?|recommend(?:ed)?(?![\w-])|"
    r"supposed to|what(?:'?s| is|'?re| are) an?|good for|worth|makes? sense|why (?:do|would|use)|when (?:do|to|would) )\b",
    re.IGNORECASE,
)


_NEEDING = pattern(
    r"^(?!(?:what|which|who|whose|how|do|does|is|are|list|show|get|find|give|see|any|check|count)\b)"
    r"(?:(?!that\b|which\b|who\b)[\w./-]+,? ){1,8}?(?:needs?|wants?|gets|deserves?|requires?|has to|have to) "
    r"(?:\w+ ){0,4}[\w./-]+=\S"
    r"|:\s+(?:please |pls )?(?:label|tag|annotate|put|set|add)\b(?: \w+){0,4} [\w./-]+=\S",
    re.IGNORECASE,
)
"""`secrets in vault need a=b`, `pvcs of app=db: label backup=daily`: what is to become of them."""


def asks_for_advice(frame: Frame) -> bool:
    """Whether the request asks what to do or tells how things ought to be: no list answers that.

    "when should i use a daemonset", "all pods with app=web should get track=stable".
    """
    text = frame.scan.text
    for match in frame.matches.get("out", ()):  # "the header must not count"
        begin, end = frame.tokens[match.start].start, frame.tokens[match.end - 1].end
        text = text[:begin] + " " * (end - begin) + text[end:]
    return _ADVICE.search(text) is not None or ("=" in text and _NEEDING.search(text) is not None)


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
        "the",
        "to",
        "which",
        "with",
    ]
)
"""Words that show that what begins with "kubectl" goes on as a sentence."""


def kills_nothing(command: Command) -> bool:
    """Whether `kill` is to be run in a container without a process: "pods a and b: kill both"."""
    program = command.after_dash or []
    return program[:1] == ["kill"] and not any(char.isdigit() for char in "".join(program))


_NODE_NAME = pattern(
    r"(?:.*-)?(?:node|worker|master|minion)-?\d+|ip-\d+-.*|.+\.internal|(?:gke|aks)-.+"
)


def stops_a_node(frame: Frame, intent: Intent) -> bool:
    """Whether pods are to be stopped on a node, which scales nothing: "stop pods on worker-1"."""
    if not intent.name.startswith("scale"):
        return False
    return any(
        left.low == "on" and _NODE_NAME.fullmatch(right.low)
        for left, right in pairwise(frame.tokens)
    )


_PARTICIPLE = pattern(
    r"gone|deleted|removed|killed|nuked|purged|wiped|destroyed|terminated|evicted|drained|emptied|"
    r"cordoned|uncordoned|tainted|untainted|schedulingdisabled"
)
_WISHED = pattern(
    r"\b(?:should|shall|must|ensure|make sure|see to it|wants?|needs?|please|pls|plz|to be|can be|may be|"
    r"like|has to|have to|get|off|set|mark|make|put|leave|let)\b|[:\u2013\u2014]\s*(?:both |all |to be )?gone\b",
    re.IGNORECASE,
)
_WHAT_CAN = pattern(r"\b(?:that|which) (?:can|may|could|should|will|are to|is to) ", re.IGNORECASE)
_REMOVING = ("delete", "drain", "cordon", "uncordon", "taint")
_BEING = frozenset(["has", "have", "was", "were"])


def reports(frame: Frame, intent: Intent) -> bool:
    """Whether the request tells what has happened, or asks it: "deployment web is gone".

    Only participles say what is to be done then, and no word of wishing stands beside them.
    """
    if not intent.name.startswith(_REMOVING):
        return False
    acts = [
        match
        for match in frame.scan.matches.get("act", ())
        if match.value in ("untaint", *_REMOVING)
    ]
    if not acts:
        return False
    told = [
        match
        for match in acts
        if _PARTICIPLE.fullmatch(frame.low(match.end - 1))
        or (match.value == "taint" and frame.low(match.start - 1) in _BEING)
    ]
    if len(told) < len(acts):
        return False
    if any(token.low == "be" for token in frame.tokens) and _WHAT_CAN.search(frame.scan.text):
        return True  # "all jobs that can be deleted"
    return _WISHED.search(frame.scan.text) is None


_APPLIED = pattern(r"\bundo\b.*\bappl", re.IGNORECASE)


def undoes_apply(frame: Frame, intent: Intent) -> bool:
    """Whether an apply is to be undone, which is no rollout: "undo kubectl apply -f app.yaml"."""
    return intent.name == "rollout undo" and _APPLIED.search(frame.scan.text) is not None


NOT_MEANT = (stops_a_node, reports, undoes_apply)
"""Guards of changes: each tells whether an intent reads into a request what nobody asked for."""
