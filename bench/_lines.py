"""Made-up kubectl lines, most of them sound, the others wrong in one known way.

A line is a list of words, so that the same words go to kai (quoted) and to a real kubectl. Nothing
that waits, watches or attaches is made, and no flag that leads to another server or to a file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench._vocabulary import (
    ALWAYS,
    ARGUMENTS,
    COMMANDS_LEFT_OUT,
    FLAGS_NOBODY_HAS,
    KINDS_NOBODY_HAS,
    LEFT_OUT,
    NAMES,
    TEMPLATED,
    VALUES,
    VERBS_NOBODY_HAS,
)
from kai.kubectl.resources import Catalogue, Resource
from kai.kubectl.spec import CommandSpec, FlagSpec, Spec

#: What was done to a sound line on purpose.
SOUND, VERB, FLAG, KIND = "sound", "verb", "flag", "kind"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
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
            and path not in COMMANDS_LEFT_OUT
            and (command := spec.commands[path]).runnable
            and not path[0].startswith("__")
            and "kuberc" not in path  # gone where KUBECTL_KUBERC=false, as it is here
        ]
        every = {flag for path in spec.commands for flag in spec.commands[path].flags}
        # --kuberc is unknown where KUBECTL_KUBERC=false, as it is here.
        self.flag_names = sorted(every - {"kuberc"})

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
        made = self.typo(word) if self.dice.random() < 0.6 else self.dice.choice(VERBS_NOBODY_HAS)
        return made or "lst"

    def wrong_kind(self) -> str:
        if self.dice.random() < 0.4:
            return self.dice.choice(KINDS_NOBODY_HAS)
        return self.typo(self.kind_word()) or "frob"

    def wrong_flag(self, command: CommandSpec) -> str:
        dice = self.dice
        way = dice.randrange(6)
        own = sorted({*command.flags, *command.global_flags} - LEFT_OUT)
        if way == 0:
            return "--" + dice.choice(FLAGS_NOBODY_HAS)
        if way == 1:
            return "--" + dice.choice(self.flag_names)
        if way == 2:
            name = dice.choice(own)
            return "--" + name[: dice.randint(2, len(name))]
        if way == 3:
            return "-" + dice.choice(_LETTERS.replace("h", "") + _LETTERS.upper())
        if way == 4:
            return f"--{dice.choice(FLAGS_NOBODY_HAS)}=x"
        return "--" + (self.typo(dice.choice(own)) or "x")

    def flags(self, command: CommandSpec) -> _Words:
        dice = self.dice
        usable = [
            flag
            for flag in (*command.flags.values(), *command.global_flags.values())
            if flag.name not in LEFT_OUT
        ]
        chosen = dice.sample(usable, min(len(usable), dice.choice((0, 0, 1, 1, 2, 3))))
        chosen += [flag for flag in command.flags.values() if flag.required and flag not in chosen]
        words: _Words = []
        for flag in chosen:
            words.extend(self.flag(flag, command.path))
        if command.path in ALWAYS:
            words.extend(ALWAYS[command.path])
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
        plain = [choice for choice in flag.choices if not choice.startswith(TEMPLATED)]
        if plain and flag.name not in ("dry-run", "cascade", "validate"):
            return dice.choice(plain)
        if flag.name in VALUES:
            return dice.choice(VALUES[flag.name])
        return {"int": "1", "duration": "10s", "stringToString": "a=b"}.get(flag.type, "x")

    def arguments(self, path: tuple[str, ...], kind: str) -> _Words:
        dice = self.dice
        name = dice.choice(NAMES)
        if path in ARGUMENTS:
            return ARGUMENTS[path](kind, name, dice).split()
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
