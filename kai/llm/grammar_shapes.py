"""What a grammar of kubectl commands says besides flags: words, and what stands where."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # A name: of an object, a context, a container. 63 characters is the most that a label has
    # (RFC 1123); longer names of objects are allowed and not seen.
    "name": "[A-Za-z0-9] ([._:-]? [A-Za-z0-9]){0,62}",
    # A word without quotes, as kai.kubectl.words reads it: no '=' first or behind ':', no '%' first.
    # None begins with a dash, so that no flag takes another one for its value.
    "part": '[A-Za-z0-9_./+@] (":"? [A-Za-z0-9_./,@+%-]){0,80}',
    "bare": 'part ("!"? "=" part){0,12}',
    # Quoted: no quote, no two blanks in a row, a backslash only before what fish leaves alone.
    "qchar": r'" "? ([!-&(-[\]-~] | "\\" [!-&(-[\]-~])',
    "qtext": "qchar{1,300}",
    "quoted": '''"'" qtext "'"''',
    "value": 'quoted | bare ("=" quoted)?',
    "file": 'value | "-"',
    "int": '"-"? [0-9]{1,9}',
    "duration": '[0-9]{1,6} ("ms" | [smhd] ([0-9]{1,4} [ms])?)?',
    "eq": '"=" | " "',
    "to": '(" " | "=")?',
    "bool": '"=true" | "=false"',
    "object": 'kind "/" name',
    "one": "object | name",
    "key": "[A-Za-z0-9] ([._/-]? [A-Za-z0-9]){0,80}",
    "pair": 'key ("=" (part | quoted)? | "-")',
    "effect": '"NoSchedule" | "PreferNoSchedule" | "NoExecute"',
    "taint": 'key ("=" name? (":" effect)? "-"? | ":" effect "-"? | "-")',
    "port": '":"? [0-9]{1,5} (":" [0-9a-z] [0-9a-z-]{0,14})?',
    "argument": 'quoted | "-"{0,2} bare ("=" quoted)? | "-"',
    "arguments": 'argument (" " argument){0,15}',
    "field": "[A-Za-z] [A-Za-z0-9]{0,40}",
    "right": '"get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | '
    '"deletecollection" | "use" | "bind" | "escalate" | "impersonate" | "approve" | "sign"',
    "rights": 'right ("," right){0,8} | "\'*\'"',
    "about": 'kind ("/" field)? | "users" | "groups" | "\'*\'"',
    "abouts": 'kind ("/" field)? ("," kind ("/" field)?){0,8} | "\'*\'"',
    "filters": '(" | " filter){0,3}',
    "filter": "grep | ends | sorted | jq | cut | other",
    "grep": '"grep" (" -" [ivwEFoc]{1,3} | " -" [ABC] " "? [0-9]{1,3}){0,2} " " value',
    "ends": '("head" | "tail") (" -n" " "? [0-9]{1,5} | " -" [0-9]{1,5})?',
    "sorted": '"sort" (" -" [nrhuV]{1,4} | " -k" " "? [0-9]{1,2} [nrh]{0,2} ("," [0-9]{1,2})?){0,3}',
    "jq": '("jq" (" -" [rcsM]{1,3})? | "awk" | "sed" (" -" [nE])?) " " quoted',
    "cut": '"cut -d" " "? (quoted | [:/,.]) " -f" " "? [0-9]{1,2} ([,-] [0-9]{1,2})?',
    "other": '"wc -l" | "uniq" " -c"? | "column -t" | "base64 " ("-d" | "--decode") | '
    '("xargs " ("-r " | "-n" " "? "1 ")?)? "kubectl " call',
}
"""Rules that are the same for every kubectl, as GBNF."""

# In shapes F stands for one flag of the command with the blank before it.
_NAMES = '(F | " " name){0,8}'
_TARGET = (
    'F{0,4} (" " kind ("/" name (F | " " object){0,6} | ("," kind){0,4} (F | " " name){0,8})'
    ' | " " category (F | " " name){0,8})?'
)
_ARGUMENTS = 'F{0,4} (" " value (F | " " value){0,8})?'
_ONES = 'F{0,4} (" " one (F | " " one){0,6})?'
_PAIRS = f'{_TARGET} (F | " " pair){{0,8}}'
_LAST = 'F{0,4} (" " kind ("/" | " ") name F{0,3})? " " value F{0,3}'
_FLAGS = "F{0,8}"

_BY_PATH: Mapping[str, str] = {
    "attach": 'F{0,4} " " one F{0,4}',
    "auth can-i": 'F{0,4} (" " (right | "\'*\'") " " (about | "/" part))? F{0,4}',
    "certificate approve": _ONES,
    "certificate deny": _ONES,
    "completion": 'F{0,2} " " ("bash" | "zsh" | "fish" | "powershell")',
    "cordon": _ONES,
    "debug": 'F{0,6} (" " one F{0,8})? (" -- " arguments)?',
    "drain": _ONES,
    "exec": 'F{0,4} " " one F{0,4} " -- " arguments',
    "explain": 'F{0,4} " " kind ("." field){0,8} F{0,4}',
    "label": _PAIRS,
    "annotate": _PAIRS,
    "logs": 'F{0,6} (" " one (F | " " name){0,8})?',
    "port-forward": 'F{0,3} " " one F{0,3} (" " port){1,4} F{0,3}',
    "run": 'F{0,3} " " name F{0,8} (" -- " arguments)?',
    "set env": _PAIRS,
    "set image": _PAIRS,
    "set selector": _LAST,
    "set serviceaccount": _LAST,
    "taint": 'F{0,3} (" " kind ("/" name | (F | " " name){0,6}))? (F | " " taint){0,5}',
    "top node": _NAMES,
    "top pod": _NAMES,
    "uncordon": _ONES,
    "create deployment": 'F{0,3} " " name F{0,8} (" -- " arguments)?',
    "create cronjob": 'F{0,3} " " name F{0,8} (" -- " arguments)?',
    "create job": 'F{0,3} " " name F{0,8} (" -- " arguments)?',
}
_TARGETS = frozenset(
    ("get", "describe", "delete", "edit", "patch", "scale", "autoscale", "expose", "wait")
).union(
    (f"rollout {verb}" for verb in ("history", "pause", "restart", "resume", "status", "undo")),
    ("apply view-last-applied", "apply edit-last-applied", "set resources", "set subject"),
)
_FLAGS_ONLY = frozenset(
    (
        *("api-resources", "api-versions", "apply", "apply set-last-applied", "auth reconcile"),
        *("auth whoami", "cluster-info", "cluster-info dump", "create", "diff", "events"),
        *("config current-context", "config get-clusters", "config get-users", "config view"),
        *("plugin list", "proxy", "replace", "version"),
    )
)

VALUES: Mapping[tuple[str, str], str] = {
    ("create job", "from"): "object",
    ("events", "for"): "object",
    ("create role", "resource"): "abouts",
    ("create clusterrole", "resource"): "abouts",
    ("create role", "verb"): "rights",
    ("create clusterrole", "verb"): "rights",
}
"""Flags whose value names a kind, by command, and the rule of the value."""

MORE_FLAGS: Mapping[str, tuple[str, ...]] = {"auth can-i": ("as", "as-group")}
"""Global flags that one command may have because it only asks with them."""

LEFT_OUT = frozenset(("__complete", "__completeNoDesc", "help", "options", "alpha", "kuberc"))
"""Commands that answer no request about a cluster, or settle what other commands mean."""

GLOBAL_FLAGS = ("namespace", "context", "request-timeout")
"""The flags of every command that may be written; the others change who asks and which server
answers, or write files (kai never offers them)."""


def shape(path: tuple[str, ...]) -> str:
    """What follows a command's own words, F standing for a flag."""
    name = " ".join(path)
    if name in _TARGETS:
        return _TARGET
    if name in _FLAGS_ONLY:
        return _FLAGS
    return _BY_PATH.get(name, _ARGUMENTS)
