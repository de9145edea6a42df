"""Flags that a command cannot do without.

Those that kubectl's flag library requires come with the table of commands (`FlagSpec.required`); the
others are from the Validate functions of k8s.io/kubectl/pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Finding, Level
from kai.validators.faults import at_command

Path = tuple[str, ...]
_Test = Callable[[Invocation], bool]


def _given(name: str) -> _Test:
    return lambda call: bool(call.value(name))


_FILE: _Test = lambda call: bool(call.value("filename") or call.value("kustomize"))  # noqa: E731
#: Per command: what must be given, as kubectl says only when it runs.
_REQUIRED: tuple[tuple[Path, _Test, str], ...] = (
    (("apply",), _FILE, "say what to apply: -f FILE or -k FOLDER"),
    (("diff",), _FILE, "say what to compare: -f FILE or -k FOLDER"),
    (
        ("create",),
        lambda call: _FILE(call) or bool(call.value("raw")),
        "say what to create: -f FILE",
    ),
    (
        ("replace",),
        lambda call: _FILE(call) or bool(call.value("raw")),
        "say what to replace: -f FILE",
    ),
    (("auth", "reconcile"), _FILE, "say what to reconcile: -f FILE"),
    (
        ("patch",),
        lambda call: bool(call.value("patch") or call.value("patch-file")),
        "say what to change: -p PATCH or --patch-file FILE",
    ),
    (
        ("set", "resources"),
        lambda call: bool(call.value("limits") or call.value("requests")),
        "say what to set: --requests or --limits",
    ),
    (
        ("set", "subject"),
        lambda call: bool(
            call.value("user") or call.value("group") or call.value("serviceaccount")
        ),
        "give --user, --group or --serviceaccount",
    ),
    (("wait",), _given("for"), "say what to wait for: --for=condition=Ready or --for=delete"),
    (
        ("create", "job"),
        lambda call: bool(call.value("image") or call.value("from")),
        "give --image or --from=cronjob/NAME",
    ),
    (
        ("create", "rolebinding"),
        lambda call: bool(call.value("role") or call.value("clusterrole")),
        "give --role or --clusterrole",
    ),
    (("create", "role"), _given("verb"), "give --verb"),
    (
        ("create", "clusterrole"),
        lambda call: bool(call.value("verb") or call.value("aggregation-rule")),
        "give --verb, or --aggregation-rule",
    ),
    (
        ("create", "poddisruptionbudget"),
        lambda call: bool(call.value("min-available") or call.value("max-unavailable")),
        "give --min-available or --max-unavailable",
    ),
    (("create", "poddisruptionbudget"), _given("selector"), "give --selector"),
    (
        ("create", "ingress"),
        lambda call: bool(call.value("rule") or call.value("default-backend")),
        "give --rule=HOST/PATH=SERVICE:PORT or --default-backend",
    ),
    (
        ("create", "secret", "docker-registry"),
        lambda call: (
            bool(call.value("from-file"))
            or bool(call.value("docker-username") and call.value("docker-password"))
        ),
        "give --docker-username and --docker-password, or --from-file",
    ),
    (
        ("create", "secret", "tls"),
        lambda call: bool(call.value("cert") and call.value("key")),
        "give --cert and --key",
    ),
    (("apply", "set-last-applied"), _given("filename"), "say which file: -f FILE"),
    (("create", "service", "loadbalancer"), _given("tcp"), "give --tcp=PORT:TARGET"),
    (("create", "service", "nodeport"), _given("tcp"), "give --tcp=PORT:TARGET"),
    (
        ("create", "service", "clusterip"),
        lambda call: bool(call.value("tcp")) or call.value("clusterip") == "None",
        "give --tcp=PORT:TARGET",
    ),
    (
        ("create", "role"),
        _given("resource"),
        "give --resource",
    ),
    (
        ("create", "clusterrole"),
        lambda call: any(
            call.value(name) for name in ("resource", "non-resource-url", "aggregation-rule")
        ),
        "give --resource or --non-resource-url",
    ),
    (
        ("debug",),
        lambda call: bool(call.value("image") or call.value("copy-to")),
        "give --image",
    ),
)


def check_required(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K212: flags that are missing."""
    path = call.path
    if not path or call.flag("help") is not None:
        return
    if path == ("create",) and call.args:
        return
    names = [flag.name for flag in call.command.flags.values() if flag.required]
    for name in names:
        if call.flag(name) is None:
            message = f"kubectl {' '.join(path)} needs --{name}"
            yield Finding("K212", Level.ERROR, message, *at_command(call))
    for wanted, given, message in _REQUIRED:
        if wanted == path and not given(call):
            yield Finding("K212", Level.ERROR, message, *at_command(call))
