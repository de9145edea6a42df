"""Made-up lines of every command and flag of one kubectl version, most of them meant to be odd.

Other than the lines of bench/_lines.py, which are about what kubectl accepts, these are about what
it does: dry runs in every spelling Go knows and some it does not, flags that write files, start
programs or lead elsewhere, values that are cut in unexpected places.
"""

from __future__ import annotations

from bench._lines import Maker
from bench._vocabulary import ALWAYS, ARGUMENTS, NAMES, SELECTORS
from bench._vocabulary import VALUES as SOUND_VALUES
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import CommandSpec, FlagSpec, Spec
from tools.oracle import _values as values

_Words = list[str]

_BOOLS = ("", "", "", "", "=true", "=false", "=1", "=0", "=T", "=F", "=TRUE", "=False", "=yes", "=")
_SOUND_BOOLS = ("", "=true", "=false")
_DRY = ("=client", "=client", "=server", "=server", "=true", "=1", "=T", "=unchanged", "")
_DRY_ODD = ("=none", "=false", "=0", "=Client", "=SERVER", "=dry", "=", "=none,client", "=FALSE")
_APART = frozenset(
    (
        *("filename", "kustomize", "selector", "field-selector", "all", "patch-file", "template"),
        *("recursive", "output-version", "record", "image-pull-policy", "raw", "from-env-file"),
    )
)
"""Flags that stand instead of arguments or of one another, or want others beside them."""
_READERS = frozenset(
    (
        *("get", "describe", "logs", "events", "top", "explain", "diff", "wait", "version"),
        *(
            "api-resources",
            "api-versions",
            "cluster-info",
            "kustomize",
            "rollout",
            "auth",
            "config",
        ),
        *("plugin", "completion"),
    )
)


class OracleMaker(Maker):
    """Makes lines for one version, evenly over its commands."""

    def __init__(self, spec: Spec, catalogue: Catalogue, seed: int) -> None:
        super().__init__(spec, catalogue, seed)
        self.all_kinds = list(catalogue.all)
        self.odd = True
        """Whether the line that is made may be one that kubectl refuses."""
        self.commands = [
            spec.commands[path]
            for path in sorted(spec.commands)
            if path and not path[0].startswith("__")
        ]

    def line(self, command: CommandSpec) -> tuple[str, ...]:
        """A line of that command, as words without `kubectl`."""
        dice = self.dice
        self.odd = dice.random() < 0.5
        path = [self.spelled(command.path[: depth + 1]) for depth in range(len(command.path))]
        words = [*self.flag_words(command), *self.taming(command)]
        arguments = self.argument_words(command.path)
        places = sorted((dice.randint(0, len(words)) for _ in arguments), reverse=True)
        for place, word in zip(places, reversed(arguments), strict=True):
            words.insert(place, [word])
        if self.odd and dice.random() < 0.12:
            words.insert(dice.randint(0, len(words)), ["--"])
        before: _Words = []
        if dice.random() < 0.08:
            before = dice.choice((["-n", "prod"], ["--namespace=prod"], ["--context=fake"]))
        flat = [word for group in words for word in group]
        return (*before, *path, *flat, *self.behind(command.path))

    def piped(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Two stages: what one prints is the content, or (behind xargs) the arguments, of the other."""
        first, second = self.dice.choice(values.PIPES)
        return tuple(first.split()), tuple(second.split())

    # ------------------------------------------------------------------ flags
    def flag_words(self, command: CommandSpec) -> list[_Words]:
        """Some flags, the required ones always; a global one now and then."""
        dice = self.dice
        own = list(command.flags.values())
        if not self.odd:
            own = [flag for flag in own if flag.required or flag.name not in _APART]
        chosen = dice.sample(own, min(len(own), dice.choice((0, 0, 1, 1, 2, 3, 4))))
        if dice.random() < 0.3:
            chosen += dice.sample(list(command.global_flags.values()), 1)
        chosen = [flag for flag in chosen if flag.name != "help"]
        chosen += [flag for flag in own if flag.required and flag not in chosen]
        if self.odd and dice.random() < 0.1:
            chosen += chosen[:1]
        groups = [self.flag(flag, command.path) for flag in chosen]
        groups += self.needed(command)
        if command.path == ("wait",) or "watch" in {flag.name for flag in chosen}:
            groups.append(["--timeout=1s"] if "timeout" in command.flags else [])
        return groups

    def needed(self, command: CommandSpec) -> list[_Words]:
        """What kubectl goes no further without; left out now and then."""
        dice = self.dice
        if self.odd and dice.random() < 0.2:
            return []
        if command.path in values.NEEDED:
            return [[*dice.choice(values.NEEDED[command.path])]]
        return [list(ALWAYS[command.path])] if ALWAYS.get(command.path) else []

    def taming(self, command: CommandSpec) -> list[_Words]:
        """What would make a command that changes something harmless, or looks as if it did."""
        dice, flags = self.dice, command.flags
        if command.path[0] in _READERS and dice.random() < 0.97 and "dry-run" not in flags:
            return []
        ways: list[list[_Words]] = []
        if "dry-run" in flags:
            ways += [[["--dry-run" + dice.choice(_DRY)]] for _ in range(6)]
        if "dry-run" in flags and self.odd:
            ways.append([["--dry-run" + dice.choice(_DRY_ODD)]])
            ways.append([["--dry-run", dice.choice(("client", "server", "none"))]])
            ways.append([["--dry-run" + dice.choice(_DRY)], ["--dry-run" + dice.choice(_DRY)]])
            ways.append([["--dry-run=none"], ["--dry-run" + dice.choice(_DRY)]])
            ways.append([["--dry_run=" + dice.choice(("client", "none"))]])
        if "local" in flags:
            ways += [[["--local" + dice.choice(_BOOLS)], ["-f", "web.yaml"]] for _ in range(2)]
            ways.append([["--local" + dice.choice(_BOOLS)]])
        if "list" in flags:
            ways.append([["--list" + dice.choice(_BOOLS)]])
        if not ways or dice.random() < 0.03:
            return [[dice.choice(("--help", "-h", "--help=true", "-h=1", "--help=false", "-hw"))]]
        return dice.choice(ways)

    def flag(self, flag: FlagSpec, path: tuple[str, ...]) -> _Words:
        """One flag in one of its spellings."""
        dice = self.dice
        if flag.type == "bool":
            spelled = f"-{flag.short}" if flag.short and dice.random() < 0.5 else f"--{flag.name}"
            return [spelled + dice.choice(_BOOLS if self.odd else _SOUND_BOOLS)]
        value = self.value(flag, path)
        if flag.bare is not None:
            return [f"--{flag.name}={value}"] if dice.random() < 0.9 else [f"--{flag.name}", value]
        name = flag.name.replace("-", "_") if dice.random() < 0.05 else flag.name
        ways = [[f"--{name}={value}"], [f"--{name}", value]]
        if flag.short and value:
            short = f"-{flag.short}"
            ways += [[short, value], [short + value], [f"{short}={value}"]]
        return dice.choice(ways)

    def value(self, flag: FlagSpec, path: tuple[str, ...]) -> str:
        """A value for a flag: what it is meant for, or something odd of its type."""
        dice = self.dice
        if flag.name == "filename" and path == ("cp",):
            return "data.txt"
        listed = values.BY_COMMAND.get((*path, flag.name)) or values.BY_FLAG.get(flag.name)
        if listed is None and flag.type in ("int", "duration"):
            listed = values.BY_TYPE[flag.type]
        if listed is not None:
            return dice.choice(listed if self.odd else listed[: values.SOUND.get(flag.type, 4)])
        if flag.choices and dice.random() < 0.7:
            return dice.choice(flag.choices).partition("=")[0]
        if flag.name in SOUND_VALUES and dice.random() < 0.8:
            return dice.choice(SOUND_VALUES[flag.name])
        return dice.choice(values.BY_TYPE.get(flag.type, values.BY_TYPE["string"]))

    # ------------------------------------------------------------------ arguments
    def any_kind(self) -> str:
        """Mostly what the server has, else any kind in any spelling."""
        dice = self.dice
        if dice.random() < 0.6:
            return dice.choice(values.KINDS)
        if dice.random() < 0.1:
            return dice.choice(self.all_kinds).qualified
        return self.kind_word()

    def argument_words(self, path: tuple[str, ...]) -> _Words:
        """Arguments as the command wants them, or one too few or too many."""
        dice = self.dice
        name = dice.choice(("web", "web", *NAMES)) if self.odd else "web"
        if not self.odd and path in values.SOUND_ARGUMENTS:
            words = dice.choice(values.SOUND_ARGUMENTS[path]).split()
        elif path in values.ARGUMENTS:
            words = dice.choice(values.ARGUMENTS[path]).split()
        elif path in ARGUMENTS:
            words = ARGUMENTS[path](self.any_kind(), name, dice).split()
        else:
            words = self.arguments(path, self.any_kind())
        if words and self.odd and dice.random() < 0.08:
            words.pop()
        if self.odd and dice.random() < 0.08:
            words.append(dice.choice((name, "x=y", "x-", "client", "true", *SELECTORS[:2])))
        return words
