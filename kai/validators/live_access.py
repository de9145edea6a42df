"""May the user do it? `kubectl auth can-i` for the right that each command needs.

Source of the table: the requests of 95 commands against a real API server, and the requests that
real kubectls send to a made-up one (tests/e2e/test_live.py compares).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kai.kubectl.invocation import Flag, Invocation
from kai.kubectl.resources import Resource
from kai.model import Finding, Level, Tier
from kai.validators.faults import is_known, reads_cleanly
from kai.validators.live_answers import denied, unanswered
from kai.validators.live_case import IMPERSONATION, NAME, Answer, Case

MAX_ASKED = 4
"""Rights asked about for one line: each is a process of about 45 ms."""


@dataclass(frozen=True, slots=True)
class Right:
    """A verb on a kind; `resource` "" is the kind that the command names, "*" that kind by name only.

    `named`: on the objects that the command names; otherwise on the kind as a whole.
    """

    verb: str
    resource: str = ""
    subresource: str = ""
    named: bool = True


_PATCH = Right("patch")
_HPA = "horizontalpodautoscalers.autoscaling"
_RBAC = "rbac.authorization.k8s.io"
_NODES = Right("patch", "nodes")
_DEBUG = Right("patch", "pods", "ephemeralcontainers")

RIGHTS: dict[tuple[str, ...], Right] = {
    ("get",): Right("get"),
    ("describe",): Right("get"),
    ("logs",): Right("get", "pods", "log"),
    ("events",): Right("list", "events", named=False),
    ("top", "pod"): Right("get", "pods.metrics.k8s.io"),
    ("top", "node"): Right("get", "nodes.metrics.k8s.io"),
    ("wait",): Right("get"),
    ("rollout", "status"): Right("get"),
    ("rollout", "history"): Right("get"),
    ("apply", "view-last-applied"): Right("get"),
    ("exec",): Right("create", "pods", "exec"),
    ("attach",): Right("create", "pods", "attach"),
    ("port-forward",): Right("create", "pods", "portforward"),
    ("cp",): Right("create", "pods", "exec", named=False),
    ("delete",): Right("delete"),
    ("edit",): _PATCH,
    ("patch",): _PATCH,
    ("label",): _PATCH,
    ("annotate",): _PATCH,
    ("taint",): _PATCH,
    ("cordon",): _NODES,
    ("uncordon",): _NODES,
    ("drain",): Right("create", "pods", "eviction", named=False),
    ("scale",): Right("patch", "", "scale"),
    ("set", "env"): _PATCH,
    ("set", "image"): _PATCH,
    ("set", "resources"): _PATCH,
    ("set", "selector"): _PATCH,
    ("set", "serviceaccount"): _PATCH,
    ("set", "subject"): _PATCH,
    ("rollout", "restart"): _PATCH,
    ("rollout", "undo"): _PATCH,
    ("rollout", "pause"): _PATCH,
    ("rollout", "resume"): _PATCH,
    ("autoscale",): Right("create", _HPA, named=False),
    ("expose",): Right("create", "services", named=False),
    ("run",): Right("create", "pods", named=False),
    ("certificate", "approve"): Right(
        "update", "certificatesigningrequests.certificates.k8s.io", "approval"
    ),
    ("certificate", "deny"): Right(
        "update", "certificatesigningrequests.certificates.k8s.io", "approval"
    ),
    ("create", "token"): Right("create", "serviceaccounts", "token"),
}
"""What each command needs, as far as one right tells. What a file holds is not known here: `apply`,
`replace` and `create -f` stand nowhere."""

CREATES = {
    "clusterrole": f"clusterroles.{_RBAC}",
    "clusterrolebinding": f"clusterrolebindings.{_RBAC}",
    "configmap": "configmaps",
    "cronjob": "cronjobs.batch",
    "deployment": "deployments.apps",
    "ingress": "ingresses.networking.k8s.io",
    "job": "jobs.batch",
    "namespace": "namespaces",
    "poddisruptionbudget": "poddisruptionbudgets.policy",
    "priorityclass": "priorityclasses.scheduling.k8s.io",
    "quota": "resourcequotas",
    "role": f"roles.{_RBAC}",
    "rolebinding": f"rolebindings.{_RBAC}",
    "secret": "secrets",
    "service": "services",
    "serviceaccount": "serviceaccounts",
}
"""What each `create SUBCOMMAND` makes."""

_READS = frozenset(("get", "list"))
_LISTS = frozenset((("get",), ("describe",), ("top", "pod"), ("top", "node")))
"""Commands that list where no object is named."""


@dataclass(frozen=True, slots=True)
class Question:
    """One call of `kubectl auth can-i`; `words` are all of its words."""

    words: tuple[str, ...]
    verb: str
    what: str
    place: str


async def access(case: Case) -> Answer | None:
    """What the user may not do of what the line does."""
    import asyncio

    calls = [
        (call, question)
        for call in case.pipeline.invocations
        if not call.via and is_known(call) and reads_cleanly(call)
        for question in questions(case, call)
    ][:MAX_ASKED]
    if not calls:
        return None
    answers = await asyncio.gather(*(case.run(question.words) for _, question in calls))
    found: list[Finding] = []
    for (call, question), done in zip(calls, answers, strict=True):
        said = done.stdout.split(maxsplit=1)[:1]
        if said == [b"no"] and not done.timed_out:
            found.append(_denied(case, call, question))
        elif said != [b"yes"] or done.timed_out:
            found.append(unanswered(done, call))
    return Answer(tuple(dict.fromkeys(found)))


def _denied(case: Case, call: Invocation, question: Question) -> Finding:
    who = call.value("as") or case.here.user
    message = denied(who, question.verb, question.what, question.place)
    return Finding("K510", Level.ERROR, message, call.start, call.end)


def questions(case: Case, call: Invocation) -> tuple[Question, ...]:
    """What to ask about a call, each thing once."""
    right = _right(call)
    if right is None or (case.tier == Tier.READ and right.verb not in _READS):
        return ()  # it changes nothing: a dry run, or a command that only lists
    return tuple(
        dict.fromkeys(_question(case, call, right, *on) for on in _objects(case, call, right))
    )


def _right(call: Invocation) -> Right | None:
    if call.path[:1] == ("create",) and len(call.path) > 1 and call.path != ("create", "token"):
        kind = CREATES.get(call.path[1])
        return Right("create", kind, named=False) if kind else None
    if call.values("filename") or call.values("kustomize") or call.values("raw"):
        return None
    if call.path == ("debug",):
        plain = not call.values("copy-to") and not any(
            word.value.lower().startswith(("no/", "node/", "nodes/")) for word in call.args
        )
        return _DEBUG if plain else Right("create", "pods", named=False)
    return RIGHTS.get(call.path)


def _objects(case: Case, call: Invocation, right: Right) -> Iterator[tuple[Resource, str]]:
    """The kinds, and the names in them ("" for the kind as a whole)."""
    implied = case.catalogue.find(right.resource) if right.resource else None
    if right.resource and implied is None:
        return
    if implied is not None and not right.named:
        yield implied, ""
        return
    if call.path == ("create", "token"):
        names = [word.value for word in call.args]
        targets = [(implied, name) for name in names]
    else:
        targets = [
            (target.resource, target.name or "") for target in call.resources(case.catalogue)
        ]
    for resource, name in targets or [(implied, "")]:
        kind = implied or resource
        if kind is None or (name and not NAME.fullmatch(name)):
            continue
        # `logs deploy/web` is about pods that have other names.
        own = resource is None or kind.plural == resource.plural or kind.group.startswith("met")
        yield kind, name if own else ""


def _question(case: Case, call: Invocation, right: Right, kind: Resource, name: str) -> Question:
    verb = "list" if right.verb == "get" and not name and call.path in _LISTS else right.verb
    what = f"{kind.qualified}/{name}" if name else kind.qualified
    words = ["auth", "can-i", verb, what]
    if right.subresource:
        words.append(f"--subresource={right.subresource}")
    place = ""
    if kind.namespaced and (call.boolean("all-namespaces") or call.path == ("drain",)):
        words.append("--all-namespaces")
        place = "in all namespaces"
    elif kind.namespaced:
        namespace = case.namespace(call)
        words.append(f"--namespace={namespace}")
        place = f"in namespace {namespace}"
    words += [f"--context={case.here.context.context}", *impersonation(call)]
    shown = f"{kind.qualified}/{right.subresource}" if right.subresource else kind.qualified
    return Question(tuple(words), verb, f"{shown} {name}".rstrip(), place)


def impersonation(call: Invocation) -> tuple[str, ...]:
    """The flags of a call that make the user somebody else, as they have to be written."""
    return tuple(map(written, (flag for flag in call.flags if flag.name in IMPERSONATION)))


def written(flag: Flag) -> str:
    """A flag as one word."""
    return f"--{flag.name}" if flag.value is None else f"--{flag.name}={flag.value}"
