"""The words of a request that say what it is about, and other words for the same."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+")
_NAME = re.compile(r"\b(?!(?:node|worker|pod)s?-)(?=[a-z.-]*[0-9])[a-z0-9]+(?:[.-][a-z0-9]+)+\b")
"""A name with a number in it: web-0, api-7d9c5. Its parts say nothing of what to do."""

_STOP = """
a all am an and any are as at be been but by called can could current did do does each every exist
existing for from get give go had has have how i if in into is it its json just kubectl let list like
me my named need now of on one only or our out please see should show so some tell than that the their
them then there these they this those to up us using want was we were what whats when which why
will with would you your
"""

STOP = frozenset(_STOP.split())
"""Words that nearly every request or card has."""

#: Kubernetes' own short names (kubectl api-resources), then operators' words for the same thing.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "po": ("pods",),
    "deploy": ("deployment",),
    "deploys": ("deployments",),
    "svc": ("service",),
    "svcs": ("services",),
    "ns": ("namespace",),
    "cm": ("config", "configmap"),
    "cms": ("configmaps",),
    "sts": ("statefulset",),
    "ds": ("daemonset",),
    "rs": ("replicaset",),
    "ing": ("ingress",),
    "netpol": ("networkpolicy", "network"),
    "sa": ("serviceaccount", "account"),
    "pvc": ("claim", "volume"),
    "pvcs": ("claims", "volume"),
    "pv": ("volume", "persistent"),
    "cj": ("cronjob", "cron"),
    "cron": ("cronjob",),
    "cronjob": ("cron", "job"),
    "cronjobs": ("cron", "jobs"),
    "hpa": ("autoscaler", "autoscale"),
    "crd": ("custom", "crds"),
    "ep": ("endpoints",),
    "ev": ("events",),
    "sc": ("storage", "storageclass"),
    "pdb": ("disruption", "budget"),
    "rb": ("rolebinding",),
    "crb": ("clusterrolebinding",),
    "csr": ("certificate",),
    "configmap": ("config", "map"),
    "configmaps": ("config", "maps"),
    "bounce": ("restart",),
    "kick": ("restart",),
    "reboot": ("restart",),
    "recycle": ("restart",),
    "make": ("create",),
    "add": ("create", "put"),
    "new": ("create",),
    "prev": ("previous",),
    "old": ("previous",),
    "die": ("crashed", "ended"),
    "died": ("crashed", "ended"),
    "del": ("delete",),
    "rid": ("delete",),
    "trash": ("delete",),
    "kill": ("delete",),
    "remove": ("delete",),
    "drop": ("delete",),
    "destroy": ("delete",),
    "wipe": ("delete",),
    "nuke": ("delete",),
    "purge": ("delete",),
    "rollback": ("undo", "roll"),
    "revert": ("undo", "roll"),
    "upgrade": ("image", "version"),
    "bump": ("image", "version"),
    "release": ("image", "version"),
    "resize": ("scale",),
    "instances": ("replicas", "scale"),
    "copies": ("replicas", "scale"),
    "ssh": ("shell", "exec"),
    "bash": ("shell", "exec"),
    "login": ("shell", "exec"),
    "console": ("shell", "exec"),
    "jump": ("shell", "exec"),
    "tail": ("logs", "follow", "last"),
    "output": ("logs",),
    "stdout": ("logs",),
    "usage": ("top",),
    "utilization": ("top", "usage"),
    "metrics": ("top", "usage"),
    "consumption": ("top", "usage"),
    "consuming": ("top", "usage"),
    "eating": ("top", "usage"),
    "eats": ("top", "usage"),
    "hungry": ("top", "usage"),
    "ram": ("memory",),
    "mem": ("memory",),
    "tunnel": ("forward", "port"),
    "localhost": ("forward", "port", "local"),
    "portforward": ("forward", "port"),
    "expose": ("service",),
    "evict": ("drain", "evict"),
    "maintenance": ("drain",),
    "unschedulable": ("cordon",),
    "schedulable": ("uncordon",),
    "rights": ("permissions", "allowed"),
    "permission": ("allowed", "role"),
    "permissions": ("allowed", "role"),
    "rbac": ("role", "permissions"),
    "broken": ("failed", "crashlooping"),
    "failing": ("failed", "crashlooping"),
    "crashing": ("crashlooping", "crashed"),
    "dead": ("failed", "crashed"),
    "unhealthy": ("failed", "ready"),
    "waiting": ("pending",),
    "unscheduled": ("pending",),
    "machines": ("nodes",),
    "machine": ("node",),
    "host": ("node",),
    "hosts": ("nodes",),
    "worker": ("node",),
    "workers": ("nodes",),
    "env": ("environment", "variable"),
    "var": ("variable",),
    "vars": ("variables",),
    "envvar": ("environment", "variable"),
    "switch": ("context", "use"),
    "kubeconfig": ("config",),
    "docs": ("documentation", "explain"),
    "explanation": ("explain", "documentation"),
    "compare": ("diff", "difference"),
    "compares": ("diff", "difference"),
    "changes": ("diff", "change"),
    "detail": ("details", "describe"),
    "info": ("details", "describe"),
    "information": ("details", "describe"),
    "verify": ("check",),
    "schema": ("fields", "explain"),
    "meaning": ("fields", "explain", "mean"),
    "reference": ("fields", "explain"),
    "structured": ("fields", "explain"),
    "yaml": ("manifest",),
    "yml": ("manifest",),
    "definition": ("manifest",),
    "sleep": ("zero", "stop"),
    "halt": ("stop", "pause"),
    "freeze": ("pause",),
    "unpause": ("resume", "paused"),
    "continue": ("resume",),
    "happened": ("events",),
    "wrong": ("details", "describe"),
    "blocking": ("details", "describe"),
    "rotation": ("uncordon",),
    "throwaway": ("throw", "away"),
    "temp": ("throw", "away"),
    "temporary": ("throw", "away"),
    "launch": ("run", "start"),
    "start": ("run",),
    "trigger": ("run", "hand"),
    "manual": ("hand", "run"),
    "manually": ("hand", "run"),
    "stream": ("follow", "logs"),
    "errimagepull": ("pull", "image"),
    "imagepullbackoff": ("pull", "image"),
    "crashloopbackoff": ("crashlooping",),
    "crashloop": ("crashlooping",),
    "oomkilled": ("oom", "killed"),
    "disk": ("disks", "space"),
    "download": ("copy",),
    "upload": ("copy",),
    "transfer": ("copy",),
}


def content(text: str) -> tuple[str, ...]:
    """The words of `text` that carry meaning, lower case, each once, in order.

    Numbers, single letters and names with numbers in them carry none.
    """
    found = dict.fromkeys(_WORD.findall(_NAME.sub(" ", text.lower())))
    return tuple(
        word for word in found if len(word) > 1 and not word.isdigit() and word not in STOP
    )


def stem(word: str) -> str:
    """What a word and its usual other forms have in common; rough, and enough to compare."""
    for end in ("ings", "ing", "ies", "es", "ed", "s", "e"):
        if word.endswith(end) and len(word) - len(end) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(end)
            break
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


@lru_cache(4096)
def stems(text: str) -> frozenset[str]:
    """The stems of the content words of `text`, with those of other words for them."""
    words = content(text)
    return frozenset(stem(other) for word in words for other in (word, *SYNONYMS.get(word, ())))


def alikeness(one: frozenset[str], other: frozenset[str], telling: frozenset[str]) -> float:
    """How much two sets of stems share: 0 for nothing, 1 for all.

    Words that are `telling`, of what to do, count twice what others do, which are mostly names: the
    same done to something else is a better example than something else done to the same.
    """

    def weight(stems: frozenset[str]) -> int:
        return len(stems) + len(stems & telling)

    together = weight(one | other)
    return weight(one & other) / together if together else 0.0
