"""Which keys of which YAML files hold shell text. Told from the keys and what stands beside them.

Sources: the references of GitHub Actions workflows, GitLab CI/CD, Azure Pipelines, CircleCI, Tekton,
Argo Workflows, Ansible's builtin modules, Kubernetes containers, Compose, Drone/Woodpecker,
Bitbucket Pipelines, Travis, CodeBuild, Cloud Build, Concourse, Taskfile, Skaffold, pre-commit.
"""

from __future__ import annotations

import functools
import re
from enum import Enum


class Rule(Enum):
    """How the value of a key is read."""

    SHELL = "shell text; a list of it is one script"
    EACH = "shell text; each item of a list is a script of its own"
    WORDS = "words of a command line, or shell text where it is no list"
    PERHAPS = "shell text if a line of it begins with kubectl"


SHELL_KEYS = frozenset(
    (
        *("run", "script", "before_script", "after_script", "bash", "inlineScript", "commands"),
        *("shell", "raw", "ansible.builtin.shell", "ansible.builtin.command", "sh"),
        *("ansible.builtin.raw", "ansible.legacy.shell", "ansible.legacy.command", "after-script"),
        *("pre_get_sources_script", "post_get_sources_script", "initCommands", "postCommands"),
        *("before_install", "after_success", "after_failure", "before_deploy", "after_deploy"),
    )
)
_EACH = frozenset(
    ("cmds", "cmd", "deps_cmds", "preconditions", "status", "defer", "runcmd", "bootcmd")
)
_WORDS = frozenset(("command", "args", "entrypoint", "test", "arguments", "argv"))
_PERHAPS = re.compile(
    r"\w*(?:script|command|cmd|hook|exec)s?|commandLine|[\w.-]+\.(?:sh|bash|zsh)", re.IGNORECASE
)
_SHELL_FILE = re.compile(r"[\w.-]+\.(?:sh|bash|zsh|ksh|envrc)")

_BUILD = frozenset(("install", "pre_build", "build", "post_build"))

_ALL = SHELL_KEYS | _EACH | _WORDS | {"source", "command", "content", "finally"}


@functools.lru_cache(maxsize=4096)
def may_hold_shell(key: str) -> bool:
    """Whether a key as written may have a rule."""
    name = key.strip("\"' \t")
    return name in _ALL or _PERHAPS.fullmatch(name) is not None


@functools.lru_cache(maxsize=4096)
def rule_of(key: str, parent: str = "") -> Rule | None:
    """How the value of `key` is read; `parent` is the key around it."""
    if key in SHELL_KEYS:
        return Rule.SHELL
    if key in _EACH:
        return Rule.EACH
    if key in _WORDS:
        return Rule.WORDS
    if (key in ("source", "content") and parent == "script") or (
        key == "finally" and parent in _BUILD
    ):
        return Rule.SHELL
    if _SHELL_FILE.fullmatch(key):
        return Rule.SHELL
    return Rule.PERHAPS if _PERHAPS.fullmatch(key) else None


_OTHER_SHELL = re.compile(r"(?:pwsh|powershell|cmd|python\d?|node|perl|ruby|deno|batch|pscore)\b")
_NOT_SHELL_ACTIONS = re.compile(
    r"actions/github-script|python|node-script|InlinePowershell|PowerShell"
)


_MARKS = (
    *("pwsh", "owershell", "owerShell", "python", "github-script", "node", "perl", "ruby", "deno"),
    *("shell: cmd", "pscore", "scriptType: b"),
)


def names_other_language(text: str) -> bool:
    """Whether `other_language` can be true anywhere in a document: else nobody has to look."""
    return any(mark in text for mark in _MARKS)


def other_language(siblings: dict[str, str], outer: dict[str, str]) -> bool:
    """Whether what stands beside a key says that its text is for something other than a shell."""
    for name in ("shell", "scriptType", "interpreter"):
        if _OTHER_SHELL.match(siblings.get(name, "").strip("'\"")):
            return True
    uses = siblings.get("uses") or outer.get("uses") or outer.get("task") or ""
    return _NOT_SHELL_ACTIONS.search(uses) is not None
