"""What one flag of a call says: its value in words, and kubectl's own help for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from kai.explain import patches, paths, selectors
from kai.explain.part import Part
from kai.explain.summary import by_value, phrases
from kai.explain_parts import kind_name, listed, output, until
from kai.kubectl.govalues import go_bool, go_int

if TYPE_CHECKING:
    from kai.kubectl.invocation import Flag, Invocation
    from kai.kubectl.resources import Catalogue
    from kai.kubectl.spec import FlagSpec

Told = tuple[str, tuple[str, ...]]
"""A meaning and its steps."""

_TIMES = frozenset(
    ("timeout", "request-timeout", "pod-running-timeout", "since", "duration", "keepalive")
)
_FRAGMENTS = ("because ", "identifying ", "containing ", "to use ", "it is ignored ", "and ")
"""How help begins that goes on from a line that is not in the tables."""

_IDLE = ("not used by this command", "not relevant for this command")
"""What the deprecation of a flag says that a command takes and passes over."""

Faults = Mapping[int, str]
"""What is wrong, by where it begins."""


def flag_part(call: Invocation, flag: Flag, catalogue: Catalogue, faults: Faults) -> Part:
    """One flag with its value."""
    meant = flag.meant
    if flag.spec is None or f"--{flag.spec.name}" != _long(flag):
        text = faults.get(flag.start, f"the unknown flag {flag.spelled}")
        return Part(flag.start, flag.end, "unknown", text)
    help_text = own_help(flag.spec)
    if meant is None:
        text = faults.get(flag.start, f"{flag.spelled} needs a value")
        return Part(flag.start, flag.end, "flag", text, help=help_text)
    text, details = _told(call, flag, meant, catalogue)
    text = text.removeprefix("and ").removeprefix("namely ").strip()
    if flag.value_end > flag.value_start and flag.value_start in faults:
        details = (*details, faults[flag.value_start])
    elif flag.start in faults:
        details = (*details, faults[flag.start])
    return Part(
        flag.start, flag.end, "flag", text, details, "" if help_text.endswith(text) else help_text
    )


def _long(flag: Flag) -> str:
    """The flag as it was written, as a long one; a short one is what its table says it is."""
    if flag.spelled[:2] == "--":
        return flag.spelled.replace("_", "-")
    return f"--{flag.spec.name}" if flag.spec else ""


def own_help(spec: FlagSpec) -> str:
    """kubectl's help for a flag; "" where the tables hold only a fragment of it."""
    text = "" if spec.help.startswith(_FRAGMENTS) else spec.help
    if not spec.deprecated:
        return text
    text = "" if spec.deprecated.startswith(text) else f"{text}. "
    return f"{text}Deprecated: {spec.deprecated}"


def _told(call: Invocation, flag: Flag, meant: str, catalogue: Catalogue) -> Told:
    path, name = " ".join(call.path), flag.name
    if flag.spec is not None and any(mark in flag.spec.deprecated for mark in _IDLE):
        return "does nothing here", ()
    fixed = phrases()["values"].get(f"{path}/{name}={meant}") or by_value(name, meant)
    if fixed:
        return fixed, ()
    if flag.spec is not None and flag.spec.type == "bool":
        return _switch(path, flag.spec, meant), ()
    own = phrases()["flags"].get(f"{path}/{name}")
    teller = _TELLERS.get(f"{path}/{name}") or (None if own else _TELLERS.get(name))
    if teller is not None:
        return teller(call, meant, catalogue)
    phrase = own or phrases()["flags"].get(name, "")
    shown = _value(flag.spec, name, meant)
    if phrase:
        return phrase.replace("{}", shown), ()
    return _otherwise(flag.spec, shown), ()


def _otherwise(spec: FlagSpec | None, shown: str) -> str:
    """A flag without a phrase of ours: kubectl's words for it."""
    text = own_help(spec) if spec else ""
    return f"{text}: {shown}" if text else f"with {shown}"


def _switch(path: str, spec: FlagSpec, meant: str) -> str:
    flags, name = phrases()["flags"], spec.name
    # An empty phrase of the command leaves the flag to its sentence; kubectl's own words say more
    # of it here than the phrase for all commands, unless they are cut off.
    whole = "" if spec.help.endswith("\u2026") else own_help(spec)
    own = flags.get(f"{path}/{name}") or (whole if f"{path}/{name}" in flags else "")
    on = own or flags.get(name) or _SWITCHES.get(name) or own_help(spec) or f"{name} switched on"
    state = go_bool(meant)
    if state is None:
        return f"{on}: '{meant}' is neither true nor false"
    on = on.removeprefix("If true, ").removeprefix("If present, ")
    return on if state else phrases()["off"].get(name) or f"switched off: {on}"


def _value(spec: FlagSpec | None, name: str, meant: str) -> str:
    if not meant:
        return "''"
    if spec is not None and (spec.type == "duration" or name in _TIMES):
        return selectors.duration(meant)
    if spec is not None and spec.type == "int":
        number = go_int(meant)
        return meant if number is None else str(number)
    if spec is not None and spec.comma_splits and '"' not in meant:
        return listed([part for part in meant.split(",") if part])
    return paths.told(meant) if name == "sort-by" else meant


# --- values with a grammar of their own ----------------------------------------------------------


def _selector(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    if call.path[:1] in (("create",), ("expose",)):
        return f"for the pods where {selectors.labels(meant)}", ()
    return f"only where {selectors.labels(meant)}", ()


def _aggregated(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    return f"combining the cluster roles where {selectors.labels(meant)}", ()


def _field_selector(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    return f"only where {selectors.fields(meant)}", ()


def _output(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    form, equals, rest = meant.partition("=")
    if form in ("jsonpath", "jsonpath-as-json") and equals:
        how = ", each result as JSON" if form.endswith("json") else ""
        return f"only what the path picks{how}:", tuple(paths.template(rest))
    if form == "custom-columns" and equals:
        return "as a table:", tuple(paths.columns(rest))
    if form in ("go-template", "template") and equals:
        return "by a Go template:", tuple(paths.go_template(rest))
    if form.endswith("-file") or form == "templatefile":
        return f"by the template in the file {rest}", ()
    return output(meant), ()


def _template(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    if "{{" in meant:
        return "by the Go template:", tuple(paths.go_template(meant))
    if "{" in meant:
        return "by the template:", tuple(paths.template(meant))
    return f"by the template {meant}", ()


def _patch(call: Invocation, meant: str, catalogue: Catalogue, kind: str = "") -> Told:
    kind = kind or call.value("type") or "strategic"
    steps = patches.changes(meant, kind)
    if steps is None:
        return "a patch that kai cannot read", ()
    return "what it changes:", steps


def _overrides(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    steps = patches.changes(meant, "override")
    if steps is None:
        return "changes to the object that kai cannot read", ()
    return "changes to the object before it is sent:", steps


def _files(call: Invocation, meant: str, catalogue: Catalogue, what: str = "file") -> Told:
    if meant == "-":
        return "what comes in on the standard input", ()
    if meant.startswith(("http://", "https://")):
        return f"what stands at the address {meant}", ()
    return f"what the {what} {meant} describes", ()


def _namespace(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    return f"in the namespace {meant}" if meant else "in the current namespace", ()


def _context(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    return f"in the context {meant} of the kubeconfig", ()


def _until(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    resources = call.resources(catalogue)
    one = len(resources) == 1 and resources[0].name is not None
    kind, _, detail = meant.partition("=")
    if kind.lower() not in ("delete", "create", "condition", "jsonpath"):
        return f"until something that kubectl does not know: {meant}", ()
    if kind == "jsonpath":
        path, _, value = detail.rpartition("=") if "}=" in detail else (detail, "", "")
        told = paths.told(path.strip("'\""))
        return f"until {told} {f'is {value}' if value else 'is there'}", ()
    return f"until it {until(meant, plural=False)}" if one else _until_all(meant), ()


def _until_all(meant: str) -> str:
    return f"until all of them {until(meant, plural=True)}"


def _of_object(call: Invocation, meant: str, catalogue: Catalogue, before: str = "about") -> Told:
    kind, slash, name = meant.partition("/")
    resource = catalogue.find(kind)
    if not slash or resource is None:
        return f"{before} {meant}", ()
    return f"{before} the {kind_name(resource)} {name}", ()


def _pair(call: Invocation, meant: str, catalogue: Catalogue, what: str = "") -> Told:
    return f"{what} {listed(meant.split(','))}", ()


def _amounts(call: Invocation, meant: str, catalogue: Catalogue, what: str = "") -> Told:
    pairs = [part.partition("=") for part in meant.split(",")]
    said = [f"{value} of {key}" if equals else key for key, equals, value in pairs]
    return f"{what} {listed(said)}", ()


def _literal(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    key, equals, value = meant.partition("=")
    if call.path[:2] == ("create", "secret"):
        return (f"the key {key} with the given value" if equals else f"the key {key}"), ()
    return (f"the key {key} with the value {value}" if equals else f"the key {key}"), ()


def _from_file(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    key, equals, path = meant.partition("=")
    if equals:
        return f"the key {key} with the content of the file {path}", ()
    return f"the content of the file {meant}, under its name (of a folder: each file's)", ()


def _environment(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    name, equals, value = meant.partition("=")
    return f"the variable {name}{f' with the value {value}' if equals else ''}", ()


def _tcp(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    said = []
    for pair in meant.split(","):
        port, colon, target = pair.partition(":")
        said.append(f"port {port}{f' to port {target} of the pods' if colon else ''}")
    return f"with {listed(said)}", ()


def _rule(call: Invocation, meant: str, catalogue: Catalogue) -> Told:
    where, equals, rest = meant.partition("=")
    target, comma, more = rest.partition(",")
    service, _, port = target.partition(":")
    host, slash, path = where.partition("/")
    if not equals:
        return f"the rule {meant}", ()
    prefix = path.endswith("*")
    said = f"requests {f'for {host}' if host else 'for any host'}, path /{path.removesuffix('*')}"
    said += " and below" if prefix else " exactly" if slash else ""
    tls = f", over TLS{more.removeprefix('tls').replace('=', ' with the secret ')}" if comma else ""
    return f"{said}, go to port {port} of the service {service}{tls}", ()


Teller = Callable[["Invocation", str, "Catalogue"], Told]

_TELLERS: dict[str, Teller] = {
    "selector": _selector,
    "expose/selector": _selector,
    "create poddisruptionbudget/selector": _selector,
    "pod-selector": _selector,
    "aggregation-rule": _aggregated,
    "field-selector": _field_selector,
    "output": _output,
    "template": _template,
    "patch": _patch,
    "overrides": _overrides,
    "filename": _files,
    "kustomize": partial(_files, what="kustomization in"),
    "namespace": _namespace,
    "context": _context,
    "wait/for": _until,
    "events/for": _of_object,
    "create job/from": partial(_of_object, before="from"),
    "labels": partial(_pair, what="with the labels"),
    "annotations": partial(_pair, what="with the annotations"),
    "limits": partial(_amounts, what="at most"),
    "requests": partial(_amounts, what="asking for"),
    "create quota/hard": partial(_amounts, what="at most"),
    "from-literal": _literal,
    "from-file": _from_file,
    "env": _environment,
    "tcp": _tcp,
    "rule": _rule,
}

_SWITCHES = {"all-namespaces": "in all namespaces"}
