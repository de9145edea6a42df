"""What made-up lines are made of, where the value matters for what a line does."""

from __future__ import annotations

from collections.abc import Sequence

_FILES = ("web.yaml", "web.yaml", "more", "more/pod.json", "web.yaml,more/pod.json", "missing.yaml")
_OUT = ("out.txt", "out", "-", "./out/x")
_TEMPLATES = ("{{.kind}}", "{{range .items}}{{.metadata.name}}{{end}}", "template.txt", "{{")
_NUMBERS = ("1", "2", "30", "0", "-1", "+0", "0x0", "00", "0b0", "0_0", "1_0", "x")

BY_TYPE: dict[str, Sequence[str]] = {
    "int": _NUMBERS,
    "duration": ("1s", "0s", "1m", "1ms", "0", "-1s"),
    "string": ("x", "web", "out.txt", "a=b", "/healthz", "true", "", "1", "data.txt", "client"),
    "stringSlice": ("a=b", "x", "out.txt", "a,b", ""),
    "stringArray": ("a=b", "x", "out.txt", ""),
    "stringToString": ("a=b", "a=b,c=d", "x"),
}
SOUND = {"int": 3, "duration": 4, "string": 3}
"""So many values at the head of a list are sound, by the type of the flag."""
BY_FLAG: dict[str, Sequence[str]] = {
    "filename": _FILES,
    "kustomize": ("kustom", "kustom", "chart", "plugin", "."),
    "output": (
        *("yaml", "json", "name", "wide", "", "kyaml", "plaintext", "plaintext-openapiv2"),
        *(
            "jsonpath={.metadata.name}",
            "jsonpath={.items[*].metadata.name}",
            "jsonpath-as-json={.}",
        ),
        *("custom-columns=N:.metadata.name", "go-template={{.kind}}", "template={{.kind}}"),
        *("jsonpath-file=path.txt", "go-template-file=template.txt", "templatefile=template.txt"),
        *("custom-columns-file=columns.txt", "jsonpath={", "out.txt"),
    ),
    "template": _TEMPLATES,
    "profile-output": _OUT,
    "output-directory": _OUT,
    "cache-dir": ("out", "."),
    "kubeconfig": ("data.txt", "web.yaml"),
    "server": ("http://127.0.0.1:9",),
    "proxy-url": ("http://127.0.0.1:9",),
    "helm-command": ("helm", "sh", "./plugin/run.sh"),
    "from-file": ("data.txt", "k=data.txt", "more"),
    "from-env-file": ("data.txt",),
    "cert": ("data.txt",),
    "key": ("data.txt",),
    "patch-file": ("patch.yaml", "missing.yaml"),
    "patch": ('{"spec":{"replicas":2}}', "spec: {replicas: 2}", "[]", "{}", "null"),
    "overrides": ('{"apiVersion":"v1"}', "{}", "null", "[]"),
    "custom": ("profiles.json",),
    "env": ("A=1", "A=1,B=2", "-", "A-"),
    "raw": ("/healthz", "/version", "/metrics", "/livez?verbose", "/api/v1/pods", "/x"),
    "applyset": ("configmap/set", "set"),
    "prune-allowlist": ("core/v1/ConfigMap",),
    "image": ("nginx", "busybox:1.36"),
    "timeout": ("1s", "1s", "0s", "2ms"),
    "request-timeout": ("1s", "0", "5"),
    "v": ("0", "1", "6", "9", "10"),
    "vmodule": ("a=9",),
    "replicas": _NUMBERS,
    "grace-period": ("-1", "0", "1", "30"),
    "cascade": ("background", "orphan", "foreground", "true", "false", ""),
    "validate": ("true", "false", "strict", "warn", "ignore", ""),
    "for": ("delete", "create", "condition=Ready", "jsonpath={.kind}=Pod", "pod/web"),
    "context": ("fake", "other"),
    "namespace": ("default", "default", "prod", "kube-system", ""),
    "subresource": ("status", "scale", "resize", "exec", "proxy", "eviction", "token"),
    "raw-path": ("/healthz",),
    "resource": ("pods", "pods,services", "deployments.apps", "deployments/scale", "*"),
    "verb": ("get", "get,list", "*", "delete"),
    "selector": ("app=web", "app!=db", "app", "!canary", "", "a=b,c=d"),
    "mount": ("type=bind,source=.,target=/x",),
    "load-restrictor": ("LoadRestrictionsNone", "LoadRestrictionsRootOnly"),
    "field-manager": ("kai", "kubectl-edit", ""),
    "tail": ("-1", "0", "5"),
    "since": ("1h", "5m"),
    "since-time": ("2026-01-31T08:00:00Z",),
    "containers": ("app", "*"),
    "container": ("app", "", "x"),
    "sort-by": (".metadata.name", "{.metadata.name}", "metadata.name", "x"),
    "dry-run": ("client", "server", "none"),
    "restart": ("Never", "Always", "OnFailure"),
    "schedule": ("*/5 * * * *",),
    "tcp": ("80:8080", "443"),
    "log-flush-frequency": ("1s", "5s"),
}
BY_COMMAND: dict[tuple[str, ...], Sequence[str]] = {
    ("kustomize", "output"): _OUT,
    ("create", "job", "from"): ("cronjob/web",),
    ("set", "env", "from"): ("configmap/web", "secret/web"),
    ("debug", "image"): ("busybox",),
    ("debug", "profile"): ("general", "baseline", "netadmin", "sysadmin", "cpu"),
}
KINDS = (
    *("pods", "po", "pod", "Pod", "deploy", "deployments.apps", "deployment", "sts", "ds", "svc"),
    *("nodes", "no", "cm", "configmaps", "secrets", "roles", "rolebindings", "jobs", "all", "ns"),
    *("pods,svc", "deploy,sts", "cronjobs", "sa", "crd", "pvc", "events", "ev"),
)
_TARGETS = (
    "secret/web",
    "deploy/web",
    "deploy web",
    "sts/web",
    "ds/web",
    "deploy",
    "deploy web api",
    "pod/web",
)
ARGUMENTS: dict[tuple[str, ...], Sequence[str]] = {
    ("kustomize",): ("kustom", "kustom", "kustom", "chart", "plugin", ".", "more", ""),
    ("apply", "view-last-applied"): _TARGETS,
    ("apply", "edit-last-applied"): _TARGETS,
    ("cp",): ("data.txt web:/x", "web:/x out.txt"),
    ("rollout", "status"): _TARGETS,
    ("rollout", "history"): _TARGETS,
    ("rollout", "undo"): _TARGETS,
    ("rollout", "restart"): _TARGETS,
    ("rollout", "pause"): _TARGETS,
    ("rollout", "resume"): ("deploy/api", "deploy api", *_TARGETS),
    ("set", "image"): ("deploy/web app=nginx:1.2", "deploy web *=nginx", "deploy app=nginx"),
    ("set", "env"): (
        "deploy/web A=1",
        "deploy/web --from=secret/web",
        "deploy/web",
        "deploy A=1 B-",
        "pod/web -",
    ),
    ("label",): (
        "pod web a=b",
        "pods a=b",
        "pod/web a-",
        "pod web",
        "pods",
        "no n1 a=b c-",
        "po x y",
    ),
    ("annotate",): (
        "pod web a=b",
        "pods a=b",
        "pod/web a-",
        "pod web",
        "deploy web a=",
        "po web -",
    ),
    ("taint",): ("nodes n1 a=b:NoSchedule", "no n1 a-", "node n1 a:NoExecute"),
    ("delete",): (
        *(
            "pod web",
            "pods web api",
            "pod/web",
            "pods",
            "deploy,svc web",
            "all",
            "node n1",
            "ns prod",
        ),
        *("", "svc/web deploy/web", "role r", "secret web"),
    ),
    ("drain",): ("n1", "n1 node-1", "node/n1", ""),
    ("cordon",): ("n1", "n1 node-1", "node/n1", ""),
    ("uncordon",): ("node-2", "n1 node-2", "node/n1", ""),
    ("scale",): ("deploy web", "deploy/web", "sts/web", "deploy", "deploy/web sts/web"),
    ("autoscale",): ("deploy web", "deploy/web", "deploy"),
    ("patch",): ("secret web", "deploy web", "deploy/web", "pod web", "role r", "node n1", "pod"),
    ("expose",): ("deploy/web", "deploy web", "svc web", "pod web", ""),
    ("certificate", "approve"): ("csr-1",),
    ("certificate", "deny"): ("csr-1",),
    ("config", "set"): ("contexts.fake.namespace prod", "current-context fake"),
    ("config", "unset"): ("contexts.fake.cluster", "current-context", "users", "x"),
    ("config", "use-context"): ("fake", "other"),
    ("config", "rename-context"): ("fake new",),
    ("config", "delete-context"): ("fake",),
    ("config", "delete-cluster"): ("fake",),
    ("config", "delete-user"): ("fake",),
    ("plugin", "list"): ("", "", "x"),
    ("api-resources",): ("",),
    ("cluster-info", "dump"): ("",),
    ("kuberc", "set"): ("",),
    ("help",): ("get", "delete", "set env", "config view", "x", ""),
}
SOUND_ARGUMENTS: dict[tuple[str, ...], Sequence[str]] = {
    ("get",): (
        *(
            "pods",
            "po web",
            "deploy/web",
            "all",
            "pods,svc,cm",
            "no n1",
            "sts/web ds/web",
            "secrets",
        ),
        *("nodes", "rs web-1", "roles", "ns", "events", "crd", "hpa", "pods web api", "Pod web"),
    ),
    ("describe",): ("po", "po/web", "deploy web", "no n1", "all", "cm", "secret web", "sa,role"),
    ("explain",): ("deploy", "pods.spec", "deploy.spec.replicas", "pods", "cm", "roles.kind"),
    ("top", "node"): ("", "n1"),
    ("top", "pod"): ("", "web"),
    ("drain",): ("n1",),
    ("rollout", "history"): ("deploy/web", "deploy web"),
    ("rollout", "undo"): ("deploy/web", "deploy web"),
    ("set", "subject"): ("rolebinding r", "rolebinding/r"),
    ("set", "image"): ("deploy/web app=nginx:1.2", "deploy web *=nginx", "sts/web app=x"),
    ("set", "env"): ("deploy/web A=1", "deploy/web A-", "deploy/web", "deploy/web A=1 B-"),
}
"""Arguments that kubectl takes, of what the server has."""
_READ_FILES = (
    *(("-f", "web.yaml"), ("-f=web.yaml",), ("--filename=web.yaml,more/pod.json",), ("-f", "more")),
    *(("-k", "kustom"), ("--kustomize=kustom",), ("-Rf", "more"), ("-fweb.yaml",)),
)
NEEDED: dict[tuple[str, ...], Sequence[tuple[str, ...]]] = {
    ("create", "secret", "docker-registry"): (("--docker-username=a", "--docker-password=b"),),
    ("create", "secret", "generic"): (("--from-literal=a=b",), ("--from-file=data.txt",)),
    ("create", "configmap"): (("--from-literal=a=b",), ("--from-file=more",)),
    ("expose",): (("--port=80",),),
    ("apply",): _READ_FILES,
    ("create",): _READ_FILES,
    ("replace",): _READ_FILES,
    ("diff",): _READ_FILES,
    ("apply", "set-last-applied"): _READ_FILES[:4],
    ("auth", "reconcile"): (("-f", "role.yaml"), ("--filename=role.yaml",)),
}
"""What commands do not go on without."""

PIPES = [
    (f"{first} --dry-run=client -o yaml", second)
    for first in (
        "create deployment web --image=nginx",
        "create configmap web --from-literal=a=b",
        "run web --image=nginx",
        "expose deploy/web --port=80",
    )
    for second in (
        "diff -f -",
        "diff -f - --server-side",
        "diff -f - --prune",
        "apply -f - --dry-run=server",
        "apply -f - --dry-run=client -o yaml",
        "apply -f - --dry-run=none",
        "label -f - a=b --local -o yaml",
        "annotate -f - a=b --dry-run=server",
        "set image -f - app=nginx --local -o yaml",
        "delete -f - --dry-run=server",
        "get -f -",
    )
]
PIPES += [
    (f"get {kinds} -o name", f"xargs {call}")
    for kinds in ("pods", "deploy", "deploy,sts", "nodes", "pods -A")
    for call in (
        *("kubectl get", "kubectl describe", "kubectl logs --tail=1", "kubectl get -o yaml"),
        *("kubectl delete --dry-run=server", "kubectl label a=b --dry-run=client"),
        *("kubectl rollout history", "kubectl wait --for=delete --timeout=1s"),
    )
]
"""Pipelines of two stages."""
