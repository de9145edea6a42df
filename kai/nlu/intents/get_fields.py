"""Fields that a name picks out of an object: one label or annotation, an environment variable, a
named port, the settings of one container, one condition."""

from __future__ import annotations

from kai.nlu import fields
from kai.nlu.frame import Frame
from kai.nlu.intents.get_query import Query
from kai.nlu.intents.get_view import View
from kai.nlu.patterns import pattern
from kai.nlu.where import singular_kind

_OF = frozenset(["of", "on", "for", "from", "in", "at"])
_VALUE = frozenset(["value", "values", "content", "contents", "setting"])
_ASKING = frozenset(["what", "whats", "which", "show", "get", "print", "read", "give", "see", ""])
_MARK = pattern(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?")
_VARIABLE = pattern(r"[A-Z][A-Z0-9_]*|[a-z]+(?:_[a-z0-9]+)+")


def take_values(f: Frame, kinds: list[str]) -> list[str]:
    """Paths of single values named in the request (`the team label of namespace x`), consumed."""
    if set(kinds) & {"secrets", "configmaps"}:
        f.take("novalues")
    if {"secrets", "ingresses"} == set(kinds) - {"namespaces", "ingressclasses"}:
        return _tls_secret(f, kinds)
    if len(kinds) != 1 and not (len(kinds) == 2 and "namespaces" in kinds):
        return []
    kind = next((kind for kind in kinds if kind != "namespaces"), "namespaces")
    return _metadata(f) or _variable(f, kind) or _port(f, kind) or _condition(f)


def _tls_secret(f: Frame, kinds: list[str]) -> list[str]:
    """`tls secret of ingress shop`: no secret is asked for, only which one it is."""
    for match in list(f.find_all("kind", "secrets")):
        start = match.start - (f.low(match.start - 1) in ("cert", "certificate"))
        after = f.low(match.end)
        listed = f.tokens[match.end - 1].comma or after in ("and", "")
        if f.low(start - 1) == "tls" and (after in {*_OF, "per", "by", "each"} or listed):
            f.use(start - 1, match.end)
            kinds.remove("secrets")
            return [".spec.tls[*].secretName"]
    return []


def _metadata(f: Frame) -> list[str]:
    """`value of label app.kubernetes.io/version`, `the team label of namespace growth`."""
    for index in f.words():
        word = f.low(index)
        if word not in ("label", "annotation") or f.tokens[index].quoted:
            continue
        behind = index + 1 + (f.low(index + 1) in ("called", "named", "key"))
        value = _value_before(f, index)
        if _is_mark(f, behind) and (value is not None or (word == "annotation" and _of(f, behind))):
            start = index if value is None else value
            f.use(start, behind + 1)
            return [_marked(word, f.tokens[behind].text)]
        if _is_mark(f, behind) and _asked(f, index) and _of_one(f, behind + 1):
            f.use(index, behind + 1)
            return [_marked(word, f.tokens[behind].text)]
        before = index - 1
        after = index + 1
        after += f.low(after) in _VALUE
        led = before == 0 or f.low(before - 1) not in ("with", "without", "no", "having", "by")
        if _is_mark(f, before) and led and _of_one(f, after):
            value = _value_before(f, before)
            f.use(before if value is None else value, after)
            return [_marked(word, f.tokens[before].text)]
    return []


def _is_mark(f: Frame, index: int) -> bool:
    """Whether a label's or annotation's key can stand there."""
    if not f.free(index) or index < 0 or not _MARK.fullmatch(f.tokens[index].text):
        return False
    text = f.tokens[index].low
    keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
    return "/" in text or text in keys or f.is_open(index)


def _value_before(f: Frame, index: int) -> int | None:
    """Where "value of the" before a word begins; None where it is not said."""
    at = index - 1
    while at >= 0 and f.low(at) in ("the", "its"):
        at -= 1
    if at > 0 and f.low(at) == "of" and f.low(at - 1) in _VALUE:
        return at - 1
    return None


def _asked(f: Frame, index: int) -> bool:
    at = index - 1
    while at >= 0 and f.low(at) in ("the", "is", "me"):
        at -= 1
    return at < 0 or f.low(at) in _ASKING


def _of(f: Frame, index: int) -> bool:
    return f.low(index + 1) in _OF


def _of_one(f: Frame, index: int) -> bool:
    """Whether "of" and one object follow: `of namespace growth`, `on the web deployment`."""
    if f.low(index) not in _OF:
        return False
    at = index + 1
    while f.low(at) in ("the", "our", "my"):
        at += 1
    kind = f.at("kind", at)
    if kind is not None:
        return singular_kind(f, kind) and f.name_at(kind.end, any_word=True) is not None
    behind = f.at("kind", at + 1)
    return behind is not None and singular_kind(f, behind) and f.name_at(at) is not None


def _marked(word: str, key: str) -> str:
    part = "labels" if word == "label" else "annotations"
    return f".metadata.{part}." + key.replace(".", "\\.")


def _variable(f: Frame, kind: str) -> list[str]:
    """`value of env LOG_LEVEL on deployment ranker`."""
    spec = fields.WORKLOAD_SPEC.get(kind)
    said = f.find("attr", "env")
    if spec is None or said is None:
        return []
    for at, start, end in (
        (said.end, said.start, said.end + 1),
        (said.start - 1, said.start - 1, said.end),
    ):
        text = f.tokens[at].text if 0 <= at < len(f.tokens) and f.free(at) else ""
        if text and _VARIABLE.fullmatch(text):
            value = _value_before(f, start)
            f.use(start if value is None else value, end)
            return [f'{spec}.containers[*].env[?(@.name=="{text}")].value']
    return []


_PORTS = {"ports": "port", "nodeport": "nodePort", "targetport": "targetPort"}
_PLAIN_PORTS = frozenset(["http", "https", "metrics", "grpc", "admin", "web", "tcp", "ui", "api"])


def _port(f: Frame, kind: str) -> list[str]:
    """`port named metrics on svc api`, `nodeport of the https port of svc web`."""
    if kind != "services":
        return []
    for index in f.words():
        if f.low(index) != "port":
            continue
        called = f.low(index + 1) in ("called", "named")
        at = index + 2 if called else index - 1
        if not f.free(at) or not (called or f.low(at) in _PLAIN_PORTS):
            continue
        f.use(min(at, index), max(at, index) + 1)
        what = f.take("attr", "nodeport", "targetport") or "ports"
        for other in f.words():
            if f.low(other) in ("number", "numbers") and f.free(other):
                f.use(other)
        return [f'.spec.ports[?(@.name=="{f.tokens[at].low}")].{_PORTS[what]}']
    return []


_CONDITIONS = {
    name.lower(): name
    for name in (
        *("Ready", "Available", "Progressing", "Initialized", "ContainersReady", "PodScheduled"),
        *("DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable", "Complete"),
        *("ReplicaFailure", "ScalingActive", "AbleToScale", "ScalingLimited", "Established"),
    )
}
_PARTS = {"status": "status", "reason": "reason", "message": "message", "state": "status"}


def _condition(f: Frame) -> list[str]:
    """`disk pressure condition of node-4, status only`: one condition's status or reason."""
    at = next((at for at in f.words() if f.low(at) == "condition"), None)
    if at is None:
        return []
    for start in (at - 2, at - 1):
        joined = "".join(f.low(index) for index in range(max(start, 0), at))
        if start < 0 or joined not in _CONDITIONS:
            continue
        part, end = "status", at + 1
        for index in f.words():
            near = index in (at + 1, start - 2, start - 3) or f.tokens[index - 1].comma
            near = near or f.low(index + 1) in ("only", "on", "of")
            if f.low(index) in _PARTS and near and not start <= index <= at:
                part = _PARTS[f.low(index)]
                f.use(index)
        f.use(start, end)
        for index in list(f.words()):
            if f.low(index) == "heartbeat" and f.used[index + 1]:
                f.use(index)
        return [f'.status.conditions[?(@.type=="{_CONDITIONS[joined]}")].{part}']
    return []


_CLASSES = {
    "besteffort": "BestEffort",
    "best-effort": "BestEffort",
    "burstable": "Burstable",
    "guaranteed": "Guaranteed",
}
_POLICIES = {"never": "Never", "always": "Always", "onfailure": "OnFailure"}


def take_class(f: Frame, view: View, kinds: list[str]) -> None:
    """`besteffort pods`: a column of the classes and a filter for the one, consumed."""
    for index in f.words() if kinds[:1] == ["pods"] else ():
        two = f.low(index) == "best" and f.low(index + 1) == "effort"
        named = "BestEffort" if two else _CLASSES.get(f.tokens[index].low, "")
        if named and not f.tokens[index].quoted:
            start, end = index, index + 1 + two
            if f.low(start - 1) in ("qos", "class"):
                start -= 1
            f.use(start, end)
            f.take("attr", "qos")
            view.attributes.append("qos")
            view.pipe.append(["grep", named])
            return


_STATUS = {
    "pods": "phase",
    "persistentvolumeclaims": "phase",
    "persistentvolumes": "phase",
    "namespaces": "phase",
    "nodes": "ready",
}


def take_listed_status(f: Frame, view: View, kinds: list[str]) -> None:
    """The "status" of "name, status and node": a column like the others, consumed."""
    if not view.attributes or len(kinds) != 1 or kinds[0] not in _STATUS:
        return
    for index in f.words():
        if f.low(index) not in ("status", "state", "phase"):
            continue
        before = f.tokens[index - 1].comma or f.low(index - 1) in ("and", "plus", "with")
        if index and before and f.low(index + 1) != "of":
            listed = f.tokens[index].comma or f.low(index + 1) in ("and", "")
            if listed or f.low(index + 1) in _OF:
                f.use(index)
                view.attributes.append(_STATUS[kinds[0]])
                return


def take_taints(f: Frame, kinds: list[str]) -> list[list[str]]:
    """`nodes tainted with NoSchedule`, `nodes that have the taint dedicated`: a filter, consumed."""
    if kinds != ["nodes"]:
        return []
    said = next((at for at in f.words() if f.low(at) in ("tainted", "taint", "taints")), None)
    if said is None:
        return []
    effect = next((at for at in f.words() if f.tokens[at].low in _EFFECTS), None)
    test = ""
    if effect is not None:
        test = f'.effect == "{_EFFECTS[f.tokens[effect].low]}"'
        end = effect + 1 + (f.low(effect + 1) in ("effect", "taint", "taints"))
        f.use(effect, end)
        at = effect - 1
        while at >= 0 and f.free(at) and f.low(at) in ("effect", "the", "a", "with", "of"):
            f.use(at)
            at -= 1
    elif f.low(said) in ("taint", "tainted"):
        at = said + 1
        while f.low(at) in ("with", "the", "key", "called", "named", "by"):
            at += 1
        owning = f.low(said) == "tainted" and at > said + 1
        owning = owning or f.low(said - 1) in ("the", "with", "a", "having")
        if not (owning and f.is_open(at) and "=" not in f.tokens[at].text):
            return []
        test = f'.key == "{f.tokens[at].text}"'
        f.use(said, at + 1)
    else:
        return []
    if f.free(said):
        f.use(said)
    for index in f.words():
        if f.low(index) in ("with", "having", "that", "have") and f.used[min(index + 1, said)]:
            f.use(index)
    return [["jq", "-r", f".items[] | select(any(.spec.taints[]?; {test})) | .metadata.name"]]


_EFFECTS = {
    "noschedule": "NoSchedule",
    "noexecute": "NoExecute",
    "prefernoschedule": "PreferNoSchedule",
}


def narrow(f: Frame, query: Query, kinds: list[str]) -> None:
    """Add what narrows a list by fields or taints to the query."""
    query.fields += take_field_values(f, kinds)
    tainted = take_taints(f, kinds)
    query.pipe += tainted
    query.output = "json" if tainted else query.output


def take_field_values(f: Frame, kinds: list[str]) -> list[str]:
    """`with restartPolicy Never`, `under the default service account`: field selectors of pods."""
    if "pods" not in kinds:
        return []
    found: list[str] = []
    for match in list(f.find_all("attr", "restartpolicy")):
        for at in (match.end + (f.low(match.end) in ("is", "of", "=", "set")), match.start - 1):
            value = _POLICIES.get(f.low(at).replace("-", "")) if f.free(at) else None
            if value is not None:
                f.use(min(at, match.start), max(at + 1, match.end))
                found.append(f"spec.restartPolicy={value}")
                break
    return found + _accounts(f, kinds)


_UNDER = frozenset(["under", "as", "using", "use", "uses", "with", "run", "running", "runs"])


def _accounts(f: Frame, kinds: list[str]) -> list[str]:
    for match in list(f.find_all("kind", "serviceaccounts")):
        start, at = match.start, match.end + (f.low(match.end) in ("called", "named"))
        name = f.name_at(at, any_word=at > match.end)
        end = at + 1
        if name is None:
            start, end = start - 1, match.end
            known = f.low(start) in f.scan.lexicon.lists.get("list-namespaces", frozenset())
            name = f.name_at(start, any_word=known)
        while f.low(start - 1) in ("the", "a") and f.free(start - 1):
            start -= 1
        if name is None or f.low(start - 1) not in _UNDER or not singular_kind(f, match):
            continue
        while f.low(start - 1) in {*_UNDER, "that", "which", "are"} and f.free(start - 1):
            start -= 1
        f.use(start, end)
        if "serviceaccounts" in kinds:
            kinds.remove("serviceaccounts")
        return [f"spec.serviceAccountName={name}"]
    return []


def take_container(f: Frame) -> str:
    """`image of the container called istio-proxy`: whose settings are asked for, consumed."""
    for index in list(f.words()):
        if f.low(index) != "container" or f.tokens[index].quoted:
            continue
        called = f.low(index + 1) in ("called", "named")
        at = index + 1 + called
        name = f.name_at(at, any_word=called)
        if name is not None and (called or f.is_open(at)) and f.low(at + 1) in _ENDS:
            f.use(index, at + 1)
            return name
        at = index - 1
        led = f.low(at - 1) in ("the", "of", "for", "our")
        usual = f.is_open(at) or (f.low(at) in _USUAL and f.free(at))
        if usual and led and f.name_at(at, any_word=True) and f.low(index + 1) in _ENDS:
            f.use(at, index + 1)
            return f.tokens[at].low
    return ""


_ENDS = frozenset([*_OF, "inside", "", "within"])
_USUAL = frozenset(["sidecar", "proxy", "main", "app", "api", "web", "nginx", "agent", "worker"])
"""Words that containers are usually called by, though they mean something else too."""
