"""The values of flags, each by what its flag wants.

A flag's type (int, bool, duration) is checked by the type, the others by name, and where one name
means different things by command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kai.kubectl.distance import nearest
from kai.kubectl.govalues import go_bool, go_duration, go_int
from kai.kubectl.invocation import Flag, Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Finding
from kai.validators import amounts, jsonpath, names, texts
from kai.validators.faults import Fault, in_flag, is_mark
from kai.validators.outputs import output
from kai.validators.selectors import field_selector, label_selector

Path = tuple[str, ...]
_Check = Callable[[str], Fault | None]

_TYPES: dict[str, tuple[str, _Check]] = {
    "int": ("K221", amounts.integer),
    "bool": ("K222", amounts.boolean),
    "duration": ("K223", amounts.duration),
}
_BOOL_TOO = frozenset(("dry-run", "cascade", "validate"))
_PATCHES = ("json", "merge", "strategic")
_POLICIES = ("Always", "IfNotPresent", "Never")
#: Values of flags whose help text does not enumerate them, or not all of them.
_ENUMS: dict[tuple[Path, str], tuple[str, ...]] = {
    (("run",), "restart"): ("Always", "OnFailure", "Never"),
    (("run",), "image-pull-policy"): _POLICIES,
    (("debug",), "image-pull-policy"): _POLICIES,
    (("expose",), "type"): ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    (("expose",), "protocol"): ("TCP", "UDP", "SCTP"),
    (("expose",), "session-affinity"): ("None", "ClientIP"),
    (("expose",), "override-type"): _PATCHES,
    (("run",), "override-type"): _PATCHES,
    (("patch",), "type"): _PATCHES,
    (("create", "priorityclass"), "preemption-policy"): ("PreemptLowerPriority", "Never"),
    (("config", "set-credentials"), "exec-interactive-mode"): ("IfAvailable", "Never", "Always"),
    (("top", "pod"), "sort-by"): ("cpu", "memory"),
    (("top", "node"), "sort-by"): ("cpu", "memory"),
    (("api-resources",), "sort-by"): ("name", "kind"),
    (("delete",), "output"): ("name",),
    (("create", "token"), "bound-object-kind"): ("Node", "Pod", "Secret"),
}
_ANY_CASE = frozenset((("patch",), ("expose",), ("run",)))
_LISTS: dict[tuple[Path, str], tuple[str, ...]] = {
    (("events",), "types"): ("Normal", "Warning"),
    (("create", "quota"), "scopes"): (
        "BestEffort",
        "NotBestEffort",
        "Terminating",
        "NotTerminating",
        "PriorityClass",
        "CrossNamespacePodAffinity",
    ),
}
_BY_NAME: dict[str, tuple[str, _Check]] = {
    "selector": ("K225", label_selector),
    "pod-selector": ("K225", label_selector),
    "request-timeout": ("K223", amounts.seconds_or_duration),
    "namespace": ("K231", names.namespace_meant),
    "since-time": ("K237", amounts.timestamp),
    "from-literal": ("K238", texts.literal),
    "min-available": ("K240", amounts.number_or_percent),
    "max-unavailable": ("K240", amounts.number_or_percent),
    "set-image": ("K234", texts.container_images),
}
_BY_PLACE: dict[tuple[Path, str], tuple[str, _Check]] = {
    (("get",), "sort-by"): ("K227", jsonpath.relaxed),
    (("wait",), "for"): ("K239", texts.condition),
    (("events",), "for"): ("K244", texts.kind_and_name),
    (("create", "job"), "from"): ("K244", texts.kind_and_name),
    (("set", "resources"), "limits"): ("K224", amounts.amounts),
    (("set", "resources"), "requests"): ("K224", amounts.amounts),
    (("create", "quota"), "hard"): ("K224", amounts.amounts),
    (("create", "cronjob"), "schedule"): ("K236", amounts.schedule),
    (("run",), "env"): ("K238", texts.variable),
    (("create", "ingress"), "annotation"): ("K238", texts.key_value),
    (("run",), "annotations"): ("K238", texts.key_value),
    (("config", "set-credentials"), "exec-env"): ("K238", texts.key_value),
    (("config", "set-credentials"), "auth-provider-arg"): ("K238", texts.key_value),
    (("create", "clusterrole"), "non-resource-url"): ("K244", texts.url_path),
    (("run",), "labels"): ("K238", texts.labels),
    (("expose",), "labels"): ("K238", texts.labels),
    (("run",), "image"): ("K234", names.image),
    (("debug",), "image"): ("K234", names.image),
    (("create", "deployment"), "image"): ("K234", texts.images),
    (("create", "job"), "image"): ("K234", names.image_to_store),
    (("create", "cronjob"), "image"): ("K234", names.image_to_store),
    (("run",), "port"): ("K235", amounts.port),
    (("expose",), "port"): ("K235", amounts.ports),
    (("expose",), "target-port"): ("K235", amounts.port_or_name),
    (("expose",), "name"): ("K231", names.service_name),
    (("create", "ingress"), "rule"): ("K244", texts.ingress_rule),
    (("create", "ingress"), "default-backend"): ("K244", texts.backend),
    (("create", "rolebinding"), "serviceaccount"): ("K244", texts.account),
    (("create", "clusterrolebinding"), "serviceaccount"): ("K244", texts.account),
    (("set", "subject"), "serviceaccount"): ("K244", texts.account),
    (("patch",), "patch"): ("K242", texts.patch),
}
_BY_PLACE |= {
    (("create", "service", kind), "tcp"): ("K235", amounts.service_port)
    for kind in ("clusterip", "nodeport", "loadbalancer", "externalname")
}
#: Numbers with bounds: the least, the most.
_BOUNDS: dict[tuple[Path, str], tuple[int, int | None]] = {
    (("scale",), "replicas"): (0, None),
    (("scale",), "current-replicas"): (-1, None),
    (("create", "deployment"), "replicas"): (0, None),
    (("create", "deployment"), "port"): (-1, 65535),
    (("autoscale",), "max"): (1, None),
    (("logs",), "tail"): (-1, None),
    (("logs",), "limit-bytes"): (0, None),
    (("rollout", "history"), "revision"): (0, None),
    (("rollout", "status"), "revision"): (0, None),
    (("create", "service", "nodeport"), "node-port"): (0, 65535),
    (("proxy",), "port"): (0, 65535),
}
_SELECTED_KIND = {("top", "pod"): "pods", ("drain",): "pods"}


def check_values(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K220 to K244: values that a flag does not take."""
    for flag in call.flags:
        value = flag.value
        if flag.spec is None or value is None or is_mark(call, value):
            continue
        if value == "" and flag.spec.type not in _TYPES:
            continue
        if flag.name == "request-timeout" and call.path[:1] in _NO_SERVER:
            continue
        found = _fault(call, flag, value, catalogue)
        if found is not None:
            yield in_flag(*found, flag, call)
    yield from _relations(call)
    yield from _arguments(call)


def _fault(
    call: Invocation, flag: Flag, value: str, catalogue: Catalogue
) -> tuple[str, Fault] | None:
    spec, path = flag.spec, call.path
    assert spec is not None  # noqa: S101 - the caller looked
    if spec.type in _TYPES:
        code, check = _TYPES[spec.type]
        fault = check(value)
        return (code, fault) if fault is not None else _bounds(call, flag, value)
    key = (path, flag.name)
    if flag.name == "output" and spec.choices and key not in _ENUMS:
        return output(call, value, spec.choices)
    choices = _ENUMS.get(key, () if flag.name == "output" else spec.choices)
    if choices:
        return _coded("K220", _choice(call, flag, value, choices))
    if key in _LISTS:
        return _coded("K220", _listed(value, _LISTS[key]))
    if flag.name == "field-selector":
        return _coded("K226", field_selector(value, _kind(call, catalogue)))
    found = _BY_PLACE.get(key, _BY_NAME.get(flag.name))
    if found is None or (flag.name == "selector" and path in _MAP_SELECTORS):
        return None
    return _coded(found[0], found[1](value))


#: Commands that ask no server and pass the flags about it by.
_NO_SERVER = frozenset((("config",), ("help",), ("completion",), ("options",), ("plugin",)))
#: Commands whose --selector is no label selector but labels to set.
_MAP_SELECTORS = frozenset((("expose",),))


def _coded(code: str, fault: Fault | None) -> tuple[str, Fault] | None:
    return None if fault is None else (code, fault)


def _choice(call: Invocation, flag: Flag, value: str, choices: tuple[str, ...]) -> Fault | None:
    if value in choices:
        return None
    if flag.name in _BOOL_TOO and (go_bool(value) is not None or value == "unchanged"):
        return None
    if flag.name == "type" and call.path == ("patch",) and value.lower() in choices:
        return None
    same = {choice.lower(): choice for choice in choices}.get(value.lower())
    guess = same or nearest(value, choices)
    hint = f"did you mean {guess}?" if guess else f"there are {', '.join(choices)}"
    return Fault(f"--{flag.name} has no '{value}'; {hint}", 0, None, guess)


def _listed(value: str, choices: tuple[str, ...]) -> Fault | None:
    start = 0
    known = {choice.lower(): choice for choice in choices}
    for part in value.split(","):
        if part.lower() not in known:
            guess = nearest(part, choices)
            hint = f"did you mean {guess}?" if guess else f"there are {', '.join(choices)}"
            return Fault(f"'{part}' is not known here; {hint}", start, start + len(part), guess)
        start += len(part) + 1
    return None


def _bounds(call: Invocation, flag: Flag, value: str) -> tuple[str, Fault] | None:
    bounds = _BOUNDS.get((call.path, flag.name))
    if bounds is None:
        if flag.name == "since" and (go_duration(value) or 0) < 0:
            return "K241", Fault("--since cannot be negative")
        return None
    number = go_int(value)
    least, most = bounds
    if number is None or (number >= least and (most is None or number <= most)):
        return None
    what = f"at least {least}" if most is None else f"from {least} to {most}"
    return "K241", Fault(f"--{flag.name} must be {what}")


def _relations(call: Invocation) -> Iterator[Finding]:
    """Numbers that depend on each other, and the form of a patch, which depends on its type."""
    if call.path == ("autoscale",):
        least, most = call.flag("min"), go_int(call.value("max") or "")
        number = go_int(least.value or "") if least is not None else None
        if least is not None and number is not None and most is not None and 1 <= most < number:
            yield in_flag("K241", Fault(f"--min is above --max ({most})"), least, call)
    elif call.path == ("patch",):
        flag = call.flag("patch")
        if flag is not None and flag.value:
            kind = (call.value("type") or "strategic").lower()
            fault = texts.patch_of_type(flag.value, kind)
            if fault is not None:
                yield in_flag("K242", fault, flag, call)


def _arguments(call: Invocation) -> Iterator[Finding]:
    from kai.validators.words import argument_faults

    return argument_faults(call)


def _kind(call: Invocation, catalogue: Catalogue) -> str:
    """The one kind that a field selector is about, by its full name; "" where it is not known."""
    if call.path in _SELECTED_KIND:
        return _SELECTED_KIND[call.path]
    kinds = {target.resource for target in call.resources(catalogue)}
    if len(kinds) != 1:
        return ""
    kind = next(iter(kinds))
    return kind.qualified if kind is not None else ""
