"""Programs that run a command given behind their own options, and shells that take one as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kai.safety.shell_values import Field


@dataclass(frozen=True, slots=True)
class Wrapper:
    """How a program takes its options: letters and names that need a value, words before the command."""

    letters: str = ""
    names: frozenset[str] = frozenset()
    words: int = 0


def _wrapper(letters: str = "", names: str = "", words: int = 0) -> Wrapper:
    return Wrapper(letters, frozenset(names.split()), words)


# Sources: the manual pages of sudo 1.9, doas, coreutils 9, util-linux 2.39, procps 4, findutils 4.9,
# strace 6, openssh 9 and bash 5.2.
WRAPPERS = {
    "sudo": _wrapper(
        "ughpCDRrtTU",
        "user group host prompt close-from chdir chroot role type command-timeout other-user",
    ),
    "doas": _wrapper("uC"),
    "env": _wrapper("uCS", "unset chdir split-string"),
    "command": _wrapper(),
    "builtin": _wrapper(),
    "exec": _wrapper("a"),
    "eval": _wrapper(),
    "nohup": _wrapper(),
    "setsid": _wrapper(),
    "time": _wrapper("fo", "format output"),
    "timeout": _wrapper("ks", "kill-after signal", 1),
    "gtimeout": _wrapper("ks", "kill-after signal", 1),
    "watch": _wrapper("nq", "interval equexit"),
    "nice": _wrapper("n", "adjustment"),
    "ionice": _wrapper("cnpPu", "class classdata pid"),
    "stdbuf": _wrapper("ioe", "input output error"),
    "chrt": _wrapper("pTPD", "", 1),
    "taskset": _wrapper("p", "", 1),
    "flock": _wrapper("wE", "wait timeout conflict-exit-code", 1),
    "xargs": _wrapper(
        "nLPIdsaE", "max-args max-lines max-procs delimiter max-chars arg-file process-slot-var"
    ),
    "gxargs": _wrapper("nLPIdsaE", "max-args max-lines max-procs delimiter max-chars arg-file"),
    "unbuffer": _wrapper(),
    "chronic": _wrapper(),
    "strace": _wrapper("abeEIoOpPsSuUX"),
    "caffeinate": _wrapper("tw"),
    "retry": _wrapper("tdsmb", "times delay sleep max tries until backoff"),
    "gosu": _wrapper("", "", 1),
    "su-exec": _wrapper("", "", 1),
    "tini": _wrapper("p"),
    "dumb-init": _wrapper(),
    "chroot": _wrapper("", "userspec groups", 1),
    "nsenter": _wrapper("tSG", "target setuid setgid"),
    "ssh": _wrapper("BbcDEeFIiJLlmOopQRSWw", "", 1),
    "k3s": _wrapper(),
    "microk8s": _wrapper(),
    "minikube": _wrapper("p", "profile"),
    "tsh": _wrapper(),
    "torsocks": _wrapper(),
    "proxychains": _wrapper("f"),
    "proxychains4": _wrapper("f"),
}
_BEHIND_DASHES = frozenset(
    (
        *("aws-vault", "op", "doppler", "chamber", "direnv", "mise", "asdf", "teller", "dotenv"),
        *("devbox", "nix", "poetry", "pipenv", "uv", "envconsul", "vault", "infisical", "runuser"),
        *("setpriv", "systemd-run", "firejail", "bwrap", "unshare", "sops", "summon", "kubie"),
    )
)
"""Programs with sub-commands of their own; the command they run stands behind `--` or as kubectl."""

SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ash", "ksh"))
_KUBECTL = re.compile(
    r"(?:.*/)?(?:microk8s\.)?kubectl(?:[.-]v?1\.\d+(?:\.\d+)?)?(?:\.exe|:[\w.-]+)?"
)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_CONTAINERS = frozenset(("docker", "podman", "nerdctl"))
KNOWN = (
    frozenset(WRAPPERS) | _BEHIND_DASHES | SHELLS | _CONTAINERS | {"find", "parallel", "trap", "su"}
)
"""Every program that may run a command or code given to it."""

_CODE = frozenset(("watch", "ssh", "eval", "parallel", "retry", "flock", "script", "su", "runuser"))


def is_kubectl(text: str) -> bool:
    """Whether a program of that name or path is kubectl."""
    return "kubectl" in text and _KUBECTL.fullmatch(text) is not None


def base(text: str) -> str:
    """The name of a program without its folder."""
    return text.rpartition("/")[2]


def behind_options(fields: Sequence[Field], at: int, wrapper: Wrapper) -> int:
    """Where the command behind the wrapper at `at` begins."""
    at += 1
    words = wrapper.words
    while at < len(fields):
        text = fields[at].text
        if text == "--":
            at += 1
        elif text[:2] == "--":
            at += 2 if text[2:] in wrapper.names else 1
        elif text[:1] == "-" and len(text) > 1:
            at += 2 if text[-1] in wrapper.letters and _last_takes(text, wrapper) else 1
        elif _ASSIGNMENT.fullmatch(text) and not fields[at].quoted:
            at += 1
        elif words:
            words -= 1
            at += 1
        else:
            break
    return at


def _last_takes(cluster: str, wrapper: Wrapper) -> bool:
    """Whether the value of a letter in `-abc` is the next word: no letter before it takes the rest."""
    return not any(letter in wrapper.letters for letter in cluster[1:-1])


def assigned(fields: Sequence[Field]) -> list[tuple[str, str, Field]]:
    """The variables that words like `NAME=value` set for the command behind them."""
    found = []
    for item in fields:
        match = _ASSIGNMENT.fullmatch(item.text)
        if match:
            found.append((match[1], match[2], item))
    return found


def code(fields: Sequence[Field], at: int) -> Field | None:
    """The word that the program at `at` runs as shell code, if it takes one."""
    name = base(fields[at].text)
    if name in SHELLS:
        for index in range(at + 1, len(fields) - 1):
            text = fields[index].text
            if text[:1] not in ("-", "+"):
                return None
            if text[:2] != "--" and "c" in text:
                return fields[index + 1]
        return None
    if name == "trap":
        return fields[at + 1] if at + 1 < len(fields) else None
    if name in _CODE:
        for index in range(at + 1, len(fields)):
            if " " in fields[index].text and fields[index].quoted:
                return fields[index]
    return None


def reads_code(fields: Sequence[Field], at: int) -> bool:
    """Whether the program at `at` is a shell that runs what comes over its standard input."""
    name = base(fields[at].text)
    rest = [item.text for item in fields[at + 1 :]]
    if name == "ssh":
        return behind_options(fields, at, WRAPPERS["ssh"]) >= len(fields)
    if name not in SHELLS:
        return False
    return all(text[:1] == "-" and "c" not in text for text in rest) or "-s" in rest


def command_behind(fields: Sequence[Field], at: int) -> int | None:
    """Where the command run by the wrapper at `at` begins; None: it is no wrapper."""
    name = base(fields[at].text)
    if name == "command" and any(item.text in ("-v", "-V") for item in fields[at + 1 : at + 2]):
        return None
    wrapper = WRAPPERS.get(name)
    if wrapper is not None:
        return behind_options(fields, at, wrapper)
    if name == "find":
        for index in range(at + 1, len(fields)):
            if fields[index].text in ("-exec", "-execdir", "-ok", "-okdir"):
                return index + 1
        return None
    if name in _BEHIND_DASHES or name == "parallel":
        return kubectl_in(fields, at + 1)
    if name in _CONTAINERS and at + 1 < len(fields) and fields[at + 1].text in ("exec", "run"):
        return kubectl_in(fields, at + 2)
    return None


def kubectl_in(fields: Sequence[Field], at: int) -> int | None:
    """The first word from `at` on that is kubectl."""
    for index in range(at, len(fields)):
        if is_kubectl(fields[index].text):
            return index
    return None


def of_find(own: Sequence[Field], path: Callable[[], str]) -> list[Field]:
    """The words that `find -exec` runs: up to `;` or `{} +`, with a `path` in place of each `{}`."""
    last = len(own)
    for index, item in enumerate(own):
        if item.text == ";" or (item.text == "+" and own[index - 1].text == "{}"):
            last = index
            break
    return [
        replace(item, text=item.text.replace("{}", path())) if "{}" in item.text else item
        for item in own[:last]
    ]
