"""The flags of one kubectl call, brought into one form: order, spelling and defaults do not count."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kai.kubectl import canonical_values as form
from kai.kubectl.govalues import go_bool, go_int
from kai.kubectl.invocation import Flag, Invocation
from kai.kubectl.resources import builtin

Flags = dict[str, str | bool]

_RENAMED = {
    "delete-local-data": "delete-emptydir-data",
    "prune-whitelist": "prune-allowlist",
}
#: Accepted for old scripts' sake; it changes an annotation only.
_WITHOUT_EFFECT = frozenset(("record",))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DURATIONS = _names(
    "since timeout request-timeout duration pod-running-timeout skip-wait-for-delete-timeout"
)
_AMOUNTS = frozenset(("limits", "requests", "hard"))
_LISTS = _names(
    "verb resource resource-name user group serviceaccount as-group keys types verbs api-group"
    " non-resource-url namespaces allowlist label-columns"
)
_REPEATED = _names("from-literal env rule annotation exec-arg exec-env auth-provider-arg")
_SPOKEN_TYPES = {  # heard so often that they are compared as what is meant
    "pvs": "persistentvolumes",
    "pvcs": "persistentvolumeclaims",
    "crds": "customresourcedefinitions",
    "quotas": "resourcequotas",
    "vpa": "verticalpodautoscalers",
    "verticalpodautoscaler": "verticalpodautoscalers",
}
_OLD_GROUPS = frozenset(("core", "extensions", ""))
_VERSION = re.compile(r"v[0-9]\w*\.?")
_CONDITION = re.compile(r"condition=(\w+)(=[Tt]rue)?")
_FOR_PATH = re.compile(r"jsonpath=(.*?)(?:=([^=\])]*))?")


def kind(word: str) -> str:
    """The plural of a resource type: `po`, `Pod` and `pods.v1` are `pods`; unknown: lower case."""
    low = word.lower()
    if low in _SPOKEN_TYPES:
        return _SPOKEN_TYPES[low]
    catalogue = builtin()
    found = catalogue.find(word) or catalogue.find(low)
    if found is None and "." in low:
        head, _, rest = low.partition(".")
        if _VERSION.sub("", rest, count=1) in _OLD_GROUPS:
            found = catalogue.find(head)
    return low if found is None else found.plural


def kind_and_name(text: str) -> str:
    """`po/web` is `pods/web`; a word without a slash is a type."""
    head, slash, name = text.partition("/")
    return kind(head) + slash + name


def flags_form(invocation: Invocation, *, strict: bool) -> Flags:
    """The flags that say something: by long name, defaults left out, unknown ones marked `?`."""
    grouped: dict[str, list[Flag]] = {}
    for flag in invocation.flags:
        grouped.setdefault(_name(flag, invocation.path), []).append(flag)
    result: Flags = {}
    for name, flags in grouped.items():
        spec, last = flags[-1].spec, flags[-1].meant
        if name in _RENAMED.values():
            spec = invocation.command.flag(name)
            last = last or (spec.bare if spec else None)
        if name in _WITHOUT_EFFECT:
            continue
        if name[0] == "?" or spec is None:
            result[name] = "" if last is None else last
        elif spec.type == "bool":
            wanted = go_bool(last or "")
            if wanted is None:
                result[name] = last or ""
            elif wanted != (spec.default == "true"):
                result[name] = wanted
        else:
            normal = _Values(name, invocation.path)
            value = normal([flag.meant or "" for flag in flags])
            if not spec.default or value != normal([spec.default]):
                result[name] = value
    _merge_output(result, strict=strict)
    return result


def _name(flag: Flag, path: tuple[str, ...]) -> str:
    """The flag's long name; "?" in front of one that this command does not have."""
    written = flag.spelled.lstrip("-").replace("_", "-")
    if flag.spec is not None and written in (flag.spec.name, flag.spec.short):
        return _RENAMED.get(flag.spec.name, flag.spec.name)
    if path == ("autoscale",) and written in ("cpu", "memory", "cpu-percent"):
        return written  # each is known to some versions of kubectl only
    return _RENAMED.get(written, "?" + written)


@dataclass(frozen=True, slots=True)
class _Values:
    """Brings all values of one flag into one string."""

    name: str
    path: tuple[str, ...]

    def __call__(self, values: Sequence[str]) -> str:
        name, last = self.name, values[-1]
        if name in _ONE_VALUE:
            return _ONE_VALUE[name](last)
        if name in ("selector", "field-selector"):
            single = self.path == ("expose",) or self.path[1:] == ("poddisruptionbudget",)
            return form.selector(last if single else ",".join(values))
        if name in _AMOUNTS:
            return _sorted(
                key + "=" + form.quantity(amount)
                for key, _, amount in (pair.partition("=") for pair in _split(values))
            )
        if name == "resource" and self.path[:1] == ("create",):
            return _sorted({kind_and_name(item) for item in _split(values)})
        if name == "for":
            return _sorted(self._awaited(value) for value in values)
        if name == "image" and self.path == ("create", "deployment"):
            return _sorted(set(values))
        return self._plain(values)

    def _plain(self, values: Sequence[str]) -> str:
        name, last = self.name, values[-1]
        if name == "sort-by":
            return last if self.path[:1] == ("top",) else form.field_path(last)
        if name == "labels":
            return _sorted(_split(values))
        if name == "filename":
            return _sorted(form.file_name(item) for item in _split(values))
        if name in ("from-file", "from-env-file"):
            return _sorted({re.sub(r"(^|=)\./", r"\1", value) for value in values})
        if name == "tcp":
            return _sorted(value if ":" in value else f"{value}:{value}" for value in values)
        if name in _LISTS:
            return _sorted(set(_split(values)))
        if name in _REPEATED:
            return _sorted(set(values))
        number = go_int(last)
        return last if number is None else str(number)

    def _awaited(self, value: str) -> str:
        """The value of `wait --for` or `events --for`."""
        if self.path == ("events",) and "/" in value:
            return kind_and_name(value)
        if match := _CONDITION.fullmatch(value):
            return "condition=" + match[1].lower()
        if match := _FOR_PATH.fullmatch(value):
            wanted = "" if match[2] is None else "=" + match[2]
            return "jsonpath=" + form.field_path(match[1]) + wanted
        return value


def _dry_run(value: str) -> str:
    return "client" if value in ("true", "unchanged", "") else value


_ONE_VALUE: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_DURATIONS, form.duration),
    "patch": form.json_text,
    "overrides": form.json_text,
    "kustomize": form.file_name,
    "cascade": lambda value: {"false": "orphan", "true": "background"}.get(value, value),
    "dry-run": _dry_run,
    "cpu-percent": lambda value: value.rstrip("%"),
}


def _split(values: Sequence[str]) -> list[str]:
    return form.split_outside(",".join(values))


def _sorted(items: object) -> str:
    return ",".join(sorted(items))  # type: ignore[call-overload]


_TEMPLATES = {"template": "go-template", "templatefile": "go-template-file"}


def _merge_output(flags: Flags, *, strict: bool) -> None:
    """`-o template --template=T` is `-o go-template=T`; expressions are brought into one form."""
    template = flags.pop("template", None)
    output = flags.get("output")
    if template is not None:
        output = f"{str(output or 'go-template').partition('=')[0]}={template}"
    if not isinstance(output, str):
        return
    name, equals, text = output.partition("=")
    name = _TEMPLATES.get(name, name)
    if equals and name in ("jsonpath", "jsonpath-as-json"):
        text = form.jsonpath(text, strict=strict)
    elif equals and name == "custom-columns":
        text = form.columns(text, strict=strict)
    elif equals and name == "go-template":
        text = form.template(text, strict=strict)
    flags["output"] = name + equals + text
