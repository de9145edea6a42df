"""Flags that need each other or exclude each other.

Source: the Validate functions of k8s.io/kubectl/pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kai.kubectl.govalues import go_duration, go_int
from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import Spec
from kai.model import Finding
from kai.validators.faults import at_command, finding

Path = tuple[str, ...]
_Test = Callable[[Invocation], bool]
_SET = tuple(
    ("set", name) for name in ("env", "image", "resources", "selector", "serviceaccount", "subject")
)


def _dry(call: Invocation) -> str:
    value = call.value("dry-run") or "none"
    return {"unchanged": "client", "true": "client", "false": "none"}.get(value, value)


def _on(name: str) -> _Test:
    return lambda call: call.boolean(name)


def _given(name: str) -> _Test:
    return lambda call: bool(call.value(name))


def _attached(call: Invocation) -> bool:
    if call.flag("attach") is not None:
        return call.boolean("attach")
    return call.boolean("stdin")


#: Per command: two things that exclude each other, and the flag to point at.
_EXCLUDE: tuple[tuple[tuple[Path, ...], _Test, _Test, str, str], ...] = (
    (
        (("apply",),),
        lambda call: call.boolean("server-side"),
        lambda call: _dry(call) == "client",
        "dry-run",
        "--dry-run=client does not work with --server-side; write --dry-run=server",
    ),
    ((("apply",),), _on("server-side"), _on("force"), "force", "--server-side excludes --force"),
    (
        (("apply",),),
        lambda call: _dry(call) == "server",
        _on("force"),
        "force",
        "--dry-run=server excludes --force",
    ),
    ((("apply",),), _on("prune"), _on("force"), "force", "--prune excludes --force"),
    (
        (("label",), ("annotate",), ("patch",), *_SET),
        _on("local"),
        lambda call: _dry(call) == "server",
        "dry-run",
        "--local works without the server; write --dry-run=client",
    ),
    (
        (("label",), ("annotate",), ("set", "env")),
        _on("list"),
        _given("output"),
        "output",
        "--list and --output exclude each other",
    ),
    (
        (("delete",),),
        _on("now"),
        lambda call: (go_int(call.value("grace-period") or "-1") or 0) >= 0,
        "grace-period",
        "--now and --grace-period exclude each other",
    ),
    (
        (("delete",),),
        _on("force"),
        lambda call: (go_int(call.value("grace-period") or "0") or 0) > 0,
        "grace-period",
        "--force excludes a grace period above 0",
    ),
    (
        (("logs",),),
        _given("since-time"),
        lambda call: (go_duration(call.value("since") or "0") or 0) != 0,
        "since",
        "give --since or --since-time, not both",
    ),
    (
        (("logs",),),
        _on("all-containers"),
        lambda call: bool(call.value("container")) or len(call.args) == 2,
        "all-containers",
        "--all-containers and the name of a container exclude each other",
    ),
    (
        (("logs",),),
        _given("container"),
        lambda call: len(call.args) == 2,
        "container",
        "the container is named twice; delete one of both",
    ),
    (
        (("patch",),),
        _given("patch"),
        _given("patch-file"),
        "patch-file",
        "--patch and --patch-file exclude each other",
    ),
    (
        (("run",),),
        _attached,
        lambda call: _dry(call) != "none",
        "dry-run",
        "a dry run starts no pod to attach to; delete -i, -t or --attach",
    ),
    (
        (("debug",),),
        _given("target"),
        _given("copy-to"),
        "target",
        "--target excludes --copy-to; use --share-processes",
    ),
    (
        (("replace",),),
        _on("force"),
        lambda call: _dry(call) != "none",
        "dry-run",
        "--force excludes --dry-run",
    ),
    (
        (("create", "configmap"), ("create", "secret", "generic")),
        _given("from-env-file"),
        lambda call: bool(call.value("from-file") or call.value("from-literal")),
        "from-env-file",
        "--from-env-file excludes --from-file and --from-literal",
    ),
    (
        (("create", "poddisruptionbudget"),),
        _given("min-available"),
        _given("max-unavailable"),
        "max-unavailable",
        "--min-available and --max-unavailable exclude each other",
    ),
    (
        (("create", "rolebinding"),),
        _given("role"),
        _given("clusterrole"),
        "role",
        "give --role or --clusterrole, not both",
    ),
    (
        (("create", "job"),),
        _given("from"),
        _given("image"),
        "image",
        "give --image or --from, not both",
    ),
    (
        (("get",),),
        _on("show-labels"),
        lambda call: (call.value("output") or "wide") != "wide",
        "show-labels",
        "--show-labels works with the plain table only; delete it or -o",
    ),
    (
        (("get",),),
        _given("raw"),
        lambda call: bool(call.args or call.value("output") or call.value("selector")),
        "raw",
        "--raw takes a path alone: no kind, no -o and no selector",
    ),
    (
        (("proxy",),),
        _given("unix-socket"),
        lambda call: call.flag("port") is not None,
        "port",
        "--unix-socket and --port exclude each other",
    ),
    (
        (("config", "set-cluster"),),
        _given("certificate-authority"),
        _on("insecure-skip-tls-verify"),
        "insecure-skip-tls-verify",
        "a certificate authority and insecure mode exclude each other",
    ),
)
#: Per command: what a flag needs besides itself.
_NEED: tuple[tuple[tuple[Path, ...], _Test, _Test, str, str], ...] = (
    (
        (("run",), ("debug",)),
        _on("tty"),
        _on("stdin"),
        "tty",
        "-t needs -i; write -it",
    ),
    ((("run",),), _on("rm"), _attached, "rm", "--rm needs --attach or -i"),
    ((("run",),), _on("expose"), _given("port"), "expose", "--expose needs --port"),
    (
        (("apply",), ("diff",)),
        _on("force-conflicts"),
        _on("server-side"),
        "force-conflicts",
        "--force-conflicts needs --server-side",
    ),
    (
        (("get",),),
        _on("output-watch-events"),
        lambda call: call.boolean("watch") or call.boolean("watch-only"),
        "output-watch-events",
        "--output-watch-events needs --watch",
    ),
    (
        (("debug",),),
        lambda call: call.boolean("replace"),
        _given("copy-to"),
        "replace",
        "--replace needs --copy-to",
    ),
    ((("set", "env"),), _given("keys"), _given("from"), "keys", "--keys needs --from"),
    (
        (("create", "token"),),
        _given("bound-object-uid"),
        _given("bound-object-kind"),
        "bound-object-uid",
        "--bound-object-uid needs --bound-object-kind",
    ),
    (
        (("create", "token"),),
        _given("bound-object-kind"),
        _given("bound-object-name"),
        "bound-object-kind",
        "--bound-object-kind needs --bound-object-name",
    ),
    (
        (("debug",),),
        _on("same-node"),
        _given("copy-to"),
        "same-node",
        "--same-node needs --copy-to",
    ),
    (
        (("debug",),),
        _given("set-image"),
        _given("copy-to"),
        "set-image",
        "--set-image needs --copy-to",
    ),
    (
        (("replace",),),
        lambda call: (go_int(call.value("grace-period") or "-1") or 0) >= 0,
        _on("force"),
        "grace-period",
        "--grace-period needs --force here",
    ),
    (
        (("apply",),),
        _on("prune"),
        lambda call: call.boolean("all") or bool(call.value("selector") or call.value("applyset")),
        "prune",
        "--prune needs -l SELECTOR or --all",
    ),
    (
        (("auth", "can-i"),),
        _on("no-headers"),
        _on("list"),
        "no-headers",
        "--no-headers needs --list",
    ),
    (
        (("config", "view"),),
        lambda call: call.flag("merge") is not None and not call.boolean("merge"),
        _given("kubeconfig"),
        "merge",
        "--merge=false needs --kubeconfig",
    ),
)
_NO_SERVER = frozenset(
    ("config", "help", "completion", "options", "plugin", "kustomize", "alpha", "kuberc", "version")
)
_IMPERSONATING = ("as-uid", "as-group", "as-user-extra")


def check_flag_rules(call: Invocation, spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """K213 and K214: flags that exclude each other or need another one."""
    path = call.path
    if not path or call.flag("help") is not None:
        return
    for paths, left, right, name, message in _EXCLUDE:
        if path in paths and left(call) and right(call):
            yield _at(call, "K213", name, message)
    for paths, test, need, name, message in _NEED:
        if path in paths and test(call) and not need(call):
            yield _at(call, "K214", name, message)
    for name in _IMPERSONATING if path[0] not in _NO_SERVER else ():
        if call.flag(name) is not None and not call.value("as"):
            yield _at(call, "K214", name, f"--{name} needs --as")


def _at(call: Invocation, code: str, name: str, message: str) -> Finding:
    flag = call.flag(name)
    if flag is None:
        return finding(code, message, *at_command(call))
    return finding(code, message, flag.start, flag.end)
