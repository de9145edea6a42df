"""Made-up kubectl lines, most of them sound, the others wrong in one known way.

A line is a list of words, so that the same words go to kai (quoted) and to a real kubectl. Nothing
that waits, watches or attaches is made, and no flag that leads to another server or to a file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kai.kubectl.resources import Catalogue, Resource
from kai.kubectl.spec import CommandSpec, FlagSpec, Spec

#: What was done to a sound line on purpose.
SOUND, VERB, FLAG, KIND = "sound", "verb", "flag", "kind"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VERBS_NOBODY_HAS = [
    "list",
    "show",
    "status",
    "restart",
    "stop",
    "start",
    "find",
    "search",
    "watch",
    "tail",
    "log",
    "pods",
    "nodes",
    "inspect",
    "remove",
    "rm",
    "ls",
    "update",
    "upgrade",
    "install",
    "uninstall",
    "ps",
    "ssh",
    "shell",
    "health",
    "info",
    "clone",
    "copy",
    "rename",
    "move",
    "import",
    "export",
]
_FLAGS_NOBODY_HAS = [
    "namspace",
    "all-namespace",
    "pod",
    "pods",
    "ns",
    "name-space",
    "container-name",
    "lines",
    "limit",
    "count",
    "sort",
    "format",
    "out",
    "json",
    "wide",
    "recursively",
    "yes",
    "confirm",
    "force-delete",
    "no-wait",
    "labels-only",
    "node-name",
    "in-namespace",
    "verbose",
    "quiet-mode",
    "since-minutes",
    "last",
    "newest",
    "top",
    "all-pods",
    "select",
    "where",
    "filter",
    "image-tag",
    "export",
]
_KINDS_NOBODY_HAS = [
    "frobs",
    "podz",
    "depl",
    "servise",
    "replica",
    "containers",
    "volumes",
    "users",
    "groups",
    "images",
    "clusters",
    "contexts",
    "logs",
    "deployments.v1",
    "pods.apps",
    "services.v2.apps",
    "widget.example.com",
    "svcs",
    "cms",
    "ingres",
    "statefull",
    "hpas",
    "Deploymnt",
    "NS",
    "POD.core",
    "jobz",
    "crons",
    "stateful",
    "daemon",
    "secretes",
    "config-map",
    "persistent-volume",
]
_NAMES = ("web", "web-1", "api", "db-0", "node-1", "prod", "checkout-7d9f")
_SELECTORS = ("app=web", "app!=db,tier=api", "env in (a,b)", "!canary", "tier", "a==b", "")
_VALUES: dict[str, Sequence[str]] = {
    "selector": _SELECTORS,
    "pod-selector": _SELECTORS,
    "field-selector": ("metadata.name=web", "metadata.namespace!=prod"),
    "namespace": ("prod", "kube-system", "default", "team-a"),
    "dry-run": ("none", "client", "server"),
    "cascade": ("background", "orphan", "foreground"),
    "validate": ("true", "false", "strict", "warn", "ignore"),
    "label-columns": ("app", "app,tier"),
    "sort-by": (".metadata.name", "{.metadata.creationTimestamp}", "metadata.name"),
    "for": ("delete", "condition=Ready", "jsonpath={.status.phase}=Running"),
    "since-time": ("2026-01-31T08:00:00Z",),
    "context": ("fake",),
    "cluster": ("fake",),
    "user": ("fake",),
    "request-timeout": ("5s", "5"),
    "timeout": ("1s", "0s"),
    "container": ("app", "side"),
    "replicas": ("0", "3", "0x2"),
    "image": ("nginx", "registry:5000/team/web:1.2"),
    "port": ("80", "8080"),
    "type": ("merge", "json", "strategic"),
    "patch": ("{}",),
    "labels": ("app=web", "a=b,c=d"),
    "env": ("A=1",),
    "restart": ("Never", "OnFailure", "Always"),
    "limits": ("cpu=200m,memory=512Mi",),
    "requests": ("cpu=0.5",),
    "grace-period": ("-1", "0", "30"),
    "tail": ("-1", "10"),
    "since": ("1h", "5m30s"),
    "max": ("5",),
    "min": ("1", "2"),
    "schedule": ("*/5 * * * *",),
    "tcp": ("80:8080", "443"),
    "hard": ("pods=10,cpu=2",),
    "scopes": ("BestEffort",),
    "verb": ("get", "get,list", "*"),
    "clusterrole": ("view",),
    "serviceaccount": ("prod:web",),
    "external-name": ("example.com",),
    "rule": ("example.com/=web:80",),
    "from-literal": ("a=b",),
    "min-available": ("1", "50%"),
    "value": ("100",),
    "as": ("me",),
    "raw": ("/healthz",),
    "v": ("0", "1"),
    "vmodule": ("a=1",),
    "categories": ("all",),
    "verbs": ("list", "get,list"),
    "types": ("Warning", "Normal,Warning"),
    "override-type": ("merge",),
    "keys": ("a",),
    "preemption-policy": ("Never",),
    "subresource": ("status",),
    "min-ready": ("1",),
}
#: Flags that wait, watch, attach, or lead to another server or a file.
_LEFT_OUT = frozenset(
    [
        "watch",
        "watch-only",
        "follow",
        "stdin",
        "tty",
        "attach",
        "rm",
        "leave-stdin-open",
        "kubeconfig",
        "server",
        "token",
        "kuberc",
        "certificate-authority",
        "client-certificate",
        "client-key",
        "cache-dir",
        "profile",
        "profile-output",
        "tls-server-name",
        "insecure-skip-tls-verify",
        "username",
        "password",
        "match-server-version",
        "warnings-as-errors",
        "help",
        "filename",
        "kustomize",
        "raw",
        "template",
        "edit",
        "patch-file",
        "output-directory",
        "custom",
        "from-file",
        "from-env-file",
        "overrides",
        "prune",
        "applyset",
        "allow-id-range",
        "show-swap",
        "cert",
        "key",
        "prune-allowlist",
        "prune-whitelist",
        "helm-command",
        "enable-helm",
        "proxy-url",
        "interactive",
        "as-user-extra",
        "local",
        "vmodule",
        "v",
        "merge",
        "embed-certs",
        "log-file",
        "log-dir",
        "subresource",
    ]
)
_COMMANDS_LEFT_OUT = frozenset((("proxy",), ("kustomize",), ("cp",), ("options",), ("alpha",)))
_Words = list[str]


@dataclass(frozen=True, slots=True)
class Made:
    """One made-up line and what was done to it."""

    words: tuple[str, ...]
    wrong: str


class Maker:
    """Makes lines for one kubectl version."""

    def __init__(self, spec: Spec, catalogue: Catalogue, seed: int) -> None:
        self.spec = spec
        self.dice = random.Random(seed)  # noqa: S311 - no secret
        self.kinds = [kind for kind in catalogue.all if {"get", "list"} <= kind.verbs]
        self.commands = [
            command
            for path in sorted(spec.commands)
            if path
            and path not in _COMMANDS_LEFT_OUT
            and (command := spec.commands[path]).runnable
            and not path[0].startswith("__")
            and "kuberc" not in path  # gone where KUBECTL_KUBERC=false, as it is here
        ]
        every = {flag for path in spec.commands for flag in spec.commands[path].flags}
        self.flag_names = sorted(every)

    def make(self) -> Made:
        """A line; half of them are sound."""
        dice = self.dice
        wrong = dice.choice((SOUND, SOUND, SOUND, VERB, FLAG, FLAG, KIND, KIND))
        if wrong == KIND:
            path = dice.choice((("get",), ("describe",), ("delete",), ("explain",), ("scale",)))
            command = self.spec.commands[path]
        else:
            command = dice.choice(self.commands)
        path_words = [self.spelled(command.path[: index + 1]) for index in range(len(command.path))]
        if wrong == VERB:
            at = dice.randrange(len(path_words))
            path_words[at] = self.wrong_verb(path_words[at])
        kind = self.wrong_kind() if wrong == KIND else self.kind_word()
        words = [*self.arguments(command.path, kind), *self.flags(command)]
        if wrong == FLAG:
            words.insert(dice.randint(0, len(words)), self.wrong_flag(command))
        behind = self.behind(command.path)
        return Made((*path_words, *words, *behind), wrong)

    def spelled(self, path: tuple[str, ...]) -> str:
        aliases = self.spec.commands[path].aliases
        return self.dice.choice((path[-1], path[-1], path[-1], *aliases))

    def kind_word(self) -> str:
        kind: Resource = self.dice.choice(self.kinds)
        ways: list[str] = [kind.plural, kind.plural, kind.singular, kind.kind, kind.qualified]
        ways.extend(kind.short_names)
        if kind.group:
            ways.append(f"{kind.plural}.{kind.version}.{kind.group}")
        else:
            ways.append(kind.plural.upper())
        return self.dice.choice(ways)

    def typo(self, word: str) -> str:
        dice = self.dice
        at = dice.randrange(len(word))
        letter = dice.choice(_LETTERS)
        way = dice.randrange(4)
        if way == 0:
            return word[:at] + word[at + 1 :]
        if way == 1:
            return word[:at] + letter + word[at:]
        if way == 2:
            return word[:at] + letter + word[at + 1 :]
        return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]

    def wrong_verb(self, word: str) -> str:
        made = self.typo(word) if self.dice.random() < 0.6 else self.dice.choice(_VERBS_NOBODY_HAS)
        return made or "lst"

    def wrong_kind(self) -> str:
        if self.dice.random() < 0.4:
            return self.dice.choice(_KINDS_NOBODY_HAS)
        return self.typo(self.kind_word()) or "frob"

    def wrong_flag(self, command: CommandSpec) -> str:
        dice = self.dice
        way = dice.randrange(6)
        own = sorted({*command.flags, *command.global_flags} - _LEFT_OUT)
        if way == 0:
            return "--" + dice.choice(_FLAGS_NOBODY_HAS)
        if way == 1:
            return "--" + dice.choice(self.flag_names)
        if way == 2:
            name = dice.choice(own)
            return "--" + name[: dice.randint(2, len(name))]
        if way == 3:
            return "-" + dice.choice(_LETTERS.replace("h", "") + _LETTERS.upper())
        if way == 4:
            return f"--{dice.choice(_FLAGS_NOBODY_HAS)}=x"
        return "--" + (self.typo(dice.choice(own)) or "x")

    def flags(self, command: CommandSpec) -> _Words:
        dice = self.dice
        usable = [
            flag
            for flag in (*command.flags.values(), *command.global_flags.values())
            if flag.name not in _LEFT_OUT
        ]
        chosen = dice.sample(usable, min(len(usable), dice.choice((0, 0, 1, 1, 2, 3))))
        chosen += [flag for flag in command.flags.values() if flag.required and flag not in chosen]
        words: _Words = []
        for flag in chosen:
            words.extend(self.flag(flag, command.path))
        if command.path in _ALWAYS:
            words.extend(_ALWAYS[command.path])
        return words

    def flag(self, flag: FlagSpec, path: tuple[str, ...]) -> _Words:
        dice = self.dice
        name = flag.name
        if flag.type == "bool":
            spelled = f"--{name}" if not flag.short or dice.random() < 0.5 else f"-{flag.short}"
            return [f"--{name}=true"] if dice.random() < 0.2 else [spelled]
        value = self.value(flag, path)
        if flag.bare is not None:
            return [f"--{name}={value}"]
        if dice.random() < 0.1 and "-" in name:
            name = name.replace("-", "_")
        ways = [[f"--{name}={value}"], [f"--{name}", value]]
        if flag.short and value:
            ways += [[f"-{flag.short}", value], [f"-{flag.short}{value}"]]
        return dice.choice(ways)

    def value(  # noqa: PLR0911  # one answer for each flag that is special
        self, flag: FlagSpec, path: tuple[str, ...]
    ) -> str:
        dice = self.dice
        if flag.name == "output" and path[0] == "config" and path[-1] == "get-contexts":
            return "name"
        if flag.name == "output" and path == ("delete",):
            return "name"
        if path[0] == "top" and flag.name == "sort-by":
            return dice.choice(("cpu", "memory"))
        if path == ("api-resources",) and flag.name == "sort-by":
            return dice.choice(("name", "kind"))
        if path == ("expose",) and flag.name == "type":
            return dice.choice(("NodePort", "ClusterIP"))
        if path == ("create", "secret", "generic") and flag.name == "type":
            return "Opaque"
        if path == ("create", "cronjob") and flag.name == "restart":
            return dice.choice(("Never", "OnFailure"))
        if path == ("set", "env") and flag.name == "from":
            return "configmap/web"
        if path == ("create", "job") and flag.name == "from":
            return "cronjob/web"
        if path == ("events",) and flag.name == "for":
            return "pod/web"
        if flag.name == "resource":
            return dice.choice(("pods", "pods,services", "deployments.apps", "deployments/scale"))
        plain = [choice for choice in flag.choices if not choice.startswith(_TEMPLATED)]
        if plain and flag.name not in ("dry-run", "cascade", "validate"):
            return dice.choice(plain)
        if flag.name in _VALUES:
            return dice.choice(_VALUES[flag.name])
        return {"int": "1", "duration": "10s", "stringToString": "a=b"}.get(flag.type, "x")

    def arguments(self, path: tuple[str, ...], kind: str) -> _Words:
        dice = self.dice
        name = dice.choice(_NAMES)
        if path in _ARGUMENTS:
            return _ARGUMENTS[path](kind, name, dice).split()
        if path[0] == "rollout":
            return dice.choice((f"deploy {name}", f"ds/{name}", f"sts {name}")).split()
        if path[0] == "create" and len(path) > 1:
            return [name]
        return []

    def behind(self, path: tuple[str, ...]) -> _Words:
        if path == ("exec",):
            return ["--", "ls", "-l"]
        if path in (("create", "job"), ("debug",)) and self.dice.random() < 0.3:
            return ["--", "sh", "-c", "date --utc"]
        return []


_TEMPLATED = ("go-template", "template", "jsonpath", "custom-columns")
_ALWAYS: dict[tuple[str, ...], _Words] = {
    ("wait",): ["--for=delete", "--timeout=1s"],
    ("patch",): ["-p", '{"metadata":{}}'],
    ("set", "resources"): ["--limits=cpu=1"],
    ("set", "subject"): ["--user=me"],
    ("create", "role"): ["--verb=get", "--resource=pods"],
    ("create", "clusterrole"): ["--verb=get", "--resource=pods"],
    ("create", "rolebinding"): ["--role=view"],
    ("create", "poddisruptionbudget"): ["--selector=app=web", "--max-unavailable=1"],
    ("create", "ingress"): ["--rule=example.com/=web:80"],
    ("create", "job"): ["--image=busybox"],
    ("create", "service", "clusterip"): ["--tcp=80"],
    ("create", "service", "nodeport"): ["--tcp=80"],
    ("create", "service", "loadbalancer"): ["--tcp=80"],
    ("debug",): ["--image=busybox"],
    ("rollout", "status"): ["--watch=false"],
    ("edit",): [],
}
_Argument = Callable[[str, str, random.Random], str]


def _about(kind: str, name: str, dice: random.Random) -> str:
    return dice.choice((kind, f"{kind} {name}", f"{kind}/{name}", f"{kind} {name} other"))


_ARGUMENTS: dict[tuple[str, ...], _Argument] = {
    ("get",): _about,
    ("describe",): lambda kind, name, dice: dice.choice((kind, f"{kind} {name}", f"{kind}/{name}")),
    ("delete",): lambda kind, name, dice: dice.choice((f"{kind} {name}", f"{kind}/{name}")),
    ("explain",): lambda kind, name, dice: kind,
    ("scale",): lambda kind, name, dice: dice.choice((f"{kind} {name}", f"{kind}/{name}")),
    ("edit",): lambda kind, name, dice: f"{kind} {name}",
    ("patch",): lambda kind, name, dice: f"{kind} {name}",
    ("label",): lambda kind, name, dice: f"{kind} {name} app=web tier-",
    ("annotate",): lambda kind, name, dice: f"{kind} {name} note=x old-",
    ("taint",): lambda kind, name, dice: f"nodes {name} dedicated=db:NoSchedule gpu-",
    ("autoscale",): lambda kind, name, dice: f"deploy {name}",
    ("expose",): lambda kind, name, dice: f"deploy/{name}",
    ("wait",): lambda kind, name, dice: f"{kind}/{name}",
    ("logs",): lambda kind, name, dice: dice.choice((name, f"deploy/{name}", f"{name} app")),
    ("exec",): lambda kind, name, dice: dice.choice((name, f"deploy/{name}")),
    ("attach",): lambda kind, name, dice: name,
    ("debug",): lambda kind, name, dice: dice.choice((name, f"node/{name}")),
    ("port-forward",): lambda kind, name, dice: f"{name} 8080:80",
    ("run",): lambda kind, name, dice: name,
    ("cordon",): lambda kind, name, dice: name,
    ("uncordon",): lambda kind, name, dice: name,
    ("drain",): lambda kind, name, dice: name,
    ("top", "pod"): lambda kind, name, dice: dice.choice(("", name)),
    ("top", "node"): lambda kind, name, dice: dice.choice(("", name)),
    ("set", "image"): lambda kind, name, dice: f"deploy/{name} app=nginx:1.2",
    ("set", "env"): lambda kind, name, dice: f"deploy/{name} A=1 B-",
    ("set", "resources"): lambda kind, name, dice: f"deploy {name}",
    ("set", "selector"): lambda kind, name, dice: f"svc {name} app=web",
    ("set", "serviceaccount"): lambda kind, name, dice: f"deploy {name} builder",
    ("set", "subject"): lambda kind, name, dice: f"rolebinding {name}",
    ("certificate", "approve"): lambda kind, name, dice: name,
    ("certificate", "deny"): lambda kind, name, dice: name,
    ("auth", "can-i"): lambda kind, name, dice: f"{dice.choice(('get', 'list', 'delete'))} {kind}",
    ("config", "use-context"): lambda kind, name, dice: "fake",
    ("config", "set-context"): lambda kind, name, dice: name,
    ("config", "set-cluster"): lambda kind, name, dice: name,
    ("config", "set-credentials"): lambda kind, name, dice: name,
    ("config", "delete-context"): lambda kind, name, dice: name,
    ("config", "delete-cluster"): lambda kind, name, dice: name,
    ("config", "delete-user"): lambda kind, name, dice: name,
    ("config", "rename-context"): lambda kind, name, dice: f"{name} other",
    ("config", "set"): lambda kind, name, dice: "contexts.fake.namespace prod",
    ("config", "unset"): lambda kind, name, dice: "contexts.fake.namespace",
    ("completion",): lambda kind, name, dice: dice.choice(("bash", "zsh", "fish")),
    ("apply", "view-last-applied"): lambda kind, name, dice: f"deploy/{name}",
    ("apply", "edit-last-applied"): lambda kind, name, dice: f"deploy/{name}",
}
