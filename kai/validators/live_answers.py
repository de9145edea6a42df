"""What the server said, in plain words: one finding for each thing, safe to print.

What a cluster says is foreign text: it is cleaned of everything that is not printable, of secrets,
and cut to one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kai.kubectl.invocation import Invocation
from kai.kubectl.process import Completed
from kai.kubectl.resources import builtin
from kai.model import Finding, Level
from kai.redact import redact
from kai.validators.live_case import SECONDS

LONGEST = 300
"""Characters of the server's own words that are shown."""

_MAX_WARNINGS = 3
_MAX_READ = 20_000
_MAX_NAMED = 5
_DELETED = re.compile(
    r"^([a-z0-9.-]+) \"([\w.:@-]+)\" (?:force )?deleted\b", re.MULTILINE | re.ASCII
)

_Said = Callable[[re.Match[str]], str]


def denied(who: str, verb: str, what: str, place: str) -> str:
    """Who may not do what, and where."""
    user = f"the user {clean(who)}" if who else "the user of this context"
    return f"{user} may not {verb} {what}{' ' + place if place else ''}"


def unanswered(done: Completed, call: Invocation) -> Finding:
    """Why there is no answer: nothing is known about the command then."""
    message = f"not checked with the cluster: {_why(done)}"
    return Finding("K521", Level.INFO, message, call.start, call.end)


def judged(done: Completed, call: Invocation) -> tuple[Finding, ...]:
    """The findings of a server's dry run; none where the server would take it without a word."""
    if done.timed_out or done.truncated:
        return (unanswered(done, call),)
    text = done.stderr[:_MAX_READ].decode("utf-8", "replace")
    if done.ok:
        return tuple(_finding("K517", Level.WARNING, line, call) for line in _warnings(text))
    told = " ".join(line.strip() for line in text.split("\n") if _counts(line))
    for pattern, code, words in _ANSWERS:
        match = pattern.search(told)
        if match is not None:
            level = Level.INFO if code in ("K521", "K522") else Level.ERROR
            return (_finding(code, level, words(match), call),)
    if any(mark in told for mark in _UNREACHABLE) or not told.startswith(
        ("error", "Error", "The ")
    ):
        return (unanswered(done, call),)
    rest = re.sub(r"^(?:error: |Error from server(?: \(\w+\))?: )", "", told)
    return (_finding("K516", Level.WARNING, f"kubectl or the server refuses: {rest}", call),)


def objects_hit(done: Completed) -> list[str]:
    """What the server would delete: `pod "web" deleted (server dry run)`, a line for each."""
    if not done.ok:
        return []
    return [
        f"{kind} {name}" for kind, name in _DELETED.findall(done.stdout.decode("utf-8", "replace"))
    ]


def some(names: list[str]) -> str:
    """The first few of many."""
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def clean(text: str) -> str:
    """One line of printable characters, without secrets, not longer than `LONGEST`."""
    text = redact(" ".join(text.split()))
    text = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _finding(code: str, level: Level, message: str, call: Invocation) -> Finding:
    return Finding(code, level, clean(message), call.start, call.end)


def _counts(line: str) -> bool:
    """Whether a line of stderr is about the outcome: not klog's lines, not a warning."""
    return bool(line.strip()) and not _KLOG.match(line) and not line.startswith("Warning:")


def _warnings(text: str) -> list[str]:
    said = [line.removeprefix("Warning: ") for line in text.split("\n") if line[:9] == "Warning: "]
    return list(dict.fromkeys(said))[:_MAX_WARNINGS]


def _why(done: Completed) -> str:
    if done.timed_out:
        return f"no answer in {SECONDS:g} s"
    if done.truncated:
        return "the answer is too long"
    text = done.stderr[:_MAX_READ].decode("utf-8", "replace")
    if "(Unauthorized)" in text or "must be logged in" in text:
        return "the server does not know who you are (log in again)"
    if "getting credentials" in text:
        return "the program that signs you in has failed"
    if "certificate" in text or "x509" in text:
        return "the server's certificate is not trusted"
    if any(mark in text for mark in _UNREACHABLE):
        return "the server cannot be reached"
    return "kubectl gave no answer that kai can read"


_KLOG = re.compile(r"[IWEF]\d{4} ")
_UNREACHABLE = (
    *("was refused", "Unable to connect", "dial tcp", "i/o timeout", "no such host", "EOF"),
    *("connection reset", "TLS handshake", "x509", "deadline exceeded", "getting credentials"),
    *(
        "(Unauthorized)",
        "must be logged in",
        "(ServiceUnavailable)",
        "(Timeout)",
        "(InternalError)",
    ),
    *("unable to handle the request", "couldn't get current server API group list"),
)
_OBJECT = r"(?P<object>[\w.-]+ \"[^\"]*\")"


def _rbac(match: re.Match[str]) -> str:
    group = match["group"]
    what, _, sub = match["what"].partition("/")
    what = f"{what}.{group}" if group else what
    place = f"in namespace {match['ns']}" if match["ns"] else "in the whole cluster"
    return denied(match["who"], match["verb"], f"{what}/{sub}" if sub else what, place)


_ANSWERS: tuple[tuple[re.Pattern[str], str, _Said], ...] = (
    (re.compile(r"^error: .*--dry-run\b.* (?:cannot|can not|not supported|for command)"), "K522", lambda match: (
        "not tried with the server: kubectl makes no dry run of it")),
    (re.compile(r"does not support dry run"), "K521", lambda match: (
        "not checked with the cluster: one of its admission webhooks takes no dry runs")),
    (re.compile(
        r"User \"(?P<who>[^\"]*)\" cannot (?P<verb>\w+) resource \"(?P<what>[^\"]*)\""
        r" in API group \"(?P<group>[^\"]*)\""
        r"(?: in the namespace \"(?P<ns>[^\"]*)\"| at the cluster scope)?"
    ), "K510", _rbac),
    (re.compile(r"exceeded quota: (?P<rest>.+)|(?P<missing>failed quota: .+)"), "K513", lambda match: (
        f"more than the quota allows: {match['rest'] or match['missing']}")),
    (re.compile(r"admission webhook \"(?P<name>[^\"]*)\" denied the request:? ?(?P<rest>.*)"), "K514",
     lambda match: f"the admission webhook {match['name']} refuses: {match['rest']}"),
    (re.compile(r"(?P<rest>violates PodSecurity .+)"), "K514", lambda match: (
        f"pod security refuses: {match['rest']}")),
    (re.compile(r"ValidatingAdmissionPolicy '(?P<name>[^']*)'.*? denied request: (?P<rest>.*)"), "K514",
     lambda match: f"the policy {match['name']} refuses: {match['rest']}"),
    (re.compile(rf"{_OBJECT} not found"), "K511", lambda match: f"there is no {_named(match)}"),
    (re.compile(r"doesn't have a resource type \"(?P<kind>[^\"]*)\""), "K511", lambda match: (
        f"the cluster has no kind {match['kind']}")),
    (re.compile(rf"{_OBJECT} already exists"), "K512", lambda match: (
        f"{_named(match)} is already there")),
    (re.compile(r"(?P<rest>Apply failed with .+|Operation cannot be fulfilled on .+)"), "K512",
     lambda match: f"somebody else has changed it: {match['rest']}"),
    (re.compile(r"Error from server \(Forbidden\): (?P<rest>.+)|is forbidden: (?P<other>.+)"), "K514",
     lambda match: f"the server forbids it: {match['rest'] or match['other']}"),
    (re.compile(
        r"(?:The \w+ \"[^\"]*\" is invalid: |strict decoding error: |\((?:Invalid|BadRequest)\): )"
        r"(?P<rest>.+)"
    ), "K515", lambda match: f"the server would not take it: {match['rest']}"),
)  # fmt: skip
"""What is looked for in the server's words, in this order; the code of the finding; the message."""


def _named(match: re.Match[str]) -> str:
    kind, _, name = match["object"].partition(" ")
    known = builtin().find(kind)
    kind = known.singular or known.kind.lower() if known else kind.partition(".")[0]
    return f"{kind} {name.strip(chr(34))}"
