"""The command tree of a real kubectl, read from the program itself.

Nothing of kubectl's work is ever done: every call carries `--help`, and cobra, kubectl's command
library, parses all flags first and then prints the help text. So a parse error of
`kubectl get --help --watch=junk` tells the type of `--watch`, and no server is asked.

A maintainer's tool (`python -m kai.kubectl.spec extract KUBECTL`), never imported at run time.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kai.errors import KubectlError, KubectlTimeout
from kai.kubectl import helptext

#: Seconds one call of kubectl may take (a call takes about 0.04).
DEADLINE = 20.0

#: Flags that kubectl accepts and hides from every help text, tried on all commands ("") or on the
#: command named. Source: every MarkHidden and MarkDeprecated in k8s.io/kubectl and
#: k8s.io/cli-runtime, 0.27 to 0.37.
HIDDEN_CANDIDATES = {
    "": ("record", "prune-whitelist"),
    "autoscale": ("cpu-percent",),
    "drain": ("delete-local-data",),
    "run": (
        *("cascade", "filename", "force", "grace-period"),
        *("kustomize", "recursive", "timeout", "wait"),
    ),
    "version": ("short",),
}

#: Groups that do something of their own without a sub-command although they have no flags.
RUNNABLE_GROUPS = frozenset({("cluster-info",)})

#: Flags whose file kubectl opens before it parses anything: junk would end it too early. Plain
#: strings that require a value (source: pkg/kuberc in k8s.io/kubectl).
OPENED_EARLY = frozenset({"kuberc"})

#: Commands that cobra adds to every program and that no help text lists.
HIDDEN_COMMANDS = {
    "__complete": "Request shell completion choices for the specified command-line",
    "__completeNoDesc": "Request shell completion choices without descriptions",
}

# Refused by every typed parser: not a number, not a duration, not true or false, not a pair, and
# the lone quote is refused by the comma-separated reader of string slices but not by plain strings.
_JUNK = 'kai"junk'
# kubectl turns underscores into hyphens, so a sentinel must not hold one.
_SENTINEL = "--kai-sentinel-"
_INVALID = re.compile(
    r"invalid argument \".*?\" for \"(?:-(?P<short>\w), )?--(?P<name>[\w-]+)\" flag: (?P<why>.*)"
)
_UNKNOWN = re.compile(r"unknown flag: --(?P<name>[\w-]+)")
_DEPRECATED = re.compile(r"^Flag --(?P<name>[\w-]+) has been deprecated, (?P<why>.*)$", re.M)
_REASONS = (
    ("ParseBool", "bool"),
    ("ParseInt", "int"),
    ("ParseUint", "int"),
    ("invalid duration", "duration"),
    ("in non-quoted", "stringSlice"),
    ("must be formatted as key=value", "stringToString"),
    ("expect string=string", "stringToString"),  # component-base's MapStringString splits alike
)
_VALID = {"bool": "true", "int": "1", "duration": "1s", "stringToString": "a=b"}

Known = Mapping[str, Mapping[str, str]]
Flag = dict[str, Any]
Command = dict[str, Any]
Tree = dict[str, Any]


def extract(kubectl: str, known: Known | None = None, only: Sequence[str] = ()) -> Tree:
    """Read the whole command tree of the program at `kubectl`.

    `known` maps command paths (words joined by a space) to the flags of other versions, name to
    shorthand: those that the help text does not list are tried, so that flags accepted but hidden
    are found. `only` limits the tree to these commands. Raises
    KubectlError if the program does not behave like kubectl, KubectlTimeout if it hangs.
    """
    with tempfile.TemporaryDirectory(prefix="kai-spec-") as home:
        return _Extractor(kubectl, home, known or {}).tree(only)


class _Extractor:
    """One run over one kubectl, with an empty home folder of its own."""

    def __init__(self, kubectl: str, home: str, known: Known) -> None:
        self._kubectl = str(Path(kubectl).resolve())
        self._home = home
        self._known = known

    def tree(self, only: Sequence[str] = ()) -> Tree:
        version = self._version()
        texts = self._some(only) if only else self._walk()
        global_texts = helptext.read_flags(self._run(["options"])[0])
        global_flags = self._flags((), global_texts, ())
        names = {flag["name"] for flag in global_flags}
        with ThreadPoolExecutor(max_workers=4) as pool:
            commands = pool.map(lambda path: self._command(path, texts[path], names), texts)
            table = {" ".join(path): row for path, row in zip(texts, commands, strict=True)}
        for name, line in HIDDEN_COMMANDS.items():
            table[name] = {"help": line, "hidden": True, "runnable": True}
        for path, text in texts.items():
            for child, line in text.subcommands.items():
                row = table.get(" ".join((*path, child)))
                if row and line:
                    row["help"] = line
        return {
            "version": ".".join(version.lstrip("v").split(".")[:2]),
            "release": version,
            "global_flags": [*global_flags, _help_flag()],
            "commands": table,
        }

    def _run(self, args: Sequence[str]) -> tuple[str, str]:
        """Run kubectl; returns stdout and stderr.

        KUBECTL_KUBERC is left unset on purpose: from 1.34 on, `false` removes `--kuberc` and the
        command `kuberc`, which the user's kubectl has. The empty home holds no kuberc file.
        """
        environment = {"HOME": self._home, "PATH": self._home, "KUBECONFIG": "/dev/null"}
        try:
            done = subprocess.run(
                [self._kubectl, *args],
                env=environment,
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            message = f"{self._kubectl} {' '.join(args)} did not end within {DEADLINE:g} s"
            raise KubectlTimeout(message) from error
        except OSError as error:
            raise KubectlError(f"cannot run {self._kubectl}: {error.strerror}") from error
        # Where the home folder shows in a default, the user's own home is meant.
        return done.stdout.replace(self._home, "$HOME"), done.stderr

    def _version(self) -> str:
        answer = self._run(["version", "--client", "--output=json"])[0]
        match = re.search(r'"gitVersion": "(v\d+\.\d+[^"]*)"', answer)
        if match is None:
            raise KubectlError(f"{self._kubectl} does not tell a kubectl version")
        return match[1]

    def _walk(self) -> dict[tuple[str, ...], helptext.HelpText]:
        """Read the help of every command, breadth first, in the order the help texts list them."""
        texts: dict[tuple[str, ...], helptext.HelpText] = {}
        level: list[tuple[str, ...]] = [()]
        with ThreadPoolExecutor(max_workers=4) as pool:
            while level:
                outputs = pool.map(lambda path: self._run([*path, "--help"])[0], level)
                for path, output in zip(level, outputs, strict=True):
                    texts[path] = helptext.read_help(output)
                    if not path:
                        texts[path].subcommands.update(self._listed_by_completion())
                level = [(*path, child) for path in level for child in texts[path].subcommands]
        return texts

    def _some(self, commands: Iterable[str]) -> dict[tuple[str, ...], helptext.HelpText]:
        paths = [tuple(command.split()) for command in commands]
        return {path: helptext.read_help(self._run([*path, "--help"])[0]) for path in paths}

    def _listed_by_completion(self) -> dict[str, str]:
        """Find the commands below kubectl itself; its help leaves out `help` and `options`."""
        lines = self._run(["__complete", ""])[0].splitlines()
        rows = (line.partition("\t") for line in lines if not line.startswith(":"))
        return {name: text for name, _, text in rows}

    def _command(
        self, path: tuple[str, ...], text: helptext.HelpText, global_names: set[str]
    ) -> Command:
        key = " ".join(path)
        shown = {flag.name for flag in text.flags}
        tried = {
            *HIDDEN_CANDIDATES[""],
            *HIDDEN_CANDIDATES.get(key, ()),
            *self._known.get(key, ()),
        }
        hidden = sorted(tried - shown - global_names) if path else []
        flags = self._flags(path, text.flags, hidden)
        required = self._required(path)
        for flag in flags:
            flag["required"] = flag["name"] in required
        runnable = not text.subcommands or bool(flags) or path in RUNNABLE_GROUPS
        return {
            "aliases": list(text.aliases),
            "usage": text.usage,
            "help": text.summary.rstrip("."),
            "flags": sorted(flags, key=lambda flag: str(flag["name"])),
            "subcommands": sorted(text.subcommands),
            "runnable": runnable,
        }

    def _flags(
        self, path: tuple[str, ...], texts: Iterable[helptext.FlagText], tried: Iterable[str]
    ) -> list[Flag]:
        """Complete the flags of one command with types, bare values and hidden ones."""
        shown = {flag.name: flag for flag in texts}
        accepted = self._types(path, list(shown))
        messages: dict[str, str] = {}
        missing = shown.keys() - accepted.keys()
        if missing:
            raise KubectlError(f"kubectl {' '.join(path)} lists but refuses {sorted(missing)}")
        for name in tried:
            types = self._types(path, [name])
            accepted.update(types)
            messages.update(self._deprecated(path, name, types))
        bare = self._bare(path, {name: kind for name, (kind, _) in accepted.items()})
        rows = []
        for name, (kind, short) in accepted.items():
            hidden = name not in shown
            if hidden and not short:
                short = self._hidden_shorthand(path, name)  # noqa: PLW2901  # the better one
            text = shown.get(name) or helptext.FlagText(name, short, "", messages.get(name, ""))
            rows.append(_row(text, kind, bare.get(name), hidden, messages.get(name, "")))
        return rows

    def _hidden_shorthand(self, path: tuple[str, ...], name: str) -> str:
        """Try the shorthand other versions have: a deprecated one is left out of every message."""
        short = self._known.get(" ".join(path), {}).get(name, "")
        refused = short and "unknown shorthand" in self._refusal([*path, "--help", f"-{short}=1"])
        return "" if refused else short

    def _required(self, path: tuple[str, ...]) -> set[str]:
        """Find the flags without which cobra refuses the command.

        Completion offers these alone as long as one of them is missing; otherwise every flag,
        `--help` among them.
        """
        lines = self._run(["__complete", *path, "--"])[0].splitlines()
        offered = {line.split("\t")[0].removeprefix("--") for line in lines if line[:2] == "--"}
        return set() if "help" in offered else offered

    def _types(self, path: tuple[str, ...], names: list[str]) -> dict[str, tuple[str, str]]:
        """Give every flag junk and read who complains: type and shorthand of the accepted ones.

        The first complaint ends the parse, so each call settles the flags up to that one.
        """
        accepted = {name: ("string", "") for name in names if name in OPENED_EARLY}
        rest = [name for name in names if name not in OPENED_EARLY]
        while rest:
            text, errors = self._run([*path, "--help", *(f"--{name}={_JUNK}" for name in rest)])
            refused = _INVALID.search(errors) or _UNKNOWN.search(errors)
            if refused is None:
                if not text:  # it ended before cobra came to the help text
                    raise KubectlError(f"kubectl {' '.join(path)}: unexpected answer {errors!r}")
                accepted.update((name, ("string", "")) for name in rest)
                break
            culprit = refused["name"]
            if culprit not in rest:
                raise KubectlError(f"kubectl {' '.join(path)}: unexpected answer {errors!r}")
            position = rest.index(culprit)
            accepted.update((name, ("string", "")) for name in rest[:position])
            if refused.re is _INVALID:
                accepted[culprit] = (_type_of(refused["why"]), refused["short"] or "")
            rest = rest[position + 1 :]
        return accepted

    def _deprecated(
        self, path: tuple[str, ...], name: str, types: Mapping[str, tuple[str, str]]
    ) -> dict[str, str]:
        """Read kubectl's warning about a hidden flag; it only comes with a value that parses."""
        if name not in types:
            return {}
        value = _VALID.get(types[name][0], "kai")
        errors = self._run([*path, "--help", f"--{name}={value}"])[1]
        return {found["name"]: found["why"] for found in _DEPRECATED.finditer(errors)}

    def _bare(self, path: tuple[str, ...], types: Mapping[str, str]) -> dict[str, str]:
        """Find the flags that may stand without a value, and what they then mean.

        A sentinel follows each flag: a flag that requires a value swallows it, otherwise kubectl
        calls the sentinel an unknown flag.
        """
        bare = {name: "true" for name, kind in types.items() if kind == "bool"}
        if bare and self._refusal([*path, "--help", *(f"--{name}" for name in bare)]):
            raise KubectlError(f"kubectl {' '.join(path)}: a boolean requires a value")
        rest = [name for name in types if name not in bare and name not in OPENED_EARLY]
        while rest:
            chain = [word for name in rest for word in (f"--{name}", _SENTINEL + name)]
            errors = self._refusal([*path, "--help", *chain])
            refused = _UNKNOWN.search(errors) or _INVALID.search(errors)
            if refused is None:
                if errors:
                    raise KubectlError(f"kubectl {' '.join(path)}: unexpected answer {errors!r}")
                break
            culprit = refused["name"].removeprefix(_SENTINEL.removeprefix("--"))
            if refused.re is _UNKNOWN:
                if culprit not in helptext.BARE_VALUES:
                    raise KubectlError(f"--{culprit} may stand bare: add its NoOptDefVal")
                bare[culprit] = helptext.BARE_VALUES[culprit]
            rest = rest[rest.index(culprit) + 1 :]
        return bare

    def _refusal(self, args: Sequence[str]) -> str:
        errors = self._run(args)[1]
        return "\n".join(line for line in errors.splitlines() if line.startswith("error:"))


def _type_of(reason: str) -> str:
    return next((kind for sign, kind in _REASONS if sign in reason), "custom")


def _row(text: helptext.FlagText, kind: str, bare: str | None, hidden: bool, warning: str) -> Flag:
    """Put together what the help text says and what the probes found."""
    if kind == "string" and text.default.startswith("["):
        kind = "stringArray"
    elif kind == "custom" and helptext.type_from_default(text.default) != "string":
        kind = helptext.type_from_default(text.default)
    return {
        "name": text.name,
        "short": text.short,
        "type": kind,
        "bare": bare,
        "default": helptext.plain_default(text.default),
        "hidden": hidden,
        "help": helptext.first_sentence(text.help),
        "choices": list(helptext.choices(text.help)),
        "deprecated": warning,
        "required": False,
    }


def _help_flag() -> Flag:
    """Cobra gives every command `-h, --help` and hides it from kubectl's help texts."""
    return {
        "name": "help",
        "short": "h",
        "type": "bool",
        "bare": "true",
        "default": "false",
        "hidden": False,
        "help": "Show help for the command",
        "choices": [],
        "deprecated": "",
        "required": False,
    }
